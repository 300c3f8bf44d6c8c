// Where people sign in for the pages: the issuer of the configuration, the demo's own, or nowhere.
import { randomBytes } from 'node:crypto';
import type { AppDeps, buildApp } from '../app.js';
import type { ClientStatusLookup } from '../auth/client-status.js';
import type { DemoIssuer } from '../auth/demo-issuer.js';
import { OWN_CLAIM_NAMES } from '../auth/issuer.js';
import { createPageSessions } from '../auth/page-sessions.js';
import { readSignInFile, type SignInConfiguration } from '../auth/sign-in-file.js';
import type { Config } from '../config.js';
import { createSignInIssuer } from '../exchange/sign-in-issuer.js';
import { CALLBACK_PATH, SIGNED_OUT_PATH } from '../http/sign-in/sign-in-routes.js';
import type { Database } from '../store/pool.js';
import { ensureSetting } from '../store/settings.js';

/** The pages as a client of the demo issuer. */
export const DEMO_PAGES: DemoIssuer['client'] = { clientId: 'pages', redirectPath: CALLBACK_PATH, afterSignOutPath: SIGNED_OUT_PATH };

/** Bytes of the key that seals what a browser carries on its way to the issuer. */
const KEY_BYTES = 32;

export interface SignInOptions {
  database: Database;
  /** Epoch milliseconds. */
  clock: () => number;
  /** The service's own address without a slash at the end, known once it listens. */
  baseUrl: () => string;
  clientStatus: ClientStatusLookup;
  /** True where the service has a demo issuer. */
  hasDemo: boolean;
  /** The application, asked once it is there. */
  app: () => ReturnType<typeof buildApp>;
}

/** Reads the configuration, before anything is opened. Throws StartError with one line for the operator. */
export async function readSignIn({ signInFile }: Config): Promise<SignInConfiguration | undefined> {
  return signInFile === undefined ? undefined : readSignInFile(signInFile);
}

export async function openSignIn(configured: SignInConfiguration | undefined, options: SignInOptions): Promise<AppDeps['pages']> {
  const { database, clock, baseUrl, clientStatus, hasDemo, app } = options;
  const terms = configured ?? (hasDemo ? { ...DEMO_TERMS, fetch: selfFetch(app) } : undefined);
  const issuerName = configured ? () => configured.issuer : baseUrl;
  const sessions = createPageSessions({
    // Whoever asks for an emergency answer must be known first.
    db: database.emergency.pool,
    clock,
    clientStatus,
    terms: { issuer: issuerName, grants: configured?.grants },
  });
  if (!terms) return { sessions, baseUrl };
  const key = await ensureSetting(database, 'sign-in-key', () => randomBytes(KEY_BYTES).toString('base64'));
  const issuer = createSignInIssuer(issuerName, terms, { fetch: 'fetch' in terms ? terms.fetch : fetch, clock });
  return { sessions, baseUrl, signIn: { issuer, claims: terms.claims, attemptKey: Buffer.from(key, 'base64') } };
}

const DEMO_TERMS = {
  clientId: DEMO_PAGES.clientId,
  proof: undefined,
  scope: 'openid',
  acr: [],
  claims: OWN_CLAIM_NAMES,
  clockSkewSeconds: 0,
};

/**
 * Asks this very service. Its own address as browsers see it may lead nowhere from inside: a name that only a proxy knows, or a
 * certificate of one's own making.
 */
function selfFetch(app: () => ReturnType<typeof buildApp>): typeof globalThis.fetch {
  return async (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const answer = await app().inject({
      method: init?.method === 'POST' ? 'POST' : 'GET',
      url: `${pathname}${search}`,
      headers: Object.fromEntries(new Headers(init?.headers)),
      ...(init?.body !== undefined && init.body !== null && { payload: String(init.body) }),
    });
    return new Response(answer.body, { status: answer.statusCode, headers: { 'content-type': String(answer.headers['content-type']) } });
  };
}
