// Gives an access token to a system that proves who it is (OAuth 2 client credentials, as SMART Backend Services defines),
// and to a portal for the person who logged in there (RFC 7523 section 2.1).
// https://hl7.org/fhir/smart-app-launch/backend-services.html
import type { JWTPayload } from 'jose';
import type { Client } from '../store/clients.js';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims, fhirBaseOf, TOKEN_SECONDS, tokenEndpointOf } from './access-token.js';
import { ASSERTION_TYPE, authenticateClient } from './client-assertion.js';
import { CODE_GRANT, type CodeAnswer, type DemoIssuer, redeemCode } from './demo-issuer.js';
import { judgeProof } from './dpop-proof.js';
import { grantedScope } from './granted-scope.js';
import { OauthError } from './oauth-error.js';
import { PERSON_GRANT, type Person, personOf } from './person-assertion.js';
import { isPurpose, PURPOSES, type Purpose } from './purposes.js';
import type { AssertionDeps } from './signed-assertion.js';
import type { SigningKeys } from './signing-keys.js';

export interface TokenEndpointDeps extends AssertionDeps {
  keys: SigningKeys;
  /** A new id nobody can guess, for the token's jti. */
  newId: () => string;
  /** The service's own address without a slash at the end, known once it listens. */
  baseUrl: () => string;
  /** Writes the outcome down before the answer leaves; when it fails, so does the request. */
  record: (event: TokenEvent) => Promise<void>;
  /** Where people are signed in by choosing who to be; never at a service in use. */
  demo?: DemoIssuer;
}

/** What became of one token request. `clientId` is a registered one; on a refusal it is not proven that it was they. */
export interface TokenEvent {
  granted: boolean;
  clientId?: string;
  organizationUra?: string;
  /** The person on whose behalf the client asked, as it vouched. */
  userId?: string;
  purpose?: string;
  scope?: string;
  /** The token's own id. */
  jti?: string;
  /** Code and description of a refusal. */
  error?: string;
  description?: string;
}

/** The successful answer. https://www.rfc-editor.org/rfc/rfc6749#section-5.1 */
export interface TokenResponse {
  access_token: string;
  /** DPoP for a token bound to a key. */
  token_type: 'Bearer' | 'DPoP';
  /** Seconds. */
  expires_in: number;
  scope: string;
}

/** Who asks on the client's behalf, as the client vouches in its signed assertion. */
interface User {
  user_id?: string;
  user_role?: string;
}

/** At the request of the patient. */
const PERSON_PURPOSE: Purpose = 'PATRQT';

const USER_ID = /^[!-~]{1,64}$/;
/** UZI role code: 01.015. */
const USER_ROLE = /^\d{2}\.\d{3}$/;

/** Answers a token request's form; `proof` is its DPoP header, whose key the token is then bound to. Throws OauthError; anything else thrown is a failure of the service. */
export async function grantToken(
  form: URLSearchParams,
  proof: string | undefined,
  deps: TokenEndpointDeps,
): Promise<TokenResponse | CodeAnswer> {
  const event: TokenEvent = { granted: false };
  try {
    if (deps.demo && form.get('grant_type') === CODE_GRANT) {
      const { answer, person } = await redeemCode(form, deps.demo);
      const { client_id: clientId, organization_ura: organizationUra, user_id: userId } = person.claims;
      await deps.record({ granted: true, clientId, organizationUra, userId });
      return answer;
    }
    const claims = await grant(form, proof, deps, event);
    const token = await deps.keys.sign({ ...claims }, ACCESS_TOKEN_TYPE);
    await deps.record({ ...event, granted: true });
    return { access_token: token, token_type: claims.cnf ? 'DPoP' : 'Bearer', expires_in: TOKEN_SECONDS, scope: claims.scope };
  } catch (error) {
    if (error instanceof OauthError) await deps.record({ ...event, error: error.code, description: error.description });
    throw error;
  }
}

async function grant(
  form: URLSearchParams,
  proof: string | undefined,
  deps: TokenEndpointDeps,
  event: TokenEvent,
): Promise<AccessTokenClaims> {
  const grantType = single(form, 'grant_type');
  if (grantType === undefined) throw new OauthError('invalid_request', 'grant_type is missing; it is client_credentials.');
  if (grantType !== 'client_credentials' && grantType !== PERSON_GRANT)
    throw new OauthError('unsupported_grant_type', `The grant_type must be client_credentials, or ${PERSON_GRANT}.`);

  const baseUrl = deps.baseUrl();
  const audiences = [tokenEndpointOf(baseUrl), baseUrl];
  const { client, claims } = await authenticate(form, audiences, deps, event);
  const person = grantType === PERSON_GRANT ? await personBrought(form, client, audiences, deps) : undefined;
  const user = person ? { user_id: person.fhirUser } : userOf(claims);
  const scope = grantedScope(client.scopes, single(form, 'scope'), person ? 'person' : user.user_id === undefined ? 'system' : 'user');
  const purpose = person ? personPurpose(client, single(form, 'purpose')) : purposeFor(client, single(form, 'purpose'));
  const cnf = proof === undefined ? undefined : await boundTo(proof, baseUrl, deps);
  const jti = deps.newId();
  const { user_id: userId } = user;
  Object.assign(event, { ...(userId !== undefined && { userId }), purpose, scope, jti } satisfies Partial<TokenEvent>);
  const issued = Math.floor(deps.clock() / 1000);
  return {
    iss: baseUrl,
    aud: fhirBaseOf(baseUrl),
    sub: person?.fhirUser ?? client.clientId,
    client_id: client.clientId,
    scope,
    jti,
    iat: issued,
    exp: issued + TOKEN_SECONDS,
    purpose_of_use: purpose,
    ...(person ? { patient: person.patientId, fhirUser: person.fhirUser } : organizationOf(client)),
    ...user,
    ...(cnf && { cnf }),
  };
}

/** The key that the token is to be bound to. https://www.rfc-editor.org/rfc/rfc9449#section-5 */
async function boundTo(proof: string, baseUrl: string, deps: TokenEndpointDeps): Promise<{ jkt: string }> {
  const verdict = await judgeProof(proof, { method: 'POST', url: tokenEndpointOf(baseUrl) }, deps);
  if (verdict.fault === undefined) return { jkt: verdict.jkt };
  const description =
    'The DPoP proof is not one for a POST to this token endpoint, made just now, signed with the key it holds, used once.';
  throw new OauthError('invalid_dpop_proof', description, verdict.fault);
}

/** A person speaks for themselves: the portal's organisation is not in their token. */
function organizationOf(client: Client): Partial<AccessTokenClaims> {
  return {
    organization_ura: client.organizationUra,
    organization_name: client.organizationName,
    organization_type: client.organizationType,
  };
}

async function personBrought(form: URLSearchParams, client: Client, audiences: string[], deps: TokenEndpointDeps): Promise<Person> {
  const assertion = single(form, 'assertion');
  if (assertion === undefined)
    throw new OauthError('invalid_request', 'assertion is missing: the JWT about the person, signed by the client.');
  return personOf(assertion, client, audiences, deps);
}

async function authenticate(form: URLSearchParams, audiences: string[], deps: TokenEndpointDeps, event: TokenEvent) {
  const assertion = single(form, 'client_assertion');
  if (single(form, 'client_assertion_type') !== ASSERTION_TYPE || assertion === undefined) {
    throw new OauthError(
      'invalid_client',
      `Clients authenticate with a signed client_assertion of client_assertion_type ${ASSERTION_TYPE}.`,
    );
  }
  const authenticated = await authenticateClient(assertion, audiences, deps, (client) => {
    event.clientId = client.clientId;
    event.organizationUra = client.organizationUra;
  });
  const named = single(form, 'client_id');
  if (named !== undefined && named !== authenticated.client.clientId) {
    throw new OauthError('invalid_client', 'client_id is not the client that signed the assertion.');
  }
  return authenticated;
}

/** A parameter's only value; sent without a value it counts as left out. https://www.rfc-editor.org/rfc/rfc6749#section-3.2 */
function single(form: URLSearchParams, name: string): string | undefined {
  const values = form.getAll(name);
  if (values.length > 1) throw new OauthError('invalid_request', `${name} is given more than once.`);
  return values[0] || undefined;
}

function purposeFor(client: Client, asked: string | undefined): string {
  if (asked === undefined) return client.purposes[0] as string;
  if (!isPurpose(asked)) throw new OauthError('invalid_request', `The purpose is one of ${PURPOSES.join(', ')}.`);
  if (!client.purposes.includes(asked)) throw new OauthError('unauthorized_client', `The client may not ask for the purpose ${asked}.`);
  return asked;
}

/** A person asks about their own care, whatever else the portal is for. */
function personPurpose(client: Client, asked: string | undefined): string {
  const purpose = asked ?? PERSON_PURPOSE;
  if (purpose !== PERSON_PURPOSE) throw new OauthError('invalid_request', `The purpose of a person's token is ${PERSON_PURPOSE}.`);
  return purposeFor(client, purpose);
}

function userOf(claims: JWTPayload): User {
  const { user_id, user_role } = claims;
  const user: User = {};
  if (user_id !== undefined) {
    if (typeof user_id !== 'string' || !USER_ID.test(user_id))
      throw new OauthError('invalid_request', 'user_id in the assertion is not 1 to 64 printable ASCII characters.');
    user.user_id = user_id;
  }
  if (user_role !== undefined) {
    if (typeof user_role !== 'string' || !USER_ROLE.test(user_role))
      throw new OauthError('invalid_request', 'user_role in the assertion is not a UZI role code such as 01.015.');
    user.user_role = user_role;
  }
  return user;
}
