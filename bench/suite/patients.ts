// Patients to measure with: the example conversation, again and again, each time about another patient, and posted as a GP would.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { LoadClient } from './child.js';
import { httpRequest } from './http-request.js';
import type { ServiceProcess } from './service-process.js';

interface Bundle {
  entry: { resource: { resourceType: string; identifier?: { system?: string; value?: string }[] } }[];
}

const EXAMPLE = readFileSync(fileURLToPath(new URL('../../examples/conversation.transaction.json', import.meta.url)), 'utf8');
const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';

/** Professionals and organisations are shared as in practices; their identifiers end in the practice's number. */
const PRACTICES = 300;
/** Below are the numbers of the demo organisations. */
const FIRST_PRACTICE = 1_000;
const PRACTICE_DIGITS = 4;
const DIRECTORY_TYPES = ['Practitioner', 'PractitionerRole', 'Organization'];

/** Conversations made and posted at a time: they are some 50 kB each. */
const CHUNK = 250;
const LOADERS = 8;

/** A chunk is posted to its end, however slow the machine, in seconds. */
const LOAD_PATIENCE_SECONDS = 600;

/** The nth number from 900000000 on that passes the eleven check, from a cache that grows. */
const bsns: string[] = [];
export function bsnOf(n: number): string {
  for (let digits = Number(bsns.at(-1) ?? 899_999_999); bsns.length <= n; ) {
    const text = String(++digits);
    const sum = [...text].reduce((total, digit, i) => total + Number(digit) * (i === 8 ? -1 : 9 - i), 0);
    if (sum % 11 === 0 && !EXAMPLE.includes(text)) bsns.push(text);
  }
  return bsns[n] as string;
}

/** How many resources one conversation holds. */
export const CONVERSATION_SIZE = (JSON.parse(EXAMPLE) as Bundle).entry.length;

const IDENTIFIERS = (JSON.parse(EXAMPLE) as Bundle).entry.flatMap(({ resource }) =>
  (resource.identifier ?? []).map(({ system, value = '' }) => ({ type: resource.resourceType, system, value })),
);

/** The example conversation with the nth patient: BSN and business identifiers are their own, so nothing is taken for known. */
export function conversationOf(n: number): string {
  let text = EXAMPLE;
  for (const { type, system, value } of IDENTIFIERS) {
    const practice = String(FIRST_PRACTICE + (n % PRACTICES));
    const mine =
      system === BSN_SYSTEM ? bsnOf(n) : DIRECTORY_TYPES.includes(type) ? value.slice(0, -PRACTICE_DIGITS) + practice : `${value}-${n}`;
    // Closing quote included: the value stands in identifiers and at the end of If-None-Exist criteria.
    text = text.replaceAll(`"${value}"`, `"${mine}"`).replaceAll(`|${value}"`, `|${mine}"`);
  }
  return text;
}

export function postConversation(n: number, token: string): string {
  return httpRequest('POST', '/fhir/R4', token, { type: 'application/fhir+json', text: conversationOf(n) });
}

/** Posts patients 0 to `count` through the service. Returns how many went in per second. */
export async function loadPatients(service: ServiceProcess, client: LoadClient, count: number): Promise<number> {
  const started = performance.now();
  for (let from = 0; from < count; from += CHUNK) {
    const token = await service.token('gp');
    const requests = Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => postConversation(from + i, token));
    await client.run({ port: service.port, clients: LOADERS, seconds: LOAD_PATIENCE_SECONDS, requests, once: true, status: 200 });
    process.stderr.write(`\rloading patients: ${Math.min(from + CHUNK, count)} of ${count}`);
  }
  process.stderr.write('\n');
  return count / ((performance.now() - started) / 1000);
}

export interface Keys {
  /** BSN and id of patients, in random order. */
  patients: { bsn: string; id: string }[];
  /** Ids of directives, in random order. */
  consents: string[];
}

/** What the reading scenarios ask for. */
export async function readKeys(client: pg.Client, most: number): Promise<Keys> {
  const patients = await client.query<{ bsn: string; id: string }>(
    "SELECT value AS bsn, id FROM identifier WHERE type = 'Patient' AND system = $1 AND scope = '' ORDER BY md5(value) LIMIT $2",
    [BSN_SYSTEM, most],
  );
  const consents = await client.query<{ id: string }>("SELECT id FROM resource WHERE type = 'Consent' ORDER BY md5(id) LIMIT $1", [most]);
  return { patients: patients.rows, consents: consents.rows.map(({ id }) => id) };
}

export async function openConnection(service: ServiceProcess): Promise<pg.Client> {
  const client = new pg.Client(service.connection);
  await client.connect();
  return client;
}
