// /mijn: patients and representatives in their own record. What they do goes the way of the API, under the same rules; what is sent
// twice from one page is done once. /mijn/inzage is their log, /mijn/brief gives a letter as a download, never to be shown as a page.
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { personOf } from '../../access/decide.js';
import { whoRecorded } from '../../access/who-recorded.js';
import { dutchDate } from '../../fhir/dates.js';
import { FhirError } from '../../fhir/errors.js';
import { isBsn } from '../../fhir/identity.js';
import { parseJson, writeJson } from '../../fhir/json.js';
import { FHIR_ID } from '../../fhir/references.js';
import { AUDIT_EVENT } from '../../interactions/audit-event.js';
import type { EmergencyCard } from '../../izp/card.js';
import { ownView, SHARING_PARTIES, saidWords, sharingConsent, takenBack, wishLetter } from '../../izp/own-view.js';
import { isCurrentLetter } from '../../izp/parts.js';
import { NAME_UNKNOWN, nameOf } from '../../izp/people.js';
import type { OwnWords } from '../../izp/proposal.js';
import type { PatientRecord, RecordEntry } from '../../izp/record.js';
import { logEntries } from '../log-view.js';
import { renderOwnLog } from '../pages/own-log-page.js';
import { MAX_REASON, MAX_SAID, OWN_LETTER_PATH, OWN_LOG_PATH, OWN_PATH, type OwnFault, ownPage } from '../pages/own-page.js';
import { type PageAnswer, type PageDeps, registerPage, type Visit } from './page-route.js';
import { typedAs } from './unsent-form.js';

/** What the page tells of, beside the card. */
const SHOWN = ['Patient', 'Consent', 'Communication', 'DocumentReference', 'RelatedPerson', 'Task'] as const;
/** Entries of the log on one page. */
const LOG_PAGE = 100;
/** What was done, by the word behind ?klaar= in the address. */
const DONE = {
  ingetrokken: 'Het is ingetrokken. Uw huisarts krijgt bericht.',
  gezegd: 'Het is vastgelegd. Uw huisarts krijgt bericht.',
  teruggenomen: 'Het is teruggenomen.',
  bewaard: 'Uw brief is bewaard. Uw huisarts krijgt bericht.',
  gedeeld: 'Het is vastgelegd en geldt meteen.',
} as const;

export function registerOwnPages(app: FastifyInstance, deps: PageDeps): void {
  const purposes = ['PATRQT'] as const;
  const typed = typedAs({ tekst: 'Wat u schreef', reden: 'Waarom' });
  registerPage(app, deps, { path: OWN_PATH, interaction: 'own-page', purposes, show: (visit) => show(visit), receive, typed });
  registerPage(app, deps, { path: OWN_LOG_PATH, interaction: 'access-log', purposes, show: showLog });
  registerPage(app, deps, { path: OWN_LETTER_PATH, interaction: 'own-letter', purposes, show: giveLetter });
}

async function show(visit: Visit, fault?: OwnFault): Promise<PageAnswer> {
  const { session, viewer, query, now } = visit;
  const patientId = ownPatient(visit);
  for (const type of SHOWN) session.require(type, 'r');
  const patient = await session.read('Patient', patientId);
  const card = await session.cardByPatient(patientId, 'card');
  const entries: RecordEntry[] = [];
  for (const type of SHOWN)
    for (const row of await session.judgedBy(type, [patientId])) {
      const { id, version, content, lastUpdated } = row;
      entries.push({
        resource: parseJson(content) as RecordEntry['resource'],
        reference: `${type}/${id}`,
        version,
        lastUpdated: lastUpdated.getTime(),
        ...whoRecorded(row),
      });
    }
  const resource = parseJson(patient.content) as PatientRecord['patient'];
  const record: PatientRecord = {
    patientId,
    ...(resource && { patient: resource }),
    entries,
    directory: new Map(),
    written: new Set(),
    now,
    newId: () => session.newId(),
  };
  const page = ownPage({
    viewer,
    name: nameOf(resource?.name) ?? NAME_UNKNOWN,
    isRepresentative: !personOf(session.principal).startsWith('Patient/'),
    view: ownView(record, card && (JSON.parse(card.text) as EmergencyCard)),
    once: randomUUID(),
    ...(fault && { fault }),
    ...(!fault && { done: known(DONE, query.get('klaar')) }),
  });
  return { ...(fault && { status: 422 }), ...page };
}

/** Whose record it is. Throws 'forbidden' for whoever has none of their own here. */
function ownPatient({ session }: Visit): string {
  const { patientId } = session.principal;
  if (patientId === undefined) throw new FhirError('forbidden', 'This page is for patients and those who represent them.');
  return patientId;
}

async function receive(visit: Visit): Promise<PageAnswer> {
  const { form } = visit;
  const act = known(ACTS, form.get('doen'));
  if (act === undefined) throw new FhirError('bad-parameter', 'The form says what to do.', { expression: 'doen' });
  const patientId = ownPatient(visit);
  // Whoever represents nobody any more is told that nothing is here, whatever was sent.
  await visit.session.read('Patient', patientId);
  const asked = act(visit, patientId);
  if ('text' in asked) return show(visit, { ...asked, typed: form });
  try {
    await doOnce(visit, asked);
  } catch (error) {
    if (!(error instanceof FhirError) || error.status >= 500 || error.status === 401) throw error;
    return show(visit, { form: asked.form, text: known(REFUSALS, error.kind) ?? 'Dit kan nu niet. Vraag het uw huisarts.', typed: form });
  }
  return { seeOther: `${OWN_PATH}?klaar=${asked.done}` };
}

const REFUSALS: Readonly<Record<string, string>> = {
  forbidden:
    'U mag dit niet zelf wijzigen. Wie beslist hangt af van wat er is vastgelegd over zelf kunnen beslissen. Schrijf wat u wilt als voorstel: uw huisarts krijgt bericht.',
  'business-rule': 'Dit geldt al niet meer. Bekijk wat er nu staat.',
  gone: 'Dit is er niet meer. Bekijk wat er nu staat.',
  'not-found': 'Dit is er niet meer. Bekijk wat er nu staat.',
};

/** What stands in the table under a name that came from outside: a table knows more names than its own. */
function known<T>(table: Readonly<Record<string, T>>, name: string | null): T | undefined {
  return name !== null && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What a form asks of the API, and where its faults are told. */
interface Asked {
  form: string;
  /** Word for what was done. */
  done: keyof typeof DONE;
  method: 'POST' | 'PUT';
  path: string[];
  body(visit: Visit): Promise<object> | object;
}

type Act = (visit: Visit, patientId: string) => Asked | Pick<OwnFault, 'form' | 'text'>;

const ACTS: Readonly<Record<string, Act>> = {
  intrekken({ form }) {
    const [type, id] = referenceIn(form, ['Consent', 'CarePlan']);
    const reference = `${type}/${id}`;
    const reason = wordsIn(form, 'reden', MAX_REASON);
    if (reason === undefined) return { form: reference, text: 'Vul in waarom, zonder burgerservicenummer.' };
    const parameter = [{ name: 'reason', valueString: reason }];
    return {
      form: reference,
      done: 'ingetrokken',
      method: 'POST',
      path: [type, id, '$withdraw'],
      body: () => ({ resourceType: 'Parameters', parameter }),
    };
  },
  zeggen({ form, session }, patientId) {
    const text = wordsIn(form, 'tekst', MAX_SAID);
    if (text === undefined) return { form: 'zeg', text: 'Vul in wat u wilt zeggen, zonder burgerservicenummer.' };
    const about = (form.get('over') ?? '') === '' ? undefined : referenceIn(form, ['Consent'], 'over').join('/');
    const body = saidWords(sayingOf(session, patientId), text, form.get('soort') === 'voorstel', about);
    return { form: 'zeg', done: 'gezegd', method: 'POST', path: ['Communication'], body: () => body };
  },
  terugnemen({ form }) {
    const [type, id] = referenceIn(form, ['Communication']);
    return {
      form: `${type}/${id}`,
      done: 'teruggenomen',
      method: 'PUT',
      path: [type, id],
      body: async ({ session }) => takenBack(parseJson((await session.read(type, id)).content) as OwnWords),
    };
  },
  brief({ form, session, now }, patientId) {
    const text = wordsIn(form, 'tekst', MAX_SAID);
    if (text === undefined) return { form: 'brief', text: 'Schrijf eerst uw brief, zonder burgerservicenummer.' };
    const body = wishLetter(sayingOf(session, patientId), text, dutchDate(now));
    return { form: 'brief', done: 'bewaard', method: 'POST', path: ['DocumentReference'], body: () => body };
  },
  delen({ form, now }, patientId) {
    const [choice, who] = [form.get('keuze'), form.get('wie') ?? ''];
    if (choice !== 'permit' && choice !== 'deny') return { form: 'delen', text: 'Kies toestemming of bezwaar.' };
    const isAll = who === 'iedereen';
    if (!isAll && !Object.hasOwn(SHARING_PARTIES, who)) return { form: 'delen', text: 'Kies voor wie het geldt.' };
    if (isAll && choice === 'permit') return { form: 'delen', text: 'Toestemming geeft u per soort zorgverlener.' };
    const body = sharingConsent(patientId, choice, isAll ? undefined : who, dutchDate(now));
    return { form: 'delen', done: 'gedeeld', method: 'POST', path: ['Consent'], body: () => body };
  },
};

function sayingOf(session: Visit['session'], patientId: string) {
  return { patientId, person: personOf(session.principal), at: new Date(session.now()).toISOString() };
}

/** The form's reference; a page of ours names no other types. */
function referenceIn(form: URLSearchParams, types: readonly string[], name = 'wat'): [type: string, id: string] {
  const [type = '', id = '', ...more] = (form.get(name) ?? '').split('/');
  if (!types.includes(type) || !FHIR_ID.test(id) || more.length > 0)
    throw new FhirError('bad-parameter', 'The form names what it is about.', { expression: name });
  return [type, id];
}

function wordsIn(form: URLSearchParams, name: string, most: number): string | undefined {
  const text = (form.get(name) ?? '').replaceAll('\r\n', '\n').trim();
  const holdsBsn = (text.match(/\d{9}/g) ?? []).some(isBsn);
  return text === '' || text.length > most || holdsBsn ? undefined : text;
}

/** The page's own number makes what is sent twice from it one act. */
async function doOnce(visit: Visit, { method, path, body }: Asked): Promise<void> {
  const { session, context, form } = visit;
  const key = form.get('keer') ?? '';
  if (!FHIR_ID.test(key)) throw new FhirError('bad-parameter', 'The form has its number.', { expression: 'keer' });
  const hash = createHash('sha256').update(form.toString()).digest('hex');
  await session.once(`mijn-${key}`, hash, async () => {
    const sent = parseJson(writeJson(await body(visit)));
    const { status } = await context.dispatch(session, { method, path, query: [], headers: {}, body: sent });
    return { status, headers: {} };
  });
}

async function showLog(visit: Visit): Promise<PageAnswer> {
  const { session, context, viewer, query } = visit;
  const patientId = ownPatient(visit);
  session.require(AUDIT_EVENT, 's');
  const patient = parseJson((await session.read('Patient', patientId)).content) as PatientRecord['patient'];
  const token = query.get('_page');
  const position = token === null ? undefined : await context.pageTokens.open(token, OWN_LOG_PATH, session.principal);
  const after = position && { recorded: new Date(Number(position.after[0])), seq: String(position.after[1]) };
  const page = await context.auditLog.page(session, await context.auditLog.allowed(session, { patientId }), after, LOG_PAGE);
  const at = page.next && [page.next.recorded.getTime(), page.next.seq];
  const next = at && (await context.pageTokens.seal({ scope: OWN_LOG_PATH, query: [], after: at }, session.principal));
  return renderOwnLog({
    viewer,
    name: nameOf(patient?.name) ?? NAME_UNKNOWN,
    entries: logEntries(page, context.showUsers),
    ...(next !== undefined && { next: `${OWN_LOG_PATH}?_page=${next}` }),
  });
}

async function giveLetter(visit: Visit): Promise<PageAnswer> {
  const { session, query } = visit;
  const patientId = ownPatient(visit);
  const id = query.get('id') ?? '';
  if (!FHIR_ID.test(id)) throw new FhirError('bad-parameter', 'id is that of a letter.', { expression: 'id' });
  const row = await session.read('DocumentReference', id);
  const resource = parseJson(row.content) as RecordEntry['resource'];
  const attachment = isCurrentLetter(resource) ? resource.content?.[0]?.attachment : undefined;
  if (row.patientId !== patientId || attachment?.data === undefined)
    throw new FhirError('not-found', 'There is no such letter here, or it is not available to you.');
  const type = attachment.contentType?.split(';')[0]?.toLowerCase() ?? '';
  const ending = known(ENDINGS, type);
  if (ending === undefined) throw new FhirError('not-found', 'There is no such letter here, or it is not available to you.');
  return { download: { type, name: `wensenbrief.${ending}`, bytes: Buffer.from(attachment.data, 'base64') } };
}

/** By which names a letter is kept; of other kinds there are none. */
const ENDINGS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'text/plain': 'txt',
};
