// The emergency card, its document and its page: everything told, nothing confused, the same record the same bytes.
import assert from 'node:assert/strict';
import type { Composition, Patient, Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import t from 'tap';
import { renderEmergencyPage, renderFailurePage, renderNonePage } from '../../src/http/pages/emergency-page.js';
import { EMERGENCY_STYLE, EMERGENCY_STYLE_HASH } from '../../src/http/pages/emergency-style.js';
import { type EmergencyCard, emergencyCard } from '../../src/izp/card.js';
import { ageInWords, dutchDay } from '../../src/izp/dutch.js';
import type { PatientRecord } from '../../src/izp/record.js';
import { izpRecordKeeper } from '../../src/izp/record-keeper.js';
import { loadResourceFolder } from '../../src/validation/packages.js';
import { createValidator } from '../../src/validation/validator.js';
import { codeOf, consent, UNKNOWN_MODIFIER } from './consents.js';
import { example, GP, kept, published, recordOf, withEntries } from './records.js';

const NOW = Date.parse('2026-09-15T09:00:00+02:00');
const HOSPITAL = { ura: '99900002', name: 'Ziekenhuis Lindedorp' };
const BASE = 'https://zorgplan.example/fhir/R4';
const SUBJECT = { reference: 'Patient/p' };
const CORE = ['89666000', '40617009', '305351004', '32485007', '281789004', '116762002'];

const conversation = () => kept(recordOf(example('conversation.transaction.json'), NOW));
const cardOf = (record: PatientRecord) => emergencyCard(record)?.card as EmergencyCard;
const withMore = (resources: object[], author = GP, patient: Partial<Patient> = {}) => {
  const record: PatientRecord = {
    patientId: 'p',
    patient: { resourceType: 'Patient', id: 'p', ...patient },
    entries: [],
    directory: new Map(),
    written: new Set(),
    now: NOW,
    newId: (() => {
      let n = 0;
      return () => `made-${++n}`;
    })(),
  };
  return kept(
    withEntries(record, [{ ...record.patient }, { ...consent({ type: 'deny' }), id: 'c', patient: SUBJECT }, ...resources], author),
  );
};
const observation = (code: string, more: object) => ({
  resourceType: 'Observation',
  id: `o${code}`,
  status: 'final',
  code: codeOf(code),
  subject: SUBJECT,
  effectiveDateTime: '2026-02-01',
  ...more,
});

t.test('a patient with nothing recorded has no card', async (t) => {
  const record = recordOf(example('conversation.transaction.json'), NOW);
  const bare = { ...record, entries: record.entries.filter((e) => /^(Patient|RelatedPerson)\//.test(e.reference)) };
  t.equal(emergencyCard(kept(bare)), undefined);
  t.equal(izpRecordKeeper(BASE).answer(kept(bare)), undefined);
});

t.test('the example conversation on the card', async (t) => {
  const answer = emergencyCard(conversation());
  const card = answer?.card as EmergencyCard;
  t.match(card, {
    status: 'found',
    asOf: '2026-09-15T07:00:00.000Z',
    patient: { name: 'Wilhelmina van den Berg', birthDate: '1943-05-17' },
    warnings: [],
    goal: { status: 'recorded', value: { code: '713148004' } },
    preferredPlaceOfDeath: { status: 'recorded', value: { code: '264362003', display: 'Thuis' }, note: /hospice/ },
    capacity: { status: 'recorded', capable: true, date: '2026-09-14' },
    representative: {
      status: 'recorded',
      name: 'Marit van den Berg',
      relationship: /dochter/,
      phones: [{ number: '0600000321', use: 'mobiel' }, { number: '0100000322' }],
    },
    firstContact: { status: 'recorded', name: 'Gerrit Postma', phones: [{ number: '0100000321' }] },
    icd: { status: 'recorded', present: true, since: '2019-04', switchOff: 'do', value: { code: '72506001' } },
    wishes: { status: 'recorded', text: /zicht op de tuin/ },
    otherInformation: { text: /slechtziend/ },
    euthanasia: { value: { code: '340201000146103' } },
    organDonation: { value: { code: '373066001' } },
    informRelatives: { status: 'recorded' },
    scenarios: [{ event: 'Benauwdheid', relativesDo: /Rechtop/, professionalsDo: /Zuurstof/ }],
    careTeam: { phonesDayAndNight: [{ number: '0100000499' }] },
    plan: { reviewDue: '2027-03-14', start: '2026-09-14' },
    advanceDirectives: [{ type: { code: 'NR' }, interpretable: true, representative: { name: 'Marit van den Berg' } }],
  });
  t.same(
    card.decisions.map((d) => [d.treatment.code ?? d.treatment.display, d.decision]),
    [
      ['89666000', 'do-not'],
      ['40617009', 'do-not'],
      ['305351004', 'do-not'],
      ['32485007', 'do-with-limits'],
      ['281789004', 'do'],
      ['116762002', 'unknown'],
      ['400231000146108', 'do'],
      ['Sondevoeding', 'do-not'],
    ],
  );
  t.match(card.decisions[0], {
    date: '2026-09-14',
    superseded: false,
    conflict: false,
    text: null,
    source: { organization: GP.name },
    advanceDirectives: [{ type: { code: 'NR' } }],
  });
  t.same(
    card.decisions[0]?.agreedBy.map((p) => [p.name, p.role]),
    [
      ['Wilhelmina van den Berg', 'patiënt'],
      ['S. Yilmaz', 'huisarts'],
      ['Marit van den Berg', 'dochter, wettelijk vertegenwoordiger'],
    ],
  );
  t.match(card.decisions[3]?.text, /^Niet opnemen, tenzij/);
  t.ok(answer?.shown.some((r) => r.startsWith('PractitionerRole/')) && answer.shown.some((r) => r.startsWith('Device/')));
  t.equal(answer?.expiresAt, undefined);
  t.notMatch(JSON.stringify(card), /900186021/, 'no BSN on the card');
});

const hendrik = published('hendrik-hartman.put.transaction.json');
t.test('the published conversation on the card', { skip: hendrik ? false : 'published data are not here' }, async (t) => {
  const card = cardOf(kept(recordOf(hendrik as NonNullable<typeof hendrik>, NOW)));
  t.same(
    card.decisions.slice(0, 6).map((d) => [d.treatment.code, d.decision]),
    CORE.map((code) => [code, 'do']),
  );
  t.match(card.decisions[2], { date: '2022-11-08', source: { reference: 'Consent/F2-ACP-TreatmentDirective-305351004' }, conflict: false });
  t.match(card.decisions[6], { treatment: { code: '400231000146108' }, decision: 'unknown', text: 'Niet besproken' });
  t.match(card, {
    preferredPlaceOfDeath: { status: 'unknown' },
    capacity: { capable: true },
    icd: { present: true, switchOff: 'unknown' },
    representative: { name: 'Michiel Hartman', phones: [] },
    goal: { value: { code: '1351964001' } },
  });
  t.same(
    card.decisions[0]?.agreedBy.map((p) => p.name),
    ['Hendrik Hartman', 'van Huissen'],
  );
});

t.test('unknown, not asked, not recorded and not to be interpreted stay apart', async (t) => {
  const UNK = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'UNK' }] };
  const reason = (code: string) => ({
    dataAbsentReason: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code }] },
  });
  /** Rows: what the Observation holds; the status on the card. */
  const ROWS: [object, string][] = [
    [{ valueCodeableConcept: codeOf('340201000146103') }, 'recorded'],
    [{ valueCodeableConcept: UNK }, 'unknown'],
    [reason('asked-unknown'), 'unknown'],
    [reason('not-asked'), 'not-asked'],
    [{}, 'unknown'],
    [{ valueCodeableConcept: codeOf('340201000146103'), modifierExtension: [UNKNOWN_MODIFIER] }, 'cannot-interpret'],
    [{ valueCodeableConcept: codeOf('340201000146103'), status: 'entered-in-error' }, 'not-recorded'],
    [{ valueCodeableConcept: codeOf('340201000146103'), status: 'cancelled' }, 'not-recorded'],
  ];
  for (const [held, status] of ROWS) {
    const item = cardOf(withMore([observation('340171000146104', held)])).euthanasia;
    t.equal(item.status, status, JSON.stringify(held));
    t.ok(item.text.length > 0);
  }
  for (const [held, status] of ROWS.filter(([h]) => !JSON.stringify(h).includes('340201000146103'))) {
    t.equal(cardOf(withMore([observation('395091006', held)])).preferredPlaceOfDeath.status, status);
  }
  const obscured = [
    observation('395091006', { id: 'a', valueCodeableConcept: codeOf('264362003') }),
    observation('395091006', {
      id: 'b',
      effectiveDateTime: '2026-03-01',
      valueCodeableConcept: codeOf('284546000'),
      modifierExtension: [UNKNOWN_MODIFIER],
    }),
  ];
  t.equal(
    cardOf(withMore(obscured)).preferredPlaceOfDeath.status,
    'cannot-interpret',
    'what replaced it cannot be read, so it is not told as current',
  );
});

t.test('the newest answer counts; the form’s code for symptoms only is told as the standard’s', async (t) => {
  const goal = (id: string, code: string, statusDate: string, more: object = {}) => ({
    resourceType: 'Goal',
    id,
    lifecycleStatus: 'active',
    description: codeOf(code),
    subject: SUBJECT,
    statusDate,
    ...more,
  });
  const card = cardOf(
    withMore([
      goal('g1', '385987000', '2024-01-01'),
      goal('g2', '225353007', '2026-01-01'),
      goal('g3', '1351964001', '2026-02-01', { lifecycleStatus: 'cancelled' }),
    ]),
  );
  t.match(card.goal, { value: { system: 'http://snomed.info/sct', code: '713148004' }, source: { reference: 'Goal/g2' } });
  t.equal(
    cardOf(withMore([goal('g', '385987000', '2026-01-01', { modifierExtension: [UNKNOWN_MODIFIER] })])).goal.status,
    'cannot-interpret',
  );
});

t.test('capacity: the newest of Observation and Patient counts, a difference is shown', async (t) => {
  const extension = (capable: boolean) => [
    {
      url: 'https://api.iknl.nl/docs/pzp/r4/StructureDefinition/ext-LegallyCapable-MedicalTreatmentDecisions',
      extension: [
        { url: 'legallyCapable', valueBoolean: capable },
        { url: 'legallyCapableComment', valueString: 'Wisselend' },
      ],
    },
  ];
  const talk = (date: string) => ({
    resourceType: 'Procedure',
    id: 'talk',
    status: 'completed',
    code: codeOf('713603004'),
    performedDateTime: date,
    subject: SUBJECT,
  });
  const seen = (capable: boolean, date: string) => observation('665671000146101', { valueBoolean: capable, effectiveDateTime: date });
  /** Rows: Patient, conversation, Observation; capable, differs, source. */
  const ROWS: [Partial<Patient>, object[], boolean | undefined, boolean, RegExp | undefined][] = [
    [{}, [], undefined, false, undefined],
    [{ extension: extension(false) }, [], false, false, /^Patient/],
    [{}, [seen(false, '2026-01-01')], false, false, /^Observation/],
    [{ extension: extension(true) }, [talk('2024-05-01'), seen(false, '2026-01-01')], false, true, /^Observation/],
    [{ extension: extension(true) }, [talk('2026-05-01'), seen(false, '2026-01-01')], true, true, /^Patient/],
    [{ extension: extension(true) }, [talk('2026-01-01'), seen(true, '2026-01-01')], true, false, /^Observation/],
    [{ extension: extension(true) }, [seen(false, '2026-01-01')], false, true, /^Observation/],
  ];
  for (const [patient, resources, capable, differs, source] of ROWS) {
    const { capacity } = cardOf(withMore(resources, GP, patient));
    t.same([capacity.capable, capacity.differs !== undefined], [capable, differs]);
    if (source) t.match(capacity.source?.reference, source);
    else t.equal(capacity.status, 'not-recorded');
  }
});

t.test('who represents the patient and whom to call, from RelatedPerson and Patient.contact', async (t) => {
  const role = (code: string) => ({ coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472', code }] });
  const person = (id: string, codes: string[], more: object = {}) => ({
    resourceType: 'RelatedPerson',
    id,
    patient: SUBJECT,
    relationship: codes.map(role),
    name: [{ text: `Naam ${id}` }],
    telecom: [
      { system: 'phone', value: '06 1234 5678' },
      { system: 'phone', use: 'old', value: '1' },
      { system: 'email', value: 'a@b.example' },
    ],
    ...more,
  });
  const both = cardOf(withMore([person('a', ['24', '01'])]));
  t.match(both, {
    representative: { name: 'Naam a', phones: [{ number: '06 1234 5678' }], emails: ['a@b.example'] },
    firstContact: { name: 'Naam a' },
  });
  t.equal(both.representative.phones.length, 1);
  t.match(cardOf(withMore([person('a', ['15'])])).representative, { name: 'Naam a', relationship: 'mentor' });
  t.match(cardOf(withMore([person('m', ['15']), person('r', ['24'])])).representative, { name: 'Naam r' });
  t.equal(cardOf(withMore([person('a', ['24'], { active: false })])).representative.status, 'not-recorded');
  t.equal(cardOf(withMore([person('a', ['24'], { period: { end: '2025-01-01' } })])).representative.status, 'not-recorded');
  t.equal(cardOf(withMore([person('a', ['24'], { modifierExtension: [UNKNOWN_MODIFIER] })])).representative.status, 'cannot-interpret');
  const contact = {
    relationship: [role('24')],
    name: { text: 'Naam a' },
    telecom: [
      { system: 'phone' as const, value: '+31 6 1234 5678' },
      { system: 'phone' as const, value: '010 7654321' },
    ],
  };
  t.match(cardOf(withMore([], GP, { contact: [contact] })).representative, { name: 'Naam a', source: { reference: 'Patient/p' } });
  const joined = cardOf(withMore([person('a', ['01'])], GP, { contact: [contact] }));
  t.equal(joined.contacts.length, 1, 'the same person is listed once');
  t.match(joined.representative, { name: 'Naam a', phones: [{ number: '06 1234 5678' }, { number: '010 7654321' }] });
  t.equal(joined.representative.phones.length, 2, 'the same number is listed once');
});

t.test('conflicts and a will not to be resuscitated are warned of', async (t) => {
  const record = conversation();
  const disputed = kept(
    withEntries({ ...record, now: NOW }, [{ ...consent({ type: 'permit', dateTime: '2026-09-10' }), id: 'h' }], HOSPITAL),
  );
  const card = cardOf(disputed);
  const cpr = card.decisions.filter((d) => d.treatment.code === '89666000');
  t.same(
    cpr.map((d) => [d.decision, d.conflict, d.source?.organization]),
    [
      ['do-not', true, GP.name],
      ['do', true, HOSPITAL.name],
    ],
  );
  t.same(
    card.warnings.map((w) => w.code),
    ['conflict', 'resuscitation-will-differs'],
  );
  t.same(card.decisions.filter((d) => d.conflict).length, 2);
  const silent = kept({ ...record, entries: record.entries.filter((e) => !JSON.stringify(e.resource).includes('89666000')) });
  t.same(cardOf(silent).decisions[0]?.decision, 'not-recorded');
  t.same(
    cardOf(silent).warnings.map((w) => w.code),
    ['resuscitation-will-differs'],
  );
  t.match(cardOf(withMore([], GP, { deceasedDateTime: '2026-09-01' })), {
    warnings: [{ code: 'deceased' }],
    patient: { deceased: '2026-09-01' },
  });
});

t.test('the card expires when a period begins or ends', async (t) => {
  const record = withMore([{ ...consent({ type: 'permit', code: codeOf('40617009'), period: { end: '2026-12-31' } }), id: 'v' }]);
  t.equal(emergencyCard(record)?.expiresAt, Date.parse('2027-01-01T00:00:00+01:00'));
});

t.test('the same record gives the same bytes, whatever the order it comes in', async (t) => {
  const record = conversation();
  const { card, summary } = izpRecordKeeper(BASE).answer(record) ?? {};
  fc.assert(
    fc.property(fc.shuffledSubarray(record.entries, { minLength: record.entries.length }), (entries) => {
      const again = izpRecordKeeper(BASE).answer({
        ...record,
        entries,
        directory: new Map([...record.directory].reverse()),
        now: NOW + 5000,
      });
      assert.equal(again?.card, card);
      assert.equal(again?.summary, summary);
    }),
    { numRuns: 15 },
  );
  t.pass('held');
});

t.test('the summary is a valid document: Composition first, decisions first in it, every reference inside', async (t) => {
  const folder = new URL('../../fhir-profiles/generated', import.meta.url).pathname;
  const validator = createValidator({ packages: [loadResourceFolder(folder)] });
  const answer = izpRecordKeeper(BASE).answer(conversation());
  const bundle = JSON.parse(answer?.summary as string);
  // SpecificationOther is defined in a published package that is not part of this repository.
  const known = (expression: string[] | undefined) => /resource\.modifierExtension\[0\]$/.test(expression?.[0] ?? '');
  const errors = validator.validate(bundle).filter((i) => (i.severity === 'error' || i.severity === 'fatal') && !known(i.expression));
  t.same(errors, []);
  t.match(bundle, {
    resourceType: 'Bundle',
    type: 'document',
    timestamp: '2026-09-15T07:00:00.000Z',
    identifier: { system: 'urn:ietf:rfc:3986', value: /^urn:uuid:[0-9a-f-]{36}$/ },
  });
  const resources = bundle.entry.map((e: { resource: Resource }) => e.resource) as Resource[];
  t.same(
    resources.slice(0, 2).map((r) => r.resourceType),
    ['Composition', 'Patient'],
  );
  const urls = bundle.entry.map((e: { fullUrl: string }) => e.fullUrl) as string[];
  t.equal(new Set(urls).size, urls.length);
  const composition = resources[0] as Composition;
  t.match(composition.section?.[0], { code: { coding: [{ code: 'decisions' }] }, title: 'Behandelafspraken' });
  t.same(
    composition.section?.[0]?.section?.slice(0, 6).map((s) => s.code?.coding?.[0]?.code),
    CORE,
  );
  for (const section of [...(composition.section ?? []), ...(composition.section?.[0]?.section ?? [])]) {
    t.match(section.text?.div, /^<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml"/, String(section.title));
    for (const entry of section.entry ?? []) t.ok(urls.includes(`${BASE}/${entry.reference}`), `${entry.reference} is in the document`);
  }
  t.match(
    composition.section?.[0]?.text?.div,
    /Reanimatie: niet reanimeren\. Afgesproken: 14 september 2026, met Wilhelmina van den Berg \(patiënt\)/,
  );
});

t.test('what people wrote is shown and never becomes markup', async (t) => {
  const evil = '<script>alert("x")</script> & "zo" \'dan\' \u0000\uFFFE';
  const record = withMore(
    [
      observation('153851000146100', { valueString: evil }),
      {
        ...consent({
          type: 'permit',
          code: { text: evil },
          modifierExtension: [
            { url: 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther', valueString: evil },
          ],
        }),
        id: 'e',
      },
    ],
    { ura: '1', name: evil },
    { name: [{ text: evil }] },
  );
  const answer = izpRecordKeeper(BASE).answer(record);
  const page = renderEmergencyPage(JSON.parse(answer?.card as string), NOW);
  const composition = JSON.parse(answer?.summary as string).entry[0].resource as Composition;
  const narratives = [composition.text?.div, ...(composition.section ?? []).map((s) => s.text?.div)].join('');
  for (const markup of [page, narratives]) {
    t.notMatch(markup, /<script/i);
    t.match(markup, '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &quot;zo&quot; &#39;dan&#39;');
    t.notMatch(markup, /[\u0000\uFFFE]/);
  }
});

t.test('the page tells each kind of decision by word and by shape, in the order an ambulance needs', async (t) => {
  const card = cardOf(conversation());
  const page = renderEmergencyPage(card, Date.parse('2026-11-22T16:57:00+01:00'));
  const order = [
    'Wilhelmina van den Berg',
    'Niet reanimeren',
    'Niet-reanimerenverklaring aanwezig',
    'Niet beademen',
    'Niet naar de intensive care',
    'Alleen zoals beschreven',
    'ICD wel uitzetten',
    'De patiënt heeft een ICD',
    'Doel van de behandeling',
    'Wel antibiotica',
    'Geen besluit bekend',
    'Sondevoeding',
    'Wilsbekwaamheid',
    'tel:0600000321',
    'Gerrit Postma',
    'Benauwdheid',
    'Voorkeursplek van overlijden',
    'Wensen voor de zorg',
  ];
  const places = order.map((text) => page.indexOf(text));
  t.ok(
    places.every((at) => at > 0),
    `all there: ${order.filter((_, i) => (places[i] as number) < 0).join(', ')}`,
  );
  t.same(
    places,
    [...places].sort((a, b) => a - b),
  );
  t.match(page, /Afgesproken <b>2 maanden geleden<\/b>, 14 september 2026\. Met patiënt, S\. Yilmaz \(huisarts\), Marit van den Berg/);
  t.match(page, /“Niet opnemen, tenzij er iets gebroken is/);

  const kinds = ['do', 'do-not', 'do-with-limits', 'unknown', 'not-recorded', 'cannot-interpret'] as const;
  const shown = kinds.map((decision) => {
    const only: EmergencyCard = {
      ...card,
      decisions: [
        {
          treatment: { display: 'Reanimatie', system: 'http://snomed.info/sct', code: '89666000' },
          decision,
          text: decision.startsWith('do') && decision !== 'do-with-limits' ? null : 'De tekst',
          date: null,
          agreedBy: [],
          source: { reference: 'Consent/x', organization: null },
          superseded: false,
          conflict: false,
        },
      ],
    };
    const article = /<article class="decision[\s\S]*?<\/article>/.exec(renderEmergencyPage(only, NOW))?.[0] as string;
    return { shape: /<svg[\s\S]*?<\/svg>/.exec(article)?.[0], said: /class="said">([^<]*)</.exec(article)?.[1], article };
  });
  t.equal(new Set(shown.map((s) => s.shape?.replace(/#[0-9a-f]{3,6}/g, ''))).size, kinds.length, 'six shapes, colours apart');
  t.same(
    shown.map((s) => s.said),
    [
      'Wel reanimeren',
      'Niet reanimeren',
      'Alleen zoals beschreven',
      'Geen besluit bekend',
      'Geen afspraak vastgelegd',
      'Niet te duiden: raadpleeg de bron',
    ],
  );
  t.match(shown[4]?.article, /Dit betekent niet: alles doen, en ook niet: niets doen\./);
  for (const i of [2, 3, 5]) t.match(shown[i]?.article, /De tekst/);
});

t.test('a conflict is shown loudest: every source, none chosen, the will once', async (t) => {
  const card = cardOf(kept(withEntries(conversation(), [{ ...consent({ type: 'permit', dateTime: '2026-09-15' }), id: 'h' }], HOSPITAL)));
  const page = renderEmergencyPage(card, NOW);
  const box = /<section class="conflict"[\s\S]*?<\/section>/.exec(page)?.[0] as string;
  t.match(box, /Tegenstrijdig: reanimatie/);
  t.match(box, /Wel reanimeren[\s\S]*Ziekenhuis Lindedorp[\s\S]*Niet reanimeren[\s\S]*Huisartsenpraktijk Lindedorp/);
  t.equal(page.match(/Niet-reanimerenverklaring aanwezig/g)?.length, 1);
  t.match(page, /role="alert"/);
});

t.test('the pages fetch nothing, run nothing and say what an empty or failed answer is', async (t) => {
  for (const page of [
    renderEmergencyPage(cardOf(conversation()), NOW),
    renderNonePage(NOW),
    renderFailurePage(503),
    renderFailurePage(400, 'This is not a valid BSN.'),
    renderFailurePage(418),
  ]) {
    t.match(page, /^<!doctype html>\n<html lang="nl">/);
    t.notMatch(page, /<script|<link|<img|@import|url\(|http:|https:|style="|\son\w+=/i);
    t.ok(page.includes(`<style>${EMERGENCY_STYLE}</style>`));
  }
  t.match(EMERGENCY_STYLE_HASH, /^'sha256-[A-Za-z0-9+/]{43}='$/);
  t.match(renderNonePage(NOW), /Dit betekent niet: alles doen, en ook niet: niets doen/);
  t.match(renderFailurePage(503), /Dit is geen leeg antwoord/);
  t.match(renderFailurePage(500), /Dit is geen leeg antwoord/);
  t.match(renderFailurePage(400), /burgerservicenummer klopt niet/);
});

t.test('text on the page has the contrast WCAG AA asks for', async (t) => {
  /** Text colour on its background, as the style sheet pairs them. */
  const PAIRS: [string, string][] = [
    ['#14181d', '#fff'],
    ['#14181d', '#eef1f4'],
    ['#33414f', '#fff'],
    ['#33414f', '#eef1f4'],
    ['#33414f', '#f7f8fa'],
    ['#3f4b57', '#fff'],
    ['#3f4b57', '#f7f8fa'],
    ['#3f4b57', '#eef1f4'],
    ['#fff', '#12263a'],
    ['#dbe6f1', '#12263a'],
    ['#0b5a2d', '#fff'],
    ['#9d1119', '#fff'],
    ['#7a3f00', '#fff'],
    ['#264a78', '#fff'],
    ['#5b1786', '#fff'],
    ['#fff', '#b3141d'],
    ['#14181d', '#fdecec'],
    ['#fff', '#0a4a86'],
  ];
  const luminance = (hex: string) => {
    const full = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex;
    const [r, g, b] = [1, 3, 5]
      .map((i) => Number.parseInt(full.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * (r as number) + 0.7152 * (g as number) + 0.0722 * (b as number);
  };
  for (const [text, ground] of PAIRS) {
    const [a, b] = [luminance(text), luminance(ground)].sort((x, y) => y - x) as [number, number];
    t.ok((a + 0.05) / (b + 0.05) >= 4.5, `${text} on ${ground}`);
  }
  const colours = [...EMERGENCY_STYLE.matchAll(/[{;]color:(#[0-9a-f]{3,6})/g)].map((m) => m[1] as string).filter((c) => c !== '#000');
  t.same(
    colours.filter((c) => !PAIRS.some(([text]) => text === c)),
    [],
    'every text colour is among the pairs',
  );
});

t.test('dates and ages in words', async (t) => {
  const now = Date.parse('2026-11-22T16:57:00+01:00');
  /** Rows: date as sent; its day; its age. */
  const ROWS: [string | undefined, string, string][] = [
    ['2026-11-22', '22 november 2026', 'vandaag'],
    ['2026-11-21', '21 november 2026', 'gisteren'],
    ['2026-11-20T23:30:00Z', '21 november 2026', 'gisteren'],
    ['2026-10-01', '1 oktober 2026', '52 dagen geleden'],
    ['2025-09-15', '15 september 2025', '14 maanden geleden'],
    ['2025-11-23', '23 november 2025', '11 maanden geleden'],
    ['2020-10-01', '1 oktober 2020', '6 jaar geleden'],
    ['2026-09', 'september 2026', '2 maanden geleden'],
    ['2026-11', 'november 2026', 'deze maand'],
    ['2024', '2024', '2 jaar geleden'],
    ['2026', '2026', 'dit jaar'],
    ['2027-01-01', '1 januari 2027', 'in de toekomst'],
    ['gisteren', 'datum onbekend', 'datum onbekend'],
    [undefined, 'datum onbekend', 'datum onbekend'],
  ];
  for (const [date, day, age] of ROWS) t.same([dutchDay(date), ageInWords(date, now)], [day, age], String(date));
});
