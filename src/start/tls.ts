// TLS that the service terminates itself, with the client certificates of the authorities it was given; renewed files are taken up while running.
// https://www.rfc-editor.org/rfc/rfc8705
import { readFileSync } from 'node:fs';
import { createSecureContext, type Server } from 'node:tls';
import type { TlsFiles } from '../app.js';
import type { Config } from '../config.js';
import { StartError } from '../store/start-error.js';

type TlsSettings = Pick<Config, 'tlsCertFile' | 'tlsKeyFile' | 'tlsClientCaFile'>;

/** Milliseconds between looks whether a certificate was renewed. */
const RENEWAL_LOOK_MS = 60_000;

/** The files' texts; undefined where no TLS is configured. Throws StartError when they do not belong together. */
export function readTls({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: TlsSettings): TlsFiles | undefined {
  if (tlsCertFile === undefined && tlsKeyFile === undefined && tlsClientCaFile === undefined) return undefined;
  if (tlsCertFile === undefined || tlsKeyFile === undefined)
    throw new StartError('TLS_CERT_FILE and TLS_KEY_FILE belong together; TLS_CLIENT_CA_FILE needs both.');
  const files = {
    cert: read('TLS_CERT_FILE', tlsCertFile),
    key: read('TLS_KEY_FILE', tlsKeyFile),
    ca: tlsClientCaFile === undefined ? undefined : read('TLS_CLIENT_CA_FILE', tlsClientCaFile),
  };
  try {
    createSecureContext(files);
  } catch {
    // The cause stays out: it could tell of the key.
    throw new StartError('TLS_CERT_FILE, TLS_KEY_FILE and TLS_CLIENT_CA_FILE are not PEM, or the key is not that of the certificate.');
  }
  return files;
}

/** Takes up renewed files for new connections; gives what ends the looking. `onFailure` is told when they cannot be used: the old ones stay. */
export function renewTls(server: Server, settings: TlsSettings, onFailure: () => void): () => void {
  let current = JSON.stringify(readTls(settings));
  const looking = setInterval(() => {
    try {
      const files = readTls(settings);
      const text = JSON.stringify(files);
      if (!files || text === current) return;
      server.setSecureContext(files);
      current = text;
    } catch {
      onFailure();
    }
  }, RENEWAL_LOOK_MS);
  looking.unref();
  return () => clearInterval(looking);
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`${name} ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
