// Made-up plans are what the service would hold had they been posted: valid, derived by its own rules, answered the same.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import t from 'tap';
import { directoryOf } from '../../bench/generate/directory.js';
import { planOf } from '../../bench/generate/fill.js';
import { generate } from '../../bench/generate/generate.js';
import { bsnOf, patientValues } from '../../bench/generate/patient-values.js';
import { storyOf } from '../../bench/generate/story.js';
import { stampText } from '../../bench/generate/template.js';
import { KINDS, listOf } from '../../bench/generate/variables.js';
import { loadRecord } from '../../src/access/loaded-record.js';
import { rulesOf } from '../../src/access/rules.js';
import { parseJson } from '../../src/fhir/json.js';
import { identifiersOf, indexValues } from '../../src/search/index-values.js';
import { loadDefinitions } from '../../src/start/definitions.js';
import { scopeOf } from '../../src/store/identifiers.js';
import { migrate } from '../../src/store/migrations.js';
import { loadRules } from '../../src/store/patient-access.js';
import { BASE } from '../concurrency/cluster.js';
import { recompute } from '../concurrency/recompute.js';
import { createDatabase, type TestDatabase } from '../harness/database.js';
import { startService, type TestService } from '../harness/service.js';

const PATIENTS = 30;
const KINDS_OF_PLANS = 6;
const POPULATION = { seed: 7, patients: PATIENTS, demoShare: 0.15 };
const SHARED = fileURLToPath(new URL('../../../shared/fhir-packages', import.meta.url));
const packagesDir = existsSync(SHARED) ? SHARED : undefined;
const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
/** After the last day of which the data tell. */
const NOW = Date.parse('2026-11-10T12:00:00Z');

let database: TestDatabase;
let before: string[];
t.before(async () => {
  database = await createDatabase();
  await migrate(database.connection);
  before = await schemaOf(database);
  const told = await generate(
    database.connection,
    { ...POPULATION, kinds: KINDS_OF_PLANS, baseUrl: BASE, packagesDir },
    { step() {}, progress() {} },
  );
  t.ok(told.resources > 20 * PATIENTS, `${told.resources} resources`);
});
t.teardown(() => database.drop());

t.test('indexes, keys and columns are those that the migrations made', async (t) => {
  t.strictSame(await schemaOf(database), before);
  t.ok(before.length > 100, `${before.length} of them`);
});

t.test('no two patients have the same BSN, and each passes the eleven check', async (t) => {
  const numbers = Array.from({ length: 20_000 }, (_, n) => bsnOf(n));
  t.equal(new Set(numbers).size, numbers.length);
  for (const bsn of numbers) {
    const sum = [...bsn].reduce((total, digit, i) => total + Number(digit) * (i === 8 ? -1 : 9 - i), 0);
    if (bsn.length !== 9 || sum % 11 !== 0 || bsn < '910000000' || bsn > '998999999') t.fail(bsn);
  }
});

t.test('every resource is valid against the profiles it names', async (t) => {
  const { validate } = await loadDefinitions(packagesDir);
  if (packagesDir === undefined) t.comment('the published profiles are not here: only R4 and the own ones are asked');
  const { rows } = await database.pool.query<{ content: string }>('SELECT content FROM resource_history');
  const wrong = new Map<string, number>();
  for (const { content } of rows) {
    const resource = parseJson(content) as { resourceType: string };
    for (const { severity, expression, details } of validate(resource).issues) {
      if (severity !== 'error') continue;
      const line = `${resource.resourceType} ${expression?.join()}: ${details?.text}`;
      wrong.set(line, (wrong.get(line) ?? 0) + 1);
    }
  }
  t.strictSame(Object.fromEntries(wrong), {});
});

t.test('plan, answer, search values, identifiers and rules are those the service derives from the resources', async (t) => {
  const { patients, cards, wrong } = await recompute(database.connection);
  t.strictSame(wrong, []);
  t.equal(patients, PATIENTS);
  t.ok(cards > PATIENTS / 2, `${cards} cards`);
  const client = new pg.Client(database.connection);
  await client.connect();
  t.teardown(() => client.end());
  const { rows } = await client.query('SELECT type, id, author_ura, content, search FROM resource ORDER BY type, id');
  const held = await client.query(
    "SELECT type || '/' || id || ' ' || system || '|' || value || '|' || scope AS line FROM identifier ORDER BY 1",
  );
  const identifiers: string[] = [];
  for (const { type, id, author_ura, content, search } of rows) {
    const resource = parseJson(content) as { resourceType: string };
    if (JSON.stringify(sorted(search)) !== JSON.stringify(sorted(indexValues(resource)))) t.fail(`search values of ${type}/${id}`);
    for (const { system, value } of identifiersOf(resource))
      identifiers.push(`${type}/${id} ${system}|${value}|${scopeOf(system, author_ura)}`);
  }
  t.strictSame(held.rows.map(({ line }) => line).sort(), identifiers.sort());
  const ids = rows.filter(({ type }) => type === 'Patient').map(({ id }) => id as string);
  const rules = await loadRules(client, ids);
  for (const id of ids) {
    const record = await loadRecord(client, id, { written: new Set(), now: NOW, newId: () => 'new' });
    const line = (rule: object) => JSON.stringify(Object.entries(rule).sort());
    const stored = rules.get(id)?.filter(({ ground }) => ground !== 'holder') ?? [];
    t.strictSame(new Set(stored.map(line)), new Set(rulesOf(record).map(line)), `rules of ${id}`);
    t.equal(rules.get(id)?.filter(({ ground }) => ground === 'holder').length, 1, `one holder of ${id}`);
  }
});

t.test('the service answers as it does when the same is posted', async (t) => {
  const demo = Array.from({ length: PATIENTS }, (_, n) => n).filter((n) => {
    const { gender } = storyOf(POPULATION.seed, planOf(POPULATION.seed, n, KINDS_OF_PLANS));
    return patientValues(POPULATION, n, gender)['gp.client'] === 'gp';
  });
  t.ok(demo.length > 2, `${demo.length} patients of the demo GP`);
  let now = Date.parse('2023-01-02T08:00:00Z');
  const generated = await startService(t, { database, clock: () => NOW });
  const posted = await startService(t, { clock: () => now });
  for (const n of demo) {
    const { gender, chapters } = storyOf(POPULATION.seed, planOf(POPULATION.seed, n, KINDS_OF_PLANS));
    const values = listOf(patientValues(POPULATION, n, gender));
    const post = async (as: string, resources: { resourceType: string; id: string }[]) => {
      const entry = await Promise.all(
        resources.map(async (resource) => {
          const url = `${resource.resourceType}/${resource.id}`;
          const known = resource.resourceType === 'CarePlan' ? await posted.get(stampText(url, values), { as }) : undefined;
          // Whoever changes a plan says which version was read.
          const ifMatch = known?.status === 200 ? known.headers.get('etag') : undefined;
          return { resource, request: { method: 'PUT', url, ...(ifMatch && { ifMatch }) } };
        }),
      );
      const text = stampText(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }), values);
      const answer = await posted.post('', text, { as });
      if (answer.status !== 200) throw new Error(answer.text);
    };
    if (n === demo[0])
      for (const kind of KINDS)
        await post(
          'gp',
          directoryOf(kind).filter(({ resourceType }) => resourceType !== 'Organization'),
        );
    for (const { date, author, resources } of chapters) {
      now = Date.parse(`${date}T${patientValues(POPULATION, n, gender).time}Z`);
      await post(author, resources);
    }
  }
  now = NOW;
  let found = 0;
  for (const n of demo) {
    const { gender } = storyOf(POPULATION.seed, planOf(POPULATION.seed, n, KINDS_OF_PLANS));
    const values = patientValues(POPULATION, n, gender);
    for (const question of questions(values.bsn as string, `${values.id}0001`)) {
      const [a, b] = [await question.ask(generated), await question.ask(posted)];
      t.equal(a.status, b.status, question.name);
      t.equal(plain(a.text, values.id as string), plain(b.text, values.id as string), `${n}: ${question.name}`);
      if (a.status === 200 && question.name.startsWith('card') && a.json.status === 'found') found++;
    }
  }
  t.ok(found > demo.length, `${found} cards found`);
});

interface Question {
  name: string;
  ask(service: TestService): Promise<{ status: number; text: string; json: any }>;
}

/** What everybody asks about a patient. */
function questions(bsn: string, id: string): Question[] {
  const snomed = 'http://snomed.info/sct';
  const scope = 'http://terminology.hl7.org/CodeSystem/consentscope';
  const seven = [
    `Procedure?patient=${id}&code=${snomed}|713603004&_include=Procedure:encounter`,
    `Consent?patient=${id}&scope=${scope}|treatment&category=${snomed}|129125009&_include=Consent:actor`,
    `Consent?patient=${id}&scope=${scope}|adr&category=http://terminology.hl7.org/CodeSystem/consentcategorycodes|acd&_include=Consent:actor`,
    `Goal?patient=${id}&description=${snomed}|385987000,${snomed}|1351964001,${snomed}|713148004`,
    `Observation?patient=${id}&code=${snomed}|665671000146101,153851000146100,395091006,340171000146104,247751003,570801000146104`,
    `DeviceUseStatement?patient=${id}&device.type=${snomed}|72506001&_include=DeviceUseStatement:device`,
    `CommunicationRequest?patient=${id}&category=${snomed}|223449006`,
  ];
  const urls = [...seven, `CarePlan?patient=${id}`, `Flag?patient=${id}&status=active`, `Patient/${id}`, `Patient/${id}/_history`];
  const read = ['gp', 'hospital', 'homecare', 'hap'].flatMap((as) =>
    (as === 'gp' ? urls : [seven[1] as string, `Patient/${id}`]).map((url) => ({
      name: `${url} as ${as}`,
      ask: (service: TestService) => service.get(url, { as }),
    })),
  );
  const card = [
    ['ambulance', 'ETREAT'],
    ['hospital', 'TREAT'],
    ['gp', 'TREAT'],
    ['hap', 'ETREAT'],
  ].flatMap(([as, purpose]) => [
    { name: `card as ${as}`, ask: (service: TestService) => service.post('/v1/emergency-card', { bsn }, { as, purpose }) },
    { name: `summary as ${as}`, ask: (service: TestService) => service.get(`Patient/${id}/$acp-summary`, { as, purpose }) },
  ]);
  const search = {
    name: 'Patient by BSN',
    ask: (service: TestService) => service.ask('POST', 'Patient/_search', { as: 'gp', form: { identifier: `${BSN_SYSTEM}|${bsn}` } }),
  };
  return [...card, ...read, search];
}

/** The text without what two services make each for themselves: addresses, ids of what the service adds, and digests over those. */
function plain(text: string, idPrefix: string): string {
  const names = new Map<string, string>();
  return text
    .replace(/http:\/\/(?:127\.0\.0\.1:\d+|izp\.test\/fhir\/R4)/g, 'http://service')
    .replace(/\b[0-9a-f]{64}\b/g, 'digest')
    .replace(/\b(\d+)-[0-9a-f]{8}\b(?!-)/g, '$1-plan')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, (uuid) => {
      if (uuid.startsWith(idPrefix) && !uuid.slice(idPrefix.length).startsWith('8')) return uuid;
      names.set(uuid, names.get(uuid) ?? `made-${names.size}`);
      return names.get(uuid) as string;
    });
}

/** One line for each column, index and constraint. */
async function schemaOf({ connection }: TestDatabase): Promise<string[]> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query<{ line: string }>(
    `SELECT indexdef AS line FROM pg_indexes WHERE schemaname = current_schema()
      UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
      UNION ALL SELECT attrelid::regclass || ' ' || attname || ' ' || atttypid::regtype || ' ' || attnotnull || ' ' || attstorage::text FROM pg_attribute
                 WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace)
      ORDER BY 1`,
  );
  await client.end();
  return rows.map(({ line }) => line);
}

/** As PostgreSQL keeps it: names in one order. */
function sorted(index: object): [string, unknown][] {
  return Object.entries(index).sort(([a], [b]) => (a < b ? -1 : 1));
}
