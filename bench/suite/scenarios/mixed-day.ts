// A day in the country, all at once: pulls by EHRs, searches, posts, the emergency card; the same while 500 entries are imported.
import { httpRequest } from '../http-request.js';
import { withPlansOfNow } from '../keys.js';
import type { Asked } from '../load-client.js';
import type { Scenario, Scene } from '../scenario.js';
import { cardRequest } from './emergency.js';
import { queryRequest, SEVEN, unchangedRequest } from './reading.js';
import { postRequest, weight } from './writing.js';

/** Requests made ready for one measurement. */
const REQUESTS = 6_000;
/** Below the service's pool of connections, as where posts are measured alone. */
const CLIENTS = 16;
const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
/** Patients asked about: their answers are stored for the floor first. */
const ASKED = 50;

/** Of a hundred requests: 70 of EHRs (of which 42 find their copy current), 20 searches for a patient, 6 posts, 4 cards. */
const SHARES = { unchanged: 42, query: 28, search: 20, post: 6, card: 4 };

async function day({ keys, token, fresh, database }: Scene): Promise<Asked[]> {
  const [gp, hospital, ambulance] = [await token('gp'), await token('hospital'), await token('ambulance', 'ETREAT')];
  const asked = await withPlansOfNow(database, keys.hospital.slice(0, ASKED));
  const of = <T>(list: readonly T[], i: number) => list[i % Math.min(list.length, ASKED)] as T;
  const make: Record<keyof typeof SHARES, (i: number) => Asked> = {
    // An import about the same patients may change the plan: then the copy is current no more, and is sent anew.
    unchanged: (i) => ({ ...unchangedRequest(of(asked, i), hospital), or: 200 }),
    query: (i) => queryRequest((SEVEN[i % SEVEN.length] as (typeof SEVEN)[number])(of(keys.hospital, i).id), hospital),
    search: (i) => searchRequest(of(keys.hospital, i).bsn, hospital),
    post: () => postRequest('conversation', fresh(), gp),
    card: (i) => ({ text: cardRequest(of(keys.ambulance, i).bsn, ambulance), status: 200, kind: 'card' }),
  };
  const names = (Object.keys(SHARES) as (keyof typeof SHARES)[]).flatMap((name) => Array<keyof typeof SHARES>(SHARES[name]).fill(name));
  // A step without a common divisor with the hundred: the kinds come mixed, and in the same order each time.
  return Array.from({ length: REQUESTS }, (_, i) => make[names[(i * 37) % names.length] as keyof typeof SHARES](i));
}

function searchRequest(bsn: string, token: string): Asked {
  const text = new URLSearchParams({ identifier: `${BSN_SYSTEM}|${bsn}` }).toString();
  return {
    text: httpRequest('POST', '/fhir/R4/Patient/_search', token, { type: 'application/x-www-form-urlencoded', text }),
    status: 200,
    kind: 'search',
  };
}

/** Bundles of an import: one after the other, for as long as the day is measured. */
const IMPORTS = 40;
const IMPORT_ENTRIES = 500;

async function imports({ keys, token }: Scene): Promise<Asked[]> {
  const bearer = await token('gp');
  const entry = Array.from({ length: IMPORT_ENTRIES }, (_, i) => ({
    resource: weight(keys.gp[i % keys.gp.length]?.id as string, 60 + (i % 40)),
    request: { method: 'POST', url: 'Observation' },
  }));
  const text = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
  const request = httpRequest('POST', '/fhir/R4', bearer, { type: 'application/fhir+json', text });
  return Array.from({ length: IMPORTS }, () => ({ text: request, status: 200, kind: 'import' }));
}

export const mixed: Scenario = {
  name: 'mixed',
  title: 'a day: 70 % EHR pulls with 304s, 20 % searches, 6 % posts, 4 % emergency',
  clients: CLIENTS,
  once: true,
  requests: day,
  check: () => {},
};

export const mixedImport: Scenario = {
  ...mixed,
  name: 'mixed-import',
  title: 'the same day while bundles of 500 entries are imported',
  fullOnly: true,
  background: { clients: 1, once: true, requests: imports },
};
