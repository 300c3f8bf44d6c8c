// A form that is written becomes resources of the record in the same transaction: whole, or not at all.
// What cannot be read is stored nevertheless, tagged and told: a refused wish is a lost wish, a half-read one misleads.
import type { OperationOutcomeIssue, Patient, QuestionnaireResponse, Resource } from '@medplum/fhirtypes';
import type { Claim } from '../access/claim.js';
import { type Change, sameButMeta } from '../access/draft.js';
import { decidesAccess } from '../access/rules.js';
import type { Session } from '../access/session.js';
import type { Writer } from '../access/writer.js';
import { FhirError } from '../fhir/errors.js';
import { parseJson } from '../fhir/json.js';
import { rewriteReferences } from '../fhir/references.js';
import { patientOf } from '../fhir/resource-types.js';
import { PZP_FORM } from '../izp/codes.js';
import { sameContent } from '../izp/digest.js';
import { expressionOf, type FormProblem, readAnswers } from '../izp/form/answers.js';
import { professionalOf } from '../izp/form/conversation-parts.js';
import { type Extraction, extract } from '../izp/form/extract.js';
import { FORM_PROFESSIONAL } from '../izp/form/form-codes.js';
import { formKeyOf, isProvenanceOf, partName } from '../izp/form/form-key.js';
import { formStateOf, isAgreedForm, isKnownForm, withFormState } from '../izp/form/form-state.js';
import type { Part } from '../izp/form/parts.js';
import { PROVENANCE_PART } from '../izp/form/provenance-part.js';
import { withQualityTag } from '../izp/own-profiles.js';
import { isPzpForm } from '../izp/parts.js';
import { isError } from '../validation/write-verdict.js';
import type { InteractionContext } from './context.js';
import { atEntry, within } from './entry-error.js';
import { patched } from './json-patch.js';
import type { WriteEntry } from './write-entry.js';
import type { Target } from './write-target.js';

/** What the forms of a set of writes change beside themselves. */
export interface FormChanges {
  claims: Claim[];
  changes: Change[];
  /** What kept a form from being extracted, or a part of it from being made, by its target. */
  problems: Map<Target, FormProblem[]>;
  /** True when nothing is changed that decides who sees a record. */
  isGuest: boolean;
}

/** Who is known by name and function is made once: names to lock before anything is looked up. */
export function formLockNames(session: Session, entries: WriteEntry[]): string[] {
  return entries.flatMap(({ resource }) => {
    if (!isForm(resource)) return [];
    const identifier = professionalOf(readAnswers(resource).form)?.identifier;
    if (identifier === undefined) return [];
    const named = { system: FORM_PROFESSIONAL, value: identifier.value as string };
    return ['Practitioner', 'PractitionerRole'].map((type) => session.identifierLock(type, named));
  });
}

/** Asked before anything is known to be valid. */
function isForm(resource: Resource | undefined): boolean {
  const { resourceType, questionnaire } = (resource ?? {}) as Record<string, unknown>;
  return resourceType === 'QuestionnaireResponse' && typeof questionnaire === 'string' && isPzpForm(resource as Resource);
}

/** Works out what the forms among the targets change, and tags them. Their patients' records must be claimed. */
export async function extractForms(
  context: InteractionContext,
  session: Session,
  writer: Writer,
  targets: Target[],
  isGuest: boolean,
): Promise<FormChanges> {
  const made: FormChanges = { claims: [], changes: [], problems: new Map(), isGuest };
  for (const target of targets) {
    if (target.entry.type !== 'QuestionnaireResponse' || target.found || target.sameAs) continue;
    await extractForm({ context, session, writer, targets, made }, target).catch((error) => {
      throw atEntry(error, target.entry.at);
    });
  }
  refuseChangedTwice(targets, made.changes);
  return made;
}

interface Extracting {
  context: InteractionContext;
  session: Session;
  writer: Writer;
  targets: Target[];
  made: FormChanges;
}

async function extractForm(extracting: Extracting, target: Target): Promise<void> {
  const { writer, context } = extracting;
  const reference = `QuestionnaireResponse/${target.id}`;
  const row = (await writer.current([reference])).get(reference);
  const before = row && !row.deleted ? (parseJson(row.content) as QuestionnaireResponse) : undefined;
  if (target.entry.verb === 'delete') return refuseLosingSource(extracting, before, row?.patientId);
  patchNow(target, before);
  const sent = target.entry.resource;
  // What is no valid response is refused where every write is judged.
  if (!sent || context.validate(sent).issues.some(isError)) return;
  const response = { ...withFormState(sent, undefined), id: target.id } as QuestionnaireResponse;
  const wasExtracted = before !== undefined && formStateOf(before) === 'extracted';
  const moved = row?.patientId !== null && row?.patientId !== patientOf(response) ? row?.patientId : undefined;
  if (isAgreedForm(response)) {
    // Sent again as it is, it undoes nothing that was changed since.
    if (wasExtracted && sameButMeta(withFormState(response, 'extracted'), row?.content ?? '')) {
      target.entry.resource = withFormState(sent, 'extracted');
      return;
    }
    target.entry.resource = withFormState(sent, await carryOut(extracting, target, response, moved === undefined ? before : undefined));
  } else {
    target.entry.resource = withFormState(sent, undefined);
    const isVoid = response.status === 'entered-in-error' || !isKnownForm(response);
    if (wasExtracted && isVoid && row?.patientId) await withdrawAll(extracting, before, row.patientId);
  }
  if (wasExtracted && moved) await withdrawAll(extracting, before, moved);
}

/** A patch is worked out here: what it makes of the form must be known before the form is stored. */
function patchNow(target: Target, before: QuestionnaireResponse | undefined): void {
  const { entry } = target;
  if (entry.verb !== 'patch' || !before) return;
  const resource = within(entry.at, () => patched(before, entry.patch ?? []));
  target.entry = { ...entry, verb: 'update', resource, patch: undefined };
}

/** Extracts and plans the changes; the state the response is in then. */
async function carryOut(
  { context, session, writer, targets, made }: Extracting,
  target: Target,
  response: QuestionnaireResponse,
  before: QuestionnaireResponse | undefined,
): Promise<'extracted' | 'unreadable' | undefined> {
  const patientId = patientOf(response);
  // Refused where every resource is that names no patient.
  if (patientId === undefined) return undefined;
  const record = await recordOf(writer, patientId);
  const find = (reference: string) => record.get(reference);
  const key = formKeyOf(response, find);
  const patient = `Patient/${patientId}`;
  const { principal } = session;
  const facts = {
    key,
    now: session.now(),
    birthDate: birthDateOf(targets, patientId) ?? (record.get(patient) as Patient | undefined)?.birthDate,
    ...(principal.organizationUra !== undefined && { sender: { ura: principal.organizationUra, name: principal.organizationName ?? '' } }),
    isGuest: made.isGuest,
    referenceTo: placeholder,
  };
  const { parts, problems } = extract(response, { reference: patient }, facts);
  const refused = problems.filter(({ refuses }) => refuses);
  if (refused.length > 0) throw new FhirError('business-rule', '', { issues: issuesOf(refused, 'error') });
  const invalid = problems.length > 0 ? problems : invalidParts(context, parts);
  if (invalid.length > 0) {
    made.problems.set(target, invalid);
    return 'unreadable';
  }
  const former = formerParts(before, find, patient, facts);
  const { ids, known } = await idsOf(session, parts, record, key);
  for (const part of parts) {
    if (known.has(part.part)) continue;
    // A correction changes what it corrects: what was withdrawn or changed since, otherwise than by the form, stays so.
    if (former.has(part.part) && sameContent(former.get(part.part) as Resource, comparable(part))) continue;
    plan(made, named(part, ids, record), context);
  }
  const kept = new Set(parts.map(({ part }) => part));
  for (const [reference, resource] of record) {
    const name = partName(resource);
    if (name?.key !== key || kept.has(name.part)) continue;
    if (!made.isGuest || !decidesAccess(resource)) planDelete(made, reference);
  }
  if (made.isGuest && isPzpForm(response)) made.problems.set(target, NOT_A_GUESTS);
  return 'extracted';
}

/** A form comes from whoever held the conversation; who sees the record is for its keeper and the care team to write. */
const NOT_A_GUESTS: FormProblem[] = ['29', '1201'].map((linkId) => ({
  linkId,
  code: 'forbidden',
  text: 'You may not write contact persons and permissions to this record: what the form says of them was left out. Its other answers were taken over.',
}));

const placeholder = (type: string, part: string) => `${type}/~${part}`;

/** Only the Provenance tells when it was made. */
function comparable({ resource }: Part): Resource {
  return resource.resourceType === 'Provenance' ? { ...resource, recorded: '' } : resource;
}

/** What the stored version of the form was extracted to. */
function formerParts(
  before: QuestionnaireResponse | undefined,
  find: (reference: string) => Resource | undefined,
  patient: string,
  facts: Parameters<typeof extract>[2],
): Map<string, Resource> {
  if (before === undefined || formStateOf(before) !== 'extracted' || formKeyOf(before, find) !== facts.key) return new Map();
  const { parts }: Extraction = extract(before, { reference: patient }, facts);
  return new Map(parts.map((part) => [part.part, comparable(part)]));
}

async function recordOf(writer: Writer, patientId: string): Promise<Map<string, Resource>> {
  const rows = await writer.compartment(patientId);
  return new Map(rows.map((row) => [`${row.type}/${row.id}`, parseJson(row.content) as Resource]));
}

/** The patient may come with the form. */
function birthDateOf(targets: Target[], patientId: string): string | undefined {
  const sent = targets.find(({ entry, id }) => entry.type === 'Patient' && id === patientId)?.entry.resource;
  return (sent as Patient | undefined)?.birthDate;
}

/** Which resource each part is: the one made of it before, or a new one. `known` are professionals, who stay as they are. */
async function idsOf(
  session: Session,
  parts: Part[],
  record: Map<string, Resource>,
  key: string,
): Promise<{ ids: Map<string, string>; known: Set<string> }> {
  const ids = new Map<string, string>();
  const known = new Set<string>();
  for (const [reference, resource] of record) {
    const [type, id] = reference.split('/') as [string, string];
    const name = partName(resource);
    if (name?.key === key) ids.set(placeholder(type, name.part), id);
    if (isProvenanceOf(resource, key)) ids.set(placeholder(type, PROVENANCE_PART), id);
  }
  const professionals = parts.flatMap(({ part, resource }) => {
    const [identifier] = (resource as { identifier?: { system: string; value: string }[] }).identifier ?? [];
    return identifier?.system === FORM_PROFESSIONAL ? [{ part, type: resource.resourceType as string, ...identifier }] : [];
  });
  const found = await session.ownIdentifiers(professionals);
  for (const { part, type, system, value } of professionals) {
    const id = found.get(`${type}|${system}|${value}`);
    if (id === undefined) continue;
    ids.set(placeholder(type, part), id);
    known.add(part);
  }
  for (const { part, resource } of parts) {
    const name = placeholder(resource.resourceType, part);
    if (!ids.has(name)) ids.set(name, session.newId());
  }
  return { ids, known };
}

function named({ part, resource }: Part, ids: Map<string, string>, record: Map<string, Resource>): Resource {
  const whole = { ...structuredClone(resource), id: ids.get(placeholder(resource.resourceType, part)) } as Resource;
  rewriteReferences(whole, (reference) => {
    const id = ids.get(reference);
    return id === undefined ? undefined : `${reference.slice(0, reference.indexOf('/'))}/${id}`;
  });
  const stored = record.get(`${whole.resourceType}/${whole.id}`);
  if (whole.resourceType !== 'Provenance' || stored?.resourceType !== 'Provenance') return whole;
  const again = { ...whole, recorded: stored.recorded };
  return sameContent({ ...again, id: undefined }, { ...stored, id: undefined }) ? again : whole;
}

function plan(made: FormChanges, resource: Resource, context: InteractionContext): void {
  const { accepted } = context.validate(resource, TOLERANT);
  const whole = withQualityTag(resource, accepted.length > 0);
  const [type, id] = [resource.resourceType, resource.id as string];
  made.claims.push({ reference: `${type}/${id}`, resource: whole });
  made.changes.push({
    method: 'PUT',
    type,
    id,
    build: (current) => (current && !current.deleted ? merged(whole, current.content) : whole),
  });
}

/** Known professionals keep what their organisation told of them since. */
function merged(whole: Resource, content: string): Resource {
  if (whole.resourceType !== 'Practitioner' && whole.resourceType !== 'PractitionerRole') return whole;
  return parseJson(content) as Resource;
}

function planDelete(made: FormChanges, reference: string): void {
  const [type, id] = reference.split('/') as [string, string];
  made.claims.push({ reference });
  made.changes.push({ method: 'DELETE', type, id, build: () => 'delete' });
}

/** Errors of published profiles do not keep a wish out of the record; they are tagged. */
const TOLERANT = { onProfileErrors: 'accept-and-report' } as const;

function invalidParts(context: InteractionContext, parts: Part[]): FormProblem[] {
  const errors = parts.flatMap(({ resource }) => context.validate(resource, TOLERANT).issues.filter(isError));
  return errors.map(({ diagnostics }) => ({
    linkId: '?',
    code: 'invalid',
    text: `What the form would become is not valid. ${diagnostics ?? ''}`,
  }));
}

/** Takes back all that was made of the form. */
async function withdrawAll({ writer, made }: Extracting, before: QuestionnaireResponse, patientId: string): Promise<void> {
  const record = await recordOf(writer, patientId);
  const key = formKeyOf(before, (reference) => record.get(reference));
  for (const [reference, resource] of record)
    if (partName(resource)?.key === key || isProvenanceOf(resource, key)) planDelete(made, reference);
}

/** Agreements whose form is gone would tell nobody where they came from; a form sent by mistake is marked as such. */
async function refuseLosingSource({ writer }: Extracting, before: QuestionnaireResponse | undefined, patientId: string | null | undefined) {
  if (!before || !patientId || formStateOf(before) !== 'extracted') return;
  const record = await recordOf(writer, patientId);
  const key = formKeyOf(before, (reference) => record.get(reference));
  if (![...record.values()].some((resource) => partName(resource)?.key === key)) return;
  throw new FhirError(
    'business-rule',
    'Agreements in the record were made of this form. Was it sent by mistake, update it with status entered-in-error: that takes them back with it.',
    { expression: 'QuestionnaireResponse' },
  );
}

function refuseChangedTwice(targets: Target[], changes: Change[]): void {
  const own = new Set(changes.map(({ type, id }) => `${type}/${id}`));
  const other = targets.find(({ entry, id, found, sameAs }) => !found && !sameAs && own.has(`${entry.type}/${id}`));
  if (other === undefined && own.size === changes.length) return;
  throw new FhirError('bad-parameter', 'A transaction may change a resource only once: this one also changes the form it was made of.', {
    expression: other?.entry.at || 'QuestionnaireResponse',
  });
}

/** The problems as they are told: they refuse, or are told with what was stored. */
export function issuesOf(problems: FormProblem[], severity: 'error' | 'warning'): OperationOutcomeIssue[] {
  const told = ' The form was stored, and nothing of it stands in the agreements.';
  return problems.map((problem) => ({
    severity,
    code: problem.code,
    diagnostics: severity === 'error' || problem.code === 'forbidden' ? problem.text : `${problem.text}${told}`,
    expression: [problem.linkId === '?' ? 'QuestionnaireResponse' : expressionOf(problem)],
  }));
}

/** Adds what kept forms from being extracted to what their writers are told, and to the list of the senders' vendors. */
export function tellProblems({ problems }: FormChanges): void {
  for (const [target, found] of problems) {
    const { issues = [], accepted = [] } = target.verdict ?? {};
    const reported = found.map((problem) => ({ profile: PZP_FORM, expression: expressionOf(problem), rule: `form-${problem.code}` }));
    target.verdict = { issues: [...issuesOf(found, 'warning'), ...issues], accepted: [...accepted, ...reported] };
  }
}
