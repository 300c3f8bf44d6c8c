// Patient/[id]/$erase: destruction on the patient's request, of the whole record or of parts. Nothing of the content stays, in no
// version, index, card or kept answer; that something was destroyed, and the log, stay.
import type { Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { intervalOf } from '../fhir/dates.js';
import { FhirError, successOutcome } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isBsn } from '../fhir/identity.js';
import { isObject, parseJson } from '../fhir/json.js';
import { localReferences, parseReference } from '../fhir/references.js';
import { SERVED_TYPES } from '../fhir/resource-types.js';
import type { InteractionContext } from '../interactions/context.js';
import { IZP_MIRROR_OF } from '../izp/izp-codes.js';
import { type Operation, parametersOf, refuseUnknownParameters, textParameter } from './operation.js';

/** Characters of who and why: a sentence each. */
const MAX_CHARACTERS = 300;

export const eraseRecord: Operation = {
  name: 'erase',
  types: ['Patient'],
  levels: ['instance'],
  methods: ['POST'],
  title: 'Destroy the record, or parts of it, on the patient’s request.',
  parameters: [
    {
      name: 'who',
      use: 'in',
      type: 'string',
      min: 1,
      max: '1',
      documentation: 'Who asked for it: the patient, the representative. No name.',
    },
    { name: 'why', use: 'in', type: 'string', min: 1, max: '1', documentation: 'On what ground; nothing of what is destroyed.' },
    { name: 'requestedOn', use: 'in', type: 'date', min: 1, max: '1', documentation: 'The day it was asked for.' },
    {
      name: 'resource',
      use: 'in',
      type: 'Reference',
      min: 0,
      max: '*',
      documentation:
        'Only these resources of the patient, with the form they came from, what repeats them and what tells their origin. Without it the whole record.',
    },
    { name: 'return', use: 'out', type: 'OperationOutcome', min: 1, max: '1', documentation: 'How many resources were destroyed.' },
  ],
  affectsState: true,
  run,
};

async function run(_context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const patientId = request.path[1] as string;
  refuseUnknownParameters(request, ['who', 'why', 'requestedOn', 'resource']);
  const named = namedResources(request);
  // What a deletion of each of them would ask; of a whole record anything can be part.
  for (const type of named ? new Set(named.map((reference) => reference.slice(0, reference.indexOf('/')))) : SERVED_TYPES)
    session.require(type, 'd');
  const { clientId, organizationUra = null, userId = null } = session.principal;
  const erasure = {
    id: session.newId(),
    patientId,
    erased: new Date(session.now()),
    requestedOn: dayOf(request, session.now()),
    requestedBy: sentence(request, 'who'),
    reason: sentence(request, 'why'),
    clientId,
    organizationUra,
    userId,
  };
  const erased = await session.transaction(async (writer) => {
    const gone = await writer.erase(erasure, named && ((record) => withRelated(named, record)));
    session.note({ patientId, action: 'D', outcome: 'success', pointer: `Patient/${patientId}` });
    for (const pointer of named ? gone : []) session.note({ patientId, action: 'D', outcome: 'success', pointer });
    return gone.length;
  });
  const what = named ? 'and the card and plan were made anew' : 'the whole record';
  return {
    status: 200,
    headers: {},
    resource: successOutcome(`${erased} resources were destroyed with all their versions: ${what}. Backups forget them when they expire.`),
  };
}

/** The named resources as `Type/id`; undefined for the whole record. */
function namedResources(request: FhirRequest): string[] | undefined {
  const given = parametersOf(request, 'resource');
  if (given.length === 0) return undefined;
  const named = given.map((value) => {
    const text = isObject(value) ? value.reference : value;
    const reference = typeof text === 'string' ? parseReference(text) : undefined;
    if (!reference) throw new FhirError('bad-parameter', 'resource is a reference such as Observation/[id].', { expression: 'resource' });
    if (reference.type === 'Patient')
      throw new FhirError('bad-parameter', 'A Patient goes with the whole record: leave resource out.', { expression: 'resource' });
    return `${reference.type}/${reference.id}`;
  });
  return [...new Set(named)];
}

/**
 * What tells the same goes as well: what the service keeps equal to a named resource, the form from which it was made, and the
 * Provenance that says so.
 */
function withRelated(named: string[], record: { type: string; id: string; deleted: boolean; content: string }[]): string[] {
  const current = record.filter(({ deleted }) => !deleted);
  const rows = current.map(({ type, id, content }) => ({ type, reference: `${type}/${id}`, resource: parseJson(content) as Resource }));
  const going = new Set(named);
  for (let before = -1; before !== going.size; ) {
    before = going.size;
    for (const { type, reference, resource } of rows) {
      const references = localReferences(resource);
      const mirrored = mirroredBy(resource);
      if (type === 'Provenance' && references.some((one) => going.has(one))) {
        going.add(reference);
        for (const one of references) if (one.startsWith('QuestionnaireResponse/') && isOf(rows, one)) going.add(one);
      }
      if (mirrored !== undefined && (going.has(mirrored) || going.has(reference)) && isOf(rows, mirrored))
        going.add(mirrored).add(reference);
    }
  }
  return [...going];
}

const isOf = (rows: { reference: string }[], reference: string) => rows.some((row) => row.reference === reference);

/** The resource that this one repeats, kept equal by the service. */
function mirroredBy(resource: Resource): string | undefined {
  const { extension = [] } = resource as {
    extension?: { url?: string; extension?: { url?: string; valueReference?: { reference?: string } }[] }[];
  };
  return extension.find(({ url }) => url === IZP_MIRROR_OF)?.extension?.find(({ url }) => url === 'of')?.valueReference?.reference;
}

/** Words that stay. A BSN among them would stay too. */
function sentence(request: FhirRequest, name: string): string {
  const text = textParameter(request, name)?.trim() ?? '';
  const holdsBsn = (text.match(/\d{9}/g) ?? []).some(isBsn);
  if (text === '' || text.length > MAX_CHARACTERS || holdsBsn)
    throw new FhirError(
      'bad-parameter',
      `${name} is needed: 1 to ${MAX_CHARACTERS} characters that stay, so no name, no BSN and nothing of the record.`,
      {
        expression: name,
      },
    );
  return text;
}

function dayOf(request: FhirRequest, now: number): string {
  const text = textParameter(request, 'requestedOn') ?? '';
  const interval = /^\d{4}-\d\d-\d\d$/.test(text) ? intervalOf(text) : undefined;
  if (!interval || interval.start > now)
    throw new FhirError('bad-parameter', 'requestedOn is needed: the day it was asked for, such as 2026-03-01, not in the future.', {
      expression: 'requestedOn',
    });
  return text;
}
