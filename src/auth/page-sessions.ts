// People signed in at the pages: a session of ours behind a cookie, and who that makes the caller, exactly as a token would.
// https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { FhirError } from '../fhir/errors.js';
import {
  deletePageSession,
  deletePageSessionsOf,
  type EndedAtIssuer,
  insertPageSession,
  type PageSessionRow,
  seePageSession,
} from '../store/page-sessions.js';
import type { Queryable } from '../store/pool.js';
import type { ClientStatusLookup } from './client-status.js';
import { type Grants, grantedPolicies } from './issuer.js';
import type { Principal } from './principal.js';
import type { Purpose } from './purposes.js';
import { countingScopes, parseScope } from './scopes.js';
import { tokenInvalid } from './token-refusal.js';

/** Minutes without a request after which whoever walked away from the screen is signed out. */
export const IDLE_MINUTES = 15;

/** Hours after which everybody signs in again, as long as a shift. */
export const ABSOLUTE_HOURS = 8;

/** Milliseconds between two notes that a session was seen. */
const NOTE_MS = 30_000;

/** Bytes of chance in a cookie. */
const ID_BYTES = 32;

/** What the issuer told of a person who signed in there. */
export interface SignedIn {
  issuer: string;
  subject: string;
  /** The issuer's name for its own session (sid). */
  issuerSession?: string;
  idToken?: string;
  person: SignedInPerson;
}

/** Who a caller is, without what follows from configuration and from the page asked. */
export type SignedInPerson = Omit<Principal, 'policies' | 'onProfileErrors' | 'purpose'> & {
  /** As the pages greet them. */
  name?: string;
};

export interface PageSession extends SignedIn {
  /** What every form of this session carries: known to its pages alone. */
  formToken: string;
  /** Who its forms are filled in by; tells a later session of theirs from one of somebody else. */
  formAuthor: string;
}

/** What people of an issuer may that is not in our registry. */
export interface SignInTerms {
  /** The issuer people sign in at now: sessions of another have ended. */
  issuer(): string;
  /** Left out, the client that the issuer names must be in our own registry. */
  grants?: Grants & { scopes: readonly string[]; purposes: readonly string[] };
}

export interface PageSessions {
  /** Starts a session under a new id; gives the cookie's value. */
  open(signedIn: SignedIn): Promise<string>;
  /** The session of a cookie as long as it lives; undefined otherwise. */
  find(cookie: string): Promise<PageSession | undefined>;
  /** Ends it; gives what it was, if it was one. */
  close(cookie: string): Promise<SignedIn | undefined>;
  /** Ends what the issuer ended; gives what that was. */
  closeOf(ended: EndedAtIssuer): Promise<SignedIn[]>;
  /**
   * The caller that the session makes, for the first of these purposes that the person may have; where there is none, for another of
   * theirs, which the page then refuses. A patient's own is always PATRQT. Throws FhirError 'unauthenticated' when the client is
   * welcome no more, 'forbidden' when it has no purpose at all, or 'unavailable'.
   */
  principal(session: SignedIn, purposes: readonly Purpose[]): Promise<Principal>;
}

export interface PageSessionsDeps {
  db: Queryable;
  /** Epoch milliseconds. */
  clock: () => number;
  clientStatus: ClientStatusLookup;
  terms: SignInTerms;
}

export function createPageSessions({ db, clock, clientStatus, terms }: PageSessionsDeps): PageSessions {
  return {
    async open({ issuer, subject, issuerSession, idToken, person }) {
      const cookie = randomBytes(ID_BYTES).toString('base64url');
      const row: PageSessionRow = {
        issuer,
        subject,
        issuerSession: issuerSession ?? null,
        person: { ...person },
        idToken: idToken ?? null,
      };
      const moments = { created: new Date(clock()), expires: new Date(clock() + ABSOLUTE_HOURS * 3_600_000) };
      await insertPageSession(db, hashOf(cookie), row, moments).catch(unavailable);
      return cookie;
    },

    async find(cookie) {
      if (!isCookie(cookie)) return undefined;
      const now = clock();
      const seen = { now: new Date(now), idleSince: new Date(now - IDLE_MINUTES * 60_000), noteBefore: new Date(now - NOTE_MS) };
      const row = await seePageSession(db, hashOf(cookie), seen).catch(unavailable);
      if (!row || row.issuer !== terms.issuer()) return undefined;
      const [signedIn, formToken] = [signedInOf(row), formTokenOf(cookie)];
      return { ...signedIn, formToken, formAuthor: formAuthorOf(signedIn, formToken) };
    },

    async close(cookie) {
      if (!isCookie(cookie)) return undefined;
      const row = await deletePageSession(db, hashOf(cookie)).catch(unavailable);
      return row && signedInOf(row);
    },

    async closeOf(ended) {
      return (await deletePageSessionsOf(db, terms.issuer(), ended).catch(unavailable)).map(signedInOf);
    },

    async principal({ person: { name: _name, ...person } }, purposes) {
      const { policies, scopes, purposes: held, ...more } = await mayDo(person);
      const wanted: readonly Purpose[] = person.patientId === undefined ? purposes : ['PATRQT'];
      const purpose = wanted.find((one) => held.includes(one)) ?? held[0];
      if (purpose === undefined) throw new FhirError('forbidden', 'The person may not ask for anything.');
      return { ...person, purpose, policies, scopes: countingScopes(told(person.scopes) ?? scopes, person), ...more };
    },
  };

  /** Asked at each request: what changes in the registry holds at once for whoever is signed in. */
  async function mayDo({ clientId, scopes }: Pick<SignedInPerson, 'clientId' | 'scopes'>) {
    const { grants } = terms;
    if (grants) return { policies: grantedPolicies(grants, clientId, scopes), scopes: [...grants.scopes], purposes: [...grants.purposes] };
    const status = await clientStatus(clientId).catch(unavailable);
    if (!status || status.revoked) throw tokenInvalid('client revoked');
    const { revoked: _revoked, ...may } = status;
    return may;
  }
}

/** The scopes an issuer told; undefined when what it told are none of ours, such as openid. */
function told(scopes: readonly string[]): readonly string[] | undefined {
  return scopes.some((scope) => parseScope(scope) !== undefined) ? scopes : undefined;
}

/** True when the form carries the token of this session. */
export function isFormToken(session: Pick<PageSession, 'formToken'>, given: string | undefined): boolean {
  const [mine, theirs] = [Buffer.from(session.formToken), Buffer.from(given ?? '')];
  return mine.length === theirs.length && timingSafeEqual(mine, theirs);
}

/**
 * True when the form was filled in by the person of this session, in this or an earlier one: for the same organisation, and for the
 * same patient where they are one or represent one. Proves nothing of where the form came from.
 */
export function isFormAuthor(session: SignedIn, { token, author }: { token: string; author: string }): boolean {
  return formAuthorOf(session, token) === author;
}

/** Keyed by the token, so that forms of two sessions do not tell that they are of one person. */
function formAuthorOf({ issuer, subject, person }: SignedIn, formToken: string): string {
  const { clientId, organizationUra, userId, userRole, patientId, fhirUser } = person;
  const who = [issuer, subject, clientId, organizationUra, userId, userRole, patientId, fhirUser];
  return createHmac('sha256', formToken).update(JSON.stringify(who)).digest('base64url');
}

/** Follows from the cookie, which cannot be got from it: whoever is not shown the session's pages cannot make it. */
function formTokenOf(cookie: string): string {
  return createHmac('sha256', cookie).update('form').digest('base64url');
}

function hashOf(cookie: string): Buffer {
  return createHash('sha256').update(cookie).digest();
}

function isCookie(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

function signedInOf({ issuer, subject, issuerSession, person, idToken }: PageSessionRow): SignedIn {
  return {
    issuer,
    subject,
    ...(issuerSession !== null && { issuerSession }),
    ...(idToken !== null && { idToken }),
    person: person as unknown as SignedInPerson,
  };
}

function unavailable(error: unknown): never {
  throw new FhirError('unavailable', '', { cause: error });
}
