// The CapabilityStatement is true in both directions: what it claims works over HTTP, and nothing works that it does not claim.
import t, { type Test } from 'tap';
import { SERVED_TYPES } from '../../src/fhir/resource-types.js';
import { INTERACTION_ROUTES } from '../../src/http/interactions.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { includesOf, revincludesOf, searchParametersOf } from '../../src/search/parameters.js';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';

const PROVIDER = 'https://api.iknl.nl/docs/pzp/r4/CapabilityStatement/ACP-CapabilityStatementProvider';
/** Entries of one batch, as the service takes them. */
const BATCH = 500;
/** _include and _revinclude of one search. */
const INCLUDES = 20;

/** A value each kind of parameter can read. */
const VALUES: Record<string, string> = {
  token: 'x',
  string: 'x',
  date: '2026-01-01',
  reference: 'x',
  uri: 'urn:x',
  number: '1',
  quantity: '1',
};

/** Types of R4 that other servers keep and this one does not. */
const NOT_KEPT = ['Account', 'Bundle', 'Claim', 'Group', 'Immunization', 'MedicationStatement', 'Subscription', 'Parameters'];

/** What each interaction answers when it is there: an id that does not exist, criteria that match nothing. */
const INTERACTIONS: Record<string, { ask: (type: string) => [string, string, Ask?]; works: number[] }> = {
  read: { ask: (type) => ['GET', `${type}/none`], works: [404] },
  vread: { ask: (type) => ['GET', `${type}/none/_history/1`], works: [404] },
  update: { ask: (type) => ['PUT', `${type}/none`, { body: { resourceType: 'Wrong' } }], works: [400] },
  patch: {
    ask: (type) => ['PATCH', `${type}/none`, { body: [], headers: { 'content-type': 'application/json-patch+json' } }],
    works: [404],
  },
  delete: { ask: (type) => ['DELETE', `${type}/none`], works: [404] },
  'history-instance': { ask: (type) => ['GET', `${type}/none/_history`], works: [404] },
  'history-type': { ask: (type) => ['GET', `${type}/_history`], works: [200] },
  create: { ask: (type) => ['POST', type, { body: { resourceType: 'Wrong' } }], works: [400] },
  'search-type': { ask: (type) => ['GET', type], works: [200] },
};

interface Claim {
  type: string;
  interaction: { code: string }[];
  searchParam: { name: string; type: string; definition?: string }[];
  searchInclude: string[];
  searchRevInclude: string[];
  operation?: { name: string; definition: string }[];
}

interface Statement {
  instantiates: string[];
  kind: string;
  format: string[];
  patchFormat: string[];
  implementation: { url: string };
  rest: { interaction: { code: string }[]; resource: Claim[]; operation?: unknown[] }[];
}

t.test('the statement over HTTP', { timeout: 200_000 }, async (t) => {
  const service = await startService(t);
  const statement = (await service.get('metadata', { as: null })).json as Statement;
  const [rest] = statement.rest as [Statement['rest'][number]];
  const claims = rest.resource.filter(({ type }) => type !== 'AuditEvent');
  const [log] = rest.resource.filter(({ type }) => type === 'AuditEvent') as [Claim];

  await t.test('is open, of this instance, and names the published statement it implements', async (t) => {
    t.equal(statement.kind, 'instance');
    t.strictSame(statement.instantiates, [PROVIDER]);
    t.equal(statement.implementation.url, service.fhir, 'the address clients reach it at');
    t.equal((await service.get('Patient', { as: null })).status, 401, 'everything else needs a token');
  });

  await t.test('says what the registries say', async (t) => {
    t.strictSame(
      claims.map(({ type }) => type),
      [...SERVED_TYPES],
    );
    const codes = new Set(INTERACTION_ROUTES.filter(({ path }) => path.includes(':type')).map(({ code }) => code));
    for (const claim of claims) {
      t.strictSame(new Set(claim.interaction.map(({ code }) => code)), codes, claim.type);
      t.strictSame(
        claim.searchParam.map(({ name, type }) => [name, type]),
        searchParametersOf(claim.type).map(({ code, type }) => [code, type]),
        claim.type,
      );
      t.strictSame(claim.searchInclude ?? [], includesOf(claim.type), claim.type);
      t.strictSame(claim.searchRevInclude ?? [], revincludesOf(claim.type), claim.type);
      const operations = OPERATIONS.filter(({ types }) => types.includes(claim.type)).map(({ name }) => name);
      t.strictSame(
        (claim.operation ?? []).map(({ name }) => name),
        operations,
        claim.type,
      );
    }
  });

  await t.test('claims the log for reading only, and nobody writes it', async (t) => {
    t.strictSame(
      log.interaction.map(({ code }) => code),
      ['search-type', 'read'],
    );
    for (const { name } of log.searchParam) {
      const value = name === 'date' ? 'ge2026-01-01' : 'nobody';
      t.equal((await service.get(`AuditEvent?${name}=${value}`, { as: 'officer' })).status, 200, name);
    }
    for (const [method, url, allow] of [
      ['POST', 'AuditEvent', 'GET, HEAD'],
      ['PUT', 'AuditEvent/x', 'GET, HEAD'],
      ['PATCH', 'AuditEvent/x', 'GET, HEAD'],
      ['DELETE', 'AuditEvent/x', 'GET, HEAD'],
      ['PUT', 'AuditEvent', 'GET, HEAD'],
      ['GET', 'AuditEvent/_search', 'POST'],
    ] as const) {
      const refused = await service.ask(method, url, { as: 'officer' });
      t.equal(refused.status, 405, `${method} ${url}`);
      t.equal(refused.headers.get('allow'), allow, `${method} ${url}`);
      t.match(refused.text, /The log is written by the service alone/);
    }
    for (const url of ['AuditEvent/x/_history', 'AuditEvent/_history', 'AuditEvent/$validate', 'Patient/x/AuditEvent'])
      t.equal((await service.get(url, { as: 'officer' })).status, 404, url);
  });

  await t.test('claims formats that are written', async (t) => {
    for (const format of statement.format) {
      const answer = await service.get(`metadata?_format=${encodeURIComponent(format)}`, { as: null });
      t.equal(answer.status, 200, format);
      t.match(answer.headers.get('content-type'), format.includes('xml') ? /xml/ : /json/, format);
    }
    for (const format of ['ttl', 'application/fhir+turtle', 'html'])
      t.equal((await service.get(`metadata?_format=${encodeURIComponent(format)}`, { as: null })).status, 406, format);
    t.strictSame(statement.patchFormat, ['application/json-patch+json']);
    for (const type of ['application/fhir+json', 'application/fhir+xml', 'application/xml-patch+xml'])
      t.equal((await service.ask('PATCH', 'Flag/x', { body: '[]', headers: { 'content-type': type } })).status, 415, type);
  });

  await t.test('claims interactions that are there for every type', async (t) => {
    for (const { type, interaction } of claims) {
      for (const { code } of interaction) {
        const { ask, works } = INTERACTIONS[code] as (typeof INTERACTIONS)[string];
        const answer = await service.ask(...ask(type));
        t.ok(works.includes(answer.status), `${code} of ${type} answers ${answer.status}`);
        t.notMatch(answer.json?.issue?.[0]?.code ?? '', /not-supported/, `${code} of ${type}`);
      }
    }
  });

  await t.test('leaves out interactions that are not there', async (t) => {
    t.strictSame(
      rest.interaction.map(({ code }) => code),
      ['transaction', 'batch'],
    );
    for (const [method, url] of [
      ['GET', '_history'],
      ['GET', ''],
      ['GET', '?_type=Patient'],
      ['POST', '_search'],
      ['GET', 'Patient/x/Consent'],
      ['PUT', ''],
      ['DELETE', 'Flag/x/_history'],
    ] as const) {
      const answer = await service.ask(method, url);
      t.ok([404, 405].includes(answer.status), `${method} ${url} is ${answer.status}`);
    }
    for (const type of NOT_KEPT) {
      for (const { ask } of Object.values(INTERACTIONS)) {
        const [method, url, more] = ask(type);
        t.equal((await service.ask(method, url, more)).status, 404, `${method} ${url}`);
      }
    }
  });

  await t.test('claims search parameters, includes and reverse includes that are answered', async (t) => {
    const searches = claims.flatMap(({ type, searchParam, searchInclude = [], searchRevInclude = [] }) => [
      ...searchParam.map((parameter) => `${type}?${parameter.name}=${VALUES[parameter.type]}`),
      ...inLots(searchInclude, INCLUDES).map((lot) => `${type}?${lot.map((each) => `_include=${each}`).join('&')}`),
      ...inLots(searchRevInclude, INCLUDES).map((lot) => `${type}?${lot.map((each) => `_revinclude=${each}`).join('&')}`),
    ]);
    const statuses = await inBatches(service, searches);
    t.strictSame(
      searches.filter((_, i) => !statuses[i]?.startsWith('200')),
      [],
    );
  });

  await t.test('leaves out search parameters that are refused', async (t) => {
    const names = new Map(claims.flatMap(({ searchParam }) => searchParam.map(({ name, type }) => [name, type])));
    const others = claims.flatMap(({ type, searchParam }) =>
      [...names]
        .filter(([name]) => !searchParam.some((parameter) => parameter.name === name))
        .map(([name, kind]) => `${type}?${name}=${VALUES[kind]}`),
    );
    t.ok(others.length > 1000, `${others.length} questions`);
    const statuses = await inBatches(service, others);
    t.strictSame(
      others.filter((_, i) => !statuses[i]?.startsWith('400')),
      [],
    );
  });

  await t.test('claims operations that are there, for their types and no others', async (t) => {
    for (const { type, operation = [] } of claims) {
      for (const { name, levels, methods } of OPERATIONS) {
        const claimed = operation.some((one) => one.name === name);
        for (const [level, url] of [
          ['type', `${type}/$${name}`],
          ['instance', `${type}/none/$${name}`],
        ] as const) {
          const [method] = methods as [string];
          const answer = await service.ask(method, url);
          const isUnknown = /no such operation/.test(answer.json?.issue?.[0]?.diagnostics ?? '');
          t.equal(isUnknown, !(claimed && levels.includes(level)), `${method} ${url} is ${answer.status}`);
        }
      }
    }
  });

  await t.test('names definitions that can be read here, unless they are those of R4', async (t) => {
    const named = claims.flatMap(({ searchParam, operation = [] }) => [
      ...searchParam.map(({ definition }) => ['SearchParameter', definition] as const),
      ...operation.map(({ definition }) => ['OperationDefinition', definition] as const),
    ]);
    const own = new Map(named.filter(([, url]) => !url?.startsWith('http://hl7.org/fhir/')).map(([type, url]) => [url, type]));
    t.ok(own.size > 1, 'there are some');
    for (const [url, type] of own)
      t.equal((await service.get(`${type}?url=${encodeURIComponent(url ?? '')}`)).json?.total, 1, `${type} ${url}`);
  });

  await versioning(t, service);
});

/** `versioned-update` for plans, conditional reads, writes and deletes, ids by the client. */
async function versioning(t: Test, { ask, get, post, put }: TestService): Promise<void> {
  await t.test('claims conditions that hold', async (t) => {
    const status = async (answer: Promise<Answer>) => (await answer).status;
    t.equal(await status(put('Patient/p', { resourceType: 'Patient', id: 'p' })), 201, 'updateCreate');
    const first = await get('Patient/p');
    const modified = first.headers.get('last-modified') ?? '';
    t.equal(await status(get('Patient/p', { headers: { 'if-none-match': 'W/"1"' } })), 304, 'conditionalRead');
    t.equal(await status(get('Patient/p', { headers: { 'if-modified-since': modified } })), 304, 'conditionalRead');
    t.equal(
      await status(post('Patient', { resourceType: 'Patient' }, { headers: { 'if-none-exist': '_id=p' } })),
      200,
      'conditionalCreate',
    );
    t.equal(await status(put('Patient?_id=p', { resourceType: 'Patient', active: true })), 200, 'conditionalUpdate');
    t.equal(await status(get('Patient/p/_history/1')), 200, 'readHistory');
    const carePlan = { resourceType: 'CarePlan', id: 'c', status: 'active', intent: 'plan', subject: { reference: 'Patient/p' } };
    t.equal(await status(put('CarePlan/c', carePlan)), 201);
    t.equal(await status(put('CarePlan/c', { ...carePlan, title: 'x' })), 428, 'versioned-update');
    const flag = { resourceType: 'Flag', status: 'active', code: { text: 'x' }, subject: { reference: 'Patient/p' } };
    await post('Flag', flag);
    await post('Flag', { ...flag, status: 'inactive' });
    t.equal(await status(ask('DELETE', 'Flag?patient=p')), 412, 'conditionalDelete: single');
    t.equal(await status(ask('DELETE', 'Flag?patient=p&status=active')), 204, 'conditionalDelete');
  });
}

/** Statuses of these GETs, asked many at a time. */
async function inBatches(service: TestService, urls: string[]): Promise<string[]> {
  const statuses: string[] = [];
  for (const lot of inLots(urls, BATCH)) {
    const entry = lot.map((url) => ({ request: { method: 'GET', url } }));
    const answer = await service.post('', { resourceType: 'Bundle', type: 'batch', entry });
    statuses.push(...answer.json.entry.map((one: { response: { status: string } }) => one.response.status));
  }
  return statuses;
}

function inLots<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
