// What is measured: requests of the service, sent unchanged to the floor as well.
import { httpRequest } from './http-request.js';
import { type Keys, postConversation } from './patients.js';

export interface Scenario {
  name: string;
  title: string;
  /** Demo client and purpose that ask. */
  caller: [client: string, purpose?: string];
  /** The least share of the floor's throughput that is good enough; absent where none is set. */
  target?: number;
  /** At most so many clients at once; the run's own number when absent. */
  clients?: number;
  /** True when every request is sent once only: it changes data. */
  once: boolean;
  /** Requests of one measurement. `fresh` numbers patients nobody has used yet. */
  requests(keys: Keys, token: string, fresh: () => number): string[];
  /** Throws when an answer is not what it should be: a fast wrong answer counts for nothing. */
  check(body: string): void;
}

const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
const QUERY_2 =
  'scope=http://terminology.hl7.org/CodeSystem/consentscope|treatment&category=http://snomed.info/sct|129125009&_include=Consent:actor';

/** Posts made ready for one measurement: more than any machine does in the time. */
const POSTS = 300;

/** Below the service's pool of connections for transactions: beyond it clients wait, and then are turned away. */
const POST_CLIENTS = 8;

export function queryPath(patientId: string): string {
  return `/fhir/R4/Consent?patient=${patientId}&${QUERY_2}`;
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'card',
    title: 'emergency card by BSN',
    caller: ['ambulance', 'ETREAT'],
    target: 0.5,
    once: false,
    requests: ({ patients }, token) =>
      patients.map(({ bsn }) =>
        httpRequest('POST', '/v1/emergency-card', token, { type: 'application/json', text: JSON.stringify({ bsn }) }),
      ),
    check: (body) => expect(JSON.parse(body).status === 'found', 'the card is not found'),
  },
  {
    name: 'summary',
    title: '$acp-summary by BSN',
    caller: ['ambulance', 'ETREAT'],
    once: false,
    requests: ({ patients }, token) =>
      patients.map(({ bsn }) => {
        const parameter = [{ name: 'identifier', valueIdentifier: { system: BSN_SYSTEM, value: bsn } }];
        const text = JSON.stringify({ resourceType: 'Parameters', parameter });
        return httpRequest('POST', '/fhir/R4/Patient/$acp-summary', token, { type: 'application/fhir+json', text });
      }),
    check: (body) => expect(JSON.parse(body).type === 'document', 'the summary is no document'),
  },
  {
    name: 'read',
    title: 'read a Consent by id',
    caller: ['hospital'],
    target: 0.5,
    once: false,
    requests: ({ consents }, token) => consents.map((id) => httpRequest('GET', `/fhir/R4/Consent/${id}`, token)),
    check: (body) => expect(JSON.parse(body).resourceType === 'Consent', 'the answer is no Consent'),
  },
  {
    name: 'query2',
    title: 'query 2: directives with actors',
    caller: ['hospital'],
    once: false,
    requests: ({ patients }, token) => patients.map(({ id }) => httpRequest('GET', queryPath(id), token)),
    check: (body) => expect(JSON.parse(body).entry?.length > 1, 'the searchset is empty'),
  },
  {
    name: 'post',
    title: 'conversation posted, conditional references',
    caller: ['gp'],
    clients: POST_CLIENTS,
    once: true,
    requests: (_keys, token, fresh) => Array.from({ length: POSTS }, () => postConversation(fresh(), token)),
    check: (body) => expect(JSON.parse(body).type === 'transaction-response', 'the answer is no transaction-response'),
  },
];

function expect(ok: boolean, message: string): void {
  if (!ok) throw new Error(message);
}
