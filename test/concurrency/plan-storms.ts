// Several organisations at once on the same patients: plans, goals, directives, practitioners, devices, in random order.
import type { Answer, Cluster } from './cluster.js';
import { createPatient, inParallel, observation } from './storms.js';

const SNOMED = 'http://snomed.info/sct';
const OWN = 'https://storm.example/own';
const ORGANISATIONS = ['gp', 'hospital', 'homecare', 'hospice'];

/** A generator of whole numbers below n that gives the same ones for the same seed. */
export function numbers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

export function carePlan(patient: string, title: string): object {
  return {
    resourceType: 'CarePlan',
    identifier: [{ system: OWN, value: title }],
    status: 'active',
    intent: 'plan',
    category: [{ coding: [{ system: SNOMED, code: '736366004' }] }],
    subject: { reference: `Patient/${patient}` },
    note: [{ text: title }],
  };
}

export function goal(patient: string, text: string): object {
  return {
    resourceType: 'Goal',
    identifier: [{ system: OWN, value: text }],
    lifecycleStatus: 'active',
    category: [{ coding: [{ system: SNOMED, code: '713603004' }] }],
    description: { text },
    subject: { reference: `Patient/${patient}` },
  };
}

export function directive(patient: string, name: string, type: 'permit' | 'deny', practitioner?: string): object {
  return {
    resourceType: 'Consent',
    identifier: [{ system: OWN, value: name }],
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    patient: { reference: `Patient/${patient}` },
    dateTime: '2026-03-01',
    policy: [{ uri: 'https://wetten.overheid.nl/' }],
    provision: {
      type,
      code: [{ coding: [{ system: SNOMED, code: '89666000' }] }],
      ...(practitioner && {
        actor: [
          {
            role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'CONSENTER' }] },
            reference: { reference: `Practitioner/${practitioner}` },
          },
        ],
      }),
    },
  };
}

export interface StormFigures {
  requests: number;
  /** Status codes that no client of a storm may see. */
  wrong: string[];
  /** What was acknowledged and is not there. */
  lost: string[];
}

/** Organisations post plans, goals and directives for one patient at the same time: one plan holds what all of them said. */
export async function onePlan(cluster: Cluster, { posts }: { posts: number }): Promise<StormFigures> {
  const patient = await createPatient(cluster, 'Plan');
  const figures: StormFigures = { requests: posts, wrong: [], lost: [] };
  const said = { notes: [] as string[], goals: [] as string[], consents: [] as string[] };
  const run = Date.now().toString(36);
  const results = await Promise.all(
    Array.from({ length: posts }, async (_, i) => {
      const as = ORGANISATIONS[i % ORGANISATIONS.length] as string;
      const name = `${as} ${run} ${i}`;
      const kind = Math.floor(i / ORGANISATIONS.length) % 3;
      const resource = [carePlan(patient, name), goal(patient, name), directive(patient, name, i % 2 === 0 ? 'permit' : 'deny')][kind] as {
        resourceType: string;
      };
      const answer = await cluster.ask('POST', resource.resourceType, { as, body: resource });
      if (kind === 0) said.notes.push(name);
      else (kind === 1 ? said.goals : said.consents).push(`${resource.resourceType}/${answer.json?.id}`);
      return answer;
    }),
  );
  for (const { status, text } of results) if (status !== 200 && status !== 201) figures.wrong.push(`${status} ${text.slice(0, 300)}`);
  const plans = await cluster.ask('GET', `CarePlan?patient=${patient}&status=active`);
  if (plans.json.total !== 1) figures.lost.push(`${plans.json.total} active plans`);
  const plan = plans.json.entry?.[0]?.resource;
  const notes = new Set(plan?.note?.map((note: { text: string }) => note.text));
  const goals = new Set(plan?.goal?.map((one: { reference: string }) => one.reference));
  for (const name of said.notes) if (!notes.has(name)) figures.lost.push(`note ${name}`);
  for (const reference of said.goals) if (!goals.has(reference)) figures.lost.push(reference);
  const consents = await cluster.ask('GET', `Consent?patient=${patient}&_count=200`);
  const stored = new Set(consents.json.entry?.map(({ resource }: { resource: { id: string } }) => `Consent/${resource.id}`));
  for (const reference of said.consents) if (!stored.has(reference)) figures.lost.push(reference);
  const card = await cluster.ask('GET', `Patient/${patient}/$acp-summary`);
  if (!String(card.headers.etag).includes(plan?.meta.versionId)) figures.lost.push(`the card has ETag ${card.headers.etag}`);
  return figures;
}

/** Bundles over overlapping patients, practitioners, devices and goals, in random order, some with the same ids: none may see a deadlock. */
export async function overlapping(
  cluster: Cluster,
  { clients, bundles, seed }: { clients: number; bundles: number; seed: number },
): Promise<StormFigures> {
  const figures: StormFigures = { requests: 0, wrong: [], lost: [] };
  const run = `${seed}-${Date.now().toString(36)}`;
  const patients = await Promise.all([1, 2, 3, 4].map((n) => createPatient(cluster, `Overlap ${n}`)));
  const told: { reference: string; version: number; as: string }[] = [];
  await inParallel(clients, bundles, async (round, client) => {
    const pick = numbers(seed * 1_000_003 + round);
    // What belongs to no patient is its author's to change.
    const as = ORGANISATIONS[client % ORGANISATIONS.length] as string;
    const one = <T>(list: readonly T[]): T => list[pick(list.length)] as T;
    const entry = new Map<string, object>();
    const put = (resource: { resourceType: string; id: string }) => {
      const url = `${resource.resourceType}/${resource.id}`;
      entry.set(url, { resource, request: { method: 'PUT', url } });
    };
    for (let n = 2 + pick(4); n > 0; n--) {
      const patient = one(patients);
      const practitioner = `${run}-${as}-dr${pick(3)}`;
      const kind = pick(6);
      if (kind === 0)
        put({ resourceType: 'Practitioner', id: practitioner, name: [{ family: `Round ${round}` }] } as {
          resourceType: string;
          id: string;
        });
      else if (kind === 1) put({ ...directive(patient, `${run}-${round}-${n}`, 'deny', practitioner), id: `${run}-c${pick(4)}` } as never);
      else if (kind === 2) put({ ...goal(patient, `${run}-${round}-${n}`), id: `${run}-g${pick(4)}` } as never);
      else if (kind === 3)
        put({ resourceType: 'Device', id: `${run}-${as}-d${pick(2)}`, deviceName: [{ name: `Round ${round}`, type: 'other' }] } as never);
      else if (kind === 4) {
        put({
          resourceType: 'DeviceUseStatement',
          id: `${run}-u${pick(2)}`,
          status: 'active',
          subject: { reference: `Patient/${patients[0]}` },
          device: { reference: `Device/${run}-${as}-d${pick(2)}` },
        } as never);
      } else {
        const value = `${run}-o${pick(4)}`;
        entry.set(`POST ${value}`, { resource: observation(patient, value, OWN), request: { method: 'POST', url: 'Observation' } });
      }
    }
    const shuffled = [...entry.values()].sort(() => pick(2) - 0.5);
    const answer: Answer = await cluster.ask('POST', '', {
      as,
      body: { resourceType: 'Bundle', type: 'transaction', entry: shuffled },
    });
    figures.requests++;
    if (answer.status === 200) {
      for (const { response } of answer.json.entry) {
        const [, reference, version] = /([A-Za-z]+\/[^/]+)\/_history\/(\d+)$/.exec(response.location) ?? [];
        if (reference) told.push({ reference, version: Number(version), as });
      }
    } else if (answer.status !== 409 && answer.status !== 412) figures.wrong.push(`${answer.status} ${answer.text.slice(0, 300)}`);
  });
  // Every version that a client was told of is there, once as its making and ever after as what it was.
  const last = new Map<string, { version: number; as: string }>();
  for (const { reference, version, as } of told) if (version > (last.get(reference)?.version ?? 0)) last.set(reference, { version, as });
  for (const [reference, { version, as }] of last) {
    // By who was told: a device that no patient has yet is its author's alone to see.
    const now = await cluster.ask('GET', reference, { as });
    if (now.status !== 200 || Number(now.json.meta.versionId) < version) figures.lost.push(`${reference} version ${version}`);
  }
  return figures;
}
