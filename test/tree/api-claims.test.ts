// docs/api.md tells the truth: its sentences that no other test is about, asked over HTTP in the order of the document.
import t, { type Test } from 'tap';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';
import { team, URAS } from '../harness/sharing.js';

const SCT = 'http://snomed.info/sct';
const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const OWN = 'https://gp.example/conversations';

const flag = (more: object = {}) => ({
  resourceType: 'Flag',
  status: 'active',
  code: { text: 'let op' },
  subject: { reference: 'Patient/p' },
  ...more,
});
const bundle = (type: string, ...entry: object[]) => ({ resourceType: 'Bundle', type, entry });
const entry = (method: string, url: string, resource?: object) => ({ resource, request: { method, url } });

/** What is asked, and the status it must have; with a word that the refusal must say. */
type Row = [method: string, url: string, ask: Ask, status: number, says?: RegExp];

async function hold(t: Test, service: TestService, rows: Row[]): Promise<void> {
  for (const [method, url, ask, status, says] of rows) {
    const answer = await service.ask(method, url, ask);
    t.equal(answer.status, status, `${method} ${url} ${JSON.stringify(ask).slice(0, 120)}: ${answer.text.slice(0, 200)}`);
    if (says) t.match(answer.text, says, `${method} ${url}`);
  }
}

async function total(answer: Promise<Answer>): Promise<unknown> {
  const { status, json, text } = await answer;
  return status === 200 ? json.total : text;
}

t.test('what docs/api.md says', async (t) => {
  const service = await startService(t);
  const { get, post, put, ask } = service;
  await put('Patient/p', {
    resourceType: 'Patient',
    id: 'p',
    identifier: [{ system: BSN, value: '900186021' }],
    name: [{ text: 'W. van den Berg' }],
  });
  await team(service, 'p', [URAS.hospital]);
  await put('Flag/f', flag({ id: 'f', period: { start: '2026-01-10' } }));

  await t.test('The API: a BSN stands in no URL', async (t) => {
    const query = `identifier=${encodeURIComponent(`${BSN}|900186021`)}`;
    await hold(t, service, [
      ['GET', `Patient?${query}`, {}, 400, /POST/],
      ['GET', 'Patient?identifier=900186021', {}, 400, /POST/],
      ['PUT', `Patient?${query}`, { body: { resourceType: 'Patient' } }, 400],
      ['DELETE', `Patient?${query}`, {}, 400],
      ['POST', 'Patient', { body: { resourceType: 'Patient' }, headers: { 'if-none-exist': `identifier=${BSN}|900186021` } }, 200],
    ]);
  });

  await t.test('read and history', async (t) => {
    await hold(t, service, [
      ['GET', 'Flag/f?_at=2999-01-01', {}, 400, /future/],
      ['GET', 'Flag/none/_history', {}, 404],
      ['GET', '_history', {}, 404],
    ]);
    t.equal(await total(get('Flag/f/_history?_at=2020-01-01')), 0, 'no version in the period asked is an empty Bundle');
    const part = (await get('Flag/f?_elements=period')).json;
    t.match(JSON.stringify(part.meta.tag), 'SUBSETTED');
    t.ok(part.status && part.code, 'modifier and mandatory elements stay');
    t.equal((await put('Flag/f', part)).status, 422, 'a part cannot be written back');
  });

  await t.test('create and business identifiers', async (t) => {
    const first = await post('Flag', flag({ id: 'wanted', identifier: [{ system: OWN, value: '1' }] }));
    t.equal(first.status, 201);
    t.not(first.json.id, 'wanted', 'an id in the body does not count');
    const again = await post('Flag', flag({ status: 'inactive', identifier: [{ system: OWN, value: '1' }] }));
    t.strictSame([again.status, again.json.id, again.json.meta.versionId], [200, first.json.id, '2'], 'your own identifier updates');
    const other = await post('Flag', flag({ identifier: [{ system: OWN, value: '1' }] }), { as: 'hospital' });
    t.equal(other.status, 201, 'another organisation may use the same number');
    await ask('DELETE', `Flag/${first.json.id}`);
    const freed = await post('Flag', flag({ identifier: [{ system: OWN, value: '1' }] }));
    t.strictSame([freed.status, freed.json.id === first.json.id], [201, false], 'deleting gives the identifier free');
  });

  await t.test('update, patch, delete', async (t) => {
    await put('Flag/d', flag({ id: 'd' }));
    await ask('DELETE', 'Flag/d');
    const back = await put('Flag/d', flag({ id: 'd' }));
    t.strictSame([back.status, back.headers.get('etag')], [201, 'W/"3"'], 'brought back with the next version');
    const xmlPatch = await ask('PATCH', 'Flag/d', { body: '<diff/>', headers: { 'content-type': 'application/xml-patch+xml' } });
    t.strictSame([xmlPatch.status, xmlPatch.headers.get('accept-patch')], [415, 'application/json-patch+json']);
    await hold(t, service, [
      ['DELETE', 'Flag/never', {}, 404],
      ['DELETE', 'Flag?_id=never', {}, 204],
      ['DELETE', 'Flag/d', {}, 204],
      ['DELETE', 'Flag/d', {}, 204],
    ]);
  });

  await t.test('transaction and batch', async (t) => {
    const minimal = await post('', bundle('transaction', entry('POST', 'Flag', flag())));
    t.notOk(minimal.json.entry[0].resource, 'the resource only where it is asked');
    const whole = await post('', bundle('transaction', entry('POST', 'Flag', flag())), { headers: { prefer: 'return=representation' } });
    t.ok(whole.json.entry[0].resource);
    const criteria = `Patient?identifier=${BSN}|900186021`;
    const linked = await post('', bundle('transaction', entry('PUT', 'Flag/l', flag({ id: 'l', subject: { reference: criteria } }))));
    t.equal(linked.status, 200, linked.text);
    t.equal((await get('Flag/l')).json.subject.reference, 'Patient/p', 'conditional references are resolved');
    await hold(t, service, [
      ['POST', '', { body: bundle('transaction', entry('PUT', 'Flag/l', flag({ id: 'l' })), entry('DELETE', 'Flag/l')) }, 400],
      ['POST', '', { body: bundle('transaction', entry('POST', 'Flag', flag({ subject: { reference: 'Patient?_id=none' } }))) }, 422],
      ['POST', '', { body: bundle('transaction', entry('GET', 'Flag/none')) }, 404, /Bundle\.entry\[0\]/],
      ['POST', '', { body: bundle('transaction', entry('POST', 'Patient/$acp-summary')) }, 400],
      ['POST', '', { body: bundle('collection') }, 400],
      ['POST', '', { body: bundle('batch', ...Array(501).fill(entry('GET', 'Flag/f'))) }, 413],
    ]);
    const batch = await post('', bundle('batch', entry('GET', 'Patient/nobody/$acp-summary'), entry('GET', 'Flag/f')));
    t.strictSame(
      batch.json.entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3)),
      ['404', '200'],
      'operations may be among the entries',
    );
  });

  await t.test('search', async (t) => {
    const codes = (code: string) => flag({ code: { coding: [{ system: SCT, code }] } });
    await post('Flag', codes('1'));
    await post('Flag', codes('2'));
    await hold(t, service, [
      ['GET', 'Flag?_text=x', {}, 400],
      ['GET', 'Flag?_filter=x', {}, 400],
      ['GET', 'Flag?_lastUpdated:missing=true', {}, 400],
      ['GET', 'Flag?_id:missing=true', {}, 400],
      ['GET', 'Flag?code:above=x', {}, 400],
      ['GET', 'Flag?code:in=http://nowhere.example/vs', {}, 400, /[Ll]oaded/],
      ['GET', 'Flag?_include=*', {}, 400],
      ['GET', `Flag?${'_include=Flag:patient&'.repeat(21)}`, {}, 400],
      ['GET', `Flag?${'code=x&'.repeat(101)}`, {}, 400],
      ['GET', 'Flag?_sort=date,code,status,author,patient,_id', {}, 400],
      ['GET', 'Flag?date=ho2026', {}, 400],
      ['GET', 'Goal?description:text=x', {}, 200],
    ]);
    t.equal(await total(get(`Flag?code=${SCT}|1,2`)), 2, 'the system may stand once');
    t.equal(await total(get(`Flag?code=${SCT}|1&code=2`)), 0, 'a parameter again is AND');
    t.ok(((await total(get(`Flag?code:not=${SCT}|1`))) as number) > 1, ':not finds what has no such code at all');
    t.equal(await total(get('Flag?_id:not=f&_id=f')), 0);
    t.equal(await total(ask('POST', 'Flag/_search?_id=f', { form: { patient: 'p' } })), 1, 'query and form are one question');
    const counted = (await get('Flag?_count=0')).json;
    t.strictSame([counted.entry, counted.total > 1], [undefined, true], '_count=0 is the total alone');
    t.equal((await get('Flag?_total=none')).json.total, undefined);
    t.equal((await get('Flag?_total=estimate&_count=1')).json.total, counted.total);
    const lenient = await get('Flag?_id=f&wrong=x', { headers: { prefer: 'handling=lenient' } });
    t.equal(lenient.json.entry.at(-1).search.mode, 'outcome');
    t.equal(
      (await get('Flag?_id=f&code:wrong=x', { headers: { prefer: 'handling=lenient' } })).status,
      400,
      'nothing else becomes lenient',
    );
    for (const order of ['date', '-date'])
      t.equal((await get(`Flag?_sort=${order}`)).json.entry[0].resource.id, 'f', 'those without come last');
  });

  await t.test('paging', async (t) => {
    const first = await get('Flag?_count=1');
    const next = first.json.link.find((link: { relation: string }) => link.relation === 'next').url as string;
    t.equal((await get(next)).status, 200);
    t.equal((await get(`${next}&status=active`)).status, 400, 'another parameter beside it');
    t.equal((await get(`${next.slice(0, -3)}xyz`)).status, 400, 'changed');
    t.equal((await get(next, { as: 'hospital' })).status, 400, 'of another client');
  });

  await t.test('exactly once', async (t) => {
    const headers = { 'idempotency-key': 'k-1' };
    const first = await post('Flag', flag(), { headers });
    const again = await post('Flag', flag(), { headers });
    t.strictSame([again.status, again.json.id, again.headers.get('idempotency-replayed')], [201, first.json.id, 'true']);
    t.equal((await post('Flag', flag({ status: 'inactive' }), { headers })).status, 422);
    t.equal((await post('Flag', flag(), { headers, as: 'hospital' })).json.id === first.json.id, false, 'keys are the client’s own');
    const refused = { headers: { 'idempotency-key': 'k-2' } };
    t.equal((await post('Flag', flag({ subject: undefined }), refused)).status, 422);
    t.equal((await post('Flag', flag(), refused)).status, 201, 'refusals are not kept');
    t.equal((await post('Flag', flag(), { headers: { 'idempotency-key': 'a b' } })).status, 400);
  });

  await t.test('the plan', async (t) => {
    await put('Patient/q', { resourceType: 'Patient', id: 'q' });
    const plan = (more: object = {}) => ({
      resourceType: 'CarePlan',
      status: 'active',
      intent: 'plan',
      subject: { reference: 'Patient/q' },
      ...more,
    });
    const kept = await post('CarePlan', plan({ title: 'een' }));
    t.equal(kept.status, 201);
    const second = await post('CarePlan', plan({ title: 'twee' }));
    t.strictSame([second.status, second.json.id, second.json.title], [200, kept.json.id, 'twee'], 'a second POST is added to the plan');
    t.match(JSON.stringify(second.json.note), 'een', 'the other title is kept as a note');
    const third = await put('CarePlan/own', plan({ id: 'own' }));
    t.equal(third.status, 409);
    t.match(third.text, kept.json.id, 'the refusal names the plan');
    t.equal((await put('CarePlan/draft', plan({ id: 'draft', intent: 'proposal' }))).status, 201, 'a proposal is no plan of record');
    const before = (await get(`CarePlan/${kept.json.id}`)).headers.get('etag');
    await post('Goal', {
      resourceType: 'Goal',
      lifecycleStatus: 'active',
      description: { coding: [{ system: SCT, code: '713148004' }] },
      subject: { reference: 'Patient/q' },
    });
    const now = await get(`CarePlan/${kept.json.id}`);
    t.not(now.headers.get('etag'), before, 'a part changes the version of the whole');
    const headers = { 'if-match': now.headers.get('etag') ?? '' };
    t.equal((await put(`CarePlan/${kept.json.id}`, { ...now.json, status: 'revoked' }, { headers })).status, 200);
    t.equal((await get('Patient/q/$acp-summary')).status, 404, 'a closed plan stays closed');
  });

  await t.test('clinical resources name their patient', async (t) => {
    await hold(t, service, [
      ['POST', 'Flag', { body: flag({ subject: { display: 'iemand' } }) }, 422],
      ['POST', 'Device', { body: { resourceType: 'Device' } }, 201],
    ]);
  });

  await t.test('identifiers of a request', async (t) => {
    const told = async (id: string) => (await get('Flag/f', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    t.equal(await told('abc-1'), 'abc-1');
    for (const id of ['900186021', 'a b', '<x>']) t.not(await told(id), id);
  });

  await t.test('formats', async (t) => {
    const typed = (type: string, body: string | object = flag()) => ({ body, headers: { 'content-type': type } });
    await hold(t, service, [
      ['GET', 'Flag/f', { headers: { accept: 'application/fhir+json; fhirVersion=4.0' } }, 200],
      ['GET', 'Flag/f', { headers: { accept: 'application/fhir+json; fhirVersion=5.0' } }, 406],
      ['GET', 'Flag/f', { headers: { accept: 'text/html' } }, 200],
      ['GET', 'Flag/f?_format=xml', { headers: { accept: 'application/fhir+json' } }, 200, /^<\?xml|^<Flag/],
      ['POST', 'Flag', typed('application/json'), 201],
      ['POST', 'Flag', typed('application/fhir+json; charset=utf-16'), 415],
      ['POST', 'Flag', { ...typed('application/fhir+json'), headers: { 'content-encoding': 'gzip' } }, 415],
      ['POST', 'Flag', typed('application/fhir+json', '{"resourceType":"Flag","status":"active","status":"inactive"}'), 400, /twice/],
      ['POST', 'Flag', typed('application/fhir+xml', '<!DOCTYPE x><Flag xmlns="http://hl7.org/fhir"/>'), 400],
      ['POST', 'Flag', typed('application/fhir+xml', '<Flag xmlns="http://hl7.org/fhir"><nothing value="x"/></Flag>'), 400],
      ['GET', 'Binary/x', {}, 404],
    ]);
  });
});
