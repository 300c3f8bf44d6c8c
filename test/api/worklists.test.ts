// An organisation's worklists over HTTP: who is marked and what waits, whose agreements contradict each other, and who sees whom.
import t from 'tap';
import { Browser, hiddenFields, type Page } from '../harness/browser.js';
import { type Answer, type Ask, startService, type TestService } from '../harness/service.js';
import { permit, team, URAS } from '../harness/sharing.js';

const SNOMED = 'http://snomed.info/sct';
const CONSENTS = 'http://terminology.hl7.org/CodeSystem';
const REVIEW_DATE = 'https://fhir.izp.example/r4/StructureDefinition/izp-review-date';
const ICU = '305351004';
const DAY = 86_400_000;
const BSN = '900186021';
const IDENTITY = { identifier: [{ system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: BSN }] };
const NOON = Date.parse('2026-11-22T12:00:00Z');

type Posted = { resourceType: string } & Record<string, unknown>;
type Parameter = [name: string, type: string, value: unknown];

const parameters = (values: Parameter[]) => ({
  resourceType: 'Parameters',
  parameter: values.map(([name, type, value]) => ({ name, [`value${type}`]: value })),
});

/** The service with a clock: a token is asked for anew only when the clock moved. */
async function startAt(t: Parameters<typeof startService>[0], clock: () => number): Promise<TestService> {
  const service = await startService(t, { clock });
  const tokens = new Map<string, Promise<string>>();
  const ask: TestService['ask'] = async (method, url, { as = 'gp', purpose, headers = {}, ...more } = {}) => {
    const key = `${as} ${purpose} ${clock()}`;
    const token = tokens.get(key) ?? service.token(as as string, purpose);
    tokens.set(key, token);
    return service.ask(method, url, { as: null, headers: { ...headers, authorization: `Bearer ${await token}` }, ...more });
  };
  return {
    ...service,
    ask,
    get: (url, more) => ask('GET', url, more),
    post: (url, body, more) => ask('POST', url, { ...more, body }),
    put: (url, body, more) => ask('PUT', url, { ...more, body }),
  };
}

async function stored(answer: Promise<Answer>): Promise<Answer> {
  const done = await answer;
  if (done.status >= 300) throw new Error(`${done.status} ${done.text.slice(0, 500)}`);
  return done;
}

async function patient(service: TestService, id: string, more: object = {}, ask?: Ask): Promise<void> {
  await stored(
    service.put(`Patient/${id}`, { resourceType: 'Patient', id, name: [{ family: `Van ${id}` }], birthDate: '1940-02-03', ...more }, ask),
  );
}

async function mark(service: TestService, id: string, date: string, more: Parameter[] = [], ask?: Ask): Promise<void> {
  const values: Parameter[] = [
    ['instrument', 'Code', 'surprise-question'],
    ['answer', 'Code', 'not-surprised-by-death'],
    ['date', 'Date', date],
    ['by', 'String', 'S. Yilmaz, huisarts'],
    ...more,
  ];
  await stored(service.post(`Patient/${id}/$mark`, parameters(values), ask));
}

const colour = (code: string): Parameter => ['urgency', 'Code', code];

async function conversation(service: TestService, id: string, more: object = {}): Promise<string> {
  const code = { coding: [{ system: SNOMED, code: '713603004' }] };
  const subject = { reference: `Patient/${id}` };
  const procedure = { resourceType: 'Procedure', status: 'completed', code, subject, performedDateTime: '2026-10-01', ...more };
  return (await stored(service.post('Procedure', procedure))).json.id;
}

async function review(service: TestService, id: string, due: string): Promise<void> {
  const found = (await service.get(`CarePlan?patient=${id}&status=active`)).json.entry[0].resource;
  const extension = [...found.extension.filter(({ url }: { url: string }) => url !== REVIEW_DATE), { url: REVIEW_DATE, valueDate: due }];
  await stored(service.put(`CarePlan/${found.id}`, { ...found, extension }, { headers: { 'if-match': `W/"${found.meta.versionId}"` } }));
}

const task = (id: string, end: string, more: object = {}) => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  for: { reference: `Patient/${id}` },
  code: { text: 'Gesprek voeren' },
  owner: { display: 'Huisartsenpraktijk Lindedorp' },
  restriction: { period: { end } },
  ...more,
});

function directive(id: string, type: string, more: object = {}) {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: `${CONSENTS}/consentscope`, code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    patient: { reference: `Patient/${id}` },
    policy: [{ uri: 'https://wetten.overheid.nl/' }],
    dateTime: '2026-03-01',
    provision: { type, code: [{ coding: [{ system: SNOMED, code: ICU }] }] },
    ...more,
  };
}

const idsOf = (answer: Answer): string[] => {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer.json.patients.map((one: any) => one.patient.reference.replace('Patient/', ''));
};
const marked = async (service: TestService, query = '', ask?: Ask) => idsOf(await service.get(`/v1/marked${query}`, ask));
const conflicts = async (service: TestService, ask?: Ask) => idsOf(await service.get('/v1/conflicts', ask));

t.test('the marked patients of an organisation', async (t) => {
  let now = NOON;
  const service = await startAt(t, () => now);
  t.strictSame((await service.get('/v1/marked')).json, { patients: [], next: null });
  await patient(service, 'a', IDENTITY);
  for (const id of ['b', 'c', 'd', 'e']) await patient(service, id);
  await mark(service, 'a', '2026-11-01', [colour('orange'), ['readyToTalk', 'Boolean', false]]);
  await mark(service, 'b', '2026-09-01', [colour('orange')]);
  await mark(service, 'c', '2026-11-20', [colour('red')]);
  await mark(service, 'd', '2026-01-01');
  const byA = { as: 'homecare' };

  await t.test('red first, then who has waited longest; unmarked ones are not there', async (t) => {
    const answer = await service.get('/v1/marked');
    t.strictSame(idsOf(answer), ['c', 'b', 'a', 'd']);
    t.strictSame(answer.json.patients[2], {
      patient: { reference: 'Patient/a', name: 'Van a', birthDate: '1940-02-03', deceased: false, diedOn: null },
      marking: {
        reference: answer.json.patients[2].marking.reference,
        since: '2026-11-01',
        by: 'S. Yilmaz, huisarts',
        organization: URAS.gp,
        instrument: { code: 'surprise-question', display: answer.json.patients[2].marking.instrument.display },
        colour: 'orange',
        readyToTalk: false,
      },
      conversation: null,
      reviewDue: null,
      reviewOverdue: null,
      overdueTasks: answer.json.patients[2].overdueTasks,
    });
    t.match(
      answer.json.patients[2].overdueTasks,
      [{ what: 'Gesprek over wensen en grenzen', due: '2026-11-15', dueAgo: '7 dagen geleden', owner: 'S. Yilmaz, huisarts' }],
      'the step of the process that marking began',
    );
    t.notMatch(answer.text, BSN, 'no BSN');
    t.equal(answer.headers.get('cache-control'), 'no-store');
    t.strictSame(answer.json.patients[3].marking.colour, null);
  });

  await t.test('by colour, and with nothing it does not know', async (t) => {
    t.strictSame(await marked(service, '?colour=orange'), ['b', 'a']);
    t.strictSame(await marked(service, '?colour=none'), ['d']);
    for (const [query, expression] of [
      ['?colour=paars', 'colour'],
      ['?filter=alles', 'filter'],
      ['?filter=overdue&filter=overdue', 'filter'],
      ['?kleur=red', 'http.query'],
      ['?_page=x', '_page'],
      ['?_page=x&colour=red', '_page'],
    ] as const) {
      const refused = await service.get(`/v1/marked${query}`);
      t.equal(refused.status, 400, query);
      t.equal(refused.json.issue[0].expression[0], expression);
    }
    t.equal((await service.get('/v1/conflicts?colour=red')).status, 400);
  });

  await t.test('without a conversation: one held before or after the marking counts, one that was not held does not', async (t) => {
    t.strictSame(await marked(service, '?filter=no-conversation'), ['c', 'b', 'a', 'd']);
    await conversation(service, 'c', { performedDateTime: '2025-05-05' });
    await conversation(service, 'c');
    await conversation(service, 'b', { status: 'not-done' });
    const mistaken = await conversation(service, 'a');
    t.strictSame(await marked(service, '?filter=no-conversation'), ['b', 'd'], 'on the next request');
    await stored(service.ask('DELETE', `Procedure/${mistaken}`));
    t.strictSame(await marked(service, '?filter=no-conversation'), ['b', 'a', 'd']);
    const [first] = (await service.get('/v1/marked')).json.patients;
    t.equal(first.conversation.date, '2026-10-01', 'the newest one is told');
  });

  await t.test('with a review that is past its day, and by how much', async (t) => {
    t.strictSame(await marked(service, '?filter=review-due'), []);
    await review(service, 'b', '2026-11-22');
    t.strictSame(await marked(service, '?filter=review-due'), [], 'not on the day itself');
    now += DAY;
    t.strictSame(await marked(service, '?filter=review-due'), ['b'], 'without anybody writing');
    const [row] = (await service.get('/v1/marked?filter=review-due')).json.patients;
    t.strictSame([row.reviewDue, row.reviewOverdue], ['2026-11-22', '1 dag']);
    await review(service, 'b', '2027-02-01');
    t.strictSame(await marked(service, '?filter=review-due'), []);
    now = NOON;
  });

  await t.test('with tasks whose time has passed', async (t) => {
    await patient(service, 'f');
    await mark(service, 'f', '2026-11-22', [colour('green')]);
    const shown = async () =>
      (await service.get('/v1/marked?filter=overdue&colour=green')).json.patients.map((row: any) => [
        row.patient.reference,
        ...row.overdueTasks.map(({ reference }: any) => reference),
      ]);
    t.strictSame(await shown(), [], 'what the marking asks has time');
    const late = await stored(service.post('Task', task('f', '2026-11-20')));
    const today = await stored(service.post('Task', task('f', '2026-11-22T11:00:00Z')));
    await stored(service.post('Task', task('f', '2026-11-22')));
    await stored(service.post('Task', task('f', '2026-11-01', { status: 'completed' })));
    await stored(service.post('Task', task('e', '2026-11-01')));
    t.strictSame(await shown(), [['Patient/f', `Task/${late.json.id}`, `Task/${today.json.id}`]], 'and e is not marked');
    const [row] = (await service.get('/v1/marked?filter=overdue&colour=green')).json.patients;
    t.match(row.overdueTasks, [
      { what: 'Gesprek voeren', due: '2026-11-20', dueAgo: '2 dagen geleden' },
      { due: '2026-11-22T11:00:00Z', dueAgo: 'vandaag', owner: 'Huisartsenpraktijk Lindedorp' },
    ]);
    t.equal((await service.get('Task?patient=f&due=lt2026-11-22')).json.total, 2, 'as the search by due finds them, the ended one too');
    for (const one of [late, today]) await stored(service.put(`Task/${one.json.id}`, { ...one.json, status: 'cancelled' }));
    t.strictSame(await shown(), []);
    const end: Parameter[] = [
      ['end', 'Date', '2026-11-22'],
      ['reason', 'String', 'hersteld'],
    ];
    await stored(service.post('Patient/f/$mark', parameters(end)));
    const before = await marked(service, '?filter=overdue');
    t.ok(before.includes('a'));
    const held = await conversation(service, 'a', { performedDateTime: '2026-11-22' });
    t.notOk((await marked(service, '?filter=overdue')).includes('a'), 'what was asked for is recorded: its task ended');
    await stored(service.ask('DELETE', `Procedure/${held}`));
  });

  await t.test('once, by the most urgent of markings that were sent beside each other', async (t) => {
    const flag = (await service.get('Flag?patient=d&status=active')).json.entry[0].resource;
    const { id: _id, meta: _meta, ...copy } = flag;
    const urgency = { url: 'https://fhir.izp.example/r4/StructureDefinition/izp-urgency-colour' };
    const red = { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-urgency', code: 'red' }] };
    const second = await stored(
      service.post('Flag', {
        ...copy,
        period: { start: '2026-11-21' },
        extension: [...copy.extension, { ...urgency, valueCodeableConcept: red }],
      }),
    );
    t.strictSame(await marked(service), ['c', 'd', 'b', 'a']);
    await stored(service.ask('DELETE', `Flag/${second.json.id}`));
    t.strictSame(await marked(service), ['c', 'b', 'a', 'd']);
  });

  await t.test('no more once the marking ended, and last once somebody died', async (t) => {
    await patient(service, 'c', { deceasedDateTime: '2026-11-21' });
    const answer = await service.get('/v1/marked');
    t.strictSame(idsOf(answer), ['b', 'a', 'd', 'c']);
    t.match(answer.json.patients[3].patient, { deceased: true, diedOn: '2026-11-21' });
    await patient(service, 'a', { ...IDENTITY, deceasedBoolean: true });
    t.strictSame(await marked(service, '?filter=no-conversation'), ['b', 'd'], 'nobody is to talk to');
    await patient(service, 'a', { ...IDENTITY, deceasedBoolean: false });
    const end: Parameter[] = [
      ['end', 'Date', '2026-11-22'],
      ['reason', 'String', 'hersteld'],
    ];
    await stored(service.post('Patient/a/$mark', parameters(end)));
    t.strictSame(await marked(service), ['b', 'd', 'c']);
    await mark(service, 'a', '2026-11-22', [colour('green')]);
    t.strictSame(await marked(service), ['b', 'a', 'd', 'c']);
  });

  await t.test('for who keeps the record or is in the team, as long as that lasts, and not against an objection', async (t) => {
    t.strictSame(await marked(service, '', byA), [], 'nobody of others');
    await permit(service, 'a', { id: 'may', parties: [`ura:${URAS.homecare}`] });
    t.strictSame(await marked(service, '', byA), [], 'a permission to see is no treatment relation');
    await team(service, 'b', [URAS.homecare]);
    t.strictSame(await marked(service, '', byA), ['b'], 'on the next request');
    const member = {
      member: { type: 'Organization', identifier: { system: 'http://fhir.nl/fhir/NamingSystem/ura', value: URAS.homecare } },
    };
    const withPeriod = (end: string) => ({
      resourceType: 'CareTeam',
      id: 'team-b',
      status: 'active',
      subject: { reference: 'Patient/b' },
      participant: [{ ...member, period: { end } }],
    });
    await stored(service.put('CareTeam/team-b', withPeriod('2026-11-22')));
    t.strictSame(await marked(service, '', byA), ['b']);
    now += DAY;
    t.strictSame(await marked(service, '', byA), [], 'the membership ended in the night');
    now = NOON;
    await permit(service, 'b', { id: 'not', effect: 'deny', parties: [`ura:${URAS.homecare}`] });
    t.strictSame(await marked(service, '', byA), [], 'an objection closes the record');
    t.strictSame(await marked(service), ['b', 'a', 'd', 'c'], 'for the others nothing changed');
    for (const as of ['hap', 'ambulance', 'region', 'officer', 'admin', 'patient:b']) {
      t.equal((await service.get('/v1/marked', { as })).status, 403, as);
      t.equal((await service.get('/v1/conflicts', { as })).status, 403, as);
    }
  });

  await t.test('everybody on the list learns of it in the log', async (t) => {
    const requestId = 'marked-for-the-log';
    await service.get('/v1/marked', { headers: { 'x-request-id': requestId } });
    const { rows } = await service.database.pool.query(
      'SELECT patient_id, action, interaction, outcome, policy FROM audit_event WHERE request_id = $1 ORDER BY patient_id',
      [requestId],
    );
    t.strictSame(
      rows,
      ['a', 'b', 'c', 'd'].map((patient_id) => ({
        patient_id,
        action: 'E',
        interaction: 'marked',
        outcome: 'success',
        policy: 'own-team',
      })),
    );
  });

  await t.test('who has died stays until nothing is to be done for them any more', async (t) => {
    t.ok((await marked(service)).includes('c'));
    const tasks = (await service.get('Task?patient=c&status=requested')).json.entry.map((entry: any) => entry.resource);
    t.ok(tasks.length > 0, 'aftercare, and looking back');
    for (const one of tasks) await stored(service.put(`Task/${one.id}`, { ...one, status: 'completed' }));
    t.notOk((await marked(service)).includes('c'));
  });
});

t.test('walking a long list', async (t) => {
  const service = await startService(t);
  const entries = Array.from({ length: 60 }, (_, i) => {
    const id = `p${String(i).padStart(2, '0')}`;
    return [
      { resource: { resourceType: 'Patient', id, name: [{ family: id }] }, request: { method: 'PUT', url: `Patient/${id}` } },
      {
        resource: {
          resourceType: 'Flag',
          status: 'active',
          code: { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-marking-code', code: 'palliative-phase' }] },
          subject: { reference: `Patient/${id}` },
          author: { display: 'huisarts' },
          period: { start: `2026-${i % 2 === 0 ? '01' : '02'}-01` },
          extension: [
            {
              url: 'https://fhir.izp.example/r4/StructureDefinition/izp-marking-assessment',
              extension: [
                {
                  url: 'instrument',
                  valueCodeableConcept: {
                    coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-marking-instrument', code: 'spict' }],
                  },
                },
                {
                  url: 'answer',
                  valueCodeableConcept: {
                    coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-marking-answer', code: 'indicators-present' }],
                  },
                },
              ],
            },
          ],
        },
        request: { method: 'POST', url: 'Flag' },
      },
    ];
  }).flat();
  await stored(service.post('', { resourceType: 'Bundle', type: 'transaction', entry: entries }));
  const first = await service.get('/v1/marked?filter=no-conversation');
  t.equal(idsOf(first).length, 50);
  t.equal((await service.get(first.json.next, { as: 'homecare' })).status, 400, 'a link is for who got it');
  t.equal((await service.get(first.json.next.replace('marked', 'conflicts'))).status, 400);
  await conversation(service, 'p55');
  const second = await service.get(first.json.next);
  t.equal(second.json.next, null);
  const all = [...idsOf(first), ...idsOf(second)];
  const odd = Array.from({ length: 60 }, (_, i) => `p${String(i).padStart(2, '0')}`);
  t.strictSame(
    all,
    [...odd.filter((_, i) => i % 2 === 0), ...odd.filter((_, i) => i % 2 === 1 && i !== 55)],
    'each once, in order, the filter kept and as things stand now',
  );
});

t.test('agreements that contradict each other', async (t) => {
  let now = NOON;
  const service = await startAt(t, () => now);
  const hospital = { as: 'hospital', purpose: 'TREAT' };
  const card = async () => (await service.post('/v1/emergency-card', { bsn: BSN })).json;
  const onIcu = async () => (await card()).decisions.filter((one: any) => one.treatment.code === ICU);
  const record = async (resource: Posted, ask?: Ask): Promise<string> =>
    `${resource.resourceType}/${(await stored(service.post(resource.resourceType, resource, ask))).json.id}`;
  const withdraw = (reference: string, ask?: Ask) =>
    service.post(
      `${reference}/$withdraw`,
      parameters([
        ['who', 'String', 'de patiënt'],
        ['reason', 'String', 'Opnieuw besproken: de grens van het ziekenhuis gold voor die opname'],
      ]),
      ask,
    );
  await patient(service, 'k', IDENTITY);
  await patient(service, 'l');
  await patient(service, 'm');
  await team(service, 'k', [URAS.hospital]);
  await team(service, 'l', [URAS.hospital]);
  await team(service, 'm', [URAS.hospital]);
  const practitioner = { resourceType: 'Practitioner', id: 'yilmaz', name: [{ text: 'S. Yilmaz' }] };
  await stored(service.put('Practitioner/yilmaz', practitioner));
  const performer = [{ reference: 'Practitioner/yilmaz' }];

  await t.test('the hospital adds a limit that the GP agreed otherwise: told on card, document and list', async (t) => {
    const ours = await record(directive('k', 'permit', { dateTime: '2026-11-01', performer }));
    t.strictSame(await conflicts(service), []);
    const limit = directive('k', 'deny', { dateTime: '2026-11-10' });
    const theirs = await record(
      { ...limit, provision: { ...limit.provision, code: [...limit.provision.code, { coding: [{ system: SNOMED, code: '40617009' }] }] } },
      hospital,
    );
    t.strictSame(
      (await onIcu()).map((one: any) => [one.source.reference, one.decision, one.conflict]),
      [
        [theirs, 'do-not', true],
        [ours, 'do', true],
      ],
    );
    const document = (await service.get('Patient/k/$acp-summary')).text;
    t.match(document, ours);
    t.match(document, theirs);
    const answer = await service.get('/v1/conflicts');
    t.strictSame(idsOf(answer), ['k']);
    t.match(answer.json.patients[0], {
      patient: { reference: 'Patient/k', name: 'Van k', birthDate: '1940-02-03' },
      plan: /^CarePlan\//,
      treatments: [
        {
          treatment: { code: ICU },
          statements: [
            {
              agreement: { decision: 'do-not', date: '2026-11-10', source: { reference: theirs, organization: 'Ziekenhuis Lindedorp' } },
              alsoAbout: ['Beademing'],
            },
            {
              agreement: { decision: 'do', date: '2026-11-01', source: { reference: ours }, agreedBy: [{ name: 'S. Yilmaz' }] },
              alsoAbout: [],
            },
          ],
        },
      ],
      goals: [],
    });
    t.equal(answer.json.patients[0].treatments.length, 1);
    t.notMatch(answer.text, BSN);
    t.strictSame(await conflicts(service, hospital), ['k'], 'also to who contradicted it');
    t.strictSame(await conflicts(service, { as: 'homecare' }), [], 'and to nobody else');
    await permit(service, 'k', { id: 'may', parties: [`ura:${URAS.homecare}`] });
    t.strictSame(await conflicts(service, { as: 'homecare' }), [], 'who may see it and does not treat has nothing to resolve');
  });

  await t.test('names are those of now', async (t) => {
    await stored(service.put('Practitioner/yilmaz', { ...practitioner, name: [{ text: 'S. Yilmaz-de Boer' }] }));
    const [found] = (await service.get('/v1/conflicts')).json.patients;
    t.equal(found.treatments[0].statements[1].agreement.agreedBy[0].name, 'S. Yilmaz-de Boer');
  });

  await t.test('the GP resolves it by a later agreement and by withdrawing what no longer holds', async (t) => {
    const [theirs, ours] = (await onIcu()).map((one: any) => one.source.reference);
    const later = await record(directive('k', 'permit', { dateTime: '2026-11-20' }));
    t.strictSame(
      (await onIcu()).map((one: any) => one.source.reference),
      [later, theirs],
      'a later agreement replaces the own one and not that of another source',
    );
    t.strictSame(await conflicts(service), ['k']);
    const before = await service.post('/v1/emergency-card', { bsn: BSN });
    const done = await withdraw(theirs);
    t.equal(done.status, 200, done.text);
    for (const ask of [{}, hospital]) t.strictSame(await conflicts(service, ask), [], 'on the next request');
    t.match(await onIcu(), [{ decision: 'do', conflict: false, source: { reference: later } }]);
    t.notOk((await card()).warnings.some(({ code }: any) => code === 'conflict'));
    t.notMatch((await service.get('Patient/k/$acp-summary')).text, theirs);
    t.notMatch((await service.get('Consent?patient=k&category=http://snomed.info/sct|129125009')).text, theirs);
    const again = await service.post(
      '/v1/emergency-card',
      { bsn: BSN },
      { headers: { 'if-none-match': before.headers.get('etag') as string } },
    );
    t.equal(again.status, 200, 'a copy is no longer good');
    const history = await service.get(`${theirs}/_history`);
    t.strictSame(
      history.json.entry.map((entry: any) => entry.resource.status),
      ['inactive', 'active'],
      'what was agreed stays in the history',
    );
    t.match(JSON.stringify(history.json.entry[0].resource.extension), /Opnieuw besproken/);
    t.match((await service.get(`${ours}/_history`)).json.entry.length, 1);
  });

  await t.test('begins and ends with the periods of agreements, without anybody writing', async (t) => {
    const within = (type: string, period: object) => {
      const base = directive('l', type, { dateTime: '2026-11-02' });
      return { ...base, provision: { ...base.provision, period } };
    };
    await record(directive('l', 'permit'));
    await record(within('deny', { start: '2026-11-24', end: '2026-11-30' }), hospital);
    t.strictSame(await conflicts(service), []);
    now = NOON + 2 * DAY;
    t.strictSame(await conflicts(service), ['l']);
    now = NOON + 10 * DAY;
    t.strictSame(await conflicts(service), []);
    now = NOON;
  });

  await t.test('of goals too, by whoever writes first', async (t) => {
    const goal = (code: string) => ({
      resourceType: 'Goal',
      lifecycleStatus: 'active',
      description: { coding: [{ system: SNOMED, code }] },
      subject: { reference: 'Patient/m' },
      startDate: '2026-11-20',
    });
    const [first] = await Promise.all([
      record(goal('385987000')),
      record(goal('713148004'), hospital),
      record(directive('m', 'permit')),
      record(directive('m', 'deny'), hospital),
    ]);
    const answer = await service.get('/v1/conflicts');
    t.strictSame(idsOf(answer), ['m']);
    t.equal(answer.json.patients[0].goals.length, 2);
    t.equal(answer.json.patients[0].treatments[0].statements.length, 2);
    const kept = (await service.get(first as string)).json;
    await stored(service.put(first as string, { ...kept, lifecycleStatus: 'cancelled' }, hospital));
    t.strictSame((await service.get('/v1/conflicts')).json.patients[0].goals, []);
    await patient(service, 'm', { deceasedDateTime: '2026-11-22' });
    t.strictSame(await conflicts(service), [], 'who has died needs no agreement any more');
    const { rows } = await service.database.pool.query(
      "SELECT DISTINCT patient_id, action, outcome, policy FROM audit_event WHERE interaction = 'conflicts' AND outcome = 'success' ORDER BY patient_id",
    );
    t.strictSame(
      rows,
      ['k', 'l', 'm'].map((patient_id) => ({ patient_id, action: 'E', outcome: 'success', policy: 'own-team' })),
    );
  });
});

t.test('the worklists as pages', async (t) => {
  const service = await startService(t);
  const hospital = { as: 'hospital', purpose: 'TREAT' };
  const as = async (person: string, path: string) => {
    const browser = new Browser(service.base);
    return { browser, page: await browser.signIn(person, path) };
  };
  const sound = ({ html, status }: Page, title: string) => {
    t.equal(status, 200);
    t.match(html, `<h1>${title}</h1>`);
    t.equal(html.match(/<h1[ >]/g)?.length, 1);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    t.equal(new Set(ids).size, ids.length, 'ids once');
    const levels = [...html.matchAll(/<h([1-6])[ >]/g)].map(([, level]) => Number(level));
    t.ok(
      levels.every((level, i) => i === 0 || level <= (levels[i - 1] as number) + 1),
      'no heading level is left out',
    );
    t.notMatch(html, /<script|<img|<link|\son\w+=|src=/i, 'nothing is run or fetched');
    t.notMatch(html, BSN);
  };
  await patient(service, 'a', { ...IDENTITY, name: [{ text: 'A. <b>de Boer</b>' }] });
  await patient(service, 'b');
  await team(service, 'a', [URAS.hospital]);
  await mark(service, 'a', '2026-11-01', [colour('red'), ['readyToTalk', 'Boolean', false]]);
  await mark(service, 'b', '2026-11-01', [colour('green')]);
  await conversation(service, 'b');
  await review(service, 'b', '2024-01-01');
  await stored(service.post('Task', task('b', '2024-02-01')));

  await t.test('marked patients: what is to be done stands there in words', async (t) => {
    const { browser, page } = await as('gp', '/werklijst');
    sound(page, 'Gemarkeerde patiënten');
    t.match(page.html, '<a href="/werklijst" aria-current="page">Werklijst</a>');
    t.match(page.html, 'A. &lt;b&gt;de Boer&lt;/b&gt;');
    t.ok(page.html.indexOf('de Boer') < page.html.indexOf('Van b'), 'red first');
    for (const words of ['Rood', 'Nog geen gesprek', 'nog niet toe aan een gesprek', '1 oktober 2026', ' te laat</span>', 'Gesprek voeren'])
      t.match(page.html, words);
    const filtered = await browser.go('/werklijst?filter=no-conversation&colour=red');
    t.match(filtered.html, 'de Boer');
    t.notMatch(filtered.html, 'Van b');
    t.match(filtered.html, /<a href="\/werklijst\?filter=no-conversation&amp;colour=red" aria-current="page">Zonder gesprek<\/a>/);
    t.match((await browser.go('/werklijst?filter=review-due&colour=red')).html, 'Geen patiënten op deze lijst');
    t.equal((await browser.go('/werklijst?filter=alles')).status, 400);
    const hospitals = await as('hospital', '/werklijst');
    t.notMatch(hospitals.page.html, 'Van b', 'nobody of others');
    t.match(hospitals.page.html, 'de Boer');
    t.equal((await as('ambulance', '/werklijst')).page.status, 403);
  });

  await t.test('a conflict is resolved where it is seen', async (t) => {
    const none = await as('gp', '/werklijst/tegenstrijdig');
    sound(none.page, 'Tegenstrijdige afspraken');
    t.match(none.page.html, 'Bij geen van de eigen patiënten');
    await stored(service.post('Consent', directive('a', 'permit', { dateTime: '2026-11-01' })));
    const theirs = (await stored(service.post('Consent', directive('a', 'deny', { dateTime: '2026-11-10' }), hospital))).json;
    const { browser, page } = await as('gp', '/werklijst/tegenstrijdig');
    sound(page, 'Tegenstrijdige afspraken');
    for (const words of [
      'Wel naar de intensive care',
      'Niet naar de intensive care',
      'Afspraak van Ziekenhuis Lindedorp intrekken',
      '10 november 2026',
    ])
      t.match(page.html, words);
    const path = '/werklijst/tegenstrijdig';
    const form = hiddenFields(page.html, path);
    t.equal(form.agreement, `Consent/${theirs.id}`, 'the newest first');
    for (const [fields, fault] of [
      [{ who: 'de patiënt', reason: `Zie ${BSN}` }, 'Vul in waarom, zonder burgerservicenummer.'],
      [{ who: '', reason: 'Opnieuw besproken' }, 'Vul in wie de afspraak intrekt, zonder burgerservicenummer.'],
    ] as const) {
      const bad = await browser.go(path, { form: { ...form, ...fields } });
      t.equal(bad.status, 422);
      t.match(bad.html, '<details open>');
      t.match(bad.html, fault);
      t.match(bad.html, ' aria-invalid="true"');
    }
    const words = { who: 'de patiënt', reason: 'Opnieuw besproken' };
    t.equal((await browser.go(path, { form: { ...form, ...words, seen: 'x' } })).status, 409, 'what is withdrawn is what was read');
    t.equal((await browser.go(path, { form: { ...form, ...words, agreement: 'Patient/a' } })).status, 400);
    t.equal((await browser.go(path, { form: { agreement: form.agreement as string, ...words } })).status, 403, 'a form from elsewhere');
    t.strictSame(await conflicts(service), ['a'], 'nothing was changed');
    const done = await browser.go(path, { form: { ...form, ...words } });
    t.equal(done.url, `${service.base}${path}`);
    t.match(done.html, 'Bij geen van de eigen patiënten');
    t.strictSame(await conflicts(service), []);
    t.equal((await service.get(`Consent/${theirs.id}`)).json.status, 'inactive');
    const { rows } = await service.database.pool.query(
      "SELECT DISTINCT action, outcome, policy, user_id FROM audit_event WHERE interaction = 'conflicts-page' AND action = 'U'",
    );
    t.strictSame(rows, [{ action: 'U', outcome: 'success', policy: 'own-team', user_id: 'demo-gp' }]);
  });
});
