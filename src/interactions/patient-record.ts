// One patient's record as far as the caller may see it, for those who reckon with all of it: read through the door, type by type.
import type { DeviceUseStatement, Patient, PractitionerRole, Procedure, Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { whoRecorded } from '../access/who-recorded.js';
import { FhirError } from '../fhir/errors.js';
import { parseJson } from '../fhir/json.js';
import { parseReference } from '../fhir/references.js';
import type { PatientRecord, RecordEntry } from '../izp/record.js';
import { parseSearch } from '../search/query.js';
import type { InteractionContext } from './context.js';

const TYPES = [
  'Communication',
  'CommunicationRequest',
  'Consent',
  'DeviceUseStatement',
  'Encounter',
  'Goal',
  'Observation',
  'Procedure',
  'QuestionnaireResponse',
  'RelatedPerson',
] as const;

/** Matches of one search: a record holds some dozens of resources, and more are asked for in pages. */
const PAGE = '200';

/** The patient, what is current of them, their devices and who held the conversations. Throws 'not-found' where there is no such patient for the caller. */
export async function patientRecord(context: InteractionContext, session: Session, patientId: string): Promise<PatientRecord> {
  const patient = await entryOf(session, 'Patient', patientId);
  const entries: RecordEntry[] = [patient];
  for (const type of TYPES) for (const id of await idsOf(context, session, type, patientId)) entries.push(await entryOf(session, type, id));
  const directory = new Map<string, Resource>();
  for (const { resource } of [...entries]) {
    const device = deviceOf(resource);
    if (device) entries.push(...(await known(session, device)));
    for (const reference of performersOf(resource)) {
      const [role] = await known(session, reference);
      if (role) directory.set(role.reference, role.resource);
      const [person] = await known(session, (role?.resource as PractitionerRole | undefined)?.practitioner?.reference);
      if (person) directory.set(person.reference, person.resource);
    }
  }
  return {
    patientId,
    patient: patient.resource as Patient,
    entries,
    directory,
    written: new Set(),
    now: session.now(),
    newId: () => session.newId(),
  };
}

async function idsOf(context: InteractionContext, session: Session, type: string, patientId: string): Promise<string[]> {
  const asked: [string, string][] = [
    ['patient', patientId],
    ['_count', PAGE],
  ];
  const query = parseSearch(type, asked, { baseUrl: context.baseUrl, valueSet: context.valueSet, now: session.now() });
  const ids: string[] = [];
  let after: Parameters<Session['search']>[1];
  do {
    const page = await session.search(query, after, patientId);
    ids.push(...page.matches.map(({ id }) => id));
    after = page.next;
  } while (after);
  return ids;
}

async function entryOf(session: Session, type: string, id: string): Promise<RecordEntry> {
  const row = await session.read(type, id);
  return {
    resource: parseJson(row.content) as Resource,
    reference: `${type}/${id}`,
    version: row.version,
    lastUpdated: row.lastUpdated.getTime(),
    ...whoRecorded(row),
  };
}

/** What a reference leads to; nothing when it is gone or not the caller's to see. */
async function known(session: Session, reference: string | undefined): Promise<RecordEntry[]> {
  const target = reference === undefined ? undefined : parseReference(reference);
  if (!target) return [];
  try {
    return [await entryOf(session, target.type, target.id)];
  } catch (error) {
    if (error instanceof FhirError && (error.kind === 'not-found' || error.kind === 'gone')) return [];
    throw error;
  }
}

function deviceOf(resource: Resource): string | undefined {
  return resource.resourceType === 'DeviceUseStatement' ? (resource as DeviceUseStatement).device?.reference : undefined;
}

function performersOf(resource: Resource): string[] {
  if (resource.resourceType !== 'Procedure') return [];
  return ((resource as Procedure).performer ?? []).flatMap(({ actor }) =>
    actor?.reference?.startsWith('PractitionerRole/') ? [actor.reference] : [],
  );
}
