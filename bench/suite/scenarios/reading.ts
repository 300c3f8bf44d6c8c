// What an EHR reads: one resource, whether its copy is still current, the seven queries, a whole record.
import { httpRequest } from '../http-request.js';
import { type Patient, withPlansOfNow } from '../keys.js';
import type { Asked } from '../load-client.js';
import { expect, type Scenario } from '../scenario.js';

const SNOMED = 'http://snomed.info/sct';
const SCOPE = 'http://terminology.hl7.org/CodeSystem/consentscope';
const ACD = 'http://terminology.hl7.org/CodeSystem/consentcategorycodes|acd';

/** The seven queries, as the guide prints them. */
export const SEVEN: readonly ((patient: string) => string)[] = [
  (id) => `Procedure?patient=${id}&code=${SNOMED}|713603004&_include=Procedure:encounter`,
  (id) => `Consent?patient=${id}&scope=${SCOPE}|treatment&category=${SNOMED}|129125009&_include=Consent:actor`,
  (id) => `Consent?patient=${id}&scope=${SCOPE}|adr&category=${ACD}&_include=Consent:actor`,
  (id) => `Goal?patient=${id}&description=${SNOMED}|385987000,${SNOMED}|1351964001,${SNOMED}|713148004`,
  (id) => `Observation?patient=${id}&code=${SNOMED}|665671000146101,153851000146100,395091006,340171000146104,247751003,570801000146104`,
  (id) => `DeviceUseStatement?patient=${id}&device.type=${SNOMED}|72506001,465460004,468542000&_include=DeviceUseStatement:device`,
  (id) => `CommunicationRequest?patient=${id}&category=${SNOMED}|223449006`,
];

/** Searches ask about fewer patients: each answer is stored for the floor first. */
const SEARCHED = 150;

export const queryRequest = (path: string, token: string): Asked => ({
  text: httpRequest('GET', `/fhir/R4/${path}`, token),
  status: 200,
  kind: 'search',
});

export const unchangedRequest = ({ plan, version }: Patient, token: string): Asked => ({
  text: httpRequest('GET', `/fhir/R4/CarePlan/${plan}`, token, { headers: { 'If-None-Match': `W/"${version}"` } }),
  status: 304,
  kind: 'read',
});

export const read: Scenario = {
  name: 'read',
  title: 'read a Consent by id',
  target: { ratio: 0.6, p99Ratio: 2 },
  once: false,
  async requests({ keys, token }) {
    const bearer = await token('hospital');
    return keys.consents.map((id) => ({ text: httpRequest('GET', `/fhir/R4/Consent/${id}`, bearer), status: 200 }));
  },
  check: (body) => expect(JSON.parse(body).resourceType === 'Consent', 'the answer is no Consent'),
};

export const unchanged: Scenario = {
  name: 'unchanged',
  title: '304: the plan is still the one with this ETag',
  target: { ratio: 0.7 },
  once: false,
  async requests({ keys, token, database }) {
    const bearer = await token('hospital');
    return (await withPlansOfNow(database, keys.hospital)).map((patient) => unchangedRequest(patient, bearer));
  },
  check: (body) => expect(body === '', 'a 304 has a body'),
};

export const queries: Scenario[] = SEVEN.map((path, i) => ({
  name: `query${i + 1}`,
  title: `query ${i + 1}: ${path('').slice(0, path('').indexOf('?'))}`,
  ...(i === 1 ? { target: { ratio: 0.4 } } : { fullOnly: true as const }),
  once: false,
  async requests({ keys, token }) {
    const bearer = await token('hospital');
    return keys.hospital.slice(0, SEARCHED).map(({ id }) => queryRequest(path(id), bearer));
  },
  check: (body) => expect(JSON.parse(body).type === 'searchset' && (i !== 1 || JSON.parse(body).entry?.length > 0), 'no searchset'),
}));

export const pull: Scenario = {
  name: 'pull',
  title: 'all seven queries of a patient, one after the other',
  once: false,
  async requests({ keys, token }) {
    const bearer = await token('hospital');
    return keys.hospital.slice(0, SEARCHED).flatMap(({ id }) => SEVEN.map((path) => queryRequest(path(id), bearer)));
  },
  check: (body) => expect(JSON.parse(body).type === 'searchset', 'no searchset'),
};

export const everything: Scenario = {
  name: 'plan',
  title: 'the plan with all that hangs from it (CarePlan with _include of each part)',
  once: false,
  async requests({ keys, token }) {
    const bearer = await token('hospital');
    const parts = ['goal', 'care-team', 'activity-reference', 'subject'].map((part) => `_include=CarePlan:${part}`).join('&');
    return keys.hospital.slice(0, SEARCHED).map(({ id }) => queryRequest(`CarePlan?patient=${id}&${parts}`, bearer));
  },
  check: (body) => expect(JSON.parse(body).entry?.length > 1, 'the plan comes without its parts'),
};
