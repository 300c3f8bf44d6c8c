// Drafts of the conversation form as the record keeps them: begun from what is known, saved, compared with the plan, completed. Whatever
// is written or worked out here is by the interactions and operations of the API.
import type { OperationOutcome, Parameters, Patient, QuestionnaireResponse, Resource } from '@medplum/fhirtypes';
import type { Session } from '../../access/session.js';
import { FhirError } from '../../fhir/errors.js';
import { etag, type FhirRequest } from '../../fhir/exchange.js';
import { parseJson } from '../../fhir/json.js';
import type { EmergencyCard } from '../../izp/card.js';
import { PZP_FORM } from '../../izp/codes.js';
import { dutchDay } from '../../izp/dutch.js';
import { answerOf, readAnswers, type Scope } from '../../izp/form/answers.js';
import { formStateOf } from '../../izp/form/form-state.js';
import { forNewConversation } from '../../izp/form/page-fields.js';
import { answersAsItems } from '../../izp/form/populate.js';
import { AGREED_FORM, isPzpForm } from '../../izp/parts.js';
import { nameOf } from '../../izp/people.js';
import { parseSearch } from '../../search/query.js';
import type { Visit } from './page-route.js';

type Way = Pick<Visit, 'session' | 'context'>;

/** A draft under way. `version` is 0 before it is stored. */
export interface Draft {
  id: string;
  version: number;
  patientId: string;
  response: QuestionnaireResponse;
  /** Epoch milliseconds of the last save. */
  saved?: number;
}

const ask = ({ session, context }: Way, request: Pick<FhirRequest, 'method' | 'path'> & Partial<FhirRequest>) =>
  context.dispatch(session, { query: [], headers: {}, ...request });

/** Who the form is about, in words. Throws 'not-found' when the patient is not available. */
export async function patientWords({ session }: Way, patientId: string): Promise<{ id: string; words: string }> {
  const patient = parseJson((await session.read('Patient', patientId)).content) as Patient;
  const born = patient.birthDate === undefined ? 'geboortedatum onbekend' : dutchDay(patient.birthDate);
  return { id: patientId, words: `${nameOf(patient.name) ?? 'naam onbekend'} · ${born}` };
}

/** A form filled in from the record. A new conversation is not the last one: what was true of that alone is left out. */
export async function begin(way: Way, patientId: string, id: string, isCorrection: boolean): Promise<{ draft: Draft; open: string[] }> {
  const { resource } = await ask(way, {
    method: 'GET',
    path: ['Questionnaire', '$populate'],
    query: [
      ['subject', `Patient/${patientId}`],
      ['canonical', PZP_FORM],
    ],
  });
  const { parameter = [] } = resource as Parameters;
  const known = parameter.find(({ name }) => name === 'response')?.resource as QuestionnaireResponse;
  const issues = parameter.find(({ name }) => name === 'issues')?.resource as OperationOutcome | undefined;
  const plan = await planOf(way.session, patientId);
  const { partOf, ...rest } = known;
  const response: QuestionnaireResponse = {
    ...rest,
    id,
    ...(isCorrection && partOf && { partOf }),
    ...(plan && { basedOn: [{ reference: `CarePlan/${plan.id}/_history/${plan.version}` }] }),
    ...(!isCorrection && { item: answersAsItems(forNewConversation(readAnswers(known).form), known) }),
  };
  return { draft: { id, version: 0, patientId, response }, open: (issues?.issue ?? []).flatMap(linkIdsOf) };
}

/** The day of the last recorded conversation; undefined when there is none. */
export async function lastConversation(way: Way, patientId: string): Promise<string | undefined> {
  const { draft } = await begin(way, patientId, way.session.newId(), true);
  return draft.response.partOf === undefined ? undefined : dayOf(draft.response);
}

export function dayOf(response: QuestionnaireResponse): string | undefined {
  return answerOf(readAnswers(response).form, '963')?.day;
}

/** Their organisation's drafts of this patient, the last saved first. */
export async function draftsOf({ session, context }: Way, patientId: string): Promise<Draft[]> {
  const asked: [string, string][] = [
    ['subject', `Patient/${patientId}`],
    ['status', 'in-progress'],
    ['questionnaire', PZP_FORM],
  ];
  const search = parseSearch('QuestionnaireResponse', asked, { baseUrl: context.baseUrl, valueSet: context.valueSet, now: session.now() });
  const { matches } = await session.search(search, undefined, patientId);
  const drafts: Draft[] = [];
  for (const { id } of matches) {
    const row = await session.read('QuestionnaireResponse', id);
    if (isOwn(row, session)) drafts.push({ ...draftOf(row), patientId });
  }
  return drafts.sort((a, b) => (b.saved ?? 0) - (a.saved ?? 0));
}

function isOwn({ authorUra }: { authorUra: string | null }, { principal }: Session): boolean {
  return authorUra !== null && authorUra === principal.organizationUra;
}

const draftOf = (row: { id: string; version: number; content: string; lastUpdated: Date }) => ({
  id: row.id,
  version: row.version,
  response: parseJson(row.content) as QuestionnaireResponse,
  saved: row.lastUpdated.getTime(),
});

/** A draft, or the completed form, of their own organisation; another's is as if it were not there. */
export async function formOf(session: Session, id: string): Promise<Draft> {
  const row = await session.read('QuestionnaireResponse', id);
  const draft = draftOf(row);
  if (!isOwn(row, session) || row.patientId === null || !isPzpForm(draft.response))
    throw new FhirError('not-found', 'There is no such draft of your organisation.');
  return { ...draft, patientId: row.patientId };
}

export function isCompleted({ response }: Draft): boolean {
  return AGREED_FORM.has(response.status);
}

/** The answers of a stored draft. Throws 'business-rule' for one that the page would lose something of. */
export function answersOf({ response }: Draft): Scope {
  const { form, problems } = readAnswers(response);
  if (problems.length > 0)
    throw new FhirError('business-rule', 'This draft was made by another system and holds answers that this page has no fields for.');
  return form;
}

export const withAnswers = (draft: Draft, answers: Scope): Draft => ({
  ...draft,
  response: { ...draft.response, item: answersAsItems(answers, draft.response) },
});

/** Stores the draft as it is. Throws 'precondition-failed' when it is not the version it was. */
export async function save(way: Way, { id, version, response }: Draft): Promise<void> {
  const { meta: _meta, ...body } = response;
  await ask(way, {
    method: 'PUT',
    path: ['QuestionnaireResponse', id],
    headers: { ...(version === 0 ? { 'if-none-match': '*' } : { 'if-match': etag(version) }), prefer: 'return=minimal' },
    body,
  });
}

export async function discard(way: Way, { id, version }: Draft): Promise<void> {
  await ask(way, { method: 'DELETE', path: ['QuestionnaireResponse', id], headers: { 'if-match': etag(version) } });
}

export interface PlanVersion {
  id: string;
  version: number;
}

/** The plan as it is now; undefined when there is none. */
export async function planOf(session: Session, patientId: string): Promise<PlanVersion | undefined> {
  const card = await session.cardByPatient(patientId, 'card');
  if (!card) return undefined;
  const { plan, version } = JSON.parse(card.text) as EmergencyCard;
  return { id: plan.reference.replace('CarePlan/', ''), version: Number.parseInt(version, 10) };
}

export const planName = (plan: PlanVersion | undefined): string => (plan === undefined ? '' : `${plan.id}/${plan.version}`);

/** The plan that the draft was begun on. */
export function planBefore({ response }: Draft): PlanVersion | undefined {
  const [, id, version] = /^CarePlan\/([^/]+)\/_history\/(\d+)$/.exec(response.basedOn?.[0]?.reference ?? '') ?? [];
  return id === undefined ? undefined : { id, version: Number(version) };
}

export interface PlanChange {
  what: string;
  before?: string;
  after?: string;
  by?: string;
  when?: string;
}

/** What changed in the plan since the draft was begun, as $verify tells it; undefined when nothing did. */
export async function changesSince(way: Way, draft: Draft, now: PlanVersion | undefined): Promise<PlanChange[] | undefined> {
  const before = planBefore(draft);
  if (planName(before) === planName(now)) return undefined;
  if (before === undefined || before.id !== now?.id) return [];
  const { resource } = await ask(way, {
    method: 'GET',
    path: ['CarePlan', before.id, '$verify'],
    query: [['version', String(before.version)]],
  });
  const changed = ((resource as Parameters).parameter ?? []).filter(({ name }) => name === 'changed');
  return changed.map(({ part = [] }) => {
    const text = (wanted: string) => part.find(({ name }) => name === wanted)?.valueString;
    return {
      what: text('what') ?? '',
      before: text('before'),
      after: text('after'),
      by: text('by'),
      when: part.find(({ name }) => name === 'when')?.valueDateTime,
    };
  });
}

export interface Completed {
  card: EmergencyCard | undefined;
  /** Contradictions of what is agreed now, and what was left out; in Dutch where the service has Dutch for it. */
  warnings: string[];
}

/** Completes the draft: inside the transaction, or the rehearsal, of its caller. Throws what keeps it from becoming agreements. */
export async function complete(way: Way, { id, version, patientId, response }: Draft): Promise<Completed> {
  const { session } = way;
  const { meta: _meta, ...body } = response;
  const { resource } = await ask(way, {
    method: 'PUT',
    path: ['QuestionnaireResponse', id],
    headers: { 'if-match': etag(version), prefer: 'return=OperationOutcome' },
    body: { ...body, status: 'completed', authored: new Date(session.now()).toISOString() },
  });
  const { issue } = resource as OperationOutcome;
  const stored = parseJson((await session.read('QuestionnaireResponse', id)).content) as Resource;
  // Stored all the same it would be a form that says something and an agreement that does not.
  if (formStateOf(stored) !== 'extracted')
    throw new FhirError('business-rule', 'The form cannot be read.', { issues: issue.filter((one) => linkIdsOf(one).length > 0) });
  await session.transaction((writer) => writer.finish());
  const card = await session.cardByPatient(patientId, 'card');
  const contradictions = issue.flatMap(({ details }) =>
    details?.coding?.[0]?.code?.startsWith('contradiction-') && details.text !== undefined ? [details.text] : [],
  );
  const isPartial = issue.some(({ code }) => code === 'forbidden');
  return { card: card && (JSON.parse(card.text) as EmergencyCard), warnings: [...contradictions, ...(isPartial ? [LEFT_OUT] : [])] };
}

const LEFT_OUT =
  'Uw organisatie mag in dit dossier geen contactpersonen en geen toestemming vastleggen: die antwoorden worden niet overgenomen.';

/** The questions an issue is about. */
export function linkIdsOf({ expression = [] }: { expression?: string[] }): string[] {
  return expression.flatMap((one) => /linkId='([^']+)'/.exec(one)?.[1] ?? []);
}
