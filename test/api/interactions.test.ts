// Every interaction with one resource, as a client meets it: what it answers, and what it leaves as it was.
import t, { type Test } from 'tap';
import { dutchDate } from '../../src/fhir/dates.js';
import { type Answer, startService } from '../harness/service.js';
import { MRN, observation, organization, patient } from './records.js';

const PATCH = { 'content-type': 'application/json-patch+json' };

const service = await startService(t);
const { get, post, put, ask } = service;
const issue = (answer: Answer) => answer.json?.issue?.[0] ?? {};
const version = (answer: Answer) => answer.headers.get('etag');
const stored = async (id: string) => (await get(`Observation/${id}/_history`)).json.total as number;

t.equal((await put('Patient/p', patient({ id: 'p' }))).status, 201);

/** A fresh Observation of patient p. */
async function made(fields: Record<string, unknown> = {}): Promise<string> {
  const answer = await post('Observation', observation('p', fields));
  t.equal(answer.status, 201, answer.text);
  return answer.json.id;
}

t.test('create gives id, version, time and place', async (t) => {
  const before = Date.now();
  const answer = await post('Observation', observation('p', { id: 'mine', meta: { versionId: '9', lastUpdated: '2001-01-01T00:00:00Z' } }));
  t.equal(answer.status, 201);
  const { id, meta } = answer.json;
  t.not(id, 'mine', 'POST does not choose the id');
  t.equal(meta.versionId, '1');
  t.ok(Date.parse(meta.lastUpdated) >= before - 1000);
  t.equal(answer.headers.get('location'), `${service.fhir}/Observation/${id}/_history/1`);
  t.equal(version(answer), 'W/"1"');
  t.ok(answer.headers.get('last-modified'));
  t.equal(answer.headers.get('cache-control'), 'no-store');
  t.equal((await post('Observation?x=1', observation('p'))).status, 400, 'parameters are not ignored');
});

t.test('Prefer decides what a write answers with', async (t) => {
  const as = (prefer: string) => post('Observation', observation('p'), { headers: { prefer } });
  const minimal = await as('return=minimal');
  t.strictSame([minimal.status, minimal.text], [201, '']);
  t.ok(minimal.headers.get('location'));
  t.equal((await as('return=representation')).json.resourceType, 'Observation');
  t.match((await as('return=OperationOutcome')).json, {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'information', diagnostics: /^Created as Observation\// }],
  });
  const wrong = await as('return=everything');
  t.equal(wrong.status, 400);
  t.equal(issue(wrong).expression[0], 'http.prefer');
});

t.test('update: by client id, with If-Match, without change', async (t) => {
  const id = 'client-chosen';
  const first = observation('p', { id });
  t.equal((await put(`Observation/${id}`, first)).status, 201);
  const second = await put(`Observation/${id}`, { ...first, valueString: 'Anders' });
  t.strictSame([second.status, version(second)], [200, 'W/"2"']);
  t.equal(second.headers.get('content-location'), `${service.fhir}/Observation/${id}/_history/2`);
  const same = await put(`Observation/${id}`, { ...first, valueString: 'Anders' }, { headers: { 'if-match': 'W/"2"' } });
  t.strictSame([same.status, version(same)], [200, 'W/"2"'], 'an update that changes nothing makes no version');
  t.equal(same.headers.get('last-modified'), second.headers.get('last-modified'));
  t.equal(await stored(id), 2);
  const stale = await put(`Observation/${id}`, first, { headers: { 'if-match': 'W/"1"' } });
  t.strictSame([stale.status, issue(stale).code, issue(stale).expression], [412, 'conflict', ['http.if-match']]);
  t.equal((await put(`Observation/${id}`, first, { headers: { 'if-match': '*' } })).status, 200);
  t.equal((await put('Observation/unborn', observation('p', { id: 'unborn' }), { headers: { 'if-match': 'W/"1"' } })).status, 412);
  t.equal((await put(`Observation/${id}`, first, { headers: { 'if-none-match': '*' } })).status, 412);
  t.equal((await get('Observation/unborn')).status, 404);
  for (const [body, path] of [
    [observation('p'), 'Observation.id'],
    [observation('p', { id: 'other' }), 'Observation.id'],
    [patient({ id }), 'resourceType'],
  ] as const) {
    const refused = await put(`Observation/${id}`, body);
    t.strictSame([refused.status, issue(refused).expression], [400, [path]]);
  }
  t.equal((await put('Observation/no%20id', observation('p', { id: 'no id' }))).status, 404);
});

t.test('a CarePlan is updated by who says which version it changes: else 428', async (t) => {
  const plan = { resourceType: 'CarePlan', status: 'active', intent: 'plan', subject: { reference: 'Patient/p' }, title: 'Zorgplan' };
  const { id, meta } = (await post('CarePlan', plan)).json;
  const current = (await get(`CarePlan/${id}`)).json;
  t.equal(current.meta.versionId, meta.versionId, 'the answer to a write tells the version that stands');
  const without = await put(`CarePlan/${id}`, { ...current, title: 'Ander plan' });
  t.strictSame([without.status, issue(without).code], [428, 'required']);
  const patch = [{ op: 'replace', path: '/title', value: 'Ander plan' }];
  t.equal((await ask('PATCH', `CarePlan/${id}`, { body: patch, headers: PATCH })).status, 428);
  const told = await put(
    `CarePlan/${id}`,
    { ...current, title: 'Ander plan' },
    { headers: { 'if-match': `W/"${current.meta.versionId}"` } },
  );
  t.equal(told.status, 200, told.text);
  t.equal((await get(`CarePlan/${id}`)).json.title, 'Ander plan');
});

/** A date has whole seconds: who read the first of two versions of one second must not be told that nothing changed. */
async function twiceInOneSecond(t: Test): Promise<void> {
  for (;;) {
    const id = await made();
    await put(`Observation/${id}`, observation('p', { id, valueString: 'Eerst' }));
    const first = (await get(`Observation/${id}`)).headers.get('last-modified') as string;
    await put(`Observation/${id}`, observation('p', { id, valueString: 'Toen' }));
    const second = (await get(`Observation/${id}`)).headers.get('last-modified') as string;
    if (first !== second) continue;
    t.equal((await get(`Observation/${id}`, { headers: { 'if-modified-since': first } })).status, 200, 'changed within the second');
    await new Promise((wait) => setTimeout(wait, 1000 - (Date.now() % 1000)));
    await put(`Observation/${id}`, observation('p', { id, valueString: 'Nu' }));
    const third = (await get(`Observation/${id}`)).headers.get('last-modified') as string;
    t.equal((await get(`Observation/${id}`, { headers: { 'if-modified-since': third } })).status, 304, 'alone in its second');
    return;
  }
}

t.test('read: 200, 304, 404, 410 and as of a moment', async (t) => {
  const id = await made();
  const read = await get(`Observation/${id}`);
  const modified = read.headers.get('last-modified') as string;
  t.equal((await get(`Observation/${id}`, { headers: { 'if-none-match': 'W/"1"' } })).status, 304);
  t.equal((await get(`Observation/${id}`, { headers: { 'if-none-match': 'W/"2"' } })).status, 200);
  t.equal((await get(`Observation/${id}`, { headers: { 'if-modified-since': modified } })).status, 304);
  t.equal(
    (await get(`Observation/${id}`, { headers: { 'if-modified-since': modified, 'if-none-match': 'W/"2"' } })).status,
    200,
    'the ETag goes first',
  );
  t.equal((await get(`Observation/${id}`, { headers: { 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' } })).status, 200);
  await twiceInOneSecond(t);
  const between = new Date(Date.parse(read.json.meta.lastUpdated)).toISOString();
  await new Promise((wait) => setTimeout(wait, 5));
  await put(`Observation/${id}`, { ...read.json, valueString: 'Later' });
  const then = await get(`Observation/${id}?_at=${between}`);
  t.strictSame([then.status, then.json.valueString, version(then)], [200, 'Wil buiten zitten.', 'W/"1"']);
  t.equal((await get(`Observation/${id}?_at=${dutchDate(Date.now())}`)).json.valueString, 'Later', 'today is until now');
  t.equal((await get(`Observation/${id}?_at=2001`)).status, 404, 'before it was there');
  t.strictSame([(await get(`Observation/${id}?_at=2999`)).status, (await get(`Observation/${id}?_at=soon`)).status], [400, 400]);
  const unknown = await get(`Observation/${id}?subject=x`);
  t.strictSame([unknown.status, issue(unknown).code, issue(unknown).expression], [400, 'not-supported', ['subject']]);
  t.equal((await get('Observation/nobody')).status, 404);
  t.equal((await get('Observation/metadata')).status, 404, 'any word is an id');
  t.equal((await ask('DELETE', `Observation/${id}`)).status, 204);
  const gone = await get(`Observation/${id}`);
  t.strictSame([gone.status, issue(gone).code], [410, 'deleted']);
  t.equal((await get(`Observation/${id}?_at=${between}`)).status, 200, 'its past is still there');
});

t.test('vread tells any version, and nothing else', async (t) => {
  const id = await made();
  await put(`Observation/${id}`, observation('p', { id, valueString: 'Twee' }));
  await ask('DELETE', `Observation/${id}`);
  const one = await get(`Observation/${id}/_history/1`);
  t.strictSame([one.status, one.json.valueString, version(one)], [200, 'Wil buiten zitten.', 'W/"1"']);
  t.equal((await get(`Observation/${id}/_history/2`)).json.valueString, 'Twee');
  t.equal((await get(`Observation/${id}/_history/2`, { headers: { 'if-none-match': 'W/"2"' } })).status, 304);
  t.equal((await get(`Observation/${id}/_history/3`)).status, 410);
  for (const none of ['0', '4', '01', '-1', '1.0', 'x', '99999999999'])
    t.equal((await get(`Observation/${id}/_history/${none}`)).status, 404, none);
});

t.test('history of one and of a type: newest first, methods right, deletions shown', async (t) => {
  const id = await made();
  const at = async () => new Date((await get(`Observation/${id}`)).json.meta.lastUpdated);
  const start = await at();
  await put(`Observation/${id}`, observation('p', { id, valueString: 'Twee' }));
  await ask('PATCH', `Observation/${id}`, { body: [{ op: 'replace', path: '/valueString', value: 'Drie' }], headers: PATCH });
  const third = await at();
  await ask('DELETE', `Observation/${id}`);
  await put(`Observation/${id}`, observation('p', { id, valueString: 'Terug' }));
  const all = await get(`Observation/${id}/_history`);
  t.equal(all.json.type, 'history');
  t.equal(all.json.total, 5);
  t.strictSame(
    all.json.entry.map((e: any) => [
      e.request.method,
      e.request.url,
      e.response.etag,
      e.response.status.slice(0, 3),
      e.resource?.valueString,
    ]),
    [
      ['PUT', `Observation/${id}`, 'W/"5"', '201', 'Terug'],
      ['DELETE', `Observation/${id}`, 'W/"4"', '204', undefined],
      ['PATCH', `Observation/${id}`, 'W/"3"', '200', 'Drie'],
      ['PUT', `Observation/${id}`, 'W/"2"', '200', 'Twee'],
      ['POST', 'Observation', 'W/"1"', '201', 'Wil buiten zitten.'],
    ],
  );
  for (const e of all.json.entry) t.equal(e.fullUrl, `${service.fhir}/Observation/${id}`);
  const versions = async (query: string) =>
    ((await get(`Observation/${id}/_history?${query}`)).json.entry ?? []).map((e: any) => e.response.etag.replace(/\D/g, ''));
  t.strictSame(await versions(`_since=${third.toISOString()}`), ['5', '4', '3']);
  t.strictSame(await versions(`_at=${start.toISOString()}`), ['1']);
  t.strictSame(
    await versions(`_at=${new Date().getFullYear()}`),
    ['5', '4', '3', '2', '1'],
    'all that were current some time in the period',
  );
  t.strictSame(await versions('_at=2001'), []);
  const first = await get(`Observation/${id}/_history?_count=2`);
  const seen: string[] = [];
  for (let page = first; ; page = await get(page.json.link[1].url)) {
    t.equal(page.json.total, 5, 'every page tells the total');
    seen.push(...page.json.entry.map((e: any) => e.response.etag.replace(/\D/g, '')));
    if (!page.json.link[1]) break;
  }
  t.strictSame(seen, ['5', '4', '3', '2', '1']);
  const ofType = (await get('Observation/_history?_count=3')).json;
  t.strictSame(
    ofType.entry.slice(0, 2).map((e: any) => e.request.method),
    ['PUT', 'DELETE'],
  );
  t.equal((await get('Observation/nobody/_history')).status, 404);
  t.equal((await get('Observation/nobody/_history?_since=2020')).status, 404);
  t.equal((await get(`Observation/${id}/_history?_sort=x`)).status, 400);
  t.equal((await get(`Observation/${id}/_history?_count=0`)).status, 400, 'a page never has more than was asked');
});

t.test('patch: exact, conditional, never type or id, decimals untouched', async (t) => {
  const quantity = '{"value":1.10,"unit":"mg"}';
  const text = JSON.stringify(observation('p', { valueString: undefined })).replace('{', `{"valueQuantity":${quantity},`);
  const id = (await post('Observation', text)).json.id;
  const patched = (operations: unknown, headers: Record<string, string> = {}) =>
    ask('PATCH', `Observation/${id}`, { body: operations, headers: { ...PATCH, ...headers } });
  const added = await patched(
    '[{"op":"add","path":"/component","value":[{"code":{"text":"a"},"valueQuantity":{"value":2.50}}]},{"op":"copy","from":"/valueQuantity","path":"/component/0/valueQuantity"},{"op":"test","path":"/valueQuantity/value","value":1.1}]',
  );
  t.equal(added.status, 200, added.text);
  t.match(added.text, /"valueQuantity":\{"value":1\.10,"unit":"mg"\}.*"valueQuantity":\{"value":1\.10,"unit":"mg"\}/s);
  t.equal(version(added), 'W/"2"');
  t.equal(
    (await patched([{ op: 'test', path: '/status', value: 'final' }])).headers.get('etag'),
    'W/"2"',
    'a patch that changes nothing makes no version',
  );
  t.equal((await patched([{ op: 'replace', path: '/status', value: 'amended' }], { 'if-match': 'W/"1"' })).status, 412);
  t.equal((await patched([{ op: 'replace', path: '/status', value: 'amended' }], { 'if-match': 'W/"2"' })).status, 200);
  for (const [operations, status, pattern] of [
    [[{ op: 'test', path: '/status', value: 'x' }], 422, /test does not hold/],
    [[{ op: 'replace', path: '/nothing/here', value: 1 }], 422, /path does not exist/],
    [[{ op: 'remove', path: '/nothing' }], 422, /path does not exist/],
    [[{ op: 'move', from: '/code', path: '/code/coding' }], 422, /into itself/],
    [[{ op: 'replace', path: '/id', value: 'other' }], 422, /resourceType or id/],
    [[{ op: 'add', path: '/__proto__/x', value: 1 }], 422, /path does not exist/],
    [[{ op: 'replace', path: '/status', value: 'nonsense' }], 422, /nonsense|status/],
    [[{ op: 'remove', path: '/subject' }], 422, /./],
    [[{ op: 'become', path: '/status' }], 400, /op of add/],
    [[{ op: 'add', path: 'status', value: 1 }], 400, /JSON pointer/],
    [{ op: 'add' }, 400, /array/],
  ] as const) {
    const refused = await patched(operations);
    t.equal(refused.status, status, refused.text);
    t.match(JSON.stringify(refused.json.issue), pattern);
  }
  t.equal(await stored(id), 3, 'refused patches left nothing');
  t.equal((await ask('PATCH', 'Observation/nobody', { body: [], headers: PATCH })).status, 404);
  const wrongType = await ask('PATCH', `Observation/${id}`, { body: [] });
  t.strictSame([wrongType.status, wrongType.headers.get('accept-patch')], [415, 'application/json-patch+json']);
});

t.test('conditional create, update, patch and delete act on the one that matches', async (t) => {
  const number = (value: string) => [{ system: MRN, value }];
  const create = (value: string, body = patient({ identifier: number(value) })) =>
    post('Patient', body, { headers: { 'if-none-exist': `identifier=${MRN}|${value}` } });
  const first = await create('c1');
  t.equal(first.status, 201);
  const again = await create('c1');
  t.strictSame([again.status, again.json.id, version(again)], [200, first.json.id, 'W/"1"']);
  t.ok(again.headers.get('location'), 'it says where the resource is');
  const told = await post('Patient', patient(), {
    headers: { 'if-none-exist': `identifier=${MRN}|c1`, prefer: 'return=OperationOutcome' },
  });
  t.match(issue(told).diagnostics, /nothing was created/);
  for (const criteria of ['', 'identifier', '_count=1', 'nonsense=1', 'identifier=%zz']) {
    const refused = await post('Patient', patient(), { headers: { 'if-none-exist': criteria } });
    t.equal(refused.status, 400, criteria);
  }
  const url = `Patient?identifier=${MRN}|c1`;
  const updated = await put(url, patient({ identifier: number('c1'), gender: 'female' }));
  t.strictSame([updated.status, updated.json.id, updated.json.gender], [200, first.json.id, 'female']);
  t.equal((await put(url, patient({ id: 'another', identifier: number('c1') }))).status, 400);
  const madeBy = await put(`Patient?identifier=${MRN}|c2`, patient({ id: 'c2', identifier: number('c2') }));
  t.strictSame([madeBy.status, madeBy.json.id], [201, 'c2'], 'without a match it creates, under the id sent');
  const patched = await ask('PATCH', `Patient?identifier=${MRN}|c2`, {
    body: [{ op: 'add', path: '/gender', value: 'male' }],
    headers: PATCH,
  });
  t.strictSame([patched.status, patched.json.gender], [200, 'male']);
  t.equal((await ask('PATCH', `Patient?identifier=${MRN}|none`, { body: [], headers: PATCH })).status, 404);
  const ambiguous = 'Patient?family=Proef';
  for (const answer of [
    await put(ambiguous, patient()),
    await ask('PATCH', ambiguous, { body: [], headers: PATCH }),
    await ask('DELETE', ambiguous),
    await post('Patient', patient(), { headers: { 'if-none-exist': 'family=Proef' } }),
  ]) {
    t.strictSame([answer.status, issue(answer).code], [412, 'multiple-matches']);
  }
  t.equal((await ask('DELETE', 'Patient')).status, 400, 'a delete without criteria is refused');
  t.equal((await ask('DELETE', `Patient?identifier=${MRN}|c2`)).status, 204);
  t.equal((await get('Patient/c2')).status, 410);
  t.equal((await ask('DELETE', `Patient?identifier=${MRN}|c2`)).status, 204, 'nothing to delete is well');
  for (const condition of ['W/"1"', '*']) {
    const unmet = await ask('DELETE', `Patient?identifier=${MRN}|c2`, { headers: { 'if-match': condition } });
    t.match(
      [unmet.status, unmet.json],
      [412, { resourceType: 'OperationOutcome', issue: [{ code: 'conflict', expression: ['http.if-match'] }] }],
      `a version that must be there, and is not: ${condition}`,
    );
  }
  const kept = await made({ identifier: number('c8') });
  const entry = [
    { request: { method: 'DELETE', url: `Observation?identifier=${MRN}|c8` } },
    { request: { method: 'DELETE', url: `Observation?identifier=${MRN}|none`, ifMatch: 'W/"1"' } },
  ];
  const undone = await post('', { resourceType: 'Bundle', type: 'transaction', entry });
  t.strictSame([undone.status, issue(undone).expression], [412, ['Bundle.entry[1].request.ifMatch']]);
  t.equal((await get(`Observation/${kept}`)).status, 200, 'nor is anything else of its transaction done');
  const apart = await post('', { resourceType: 'Bundle', type: 'batch', entry });
  t.strictSame(
    apart.json.entry.map((one: any) => one.response.status.slice(0, 3)),
    ['204', '412'],
  );
  const right = await made({ identifier: number('c7') });
  const byCriteria = (version: string) => ask('DELETE', `Observation?identifier=${MRN}|c7`, { headers: { 'if-match': version } });
  t.equal((await byCriteria('W/"2"')).status, 412);
  t.equal((await byCriteria('W/"1"')).status, 204);
  t.equal((await get(`Observation/${right}`)).status, 410);
  const bsn = await put('Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn%7C999911120', patient());
  t.equal(bsn.status, 400, 'a BSN stands in no URL');
  t.notMatch(bsn.text, '999911120');

  const other = await made({ valueString: 'kept' });
  const strayed = await put(`Observation?identifier=${MRN}|c9`, { ...observation('p', { identifier: number('c9') }), id: other });
  t.strictSame(
    [strayed.status, issue(strayed).code],
    [409, 'conflict'],
    'no match is a create, never an update of what the criteria do not name',
  );
  t.equal((await get(`Observation/${other}`)).json.valueString, 'kept');
  const stranger = { ...observation('p', { identifier: number('c9') }), id: other };
  const byStranger = await put(`Observation?identifier=${MRN}|c9`, stranger, { as: 'hospital' });
  t.equal(byStranger.status, 403, 'who may not see it is not told that it is there');
  const inSet = await post('', {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        resource: { ...observation('p', { identifier: number('c9') }), id: other },
        request: { method: 'PUT', url: `Observation?identifier=${MRN}|c9` },
      },
    ],
  });
  t.strictSame([inSet.status, issue(inSet).expression], [409, ['Bundle.entry[0].resource.Observation.id']], 'nor in a transaction');
  await ask('DELETE', `Observation/${other}`);
  const back = await put(`Observation?identifier=${MRN}|c9`, { ...observation('p', { identifier: number('c9') }), id: other });
  t.strictSame([back.status, back.json.id], [201, other], 'what was deleted may be made again');
});

t.test('delete: 204 each time, 404 for what never was, 412 for another version, and back again by PUT', async (t) => {
  const id = await made();
  t.equal((await ask('DELETE', `Observation/${id}`, { headers: { 'if-match': 'W/"7"' } })).status, 412);
  t.equal((await ask('DELETE', `Observation/${id}`, { headers: { 'if-match': 'W/"1"' } })).status, 204);
  t.equal((await ask('DELETE', `Observation/${id}`)).status, 204);
  t.equal(await stored(id), 2, 'a second delete makes no version');
  t.equal((await ask('DELETE', 'Observation/nobody')).status, 404);
  t.equal((await get(`Observation?_id=${id}`)).json.total, 0);
  t.equal((await ask('PATCH', `Observation/${id}`, { body: [], headers: PATCH })).status, 410);
  const back = await put(`Observation/${id}`, observation('p', { id }));
  t.strictSame([back.status, version(back)], [201, 'W/"3"']);
});

t.test('a condition that a write cannot have is refused: without it, it would be another write', async (t) => {
  const id = await made();
  const then = 'Mon, 01 Jan 2001 00:00:00 GMT';
  const body = observation('p', { id, valueString: 'Anders' });
  const patch = [{ op: 'replace', path: '/valueString', value: 'Anders' }];
  const cases: [method: string, path: string, body: unknown, header: string, value: string, status: number][] = [
    ['PUT', `Observation/${id}`, body, 'if-none-match', 'W/"7", W/"1"', 412],
    ['PUT', `Observation/${id}`, body, 'if-unmodified-since', then, 400],
    ['PUT', `Observation/${id}`, body, 'if-none-exist', '_id=nobody', 400],
    ['PATCH', `Observation/${id}`, patch, 'if-none-match', '*', 400],
    ['DELETE', `Observation/${id}`, undefined, 'if-none-match', '*', 400],
    ['DELETE', `Observation/${id}`, undefined, 'if-unmodified-since', then, 400],
    ['POST', 'Observation', observation('p'), 'if-match', 'W/"1"', 400],
    ['POST', 'Observation', observation('p'), 'if-none-match', '*', 400],
  ];
  const before = (await get('Observation/_history?_count=1')).json.total;
  for (const [method, path, sent, header, value, status] of cases) {
    const answer = await ask(method, path, { body: sent, headers: { ...(method === 'PATCH' ? PATCH : {}), [header]: value } });
    t.strictSame([answer.status, issue(answer).expression], [status, [`http.${header}`]], `${method} with ${header}`);
  }
  t.equal((await get('Observation/_history?_count=1')).json.total, before, 'nothing was written');
  const ignored = await put(`Observation/${id}`, body, { headers: { 'if-modified-since': then, 'if-none-match': 'W/"7"' } });
  t.equal(ignored.status, 200, 'RFC 9110 ignores If-Modified-Since but for GET; another version than the current is no hindrance');
});

t.test('an identity that another holds is 409, and a resource of nobody is refused', async (t) => {
  const ura = [{ system: 'http://fhir.nl/fhir/NamingSystem/ura', value: '90000999' }];
  t.equal((await post('Organization', organization({ identifier: ura }))).status, 201);
  const taken = await post('Organization', organization({ identifier: ura, name: 'Een ander' }));
  t.strictSame([taken.status, issue(taken).code, issue(taken).expression], [409, 'duplicate', ['Organization.identifier']]);
  const nobody = await post('Observation', { ...observation('p'), subject: undefined });
  t.strictSame([nobody.status, issue(nobody).code], [422, 'business-rule']);
  const part = (await get('Patient/p?_summary=true')).json;
  const written = await put('Patient/p', part);
  t.equal(written.status, 422, 'a summary is not taken for the whole');
  t.match(issue(written).diagnostics, /SUBSETTED/);
});

t.test('HEAD answers as GET without the body, OPTIONS and 405 tell the methods', async (t) => {
  for (const url of ['Patient/p', 'Patient?_id=p', 'Patient/p/_history/1', 'metadata']) {
    const [head, full] = [await ask('HEAD', url), await get(url)];
    t.strictSame(
      [head.status, head.text, head.headers.get('etag'), head.headers.get('content-type')],
      [200, '', full.headers.get('etag'), full.headers.get('content-type')],
    );
  }
  t.equal((await ask('HEAD', 'Patient/nobody')).status, 404);
  const allows: [method: string, url: string, allow: string][] = [
    ['PUT', '', 'POST'],
    ['GET', '', 'POST'],
    ['POST', 'Patient/p', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['POST', 'Patient/p/_history', 'GET, HEAD'],
    ['DELETE', 'Patient/p/_history/1', 'GET, HEAD'],
    ['GET', 'Patient/_search', 'POST'],
    ['POST', 'metadata', 'GET, HEAD'],
    ['DELETE', 'Patient/p/$acp-summary', 'GET, HEAD, POST'],
  ];
  for (const [method, url, allow] of allows) {
    const refused = await ask(method, url);
    t.strictSame(
      [refused.status, refused.headers.get('allow'), refused.json.resourceType],
      [405, allow, 'OperationOutcome'],
      `${method} ${url}`,
    );
    const options = await ask('OPTIONS', url);
    t.strictSame([options.status, options.headers.get('allow')], [204, `${allow}, OPTIONS`]);
  }
  t.equal((await ask('OPTIONS', 'Nothing/x')).status, 404);
});

t.test('the summary as of a moment is what a client was told then', async (t) => {
  t.equal((await put('Patient/asof', patient({ id: 'asof' }))).status, 201);
  await put('Observation/asof', observation('asof', { id: 'asof' }));
  const then = (await get('Observation/asof')).json.meta.lastUpdated;
  const told = await get('Patient/asof/$acp-summary');
  t.equal(told.status, 200, told.text);
  await new Promise((wait) => setTimeout(wait, 5));
  await put('Observation/asof', observation('asof', { id: 'asof', valueString: 'Iets heel anders.' }));
  t.match((await get('Patient/asof/$acp-summary')).text, /Iets heel anders/);
  const before = await get(`Patient/asof/$acp-summary?asOf=${then}`);
  t.equal(before.status, 200);
  t.notMatch(before.text, /Iets heel anders/);
  t.equal(version(before), version(told));
  const parameters = (value: Record<string, unknown>) => ({ resourceType: 'Parameters', parameter: [{ name: 'asOf', ...value }] });
  t.equal((await post('Patient/asof/$acp-summary', parameters({ valueDateTime: then }))).status, 200);
  t.equal((await post('Patient/asof/$acp-summary', parameters({ valueBoolean: true }))).status, 400);
  t.equal((await get('Patient/asof/$acp-summary?asOf=2999')).status, 400);
  t.equal((await get('Patient/asof/$acp-summary?asOf=2001')).status, 404);
  t.equal(
    (await get('Patient/asof/$acp-summary', { headers: { 'if-none-match': version(await get('Patient/asof/$acp-summary')) as string } }))
      .status,
    304,
  );
});

t.test('without a token everything but metadata is 401', async (t) => {
  for (const [method, url] of [
    ['GET', 'Patient/p'],
    ['GET', 'Nothing/here/at/all'],
    ['OPTIONS', 'Patient/p'],
    ['DELETE', 'metadata/x'],
    ['POST', ''],
  ] as const) {
    const answer = await ask(method, url, { as: null, body: method === 'POST' ? {} : undefined });
    t.equal(answer.status, 401, `${method} ${url}`);
    t.match(answer.headers.get('www-authenticate'), /^Bearer/);
    t.equal(answer.json.resourceType, 'OperationOutcome');
  }
  t.equal((await get('metadata', { as: null })).status, 200);
});

t.test('answers kept for Idempotency-Key are gone after their day: they hold content', async (t) => {
  let now = Date.now();
  const first = await startService(t, { clock: () => now });
  const made = await first.post(
    'Organization',
    { resourceType: 'Organization', name: 'Eens' },
    { headers: { 'idempotency-key': 'once-only' } },
  );
  t.equal(made.status, 201);
  const kept = async () => (await first.database.pool.query('SELECT count(*)::int AS n FROM idempotency')).rows[0].n;
  t.equal(await kept(), 1);
  now += 25 * 60 * 60 * 1000;
  await startService(t, { clock: () => now, database: first.database });
  t.equal(await kept(), 0);
});
