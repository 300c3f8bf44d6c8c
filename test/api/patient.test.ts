// What patients and their representatives do for themselves over HTTP: withdraw, object, permit, say, propose, keep a letter.
import t from 'tap';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';
import { permit, team, URAS } from '../harness/sharing.js';

const SNOMED = 'http://snomed.info/sct';
const CONSENTS = 'http://terminology.hl7.org/CodeSystem';
const OWN = 'https://fhir.izp.example/r4';
const ROLE = 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472';
const TASK = `${OWN}/CodeSystem/izp-task`;
const CPR = '89666000';
const BSN = '900186021';

interface Case {
  service: TestService;
  /** Id of the patient. */
  patient: string;
  /** As the patient, and as the representative. */
  self: Ask;
  rep: Ask;
}

async function startCase(t: Parameters<typeof startService>[0]): Promise<Case> {
  const service = await startService(t);
  const patient = 'anna';
  const stored = await service.put('Patient/anna', {
    resourceType: 'Patient',
    id: patient,
    identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: BSN }],
    name: [{ given: ['Anna'], family: 'Proef' }],
    generalPractitioner: [{ display: 'S. Yilmaz, huisarts' }],
  });
  if (stored.status !== 201) throw new Error(stored.text);
  const related = {
    resourceType: 'RelatedPerson',
    id: 'dochter',
    patient: { reference: `Patient/${patient}` },
    relationship: [{ coding: [{ system: ROLE, code: '24', display: 'wettelijk vertegenwoordiger' }] }],
    name: [{ given: ['Fatma'], family: 'Proef' }],
  };
  const person = await service.put('RelatedPerson/dochter', related);
  if (person.status !== 201) throw new Error(person.text);
  return { service, patient, self: { as: `patient:${patient}` }, rep: { as: `representative:${patient}:dochter` } };
}

/** Records what the GP, or another, finds of the patient's capacity. */
async function capable({ service, patient }: Case, value: boolean, { as = 'gp', on = new Date().toISOString() } = {}): Promise<void> {
  const answer = await service.post(
    'Observation',
    {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: SNOMED, code: '665671000146101' }] },
      subject: { reference: `Patient/${patient}` },
      effectiveDateTime: on,
      valueBoolean: value,
    },
    { as },
  );
  if (answer.status !== 201) throw new Error(answer.text);
}

async function directive({ service, patient }: Case, code = CPR, ask: Ask = {}): Promise<string> {
  const consent = {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: `${CONSENTS}/consentscope`, code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    patient: { reference: `Patient/${patient}` },
    policy: [{ uri: 'https://wetten.overheid.nl/' }],
    dateTime: '2026-11-20',
    provision: { type: 'deny', code: [{ coding: [{ system: SNOMED, code }] }] },
  };
  const answer = await service.post('Consent', consent, ask);
  if (answer.status !== 201) throw new Error(answer.text);
  return `Consent/${answer.json.id}`;
}

const parameters = (values: Record<string, string | boolean>) => ({
  resourceType: 'Parameters',
  parameter: Object.entries(values).map(([name, value]) => ({
    name,
    [name === 'agreement'
      ? 'valueReference'
      : typeof value === 'boolean'
        ? 'valueBoolean'
        : name === 'outcome'
          ? 'valueCode'
          : 'valueString']: name === 'agreement' ? { reference: value } : value,
  })),
});
const withdraw = ({ service }: Case, reference: string, ask: Ask, more: Record<string, string | boolean> = {}) =>
  service.post(`${reference}/$withdraw`, parameters({ reason: 'Van gedachten veranderd', ...more }), ask);
const tasksOf = async ({ service, patient }: Case, code: string, ask: Ask = {}) =>
  ((await service.get(`Task?patient=${patient}&code=${TASK}|${code}`, ask)).json.entry ?? []).map((one: any) => one.resource);
const cardDecision = async ({ service }: Case, code = CPR) =>
  (await service.post('/v1/emergency-card', { bsn: BSN })).json.decisions?.find((d: any) => d.treatment.code === code)?.decision;
const withdrawalIn = (answer: Answer) =>
  Object.fromEntries(
    answer.json.extension
      .find((one: any) => one.url.endsWith('izp-withdrawal'))
      .extension.map((one: any) => [one.url, one.valueString ?? one.valueBoolean ?? one.valueReference]),
  );

t.test('a patient takes back what was agreed', async (t) => {
  const c = await startCase(t);
  const { service, patient, self, rep } = c;
  await team(service, patient, [URAS.hospital]);
  const consent = await directive(c, CPR, { as: 'hospital' });
  t.equal(await cardDecision(c), 'do-not');

  await t.test('as the patient, on the next request, told to the GP once', async (t) => {
    t.equal((await withdraw(c, consent, self, { represented: true })).status, 400, 'the token says who it is');
    const done = await withdraw(c, consent, self);
    t.equal(done.status, 200, done.text);
    t.equal(done.json.status, 'inactive');
    t.match(withdrawalIn(done), {
      who: 'de patiënt',
      represented: false,
      by: { reference: `Patient/${patient}`, display: 'de patiënt' },
      recordedBy: { identifier: { value: URAS.hospital } },
    });
    t.equal(await cardDecision(c), 'not-recorded');
    const again = await withdraw(c, consent, self, { who: 'ikzelf' });
    t.strictSame([again.status, again.json.meta.versionId], [200, done.json.meta.versionId]);
    const tasks = await tasksOf(c, 'review-withdrawal');
    t.equal(tasks.length, 1);
    t.match(tasks[0], { status: 'requested', focus: { reference: consent }, requester: { reference: `Patient/${patient}` } });
    const { rows } = await service.database.pool.query('SELECT author_ura FROM resource WHERE type = $1 AND id = $2', [
      'Consent',
      consent.split('/')[1],
    ]);
    t.equal(rows[0].author_ura, URAS.hospital, 'it stays what the hospital recorded');
  });

  await t.test('and does not come back by being sent again', async (t) => {
    const { extension: _withdrawal, meta: _meta, ...known } = (await service.get(consent)).json;
    const again = (more: object) => service.put(consent, { ...known, status: 'active', ...more }, { as: 'hospital' });
    const patch = [{ op: 'replace', path: '/status', value: 'active' }];
    for (const answer of [
      await again({}),
      await again({ dateTime: '2026-11-19' }),
      await again({ dateTime: undefined }),
      await service.ask('PATCH', consent, { as: 'hospital', body: patch, headers: { 'content-type': 'application/json-patch+json' } }),
    ])
      t.strictSame([answer.status, answer.json.issue[0].code], [422, 'business-rule'], answer.text);
    t.equal(await cardDecision(c), 'not-recorded');
    t.equal((await again({ status: 'entered-in-error' })).status, 200, 'what is not in force may be written');
  });

  await t.test('the log tells the patient that it was the patient', async (t) => {
    const log = await service.get(`AuditEvent?patient=${patient}&_count=20`, self);
    const events = log.json.entry.map((one: any) => one.resource);
    t.ok(events.some((one: any) => one.action === 'U' && JSON.stringify(one).includes(consent)));
  });

  await t.test('not as a representative while the patient can decide, nor when nobody said otherwise', async (t) => {
    const other = await directive(c, '305351004');
    t.equal((await withdraw(c, other, rep)).status, 403, 'nothing is recorded');
    await capable(c, true);
    t.equal((await withdraw(c, other, rep)).status, 403);
    t.equal(await cardDecision(c, '305351004'), 'do-not', 'and it still stands');
    t.equal((await withdraw(c, other, { as: 'patient:nobody' })).status, 404, 'nor as another patient');
    t.equal((await withdraw(c, other, { as: `representative:${patient}:nobody` })).status, 404, 'nor as who represents nobody');
  });

  await t.test('as a representative once everybody’s last word is that the patient cannot; then no longer as the patient', async (t) => {
    const mine = await directive(c, '32485007');
    await capable(c, true, { as: 'hospital' });
    await capable(c, false);
    t.equal((await withdraw(c, mine, rep)).status, 403, 'the hospital says otherwise');
    t.equal((await withdraw(c, mine, self)).status, 403, 'and the last word is no');
    await capable(c, false, { as: 'hospital' });
    const done = await withdraw(c, mine, rep);
    t.equal(done.status, 200, done.text);
    t.match(withdrawalIn(done), {
      represented: true,
      by: { reference: 'RelatedPerson/dochter', display: 'Fatma Proef, wettelijk vertegenwoordiger' },
    });
    t.match((await tasksOf(c, 'review-withdrawal')).map((one: any) => one.requester.reference).sort(), [
      `Patient/${patient}`,
      'RelatedPerson/dochter',
    ]);
    await capable(c, true);
    await capable(c, true, { as: 'hospital' });
    t.equal((await withdraw(c, await directive(c, '281789004'), self)).status, 200, 'capable again');
  });

  await t.test('the plan with all in it; no other care plan, and nothing is written by it', async (t) => {
    const plan = (await service.get(`CarePlan?patient=${patient}&status=active`, self)).json.entry[0].resource;
    const other = {
      resourceType: 'CarePlan',
      id: 'chemo',
      status: 'active',
      intent: 'order',
      subject: { reference: `Patient/${patient}` },
    };
    t.equal((await service.put('CarePlan/chemo', other, { as: 'hospital' })).status, 201);
    t.equal((await withdraw(c, 'CarePlan/chemo', self)).status, 422);
    for (const [type, id, change] of [
      ['CarePlan', plan.id, { ...plan, status: 'revoked' }],
      ['Consent', consent.split('/')[1], { ...(await service.get(consent)).json, status: 'active' }],
    ])
      t.equal(
        (await service.put(`${type}/${id}`, change, { ...self, headers: { 'if-match': `W/"${change.meta.versionId}"` } })).status,
        403,
      );
    const done = await withdraw(c, `CarePlan/${plan.id}`, self);
    t.equal(done.status, 200, done.text);
    t.equal(done.json.status, 'revoked');
    t.equal((await service.post('/v1/emergency-card', { bsn: BSN })).json.status, 'none-available');
    t.equal((await service.get(`Goal?patient=${patient}`)).json.total, 0);
    const tasks = (await tasksOf(c, 'review-withdrawal')).filter((one: any) => one.focus.reference.startsWith('CarePlan/'));
    t.equal(tasks.length, 1, 'one task for all of it');
    t.equal((await withdraw(c, `CarePlan/${plan.id}`, self)).status, 200);
    t.equal((await tasksOf(c, 'review-withdrawal')).length, 4);
  });
});

t.test('a patient decides who sees the record', async (t) => {
  const c = await startCase(t);
  const { service, patient, self, rep } = c;
  const seen = async (as: string) => (await service.get(`Patient/${patient}`, { as })).status;
  const sharing = (parties: string[], effect: 'permit' | 'deny' = 'permit') => permit(service, patient, { parties, effect }, self);

  await t.test('a permission that the GP recorded is taken back by the patient', async (t) => {
    const given = await permit(service, patient, { parties: ['type:T2'] });
    t.equal(await seen('homecare'), 200);
    t.equal((await service.put(`Consent/${given.json.id}`, { ...given.json, status: 'inactive' }, self)).status, 403);
    t.equal((await withdraw(c, `Consent/${given.json.id}`, self)).status, 200);
    t.equal(await seen('homecare'), 404, 'on the next request');
  });

  await t.test('an objection reaches who is in the care team, and goes', async (t) => {
    await team(service, patient, [URAS.hospice]);
    t.equal(await seen('hospice'), 200);
    const objection = await sharing([`ura:${URAS.hospice}`], 'deny');
    t.equal(await seen('hospice'), 404);
    t.equal((await service.put(`Consent/${objection.json.id}`, { ...objection.json, status: 'inactive' }, self)).status, 200);
    t.equal(await seen('hospice'), 200);
  });

  await t.test('also when it is recorded that the patient cannot decide about treatment', async (t) => {
    await capable(c, false);
    await sharing(['type:V4']);
    t.equal(await seen('hospital'), 200);
    await sharing(['type:V4'], 'deny');
    t.equal(await seen('hospital'), 404);
  });

  await t.test('a representative in the patient’s place, only while the patient cannot decide', async (t) => {
    await permit(service, patient, { id: 'rep-says', parties: ['type:N6'] }, rep);
    t.equal(await seen('hap'), 200);
    await capable(c, true);
    const again = { ...(await service.get('Consent/rep-says')).json, status: 'inactive' };
    t.equal((await service.put('Consent/rep-says', again, rep)).status, 403);
    const other = { ...again, id: undefined, status: 'active' };
    t.equal((await service.post('Consent', other, rep)).status, 403);
    t.equal((await service.put('Consent/rep-says', again, self)).status, 200, 'the patient decides about all of it');
    t.equal(await seen('hap'), 404);
  });

  await t.test('a permission that is a treatment directive as well is none of the patient’s', async (t) => {
    const both = (await permit(service, patient, { parties: ['type:AMB'] }, self)).json;
    const mixed = { ...both, id: undefined, category: [...both.category, { coding: [{ system: SNOMED, code: '129125009' }] }] };
    t.ok((await service.post('Consent', mixed, self)).status >= 400);
  });
});

t.test('a patient says and proposes, beside what was agreed', async (t) => {
  const c = await startCase(t);
  const { service, patient, self, rep } = c;
  const consent = await directive(c);
  const card = async () => (await service.post('/v1/emergency-card', { bsn: BSN })).json;
  const before = await card();
  const words = (more: object = {}) => ({
    resourceType: 'Communication',
    status: 'completed',
    category: [{ coding: [{ system: `${OWN}/CodeSystem/izp-own-words`, code: 'proposal' }] }],
    subject: { reference: `Patient/${patient}` },
    about: [{ reference: consent }],
    sent: '2026-11-22T10:00:00Z',
    payload: [{ contentString: 'Ik wil toch gereanimeerd worden.' }],
    ...more,
  });
  const answer = (task: string, values: Record<string, string>, ask: Ask = {}) =>
    service.post(`Task/${task}/$answer`, parameters(values), ask);
  const open = async () => (await tasksOf(c, 'review-proposal')).filter((one: any) => one.status === 'requested');

  await t.test('the GP gets one task, however often it is sent, and the card stays as it was', async (t) => {
    const key = { ...self, headers: { 'idempotency-key': 'voorstel-1' } };
    const first = await service.post('Communication', words(), key);
    t.equal(first.status, 201, first.text);
    t.equal((await service.post('Communication', words(), key)).json.id, first.json.id);
    const again = await service.put(`Communication/${first.json.id}`, words({ id: first.json.id, note: [{ text: 'Dit meen ik.' }] }), self);
    t.equal(again.status, 200, again.text);
    const [task, ...others] = await open();
    t.equal(others.length, 0);
    t.match(task, {
      intent: 'proposal',
      focus: { reference: `Communication/${first.json.id}` },
      reasonReference: { reference: consent },
      requester: { reference: `Patient/${patient}` },
      owner: { display: 'S. Yilmaz, huisarts' },
    });
    t.notMatch(JSON.stringify(task), /gereanimeerd/, 'the words stand in one place');
    t.strictSame(await card(), before);
  });

  await t.test('what reads like an agreement is none when a patient says it, nor when a carer touches it after', async (t) => {
    const sly = words({
      reasonCode: [{ coding: [{ system: SNOMED, code: '713603004' }] }],
      topic: { coding: [{ system: SNOMED, code: '223449006' }] },
    });
    const stored = await service.post('Communication', { ...sly, about: undefined, category: undefined }, self);
    t.equal(stored.status, 201, stored.text);
    t.equal((await card()).informRelatives.status, 'not-recorded');
    const marked = await service.post('Communication', { ...sly, about: undefined }, self);
    t.equal((await service.put(`Communication/${marked.json.id}`, { ...marked.json, note: [{ text: 'gelezen' }] })).status, 200);
    t.equal((await card()).informRelatives.status, 'not-recorded');
    const plan = (await service.get(`CarePlan?patient=${patient}&status=active`)).json.entry[0].resource;
    t.notMatch(JSON.stringify(plan), /Communication\//);
    t.notMatch(JSON.stringify(plan.contributor), /"value":""/);
    t.equal((await open()).length, 3);
    for (const one of [stored, marked])
      t.equal((await service.put(`Communication/${one.json.id}`, { ...one.json, status: 'entered-in-error' })).status, 200);
    t.equal((await open()).length, 1, 'taken back is no longer asked');
  });

  await t.test('is declined in words, once, and the patient reads them', async (t) => {
    const [task] = await open();
    t.equal((await answer(task.id, { outcome: 'noted' })).status, 422, 'a proposal is answered');
    t.equal((await answer(task.id, { outcome: 'declined' })).status, 400, 'in words');
    t.equal((await answer(task.id, { outcome: 'declined', text: 'x' }, self)).status, 403, 'not by the patient');
    const no = { outcome: 'declined', text: 'Dit bespreken we dinsdag eerst samen.' };
    const [a, b] = await Promise.all([answer(task.id, no), answer(task.id, no)]);
    t.strictSame([a.status, b.status], [200, 200], a.text);
    t.equal(a.json.meta.versionId, b.json.meta.versionId);
    t.equal((await answer(task.id, { ...no, text: 'Anders' })).status, 422);
    const read = await service.get(`Task/${task.id}`, self);
    t.match(read.json, { status: 'rejected', statusReason: { text: no.text }, businessStatus: { coding: [{ code: 'declined' }] } });
    t.equal((await open()).length, 0);
    t.strictSame(await card(), before);
  });

  await t.test('said anew it is asked anew, and taken over by an agreement of this record', async (t) => {
    const id = (await tasksOf(c, 'review-proposal')).find((one: any) => one.status === 'rejected').focus.reference.split('/')[1];
    t.equal((await service.put(`Communication/${id}`, words({ id, note: [{ text: 'We spraken erover.' }] }), self)).status, 200);
    const [task] = await open();
    const made = await service.put(consent, {
      ...(await service.get(consent)).json,
      dateTime: '2026-11-22',
      provision: { type: 'permit', code: [{ coding: [{ system: SNOMED, code: CPR }] }] },
    });
    t.equal(made.status, 200, made.text);
    t.equal((await answer(task.id, { outcome: 'agreed' })).status, 400);
    for (const agreement of ['Consent/nowhere', `Communication/${id}`, `Patient/${patient}`])
      t.equal((await answer(task.id, { outcome: 'agreed', agreement })).status, 422, agreement);
    const yes = await answer(task.id, { outcome: 'agreed', agreement: consent });
    t.equal(yes.status, 200, yes.text);
    t.match(yes.json, { status: 'completed', output: [{ valueReference: { reference: consent } }] });
    t.equal(await cardDecision(c), 'do');
    t.equal(
      (await service.post(`Task/${task.id}/$answer`, parameters({ outcome: 'agreed', agreement: consent }))).json.meta.versionId,
      yes.json.meta.versionId,
    );
  });

  await t.test('a representative in their own name, who leaves the patient’s words as they are', async (t) => {
    const own = await service.post('Communication', words({ sender: { reference: 'RelatedPerson/dochter' } }), rep);
    t.equal(own.status, 201, own.text);
    t.equal((await open())[0].requester.reference, 'RelatedPerson/dochter');
    t.equal((await service.post('Communication', words({ sender: { reference: `Patient/${patient}` } }), rep)).status, 403);
    t.equal((await service.post('Communication', words({ sender: { reference: 'Practitioner/x' } }), self)).status, 403);
    const theirs = await service.post('Communication', words(), self);
    const changed = { ...theirs.json, payload: [{ contentString: 'Iets anders.' }] };
    t.equal((await service.put(`Communication/${theirs.json.id}`, changed, rep)).status, 403);
    t.equal(
      (await service.put(`Communication/${own.json.id}`, { ...own.json, sender: undefined, status: 'stopped' }, self)).status,
      200,
      'the patient may',
    );
    await capable(c, false);
    t.equal((await service.put(`Communication/${theirs.json.id}`, changed, rep)).status, 200, 'in the place of who cannot decide');
    t.equal((await service.get(`Communication/${theirs.json.id}`, { as: 'patient:other' })).status, 404);
  });

  await t.test('as a document, which goes with its task when it is destroyed', async (t) => {
    const document = {
      resourceType: 'DocumentReference',
      status: 'current',
      docStatus: 'preliminary',
      subject: { reference: `Patient/${patient}` },
      content: [{ attachment: { contentType: 'text/plain', data: Buffer.from('Ik blijf graag thuis.').toString('base64') } }],
    };
    const stored = await service.post('DocumentReference', document, self);
    t.equal(stored.status, 201, stored.text);
    const reference = `DocumentReference/${stored.json.id}`;
    const [task] = (await open()).filter((one: any) => one.focus.reference === reference);
    t.equal(task.code.text, 'Eigen woorden lezen');
    t.equal((await service.ask('DELETE', reference)).status, 204);
    t.equal((await service.get(`Task/${task.id}`)).json.status, 'cancelled');
  });
});

t.test('a letter is kept as it was sent, and only shows', async (t) => {
  const c = await startCase(t);
  const { service, patient, self } = c;
  const letter = (bytes: Buffer, contentType: string, more: object = {}, attached: object = {}) => ({
    resourceType: 'DocumentReference',
    status: 'current',
    docStatus: 'preliminary',
    type: { coding: [{ system: `${OWN}/CodeSystem/izp-document-type`, code: 'wish-letter' }] },
    subject: { reference: `Patient/${patient}` },
    content: [{ attachment: { contentType, creation: '2026-11-01', data: bytes.toString('base64'), ...attached } }],
    ...more,
  });
  const text = Buffer.from('Lieve dokter, ik wil thuis sterven.');
  const rulesOf = (answer: Answer) =>
    answer.json.issue.filter((one: any) => one.severity === 'error').map((one: any) => one.details.coding[0].code);
  const stored = await service.post('DocumentReference', letter(text, 'text/plain'), self);
  t.equal(stored.status, 201, stored.text);
  t.equal((await service.get(`DocumentReference/${stored.json.id}`, self)).json.content[0].attachment.data, text.toString('base64'));
  t.equal((await service.get(`DocumentReference?patient=${patient}`)).json.total, 1, 'the GP finds it');
  t.equal((await tasksOf(c, 'review-proposal')).length, 1);

  await t.test('it hangs in the plan, whose version it changes, and makes none', async (t) => {
    t.equal((await service.get(`CarePlan?patient=${patient}`)).json.total, 0);
    await directive(c);
    const plan = async () => (await service.get(`CarePlan?patient=${patient}&status=active`)).json.entry[0].resource;
    const before = await plan();
    const reference = `DocumentReference/${stored.json.id}`;
    t.match(JSON.stringify(before.supportingInfo), reference);
    const { id } = stored.json;
    t.equal((await service.put(reference, letter(text, 'text/plain', { id, docStatus: 'final' }))).status, 200, 'signed');
    const signed = await plan();
    t.not(signed.meta.versionId, before.meta.versionId);
    t.equal((await service.put(reference, letter(text, 'text/plain', { id, docStatus: 'final', status: 'superseded' }))).status, 200);
    t.notMatch(JSON.stringify((await plan()).supportingInfo), reference);
    t.equal((await service.put(reference, letter(text, 'text/plain', { id }))).status, 200);
  });

  const refused: [string, object, string][] = [
    ['a page', letter(Buffer.from('<html><script>1</script>'), 'text/plain'), 'attachment-kind'],
    ['a drawing', letter(Buffer.from('<svg/>'), 'image/png'), 'attachment-kind'],
    ['text said to be a PDF', letter(text, 'application/pdf'), 'attachment-type'],
    ['a PDF that runs', letter(Buffer.from('%PDF-1.7\n<< /S /JavaScript >>\n%%EOF\n'), 'application/pdf'), 'attachment-unsafe'],
    ['another hash', letter(text, 'text/plain', {}, { hash: 'AAAA' }), 'attachment-hash'],
    ['another size', letter(text, 'text/plain', {}, { size: 1 }), 'attachment-size'],
    ['an address', letter(text, 'text/plain', {}, { url: 'https://elders.example/brief' }), 'attachment-elsewhere'],
  ];
  for (const [name, resource, rule] of refused)
    for (const ask of [self, {}]) {
      const answer = await service.post('DocumentReference', resource, ask);
      t.equal(answer.status, 422, name);
      t.ok(rulesOf(answer).includes(rule), `${name}: ${answer.text.slice(0, 200)}`);
      t.notMatch(answer.text, text.toString('base64'));
    }
  const unmarked = { ...letter(Buffer.from('<html>'), 'text/html'), type: undefined };
  t.equal((await service.post('DocumentReference', unmarked, self)).status, 422, 'whatever a patient calls it');
  t.equal((await service.post('DocumentReference', unmarked)).status, 201, 'other documents of professionals are their own');
  const large = await service.post('DocumentReference', letter(Buffer.alloc(10 * 1024 * 1024, 'a'), 'text/plain'), self);
  t.equal(large.status, 201, '10 MB');
  t.equal((await service.post('DocumentReference', letter(Buffer.alloc(10 * 1024 * 1024 + 1, 'a'), 'text/plain'), self)).status, 422);
});
