// `npm run -s verify-summary -- <jws or file> --keys <jwks.json> [--issuer <address>]`: whether a code on paper is genuine, and what
// it says, in plain Dutch. Asks nothing of any network: the keys were fetched before, from /.well-known/izp-summary-keys.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { JSONWebKeySet } from 'jose';
import { checkSummary } from '../auth/summary-keys.js';
import { isOfflineClaims, OFFLINE_SUMMARY_TYPE, offlineSummaryLines } from '../izp/offline-summary.js';

const USAGE = 'Gebruik: npm run -s verify-summary -- <tekst van de QR-code, of een bestand> --keys <jwks.json> [--issuer <adres>]';

const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const REFUSALS: Record<string, string> = {
  unreadable: 'Dit is geen ondertekende samenvatting, of zij is beschadigd.',
  'unknown-key':
    'De sleutel waarmee dit is ondertekend staat niet in het sleutelbestand. Haal de sleutels opnieuw op, of vertrouw dit niet.',
  'wrong-signature': 'De handtekening klopt niet: de inhoud is veranderd, of komt van een ander.',
  expired: 'De geldigheid is verlopen: op deze kopie kan niet meer worden vertrouwd.',
  'not-yet-valid': 'Deze samenvatting komt uit de toekomst: controleer de klok.',
  issuer: 'Deze samenvatting is van een andere dienst.',
};

const ADVICE =
  'Gebruik dit niet. Kijk in het plan zelf, vraag de patiënt of de naasten, en overleg met de huisarts of de huisartsenspoedpost.';

export type CommandResult = { ok: true; output: string } | { ok: false; message: string };

/** `now` is epoch milliseconds. Refusals are results; nothing is thrown for a bad file. */
export async function verifySummaryCommand(args: string[], now: number): Promise<CommandResult> {
  const parsed = argumentsOf(args);
  const [given, ...more] = parsed?.positionals ?? [];
  const keysFile = parsed?.values.keys;
  if (given === undefined || more.length > 0 || keysFile === undefined) return { ok: false, message: USAGE };
  const jwks = await keysOf(keysFile);
  if (jwks === undefined) return { ok: false, message: `Het sleutelbestand ${keysFile} is niet te lezen als JWK Set.` };
  const jws = JWS.test(given) ? given : await textOf(given);
  if (jws === undefined) return { ok: false, message: `${given} is geen bestand dat te lezen is, en geen tekst van een QR-code.` };
  const checked = await checkSummary(jws.trim(), jwks, { type: OFFLINE_SUMMARY_TYPE, now });
  if (!checked.ok) return refused(checked.reason);
  if (!isOfflineClaims(checked.claims)) return refused('unreadable');
  const { issuer } = parsed?.values ?? {};
  if (issuer !== undefined && checked.claims.iss !== issuer) return refused('issuer');
  return { ok: true, output: ['De handtekening klopt.', '', ...offlineSummaryLines(checked.claims, now)].join('\n') };
}

function refused(reason: string): CommandResult {
  return { ok: false, message: `${REFUSALS[reason]}\n${ADVICE}` };
}

async function keysOf(file: string): Promise<JSONWebKeySet | undefined> {
  try {
    const found = JSON.parse(await readFile(file, 'utf8')) as JSONWebKeySet;
    return Array.isArray(found.keys) ? found : undefined;
  } catch {
    return undefined;
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function argumentsOf(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { keys: { type: 'string' }, issuer: { type: 'string' } } });
  } catch {
    return undefined;
  }
}
