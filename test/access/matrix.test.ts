// Who gets what of whom: every interaction, operation and route, asked by every kind of caller over HTTP, held to a stated
// expectation: status, not a byte of what is hidden, and exactly the audit events that it must leave.
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, RouteOptions } from 'fastify';
import t from 'tap';
import { FHIR_PATH } from '../../src/http/fhir-address.js';
import { INTERACTION_ROUTES, LOG_ROUTES } from '../../src/http/interactions.js';
import { auditEventId } from '../../src/interactions/audit-event-resource.js';
import { PZP_FORM } from '../../src/izp/codes.js';
import { OPERATIONS } from '../../src/operations/index.js';
import { askPageAs } from '../harness/page-session.js';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';
import { askAs, CALLERS, type Caller, record, SUBJECTS, type Subject } from './matrix-callers.js';
import { GROUPS, type Question, type Row, rows } from './matrix-rows.js';

const ROWS = rows();

/** Routes that Fastify was given: HEAD follows from GET. */
const served = new Set<string>();
const onRoute = ({ method, url }: RouteOptions) => {
  for (const one of [method].flat())
    if (one !== 'HEAD' && !url.startsWith(`${FHIR_PATH}/*`) && url !== FHIR_PATH) served.add(`${one} ${url}`);
};
const onApp = (message: unknown) => (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', onRoute);

const dataDir = await mkdtemp(join(tmpdir(), 'izp-matrix-'));
t.teardown(() => rm(dataDir, { recursive: true, force: true }));
subscribe('fastify.initialization', onApp);
const service = await startService(t, { dataDir, env: { RATE_LIMIT: '0', RATE_LIMIT_EMERGENCY: '0', RATE_LIMIT_REFUSALS: '0' } });
unsubscribe('fastify.initialization', onApp);
const breaking = await startService(t, {
  dataDir,
  database: service.database,
  env: { BREAK_GLASS: 'on', RATE_LIMIT: '0', RATE_LIMIT_EMERGENCY: '0', RATE_LIMIT_REFUSALS: '0' },
});
const { pool } = service.database;

const subjectOf = new Map<string, Subject>(SUBJECTS.map((subject) => [subject.key, subject]));
const asks = new Map<string, Ask>();
for (const caller of CALLERS) {
  const posted = await service.post('', record(subjectOf.get(caller.key) as Subject, caller));
  if (posted.status !== 200) throw new Error(posted.text);
}
const questionnaire = { resourceType: 'Questionnaire', id: 'form', url: PZP_FORM, status: 'active' };
const storedForm = await service.put('Questionnaire/form', questionnaire);
if (storedForm.status >= 300) throw new Error(storedForm.text);
for (const subject of SUBJECTS) {
  const { rows: found } = await pool.query('SELECT id, seq FROM audit_event WHERE patient_id = $1 LIMIT 1', [subject.patient]);
  subject.event = auditEventId(found[0]);
  const { rows: plans } = await pool.query("SELECT id FROM resource WHERE type = 'CarePlan' AND patient_id = $1", [subject.patient]);
  subject.plan = plans[0].id;
}
for (const caller of CALLERS) asks.set(caller.key, await askAs(caller.breakGlass ? breaking : service, dataDir, caller));

interface Asked {
  row: Row;
  caller: Caller;
  subject: Subject;
  question: Question;
  requestId: string;
  answer: Answer;
}

let count = 0;
const another = () => `x${++count}`;

async function send(row: Row, caller: Caller): Promise<Asked> {
  const subject = subjectOf.get(caller.key) as Subject;
  const question = row.ask(subject, another, caller.reason === undefined ? {} : { reason: caller.reason });
  const { url, body, form, headers, first } = question;
  if (first) {
    const stored = await service.put(first.url, first.body);
    if (stored.status >= 300) throw new Error(stored.text);
  }
  const requestId = randomUUID();
  const asTold: Ask = question.isPage ? { as: null, stay: true } : (asks.get(caller.key) as Ask);
  const on: TestService = caller.breakGlass ? breaking : service;
  // A scope is a token's: who has less than the whole of one is nobody at a page.
  const ask = question.isPage && caller.as !== null && caller.scope === undefined ? await askPageAs(on, caller.as, form) : asTold;
  // An answer that openapi.yaml does not know is one that is wrong here too.
  const answer = await on
    .ask(row.method, url, {
      body,
      form,
      ...ask,
      stay: question.stay ?? ask.stay,
      headers: { ...ask.headers, ...headers, 'x-request-id': requestId },
    })
    .catch((error: Error) => ({ status: 0, headers: new Headers(), text: error.message, bytes: Buffer.alloc(0), json: undefined }));
  return { row, caller, subject, question, requestId, answer };
}

const all: Asked[] = [];
for (const row of ROWS) all.push(...(await Promise.all(CALLERS.map((caller) => send(row, caller)))));

interface Event {
  request_id: string;
  patient_id: string | null;
  outcome: string;
  policy: string | null;
  reason: string | null;
  emergency: boolean;
}

const events = new Map<string, Event[]>();
for (const event of (
  await pool.query<Event>(
    'SELECT request_id, patient_id, outcome, policy, reason, emergency FROM audit_event WHERE request_id = ANY ($1)',
    [all.map(({ requestId }) => requestId)],
  )
).rows)
  events.set(event.request_id, [...(events.get(event.request_id) ?? []), event]);

/** Ids the server gave, each with the patient it belongs to. */
const ownerOf = new Map(
  (await pool.query<{ id: string; patient_id: string }>('SELECT id, patient_id FROM resource WHERE patient_id IS NOT NULL')).rows.map(
    ({ id, patient_id }) => [id, patient_id],
  ),
);
const bsnOwner = new Map(SUBJECTS.map(({ bsn, patient }) => [bsn, patient]));

/** Whom a caller may see, in whichever column. */
function seenBy(caller: Caller): Set<string> {
  if ((caller.as === 'gp' && caller.scope === undefined) || caller.as === 'officer') return new Set(SUBJECTS.map(({ patient }) => patient));
  const sameCaller = CALLERS.filter(({ as, purpose, policy }) => as === caller.as && purpose === caller.purpose && policy !== undefined);
  return new Set(sameCaller.filter(({ denial }) => denial === undefined).map(({ key }) => `m-${key}`));
}

/** Everything in the text that belongs to a patient: by whom it belongs, and the word. A random token may hold `m-` as well. */
function traces(text: string): { patient: string; word: string }[] {
  const marked = [...text.matchAll(/\b(?:m|geheim)-([a-z]+)[A-Za-z0-9.-]*/g)]
    .map(([word, key]) => ({ patient: `m-${key}`, word }))
    .filter(({ patient }) => SUBJECTS.some((subject) => subject.patient === patient));
  const named = [...text.matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b\d{9}\b/g)].flatMap(([word]) => {
    const patient = ownerOf.get(word) ?? bsnOwner.get(word);
    return patient === undefined ? [] : [{ patient, word }];
  });
  return [...marked, ...named];
}

/** What the answer holds of patients, beyond the ids that were in the question; a name, a text or a BSN is never given back. */
function leaksIn({ answer, question, requestId }: Asked, allowed: ReadonlySet<string>): string[] {
  const asked = JSON.stringify([question.url, question.body, question.form]);
  const headers = [...answer.headers].filter(([, value]) => value !== requestId).map(([name, value]) => `${name}: ${value}`);
  return (
    traces([answer.text, ...headers].join('\n'))
      .filter(({ patient }) => !allowed.has(patient))
      // A page keeps in its form what was typed into it.
      .filter(({ word }) => !(/^(m-|[0-9a-f]{8}-)/.test(word) || question.isPage) || !asked.includes(word))
      .map(({ word }) => word)
  );
}

/** The events of the request, as `patient outcome policy-or-reason`. */
function eventsOf({ requestId, caller, question }: Asked): string[] {
  const told = (events.get(requestId) ?? []).map(({ patient_id, outcome, policy, reason }) => {
    const ground = patient_id === null ? '' : outcome === 'success' ? ` ${policy}` : ` ${reason}`;
    return `${patient_id ?? 'nobody'} ${outcome}${ground}`;
  });
  const isDoor = (caller.answerPolicy ?? 'x') === 'break-glass' && question.isAnswer;
  if (isDoor && (events.get(requestId) ?? []).some(({ emergency }) => !emergency)) told.push('not marked as an emergency');
  return told.sort();
}

function expectedEvents({ row, caller, subject, question }: Asked): string[] | undefined {
  const { status, mark } = row.cells.get(caller.key) as { status: number; mark: string };
  const policy = question.isAnswer ? (caller.answerPolicy ?? caller.policy) : caller.policy;
  const reason = status === 403 ? 'forbidden' : (caller.denial ?? 'no-permission');
  const denied = `${subject.patient} denied ${reason}`;
  if (mark === '+') return [`${subject.patient} success ${policy}`];
  if (mark === '!') return [denied];
  if (mark === '?') return [denied, 'nobody error'];
  if (mark === '=') return [`${caller.as?.split(':')[1]} empty null`];
  if (mark === 'o') return ['nobody success'];
  if (mark === '') return [];
  if (mark === '.')
    return [
      `nobody ${row.name === 'POST #batch' && status !== 401 ? 'error' : status === 403 || status === 401 ? 'denied' : status < 300 || status === 404 ? 'empty' : 'error'}`,
    ];
  return undefined;
}

t.test('every address has its expectations, and every caller a place in the table', async (t) => {
  const registered = new Set([
    ...[...INTERACTION_ROUTES, ...LOG_ROUTES].map(({ method, path }) => [method, path.join('/')].filter(Boolean).join(' ')),
    ...OPERATIONS.flatMap(({ name, levels, methods }) => methods.flatMap((method) => levels.map((level) => `${method} ${level} $${name}`))),
    ...served,
  ]);
  t.strictSame([...new Set(ROWS.map(({ covers }) => covers))].sort(), [...registered].sort());
  t.strictSame(Object.values(GROUPS).flat().sort(), CALLERS.map(({ key }) => key).sort());
});

for (const row of ROWS) {
  t.test(row.name, async (t) => {
    for (const one of all.filter((asked) => asked.row === row)) {
      const { caller, subject, answer } = one;
      const cell = row.cells.get(caller.key) as { status: number; mark: string };
      const seen = seenBy(caller);
      const isTold = '+*'.includes(cell.mark) && cell.mark !== '';
      t.equal(answer.status, cell.status, `${caller.key}: status ${answer.status === cell.status ? '' : answer.text.slice(0, 300)}`);
      const allowed = isTold
        ? new Set([subject.patient, ...(cell.mark === '*' ? seen : [])])
        : cell.mark === '~'
          ? seen
          : new Set<string>();
      if (cell.mark === '~') allowed.delete(subject.patient);
      t.strictSame(leaksIn(one, allowed), [], `${caller.key}: nothing of what is hidden`);
      const expected = expectedEvents(one);
      const found = eventsOf(one);
      if (expected) t.strictSame(found, expected.sort(), `${caller.key}: the log`);
      else {
        const named = (events.get(one.requestId) ?? []).map(({ patient_id }) => patient_id);
        t.equal(named.includes(subject.patient), isTold, `${caller.key}: the log names the patient when they were seen`);
        t.equal(new Set(named).size, named.length, `${caller.key}: one event per patient`);
        t.ok(named.length > 0 && named.every((patient) => patient === null || seen.has(patient)), `${caller.key}: and nobody who was not`);
      }
    }
  });
}

t.test('what is told is told: a cell that shows nothing could not fail otherwise', async (t) => {
  for (const one of all) {
    const mark = one.row.cells.get(one.caller.key)?.mark;
    if (mark !== '+' || one.row.method !== 'GET' || one.row.name.endsWith('count') || one.row.covers.includes('$validate')) continue;
    t.ok(
      traces(one.answer.text).some(({ patient }) => patient === one.subject.patient),
      `${one.row.name} ${one.caller.key}`,
    );
  }
});
