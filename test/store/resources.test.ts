// Storing, loading, reading and the history of resources, on a real database.
import t from 'tap';
import { deleteCard, type NewCard, readCardByIdentifier, readCardByPatient, writeCard } from '../../src/store/cards.js';
import { troubleOf } from '../../src/store/database-errors.js';
import { type HistoryQuery, loadResourcesAt, readHistory } from '../../src/store/history.js';
import { forgetResponses, recallResponse, rememberResponse } from '../../src/store/idempotency.js';
import { findAuthorIdentifiers, findByIdentifier } from '../../src/store/identifiers.js';
import {
  adoptDevices,
  loadCompartment,
  loadCompartmentAt,
  loadResources,
  patientsShowing,
  readResource,
  readVersion,
  readVersionAt,
  storeVersions,
} from '../../src/store/resources.js';
import { ensureSetting, readSetting } from '../../src/store/settings.js';
import type { NewVersion } from '../../src/store/stored-resource.js';
import { inTransaction } from '../../src/store/transaction.js';
import { refusalKind } from '../harness/refusal-kind.js';
import { MOMENT, newVersion, openTestDatabase } from '../harness/versions.js';
import { everything, nothing, seeing } from '../harness/visibility.js';

const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const LOCAL = 'https://epd.example/wens';

const onlyPatient = (id: string) => seeing((alias, bind) => `${alias}.patient_id = ${bind(id)}`);

const { database, testDatabase } = await openTestDatabase(t);
const store = (...versions: NewVersion[]) => inTransaction(database, (tx) => storeVersions(tx, versions));
const read = async (type: string, id: string, visibility = everything) => {
  const found = await readResource(database, type, id, visibility);
  if (!found?.told.permitted) return undefined;
  const { told: _told, ...row } = found;
  return row;
};
const AUTHOR = '11111111';
const SEEN = { permitted: true, ground: 'team', source: 'CareTeam/x' };
const later = (seconds: number) => new Date(MOMENT.getTime() + seconds * 1000);

t.test('gives back the text, the author and the millisecond that were stored', async (t) => {
  const content =
    '{"resourceType":"Observation","id":"exact","valueQuantity":{"value":1.10},"note":[{"text":"é\\u0000\\ud800 \\\\ \\"{}, NULL"}]}';
  await store(newVersion({ id: 'exact', content }));
  t.strictSame(await read('Observation', 'exact'), {
    type: 'Observation',
    id: 'exact',
    version: 1,
    patientId: 'p1',
    authorUra: '11111111',
    authorName: 'Huisartsenpraktijk De Linde',
    lastUpdated: MOMENT,
    deleted: false,
    content,
  });
  t.equal(await read('Observation', 'Exact'), undefined, 'ids compare byte by byte');
  t.equal(await read('Goal', 'exact'), undefined);
});

t.test('asks the access rule in every read, with its own values, also where statements are prepared', async (t) => {
  await store(newVersion({ id: 'seen', patientId: 'p-seen' }), newVersion({ type: 'Patient', id: 'p-seen', patientId: 'p-seen' }));
  for (let round = 0; round < 3; round++) {
    t.equal((await read('Observation', 'seen', onlyPatient('p-seen')))?.id, 'seen');
    t.equal(await read('Observation', 'seen', onlyPatient('p-other')), undefined);
    t.equal(await read('Observation', 'seen', nothing), undefined);
    t.equal((await readVersion(database, 'Observation', 'seen', 1, onlyPatient('p-seen')))?.version, 1);
    t.equal(await readVersion(database, 'Observation', 'seen', 1, nothing), undefined);
    t.equal(await readVersionAt(database, 'Observation', 'seen', later(1), nothing), undefined);
    t.strictSame((await readHistory(database, { type: 'Observation', id: 'seen', count: 5 }, nothing)).versions, []);
    t.equal((await readHistory(database, { type: 'Observation', id: 'seen', count: 5 }, nothing)).total, 0);
    t.strictSame(await loadCompartmentAt(database, 'p-seen', later(1), nothing), []);
  }
});

t.test('writes many resources with their history, numbered events and identifiers in two statements', async (t) => {
  const many = Array.from({ length: 30 }, (_, i) =>
    newVersion({ id: `many-${String(29 - i).padStart(2, '0')}`, patientId: 'p-many', identifiers: [{ system: LOCAL, value: `m${i}` }] }),
  );
  const statements = await inTransaction(database, async (tx) => {
    const query = tx.query;
    let count = 0;
    tx.query = ((...args: Parameters<typeof query>) => {
      count++;
      return query.apply(tx, args);
    }) as typeof query;
    await storeVersions(tx, many);
    tx.query = query;
    return count;
  });
  t.equal(statements, 2);
  const { rows } = await database.pool.query(
    "SELECT id, version, method, recorded FROM change_event WHERE patient_id = 'p-many' ORDER BY seq",
  );
  t.strictSame(
    rows,
    many.map(({ id }) => ({ id, version: 1, method: 'POST', recorded: MOMENT })),
    'events are numbered in the order in which the changes were given',
  );
  t.equal((await loadCompartment(database.pool, 'p-many')).length, 30);
  t.strictSame(
    (await loadResources(database.pool, ['Observation/many-03', 'Observation/unknown', 'Observation/many-01'])).map((row) => row.id),
    ['many-01', 'many-03'],
    'loaded in one order for everybody; unknown ones are left out',
  );
});

t.test('keeps every version, and shows the one that was current at a moment', async (t) => {
  await store(newVersion({ id: 'life', patientId: 'p-life', content: '"one"' }));
  await store(newVersion({ id: 'life', patientId: 'p-life', version: 2, method: 'PATCH', lastUpdated: later(10), content: '"two"' }));
  await store(
    newVersion({ id: 'life', patientId: 'p-life', version: 3, method: 'DELETE', deleted: true, lastUpdated: later(20), content: '' }),
  );
  t.match(await read('Observation', 'life'), { version: 3, deleted: true });
  t.strictSame(await loadCompartment(database.pool, 'p-life'), [], 'deleted resources are not in the compartment');
  t.equal((await readVersion(database, 'Observation', 'life', 2, everything))?.content, '"two"');
  t.equal(await readVersion(database, 'Observation', 'life', 4, everything), undefined);
  const at = async (seconds: number) => (await readVersionAt(database, 'Observation', 'life', later(seconds), everything))?.version;
  t.strictSame(await Promise.all([at(-1), at(0), at(9.999), at(10), at(19), at(20)]), [undefined, 1, 1, 2, 2, 3]);
  await store(newVersion({ type: 'Patient', id: 'p-life', patientId: 'p-life' }));
  const compartment = async (seconds: number) =>
    (await loadCompartmentAt(database, 'p-life', later(seconds), everything)).map((row) => row.content.slice(0, 5));
  t.strictSame((await compartment(0))[0], '"one"');
  t.strictSame((await compartment(15))[0], '"two"');
  t.equal((await compartment(20)).length, 1, 'only the patient is left after the deletion');
  t.strictSame(await loadResourcesAt(database, ['Observation/life', 'Observation/none'], later(20)), []);
  t.equal((await loadResourcesAt(database, ['Observation/life', 'Observation/none'], later(15)))[0]?.version, 2);
});

t.test('pages through the history of a type and shows each version once, while others are written', async (t) => {
  const type = 'Flag';
  await store(...Array.from({ length: 23 }, (_, i) => newVersion({ type, id: `f${i}` })));
  await store(...Array.from({ length: 10 }, (_, i) => newVersion({ type, id: `f${i}`, version: 2, lastUpdated: later(i % 2) })));
  for (const count of [1, 7, 50]) {
    const seen: string[] = [];
    let query: HistoryQuery = { type, count };
    let total: number | undefined;
    for (;;) {
      const page = await readHistory(database, query, everything);
      total ??= page.total;
      seen.push(...page.versions.map((row) => `${row.id}/${row.version}`));
      if (seen.length < 8) await store(newVersion({ type, id: `new-${count}-${seen.length}`, lastUpdated: later(100) }));
      if (!page.next) break;
      query = { type, count, after: page.next };
    }
    t.equal(new Set(seen).size, seen.length, `no version twice with pages of ${count}`);
    t.equal(seen.length, total, `as many as announced with pages of ${count}`);
  }
});

t.test('history takes _since and _at', async (t) => {
  await store(newVersion({ type: 'List', id: 'l' }));
  await store(newVersion({ type: 'List', id: 'l', version: 2, lastUpdated: later(10) }));
  await store(newVersion({ type: 'List', id: 'l', version: 3, lastUpdated: later(20) }));
  const versions = async (query: Partial<HistoryQuery>) =>
    (await readHistory(database, { type: 'List', id: 'l', count: 10, ...query }, everything)).versions.map((row) => row.version);
  t.strictSame(await versions({}), [3, 2, 1]);
  t.strictSame(await versions({ since: later(10) }), [3, 2]);
  t.strictSame(await versions({ at: { start: later(15), end: later(15) } }), [2]);
  t.strictSame(await versions({ at: { start: later(20), end: later(20) } }), [3]);
  t.strictSame(await versions({ at: { start: later(-1), end: later(-1) } }), []);
  t.strictSame(await versions({ at: { start: later(5), end: later(15) } }), [2, 1]);
  t.strictSame(await versions({ patientId: 'p1' }), [3, 2, 1]);
  t.strictSame(await versions({ patientId: 'p2' }), []);
});

t.test('shows no version from when the resource belonged to another patient', async (t) => {
  await store(newVersion({ id: 'moved', patientId: 'p-wrong' }));
  await store(newVersion({ id: 'moved', patientId: 'p-right', version: 2 }));
  t.equal(await readVersion(database, 'Observation', 'moved', 1, everything), undefined);
  t.equal((await readVersion(database, 'Observation', 'moved', 2, onlyPatient('p-right')))?.version, 2);
  t.strictSame((await readHistory(database, { type: 'Observation', id: 'moved', count: 9 }, everything)).versions.length, 1);
});

t.test('a Device becomes part of the record that first uses it, with its history', async (t) => {
  await store(newVersion({ type: 'Device', id: 'icd', patientId: null }));
  await inTransaction(database, (tx) => adoptDevices(tx, ['icd'], 'p0', 'another'));
  t.equal((await read('Device', 'icd'))?.patientId, null, 'another organisation cannot take it into a record');
  await inTransaction(database, (tx) => adoptDevices(tx, ['icd'], 'p1', AUTHOR));
  await inTransaction(database, (tx) => adoptDevices(tx, ['icd'], 'p2', AUTHOR));
  t.equal((await read('Device', 'icd'))?.patientId, 'p1', 'the first user keeps it');
  t.equal((await readVersion(database, 'Device', 'icd', 1, onlyPatient('p1')))?.version, 1);
});

t.test('refuses a version that is not the next one', async (t) => {
  await store(newVersion({ id: 'stale' }));
  await store(newVersion({ id: 'stale', version: 2 }));
  const client = await database.pool.connect();
  for (const version of [1, 2, 4]) {
    await client.query('BEGIN');
    t.equal(await storeVersions(client, [newVersion({ id: 'stale', version })]).then(() => 'stored', troubleOf), 'conflict');
    await client.query('ROLLBACK');
  }
  client.release();
  t.equal((await readHistory(database, { type: 'Observation', id: 'stale', count: 9 }, everything)).total, 2);
});

t.test('business identifiers', async (t) => {
  const patient = (id: string, value: string, fields: Partial<NewVersion> = {}) =>
    newVersion({ type: 'Patient', id, patientId: id, identifiers: [{ system: BSN, value }], ...fields });
  const consent = (id: string, authorUra: string, value = 'w1', fields: Partial<NewVersion> = {}) =>
    newVersion({ type: 'Consent', id, authorUra, identifiers: [{ system: LOCAL, value }], ...fields });

  await t.test('a BSN is unique in the country, whoever writes', async (t) => {
    await store(patient('a', '123456782', { authorUra: '1' }));
    const refusal = await store(patient('b', '123456782', { authorUra: '2' })).catch((error) => error);
    t.match(refusal, { kind: 'duplicate', message: `Another Patient already has this identifier of ${BSN}.` });
    t.notMatch(JSON.stringify(refusal.toOutcome()), /123456782/, 'the refusal never names the value');
    t.equal(await read('Patient', 'b'), undefined, 'nothing of the refused change stays');
  });

  await t.test('an identifier of the author is unique per organisation', async (t) => {
    await store(consent('c1', '1'), consent('c2', '2'));
    t.equal(await refusalKind(store(consent('c3', '1'))), 'duplicate');
    t.strictSame(await findByIdentifier(database.pool, 'Consent', LOCAL, 'w1'), [
      { id: 'c1', scope: '1' },
      { id: 'c2', scope: '2' },
    ]);
    const wanted = [
      { type: 'Consent', system: LOCAL, value: 'w1' },
      { type: 'Patient', system: BSN, value: '123456782' },
    ];
    t.strictSame(
      await findAuthorIdentifiers(database.pool, '2', wanted),
      new Map([
        [`Consent|${LOCAL}|w1`, 'c2'],
        [`Patient|${BSN}|123456782`, 'a'],
      ]),
    );
  });

  await t.test('two resources of one change cannot claim the same', async (t) => {
    t.equal(await refusalKind(store(consent('c4', '9'), consent('c5', '9'))), 'duplicate');
  });

  await t.test('an update by another organisation leaves the identifier with the one that gave it', async (t) => {
    await store(consent('c1', '3', 'w1', { version: 2 }));
    t.match(await findByIdentifier(database.pool, 'Consent', LOCAL, 'w1'), [{ id: 'c1', scope: '1' }, {}]);
    t.equal(await refusalKind(store(consent('c6', '1'))), 'duplicate');
  });

  await t.test('what a resource gives up, another may take, in the same change', async (t) => {
    await store(consent('c1', '1', 'other', { version: 3 }), consent('c7', '1', 'w1'));
    t.match(await findByIdentifier(database.pool, 'Consent', LOCAL, 'w1'), [{ id: 'c7', scope: '1' }, { id: 'c2' }]);
    await store(consent('c7', '1', 'w1', { version: 2, deleted: true, method: 'DELETE', identifiers: [] }));
    await store(consent('c8', '1', 'w1'));
  });

  await t.test('many that create the same patient at once make one', async (t) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, (_, i) => store(patient(`race-${i}`, '999911120', { authorUra: String(i) }))),
    );
    t.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') t.match(outcome.reason, { kind: 'duplicate' });
    t.equal((await findByIdentifier(database.pool, 'Patient', BSN, '999911120')).length, 1);
  });

  await t.test('one too long for the index is refused, not a failure', async (t) => {
    t.equal(await refusalKind(store(consent('long', '1', 'x'.repeat(5000)))), 'invalid-resource');
  });
});

t.test('refuses what PostgreSQL cannot keep as an invalid resource', async (t) => {
  t.equal(await refusalKind(store(newVersion({ id: 'zero', search: { text: 'a\u0000b' } }))), 'invalid-resource');
  t.equal(await refusalKind(store(newVersion({ id: 'half', search: { text: 'a\ud800b' } }))), 'invalid-resource');
});

t.test('history cannot be rewritten', async (t) => {
  await t.rejects(database.pool.query("UPDATE resource_history SET content = ''"), /permission denied/);
  await t.rejects(testDatabase.pool.query("UPDATE resource_history SET content = ''"), /append-only/);
  await t.rejects(testDatabase.pool.query('TRUNCATE resource_history'), /append-only/);
});

t.test('emergency cards', async (t) => {
  const card: NewCard = {
    patientId: 'card',
    version: '3-a',
    card: '{"c":1}',
    summary: '{"s":1}',
    updated: MOMENT,
    expiresAt: later(60),
    shown: ['Organization/o1'],
  };
  await store(newVersion({ type: 'Patient', id: 'card', patientId: 'card', identifiers: [{ system: BSN, value: '111222333' }] }));
  t.strictSame(
    await readCardByIdentifier(database, BSN, '111222333', 'card', everything),
    { patientId: 'card', told: SEEN },
    'a patient without a card',
  );
  await inTransaction(database, (tx) => writeCard(tx, card));
  const { shown: _, card: text, summary, ...stored } = card;
  const seen = (shownText: string) => ({ patientId: 'card', told: SEEN, card: { ...stored, text: shownText } });
  t.strictSame(await readCardByIdentifier(database, BSN, '111222333', 'card', everything), seen(text));
  t.strictSame(await readCardByIdentifier(database, BSN, '111222333', 'summary', everything), seen(summary));
  t.strictSame(await readCardByPatient(database, 'card', 'card', everything), seen(text));
  t.strictSame(await readCardByPatient(database, 'card', 'summary', everything), seen(summary));
  const unseen = { patientId: 'card', told: { permitted: false } };
  t.strictSame(await readCardByIdentifier(database, BSN, '111222333', 'card', nothing), unseen, 'nothing of the text leaves the table');
  t.strictSame(await readCardByPatient(database, 'card', 'card', onlyPatient('other')), unseen);
  t.equal(await readCardByIdentifier(database, BSN, '999990007', 'card', everything), undefined);
  await inTransaction(database, (tx) =>
    writeCard(tx, { ...card, version: '4-a', expiresAt: null, shown: ['Organization/o1', 'Practitioner/x'] }),
  );
  t.match((await readCardByPatient(database, 'card', 'card', everything))?.card, { version: '4-a', expiresAt: null });
  t.strictSame(await patientsShowing(database.pool, ['Practitioner/x', 'Practitioner/y']), ['card']);
  t.strictSame(await patientsShowing(database.pool, ['Practitioner/y']), []);
  await store(newVersion({ type: 'Patient', id: 'card', patientId: 'card', version: 2, deleted: true, method: 'DELETE' }));
  t.equal(await readCardByPatient(database, 'card', 'card', everything), undefined, 'no card of a deleted patient');
  await inTransaction(database, (tx) => deleteCard(tx, 'card'));
  t.strictSame(await patientsShowing(database.pool, ['Practitioner/x']), []);
});

t.test('a setting made by several processes at once is one', async (t) => {
  const values = await Promise.all(Array.from({ length: 8 }, (_, i) => ensureSetting(database, 'key', () => ({ k: i }))));
  t.equal(new Set(values.map((value) => value.k)).size, 1);
  t.strictSame(await readSetting(database, 'key'), values[0]);
  t.equal(await readSetting(database, 'none'), undefined);
});

t.test('first responses are kept per client and key, for a time', async (t) => {
  const kept = { clientId: 'gp', key: 'k1', requestHash: 'h', status: 201, headers: { etag: 'W/"1"' }, body: '{}', created: MOMENT };
  await inTransaction(database, (tx) => rememberResponse(tx, kept));
  t.strictSame(await recallResponse(database.pool, 'gp', 'k1', MOMENT), kept);
  t.equal(await recallResponse(database.pool, 'gp', 'k1', later(1)), undefined, 'too old');
  t.equal(await recallResponse(database.pool, 'hap', 'k1', MOMENT), undefined, 'of another client');
  t.equal(await forgetResponses(database.pool, later(1)), 1);
  t.equal(await recallResponse(database.pool, 'gp', 'k1', MOMENT), undefined);
});
