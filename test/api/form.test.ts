// The published form over HTTP: posted once, it stands on the card and is found by the seven queries; corrected, it corrects.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { FORM_ITEMS, type FormItem } from '../../src/izp/form/form-items.data.js';
import { type Answer, startService, type TestService } from '../harness/service.js';
import { sharingPermission, URAS } from '../harness/sharing.js';
import { patient as aPatient, bundle, observation, post, put } from './records.js';

const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));
const FORM_FILE = `${SHARED}pzp/QuestionnaireResponse-HendrikHartman-20201001.json`;
const skip = existsSync(FORM_FILE) ? false : 'the published example data are not beside the project (../shared/pzp)';
const env: Record<string, string> = existsSync(`${SHARED}fhir-packages`) ? { FHIR_PACKAGES_DIR: `${SHARED}fhir-packages` } : {};

const BSN = 'http://fhir.nl/fhir/NamingSystem/bsn';
const SNOMED = 'http://snomed.info/sct';
const FORM_PART = 'https://fhir.izp.example/r4/NamingSystem/izp-form-part';
const NAMES = [
  'https://fhir.iknl.nl/fhir/Questionnaire/ACP-zib2020',
  'https://api.iknl.nl/docs/r4/pzp/Questionnaire/ACP-zib2020',
  'https://api.iknl.nl/docs/pzp/r4/Questionnaire/ACP-zib2020',
];
const DECISION = 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.25.1';
const CPR = '89666000';
const DO = { valueCoding: { system: DECISION, code: '0' } };
const DO_NOT = { valueCoding: { system: DECISION, code: '2' } };

/** A form of our own making: a day, and what a test is about. */
function form(patientId: string | undefined, items: object[], fields: object = {}): any {
  return {
    resourceType: 'QuestionnaireResponse',
    questionnaire: `${NAMES[2]}|1.0.0`,
    status: 'completed',
    ...(patientId !== undefined && { subject: { reference: `Patient/${patientId}` } }),
    authored: '2026-09-20T09:00:00+02:00',
    item: [{ linkId: '963', answer: [{ valueDateTime: '2026-09-10' }] }, ...items],
    ...fields,
  };
}

const cpr = (...answer: object[]) => ({ linkId: '83', item: [{ linkId: '1409', item: [{ linkId: '1386', answer }] }] });
const antibiotics = (...answer: object[]) => ({ linkId: '83', item: [{ linkId: '1417', item: [{ linkId: '1396', answer }] }] });
const wish = (text: string) => ({ linkId: '107', item: [{ linkId: '1427', item: [{ linkId: '1190', answer: [{ valueString: text }] }] }] });

async function newPatient({ post }: TestService, bsn: string, fields: object = {}): Promise<string> {
  const answer = await post('Patient', aPatient({ identifier: [{ system: BSN, value: bsn }], ...fields }));
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json.id;
}

async function cardOf({ post }: TestService, bsn: string): Promise<any> {
  const answer = await post('/v1/emergency-card', { bsn });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json;
}

const decisionOn = (card: any, treatment: string) => card.decisions.filter((one: any) => one.treatment.code === treatment);
const warned = (card: any) => card.warnings.map((one: any) => one.code);

async function found({ get }: TestService, query: string): Promise<any[]> {
  const answer = await get(encodeURI(query));
  if (answer.status !== 200) throw new Error(answer.text);
  return (answer.json.entry ?? []).map((entry: any) => entry.resource);
}

const issuesOf = (answer: Answer) => answer.json.issue.map(({ code, expression }: any) => [code, ...(expression ?? [])]);
const at = (linkId: string) => `QuestionnaireResponse.item.where(linkId='${linkId}')`;

t.test('the published response, posted once', { skip }, async (t) => {
  const service = await startService(t, { env });
  const bsn = '999911120';
  const id = await newPatient(service, bsn, {
    birthDate: '1961-01-01',
    name: [{ use: 'official', given: ['Hendrik'], family: 'Hartman' }],
  });
  const sent = { ...JSON.parse(readFileSync(FORM_FILE, 'utf8')), subject: { reference: `Patient/${id}` } };
  const { id: _id, ...response } = sent;
  const stored = await service.post('QuestionnaireResponse', response);
  t.equal(stored.status, 201, stored.text.slice(0, 2000));

  await t.test('stands on the card, dated by the conversation', async (t) => {
    const card = await cardOf(service, bsn);
    t.strictSame(warned(card), [], 'nothing is left to warn of');
    for (const code of [CPR, '40617009', '305351004', '32485007', '281789004', '116762002'])
      t.match(decisionOn(card, code), [
        { decision: 'do', date: '2020-10-01', conflict: false, agreedBy: [{ role: 'patiënt' }, { name: 'van Huissen', role: 'huisarts' }] },
      ]);
    t.match(decisionOn(card, '400231000146108'), [
      { decision: 'unknown', text: 'Niet besproken', comment: 'Daar wil Hendrik het nog niet over hebben' },
    ]);
    t.match(card, {
      goal: { value: { code: '1351964001' }, date: '2020-10-01' },
      capacity: { capable: true },
      representative: { name: 'Michiel Hartman', emails: ['michiel.hartman@iknl.nl'] },
      firstContact: { name: 'Michiel Hartman' },
      icd: { present: true, note: 'Geïmplanteerd in 2018', switchOff: 'unknown' },
      preferredPlaceOfDeath: { status: 'unknown', note: 'Nog niet besproken' },
      euthanasia: { status: 'unknown' },
      organDonation: { value: { code: '373066001' } },
    });
  });

  await t.test('is found by the seven queries', async (t) => {
    const counts: [string, number][] = [
      [`Procedure?patient=${id}&code=${SNOMED}|713603004&_include=Procedure:encounter`, 2],
      [`Encounter?patient=${id}&reason-reference:Procedure.code=${SNOMED}|713603004&_include=Encounter:reason-reference`, 2],
      [`Consent?patient=${id}&scope=http://terminology.hl7.org/CodeSystem/consentscope|treatment&category=${SNOMED}|129125009`, 8],
      [`Consent?patient=${id}&scope=http://terminology.hl7.org/CodeSystem/consentscope|adr`, 0],
      [`Goal?patient=${id}&description=${SNOMED}|385987000,${SNOMED}|1351964001,${SNOMED}|713148004`, 1],
      [`Goal?patient=${id}&category=${SNOMED}|713603004`, 1],
      [`Observation?patient=${id}&code=${SNOMED}|665671000146101,153851000146100,395091006,340171000146104,247751003,570801000146104`, 6],
      [`DeviceUseStatement?patient=${id}&device.type=${SNOMED}|72506001&_include=DeviceUseStatement:device`, 2],
      [`CommunicationRequest?patient=${id}&category=${SNOMED}|223449006`, 1],
      [`QuestionnaireResponse?subject=Patient/${id}&questionnaire=${NAMES[1]}`, 1],
      [`Consent?patient=${id}&scope=http://terminology.hl7.org/CodeSystem/consentscope|patient-privacy`, 1],
    ];
    for (const [query, count] of counts) t.equal((await found(service, query)).length, count, query);
  });

  await t.test('says of every resource which form it came from, and breaks no published profile', async (t) => {
    const [provenance] = await found(
      service,
      `Provenance?target=${(await found(service, `Procedure?patient=${id}`)).map((one) => `Procedure/${one.id}`)[0]}`,
    );
    t.match(provenance.entity, [{ role: 'source', what: { reference: `QuestionnaireResponse/${stored.json.id}` } }]);
    t.match(provenance.agent, [{ type: { coding: [{ code: 'author' }] } }, { who: { identifier: { value: URAS.gp } } }]);
    t.equal(provenance.target.length, 22);
    for (const { reference } of provenance.target) {
      const answer = await service.get(reference);
      t.equal(answer.status, 200, reference);
      t.notOk(answer.json.meta.tag, `${reference} is as published`);
      t.ok(answer.json.identifier.some((one: any) => one.system === FORM_PART && one.value.startsWith(`${stored.json.id}/`)));
    }
  });

  await t.test('sent again as it is, it changes nothing', async (t) => {
    const before = await cardOf(service, bsn);
    const again = await service.put(`QuestionnaireResponse/${stored.json.id}`, { ...response, id: stored.json.id });
    t.equal(again.headers.get('etag'), 'W/"1"');
    t.equal((await cardOf(service, bsn)).version, before.version);
  });

  await t.test('$extract gives what stands there, as a transaction that changes nothing', async (t) => {
    const before = await cardOf(service, bsn);
    const answer = await service.get(`QuestionnaireResponse/${stored.json.id}/$extract`);
    t.equal(answer.status, 200, answer.text);
    t.equal(answer.json.type, 'transaction');
    const again = await service.post('', {
      ...answer.json,
      entry: answer.json.entry.filter((one: any) => one.resource.resourceType !== 'Provenance'),
    });
    t.equal(again.status, 200, again.text.slice(0, 1000));
    t.strictSame([...new Set(again.json.entry.map((one: any) => one.response.status))], ['200 OK']);
    t.equal((await cardOf(service, bsn)).version, before.version);
  });

  await t.test('$populate gives every answer back, and saving that changes nothing', async (t) => {
    const before = await cardOf(service, bsn);
    const answer = await service.get(`Questionnaire/$populate?canonical=${encodeURIComponent(NAMES[0] as string)}&subject=Patient/${id}`);
    t.equal(answer.status, 200, answer.text);
    const [{ resource: filled }, issues] = answer.json.parameter;
    t.notOk(issues, 'nothing is left open');
    const [given, told] = [answersOf(response.item), answersOf(filled.item)];
    for (const [linkId, answers] of Object.entries(given)) t.match(told[linkId], answers, linkId);
    const saved = await service.post('QuestionnaireResponse', { ...filled, status: 'completed' });
    t.equal(saved.status, 201, saved.text);
    t.strictSame(
      (await found(service, `Consent?patient=${id}`)).map((one) => one.meta.versionId),
      Array(9).fill('1'),
    );
    const after = await cardOf(service, bsn);
    t.strictSame({ ...after, version: '', asOf: '', plan: '' }, { ...before, version: '', asOf: '', plan: '' });
  });
});

t.test('forms with every answer there is break no published profile', { skip }, async (t) => {
  const service = await startService(t, { env });
  const id = await newPatient(service, '123456782', { birthDate: '1950-05-05' });
  const most = Math.max(...FORM_ITEMS.map(({ options = [] }) => options.length));
  for (let n = 0; n <= most; n++) {
    const answerTo = ({ linkId, kind, options }: FormItem) => {
      if (kind === 'date') return { valueDateTime: linkId === '963' ? `2026-01-${10 + n}` : '1950-05-05' };
      if (options === undefined || (n === most && linkId !== '1201')) return { valueString: 'In eigen woorden' };
      return { valueCoding: options[n % options.length] };
    };
    const itemsUnder = (parent?: string, under?: 'answer'): object[] =>
      FORM_ITEMS.filter((item) => item.parent === parent && item.under === under).map((item) => {
        if (item.kind === 'group') return { linkId: item.linkId, item: itemsUnder(item.linkId) };
        const nested = itemsUnder(item.linkId, 'answer');
        return { linkId: item.linkId, answer: [{ ...answerTo(item), ...(nested.length > 0 && { item: nested }) }] };
      });
    const stored = await service.post('QuestionnaireResponse', { ...form(id, []), item: itemsUnder() });
    t.equal(stored.status, 201, stored.text);
    t.match(stored.json.meta.tag, [{ code: 'extracted' }]);
  }
  const quality = 'https://fhir.izp.example/r4/CodeSystem/izp-data-quality|profile-errors';
  for (const type of [
    'Consent',
    'Goal',
    'Observation',
    'RelatedPerson',
    'Encounter',
    'Procedure',
    'Device',
    'DeviceUseStatement',
    'PractitionerRole',
    'Practitioner',
  ]) {
    t.ok((await found(service, `${type}?_count=1`)).length > 0, type);
    t.strictSame(
      (await found(service, `${type}?_tag=${quality}`)).map((one) => one),
      [],
      type,
    );
  }
});

t.test('the service’s own forms', async (t) => {
  const service = await startService(t);
  const id = await newPatient(service, '123456782');
  const own = (name: string, item: object[], fields: object = {}) =>
    form(id, [], { questionnaire: `https://fhir.izp.example/r4/Questionnaire/${name}`, item, ...fields });
  const from = (system: string, value: string) => ({
    valueCoding: { system: `https://fhir.izp.example/r4/CodeSystem/${system}`, code: value },
  });
  const day = { linkId: 'date', answer: [{ valueDate: '2026-09-01' }] };
  const marked = (...answer: string[]) => [
    day,
    { linkId: 'instrument', answer: [from('izp-marking-instrument', 'surprise-question')] },
    { linkId: 'answer', answer: answer.map((one) => from('izp-marking-answer', one)) },
    { linkId: 'urgency', answer: [from('izp-urgency', 'orange')] },
    { linkId: 'ready', answer: [{ valueCoding: { system: SNOMED, code: '373067005' } }] },
  ];

  await t.test('are here to be read', async (t) => {
    for (const name of ['izp-marking-form', 'izp-dimensions-form']) {
      const answer = await service.get(`Questionnaire/${name}`);
      t.equal(answer.status, 200);
      t.match(answer.json, { status: 'active', language: 'nl', subjectType: ['Patient'] });
    }
  });

  await t.test('the marking becomes an IzpMarking, and is taken back with its answer', async (t) => {
    const stored = await service.post('QuestionnaireResponse', own('izp-marking-form', marked('not-surprised-by-death')));
    t.equal(stored.status, 201, stored.text);
    t.match(stored.json.meta.tag, [{ code: 'extracted' }]);
    const [flag] = await found(service, `Flag?patient=${id}&status=active`);
    t.match(flag, {
      period: { start: '2026-09-01' },
      author: { identifier: { value: URAS.gp } },
      extension: [
        { extension: [{ url: 'instrument' }, { url: 'answer' }] },
        { valueCodeableConcept: { coding: [{ code: 'orange' }] } },
        { valueBoolean: false },
      ],
    });
    const corrected = own('izp-marking-form', marked('surprised-by-death'), { id: stored.json.id });
    t.equal((await service.put(`QuestionnaireResponse/${stored.json.id}`, corrected)).status, 200);
    t.strictSame(await found(service, `Flag?patient=${id}`), []);
  });

  await t.test('what matters becomes goals in its dimension, with what is done and by whom', async (t) => {
    const social = (matter: string, ...more: object[]) => ({
      linkId: 'social',
      item: [{ linkId: 'social-matter', answer: [{ valueString: matter }] }, ...more],
    });
    const stored = await service.post(
      'QuestionnaireResponse',
      own('izp-dimensions-form', [
        day,
        social(
          'Naar zee',
          { linkId: 'social-action', answer: [{ valueString: 'Wensambulance' }] },
          { linkId: 'social-who', answer: [{ valueString: 'wijkverpleging' }] },
        ),
        social('Zus bellen'),
        { linkId: 'spiritual', item: [{ linkId: 'spiritual-matter', answer: [{ valueString: 'Pastor spreken' }] }] },
      ]),
    );
    t.equal(stored.status, 201, stored.text);
    const goals = await found(service, `Goal?patient=${id}&_sort=_id`);
    t.strictSame(goals.map((goal) => [goal.category[0].coding[0].code, goal.description.text, goal.note?.[0].text]).sort(), [
      ['social', 'Naar zee', 'Actie: Wensambulance\nDoor: wijkverpleging'],
      ['social', 'Zus bellen', undefined],
      ['spiritual', 'Pastor spreken', undefined],
    ]);
    t.equal((await found(service, `CarePlan?patient=${id}&status=active`))[0].goal.length, 3, 'they hang in the plan');
  });

  await t.test('one that cannot be read says where', async (t) => {
    const problems = async (name: string, item: object[]) =>
      issuesOf(await service.post('QuestionnaireResponse/$extract', own(name, item)));
    t.strictSame(await problems('izp-marking-form', [day]), [['required', at('instrument')]]);
    t.strictSame(await problems('izp-marking-form', marked('maybe')), [['code-invalid', at('answer')]]);
    t.strictSame(
      await problems('izp-dimensions-form', [{ linkId: 'physical', item: [{ linkId: 'physical-who', answer: [{ valueString: 'x' }] }] }]),
      [
        ['required', at('date')],
        ['required', at('physical-matter')],
      ],
    );
  });
});

function answersOf(items: any[], found: Record<string, object[]> = {}): Record<string, object[]> {
  for (const { linkId, answer = [], item } of items ?? []) {
    for (const { item: nested, ...value } of answer) {
      found[linkId] = [...(found[linkId] ?? []), value];
      answersOf(nested, found);
    }
    answersOf(item, found);
  }
  return found;
}

t.test('a form of every name', async (t) => {
  const service = await startService(t);
  const bsn = '123456782';
  const id = await newPatient(service, bsn, { birthDate: '1950-05-05' });
  const gone = { status: 'entered-in-error' };
  // So that there is a card whatever becomes of the forms.
  t.equal((await service.post('Observation', observation(id))).status, 201);

  for (const name of [...NAMES, `${NAMES[0]}|0.1.3-beta3`]) {
    await t.test(`as ${name} it is extracted`, async (t) => {
      const stored = await service.post('QuestionnaireResponse', form(id, [cpr(DO_NOT)], { questionnaire: name }));
      t.equal(stored.status, 201, stored.text);
      t.match(decisionOn(await cardOf(service, bsn), CPR), [{ decision: 'do-not', date: '2026-09-10' }]);
      t.equal((await service.put(`QuestionnaireResponse/${stored.json.id}`, { ...stored.json, ...gone })).status, 200);
      t.match(
        decisionOn(await cardOf(service, bsn), CPR),
        [{ decision: 'not-recorded' }],
        'sent by mistake, it takes back what came of it',
      );
    });
  }

  await t.test('a draft is no agreement', async (t) => {
    const before = await cardOf(service, bsn);
    const stored = await service.post('QuestionnaireResponse', form(id, [cpr(DO_NOT)], { status: 'in-progress' }));
    const card = await cardOf(service, bsn);
    t.match(decisionOn(card, CPR), [{ decision: 'not-recorded' }]);
    t.equal(card.version, before.version, 'it changes no plan');
    t.strictSame(warned(card), [], 'and there is nothing in it that whoever reads the card could act on');
    const first = await newPatient(service, '900186021');
    await service.post('QuestionnaireResponse', form(first, [cpr(DO_NOT)], { status: 'in-progress' }));
    t.strictSame(await found(service, `CarePlan?patient=${first}`), [], 'it makes no plan');
    const patch = await service.ask('PATCH', `QuestionnaireResponse/${stored.json.id}`, {
      body: [{ op: 'replace', path: '/status', value: 'completed' }],
      headers: { 'content-type': 'application/json-patch+json' },
    });
    t.equal(patch.status, 200, patch.text);
    const agreed = await cardOf(service, bsn);
    t.match(decisionOn(agreed, CPR), [{ decision: 'do-not' }], 'completed by a patch, it is one');
    t.strictSame(warned(agreed), []);
    await service.put(`QuestionnaireResponse/${stored.json.id}`, { ...patch.json, ...gone });
  });

  await t.test('comes with its patient in one transaction', async (t) => {
    const answer = await service.post(
      '',
      bundle(
        'transaction',
        post(aPatient({ identifier: [{ system: BSN, value: '111222333' }] }), {}, 'urn:uuid:0b6b0f5c-3b2f-4d52-9c7e-0a6d5f0f0a01'),
        post(form(undefined, [cpr(DO)], { subject: { reference: 'urn:uuid:0b6b0f5c-3b2f-4d52-9c7e-0a6d5f0f0a01' } })),
      ),
    );
    t.equal(answer.status, 200, answer.text);
    t.match(decisionOn(await cardOf(service, '111222333'), CPR), [{ decision: 'do' }]);
  });

  await t.test('without its patient it is refused with what is needed', async (t) => {
    const answer = await service.post('QuestionnaireResponse', form(undefined, [cpr(DO)]));
    t.equal(answer.status, 422);
    t.match(answer.json.issue[0], { code: 'business-rule', diagnostics: /subject/ });
    const asked = await service.post('QuestionnaireResponse/$extract', form(undefined, [cpr(DO)]));
    t.equal(asked.status, 422);
    t.strictSame(issuesOf(asked), [['business-rule', 'QuestionnaireResponse.subject']]);
    const told = await service.post('QuestionnaireResponse/$extract', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'questionnaire-response', resource: form(undefined, [cpr(DO)]) },
        { name: 'subject', valueReference: { reference: `Patient/${id}` } },
      ],
    });
    t.equal(told.status, 200, told.text);
    t.ok(
      told.json.entry.some(({ resource }: any) => resource.resourceType === 'Consent' && resource.patient.reference === `Patient/${id}`),
    );
  });

  await t.test('with the birth date of somebody else it is refused, and nothing is stored', async (t) => {
    const before = (await found(service, `QuestionnaireResponse?patient=${id}`)).length;
    const answer = await service.post(
      'QuestionnaireResponse',
      form(id, [{ linkId: '967', answer: [{ valueDateTime: '1951-05-05' }] }, cpr(DO)]),
    );
    t.equal(answer.status, 422);
    t.strictSame(issuesOf(answer), [['business-rule', at('967')]]);
    t.equal((await found(service, `QuestionnaireResponse?patient=${id}`)).length, before);
  });

  await t.test('one that cannot be read is stored, told loudly, and changes no agreement', async (t) => {
    const wrong = form(id, [
      cpr({ valueCoding: { system: DECISION, code: '9' } }),
      wish('Buiten zitten'),
      { linkId: '4711', answer: [{ valueBoolean: true }] },
    ]);
    const asked = await service.post('QuestionnaireResponse/$extract', wrong);
    t.equal(asked.status, 422);
    t.strictSame(issuesOf(asked), [
      ['code-invalid', at('1386')],
      ['not-found', at('4711')],
    ]);
    const stored = await service.post('QuestionnaireResponse', wrong, { headers: { prefer: 'return=OperationOutcome' } });
    t.equal(stored.status, 201, stored.text);
    t.match(stored.json.issue.slice(1), [
      { severity: 'warning', expression: [at('1386')], diagnostics: /nothing of it stands in the agreements/ },
      { severity: 'warning', expression: [at('4711')] },
    ]);
    const card = await cardOf(service, bsn);
    t.strictSame(warned(card), ['form-not-processed']);
    t.match(decisionOn(card, CPR), [{ decision: 'not-recorded' }]);
    t.match(card.wishes, { status: 'not-recorded' }, 'nor is the half of it that could be read');
    const place = String(stored.headers.get('location')).split('/').at(-3) as string;
    const mended = await service.put(`QuestionnaireResponse/${place}`, form(id, [cpr(DO)], { id: place }));
    t.equal(mended.status, 200, mended.text);
    const after = await cardOf(service, bsn);
    t.strictSame(warned(after), []);
    t.match(decisionOn(after, CPR), [{ decision: 'do' }]);
    await service.put(`QuestionnaireResponse/${place}`, { ...mended.json, ...gone });
  });

  await t.test('a correction that cannot be read leaves the agreements, and says so on the card', async (t) => {
    const stored = await service.post('QuestionnaireResponse', form(id, [cpr(DO)]));
    const url = `QuestionnaireResponse/${stored.json.id}`;
    await service.put(url, form(id, [cpr({ valueBoolean: false })], { id: stored.json.id }));
    const card = await cardOf(service, bsn);
    t.match(decisionOn(card, CPR), [{ decision: 'do' }]);
    t.strictSame(warned(card), ['form-not-processed']);
    await service.put(url, { ...stored.json, ...gone });
  });
});

t.test('a corrected form', async (t) => {
  const service = await startService(t);
  const bsn = '900186021';
  const id = await newPatient(service, bsn);
  const first = form(id, [cpr(DO), antibiotics(DO), wish('Buiten zitten')]);
  const stored = await service.post('QuestionnaireResponse', first);
  t.equal(stored.status, 201, stored.text);
  const url = `QuestionnaireResponse/${stored.json.id}`;
  const correct = async (items: object[]) => {
    const answer = await service.put(url, form(id, items, { id: stored.json.id }));
    t.equal(answer.status, 200, answer.text);
  };
  const partsOf = async (name: string) => found(service, `Consent?patient=${id}&identifier=${FORM_PART}|${stored.json.id}/${name}`);

  await t.test('changes its own resources, and makes none twice', async (t) => {
    const [before] = await partsOf('directive-89666000');
    await correct([cpr(DO_NOT), antibiotics(DO), wish('Buiten zitten')]);
    const [after, ...others] = await partsOf('directive-89666000');
    t.equal(others.length, 0);
    t.match(after, { id: before.id, meta: { versionId: '2' }, provision: { type: 'deny' } });
    t.match((await partsOf('directive-281789004'))[0], { meta: { versionId: '1' } }, 'what it does not correct stays as it is');
    t.match(decisionOn(await cardOf(service, bsn), CPR), [{ decision: 'do-not', conflict: false }]);
  });

  await t.test('takes back what it no longer says; the history keeps it', async (t) => {
    const [before] = await partsOf('directive-281789004');
    await correct([cpr(DO_NOT), wish('Buiten zitten')]);
    t.match(decisionOn(await cardOf(service, bsn), '281789004'), [{ decision: 'not-recorded' }]);
    t.equal((await service.get(`Consent/${before.id}`)).status, 410);
    t.equal((await service.get(`Consent/${before.id}/_history/1`)).status, 200);
  });

  await t.test('does not bring back what was withdrawn since', async (t) => {
    const [directive] = await partsOf('directive-89666000');
    t.equal((await service.put(`Consent/${directive.id}`, { ...directive, status: 'inactive' })).status, 200);
    await correct([cpr(DO_NOT), wish('In de tuin zitten')]);
    t.match((await partsOf('directive-89666000'))[0], { status: 'inactive' });
    t.match(decisionOn(await cardOf(service, bsn), CPR), [{ decision: 'not-recorded' }]);
    t.match((await cardOf(service, bsn)).wishes, { text: 'In de tuin zitten' });
    await correct([cpr(DO), wish('In de tuin zitten')]);
    t.match(
      (await partsOf('directive-89666000'))[0],
      { status: 'active', provision: { type: 'permit' } },
      'another answer is another agreement',
    );
  });

  await t.test('cannot be deleted from under its agreements', async (t) => {
    const answer = await service.ask('DELETE', url);
    t.equal(answer.status, 422);
    t.match(answer.json.issue[0].diagnostics, /entered-in-error/);
    t.match(decisionOn(await cardOf(service, bsn), CPR), [{ decision: 'do' }]);
  });

  await t.test('and one of its resources cannot change in one transaction', async (t) => {
    const [directive] = await partsOf('directive-89666000');
    const answer = await service.post(
      '',
      bundle('transaction', put(form(id, [cpr(DO_NOT)], { id: stored.json.id })), put({ ...directive, status: 'inactive' })),
    );
    t.equal(answer.status, 400, answer.text);
    t.match(decisionOn(await cardOf(service, bsn), CPR), [{ decision: 'do' }]);
  });

  await t.test('a later conversation is a form of its own, and supersedes item by item', async (t) => {
    const later = form(id, [cpr(DO_NOT)]);
    later.item[0].answer[0].valueDateTime = '2026-10-20';
    t.equal((await service.post('QuestionnaireResponse', later)).status, 201);
    const card = await cardOf(service, bsn);
    t.match(decisionOn(card, CPR), [{ decision: 'do-not', date: '2026-10-20', conflict: false }]);
    t.match(card.wishes, { text: 'In de tuin zitten', date: '2026-09-10' }, 'what it does not speak of stays');
  });
});

t.test('what others hold', async (t) => {
  const service = await startService(t);
  const bsn = '123456782';
  const id = await newPatient(service, bsn);
  const contact = {
    linkId: '26',
    item: [{ linkId: '29', item: [{ linkId: '30', item: [{ linkId: '975', answer: [{ valueString: 'Visser' }] }] }] }],
  };
  const agrees = { linkId: '119', item: [{ linkId: '1201', answer: [{ valueCoding: { system: SNOMED, code: '441898007' } }] }] };
  t.equal((await service.post('Consent', sharingPermission(id, { parties: [`ura:${URAS.hospital}`] }))).status, 201);

  await t.test('who is let in by permission records agreements by form, and lets nobody else in', async (t) => {
    const stored = await service.post('QuestionnaireResponse', form(id, [cpr(DO_NOT), contact, agrees]), {
      as: 'hospital',
      headers: { prefer: 'return=OperationOutcome' },
    });
    t.equal(stored.status, 201, stored.text);
    t.match(stored.json.issue.slice(1), [{ expression: [at('29')] }, { expression: [at('1201')] }]);
    const card = await cardOf(service, bsn);
    t.match(decisionOn(card, CPR), [{ decision: 'do-not' }]);
    t.match(card.representative, { status: 'not-recorded' });
    t.equal(
      (await found(service, `Consent?patient=${id}&scope=http://terminology.hl7.org/CodeSystem/consentscope|patient-privacy`)).length,
      1,
    );
  });

  await t.test('a permission in the form of the record’s keeper opens it to who treats the patient', async (t) => {
    const ask = { as: 'hospice' };
    t.equal((await service.get(`Patient/${id}`, ask)).status, 404);
    t.equal((await service.post('QuestionnaireResponse', form(id, [contact, agrees]))).status, 201);
    t.equal((await service.get(`Patient/${id}`, ask)).status, 200);
  });

  await t.test('sources that disagree are left open by $populate', async (t) => {
    t.equal((await service.post('QuestionnaireResponse', form(id, [cpr(DO)]))).status, 201);
    const answer = await service.get(`Questionnaire/$populate?canonical=${encodeURIComponent(NAMES[0] as string)}&subject=Patient/${id}`);
    t.equal(answer.status, 200, answer.text);
    const [filled, issues] = answer.json.parameter;
    t.notOk(answersOf(filled.resource.item)['1386']);
    t.strictSame(
      issues.resource.issue.map((one: any) => one.expression[0]),
      [at('1386')],
    );
  });

  await t.test('another form is neither extracted nor filled in', async (t) => {
    const other = form(id, [{ linkId: '1', answer: [{ valueString: 'x' }] }], {
      questionnaire: 'https://elsewhere.example/Questionnaire/other',
    });
    t.equal((await service.post('QuestionnaireResponse/$extract', other)).status, 422);
    t.equal((await service.get(`Questionnaire/$populate?canonical=https%3A%2F%2Felsewhere.example%2Fq&subject=Patient/${id}`)).status, 422);
    t.equal((await service.post('QuestionnaireResponse', other)).status, 201);
  });
});
