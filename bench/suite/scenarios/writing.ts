// What is written: a conversation, a form, and the create, read, update and delete of the public FHIR benchmarks.
import { randomUUID } from 'node:crypto';
import { type Example, exampleOf } from '../conversations.js';
import { httpRequest } from '../http-request.js';
import type { Asked } from '../load-client.js';
import { expect, type Scenario, type Scene } from '../scenario.js';

/** Posts made ready for one measurement: more than any machine does in the time. */
const POSTS = 300;
/** Below the service's pool of connections for transactions: beyond it clients wait, and then are turned away. */
const POST_CLIENTS = 8;
const FHIR = 'application/fhir+json';

export function postRequest(which: Example, n: number, token: string): Asked {
  return { text: httpRequest('POST', '/fhir/R4', token, { type: FHIR, text: exampleOf(which, n) }), status: 200, kind: 'post' };
}

async function posts(which: Example, { token, fresh }: Scene): Promise<Asked[]> {
  const bearer = await token('gp');
  return Array.from({ length: POSTS }, () => postRequest(which, fresh(), bearer));
}

const isAnswered = (body: string) => expect(JSON.parse(body).type === 'transaction-response', 'the answer is no transaction-response');

export const post: Scenario = {
  name: 'post',
  title: 'conversation posted, conditional references',
  target: { ratio: 0.35 },
  clients: POST_CLIENTS,
  once: true,
  requests: (scene) => posts('conversation', scene),
  check: isAnswered,
};

export const form: Scenario = {
  name: 'form',
  title: 'form response posted, with all that follows from it',
  clients: POST_CLIENTS,
  fullOnly: true,
  once: true,
  requests: (scene) => posts('form', scene),
  // The floor inserts as many rows as come of a form: those of the conversation it tells.
  floorRequests: (scene) => posts('conversation', scene),
  check: isAnswered,
};

/** Of each kind in one measurement. */
const CRUD_EACH = 200;

export const crud: Scenario = {
  name: 'crud',
  title: 'create, read, update and delete of Observations, in equal parts',
  clients: POST_CLIENTS,
  once: true,
  async requests({ keys, token, database, service }) {
    const bearer = await token('gp');
    const patient = (i: number) => keys.gp[i % keys.gp.length]?.id as string;
    const ids = Array.from({ length: 2 * CRUD_EACH }, () => randomUUID());
    const entry = ids.map((id, i) => ({ resource: weight(patient(i), 70, id), request: { method: 'PUT', url: `Observation/${id}` } }));
    const bundle = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': FHIR };
    const made = await fetch(`http://127.0.0.1:${service.port}/fhir/R4`, { method: 'POST', headers, body: bundle });
    if (!made.ok) throw new Error(await made.text());
    await database.query('INSERT INTO bench_resource SELECT type, id, content FROM resource WHERE id = ANY ($1)', [ids]);
    return Array.from({ length: CRUD_EACH }, (_, i): Asked[] => {
      const [changed, deleted] = [ids[i] as string, ids[CRUD_EACH + i] as string];
      const json = (resource: object) => ({ type: FHIR, text: JSON.stringify(resource) });
      const path = '/fhir/R4/Observation';
      return [
        { text: httpRequest('POST', path, bearer, json(weight(patient(i), 71))), status: 201, kind: 'create' },
        { text: httpRequest('GET', `${path}/${changed}`, bearer), status: 200, kind: 'read' },
        { text: httpRequest('PUT', `${path}/${changed}`, bearer, json(weight(patient(i), 72, changed))), status: 200, kind: 'update' },
        { text: httpRequest('DELETE', `${path}/${deleted}`, bearer), status: 204, kind: 'delete' },
      ];
    }).flat();
  },
  check: (body) => expect(body === '' || JSON.parse(body).resourceType === 'Observation', 'the answer is no Observation'),
};

export function weight(patientId: string, value: number, id?: string): object {
  return {
    resourceType: 'Observation',
    ...(id && { id }),
    status: 'final',
    code: { coding: [{ system: 'http://snomed.info/sct', code: '27113001' }] },
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: '2026-11-01',
    valueQuantity: { value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  };
}
