// Every answer that openapi.yaml documents is given by the service: a status nobody can ever get is not documented.
// The harness holds each of them to its schema and headers; here they are all provoked.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { KEYS_FOLDER, openSigningKeys } from '../../src/auth/signing-keys.js';
import { ANSWER_HEADERS } from '../../src/http/answer-headers.js';
import { Browser, type Page } from '../harness/browser.js';
import { checkAnswer, documentedAnswers, documentedPages, givenHere } from '../harness/openapi-check.js';
import { askPageAs } from '../harness/page-session.js';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';
import { team, URAS } from '../harness/sharing.js';

const BODY_LIMIT = 65_536;
const BSN = { system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '900186021' };
const PATCH_TYPE = { 'content-type': 'application/json-patch+json' };

const flag = (more: object = {}) => ({
  resourceType: 'Flag',
  status: 'active',
  code: { text: 'let op' },
  subject: { reference: 'Patient/p' },
  ...more,
});
const plan = (id?: string) => ({
  resourceType: 'CarePlan',
  ...(id && { id }),
  status: 'active',
  intent: 'plan',
  subject: { reference: 'Patient/p' },
});
const directive = {
  resourceType: 'Consent',
  id: 'cpr',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
  category: [{ coding: [{ system: 'http://snomed.info/sct', code: '129125009' }] }],
  patient: { reference: 'Patient/p' },
  dateTime: '2026-11-02',
  policyRule: { text: 'WGBO' },
  provision: { type: 'deny', code: [{ coding: [{ system: 'http://snomed.info/sct', code: '89666000' }] }] },
};
const entry = (method: string, url: string, resource?: object, more: object = {}) => ({ resource, request: { method, url, ...more } });
const transaction = (...entries: object[]) => ({ resourceType: 'Bundle', type: 'transaction', entry: entries });
const patchEntry = (url: string) =>
  entry('PATCH', url, { resourceType: 'Binary', contentType: 'application/json-patch+json', data: Buffer.from('[]').toString('base64') });
const replaceStatus = [{ op: 'replace', path: '/status', value: 'inactive' }];
const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });
const summaryOf = (value: string) => parameters({ name: 'identifier', valueIdentifier: { ...BSN, value } });
const erasing = (reference: string) =>
  parameters(
    { name: 'who', valueString: 'de patiënt' },
    { name: 'why', valueString: 'op verzoek' },
    { name: 'requestedOn', valueDate: '2026-01-05' },
    { name: 'resource', valueReference: { reference } },
  );
const marking = parameters(
  { name: 'instrument', valueCode: 'spict' },
  { name: 'answer', valueCode: 'indicators-present' },
  { name: 'date', valueDate: '2026-01-05' },
  { name: 'by', valueString: 'huisarts' },
);
const unmarking = parameters({ name: 'end', valueDate: '2026-01-06' }, { name: 'reason', valueString: 'hersteld' });
const PROCESS = 'https://fhir.izp.example/r4/PlanDefinition/izp-process';
const applying = (id: string, ...more: object[]) => parameters({ name: 'subject', valueString: `Patient/${id}` }, ...more);
const answering = parameters({ name: 'outcome', valueString: 'noted' });
const withdrawing = parameters({ name: 'who', valueString: 'de patiënt' }, { name: 'reason', valueString: 'bedacht zich' });
const URGENCY = 'https://fhir.izp.example/r4/ValueSet/izp-urgency-values';
const COLOURS = 'https://fhir.izp.example/r4/CodeSystem/izp-urgency';
const ofUrl = (url: string, ...more: object[]) => parameters({ name: 'url', valueUri: url }, ...more);

const FORM = 'https://api.iknl.nl/docs/pzp/r4/Questionnaire/ACP-zib2020';
const ofForm = (subject: string, ...more: object[]) => parameters({ name: 'subject', valueReference: { reference: subject } }, ...more);
const filledForm = (patient: string, fields: object = {}) => ({
  resourceType: 'QuestionnaireResponse',
  questionnaire: FORM,
  status: 'completed',
  subject: { reference: `Patient/${patient}` },
  item: [{ linkId: '963', answer: [{ valueDateTime: '2026-09-10' }] }],
  ...fields,
});

/** A request that each operation of the document answers well: what the general refusals are provoked with. */
const GOOD: Record<string, [method: string, url: string, ask?: Ask]> = {
  transaction: ['POST', '', { body: transaction(entry('POST', 'Flag', flag())) }],
  searchType: ['GET', 'Flag?patient=p&_include=Flag:patient'],
  searchTypeByForm: ['POST', 'Flag/_search', { form: { patient: 'p' } }],
  create: ['POST', 'Flag', { body: flag() }],
  conditionalUpdate: ['PUT', 'Flag?_id=one', { body: flag() }],
  conditionalPatch: ['PATCH', 'Flag?_id=one', { body: [], headers: PATCH_TYPE }],
  conditionalDelete: ['DELETE', 'Flag?_id=nobody'],
  historyType: ['GET', 'Flag/_history'],
  auditEventSearch: ['GET', 'AuditEvent?patient=p', { as: 'officer' }],
  auditEventSearchByForm: ['POST', 'AuditEvent/_search', { as: 'officer', form: { patient: 'p' } }],
  historyInstance: ['GET', 'Flag/one/_history'],
  read: ['GET', 'Flag/one'],
  vread: ['GET', 'Flag/one/_history/1'],
  update: ['PUT', 'Flag/one', { body: flag({ id: 'one' }) }],
  patch: ['PATCH', 'Flag/one', { body: [], headers: PATCH_TYPE }],
  delete: ['DELETE', 'Flag/two'],
  acpSummaryType: ['GET', 'Patient/$acp-summary'],
  acpSummaryTypeByPost: ['POST', 'Patient/$acp-summary', { body: summaryOf(BSN.value) }],
  acpSummaryInstance: ['GET', 'Patient/p/$acp-summary'],
  validateType: ['GET', 'Flag/$validate'],
  validateTypeByPost: ['POST', 'Flag/$validate', { body: flag() }],
  validateInstance: ['GET', 'Flag/one/$validate'],
  validateInstanceByPost: ['POST', 'Flag/one/$validate', { body: flag({ id: 'one' }) }],
  expandType: ['GET', `ValueSet/$expand?url=${URGENCY}`],
  expandTypeByPost: ['POST', 'ValueSet/$expand', { body: ofUrl(URGENCY) }],
  validateCodeType: ['GET', `ValueSet/$validate-code?url=${URGENCY}&code=orange`],
  validateCodeTypeByPost: ['POST', 'ValueSet/$validate-code', { body: ofUrl(URGENCY, { name: 'code', valueCode: 'orange' }) }],
  lookupType: ['GET', `CodeSystem/$lookup?system=${COLOURS}&code=orange`],
  lookupTypeByPost: [
    'POST',
    'CodeSystem/$lookup',
    { body: parameters({ name: 'coding', valueCoding: { system: COLOURS, code: 'orange' } }) },
  ],
  extractType: ['GET', 'QuestionnaireResponse/$extract'],
  extractTypeByPost: ['POST', 'QuestionnaireResponse/$extract', { body: filledForm('p') }],
  extractInstance: ['GET', 'QuestionnaireResponse/form/$extract'],
  extractInstanceByPost: ['POST', 'QuestionnaireResponse/form/$extract', { body: { resourceType: 'Parameters' } }],
  populateType: ['GET', `Questionnaire/$populate?canonical=${FORM}&subject=Patient/p`],
  populateTypeByPost: ['POST', 'Questionnaire/$populate', { body: ofForm('Patient/p', { name: 'canonical', valueUri: FORM }) }],
  populateInstance: ['GET', 'Questionnaire/acp/$populate?subject=Patient/p'],
  populateInstanceByPost: ['POST', 'Questionnaire/acp/$populate', { body: ofForm('Patient/p') }],
  exportRecordInstance: ['GET', 'Patient/p/$export-record'],
  exportRecordInstanceByPost: ['POST', 'Patient/p/$export-record', { body: { resourceType: 'Parameters' } }],
  markInstanceByPost: ['POST', 'Patient/p/$mark', { body: marking }],
  applyTypeByPost: ['POST', 'PlanDefinition/$apply', { body: applying('p', { name: 'url', valueUri: PROCESS }) }],
  applyInstanceByPost: ['POST', 'PlanDefinition/izp-process/$apply', { body: applying('p') }],
  verifyInstance: ['GET', 'CarePlan/advice/$verify?version=1'],
  offlineSummaryInstance: ['GET', 'Patient/p/$offline-summary'],
  documentInstance: ['GET', 'CarePlan/advice/$document'],
  verifyInstanceByPost: ['POST', 'CarePlan/advice/$verify', { body: parameters({ name: 'version', valueString: '1' }) }],
  withdrawConsentInstanceByPost: ['POST', 'Consent/cpr/$withdraw', { body: withdrawing }],
  withdrawCarePlanInstanceByPost: ['POST', 'CarePlan/advice/$withdraw', { body: withdrawing }],
  answerInstanceByPost: ['POST', 'Task/asked/$answer', { body: answering }],
  eraseInstanceByPost: ['POST', 'Patient/p/$erase', { body: erasing('Flag/three') }],
  acpSummaryInstanceByPost: ['POST', 'Patient/p/$acp-summary', { body: { resourceType: 'Parameters' } }],
};

const WITH_BODY = Object.keys(GOOD).filter((name) => GOOD[name]?.[2]?.body ?? GOOD[name]?.[2]?.form);

const dataDir = await mkdtemp(join(tmpdir(), 'izp-answers-'));
t.teardown(() => rm(dataDir, { recursive: true, force: true }));

t.test('every documented answer is given, and only failures of the service itself are left', { timeout: 200_000 }, async (t) => {
  const service = await startService(t, { dataDir, env: { BODY_LIMIT: String(BODY_LIMIT) } });
  await service.put('Patient/p', { resourceType: 'Patient', id: 'p', identifier: [BSN], name: [{ text: 'W. van den Berg' }] });
  await service.put('Flag/one', flag({ id: 'one' }));
  await service.put('Flag/two', flag({ id: 'two' }));
  await service.put('Flag/gone', flag({ id: 'gone' }));
  await service.ask('DELETE', 'Flag/gone');
  t.equal((await service.put('Consent/cpr', directive)).status, 201);
  t.equal((await service.put('QuestionnaireResponse/form', filledForm('p', { id: 'form' }))).status, 201);
  t.equal((await service.put('Questionnaire/acp', { resourceType: 'Questionnaire', id: 'acp', url: FORM, status: 'active' })).status, 201);
  for (const url of ['QuestionnaireResponse/gone', 'Questionnaire/gone'])
    await service.put(url, {
      ...(url.includes('Response') ? filledForm('p', { status: 'stopped' }) : { resourceType: 'Questionnaire', status: 'active' }),
      id: 'gone',
    });
  for (const url of ['QuestionnaireResponse/gone', 'Questionnaire/gone']) t.equal((await service.ask('DELETE', url)).status, 204);
  await service.put('Patient/gone', { resourceType: 'Patient', id: 'gone', name: [{ text: 'Weg' }] });
  t.equal((await service.ask('DELETE', 'Patient/gone')).status, 204);

  await generalRefusals(t, service);
  await reads(t, service);
  await forms(t, service);
  await writes(t, service);
  await plainAddresses(t, service);
  await clientRegistry(t, service);
  await log(t, service);
  await pages(t, service);
  await worklists(t, service);
  await withoutDatabase(t, service);
  await throttled(t);

  const given = givenHere();
  const never = documentedAnswers().filter((answer) => !given.has(answer));
  t.strictSame(
    never.filter((answer) => !/ 5(00|XX)$/.test(answer)),
    [],
  );
});

type Tap = Test;

async function expect(t: Tap, status: number, answer: Promise<Answer>, what: string): Promise<Answer> {
  const got = await answer;
  t.equal(got.status, status, `${what}: ${got.status === status ? '' : got.text.slice(0, 300)}`);
  return got;
}

/** What is told of forms that are not there, not readable, or of patients who are not. */
async function forms(t: Tap, { get, ask }: TestService): Promise<void> {
  const none = { resourceType: 'Parameters' };
  const post = (url: string, body: object) => ask('POST', url, { body });
  for (const [status, patient] of [
    [404, 'nobody'],
    [410, 'gone'],
  ] as const) {
    const subject = `Patient/${patient}`;
    await expect(t, status, post('QuestionnaireResponse/$extract', filledForm(patient)), `form of ${patient}`);
    await expect(t, status, get(`QuestionnaireResponse/${patient}/$extract`), `form ${patient}`);
    await expect(t, status, post(`QuestionnaireResponse/${patient}/$extract`, none), `form ${patient}`);
    await expect(t, status, get(`Questionnaire/$populate?canonical=${FORM}&subject=${subject}`), subject);
    await expect(t, status, post('Questionnaire/$populate', ofForm(subject, { name: 'canonical', valueUri: FORM })), subject);
    await expect(t, status, get(`Questionnaire/${patient}/$populate?subject=Patient/p`), `questionnaire ${patient}`);
    await expect(t, status, post(`Questionnaire/${patient}/$populate`, ofForm('Patient/p')), `questionnaire ${patient}`);
  }
  await expect(t, 422, post('QuestionnaireResponse/$extract', filledForm('p', { item: [] })), 'a form without its day');
  await ask('PUT', 'QuestionnaireResponse/other', { body: filledForm('p', { id: 'other', questionnaire: 'https://elsewhere.example/q' }) });
  await expect(t, 422, get('QuestionnaireResponse/other/$extract'), 'another form');
  await expect(t, 422, post('QuestionnaireResponse/other/$extract', none), 'another form');
  await ask('PUT', 'Questionnaire/other', { body: { resourceType: 'Questionnaire', id: 'other', status: 'active' } });
  await expect(t, 422, get('Questionnaire/other/$populate?subject=Patient/p'), 'another questionnaire');
  await expect(t, 422, post('Questionnaire/other/$populate', ofForm('Patient/p')), 'another questionnaire');
  await expect(t, 422, get('Questionnaire/$populate?canonical=https://elsewhere.example/q&subject=Patient/p'), 'another questionnaire');
  const elsewhere = ofForm('Patient/p', { name: 'canonical', valueUri: 'https://elsewhere.example/q' });
  await expect(t, 422, post('Questionnaire/$populate', elsewhere), 'another questionnaire');
  for (const [name, [method, url, more]] of Object.entries(GOOD))
    if (/^(extract|populate)/.test(name) && name !== 'extractType') await expect(t, 200, ask(method, url, more), name);
}

async function generalRefusals(t: Tap, { ask }: TestService): Promise<void> {
  for (const [name, [method, url, more]] of Object.entries(GOOD)) {
    const withHeaders = (headers: Record<string, string>) => ask(method, url, { ...more, headers: { ...more?.headers, ...headers } });
    await expect(t, 401, ask(method, url, { ...more, as: null }), name);
    await expect(t, 403, ask(method, url, { ...more, as: 'region' }), name);
    await expect(t, 406, withHeaders({ accept: 'text/csv' }), name);
    const mark = url.includes('?') ? '&' : '?';
    await expect(t, 400, ask(method, `${url}${mark}_pretty=perhaps`, more), name);
    if (url.includes('Flag')) await expect(t, 404, ask(method, url.replace('Flag', 'Flog'), more), name);
    if (!WITH_BODY.includes(name)) continue;
    await expect(t, 415, withHeaders({ 'content-type': 'text/plain' }), name);
    await expect(t, 413, ask(method, url, { ...more, form: undefined, body: ' '.repeat(BODY_LIMIT + 1) }), name);
  }
  await expect(t, 404, ask('POST', 'Patient/$acp-summary', { body: summaryOf('123456782') }), 'a BSN nobody has');
  await expect(t, 404, ask('GET', 'Patient/nobody/$acp-summary'), 'a patient nobody is');
  await expect(t, 404, ask('POST', 'Patient/nobody/$acp-summary', { body: { resourceType: 'Parameters' } }), 'a patient nobody is');
  await expect(t, 404, ask('GET', 'Patient/nobody/$offline-summary'), 'a patient nobody is');
  await expect(t, 410, ask('GET', 'Patient/gone/$offline-summary'), 'a patient who is gone');
  await expect(t, 404, ask('GET', 'Patient/nobody/$export-record'), 'a patient nobody is');
  await expect(t, 404, ask('POST', 'Patient/nobody/$export-record', { body: { resourceType: 'Parameters' } }), 'a patient nobody is');
  await expect(t, 404, ask('POST', 'Patient/p/$erase', { body: erasing('Flag/none') }), 'what the record does not hold');
  for (const url of ['ValueSet/$expand?url=x', 'ValueSet/$validate-code?url=x&code=y', 'CodeSystem/$lookup?system=x&code=y']) {
    const [address, query] = url.split('?') as [string, string];
    await expect(t, 404, ask('GET', url), url);
    await expect(t, 404, ask('POST', address, { form: query }), `${url} by form`);
  }
  await expect(t, 404, ask('GET', 'Patient/$acp-sumary'), 'a misspelt operation');
}

async function reads(t: Tap, { ask, get }: TestService): Promise<void> {
  for (const [name, [method, url, more]] of Object.entries(GOOD)) {
    const isRead =
      /^(auditEvent|search|history|read$|vread|acpSummary(TypeByPost|Instance)|validate(TypeByPost|Instance|Code)|expand|lookup|exportRecord|offlineSummary)/.test(
        name,
      );
    if (isRead) await expect(t, 200, ask(method, url, more), name);
  }
  const stored = { headers: { 'if-none-match': 'W/"1"' } };
  await expect(t, 304, get('Flag/one', stored), 'read');
  await expect(t, 304, get('Flag/one/_history/1', stored), 'vread');
  await expect(t, 200, get('Flag/one', { headers: { accept: 'application/fhir+xml' } }), 'read as XML');
  await expect(t, 200, ask('HEAD', 'Flag/one'), 'HEAD');
  await expect(t, 204, ask('OPTIONS', 'Flag/one'), 'OPTIONS');
  await expect(t, 410, get('Flag/gone'), 'read');
  await expect(t, 410, get('Flag/gone/_history/2'), 'vread');
  await expect(t, 410, get('Flag/gone/$validate'), 'what is stored, judged');
  await expect(t, 410, ask('POST', 'Flag/gone/$validate', { form: 'mode=profile' }), 'what is stored, judged by POST');
  const summary = await get('Patient/p/$acp-summary');
  const held = { headers: { 'if-none-match': summary.headers.get('etag') ?? '' } };
  await expect(t, 304, get('Patient/p/$acp-summary', held), 'summary by id');
  await expect(t, 304, ask('POST', 'Patient/p/$acp-summary', { ...held, body: { resourceType: 'Parameters' } }), 'summary by id, POST');
  await expect(t, 304, ask('POST', 'Patient/$acp-summary', { ...held, body: summaryOf(BSN.value) }), 'summary by BSN');
  await expect(t, 405, ask('DELETE', 'Flag/one/_history'), 'a method the address does not take');
  await expect(t, 404, get('Flag/one/two/three'), 'an address that is none');
}

async function writes(t: Tap, { ask, post, put }: TestService): Promise<void> {
  const identified = (value: string, id?: string) => ({
    resourceType: 'Organization',
    ...(id && { id }),
    identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/agb-z', value }],
    name: value,
  });
  await put('Organization/a', identified('90000001', 'a'));
  await put('Organization/b', identified('90000002', 'b'));
  await put('Flag/three', flag({ id: 'three' }));
  const created = await expect(t, 201, post('Flag', flag()), 'create');
  t.match(created.headers.get('location'), /\/Flag\/.+\/_history\/1$/);
  const ifNoneExist = (criteria: string) => ({ headers: { 'if-none-exist': criteria } });
  await expect(t, 200, post('Flag', flag(), ifNoneExist('_id=one')), 'create');
  await expect(t, 412, post('Flag', flag(), ifNoneExist('patient=p')), 'create');
  await expect(t, 409, post('Organization', identified('90000001')), 'create');
  await expect(t, 422, post('Flag', { ...flag(), subject: undefined }), 'create');

  for (const [name, url] of Object.entries({ update: 'Flag/one', conditionalUpdate: 'Flag?_id=one' })) {
    const id = name === 'update' ? 'one' : undefined;
    await expect(t, 200, put(url, flag({ id, status: 'inactive' })), name);
    await expect(t, 412, put(url, flag({ id }), { headers: { 'if-match': 'W/"99"' } }), name);
    await expect(t, 422, put(url, { ...flag({ id }), subject: undefined }), name);
  }
  await expect(t, 201, put('Flag/new', flag({ id: 'new' })), 'update');
  await expect(t, 201, put('Flag?_id=newer', flag({ id: 'newer' })), 'conditionalUpdate');
  await expect(t, 409, put('Organization/b', identified('90000001', 'b')), 'update');
  await expect(t, 409, put('Organization?_id=b', identified('90000001', 'b')), 'conditionalUpdate');

  for (const [name, url] of Object.entries({ patch: '/one', conditionalPatch: '?_id=one' })) {
    const ask1 = (type: string, body: object, headers: object = {}) =>
      ask('PATCH', `${type}${url}`, { body, headers: { ...PATCH_TYPE, ...headers } });
    await expect(t, 200, ask1('Flag', replaceStatus), name);
    await expect(t, 412, ask1('Flag', replaceStatus, { 'if-match': 'W/"99"' }), name);
    await expect(t, 422, ask1('Flag', [{ op: 'remove', path: '/nothing' }]), name);
  }
  const taken = [{ op: 'replace', path: '/identifier/0/value', value: '90000001' }];
  await expect(t, 409, ask('PATCH', 'Organization/b', { body: taken, headers: PATCH_TYPE }), 'patch');
  await expect(t, 409, ask('PATCH', 'Organization?_id=b', { body: taken, headers: PATCH_TYPE }), 'conditionalPatch');
  await expect(t, 410, ask('PATCH', 'Flag/gone', { body: [], headers: PATCH_TYPE }), 'patch');

  await expect(t, 204, ask('DELETE', 'Flag/two'), 'delete');
  await expect(t, 204, ask('DELETE', 'Flag?_id=three'), 'conditionalDelete');
  const onceOnly = { headers: { 'idempotency-key': 'delete-1' } };
  for (const [name, first, second] of [
    ['delete', 'Flag/new', 'Flag/newer'],
    ['conditionalDelete', 'Flag?_id=new', 'Flag?_id=newer'],
  ] as const) {
    const key = { headers: { 'idempotency-key': name } };
    await expect(t, 204, ask('DELETE', first, key), name);
    const again = await expect(t, 204, ask('DELETE', first, key), name);
    t.equal(again.headers.get('idempotency-replayed'), 'true');
    await expect(t, 422, ask('DELETE', second, key), name);
  }
  await expect(t, 412, ask('DELETE', 'Flag/one', { headers: { 'if-match': 'W/"99"', ...onceOnly.headers } }), 'delete');
  await expect(t, 412, ask('DELETE', 'Flag?patient=p'), 'conditionalDelete');
  await expect(t, 409, ask('DELETE', 'Patient/p'), 'delete');
  await expect(t, 409, ask('DELETE', 'Patient?_id=p'), 'conditionalDelete');

  await put('Flag/three', flag({ id: 'three' }));
  await expect(t, 200, post('Patient/p/$erase', erasing('Flag/three')), 'erase');

  await expect(t, 422, post('Patient/p/$mark', unmarking), 'mark');
  await expect(t, 200, post('Patient/p/$mark', marking), 'mark');
  await expect(t, 404, post('Patient/nobody/$mark', marking), 'mark');
  await put('Patient/left', { resourceType: 'Patient', id: 'left' });
  await ask('DELETE', 'Patient/left');
  await expect(t, 410, post('Patient/left/$mark', marking), 'mark');
  for (const [at, ...named] of [['PlanDefinition/$apply', { name: 'url', valueUri: PROCESS }], ['PlanDefinition/izp-process/$apply']] as [
    string,
    ...object[],
  ][]) {
    await expect(t, 200, post(at, applying('p', ...named)), 'apply');
    await expect(t, 404, post(at, applying('nobody', ...named)), 'apply');
    await expect(t, 410, post(at, applying('left', ...named)), 'apply');
  }
  await expect(t, 422, post('PlanDefinition/$apply', applying('p')), 'apply of no process');
  await put('PlanDefinition/other', { resourceType: 'PlanDefinition', id: 'other', url: 'https://elsewhere.example/p', status: 'draft' });
  await expect(t, 422, post('PlanDefinition/other/$apply', applying('p')), 'apply of another process');

  const task = {
    resourceType: 'Task',
    id: 'asked',
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-task', code: 'review-withdrawal' }] },
    for: { reference: 'Patient/p' },
  };
  const answered = (more: Ask = {}) => post('Task/asked/$answer', answering, more);
  await expect(t, 404, answered(), 'answer');
  await put('Task/asked', { ...task, status: 'cancelled' });
  await expect(t, 422, answered(), 'answer');
  await ask('DELETE', 'Task/asked');
  await expect(t, 410, answered(), 'answer');
  await put('Task/asked', task);
  await expect(t, 412, answered({ headers: { 'if-match': 'W/"99"' } }), 'answer');
  await expect(t, 200, answered(), 'answer');

  for (const resource of [
    { ...directive, id: 'will' },
    { ...plan('advice'), intent: 'proposal' },
  ]) {
    const url = `${resource.resourceType}/${resource.id}`;
    const withdrawn = (more: Ask = {}) => post(`${url}/$withdraw`, withdrawing, more);
    const verified = async (status: number) => {
      for (const name of url === 'CarePlan/advice' ? ['verifyInstance', 'verifyInstanceByPost'] : []) {
        const [method, address, more] = GOOD[name] as (typeof GOOD)[string];
        await expect(t, status, ask(method, address, more), name);
      }
      if (url === 'CarePlan/advice' && status !== 200) await expect(t, status, ask('GET', `${url}/$document`), 'document');
    };
    await expect(t, 404, withdrawn(), 'withdraw');
    await verified(404);
    await put(url, { ...resource, status: 'entered-in-error' });
    await expect(t, 422, withdrawn(), 'withdraw');
    if (url === 'CarePlan/advice') await expect(t, 422, ask('GET', `${url}/$document`), 'the document of a proposal');
    await ask('DELETE', url);
    await expect(t, 410, withdrawn(), 'withdraw');
    await verified(410);
    await put(url, resource);
    await verified(200);
    await expect(t, 412, withdrawn({ headers: { 'if-match': 'W/"99"' } }), 'withdraw');
    await expect(t, 200, withdrawn(), 'withdraw');
  }

  const [root] = (await ask('GET', 'CarePlan?patient=p')).json.entry;
  const whole = await expect(t, 200, ask('GET', `CarePlan/${root.resource.id}/$document`), 'document');
  const wholeHeld = { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } };
  await expect(t, 304, ask('GET', `CarePlan/${root.resource.id}/$document`, wholeHeld), 'document');
  const rootId = root.resource.id as string;
  await expect(t, 428, put(`CarePlan/${rootId}`, plan(rootId)), 'update');
  await expect(t, 428, put(`CarePlan?_id=${rootId}`, plan()), 'conditionalUpdate');
  await expect(t, 428, ask('PATCH', `CarePlan/${rootId}`, { body: replaceStatus, headers: PATCH_TYPE }), 'patch');
  await expect(t, 428, ask('PATCH', `CarePlan?_id=${rootId}`, { body: replaceStatus, headers: PATCH_TYPE }), 'conditionalPatch');

  await expect(t, 200, post('', transaction(entry('POST', 'Flag', flag()), entry('GET', 'Flag/one'))), 'transaction');
  await expect(t, 200, post('', { resourceType: 'Bundle', type: 'batch', entry: [entry('GET', 'Flag/none')] }), 'batch');
  await expect(t, 404, post('', transaction(patchEntry('Flag/none'))), 'transaction');
  await expect(t, 410, post('', transaction(patchEntry('Flag/gone'))), 'transaction');
  await expect(t, 409, post('', transaction(entry('PUT', 'CarePlan/other', plan('other')))), 'transaction');
  await expect(t, 412, post('', transaction(entry('POST', 'Flag', flag(), { ifNoneExist: 'patient=p' }))), 'transaction');
  await expect(t, 422, post('', transaction(entry('POST', 'Flag', { ...flag(), subject: { reference: 'urn:uuid:0' } }))), 'transaction');
  await expect(t, 428, post('', transaction(entry('PUT', `CarePlan/${rootId}`, plan(rootId)))), 'transaction');
}

async function plainAddresses(t: Tap, { ask, get, token, database }: TestService): Promise<void> {
  const card = (more: Ask) => ask('POST', '/v1/emergency-card', { body: { bsn: BSN.value }, ...more });
  const found = await expect(t, 200, card({}), 'card');
  t.equal(found.json.status, 'found');
  t.equal((await expect(t, 200, card({ body: { bsn: '123456782' } }), 'card')).json.status, 'none-available');
  await expect(t, 200, card({ headers: { accept: 'text/html' } }), 'page');
  await expect(t, 304, card({ headers: { 'if-none-match': found.headers.get('etag') ?? '' } }), 'card');
  await expect(t, 400, card({ body: { bsn: '123456789' } }), 'card');
  await expect(t, 401, card({ as: null }), 'card');
  await expect(t, 403, card({ as: 'region' }), 'card');
  await expect(t, 413, card({ body: ' '.repeat(BODY_LIMIT + 1) }), 'card');
  await expect(t, 415, card({ headers: { 'content-type': 'application/json; charset=latin1' } }), 'card');

  await expect(t, 200, get('/v1/validation-reports'), 'reports');
  await expect(t, 400, get('/v1/validation-reports?since=x'), 'reports');
  await expect(t, 401, get('/v1/validation-reports', { as: null }), 'reports');
  await database.pool.query("UPDATE client SET scopes = '{system/Goal.c}' WHERE client_id = 'hospice'");
  await expect(t, 403, get('/v1/validation-reports', { as: 'hospice' }), 'reports for who may only write');

  await expect(t, 200, get('/v1/retention', { as: 'admin' }), 'retention');
  await expect(t, 400, get('/v1/retention?x=1', { as: 'admin' }), 'retention');
  await expect(t, 401, get('/v1/retention', { as: null }), 'retention');
  await expect(t, 403, get('/v1/retention'), 'retention');

  await expect(t, 200, get('metadata', { as: null }), 'metadata');
  await expect(t, 400, get('metadata?_pretty=perhaps', { as: null }), 'metadata');
  await expect(t, 406, get('metadata', { as: null, headers: { accept: 'text/csv' } }), 'metadata');
  for (const url of [
    '/health/live',
    '/health/ready',
    '/oauth/jwks',
    '/.well-known/izp-summary-keys',
    '/fhir/R4/.well-known/smart-configuration',
  ])
    await expect(t, 200, get(url, { as: null }), url);

  const ofToken = (form: Record<string, string>) => ask('POST', '/oauth/token', { as: null, form });
  await expect(t, 400, ofToken({}), 'token');
  await expect(t, 401, ofToken({ grant_type: 'client_credentials' }), 'token');
  await expect(t, 413, ofToken({ grant_type: 'x'.repeat(BODY_LIMIT) }), 'token');
  t.match(await token('hap'), /\./, 'token 200');
}

/** An address in the shape of an event's, of no event. */
const LOG_EVENT = 'AuditEvent/00000000-0000-0000-0000-000000000000-1';

async function log(t: Tap, { get }: TestService): Promise<void> {
  const officer = { as: 'officer' };
  const [{ resource }] = (await get('AuditEvent?patient=p', officer)).json.entry;
  await expect(t, 200, get(`AuditEvent/${resource.id}`, officer), 'event');
  await expect(t, 404, get(LOG_EVENT, officer), 'event');
  await expect(t, 400, get(`AuditEvent/${resource.id}?patient=p`, officer), 'event');
  await expect(t, 401, get(LOG_EVENT, { as: null }), 'event');
  await expect(t, 403, get(LOG_EVENT), 'event');
  await expect(t, 406, get(LOG_EVENT, { ...officer, headers: { accept: 'text/csv' } }), 'event');
  for (const url of ['/v1/access-log?patient=p', '/v1/break-glass']) {
    await expect(t, 200, get(url, officer), url);
    await expect(t, 400, get(`${url.split('?')[0]}?since=x`, officer), url);
    await expect(t, 401, get(url, { as: null }), url);
    await expect(t, 403, get(url), url);
  }
}

const NEW_CLIENT = {
  clientId: 'new',
  name: 'new',
  jwksUrl: 'https://ehr.example/jwks',
  scopes: ['system/*.rs'],
  policies: ['own-team'],
  purposes: ['TREAT'],
};

/** A request that each operation on the registry of clients answers well. */
const CLIENT_REQUESTS: [method: string, url: string, ask?: Ask][] = [
  ['GET', '/v1/admin/clients'],
  ['POST', '/v1/admin/clients', { body: NEW_CLIENT }],
  ['GET', '/v1/admin/clients/new'],
  ['PUT', '/v1/admin/clients/new', { body: NEW_CLIENT, headers: { 'if-match': 'W/"1"' } }],
  ['DELETE', '/v1/admin/clients/new'],
];

async function clientRegistry(t: Tap, { ask }: TestService): Promise<void> {
  for (const [method, url, more] of CLIENT_REQUESTS) {
    const what = `${method} ${url}`;
    const asked = (changed: Ask) => ask(method, url, { as: 'admin', ...more, ...changed });
    await expect(t, 401, asked({ as: null }), what);
    await expect(t, 403, asked({ as: 'gp' }), what);
    if (url.endsWith('/new')) await expect(t, 404, ask(method, '/v1/admin/clients/nobody', { as: 'admin', ...more }), what);
    if (more) {
      await expect(t, 400, asked({ body: '{' }), what);
      await expect(t, 413, asked({ body: ' '.repeat(BODY_LIMIT + 1) }), what);
      await expect(t, 415, asked({ headers: { ...more.headers, 'content-type': 'text/plain' } }), what);
      await expect(t, 422, asked({ body: { ...NEW_CLIENT, scopes: [] } }), what);
    }
    await expect(t, method === 'POST' ? 201 : 200, asked({}), what);
    if (method === 'POST') await expect(t, 409, asked({}), what);
    if (method === 'PUT') await expect(t, 412, asked({}), what);
    if (method === 'PUT') await expect(t, 428, asked({ headers: {} }), what);
  }
}

/** A service that cannot reach its database says so, everywhere. */
async function withoutDatabase(t: Tap, service: TestService): Promise<void> {
  // Nor can it keep the audit until there is one again.
  await writeFile(join(dataDir, 'spool'), 'no folder');
  await service.database.drop();
  const asked = Object.entries(GOOD).filter(([name]) => name !== 'acpSummaryType');
  await Promise.all([
    ...asked.map(([name, [method, url, more]]) => expect(t, 503, service.ask(method, url, more), `${name} without a database`)),
    expect(t, 503, service.get('Patient/$acp-summary'), 'a refusal that cannot be audited'),
    expect(t, 503, service.post('/v1/emergency-card', { bsn: BSN.value }), 'card without a database'),
    expect(t, 503, service.get('/v1/validation-reports'), 'reports without a database'),
    ...[LOG_EVENT, '/v1/access-log?patient=p', '/v1/break-glass'].map((url) =>
      expect(t, 503, service.get(url, { as: 'officer' }), `${url} without a database`),
    ),
    ...CLIENT_REQUESTS.map(([method, url, more]) =>
      expect(t, 503, service.ask(method, url, { as: 'admin', ...more }), `${method} ${url} without a database`),
    ),
    expect(t, 503, service.get('/v1/retention', { as: 'admin' }), 'retention without a database'),
    ...WORKLISTS.map((url) => expect(t, 503, service.get(url), `${url} without a database`)),
    expect(t, 503, service.get('/health/ready', { as: null }), 'ready'),
    expect(t, 503, tokenWithoutDatabase(service), 'token'),
    expect(
      t,
      503,
      service.ask('POST', '/afmelden/issuer', { as: null, form: { logout_token: await demoLogout(service.base) } }),
      'a sign-out by the issuer',
    ),
  ]);
}

/** Who each page is for. */
const PAGES: Record<string, string> = {
  '/spoed': 'gp',
  '/plan': 'gp',
  '/gesprek': 'gp',
  '/werklijst': 'gp',
  '/werklijst/tegenstrijdig': 'gp',
  '/mijn': 'patient:p',
  '/mijn/inzage': 'patient:p',
};

/** The pages, asked with the session of a browser, and the way in and out. */
async function pages(t: Tap, service: TestService): Promise<void> {
  const { ask, base } = service;
  for (const [path, item] of documentedPages()) {
    await expect(t, 303, ask('GET', path, { as: null, stay: true }), `${path} of nobody`);
    await expect(t, 403, ask('GET', path, await askPageAs(service, 'region')), `${path} of somebody else`);
    if (item.post) await expect(t, 401, ask('POST', path, { as: null, form: { bsn: BSN.value } }), `a form for ${path} of nobody`);
    const as = PAGES[path];
    if (as !== undefined) await expect(t, 200, ask('GET', path, await askPageAs(service, as)), path);
  }
  const sent = async (path: string, form: Record<string, string>) => ask('POST', path, await askPageAs(service, 'gp', form));
  await expect(t, 200, sent('/spoed', { bsn: BSN.value }), 'emergency page');
  await expect(t, 303, sent('/plan', { bsn: BSN.value }), 'plan page');
  await expect(t, 303, sent('/gesprek', { actie: 'zoeken', bsn: BSN.value }), 'conversation page');
  const letter = { doen: 'brief', tekst: 'Ik blijf graag thuis.', keer: 'een' };
  await expect(t, 303, ask('POST', '/mijn', await askPageAs(service, 'patient:p', letter)), 'own page');
  const [written] = (await ask('GET', 'DocumentReference?patient=p&type=wish-letter')).json.entry;
  const file = await askPageAs(service, 'patient:p');
  await expect(t, 200, ask('GET', `/mijn/brief?id=${written.resource.id}`, file), 'letter');

  const browser = new Browser(base);
  const status = async (wanted: number, page: Promise<Page>, what: string) => t.equal((await page).status, wanted, what);
  await browser.signIn('gp');
  await status(403, browser.go('/afmelden', { form: {} }), 'a sign-out of another page');
  await status(200, browser.send(await browser.go('/spoed'), '/afmelden'), 'sign-out');
  await status(303, browser.go('/afmelden', { form: {}, stay: true }), 'sign-out of nobody');
  await status(200, browser.go('/afgemeld'), 'goodbye');
  await status(403, browser.go('/aanmelden/terug'), 'a sign-in that did not begin');
  await status(400, browser.go('/oauth/authorize'), 'a sign-in of nobody');
  const authorization = new URL((await browser.go('/spoed')).url);
  authorization.searchParams.set('response_type', 'token');
  await status(303, browser.go(authorization.href, { stay: true }), 'a sign-in of another kind');
  await status(400, browser.go('/oauth/authorize', { form: {} }), 'a choice for nobody');
  await status(400, browser.go('/oauth/end-session'), 'sign-out at the issuer for nobody');
  const after = new URLSearchParams({ post_logout_redirect_uri: `${base}/afgemeld` });
  await status(303, browser.go(`/oauth/end-session?${after}`, { stay: true }), 'sign-out at the issuer');
  await status(200, browser.go('/.well-known/openid-configuration'), 'the demo issuer');
  const ended = (form: Record<string, string>) => ask('POST', '/afmelden/issuer', { as: null, form });
  await expect(t, 400, ended({}), 'a sign-out of nobody by the issuer');
  await expect(t, 200, ended({ logout_token: await demoLogout(base) }), 'a sign-out by the issuer');
  service.address.base = 'http://zorg.example';
  await status(403, browser.go('/aanmelden'), 'sign-in in the clear');
  service.address.base = base;
}

/** The worklists, and an agreement that is withdrawn where its conflict is shown. */
async function worklists(t: Tap, service: TestService): Promise<void> {
  for (const url of WORKLISTS) {
    await expect(t, 200, service.get(url), url);
    await expect(t, 400, service.get(`${url}?x=1`), url);
    await expect(t, 401, service.get(url, { as: null }), url);
    await expect(t, 403, service.get(url, { as: 'region' }), url);
  }
  await team(service, 'p', [URAS.hospital]);
  const provision = { ...directive.provision, type: 'permit' };
  const hospital = { as: 'hospital', purpose: 'TREAT' };
  await expect(t, 201, service.put('Consent/ours', { ...directive, id: 'ours' }), 'an agreement');
  await expect(t, 201, service.put('Consent/other', { ...directive, id: 'other', provision }, hospital), 'a conflict');
  const browser = new Browser(service.base);
  const page = await browser.signIn('gp', '/werklijst/tegenstrijdig');
  const words = { who: 'de patiënt', reason: 'opnieuw besproken' };
  const taken = await browser.send(page, '/werklijst/tegenstrijdig', words, { stay: true });
  t.equal(taken.status, 303, 'what no longer holds');
}

const WORKLISTS = ['/v1/marked', '/v1/conflicts'];

/** What the demo issuer would say of somebody who signed out there; signed with the key of this service. */
async function demoLogout(base: string): Promise<string> {
  const keys = await openSigningKeys(join(dataDir, KEYS_FOLDER), Date.now);
  const iat = Math.floor(Date.now() / 1000);
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  return keys.sign({ iss: base, aud: 'pages', sub: 'gp', iat, exp: iat + 60, jti: 'one', events }, 'logout+jwt');
}

/** One request of each limit is taken, and what comes after waits. */
async function throttled(t: Tap): Promise<void> {
  const env = { RATE_LIMIT: '1', RATE_LIMIT_EMERGENCY: '1', RATE_LIMIT_REFUSALS: '1' };
  const service = await startService(t, { env });
  await service.get('Flag');
  await service.get('Patient/p/$acp-summary');
  await service.get('AuditEvent?patient=p', { as: 'officer' });
  for (const [name, [method, url, more]] of Object.entries(GOOD)) {
    const refused = await expect(t, 429, service.ask(method, url, more), `${name} above the limit`);
    t.match(refused.headers.get('retry-after'), /^\d+$/, name);
  }
  await expect(t, 429, service.post('/v1/emergency-card', { bsn: BSN.value }), 'card above the limit');
  await expect(t, 429, service.get('/v1/validation-reports'), 'reports above the limit');
  for (const url of [LOG_EVENT, '/v1/access-log?patient=p', '/v1/break-glass'])
    await expect(t, 429, service.get(url, { as: 'officer' }), `${url} above the limit`);
  await service.get('/v1/admin/clients', { as: 'admin' });
  for (const [method, url, more] of CLIENT_REQUESTS)
    await expect(t, 429, service.ask(method, url, { as: 'admin', ...more }), `${method} ${url} above the limit`);
  for (const url of WORKLISTS) await expect(t, 429, service.get(url), `${url} above the limit`);
  await service.get('/v1/retention', { as: 'admin' });
  await expect(t, 429, service.get('/v1/retention', { as: 'admin' }), 'retention above the limit');
  const ofNobody = () => service.ask('POST', '/oauth/token', { as: null, form: {} });
  await expect(t, 400, ofNobody(), 'token');
  await expect(t, 429, ofNobody(), 'token above the limit');
}

/** An assertion that names a client the service has to look up. */
async function tokenWithoutDatabase({ ask }: TestService): Promise<Answer> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'gp', sub: 'gp', aud: 'x', jti: 'j', iat: now, exp: now + 60 };
  const form = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${part({ alg: 'ES384', kid: 'k' })}.${part(claims)}.${'x'.repeat(128)}`,
  };
  return ask('POST', '/oauth/token', { as: null, form });
}

t.test('an answer that is not as documented fails the test that got it', async (t) => {
  const answer = (status: number, text: string, headers: Record<string, string> = {}) => ({
    method: 'GET',
    url: 'http://127.0.0.1/health/live',
    status,
    text,
    headers: new Headers({ ...ANSWER_HEADERS, 'x-request-id': 'r', 'content-type': 'application/json', ...headers }),
  });
  t.doesNotThrow(() => checkAnswer(answer(200, '{"status":"alive"}')));
  t.throws(() => checkAnswer(answer(418, '{"status":"alive"}')), /not documented/);
  t.throws(() => checkAnswer(answer(200, '{"status":"dead"}')), /status/);
  t.throws(() => checkAnswer(answer(200, '{"status":"alive"}', { 'content-type': 'text/plain' })), /content type/);
  t.throws(() => checkAnswer({ ...answer(200, '{"status":"alive"}'), url: 'http://127.0.0.1/secret' }), /not documented/);
  t.throws(() => checkAnswer({ ...answer(200, '{"status":"alive"}'), headers: new Headers(ANSWER_HEADERS) }), /x-request-id/);
  const unguarded = new Headers({ ...ANSWER_HEADERS, 'x-request-id': 'r', 'content-type': 'application/json' });
  unguarded.delete('x-frame-options');
  t.throws(() => checkAnswer({ ...answer(200, '{"status":"alive"}'), headers: unguarded }), /x-frame-options/);
});
