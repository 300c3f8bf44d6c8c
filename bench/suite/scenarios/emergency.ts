// The critical moment: the card and the summary by BSN.
import { httpRequest } from '../http-request.js';
import { expect, type Scenario } from '../scenario.js';
import { queryRequest, SEVEN } from './reading.js';

const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
/** One who waits alone, a quiet hour, a busy one, a disaster. */
const CLIENTS = [1, 16, 64, 200];

export const cardRequest = (bsn: string, token: string) =>
  httpRequest('POST', '/v1/emergency-card', token, { type: 'application/json', text: JSON.stringify({ bsn }) });

export const card: Scenario = {
  name: 'card',
  title: 'emergency card by BSN',
  target: { ratio: 0.6, p99Ratio: 2, p99Ms: 50 },
  clients: CLIENTS,
  once: false,
  async requests({ keys, token }) {
    const bearer = await token('ambulance', 'ETREAT');
    return keys.ambulance.map(({ bsn }) => ({ text: cardRequest(bsn, bearer), status: 200 }));
  },
  check: (body) => expect(JSON.parse(body).status === 'found', 'the card is not found'),
};

/** More than the service takes on at once beside the emergency. */
const OTHERS = 150;

export const cardWhenBusy: Scenario = {
  ...card,
  name: 'card-busy',
  title: `the card while ${OTHERS} others search as fast as they are answered, or turned away`,
  target: { p99Ms: 50 },
  clients: 16,
  fullOnly: true,
  background: {
    clients: OTHERS,
    once: false,
    async requests({ keys, token }) {
      const bearer = await token('hospital');
      return keys.hospital.map(({ id }) => ({ ...queryRequest((SEVEN[1] as (typeof SEVEN)[number])(id), bearer), status: 0 }));
    },
  },
};

export const summary: Scenario = {
  name: 'summary',
  title: '$acp-summary by BSN',
  clients: CLIENTS,
  once: false,
  async requests({ keys, token }) {
    const bearer = await token('ambulance', 'ETREAT');
    return keys.ambulance.map(({ bsn }) => {
      const parameter = [{ name: 'identifier', valueIdentifier: { system: BSN_SYSTEM, value: bsn } }];
      const text = JSON.stringify({ resourceType: 'Parameters', parameter });
      return { text: httpRequest('POST', '/fhir/R4/Patient/$acp-summary', bearer, { type: 'application/fhir+json', text }), status: 200 };
    });
  },
  check: (body) => expect(JSON.parse(body).type === 'document', 'the summary is no document'),
};
