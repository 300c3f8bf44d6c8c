// Whose conversation is recorded: found by BSN, or a record opened for who has none yet. The BSN comes in a form's body only.
import type { Patient } from '@medplum/fhirtypes';
import { dutchDate } from '../../fhir/dates.js';
import { FhirError } from '../../fhir/errors.js';
import { BSN_SYSTEM, typedBsn } from '../../fhir/identity.js';
import { parseJson } from '../../fhir/json.js';
import { filled } from '../../izp/concepts.js';
import { humanName } from '../../izp/form/names.js';
import { dayIn } from '../../izp/form/page-fields.js';
import { parseSearch } from '../../search/query.js';
import { patientForm, RECORD_FIELDS, type RecordField, recordForm } from '../pages/conversation-start-page.js';
import { CONVERSATION_PATH } from '../pages/conversation-style.js';
import type { Faulty } from '../pages/form-field.js';
import type { PageAnswer, Visit } from './page-route.js';

const NO_BSN = 'Dit is geen geldig BSN. Controleer de negen cijfers.';
const TAKEN =
  'Met dit BSN kan uw organisatie hier geen dossier openen. Is er al een dossier, dan moet wie het bijhoudt of de patiënt u toegang geven.';

/** Characters of a name: longer is no name. */
const MAX_NAME_CHARS = 200;

export async function findPatient(visit: Visit): Promise<PageAnswer> {
  const { form, viewer } = visit;
  const typed = form.get('bsn') ?? '';
  const bsn = typedBsn(typed);
  if (bsn === undefined) return { status: 422, ...patientForm(viewer, { typed, fault: NO_BSN }) };
  const id = await patientBy(visit, bsn);
  return id === undefined ? { status: 404, ...recordForm(viewer, { bsn: { typed: bsn } }) } : { seeOther: patientAt(id) };
}

async function patientBy({ session, context }: Visit, bsn: string): Promise<string | undefined> {
  const asked: [string, string][] = [['identifier', `${BSN_SYSTEM}|${bsn}`]];
  const search = parseSearch('Patient', asked, { baseUrl: context.baseUrl, valueSet: context.valueSet, now: session.now() });
  return (await session.search(search, undefined, undefined)).matches[0]?.id;
}

/** Opens a record as the API would: by a Patient, of whom there is one for each BSN. */
export async function openRecord(visit: Visit): Promise<PageAnswer> {
  const { form, viewer, session, context, now } = visit;
  const text = (name: RecordField) => filled(form.get(name)) ?? '';
  const bsn = typedBsn(text('bsn'));
  const birthDate = dayIn(text('birth'));
  const isBorn = birthDate !== undefined && birthDate <= dutchDate(now);
  const tooLong = RECORD_FIELDS.filter(({ name }) => text(name).length > MAX_NAME_CHARS);
  const faults: Partial<Record<RecordField, string>> = {
    ...(bsn === undefined && { bsn: NO_BSN }),
    ...(text('family') === '' && { family: 'Vul de achternaam in.' }),
    ...Object.fromEntries(tooLong.map(({ name }) => [name, 'Dit is te lang voor een naam.'])),
    ...(!isBorn && { birth: 'Vul de geboortedatum in: een dag die geweest is.' }),
  };
  const again = (more: Partial<Record<RecordField, string>>) => {
    const names: RecordField[] = ['bsn', ...RECORD_FIELDS.map(({ name }) => name), 'birth'];
    const typed = Object.fromEntries(names.map((name): [string, Faulty] => [name, { typed: text(name), fault: more[name] }]));
    return { status: 422, ...recordForm(viewer, typed, true) };
  };
  if (bsn === undefined || Object.keys(faults).length > 0) return again(faults);
  // Sent twice, or known meanwhile.
  const known = await patientBy(visit, bsn);
  if (known !== undefined) return { seeOther: patientAt(known) };
  const name = humanName({ given: filled(text('given')), prefix: filled(text('prefix')), family: text('family') });
  const patient: Patient = { resourceType: 'Patient', identifier: [{ system: BSN_SYSTEM, value: bsn }], name, birthDate };
  try {
    const stored = await context.dispatch(session, {
      method: 'POST',
      path: ['Patient'],
      query: [],
      headers: { 'if-none-exist': `identifier=${BSN_SYSTEM}|${bsn}` },
      body: patient,
    });
    return { seeOther: patientAt((parseJson(stored.text ?? '') as Patient).id as string) };
  } catch (error) {
    const isTaken = error instanceof FhirError && (error.kind === 'forbidden' || error.kind === 'duplicate');
    if (!isTaken) throw error;
    return { ...again({ bsn: TAKEN }), status: error.status };
  }
}

const patientAt = (id: string) => `${CONVERSATION_PATH}?patient=${id}`;
