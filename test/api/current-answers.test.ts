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

t.test('a form still being filled in is for the organisation that fills it in, unless it is asked for', async (t) => {
  const service = await startService(t, { clock: () => NOW });
  const { id } = (await service.post('Patient', patient())).json;
  await permit(service, id, { parties: [`ura:${URAS.hospital}`] });
  const form = {
    resourceType: 'QuestionnaireResponse',
    questionnaire: 'https://example.org/Questionnaire/other',
    subject: { reference: `Patient/${id}` },
  };
  const post = async (status: string) => (await service.post('QuestionnaireResponse', { ...form, status })).json.id;
  const [draft, done] = [await post('in-progress'), await post('completed')];
  const ids = async (url: string, as: string) => {
    const { json } = await service.get(url, { as });
    const forms = (json.entry ?? []).filter((entry: any) => entry.resource.resourceType === 'QuestionnaireResponse');
    if (url.startsWith('QuestionnaireResponse')) t.equal(json.total, forms.length, `the total of ${url}`);
    return forms.map((entry: any) => entry.resource.id).sort();
  };
  const both = [draft, done].sort();
  for (const url of [
    `QuestionnaireResponse?subject=Patient/${id}&questionnaire=${form.questionnaire}`,
    `QuestionnaireResponse?questionnaire=${form.questionnaire}`,
    `Patient?_id=${id}&_revinclude=QuestionnaireResponse:subject`,
  ]) {
    t.strictSame(await ids(url, 'gp'), both, `its own: ${url}`);
    t.strictSame(await ids(url, 'hospital'), [done], `another's: ${url}`);
    t.strictSame(await ids(url, `patient:${id}`), [done], `the patient: ${url}`);
  }
  const count = async (as: string) => (await service.get(`QuestionnaireResponse?patient=${id}&_summary=count`, { as })).json.total;
  t.strictSame([await count('gp'), await count('hospital')], [2, 1]);
  t.strictSame(await ids(`QuestionnaireResponse?patient=${id}&status=in-progress`, 'hospital'), [draft], 'by status it is there');
  t.strictSame(await ids(`QuestionnaireResponse?patient=${id}&status:not=in-progress`, 'hospital'), [done], 'and what is done without it');
  t.strictSame(await ids(`QuestionnaireResponse?_id=${draft}`, 'hospital'), [draft], 'by id too');
  await service.put(`QuestionnaireResponse/${draft}`, { ...form, id: draft, status: 'completed' });
  t.strictSame(await ids(`QuestionnaireResponse?patient=${id}`, 'hospital'), both, 'completed it is everybody’s');
});
