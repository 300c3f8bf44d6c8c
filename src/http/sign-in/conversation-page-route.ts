// /gesprek: the conversation form for organisations without an EHR. A draft is a response in progress in the record; completed, it is
// extracted as any other.
import type { FastifyInstance } from 'fastify';
import { rehearse } from '../../access/rehearsal.js';
import { FhirError } from '../../fhir/errors.js';
import { FHIR_ID } from '../../fhir/references.js';
import type { EmergencyCard } from '../../izp/card.js';
import { dutchDay } from '../../izp/dutch.js';
import { formStateOf } from '../../izp/form/form-state.js';
import { type Fields, fieldsOf, readFields, typedFields } from '../../izp/form/page-fields.js';
import { lacksOf } from '../../izp/form/page-lacks.js';
import { checkPage, toldParts } from '../pages/conversation-check-page.js';
import { conversationForm } from '../pages/conversation-form-page.js';
import { changesPart, OVERWRITES, REMOVED } from '../pages/conversation-notices.js';
import { resultPage } from '../pages/conversation-result-page.js';
import { choicePage, deletePage, patientForm } from '../pages/conversation-start-page.js';
import { ACTION, CONVERSATION_PATH, DRAFT } from '../pages/conversation-style.js';
import { FAULT_WORDS, REFUSAL_WORDS, REFUSED } from '../pages/conversation-words.data.js';
import type { Content } from '../pages/html.js';
import {
  answersOf,
  begin,
  changesSince,
  complete,
  type Draft,
  dayOf,
  discard,
  draftsOf,
  formOf,
  isCompleted,
  lastConversation,
  linkIdsOf,
  patientWords,
  planName,
  planOf,
  save,
  withAnswers,
} from './conversation-drafts.js';
import { findPatient, openRecord } from './conversation-patient.js';
import { MAX_FIELDS } from './form-names.js';
import { type PageAnswer, type PageDeps, registerPage, type Visit } from './page-route.js';

export function registerConversationPage(app: FastifyInstance, deps: PageDeps): void {
  registerPage(app, deps, {
    path: CONVERSATION_PATH,
    interaction: 'conversation-page',
    purposes: ['TREAT'],
    show,
    receive,
    typed: (form) => toldParts(typedFields(form)),
  });
}

async function show(visit: Visit): Promise<PageAnswer> {
  requireCarer(visit);
  const { query, viewer, session } = visit;
  const [formId, patientId, kind] = [query.get(DRAFT), query.get('patient'), query.get('soort')];
  if (formId !== null) return showForm(visit, await formOf(session, idOf(formId)));
  if (patientId === null) return patientForm(viewer);
  const patient = await patientWords(visit, idOf(patientId));
  const drafts = await draftsOf(visit, patient.id);
  if (kind === null) {
    const last = await lastConversation(visit, patient.id);
    if (drafts.length > 0 || last !== undefined) {
      const lines = drafts.map((draft) => ({ id: draft.id, saved: draft.saved ?? 0, day: inWords(dayOf(draft.response)) }));
      return choicePage({ viewer, patient, drafts: lines, last: inWords(last) });
    }
  }
  const { draft, open } = await begin(visit, patient.id, session.newId(), kind === 'verbetering');
  return formPage(visit, draft, fieldsOf(answersOf(draft)), { open });
}

const inWords = (day: string | undefined) => (day === undefined ? undefined : dutchDay(day));

async function showForm(visit: Visit, draft: Draft): Promise<PageAnswer> {
  const { session, viewer, query, now } = visit;
  const patient = await patientWords(visit, draft.patientId);
  if (isCompleted(draft)) {
    const card = await session.cardByPatient(draft.patientId, 'card');
    const isExtracted = formStateOf(draft.response) === 'extracted';
    return resultPage({ viewer, patient, card: card && (JSON.parse(card.text) as EmergencyCard), isExtracted, now });
  }
  if (query.get('stap') === 'verwijderen')
    return deletePage({ viewer, patient, draft: { id: draft.id, version: draft.version, saved: draft.saved ?? now } });
  if (query.get('stap') === 'controle') return check(visit, draft);
  const changes = await changesSince(visit, draft, await planOf(session, draft.patientId));
  // Who the patient is stands in the record, whatever the draft took over of it then.
  const { draft: fresh } = await begin(visit, draft.patientId, draft.id, false);
  const fields = withIdentity(fieldsOf(answersOf(draft)), fieldsOf(answersOf(fresh)));
  return formPage(visit, draft, fields, { notice: changes && changesPart(changes, draft.patientId) });
}

const IDENTITY = ['964', '965', '966', '967'];

function withIdentity(fields: Fields, known: Fields): Fields {
  const others = [...fields].filter(([name]) => !IDENTITY.includes(name));
  return new Map([...others, ...[...known].filter(([name]) => IDENTITY.includes(name))]);
}

async function receive(visit: Visit): Promise<PageAnswer> {
  requireCarer(visit);
  const { form } = visit;
  if ([...form.keys()].length > MAX_FIELDS) throw new FhirError('too-large', 'A form has fewer fields.');
  const action = form.get(ACTION) ?? 'zoeken';
  if (action === 'zoeken') return findPatient(visit);
  if (action === 'openen') return openRecord(visit);
  if (action === 'verwijderen') return remove(visit);
  if (action === 'afronden') return finish(visit);
  if (action === 'controleren' || action.startsWith('bewaren')) return keep(visit, action);
  throw new FhirError('bad-parameter', 'The form names no action of this page.', { expression: ACTION });
}

/** Saves what was typed; on to the check, or back to where it was saved. */
async function keep(visit: Visit, action: string): Promise<PageAnswer> {
  const { form, session } = visit;
  const id = idOf(form.get(DRAFT));
  const version = versionOf(form.get('versie'));
  const fields = typedFields(form);
  const { scope, faults } = readFields(fields);
  const patientId = idOf(form.get('patient'));
  const anew = async () => (await begin(visit, patientId, id, form.get('soort') === 'verbetering')).draft;
  const stored = version === 0 ? undefined : await theirs(visit, id, patientId);
  if (version > 0 && stored === undefined) return { status: 409, ...(await formPage(visit, await anew(), fields, { notice: REMOVED })) };
  const base = stored ?? (await anew());
  if (isCompleted(base)) return { seeOther: at(id) };
  const draft = { ...withAnswers(base, scope), version };
  const errors = faults.map(({ field, fault }) => ({ field, text: FAULT_WORDS[fault] }));
  if (errors.length > 0) return { status: 422, ...(await formPage(visit, draft, fields, { errors })) };
  try {
    await save(visit, draft);
  } catch (error) {
    if (!(error instanceof FhirError) || error.kind !== 'precondition-failed') throw error;
    return savedElsewhere(visit, draft, fields, action);
  }
  return goOn(visit, await formOf(session, id), action);
}

async function goOn(visit: Visit, draft: Draft, action: string): Promise<PageAnswer> {
  const section = /^bewaren-(deel-\d)$/.exec(action)?.[1];
  if (action !== 'controleren') return { seeOther: `${at(draft.id)}${section === undefined ? '' : `#${section}`}` };
  const fields = fieldsOf(answersOf(draft));
  const lacks = lacksOf(answersOf(draft)).map(({ field, lack }) => ({ field, text: FAULT_WORDS[lack] }));
  if (lacks.length > 0) return { status: 422, ...(await formPage(visit, draft, fields, { errors: lacks })) };
  const rehearsed = await rehearsal(visit, draft);
  if ('errors' in rehearsed) return { status: 422, ...(await formPage(visit, draft, fields, rehearsed)) };
  return { seeOther: `${at(draft.id)}&stap=controle` };
}

/** The same sent twice is done already; anything else waits until its writer has chosen. */
async function savedElsewhere(visit: Visit, draft: Draft, fields: Fields, action: string): Promise<PageAnswer> {
  const stored = await theirs(visit, draft.id, draft.patientId);
  if (!stored) return { status: 409, ...(await formPage(visit, { ...draft, version: 0 }, fields, { notice: REMOVED })) };
  if (isCompleted(stored)) return { seeOther: at(draft.id) };
  if (JSON.stringify(stored.response.item) === JSON.stringify(draft.response.item)) return goOn(visit, stored, action);
  const { version, saved } = stored;
  return { status: 409, ...(await formPage(visit, { ...draft, version, saved }, fields, { notice: OVERWRITES })) };
}

/** Their own draft, of that very patient; undefined once it was deleted. */
async function theirs({ session }: Visit, id: string, patientId: string): Promise<Draft | undefined> {
  try {
    const draft = await formOf(session, id);
    if (draft.patientId !== patientId) throw new FhirError('bad-parameter', 'The draft is of another patient.', { expression: 'patient' });
    return draft;
  } catch (error) {
    if (error instanceof FhirError && error.kind === 'gone') return undefined;
    throw error;
  }
}

type Errors = { field: string; text: string }[];

/** What completing would do, or the questions that keep it from being done. */
async function rehearsal(visit: Visit, draft: Draft): Promise<Awaited<ReturnType<typeof complete>> | { errors: Errors }> {
  try {
    return await rehearse(visit.session, () => complete(visit, draft));
  } catch (error) {
    return { errors: errorsOf(error) };
  }
}

/** What was refused, at its questions. Throws what is about none. */
function errorsOf(error: unknown): Errors {
  const issues = error instanceof FhirError ? error.issues : [];
  const errors = issues.flatMap((issue) =>
    linkIdsOf(issue).map((linkId) => ({ field: linkId, text: REFUSAL_WORDS[`${linkId} ${issue.code}`] ?? REFUSED })),
  );
  if (errors.length === 0) throw error;
  return errors;
}

async function check(visit: Visit, draft: Draft, isUnconfirmed = false): Promise<PageAnswer> {
  const { session, viewer, now } = visit;
  const fields = fieldsOf(answersOf(draft));
  const lacks = lacksOf(answersOf(draft)).map(({ field, lack }) => ({ field, text: FAULT_WORDS[lack] }));
  const rehearsed = lacks.length > 0 ? { errors: lacks } : await rehearsal(visit, draft);
  if ('errors' in rehearsed) return { status: 422, ...(await formPage(visit, draft, fields, rehearsed)) };
  const plan = await planOf(session, draft.patientId);
  const changes = await changesSince(visit, draft, plan);
  const page = checkPage({
    viewer,
    patient: await patientWords(visit, draft.patientId),
    draft,
    plan: planName(plan),
    fields,
    warnings: rehearsed.warnings,
    changes: changes && changesPart(changes, draft.patientId),
    isUnconfirmed,
    card: rehearsed.card,
    now,
  });
  return isUnconfirmed ? { status: 409, ...page } : page;
}

/** Completes what was checked: nothing that changed since, in the draft or in the plan, goes unseen. */
async function finish(visit: Visit): Promise<PageAnswer> {
  const { form, session } = visit;
  const draft = await formOf(session, idOf(form.get(DRAFT)));
  // Sent twice, it is done once.
  if (isCompleted(draft)) return { seeOther: at(draft.id) };
  if (draft.version !== versionOf(form.get('versie'))) return check(visit, draft, true);
  try {
    const isDone = await session.transaction(async (writer) => {
      await writer.claim([{ reference: `QuestionnaireResponse/${draft.id}` }]);
      const plan = await planOf(session, draft.patientId);
      if (planName(plan) !== form.get('plan')) return false;
      if ((await changesSince(visit, draft, plan)) !== undefined && form.get('gezien') !== 'ja') return false;
      await complete(visit, draft);
      return true;
    });
    return isDone ? { seeOther: at(draft.id) } : await check(visit, draft, true);
  } catch (error) {
    if (error instanceof FhirError && error.kind === 'precondition-failed') {
      const stored = await formOf(session, draft.id);
      return isCompleted(stored) ? { seeOther: at(draft.id) } : check(visit, stored, true);
    }
    return { status: 422, ...(await formPage(visit, draft, fieldsOf(answersOf(draft)), { errors: errorsOf(error) })) };
  }
}

async function remove(visit: Visit): Promise<PageAnswer> {
  const { form, session } = visit;
  const draft = await formOf(session, idOf(form.get(DRAFT)));
  if (!isCompleted(draft)) await discard(visit, { ...draft, version: versionOf(form.get('versie')) });
  return { seeOther: isCompleted(draft) ? at(draft.id) : `${CONVERSATION_PATH}?patient=${draft.patientId}` };
}

async function formPage(
  visit: Visit,
  draft: Draft,
  fields: Fields,
  { errors = [], open = [], notice }: { errors?: Errors; open?: string[]; notice?: Content } = {},
) {
  const { id, version, saved, response, patientId } = draft;
  return conversationForm({
    viewer: visit.viewer,
    patient: await patientWords(visit, patientId),
    draft: { id, version, saved, isCorrection: response.partOf !== undefined },
    filling: { fields, faults: new Map(errors.map(({ field, text }) => [field, text])), open: new Set(open) },
    errors,
    notice,
  });
}

const at = (id: string) => `${CONVERSATION_PATH}?${DRAFT}=${id}`;

/** A patient reads and proposes; a conversation is recorded by who held it. */
function requireCarer({ session }: Visit): void {
  if (session.principal.patientId !== undefined) throw new FhirError('forbidden', 'Conversations are recorded by carers.');
}

function idOf(text: string | null): string {
  if (text === null || !FHIR_ID.test(text)) throw new FhirError('bad-parameter', 'This is no id.', { expression: DRAFT });
  return text;
}

/** 0 for what was never stored. */
function versionOf(text: string | null): number {
  if (text === null || !/^\d{1,9}$/.test(text)) throw new FhirError('bad-parameter', 'This is no version.', { expression: 'versie' });
  return Number(text);
}
