// Loads that well-known servers break under, each with the count of what went wrong; short in the tests, long in the soak.
import { URAS } from '../harness/sharing.js';
import type { Answer, Cluster } from './cluster.js';

const SYSTEM = 'https://storm.example/ids';
const SNOMED = 'http://snomed.info/sct';

export function observation(patient: string, value: string, system?: string): object {
  return {
    resourceType: 'Observation',
    ...(system && { identifier: [{ system, value }] }),
    status: 'final',
    code: { coding: [{ system: SNOMED, code: '247751003' }] },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-03-01',
    valueString: value,
  };
}

/** Creates one patient per run of a storm. */
export async function createPatient(cluster: Cluster, family = 'Storm'): Promise<string> {
  const answer = await cluster.ask('POST', 'Patient', { body: { resourceType: 'Patient', name: [{ family }] } });
  if (answer.status !== 201) throw new Error(`no patient: ${answer.status} ${answer.text}`);
  await createTeam(cluster, answer.json.id);
  return answer.json.id;
}

/** All organisations of the storms care for the patient. */
export async function createTeam(cluster: Cluster, patient: string): Promise<void> {
  const member = (value: string) => ({ member: { identifier: { system: 'http://fhir.nl/fhir/NamingSystem/ura', value } } });
  const participant = [URAS.gp, URAS.hospital, URAS.homecare, URAS.hospice].map(member);
  const body = { resourceType: 'CareTeam', status: 'active', subject: { reference: `Patient/${patient}` }, participant };
  const answer = await cluster.ask('POST', 'CareTeam', { body });
  if (answer.status !== 201) throw new Error(`no team: ${answer.status} ${answer.text}`);
}

function transactionOf(...entry: object[]): object {
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

function post(resource: object & { resourceType?: string }, more: object = {}): object {
  return { resource, request: { method: 'POST', url: resource.resourceType, ...more } };
}

/** Every client does its share of rounds at its own pace; `rounds` in all. */
export async function inParallel(clients: number, rounds: number, work: (round: number, client: number) => Promise<void>): Promise<void> {
  let next = 0;
  const client = async (_: unknown, number: number) => {
    while (next < rounds) await work(next++, number);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

export interface CreateFigures {
  rounds: number;
  requests: number;
  /** Rounds with more than one resource, or with more than one client told that it created it. */
  duplicates: number;
  /** Rounds without a resource. */
  lost: number;
  /** Answers other than 200 and 201. */
  refused: string[];
}

/**
 * Per round all clients send the same If-None-Exist create at once: alone, or inside a transaction with other entries of which one
 * refers to it by the very criteria.
 */
export async function conditionalCreates(
  cluster: Cluster,
  { clients, rounds, inTransaction }: { clients: number; rounds: number; inTransaction: boolean },
): Promise<CreateFigures> {
  const figures: CreateFigures = { rounds, requests: 0, duplicates: 0, lost: 0, refused: [] };
  const run = `${inTransaction ? 'bundle' : 'plain'}-${Date.now().toString(36)}`;
  for (let round = 0; round < rounds; round++) {
    const patient = await createPatient(cluster);
    const value = `${run}-${round}`;
    const criteria = `identifier=${SYSTEM}|${value}`;
    const ask = (client: number): Promise<Answer> => {
      const resource = observation(patient, value, SYSTEM);
      if (!inTransaction) return cluster.ask('POST', 'Observation', { body: resource, headers: { 'if-none-exist': criteria } });
      const own = { ...observation(patient, `${value}-${client}`), derivedFrom: [{ reference: `Observation?${criteria}` }] };
      const entries = [post(resource, { ifNoneExist: criteria }), post(own)];
      return cluster.ask('POST', '', { body: transactionOf(...(client % 2 === 0 ? entries : entries.reverse())) });
    };
    const answers = await Promise.all(Array.from({ length: clients }, (_, client) => ask(client)));
    figures.requests += answers.length;
    figures.refused.push(...answers.filter(({ status }) => status > 201).map(({ status, text }) => `${status} ${text}`));
    const outcomes = answers.map((answer, client) => (inTransaction ? answer.json?.entry?.[client % 2 === 0 ? 0 : 1]?.response : answer));
    const created = outcomes.filter((one) => String(one?.status).startsWith('201')).length;
    const found = await cluster.ask('GET', `Observation?identifier=${encodeURIComponent(`${SYSTEM}|${value}`)}`);
    const count = found.json.entry?.length ?? 0;
    if (count === 0) figures.lost++;
    if (count > 1 || created > 1) figures.duplicates++;
    if (inTransaction && count === 1) {
      const [{ resource }] = found.json.entry;
      const linked = await cluster.ask('GET', `Observation?derived-from=Observation/${resource.id}&_summary=count`);
      if (linked.json.total !== clients) figures.lost++;
    }
  }
  return figures;
}

export interface UpdateFigures {
  updates: number;
  /** Requests answered 412 because another was first. */
  contended: number;
  /** Acknowledged updates that are not in the history, or versions that nobody was told of. */
  lost: number;
  /** Missing version numbers. */
  gaps: number;
  refused: string[];
}

/** Clients add their mark to one resource with If-Match, reading again whenever another was first. */
export async function contendedUpdates(
  cluster: Cluster,
  { clients, updates }: { clients: number; updates: number },
): Promise<UpdateFigures> {
  const figures: UpdateFigures = { updates, contended: 0, lost: 0, gaps: 0, refused: [] };
  const patient = await createPatient(cluster);
  const url = `Observation/contended-${Date.now().toString(36)}`;
  const id = url.split('/')[1];
  const body = (value: number) => ({ ...observation(patient, 'x'), id, valueString: undefined, valueInteger: value });
  let current = await cluster.ask('PUT', url, { body: body(0) });
  const told = new Map<number, number>([[1, 0]]);
  await inParallel(clients, updates, async () => {
    for (let held = current; ; held = await cluster.ask('GET', url)) {
      const value = held.json.valueInteger + 1;
      const answer = await cluster.ask('PUT', url, { body: body(value), headers: { 'if-match': held.headers.etag as string } });
      if (answer.status === 412) figures.contended++;
      else if (answer.status !== 200) return void figures.refused.push(`${answer.status} ${answer.text}`);
      else {
        current = answer;
        told.set(Number(answer.json.meta.versionId), value);
        return;
      }
    }
  });
  const last = await cluster.ask('GET', url);
  for (let version = 1; version <= updates + 1; version++) {
    if (!told.has(version)) figures.gaps++;
    // Each acknowledged update is there as it was acknowledged; the soak looks at a sample of the history, the tests at all of it.
    if (updates > 2_000 && version % 20 !== 0 && version < updates) continue;
    const kept = await cluster.ask('GET', `${url}/_history/${version}`);
    if (kept.status !== 200 || kept.json.valueInteger !== version - 1 || told.get(version) !== version - 1) figures.lost++;
  }
  if (last.json.valueInteger !== updates || last.json.meta.versionId !== String(updates + 1)) figures.lost++;
  return figures;
}

export interface FreshnessFigures {
  rounds: number;
  /** Searches or reads on another process that did not show an acknowledged write. */
  stale: number;
  refused: string[];
}

/** Each write on one process is searched for on the next one, as soon as it is acknowledged: creates, updates and deletions. */
export async function writeThenSearch(
  cluster: Cluster,
  { clients, rounds }: { clients: number; rounds: number },
): Promise<FreshnessFigures> {
  const figures: FreshnessFigures = { rounds, stale: 0, refused: [] };
  const patients = await Promise.all(Array.from({ length: clients }, () => createPatient(cluster)));
  const run = Date.now().toString(36);
  const held: ({ id: string; value: string } | undefined)[] = [];
  await inParallel(clients, rounds, async (round, client) => {
    const patient = patients[client] as string;
    const before = held[client];
    const value = `${run}-${round}`;
    const writer = { process: round % cluster.size };
    const reader = { process: (round + 1) % cluster.size };
    const search = async (identifier: string) =>
      (await cluster.ask('GET', `Observation?patient=${patient}&identifier=${encodeURIComponent(`${SYSTEM}|${identifier}`)}`, reader)).json
        ?.total;
    const expect = async (identifier: string, total: number) => {
      if ((await search(identifier)) !== total) figures.stale++;
    };
    if (before && round % 5 === 4) {
      const gone = await cluster.ask('DELETE', `Observation/${before.id}`, writer);
      if (gone.status !== 204) figures.refused.push(`${gone.status} ${gone.text}`);
      held[client] = undefined;
      return expect(before.value, 0);
    }
    const resource = observation(patient, value, SYSTEM);
    const answer = before
      ? await cluster.ask('PUT', `Observation/${before.id}`, { ...writer, body: { ...resource, id: before.id } })
      : await cluster.ask('POST', 'Observation', { ...writer, body: resource });
    if (answer.status > 201) return void figures.refused.push(`${answer.status} ${answer.text}`);
    held[client] = { id: answer.json.id, value };
    await expect(value, 1);
    if (before) await expect(before.value, 0);
  });
  return figures;
}
