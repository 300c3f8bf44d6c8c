// What openapi.yaml says of the pages for people and of the way in and out: HTML, by the cookie of a session.
import { PURPOSES } from '../auth/purposes.js';
import { headerRef } from './openapi-parameters.js';
import { CONVERSATION_PATH } from './pages/conversation-style.js';
import { EMERGENCY_PATH } from './pages/emergency-form.js';
import { SIGN_IN_PATH, SIGN_OUT_PATH } from './pages/frame.js';
import { OWN_LETTER_PATH, OWN_LOG_PATH, OWN_PATH } from './pages/own-page.js';
import { PLAN_PATH } from './pages/plan-page.js';
import { CONFLICTS_PAGE_PATH, WORKLIST_PATH } from './pages/worklist-style.js';
import { AUTHORIZE_PATH, END_SESSION_PATH, OPENID_CONFIGURATION_PATH } from './sign-in/demo-issuer-routes.js';
import { FORM_TOKEN, RETURN_TO } from './sign-in/form-names.js';
import { BACKCHANNEL_PATH, CALLBACK_PATH, SIGNED_OUT_PATH } from './sign-in/sign-in-routes.js';

type Json = Record<string, unknown>;

interface DocumentedPage {
  path: string;
  operationId: string;
  summary: string;
  /** Parameters of its address: name → what it says. */
  query?: Record<string, string>;
  /** Fields of the form it takes; none when it takes none. */
  form?: Record<string, string>;
  /** True where a form that was taken leads to another address. */
  leadsOn?: true;
  /** Media types of the file it gives, where that is no page. */
  gives?: readonly string[];
}

/** The pages of signed-in people, one line each. */
const PAGES: readonly DocumentedPage[] = [
  {
    path: EMERGENCY_PATH,
    operationId: 'emergencyPage',
    summary: 'Look up what was agreed with a patient, at the critical moment',
    form: { bsn: 'The BSN, in the body only.', reason: 'Why it must be seen without a permission, where the service allows it.' },
  },
  {
    path: PLAN_PATH,
    operationId: 'planPage',
    summary: 'The whole plan, on screen and on paper',
    query: { patient: 'Id of the patient; left out by patients themselves, and to look one up.' },
    form: { bsn: 'The BSN, in the body only: leads on to the plan by its id.' },
    leadsOn: true,
  },
  {
    path: CONVERSATION_PATH,
    operationId: 'conversationPage',
    summary: 'The conversation form: drafts, the check, and what was recorded',
    query: {
      patient: 'Id of the patient.',
      soort: 'nieuw: an empty conversation; verbetering: the last one, to be corrected.',
      concept: 'Id of a draft, or of a form that was completed.',
      stap: 'controle or verwijderen: what becomes of the draft.',
    },
    form: {
      actie: 'zoeken, openen, bewaren-deel-[n], controleren, afronden or verwijderen.',
      bsn: 'The BSN, in the body only.',
      patient: 'Id of the patient.',
      soort: 'nieuw or verbetering.',
      concept: 'Id of the draft.',
      versie: 'From the page: the version of the draft it shows, 0 before it is stored.',
      plan: 'From the page: the version of the plan it shows.',
      gezien: 'ja: what changed in the plan meanwhile was seen.',
    },
    leadsOn: true,
  },
  {
    path: OWN_PATH,
    operationId: 'ownPage',
    summary: 'For patients and those who represent them: their record, and what they do in it',
    query: { klaar: 'What was done before.' },
    form: {
      doen: 'intrekken, zeggen, terugnemen, brief or delen.',
      wat: 'What is withdrawn or taken back, as `Type/id`.',
      reden: 'Why it is withdrawn.',
      soort: 'voorstel, or eigen-woorden.',
      over: 'The agreement it is about.',
      tekst: 'What is said, or the letter.',
      keuze: 'permit or deny.',
      wie: 'Code of a kind of organisation, or iedereen.',
      keer: 'From the page: what is sent twice from it is done once.',
    },
    leadsOn: true,
  },
  {
    path: OWN_LOG_PATH,
    operationId: 'ownLogPage',
    summary: 'For patients: who saw or changed what',
    query: { _page: 'Out of the link to the next page.' },
  },
  {
    path: OWN_LETTER_PATH,
    operationId: 'ownLetter',
    summary: 'For patients: a letter, as a file to be kept',
    query: { id: 'Id of the DocumentReference.' },
    gives: ['application/pdf', 'image/jpeg', 'image/png', 'text/plain'],
  },
  {
    path: WORKLIST_PATH,
    operationId: 'worklistPage',
    summary: 'Marked patients of the organisation, and what waits',
    query: { filter: 'As of /v1/marked.', colour: 'As of /v1/marked.', _page: 'Out of the link to the next page.' },
  },
  {
    path: CONFLICTS_PAGE_PATH,
    operationId: 'conflictsPage',
    summary: 'Agreements that contradict each other, and withdrawing what no longer holds',
    query: { _page: 'Out of the link to the next page.' },
    form: {
      patient: 'Id of the patient.',
      agreement: '`Consent/id` that is withdrawn.',
      seen: 'From the page: what it said.',
      who: 'Who withdraws it, in words.',
      reason: 'Why.',
      represented: 'true: in the place of the patient.',
    },
    leadsOn: true,
  },
];

/** Path → operations. */
export function pagePaths(): Record<string, Json> {
  return { ...Object.fromEntries(PAGES.map((page) => [page.path, pageOperations(page)])), ...signInPaths(), ...demoPaths() };
}

export const PAGE_SECURITY: Json = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-izp-sessie',
    description: `Of a person who signed in at ${SIGN_IN_PATH}: 15 minutes idle, 8 hours at most. The purpose is the page's (${PURPOSES.join(', ')}).`,
  },
};

export const PAGE_SCHEMAS: Record<string, Json> = {
  OpenidConfiguration: {
    description: 'https://openid.net/specs/openid-connect-discovery-1_0.html',
    type: 'object',
    required: ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'],
    properties: Object.fromEntries(
      ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'end_session_endpoint'].map((name) => [name, { type: 'string' }]),
    ),
  },
};

const EVERY = { 'X-Request-Id': headerRef('X-Request-Id') };
const HTML = { 'text/html': { schema: { type: 'string', description: 'In Dutch.' } } };
const shown = (description: string): Json => ({
  description,
  headers: { ...EVERY, 'Cache-Control': headerRef('Cache-Control') },
  content: HTML,
});
const given = (types: readonly string[]): Json => ({
  ...shown('The file, as an attachment.'),
  content: Object.fromEntries(types.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])),
});
const leads = (description: string): Json => ({
  description,
  headers: { ...EVERY, Location: { schema: { type: 'string' }, required: true, description: 'Where to go.' } },
});
const REFUSED = {
  '4XX': shown('A page that says what is wrong, with the status that the API would give.'),
  '5XX': shown('A page that says that there is no answer now.'),
};

function pageOperations({ operationId, summary, query = {}, form, leadsOn, gives }: DocumentedPage): Json {
  const about = { tags: ['Pages'], security: [{ session: [] }], summary };
  const parameters = Object.entries(query).map(([name, description]) => ({ name, in: 'query', description, schema: { type: 'string' } }));
  const get = {
    operationId,
    ...about,
    ...(parameters.length > 0 && { parameters }),
    responses: {
      200: gives ? given(gives) : shown('The page.'),
      303: leads(`To ${SIGN_IN_PATH}, and back to this page afterwards.`),
      ...REFUSED,
    },
  };
  if (!form) return { get };
  const post = {
    operationId: `${operationId}Form`,
    ...about,
    requestBody: formBody({ ...form, [FORM_TOKEN]: 'From the page: proves that the form is its own.' }),
    responses: leadsOn ? { 303: leads('The form was taken.'), ...REFUSED } : { 200: shown('What was asked.'), ...REFUSED },
  };
  return { get, post };
}

const BACKCHANNEL_ERROR = {
  'application/json': {
    schema: {
      type: 'object',
      required: ['error'],
      properties: { error: { enum: ['invalid_request', 'temporarily_unavailable'] } },
      additionalProperties: false,
    },
  },
};

function signInPaths(): Record<string, Json> {
  const about = { tags: ['Pages'], security: [] };
  const parameter = (name: string, description: string) => ({ name, in: 'query', description, schema: { type: 'string' } });
  return {
    [SIGN_IN_PATH]: {
      get: {
        operationId: 'signIn',
        ...about,
        summary: 'Sign in at the issuer',
        parameters: [parameter(RETURN_TO, 'The page to go to afterwards.')],
        responses: { 303: leads('To the issuer.'), ...REFUSED },
      },
    },
    [CALLBACK_PATH]: {
      get: {
        operationId: 'signedIn',
        ...about,
        summary: 'Back from the issuer',
        parameters: [parameter('code', 'Of the issuer.'), parameter('state', 'Of the sign-in that this browser began.')],
        responses: { 303: leads('Signed in: to the page that was asked.'), ...REFUSED },
      },
    },
    [SIGN_OUT_PATH]: {
      post: {
        operationId: 'signOut',
        tags: ['Pages'],
        security: [{ session: [] }],
        summary: 'Sign out, here and at the issuer',
        requestBody: formBody({ [FORM_TOKEN]: 'From the page: proves that the form is its own.' }),
        responses: { 200: shown('Signed out.'), 303: leads('Nobody was signed in.'), ...REFUSED },
      },
    },
    [BACKCHANNEL_PATH]: {
      post: {
        operationId: 'backChannelLogout',
        ...about,
        summary: 'For the issuer: whom it signed out is signed out here',
        description: 'https://openid.net/specs/openid-connect-backchannel-1_0.html',
        requestBody: formBody({ logout_token: 'JWT of the issuer: for this service, at most two minutes old, with `sub` or `sid`.' }),
        responses: {
          200: { description: 'They are, or were not signed in.', headers: { ...EVERY, 'Cache-Control': headerRef('Cache-Control') } },
          400: { description: 'Not a logout token of the issuer.', headers: EVERY, content: BACKCHANNEL_ERROR },
          503: { description: 'Tell it again later.', headers: EVERY, content: BACKCHANNEL_ERROR },
        },
      },
    },
    [SIGNED_OUT_PATH]: { get: { operationId: 'signedOut', ...about, summary: 'Goodbye', responses: { 200: shown('Signed out.') } } },
  };
}

function demoPaths(): Record<string, Json> {
  const about = { tags: ['Pages'], security: [] };
  return {
    [OPENID_CONFIGURATION_PATH]: {
      get: {
        operationId: 'openidConfiguration',
        ...about,
        summary: 'The demo issuer; at a demo alone',
        responses: {
          200: {
            description: 'Its addresses.',
            headers: EVERY,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/OpenidConfiguration' } } },
          },
        },
      },
    },
    [AUTHORIZE_PATH]: {
      get: {
        operationId: 'authorize',
        ...about,
        summary: 'Choose who to be; at a demo alone',
        description: 'OpenID Connect authorization request: code, PKCE with S256, for the pages of this service.',
        responses: { 200: shown('Who there is to be.'), 303: leads('Back, with what is wrong.'), ...REFUSED },
      },
      post: {
        operationId: 'authorizeForm',
        ...about,
        summary: 'Be that person; at a demo alone',
        requestBody: formBody({ persoon: 'Who was chosen; the request stands beside it.' }),
        responses: { 303: leads('Back, with a code.'), ...REFUSED },
      },
    },
    [END_SESSION_PATH]: {
      get: {
        operationId: 'endSession',
        ...about,
        summary: 'Sign out at the demo issuer, which keeps nobody signed in; at a demo alone',
        responses: { 303: leads('Back to the pages.'), ...REFUSED },
      },
    },
  };
}

function formBody(fields: Record<string, string>): Json {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, description]) => [name, { type: 'string', description }]));
  return { required: true, content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties } } } };
}
