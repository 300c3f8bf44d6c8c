// The issuer that signs people in at a demo: OpenID Connect with code and PKCE, where whoever comes chooses who to be. It stands in for
// the issuer of a region so that the pages can be tried as they are; a service in use has none.
// https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth, https://www.rfc-editor.org/rfc/rfc7636
import { createHash, randomBytes } from 'node:crypto';
import { insertAuthorizationCode, takeAuthorizationCode } from '../store/authorization-codes.js';
import type { Queryable } from '../store/pool.js';
import { tokenEndpointOf } from './access-token.js';
import { type DemoPerson, demoPerson } from './demo-people.js';
import { OauthError } from './oauth-error.js';
import { SIGNING_ALG, type SigningKeys } from './signing-keys.js';

/** Seconds between choosing who to be and the token request, which follows by itself. */
export const CODE_SECONDS = 60;

/** Seconds an id_token lives: it is read once, right away. */
const ID_TOKEN_SECONDS = 120;

/** Bytes of chance in a code, and in what stands for an access token. */
const CODE_BYTES = 32;

export const CODE_GRANT = 'authorization_code';

export interface DemoIssuer {
  db: Queryable;
  keys: SigningKeys;
  /** Epoch milliseconds. */
  clock: () => number;
  /** The service's own address without a slash at the end. */
  baseUrl: () => string;
  /** Who may ask to have people signed in here: the pages of this service alone. */
  client: { clientId: string; redirectPath: string; afterSignOutPath: string };
}

/** A request to sign somebody in, as it was found to be right. */
export interface Authorization {
  redirectUri: string;
  state: string | undefined;
  nonce: string | undefined;
  challenge: string;
}

/** What is wrong with a request: told to the client by redirect where it is known who that is, otherwise to the browser alone. */
export interface AuthorizationFault {
  error: string;
  description: string;
  redirectUri?: string;
  state?: string;
}

interface Granted {
  clientId: string;
  redirectUri: string;
  challenge: string;
  nonce?: string;
  person: DemoPerson;
  /** Epoch seconds. */
  signedIn: number;
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
export function openidConfiguration(baseUrl: string): Record<string, unknown> {
  return {
    issuer: baseUrl,
    authorization_endpoint: `${baseUrl}/oauth/authorize`,
    token_endpoint: tokenEndpointOf(baseUrl),
    jwks_uri: `${baseUrl}/oauth/jwks`,
    end_session_endpoint: `${baseUrl}/oauth/end-session`,
    scopes_supported: ['openid'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [CODE_GRANT],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [SIGNING_ALG],
    token_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  };
}

/** SHA-256 in base64url. */
const CHALLENGE = /^[\w-]{43}$/;
const VERIFIER = /^[\w.~-]{43,128}$/;
/** Characters of a state or nonce. */
const MAX_OPAQUE = 512;

/** Looks at a request before anything is shown. */
export function readAuthorization(parameters: URLSearchParams, issuer: DemoIssuer): Authorization | AuthorizationFault {
  const one = (name: string) => (parameters.getAll(name).length === 1 ? (parameters.get(name) ?? undefined) : undefined);
  const redirectUri = one('redirect_uri');
  if (one('client_id') !== issuer.client.clientId) return { error: 'unauthorized_client', description: 'The client is not known here.' };
  // Letter for letter: anything looser sends codes to strangers.
  if (redirectUri !== `${issuer.baseUrl()}${issuer.client.redirectPath}`)
    return { error: 'invalid_request', description: 'The redirect_uri is not one of the client.' };
  const state = one('state');
  const nonce = one('nonce');
  const fault = (error: string, description: string): AuthorizationFault => ({ error, description, redirectUri, state });
  const repeated = [...parameters.keys()].find((name) => parameters.getAll(name).length > 1);
  if (repeated !== undefined) return fault('invalid_request', 'A parameter is given more than once.');
  if ([state, nonce].some((text) => text !== undefined && text.length > MAX_OPAQUE))
    return fault('invalid_request', `state and nonce have at most ${MAX_OPAQUE} characters.`);
  if (one('response_type') !== 'code') return fault('unsupported_response_type', 'The response_type is code.');
  if (!(one('scope') ?? '').split(' ').includes('openid')) return fault('invalid_scope', 'The scope holds openid.');
  if (one('response_mode') !== undefined && one('response_mode') !== 'query')
    return fault('invalid_request', 'The response_mode is query.');
  const challenge = one('code_challenge') ?? '';
  if (one('code_challenge_method') !== 'S256' || !CHALLENGE.test(challenge))
    return fault('invalid_request', 'A code_challenge of the method S256 is needed.');
  if (one('prompt') === 'none') return fault('login_required', 'Nobody is signed in here.');
  return { redirectUri, state, nonce, challenge };
}

export function isFault(read: Authorization | AuthorizationFault): read is AuthorizationFault {
  return 'error' in read;
}

/** Where the browser goes with the answer; undefined for a fault that is told to nobody else. */
export function answerUrl(
  to: { redirectUri?: string; state?: string },
  answer: Record<string, string>,
  issuer: DemoIssuer,
): string | undefined {
  if (to.redirectUri === undefined) return undefined;
  const url = new URL(to.redirectUri);
  for (const [name, value] of Object.entries({ ...answer, ...(to.state !== undefined && { state: to.state }), iss: issuer.baseUrl() }))
    url.searchParams.set(name, value);
  return url.href;
}

/** A code for the person of that key; undefined when there is nobody of that key. */
export async function grantCode(
  { redirectUri, challenge, nonce }: Authorization,
  key: string,
  issuer: DemoIssuer,
): Promise<string | undefined> {
  const { db, clock, client } = issuer;
  const person = await demoPerson(db, key);
  if (!person) return undefined;
  const code = randomBytes(CODE_BYTES).toString('base64url');
  const granted: Granted = { clientId: client.clientId, redirectUri, challenge, nonce, person, signedIn: seconds(clock()) };
  await insertAuthorizationCode(db, hashOf(code), granted, new Date(clock()), new Date(clock() + CODE_SECONDS * 1000));
  return code;
}

export interface CodeAnswer {
  access_token: string;
  token_type: 'Bearer';
  /** Seconds. */
  expires_in: number;
  scope: 'openid';
  id_token: string;
}

/** Answers a token request that brings a code, and says whom it signed in. Throws OauthError invalid_grant for every code that does not fit. */
export async function redeemCode(form: URLSearchParams, issuer: DemoIssuer): Promise<{ answer: CodeAnswer; person: DemoPerson }> {
  const one = (name: string) => (form.getAll(name).length === 1 ? (form.get(name) ?? '') : '');
  const { db, keys, clock } = issuer;
  // Used up first: whoever tries around with a code has one try.
  const granted = await takeAuthorizationCode<Granted>(db, hashOf(one('code')), new Date(clock()));
  if (!granted) throw new OauthError('invalid_grant', 'The code is unknown, used or too old.');
  if (one('client_id') !== granted.clientId || one('redirect_uri') !== granted.redirectUri)
    throw new OauthError('invalid_grant', 'The code was given for another client or redirect_uri.');
  const verifier = one('code_verifier');
  if (!VERIFIER.test(verifier) || hashOf(verifier).toString('base64url') !== granted.challenge)
    throw new OauthError('invalid_grant', 'The code_verifier does not fit the code_challenge.');
  const { person, nonce, signedIn } = granted;
  const claims = {
    iss: issuer.baseUrl(),
    sub: person.key,
    aud: granted.clientId,
    iat: seconds(clock()),
    exp: seconds(clock()) + ID_TOKEN_SECONDS,
    auth_time: signedIn,
    ...(nonce !== undefined && { nonce }),
    name: person.name,
    ...person.claims,
  };
  const answer: CodeAnswer = {
    // The protocol wants one. It opens nothing: the pages have a session, and systems get tokens of their own.
    access_token: randomBytes(CODE_BYTES).toString('base64url'),
    token_type: 'Bearer',
    expires_in: ID_TOKEN_SECONDS,
    scope: 'openid',
    id_token: await keys.sign(claims, 'JWT'),
  };
  return { answer, person };
}

/** Where the browser goes after signing out, if that is an address of the client; this issuer keeps nobody signed in. */
export function afterSignOut(parameters: URLSearchParams, { baseUrl, client }: DemoIssuer): string | undefined {
  const wanted = `${baseUrl()}${client.afterSignOutPath}`;
  return parameters.get('post_logout_redirect_uri') === wanted ? wanted : undefined;
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function seconds(epochMillis: number): number {
  return Math.floor(epochMillis / 1000);
}
