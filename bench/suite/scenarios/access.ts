// Who asks: tokens issued and checked for the first time, and the access rule over patients with few and many permissions.
import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT } from 'jose';
import { httpRequest } from '../http-request.js';
import type { Asked } from '../load-client.js';
import { expect, type Scenario, type Scene } from '../scenario.js';

const TOKEN_PATH = '/oauth/token';
const ASSERTIONS = 400;
/** Tokens that the service has not seen: each must be checked. */
const TOKENS = 200;
const ASSERTION_SECONDS = 240;

async function assertionForms({ service }: Scene, count: number): Promise<string[]> {
  const { clientId, privateJwk } = await service.demoClient('hospital');
  const key = await importJWK(privateJwk);
  const issued = Math.floor(Date.now() / 1000);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const assertion = await new SignJWT({ sub: clientId })
        .setProtectedHeader({ alg: privateJwk.alg ?? '', kid: privateJwk.kid, typ: 'JWT' })
        .setIssuer(clientId)
        .setAudience(`http://127.0.0.1:${service.port}${TOKEN_PATH}`)
        .setJti(randomUUID())
        .setIssuedAt(issued)
        .setExpirationTime(issued + ASSERTION_SECONDS)
        .sign(key);
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
      return new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: type, client_assertion: assertion }).toString();
    }),
  );
}

const FORM = 'application/x-www-form-urlencoded';

export const issue: Scenario = {
  name: 'token',
  title: 'token issued for a signed assertion',
  once: true,
  async requests(scene) {
    const forms = await assertionForms(scene, ASSERTIONS);
    return forms.map((text) => ({ text: httpRequest('POST', TOKEN_PATH, undefined, { type: FORM, text }), status: 200 }));
  },
  check: (body) => expect(typeof JSON.parse(body).access_token === 'string', 'no token'),
};

export const verification: Scenario = {
  name: 'verify',
  title: 'read with a token that was never seen before',
  fullOnly: true,
  once: true,
  async requests(scene) {
    const address = `http://127.0.0.1:${scene.service.port}${TOKEN_PATH}`;
    const forms = await assertionForms(scene, TOKENS);
    const requests: Asked[] = [];
    for (const [i, body] of forms.entries()) {
      const answer = await fetch(address, { method: 'POST', body, headers: { 'content-type': FORM } });
      const { access_token } = (await answer.json()) as { access_token: string };
      const id = scene.keys.consents[i % scene.keys.consents.length];
      requests.push({ text: httpRequest('GET', `/fhir/R4/Consent/${id}`, access_token), status: 200 });
    }
    return requests;
  },
  check: (body) => expect(JSON.parse(body).resourceType === 'Consent', 'the answer is no Consent'),
};

/** Permissions that name the asking hospital itself, each of which the rule has to look at. */
export const rules: Scenario[] = [1, 20, 200].map((count, place) => ({
  name: `access-${count}`,
  title: `read of a Patient with ${count} permission${count === 1 ? '' : 's'} for who asks`,
  fullOnly: true,
  once: false,
  async requests({ keys, token, service }) {
    const id = keys.gp[keys.gp.length - 1 - place]?.id as string;
    const entry = Array.from({ length: count }, (_, i) => ({
      resource: permission(id, `bench-${id}-${i}`),
      request: { method: 'PUT', url: `Consent/bench-${id}-${i}` },
    }));
    const headers = { authorization: `Bearer ${await token('gp')}`, 'content-type': 'application/fhir+json' };
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
    // The same again changes nothing.
    const made = await fetch(`http://127.0.0.1:${service.port}/fhir/R4`, { method: 'POST', headers, body });
    if (!made.ok) throw new Error(await made.text());
    return [{ text: httpRequest('GET', `/fhir/R4/Patient/${id}`, await token('hospital')), status: 200 }];
  },
  check: (body) => expect(JSON.parse(body).resourceType === 'Patient', 'the answer is no Patient'),
}));

function permission(patientId: string, id: string): object {
  const concept = (system: string, code: string) => ({ coding: [{ system, code }] });
  const who = { identifier: { system: 'http://fhir.nl/fhir/NamingSystem/ura', value: '99900002' } };
  const role = concept('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'PRCP');
  return {
    resourceType: 'Consent',
    id,
    status: 'active',
    scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [concept('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${patientId}` },
    dateTime: '2026-11-01',
    policyRule: concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'),
    provision: { type: 'permit', period: { start: '2026-11-01' }, actor: [{ role, reference: who }] },
  };
}
