// Has people signed in by an OpenID Connect issuer: code flow with PKCE, state and nonce; the id_token's signature is always checked.
// https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth, https://www.rfc-editor.org/rfc/rfc9700#section-2.1
import { type JWTPayload, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { isTokenFault, keysAt } from '../auth/key-sets.js';
import type { SignInConfiguration, SignInProof } from '../auth/sign-in-file.js';
import { FhirError } from '../fhir/errors.js';

/** Seconds to wait for an answer of the issuer: somebody is waiting at a screen. */
const ANSWER_TIMEOUT_SECONDS = 5;

/** Milliseconds the issuer's addresses are kept. */
const METADATA_KEPT_MS = 3_600_000;

/** Seconds after which a message of the issuer that it signed somebody out is no longer believed to be its own. */
const LOGOUT_TOKEN_SECONDS = 120;

/** What makes a JWT such a message. https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Signatures that no published key can pass for; what OpenID Connect leaves open stays with the issuer. */
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** What the service must remember of a sign-in under way. */
export interface Checks {
  state: string;
  nonce: string;
  verifier: string;
}

export interface SignInIssuer {
  issuer(): string;
  /** Where the browser goes to sign in, and what to check when it is back. Throws 'unavailable'. */
  begin(redirectUri: string): Promise<Checks & { url: string }>;
  /** What the issuer tells of whoever is back at `url`. Throws SignInRefused, or FhirError 'unavailable'. */
  finish(url: URL, checks: Checks): Promise<{ claims: JWTPayload; idToken: string }>;
  /** Where the browser goes to sign out there too; undefined where the issuer has no such address. Throws 'unavailable'. */
  endSessionUrl(idToken: string | undefined, returnTo: string): Promise<string | undefined>;
  /** Whom the issuer signed out, as it tells by a token it signed. Throws SignInRefused, or FhirError 'unavailable'. */
  signedOut(logoutToken: string): Promise<{ subject?: string; issuerSession?: string }>;
}

/** The issuer, or what came back in its name, did not hold. `reason` is a code for the audit: nothing of the answer. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
  constructor(readonly reason: string) {
    super(reason);
  }
}

export interface SignInIssuerDeps {
  fetch: typeof globalThis.fetch;
  /** Epoch milliseconds. */
  clock: () => number;
}

type Terms = Pick<SignInConfiguration, 'clientId' | 'proof' | 'scope' | 'acr' | 'clockSkewSeconds'>;

/** `issuer` is asked at each sign-in: the address of one's own service is known only once it listens. */
export function createSignInIssuer(issuer: () => string, terms: Terms, { fetch, clock }: SignInIssuerDeps): SignInIssuer {
  let keys: { url: string; find: ReturnType<typeof keysAt> } | undefined;
  let kept: { metadata: openid.ServerMetadata; issuer: string; at: number } | undefined;

  /** Made anew each time: keys are then those of today, and the clock is ours. */
  async function configuration(): Promise<openid.Configuration> {
    const clockSkew = Math.round((clock() - Date.now()) / 1000);
    const metadata = { [openid.clockSkew]: clockSkew, [openid.clockTolerance]: terms.clockSkewSeconds };
    const auth = authOf(terms.proof);
    const name = issuer();
    if (!kept || kept.issuer !== name || clock() - kept.at > METADATA_KEPT_MS || clock() < kept.at) {
      const found = await openid.discovery(new URL(name), terms.clientId, metadata, auth, {
        [openid.customFetch]: fetch as openid.CustomFetch,
        timeout: ANSWER_TIMEOUT_SECONDS,
        execute: allowances(name),
      });
      kept = { metadata: found.serverMetadata(), issuer: name, at: clock() };
    }
    const made = new openid.Configuration(kept.metadata, terms.clientId, metadata, auth);
    made[openid.customFetch] = fetch as openid.CustomFetch;
    made.timeout = ANSWER_TIMEOUT_SECONDS;
    for (const allow of allowances(name)) allow(made);
    openid.enableNonRepudiationChecks(made);
    return made;
  }

  return {
    issuer,

    async begin(redirectUri) {
      const verifier = openid.randomPKCECodeVerifier();
      const [state, nonce] = [openid.randomState(), openid.randomNonce()];
      const url = openid.buildAuthorizationUrl(await configuration().catch(unavailable), {
        redirect_uri: redirectUri,
        scope: terms.scope,
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(terms.acr.length > 0 && { acr_values: terms.acr.join(' ') }),
      });
      return { url: url.href, state, nonce, verifier };
    },

    async finish(url, { state, nonce, verifier }) {
      const config = await configuration().catch(unavailable);
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      const tokens = await openid.authorizationCodeGrant(config, url, checks).catch((error: unknown) => {
        throw asRefusal(error);
      });
      const claims = tokens.claims() as JWTPayload;
      if (terms.acr.length > 0 && !terms.acr.includes(String(claims.acr))) throw new SignInRefused('assurance too low');
      return { claims, idToken: tokens.id_token as string };
    },

    async endSessionUrl(idToken, returnTo) {
      const config = await configuration().catch(unavailable);
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
      const parameters: Record<string, string> = { post_logout_redirect_uri: returnTo };
      if (idToken !== undefined) parameters.id_token_hint = idToken;
      return openid.buildEndSessionUrl(config, parameters).href;
    },

    async signedOut(logoutToken) {
      const url = (await configuration().catch(unavailable)).serverMetadata().jwks_uri ?? '';
      if (keys?.url !== url) keys = { url, find: keysAt(url, fetch, clock) };
      const { payload } = await jwtVerify(logoutToken, keys.find, {
        issuer: issuer(),
        audience: terms.clientId,
        algorithms: ASYMMETRIC,
        clockTolerance: terms.clockSkewSeconds,
        maxTokenAge: LOGOUT_TOKEN_SECONDS,
        requiredClaims: ['jti', 'events'],
        currentDate: new Date(clock()),
      }).catch((error: unknown) => {
        throw isTokenFault(error) ? new SignInRefused(known(error.code)) : new FhirError('unavailable', '', { cause: error });
      });
      return endedBy(payload);
    },
  };
}

/** An id_token is no such message, which a nonce would make it; and without a name nobody is meant. */
function endedBy({ events, nonce, sub, sid }: JWTPayload): { subject?: string; issuerSession?: string } {
  const isLogout = typeof events === 'object' && events !== null && Object.hasOwn(events, LOGOUT_EVENT);
  if (!isLogout || nonce !== undefined || (sub === undefined && typeof sid !== 'string')) throw new SignInRefused('no logout token');
  return { ...(sub !== undefined && { subject: sub }), ...(typeof sid === 'string' && { issuerSession: sid }) };
}

function authOf(proof: SignInProof): openid.ClientAuth {
  if (proof === undefined) return openid.None();
  if ('secret' in proof) return openid.ClientSecretBasic(proof.secret);
  return openid.PrivateKeyJwt({ key: proof.key, kid: proof.kid });
}

/** Plain HTTP to this machine alone; any other issuer was refused when its configuration was read. */
function allowances(issuer: string): ((config: openid.Configuration) => void)[] {
  return issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
}

/** Answers that do not hold are refusals; an issuer that cannot be reached, or fails itself, is another matter. */
function asRefusal(error: unknown): Error {
  if (error instanceof openid.AuthorizationResponseError) return new SignInRefused(`issuer: ${known(error.error)}`);
  if (error instanceof openid.ResponseBodyError && error.status < 500) return new SignInRefused(`code: ${known(error.error)}`);
  if (error instanceof openid.ClientError && error.code !== 'OAUTH_TIMEOUT' && !hasFailed(error.cause))
    return new SignInRefused(known(error.code));
  return new FhirError('unavailable', '', { cause: error });
}

function hasFailed(cause: unknown): boolean {
  return cause instanceof Response && cause.status >= 500;
}

/** A code as specifications write them, and nothing that somebody made up. */
function known(code: unknown): string {
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : 'unknown';
}

function unavailable(error: unknown): never {
  throw new FhirError('unavailable', '', { cause: error });
}
