// Pages: every row once whatever the page size, also while others write; links that are opaque, short-lived and the client's own.
import t from 'tap';
import { ALWAYS_COUNTED, countBound } from '../../src/store/count-bound.js';
import { type Answer, startService } from '../harness/service.js';
import { observation, patient } from './records.js';

/** As many as the promise names, all of one moment. */
const ROWS = 10_000;
/** A walk of single rows takes a request each: part of them shows the same. `npm run soak` walks all. */
const SINGLES = 150;

let now = Date.now();
const service = await startService(t, { clock: () => now });
const { get, ask, database } = service;
const issue = (answer: Answer) => answer.json?.issue?.[0] ?? {};
const next = (answer: Pick<Answer, 'json'>): string | undefined => answer.json.link.find((link: any) => link.relation === 'next')?.url;

/** Rows as the service would have stored them in one moment; kept out of its own doors, for ten thousand of them take a while. */
async function rows(type: string, prefix: string, count: number): Promise<void> {
  const meta = { versionId: '1', lastUpdated: '2026-01-01T00:00:00.000Z' };
  const resource = { ...(type === 'Observation' ? observation('p') : { resourceType: type, active: true }), meta };
  const columns = 'type, id, version, patient_id, author_ura, author_name, author_client, last_updated';
  const values = `'${type}', '${prefix}' || lpad(n::text, 5, '0'), 1, ${type === 'Observation' ? "'p'" : 'NULL'}, NULL, NULL, 'gp', timestamptz '2026-01-01T00:00:00Z'`;
  const content = `replace($2, '"resourceType"', '"id":"' || '${prefix}' || lpad(n::text, 5, '0') || '","resourceType"')`;
  for (const [table, more, given] of [
    ['resource', 'deleted, content, search', `false, ${content}, $3::jsonb`],
    ['resource_history', 'deleted, method, content', `false, 'POST', ${content}`],
  ] as const) {
    const parameters = [
      count,
      JSON.stringify(resource),
      '{"patient":["Patient/p"],"subject":["Patient/p"],"date:sort":[[1,1]],"active":["*|true"]}',
    ];
    await database.pool.query(
      `INSERT INTO ${table} (${columns}, ${more}) SELECT ${values}, ${given} FROM generate_series(1, $1) n`,
      table === 'resource' ? parameters : parameters.slice(0, 2),
    );
  }
  await database.pool.query('ANALYZE');
}

const BSN = '900186021';
await service.put('Patient/p', patient({ id: 'p', identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: BSN }] }));
await rows('Organization', 'o', ROWS);
await rows('Observation', 'x', SINGLES);

/** Thousands of pages are not each held against the API's description, as `get` does. */
async function plainGet(url: string): Promise<Pick<Answer, 'json'>> {
  const headers = { authorization: `Bearer ${await service.token('gp')}` };
  const response = await fetch(url.startsWith('http') ? url : `${service.fhir}/${url}`, { headers });
  const json = await response.json();
  if (response.status !== 200) throw new Error(JSON.stringify(json));
  return { json };
}

/** All ids of a walk, with what `between` does after each page. */
async function walk(
  first: string,
  between?: (page: number) => Promise<void>,
): Promise<{ ids: string[]; totals: Set<number>; pages: number }> {
  const ids: string[] = [];
  const totals = new Set<number>();
  let pages = 0;
  for (let url: string | undefined = first; url !== undefined; ) {
    const page = await plainGet(url);
    ids.push(...(page.json.entry ?? []).filter((e: any) => e.search?.mode !== 'include').map((e: any) => e.resource.id));
    totals.add(page.json.total);
    pages++;
    url = next(page);
    await between?.(pages);
  }
  return { ids, totals, pages };
}

t.test('ten thousand rows of one moment come once each', async (t) => {
  const orders = ['', '&_sort=-_lastUpdated,-_id'];
  for (const [count, order] of [
    [50, '&_sort=_lastUpdated'],
    [7, ''],
  ] as const) {
    // Counting ten thousand with each of 1,429 pages would be most of this test.
    const total = count === 7 ? '&_total=none' : '';
    const { ids, totals } = await walk(
      `Organization?active=true&_count=${count}&_elements=id${order}${total}&_lastUpdated=2026-01-01T00:00:00Z`,
    );
    t.strictSame([ids.length, new Set(ids).size, [...totals]], [ROWS, ROWS, [total ? undefined : ROWS]], `pages of ${count}${order}`);
  }
  for (const order of orders) {
    const { ids, totals, pages } = await walk(`Observation?patient=p&_count=1&_lastUpdated=2026-01-01T00:00:00Z${order}`);
    t.strictSame([ids.length, new Set(ids).size, [...totals], pages], [SINGLES, SINGLES, [SINGLES], SINGLES], `single rows${order}`);
  }
  const history = await walk('Observation/_history?_count=7');
  t.strictSame([history.ids.length, new Set(history.ids).size, [...history.totals]], [SINGLES, SINGLES, [SINGLES]]);
});

t.test('rows that stay come once each while others come and go', async (t) => {
  for (const count of [7, 50]) {
    const made: string[] = [];
    const { ids } = await walk(`Observation?patient=p&_count=${count}&_sort=-_lastUpdated`, async (page) => {
      if (page % 5 !== 0) return;
      const answer = await service.post('Observation', observation('p'));
      made.push(answer.json.id);
      if (made.length > 1) await ask('DELETE', `Observation/${made[0]}`);
      await service.put('Observation/x00001', observation('p', { id: 'x00001', valueString: `${count} ${page}` }));
    });
    const stay = ids.filter((id) => id.startsWith('x') && id !== 'x00001');
    t.strictSame([stay.length, new Set(stay).size], [SINGLES - 1, SINGLES - 1], `pages of ${count}`);
    t.equal(new Set(ids).size, ids.length, 'and nothing twice');
  }
});

t.test('so do ten thousand, while others are made, changed and deleted before and behind the page', async (t) => {
  const made: string[] = [];
  const { ids } = await walk('Organization?active=true&_count=50&_elements=id&_sort=_id', async (page) => {
    if (page % 40 !== 0) return;
    // Ids of the service's own sort before the rows, these after them.
    made.push((await service.post('Organization', { resourceType: 'Organization', active: true })).json.id);
    if (made.length > 1) await ask('DELETE', `Organization/${made[0]}`);
    await service.put(`Organization/p${page}`, { resourceType: 'Organization', id: `p${page}`, active: true });
  });
  const stay = ids.filter((id) => /^o\d{5}$/.test(id));
  t.strictSame([stay.length, new Set(stay).size], [ROWS, ROWS]);
  t.equal(new Set(ids).size, ids.length, 'and nothing twice');
});

t.test('includes never count and never end the walk', async (t) => {
  const first = await get('Observation?patient=p&_count=1&_include=Observation:patient&_lastUpdated=2026-01-01T00:00:00Z');
  t.strictSame(
    first.json.entry.map((e: any) => e.search.mode),
    ['match', 'include'],
  );
  const { ids, totals } = await walk('Observation?patient=p&_count=50&_include=Observation:patient&_lastUpdated=2026-01-01T00:00:00Z');
  t.strictSame([ids.length, [...totals]], [SINGLES - 1, [SINGLES - 1]]);
});

t.test('a link is opaque, ten minutes good, the client’s own, and stands alone', async (t) => {
  const first = await get('Observation?patient=p&_count=10');
  const link = next(first) as string;
  t.equal((await get(link)).status, 200);
  const token = new URL(link).searchParams.get('_page') as string;
  t.notMatch(Buffer.from(token.replaceAll('.', ''), 'base64url').toString('latin1'), 'patient', 'nothing of the question can be read');
  const refusals: [what: string, answer: Answer][] = [
    ['tampered', await get(`Observation?_page=${token.slice(0, -2)}${token.endsWith('A') ? 'B' : 'A'}A`)],
    ['cut', await get(`Observation?_page=${token.slice(0, 40)}`)],
    ['made up', await get('Observation?_page=x')],
    ['empty', await get('Observation?_page=')],
    ['of another client', await get(link, { as: 'hospital' })],
    ['of another search', await get(`Patient?_page=${token}`)],
    ['of a search for a history', await get(`Observation/_history?_page=${token}`)],
    [
      'of a history for a search',
      await get(`Observation?_page=${new URL(next(await get('Observation/_history?_count=1')) as string).searchParams.get('_page')}`),
    ],
    ['beside another parameter', await get(`${link}&status=final`)],
    ['twice', await get(`${link}&_page=${token}`)],
  ];
  for (const [what, answer] of refusals) {
    t.strictSame([answer.status, answer.json.resourceType], [400, 'OperationOutcome'], what);
  }
  t.equal((await get(link, { as: null })).status, 401);
  t.equal((await get(`${link}&_format=xml`)).status, 200, 'the format is the client’s to choose on each page');
  t.equal((await ask('POST', 'Observation/_search', { form: { _page: token } })).status, 200);
  const before = now;
  now = before + 9 * 60_000;
  t.equal((await get(link)).status, 200, 'nine minutes later');
  now = before + 11 * 60_000;
  const late = await get(link);
  // A token of the client lives shorter than that or not: either way the page is not given.
  t.ok([400, 401].includes(late.status), 'eleven minutes later');
  if (late.status === 400) t.match(issue(late).diagnostics, /expired/);
  now = before;
});

t.test('_count is bounded, and a page says when it is the last', async (t) => {
  const most = await get('Organization?_count=100000&_elements=id');
  t.equal(most.json.entry.length, 1000);
  t.ok(next(most));
  const all = await get('Observation?patient=p&_count=500&_lastUpdated=2026-01-01T00:00:00Z');
  t.strictSame([all.json.entry.length, next(all)], [SINGLES - 1, undefined]);
  t.equal((await get('Observation?patient=p')).json.entry.length, 50, 'a page has fifty unless asked otherwise');
});

t.test('a search across patients is counted up to a bound that nobody can tell, and beyond it only where that is asked', async (t) => {
  await rows('Observation', 'y', 2 * ALWAYS_COUNTED);
  const all = 2 * ALWAYS_COUNTED + SINGLES;
  const moment = '_lastUpdated=2026-01-01T00:00:00Z';
  const record = await get('Observation?patient=p&_count=2&status:not=cancelled');
  const held = record.json.total as number;
  t.ok(held >= all - 1, `${held} in the record`);
  for (const [asked, total] of [
    [`Observation?${moment}`, undefined],
    [`Observation?${moment}&_total=estimate`, undefined],
    ['Observation?status:not=cancelled', undefined],
    [`Observation?${moment}&_total=accurate`, all - 1],
    [`Observation?${moment}&_summary=count`, all - 1],
    // One record: named by id, or below by what is found by it.
    [`Observation?patient=p&${moment}`, all - 1],
    ['Observation?_lastUpdated=gt2026-01-02&_count=1', held - all + 1],
    ['Observation?_id=x00002,x00003&_count=1', 2],
    ['Observation/_history', undefined],
    ['Observation/_history?_since=2026-01-02T00:00:00Z', 'some'],
    ['Observation/x00001/_history', 'some'],
  ] as const) {
    const answer = await get(`${asked}${asked.includes('?') ? '&' : '?'}${/_summary|_count/.test(asked) ? '' : '_count=3'}`);
    t.equal(answer.status, 200, asked);
    if (total === 'some') t.ok(answer.json.total > 3, asked);
    else t.equal(answer.json.total, total, asked);
    const second = total === undefined ? await get(next(answer) as string) : undefined;
    if (second) t.strictSame([second.json.entry.length, second.json.total], [3, undefined], 'nor does a later page');
  }
  const form = { 'patient.identifier': `http://fhir.nl/fhir/NamingSystem/bsn|${BSN}`, _count: '3', _lastUpdated: '2026-01-01T00:00:00Z' };
  t.equal((await ask('POST', 'Observation/_search', { form })).json.total, all - 1, 'the record of one BSN');
  const bounds = Array.from({ length: 50 }, (_, n) => countBound(['Observation', n]));
  t.strictSame([bounds.filter((bound) => bound < ALWAYS_COUNTED || bound >= 2 * ALWAYS_COUNTED), new Set(bounds).size > 40], [[], true]);
  t.equal(countBound(['Observation', 1]), bounds[1], 'the same for the same question');
});
