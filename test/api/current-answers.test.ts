// What a patient answered before is history once a later conversation of the same source asked again: query 5 tells what holds.
import type { Observation } from '@medplum/fhirtypes';
import t from 'tap';
import { pastObservations } from '../../src/izp/past-observations.js';
import type { RecordEntry } from '../../src/izp/record.js';
import { startService } from '../harness/service.js';
import { permit, URAS } from '../harness/sharing.js';
import { patient, SNOMED } from './records.js';

const PLACE = '395091006';
const WISHES = '153851000146100';
const NOW = Date.parse('2026-11-22T12:00:00Z');

function answer(code: string | string[], effectiveDateTime: string | undefined, fields: Partial<Observation> = {}): Observation {
  const coding = [code].flat().map((one) => ({ system: SNOMED, code: one }));
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { coding },
    ...(effectiveDateTime ? { effectiveDateTime } : {}),
    ...fields,
  } as Observation;
}

function past(...given: [resource: Observation, ura?: string][]): string[] {
  const entries = given.map(
    ([resource, ura = '1'], i): RecordEntry =>
      ({ resource, reference: `Observation/${i}`, version: 1, lastUpdated: NOW, author: { ura, name: '' } }) as RecordEntry,
  );
  return [...pastObservations({ entries, now: NOW })].sort();
}

t.test('which answers a later one replaced', async (t) => {
  t.strictSame(past([answer(PLACE, '2025-01-01')], [answer(PLACE, '2026-01-01')]), ['Observation/0'], 'the earlier of one source');
  t.strictSame(past([answer(PLACE, '2025-01-01')], [answer(PLACE, '2026-01-01'), '2']), [], 'not that of another source');
  t.strictSame(past([answer(PLACE, '2025-01-01')], [answer(WISHES, '2026-01-01')]), [], 'nor the answer to another question');
  t.strictSame(past([answer(PLACE, '2025')], [answer(PLACE, '2025-06-01')]), [], 'nor one that may be the later of the two');
  t.strictSame(past([answer(PLACE, undefined)], [answer(PLACE, '2026-01-01')]), [], 'nor one without a date');
  t.strictSame(past([answer(PLACE, '2025-01-01')], [answer(PLACE, '2027-01-01')]), [], 'a date to come replaces nothing');
  t.strictSame(
    past([answer(PLACE, '2025-01-01')], [answer(PLACE, '2026-01-01', { status: 'entered-in-error' })]),
    [],
    'nor does a mistake',
  );
  t.strictSame(
    past([answer([PLACE, WISHES], '2025-01-01')], [answer(PLACE, '2026-01-01')]),
    [],
    'the last word on one of two questions stays',
  );
  t.strictSame(past([answer('8867-4', '2025-01-01')], [answer('8867-4', '2026-01-01')]), [], 'measurements are a series, not an agreement');
});

t.test('query 5 tells what holds; by status, id or history all is there', async (t) => {
  const service = await startService(t, { clock: () => NOW });
  const { id } = (await service.post('Patient', patient())).json;
  const subject = { reference: `Patient/${id}` };
  const post = async (observation: Observation, as = 'gp') =>
    (await service.post('Observation', { ...observation, subject }, { as })).json.id;
  const home = { valueCodeableConcept: { coding: [{ system: SNOMED, code: '264362003' }] } };
  const hospice = { valueCodeableConcept: { coding: [{ system: SNOMED, code: '284546000' }] } };
  const before = await post(answer(PLACE, '2025-02-01', home));
  const after = await post(answer(PLACE, '2026-02-01', hospice));
  const query5 = `Observation?patient=${id}&code=${SNOMED}|665671000146101,153851000146100,395091006,340171000146104,247751003,570801000146104`;
  const ids = async (url: string, as = 'gp') => {
    const { json } = await service.get(url, { as });
    const matches = (json.entry ?? []).filter((entry: any) => entry.search.mode === 'match').map((entry: any) => entry.resource.id);
    t.equal(json.total, matches.length, 'the total is that of what is told');
    return matches;
  };
  t.strictSame(await ids(query5), [after]);
  t.strictSame((await ids(`${query5}&status=final`)).sort(), [before, after].sort());
  t.strictSame(await ids(`Observation?_id=${before}`), [before]);
  t.equal((await service.get(`Observation/${before}`)).status, 200);
  await permit(service, id, { parties: [`ura:${URAS.hospital}`] });
  const other = await post(answer(PLACE, '2026-03-01', home), 'hospital');
  t.strictSame((await ids(query5)).sort(), [after, other].sort(), 'what another source was told stays beside it');
  await service.put(`Observation/${after}`, { ...answer(PLACE, '2026-02-01', hospice), id: after, subject, status: 'entered-in-error' });
  t.strictSame((await ids(query5)).sort(), [before, other].sort(), 'and when the later one was a mistake, the earlier holds');
});
