// Patient/[id]/$export-record: everything this service holds of a patient, for the patient. Who looked at it stands in the log, apart.
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { parseStoredJson } from '../fhir/json.js';
import { localReferences, parseReference } from '../fhir/references.js';
import { PATIENT_ELEMENTS, SERVED_TYPES, type ServedType } from '../fhir/resource-types.js';
import type { InteractionContext } from '../interactions/context.js';
import { type Operation, parameterOf, refuseUnknownParameters } from './operation.js';

/** Versions read at once. */
const PAGE = 500;
/** A record of twenty years holds some thousands: more is a mistake, and not to be held in memory. */
const MAX_VERSIONS = 50_000;
/** Those of one record, the ones they refer to included. */
const MAX_DIRECTORY = 1_000;

/** On what ground the whole of a record is given: to the patient and who speaks for them, and to who keeps it. */
const GROUNDS = ['patient', 'representative', 'holder', 'team'];

/** Types that stand in a patient's compartment. */
const RECORD_TYPES = SERVED_TYPES.filter((type) => type === 'Patient' || PATIENT_ELEMENTS[type].length > 0);

export const exportRecord: Operation = {
  name: 'export-record',
  types: ['Patient'],
  levels: ['instance'],
  methods: ['GET', 'POST'],
  title: 'Everything this service holds of a patient, to be given to the patient.',
  parameters: [
    {
      name: 'history',
      use: 'in',
      type: 'boolean',
      min: 0,
      max: '1',
      documentation: 'true: every version there was, not the current ones alone.',
    },
    { name: 'return', use: 'out', type: 'Bundle', min: 1, max: '1', documentation: 'A collection: the record, and whom it names.' },
  ],
  affectsState: false,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const id = request.path[1] as string;
  refuseUnknownParameters(request, ['history']);
  const history = String(parameterOf(request, 'history') ?? 'false');
  if (history !== 'true' && history !== 'false')
    throw new FhirError('bad-parameter', 'history is true or false.', { expression: 'history' });
  // Everything or nothing: a part would be taken for the whole.
  for (const type of RECORD_TYPES) session.require(type, 'r');
  await session.read('Patient', id);
  if (!GROUNDS.includes((await session.groundFor(id)) ?? ''))
    throw new FhirError('forbidden', 'A whole record is given to the patient, and to those who keep it.');
  const versions = await versionsOf(session, id, history === 'true');
  const contents = versions.map(({ content }) => parseStoredJson(content));
  const directory = await directoryOf(session, contents);
  session.note({ patientId: id, action: 'E', outcome: 'success', pointer: `Patient/${id}` });
  const entries = [...versions, ...directory].map(
    ({ type, id: own, content }) => `{"fullUrl":${JSON.stringify(`${context.baseUrl}/${type}/${own}`)},"resource":${content}}`,
  );
  const log = `${context.baseUrl}/AuditEvent?patient=${id}`;
  const head = `{"resourceType":"Bundle","type":"collection","timestamp":"${new Date(session.now()).toISOString()}","link":[{"relation":"related","url":${JSON.stringify(log)}}]`;
  // The stored texts as they are: numbers keep their digits.
  return { status: 200, headers: {}, text: `${head},"entry":[${entries.join(',')}]}` };
}

interface Version {
  type: string;
  id: string;
  content: string;
}

/** Versions that hold something, newest first within a type; without `all` those that are current. */
async function versionsOf(session: Session, patientId: string, all: boolean): Promise<Version[]> {
  const found: Version[] = [];
  const seen = new Set<string>();
  for (const type of RECORD_TYPES) {
    let after: (string | number)[] | undefined;
    do {
      const page = await session.history({ type, patientId, count: PAGE, after });
      for (const version of page.versions) {
        const reference = `${type}/${version.id}`;
        if (!version.deleted && (all || !seen.has(reference))) found.push(version);
        seen.add(reference);
      }
      if (found.length > MAX_VERSIONS)
        throw new FhirError('too-large', `A record of more than ${MAX_VERSIONS} versions is not given at once: ask without history.`);
      after = page.next;
    } while (after);
  }
  return found;
}

/** People and organisations that the record names, and those these name: as they are now. */
async function directoryOf(session: Session, contents: unknown[]): Promise<Version[]> {
  const found = new Map<string, Version>();
  let wanted = contents.flatMap(localReferences).filter(isDirectory);
  const asked = new Set<string>();
  while (wanted.length > 0 && asked.size < MAX_DIRECTORY) {
    const next: string[] = [];
    for (const reference of new Set(wanted)) {
      if (asked.has(reference)) continue;
      asked.add(reference);
      const resource = await readIfThere(session, reference);
      if (!resource) continue;
      found.set(reference, resource);
      next.push(...localReferences(parseStoredJson(resource.content)).filter(isDirectory));
    }
    wanted = next;
  }
  return [...found.values()];
}

function isDirectory(reference: string): boolean {
  const type = parseReference(reference)?.type as ServedType | undefined;
  return type === 'Practitioner' || type === 'PractitionerRole' || type === 'Organization' || type === 'Location' || type === 'Medication';
}

async function readIfThere(session: Session, reference: string): Promise<Version | undefined> {
  const { type, id } = parseReference(reference) as { type: string; id: string };
  try {
    return await session.read(type, id);
  } catch (error) {
    if (error instanceof FhirError && (error.kind === 'not-found' || error.kind === 'gone')) return undefined;
    throw error;
  }
}
