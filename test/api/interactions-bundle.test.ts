// Transactions and batches by R4's rules: order, references, conditions, outcomes; all or nothing.
import t from 'tap';
import { type Answer, startService } from '../harness/service.js';
import { bundle, MRN, observation, organization, patient, post, put, type Sent, type TransactionEntry } from './records.js';

const service = await startService(t);
const { get, database } = service;
const send = (body: unknown, headers: Record<string, string> = {}) => service.post('', body, { headers });
const transaction = (...entries: TransactionEntry[]) => send(bundle('transaction', ...entries));
const issue = (answer: Answer) => answer.json?.issue?.[0] ?? {};
const statuses = (answer: Answer) => (answer.json.entry ?? []).map((entry: any) => entry.response.status.slice(0, 3));
const idOf = (answer: Answer, i: number): string => answer.json.entry[i].response.location.split('/').at(-3);
const number = (value: string) => [{ system: MRN, value }];

/** Rows of everything a write could leave behind. */
async function rows(): Promise<number[]> {
  const { rows } = await database.pool.query(
    'SELECT (SELECT count(*)::int FROM resource) r, (SELECT count(*)::int FROM resource_history) h, (SELECT count(*)::int FROM change_event) c, (SELECT count(*)::int FROM identifier) i, (SELECT count(*)::int FROM emergency_card) e',
  );
  return Object.values(rows[0] as Record<string, number>);
}

await service.put('Patient/p', patient({ id: 'p' }));

t.test('entries are done by verb, whatever their order, and answered in theirs', async (t) => {
  await service.put('Observation/old', observation('p', { id: 'old' }));
  const answer = await transaction(
    { request: { method: 'GET', url: 'Patient/v1' } },
    put(observation('v1', { id: 'o1' })),
    post(organization(), {}, 'urn:uuid:11111111-1111-4111-8111-111111111111'),
    put(patient({ id: 'v1', managingOrganization: { reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' } })),
    { request: { method: 'DELETE', url: 'Observation/old' } },
    { request: { method: 'GET', url: 'Observation?subject=Patient/v1' } },
    { request: { method: 'HEAD', url: 'Observation/o1' } },
    { request: { method: 'GET', url: 'Patient/v1/$acp-summary' } },
  );
  t.equal(answer.status, 200, answer.text.slice(0, 500));
  t.equal(answer.json.type, 'transaction-response');
  t.strictSame(statuses(answer), ['200', '201', '201', '201', '204', '200', '200', '200']);
  t.equal(
    answer.json.entry[0].resource.managingOrganization.reference,
    `Organization/${idOf(answer, 2)}`,
    'a GET sees what the transaction wrote',
  );
  t.equal(answer.json.entry[5].resource.total, 1);
  t.equal(answer.json.entry[7].resource.type, 'document');
  t.match(answer.json.entry[1].response, { etag: 'W/"1"', location: /Observation\/o1\/_history\/1$/, lastModified: /\.\d{3}Z$/ });
  t.equal((await get('Observation/old')).status, 410);
  const identifier = number('moved');
  await service.put('Patient/from', patient({ id: 'from', identifier }));
  const moved = await transaction(put(patient({ id: 'to', identifier })), { request: { method: 'DELETE', url: 'Patient/from' } });
  t.strictSame(statuses(moved), ['201', '204'], 'what is deleted gives its identity up first');
});

t.test('references: urn, absolute, relative beside a fullUrl, conditional, contained, in extensions, urls and narrative', async (t) => {
  const urn = 'urn:uuid:AAAAAAAA-1111-4111-8111-111111111111';
  const other = 'https://elsewhere.example/fhir/Patient/7';
  const div = (link: string) => `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${link}">de patiënt</a></div>`;
  const answer = await transaction(
    post(patient({ identifier: number('r1') }), {}, urn),
    post(patient({ identifier: number('r2') }), {}, other),
    post(
      observation(urn.toLowerCase(), {
        contained: [{ resourceType: 'Observation', id: 'in', status: 'final', code: { text: 'x' }, subject: { reference: urn } }],
        hasMember: [{ reference: '#in' }],
        extension: [
          { url: 'https://example.org/about', valueReference: { reference: urn } },
          { url: 'https://example.org/at', valueUrl: urn },
          { url: 'https://example.org/id', valueIdentifier: { system: 'urn:ietf:rfc:3986', value: urn } },
        ],
        text: { status: 'generated', div: div(urn) },
      }),
      {},
      'urn:uuid:bbbbbbbb-1111-4111-8111-111111111111',
    ),
    post(observation(other)),
    post(observation('7'), {}, 'https://elsewhere.example/fhir/Observation/8'),
    post(observation(`Patient?identifier=${MRN}|r2`)),
    put(observation('by-put', { id: 'refers' })),
    put(patient({ id: 'by-put' }), {}, `${service.fhir}/Patient/by-put`),
    post(observation('p', { focus: [{ reference: `${service.fhir}/Patient/by-put` }] })),
  );
  t.equal(answer.status, 200, answer.text.slice(0, 600));
  const [first, second] = [idOf(answer, 0), idOf(answer, 1)];
  const read = async (i: number) => (await get(`Observation/${idOf(answer, i)}`)).json;
  const rich = await read(2);
  t.equal(rich.subject.reference, `Patient/${first}`);
  t.equal(rich.contained[0].subject.reference, `Patient/${first}`);
  t.equal(rich.hasMember[0].reference, '#in');
  t.equal(rich.extension[0].valueReference.reference, `Patient/${first}`);
  t.equal(rich.extension[1].valueUrl, `Patient/${first}`);
  t.equal(rich.extension[2].valueIdentifier.value, urn, 'an identifier is no link');
  t.equal(rich.text.div, div(`Patient/${first}`));
  for (const i of [3, 4, 5]) t.equal((await read(i)).subject.reference, `Patient/${second}`, `entry ${i}`);
  t.equal((await get('Observation/refers')).json.subject.reference, 'Patient/by-put');
  t.equal((await read(8)).focus[0].reference, 'Patient/by-put', 'an own absolute reference is the relative one');
});

t.test('conditional entries that ask the same meet in one id', async (t) => {
  const ask = { ifNoneExist: `identifier=${MRN}|meet` };
  const one = () => patient({ identifier: number('meet') });
  const uuid = (n: number) => `urn:uuid:cccccccc-1111-4111-8111-11111111111${n}`;
  const answer = await transaction(
    post(one(), ask, uuid(1)),
    post(one(), ask, uuid(2)),
    post(observation(uuid(1))),
    post(observation(uuid(2))),
  );
  t.strictSame(statuses(answer), ['201', '200', '201', '201'], answer.text.slice(0, 400));
  t.equal(idOf(answer, 0), idOf(answer, 1));
  t.equal((await get(`Observation?subject=Patient/${idOf(answer, 0)}`)).json.total, 2);
  const again = await transaction(post(one(), ask, uuid(1)), post(observation(uuid(1))));
  t.strictSame([statuses(again)[0], idOf(again, 0)], ['200', idOf(answer, 0)]);
  const both = await transaction(post(patient({ identifier: number('both') }), { ifNoneExist: `identifier=${MRN}|both` }), {
    resource: patient({ identifier: number('both'), gender: 'female' }),
    request: { method: 'PUT', url: `Patient?identifier=${MRN}|both` },
  });
  t.strictSame([statuses(both), idOf(both, 0) === idOf(both, 1)], [['200', '201'], true], 'a create meets the update of the same question');
  t.equal((await get(`Patient/${idOf(both, 0)}`)).json.gender, 'female');
  const replaced = await transaction(post(patient({ identifier: number('both') }), { ifNoneExist: `identifier=${MRN}|both` }), {
    request: { method: 'DELETE', url: `Patient/${idOf(both, 0)}` },
  });
  t.strictSame([statuses(replaced), idOf(replaced, 0) === idOf(both, 0)], [['201', '204'], false], 'what the set deletes is not found');
});

t.test('a repeat by a business identifier of the sender updates, with its references', async (t) => {
  const measured = (text: string) => observation('p', { identifier: number('obs-1'), valueString: text });
  const first = await transaction(post(measured('een'), {}, 'urn:uuid:dddddddd-1111-4111-8111-111111111111'));
  const again = await transaction(
    post(measured('twee'), {}, 'urn:uuid:dddddddd-1111-4111-8111-111111111111'),
    post(observation('p', { derivedFrom: [{ reference: 'urn:uuid:dddddddd-1111-4111-8111-111111111111' }] })),
  );
  t.strictSame([statuses(again), idOf(again, 0)], [['200', '201'], idOf(first, 0)]);
  t.equal((await get(`Observation/${idOf(again, 1)}`)).json.derivedFrom[0].reference, `Observation/${idOf(first, 0)}`);
  t.equal((await get(`Observation/${idOf(first, 0)}/_history`)).json.entry[0].request.method, 'PUT', 'the history tells an update');
});

t.test('entries have their own conditions and answers, as Prefer asks', async (t) => {
  await service.put('Observation/tagged', observation('p', { id: 'tagged' }));
  const change = (ifMatch: string) => put(observation('p', { id: 'tagged', valueString: `na ${ifMatch}` }), { ifMatch });
  t.strictSame(statuses(await transaction(change('W/"1"'))), ['200']);
  const patch = Buffer.from('[{"op":"replace","path":"/valueString","value":"gepatcht"}]').toString('base64');
  const patched = await send(
    bundle('transaction', {
      resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data: patch },
      request: { method: 'PATCH', url: 'Observation/tagged', ifMatch: 'W/"2"' },
    }),
    { prefer: 'return=representation' },
  );
  t.equal(patched.json.entry[0].resource.valueString, 'gepatcht');
  const outcome = await send(bundle('transaction', post(observation('p'))), { prefer: 'return=OperationOutcome' });
  t.match(outcome.json.entry[0], { response: { outcome: { resourceType: 'OperationOutcome' }, status: '201 Created' } });
  t.notOk(outcome.json.entry[0].resource);
  const held = await transaction({ request: { method: 'GET', url: 'Observation/tagged', ifNoneMatch: 'W/"3"' } });
  t.strictSame([statuses(held), held.json.entry[0].resource], [['304'], undefined]);
});

t.test('one refusal refuses all: the entry is named, and nothing is left behind', async (t) => {
  await service.put('Observation/there', observation('p', { id: 'there' }));
  await service.post('Organization', organization({ identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/ura', value: '90000777' }] }));
  const good = () => [post(patient({ identifier: number('half') })), put(observation('p', { id: 'half' }))];
  const ura = [{ system: 'http://fhir.nl/fhir/NamingSystem/ura', value: '90000777' }];
  const binary = (data: string) => ({ resource: { resourceType: 'Binary', data }, request: { method: 'PATCH', url: 'Observation/there' } });
  const cases: [what: string, entries: (TransactionEntry | unknown)[], status: number, at: RegExp][] = [
    ['a stale If-Match', [put(observation('p', { id: 'there' }), { ifMatch: 'W/"9"' })], 412, /^Bundle.entry\[2\].request.ifMatch$/],
    ['an If-Match that is no text', [put(observation('p', { id: 'there' }), { ifMatch: 9 })], 400, /^Bundle.entry\[2\].request.ifMatch$/],
    ['an invalid resource', [post({ ...observation('p'), status: 'nonsense' })], 422, /^Bundle.entry\[2\].resource.Observation.status$/],
    ['a resource of nobody', [post({ ...observation('p'), subject: undefined })], 422, /^Bundle.entry\[2\].resource.Observation.subject$/],
    ['a type not kept', [post({ resourceType: 'Slot' })], 400, /^Bundle.entry\[2\].request.url$/],
    ['another type than the url', [{ resource: patient(), request: { method: 'POST', url: 'Observation' } }], 400, /^Bundle.entry\[2\]/],
    ['no request', [{ resource: patient() }], 400, /^Bundle.entry\[2\].request$/],
    ['no entry', [null], 400, /^Bundle.entry\[2\].request$/],
    ['a method in lower case', [post(patient(), { method: 'post' })], 400, /^Bundle.entry\[2\].request.method$/],
    ['no url', [post(patient(), { url: undefined })], 400, /^Bundle.entry\[2\].request.url$/],
    ['a malformed escape', [{ request: { method: 'GET', url: 'Patient?family=%zz' } }], 400, /^Bundle.entry\[2\].request.url$/],
    [
      'a url to elsewhere',
      [{ request: { method: 'DELETE', url: 'https://elsewhere.example/Patient/1' } }],
      400,
      /^Bundle.entry\[2\].request.url$/,
    ],
    [
      'an operation by POST',
      [{ request: { method: 'POST', url: 'Patient/$acp-summary' }, resource: { resourceType: 'Parameters' } }],
      400,
      /^Bundle.entry\[2\].request.url$/,
    ],
    ['a POST with an id', [{ ...post(patient()), request: { method: 'POST', url: 'Patient/x' } }], 400, /^Bundle.entry\[2\].request.url$/],
    ['the same resource twice', [put(observation('p', { id: 'half' }))], 400, /^Bundle.entry\[1\]$/],
    [
      'two changes by one question',
      [1, 2].map(() => ({ resource: patient(), request: { method: 'PUT', url: `Patient?identifier=${MRN}|none` } })),
      400,
      /^Bundle.entry\[2\]$/,
    ],
    [
      'one fullUrl twice',
      [1, 2].map(() => post(patient(), {}, 'urn:uuid:eeeeeeee-1111-4111-8111-111111111111')),
      400,
      /^Bundle.entry\[2\].fullUrl$/,
    ],
    [
      'a urn that nobody has',
      [post(observation('urn:uuid:ffffffff-1111-4111-8111-111111111111'))],
      422,
      /^Bundle.entry\[2\].resource.Observation.subject$/,
    ],
    [
      'a conditional reference to nobody',
      [post(observation(`Patient?identifier=${MRN}|nobody`))],
      422,
      /^Bundle.entry\[2\].resource.Observation.subject$/,
    ],
    [
      'a conditional reference to several',
      [post(observation('Patient?family=Proef'))],
      412,
      /^Bundle.entry\[2\].resource.Observation.subject$/,
    ],
    [
      'a conditional reference that is no search',
      [post(observation('Patient?nonsense=1'))],
      400,
      /^Bundle.entry\[2\].resource.Observation.subject$/,
    ],
    ['ambiguous criteria', [post(patient(), { ifNoneExist: 'family=Proef' })], 412, /^Bundle.entry\[2\]/],
    ['criteria that are no search', [post(patient(), { ifNoneExist: 'nonsense=1' })], 400, /^Bundle.entry\[2\]/],
    ['an identity of another', [post(organization({ identifier: ura }))], 409, /^Bundle.entry\[2\].resource.Organization.identifier$/],
    [
      'one identity twice',
      [1, 2].map(() => post(organization({ identifier: [{ ...ura[0], value: '90000778' }] }))),
      409,
      /^Bundle.entry\[3\].resource.Organization.identifier$/,
    ],
    ['a patch of nothing', [{ ...binary('W10='), request: { method: 'PATCH', url: 'Observation/nobody' } }], 404, /^Bundle.entry\[2\]$/],
    ['a patch that is none', [binary('e30=')], 400, /^Bundle.entry\[2\]$/],
    ['a patch that fails', [binary(Buffer.from('[{"op":"remove","path":"/nothing"}]').toString('base64'))], 422, /^Bundle.entry\[2\]$/],
    ['a read of nothing', [{ request: { method: 'GET', url: 'Patient/nobody' } }], 404, /^Bundle.entry\[2\]$/],
    ['a search that is none', [{ request: { method: 'GET', url: 'Patient?nonsense=1' } }], 400, /^Bundle.entry\[2\]/],
    ['a delete of nothing', [{ request: { method: 'DELETE', url: 'Patient/nobody' } }], 404, /^Bundle.entry\[2\]$/],
    ['If-Match on a create', [post(patient(), { ifMatch: 'W/"1"' })], 400, /^Bundle.entry\[2\].request.ifMatch$/],
    [
      'If-None-Exist on an update',
      [put(observation('p', { id: 'there' }), { ifNoneExist: '_id=x' })],
      400,
      /^Bundle.entry\[2\].request.ifNoneExist$/,
    ],
    [
      'If-Modified-Since on an update',
      [put(observation('p', { id: 'there' }), { ifModifiedSince: '2999-01-01T00:00:00Z' })],
      400,
      /^Bundle.entry\[2\].request.ifModifiedSince$/,
    ],
    [
      'If-None-Match with the current version',
      [put(observation('p', { id: 'there' }), { ifNoneMatch: 'W/"1"' })],
      412,
      /^Bundle.entry\[2\].request.ifNoneMatch$/,
    ],
    [
      'If-Match on a read',
      [{ request: { method: 'GET', url: 'Observation/there', ifMatch: 'W/"9"' } }],
      400,
      /^Bundle.entry\[2\].request.ifMatch$/,
    ],
    ['an id that no address can have', [put(observation('p', { id: '..' }))], 400, /^Bundle.entry\[2\].resource.Observation.id$/],
    ['a misspelt condition', [put(observation('p', { id: 'there' }), { ifmatch: 'W/"9"' })], 400, /^Bundle.entry\[2\].request$/],
    ['a misspelt element', [{ ...put(observation('p', { id: 'there' })), fullurl: 'x' }], 400, /^Bundle.entry\[2\]$/],
    [
      'a modifier nobody knows',
      [{ ...put(observation('p', { id: 'there' })), modifierExtension: [{ url: 'https://example.org/not', valueBoolean: true }] }],
      400,
      /^Bundle.entry\[2\]$/,
    ],
    ['a fullUrl that is no text', [{ ...put(observation('p', { id: 'there' })), fullUrl: 7 }], 400, /^Bundle.entry\[2\].fullUrl$/],
    [
      'a fullUrl here of another',
      [{ ...put(observation('p', { id: 'there' })), fullUrl: `${service.fhir}/Observation/half` }],
      400,
      /^Bundle.entry\[2\].fullUrl$/,
    ],
    ['a Bundle in a Bundle', [{ resource: bundle('batch'), request: { method: 'POST', url: '' } }], 400, /^Bundle.entry\[2\]/],
  ];
  const before = await rows();
  for (const [what, entries, status, at] of cases) {
    const answer = await send({ resourceType: 'Bundle', type: 'transaction', entry: [...good(), ...entries] });
    t.equal(answer.status, status, `${what}: ${answer.text.slice(0, 300)}`);
    t.match(issue(answer).expression?.[0] ?? 'nothing named', at, what);
    t.strictSame(await rows(), before, `${what}: nothing was kept`);
  }
});

t.test('a Bundle holds up to 500 entries, may hold none, and is of one of two types', async (t) => {
  const many = (count: number) =>
    bundle('transaction', ...Array.from({ length: count }, (_, i) => post(organization({ name: `Team ${i}` }))));
  const before = await rows();
  const tooMany = await send(many(501));
  t.strictSame([tooMany.status, issue(tooMany).code, issue(tooMany).expression], [413, 'too-long', ['Bundle.entry']]);
  t.strictSame(await rows(), before);
  const most = await send(many(500));
  t.equal(new Set(statuses(most)).size, 1);
  t.equal(most.json.entry.length, 500);
  for (const type of ['transaction', 'batch'] as const) {
    const none = await send(bundle(type));
    t.strictSame([none.status, none.json.type, none.json.entry], [200, `${type}-response`, undefined]);
  }
  for (const body of [bundle('collection' as 'batch'), patient(), [], { resourceType: 'Bundle', type: 'batch', entry: {} }] as unknown[]) {
    t.equal((await send(body)).status, 400);
  }
});

t.test('entries of a batch are independent, each with its outcome', async (t) => {
  const answer = await send(
    bundle(
      'batch',
      post(organization({ name: 'Los' })),
      { request: { method: 'GET', url: 'Patient/nobody' } },
      { request: { method: 'GET', url: 'Organization?name=Los&nonsense=1' } },
      put(observation('p', { id: 'batch' }), { ifMatch: 'W/"5"' }),
      { request: { method: 'GET', url: 'metadata' } },
      { request: { method: 'GET', url: 'Patient/p' } },
      null as unknown as TransactionEntry,
      { resource: bundle('batch'), request: { method: 'POST', url: '' } },
      { request: { method: 'GET', url: 'Patient/p/$acp-summary' } },
      { request: { method: 'GET', url: 'Patient/p/_history' } },
      { resource: { resourceType: 'Parameters' }, request: { method: 'POST', url: 'Observation/_search' } },
      post(observation('p', { derivedFrom: [{ reference: 'urn:uuid:cccccccc-1111-4111-8111-111111111111' }] })),
    ),
  );
  t.equal(answer.status, 200);
  t.strictSame(
    statuses(answer),
    ['201', '404', '400', '412', '200', '200', '400', '400', '200', '200', '400', '422'],
    answer.text.slice(0, 300),
  );
  t.match(answer.json.entry[11].response.outcome.issue[0].diagnostics, /in a batch it refers to nothing/);
  t.notOk(answer.json.entry[0].resource, 'a batch answers minimally unless Prefer asks');
  t.match(answer.json.entry[0].response.location, /Organization\/.*\/_history\/1$/);
  t.match(answer.json.entry[1].response.outcome.issue[0], { code: 'not-found', expression: ['Bundle.entry[1]'] });
  t.match(answer.json.entry[3].response.outcome.issue[0].expression, ['Bundle.entry[3].request.ifMatch']);
  t.equal(answer.json.entry[5].resource.id, 'p');
  const lenient = await send(bundle('batch', { request: { method: 'GET', url: 'Organization?name=Los&nonsense=1' } }), {
    prefer: 'handling=lenient, return=representation',
  });
  t.equal(lenient.json.entry[0].resource.entry[1].search.mode, 'outcome');
  const whole = await send(bundle('batch', post(organization({ name: 'Heel' }) as Sent)), { prefer: 'return=representation' });
  t.equal(whole.json.entry[0].resource.name, 'Heel');
});
