// Who may see a patient: what the record says about it, what the rules make of it, and that every query says the same.
import assert from 'node:assert/strict';
import type { Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import t from 'tap';
import { type Action, decide } from '../../src/access/decide.js';
import { mayPersonWrite } from '../../src/access/person-writes.js';
import { restrict } from '../../src/access/restrict.js';
import { type AccessRule, rulesOf } from '../../src/access/rules.js';
import type { AccessSettings } from '../../src/access/standing.js';
import { POLICIES } from '../../src/auth/policies.js';
import type { Principal } from '../../src/auth/principal.js';
import { replaceRules, type StoredRule } from '../../src/store/patient-access.js';
import { openDatabase } from '../../src/store/pool.js';
import { binder } from '../../src/store/stored-resource.js';
import { inTransaction } from '../../src/store/transaction.js';
import { statementFor, toldOf } from '../../src/store/visibility.js';
import { createDatabase } from '../harness/database.js';
import { sharingPermission } from '../harness/sharing.js';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const SETTINGS: AccessSettings = { emergencyTypes: ['AMB', 'N6', 'V4'], breakGlass: false, emergencyWithoutRegister: false };
const URA = 'http://fhir.nl/fhir/NamingSystem/ura';

function rulesFrom(...resources: object[]): AccessRule[] {
  const directory = new Map(
    (resources as Resource[]).filter(({ id }) => id !== undefined).map((resource) => [`${resource.resourceType}/${resource.id}`, resource]),
  );
  const entries = (resources as Resource[]).map((resource, i) => ({
    resource,
    reference: `${resource.resourceType}/${resource.id ?? i}`,
    version: 1,
    lastUpdated: NOW,
  }));
  return rulesOf({ entries, directory });
}

const principal = (more: Partial<Principal>): Principal => ({
  clientId: 'c',
  purpose: 'TREAT',
  scopes: ['system/*.cruds'],
  policies: ['own-team', 'permission'],
  organizationUra: '90000001',
  organizationType: 'T2',
  ...more,
});
const rows = (patientId: string | null = 'p', type = 'Consent', authorUra: string | null = null): Action => ({
  look: 'rows',
  row: { type, patientId, authorUra },
});
const effectFor = (who: Principal, rules: AccessRule[], action: Action = rows()) =>
  decide(who, action, rules, { settings: SETTINGS, now: NOW });

t.test('what a record says', async (t) => {
  await t.test('members of the care team, by themselves, by whom they work for, by identifier', async (t) => {
    const organization = { resourceType: 'Organization', id: 'o', identifier: [{ system: URA, value: '90000011' }] };
    const role = { resourceType: 'PractitionerRole', id: 'r', organization: { reference: 'Organization/o' } };
    const care = (participant: object[], more: object = {}) => ({ resourceType: 'CareTeam', status: 'active', participant, ...more });
    const parties = (...resources: object[]) =>
      rulesFrom(...resources, organization, role).map(({ party, ground }) => `${ground} ${party}`);
    t.strictSame(parties(care([{ member: { reference: 'Organization/o' } }])), ['team ura:90000011']);
    t.strictSame(parties(care([{ member: { reference: 'PractitionerRole/r' } }])), ['team ura:90000011']);
    t.strictSame(parties(care([{ member: { reference: 'Practitioner/x' }, onBehalfOf: { reference: 'Organization/o/_history/3' } }])), [
      'team ura:90000011',
    ]);
    t.strictSame(parties(care([{ member: { identifier: { system: URA, value: '90000012' } } }])), ['team ura:90000012']);
    t.strictSame(parties(care([], { managingOrganization: [{ reference: 'Organization/o' }] })), ['team ura:90000011']);
    t.strictSame(parties(care([{ member: { reference: 'Organization/gone' } }, { member: { reference: 'Patient/p' } }])), []);
    for (const status of ['proposed', 'suspended', 'inactive', 'entered-in-error'])
      t.strictSame(parties(care([{ member: { reference: 'Organization/o' } }], { status })), [], status);
    t.strictSame(parties({ ...role, active: false }, care([{ member: { reference: 'Organization/o' } }])), ['team ura:90000011']);
  });

  await t.test('a membership lasts as long as team and participant both do', async (t) => {
    const [rule] = rulesFrom({
      resourceType: 'CareTeam',
      status: 'active',
      period: { start: '2026-01-01', end: '2026-12-31' },
      participant: [{ member: { identifier: { system: URA, value: '90000011' } }, period: { end: '2026-06-30' } }],
    });
    t.equal(rule?.from, Date.parse('2026-01-01T00:00:00+01:00'));
    t.equal(rule?.until, Date.parse('2026-07-01T00:00:00+02:00'), 'the whole last day, in the Netherlands');
  });

  await t.test('permissions open exactly what they say; whatever is unclear opens nothing and objects to everything', async (t) => {
    const said = (permission: Parameters<typeof sharingPermission>[1], more: object = {}) =>
      rulesFrom({ ...sharingPermission('p', permission), ...more }).map(({ effect, party, purposes }) => [effect, party, purposes]);
    t.strictSame(said({ parties: ['type:AMB', 'ura:90000011'], purposes: ['ETREAT'] }), [
      ['permit', 'type:AMB', ['ETREAT']],
      ['permit', 'ura:90000011', ['ETREAT']],
    ]);
    t.strictSame(said({ effect: 'deny' }), [['deny', 'any', null]]);
    t.strictSame(said({ effect: 'deny', parties: ['type:V4'] }), [['deny', 'type:V4', null]]);
    t.strictSame(said({ parties: ['type:AMB'], status: 'inactive' }), []);
    t.strictSame(said({ parties: ['type:AMB'] }, { policyRule: { coding: [{ code: 'OPTOUT' }] } }), [], 'dissent that permits');
    t.strictSame(said({ parties: ['type:AMB'] }, { category: [] }), [], 'not known to be about sharing');
    t.strictSame(said({ parties: ['type:AMB'] }, { modifierExtension: [{ url: 'x' }] }), []);
    t.strictSame(said({ effect: 'deny', parties: ['type:AMB'] }, { category: [] }), [['deny', 'type:AMB', null]], 'an objection is heard');
    t.strictSame(said({ effect: 'deny', parties: ['type:AMB'] }, { modifierExtension: [{ url: 'x' }] }), [['deny', 'any', null]]);
    t.strictSame(said({ effect: 'deny', purposes: ['HRESCH'] }), [['deny', 'any', null]], 'for a purpose nobody here has');
    for (const part of ['action', 'securityLabel', 'class', 'code', 'dataPeriod', 'data', 'provision']) {
      const narrowed = sharingPermission('p', { parties: ['type:AMB'] });
      t.strictSame(rulesFrom({ ...narrowed, provision: { ...narrowed.provision, [part]: [{}] } }), [], part);
    }
    t.strictSame(
      rulesFrom({ resourceType: 'Consent', status: 'active', scope: { coding: [{ code: 'treatment' }] }, provision: { type: 'permit' } }),
      [],
      'a treatment directive never grants',
    );
  });

  await t.test('a legal representative, as long as the person is one', async (t) => {
    const role = (code: string) => [{ coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472', code }] }];
    const person = (more: object) =>
      rulesFrom({ resourceType: 'RelatedPerson', id: 'r', relationship: role('24'), ...more }).map(({ party }) => party);
    t.strictSame(person({}), ['person:RelatedPerson/r']);
    t.strictSame(person({ relationship: role('01') }), [], 'a first contact is none');
    t.strictSame(person({ active: false }), []);
  });
});

t.test('what follows from it', async (t) => {
  const rule = (effect: 'permit' | 'deny', party: string, more: Partial<AccessRule> = {}): AccessRule => ({
    ground: 'permission',
    effect,
    party,
    purposes: null,
    from: Number.NEGATIVE_INFINITY,
    until: Number.POSITIVE_INFINITY,
    source: 'Consent/c',
    ...more,
  });
  const team = rule('permit', 'ura:90000001', { ground: 'team', source: 'CareTeam/t' });
  const cases: [string, AccessRule[], Partial<Principal>, 'permit' | 'deny'][] = [
    ['nobody without a ground', [], {}, 'deny'],
    ['a member of the care team', [team], {}, 'permit'],
    ['a member, of a client without own-team', [team], { policies: ['permission'] }, 'deny'],
    ['a category that is permitted', [rule('permit', 'type:T2')], {}, 'permit'],
    ['another category', [rule('permit', 'type:V4')], {}, 'deny'],
    ['an objection to everybody against a category that is permitted', [rule('deny', 'any'), rule('permit', 'type:T2')], {}, 'permit'],
    ['an objection to the category against a permission for all', [rule('deny', 'type:T2'), rule('permit', 'any')], {}, 'deny'],
    ['objection and permission alike', [rule('permit', 'type:T2'), rule('deny', 'type:T2')], {}, 'deny'],
    [
      'an objection to the category, a permission for the organisation',
      [rule('deny', 'type:T2'), rule('permit', 'ura:90000001')],
      {},
      'permit',
    ],
    ['an objection to everybody leaves the care team', [rule('deny', 'any'), team], {}, 'permit'],
    ['an objection to this organisation reaches its membership', [rule('deny', 'ura:90000001'), team], {}, 'deny'],
    ['an objection counts also for who has no policy permission', [rule('deny', 'ura:90000001'), team], { policies: ['own-team'] }, 'deny'],
    ['a permission for urgent care only, asked for treatment', [rule('permit', 'any', { purposes: ['ETREAT'] })], {}, 'deny'],
    ['a permission for treatment, asked in urgency', [rule('permit', 'any', { purposes: ['TREAT'] })], { purpose: 'ETREAT' }, 'permit'],
    [
      'all objected to but urgent care',
      [rule('deny', 'any'), rule('permit', 'any', { purposes: ['ETREAT'] })],
      { purpose: 'ETREAT' },
      'permit',
    ],
    ['a permission that has ended', [rule('permit', 'any', { until: NOW })], {}, 'deny'],
    ['a permission that has yet to begin', [rule('permit', 'any', { from: NOW + 1 })], {}, 'deny'],
    ['an objection that has ended', [rule('deny', 'ura:90000001', { until: NOW }), team], {}, 'permit'],
    ['the pilot policy, with permission', [rule('permit', 'any')], { policies: ['pzp-gf'] }, 'permit'],
    ['the pilot policy, as member', [team], { policies: ['pzp-gf'] }, 'deny'],
    ['region', [team, rule('permit', 'any')], { policies: ['region'] }, 'deny'],
    ['admin', [team, rule('permit', 'any')], { policies: ['admin'] }, 'deny'],
    ['no organisation', [rule('permit', 'any')], { organizationUra: undefined }, 'deny'],
    ['the patient', [rule('deny', 'any')], { policies: ['patient'], patientId: 'p', organizationUra: undefined }, 'permit'],
    ['another patient', [], { policies: ['patient'], patientId: 'q', organizationUra: undefined }, 'deny'],
    ['a patient of a client without that policy', [team], { patientId: 'p' }, 'deny'],
    [
      'a person who is no representative',
      [],
      { policies: ['patient'], patientId: 'p', fhirUser: 'RelatedPerson/r', organizationUra: undefined },
      'deny',
    ],
    [
      'a representative',
      [rule('permit', 'person:RelatedPerson/r', { ground: 'representative' })],
      { policies: ['patient'], patientId: 'p', fhirUser: 'RelatedPerson/r', organizationUra: undefined },
      'permit',
    ],
  ];
  for (const [name, rules, who, effect] of cases) t.equal(effectFor(principal(who), rules).effect, effect, name);
  const ambulance = { policies: ['emergency'], organizationType: 'AMB', purpose: 'ETREAT' };
  const urgent = [rule('permit', 'type:AMB')];
  t.equal(effectFor(principal(ambulance), urgent).effect, 'deny', 'the emergency policy opens no resources');
  const answer: Action = { look: 'answer', patientId: 'p' };
  t.equal(effectFor(principal(ambulance), urgent, answer).effect, 'permit', 'but the answer');
  t.equal(effectFor(principal({ ...ambulance, purpose: 'TREAT' }), urgent, answer).effect, 'deny', 'for urgent treatment only');
  t.equal(
    effectFor(principal({ ...ambulance, organizationType: 'T2' }), [rule('permit', 'any')], answer).effect,
    'deny',
    'and only to urgent carers',
  );
  t.equal(effectFor(principal({}), [], rows(null, 'Organization')).effect, 'permit', 'the directory is everybody’s');
  t.equal(
    effectFor(principal({}), [], rows(null, 'Device', '90000001')).effect,
    'permit',
    'what belongs to no patient yet is its author’s',
  );
  t.equal(effectFor(principal({}), [], rows(null, 'Device', '90000002')).effect, 'deny');
});

t.test('what persons write, over every kind of change', async (t) => {
  const privacy = { resourceType: 'Consent', scope: { coding: [{ code: 'patient-privacy' }] } };
  const own: object[] = [{ resourceType: 'Communication' }, { resourceType: 'DocumentReference', docStatus: 'preliminary' }, privacy];
  const agreed: object[] = [
    ...['CarePlan', 'Goal', 'Observation', 'Task', 'Patient', 'RelatedPerson', 'CareTeam', 'Provenance'].map((resourceType) => ({
      resourceType,
    })),
    { resourceType: 'Consent', scope: { coding: [{ code: 'treatment' }] } },
    { resourceType: 'DocumentReference', docStatus: 'final' },
  ];
  const persons = ['Patient/p', 'RelatedPerson/r', 'RelatedPerson/other'];
  const resource = fc.constantFrom(undefined, ...own, ...agreed);
  const change = fc.record({
    capacity: fc.constantFrom('absent' as const, 'disputed' as const, 'not-absent' as const),
    act: fc.constantFrom(undefined, 'withdraw' as const),
    resource,
    before: fc.oneof(
      fc.constant(undefined),
      fc.record({ resource: fc.constantFrom(...own, ...agreed), person: fc.constantFrom(undefined, ...persons) }),
    ),
  });
  const may = (by: 'patient' | 'representative', one: object) =>
    mayPersonWrite({ person: by === 'patient' ? 'Patient/p' : 'RelatedPerson/r', by, ...one } as Parameters<typeof mayPersonWrite>[0]);
  fc.assert(
    fc.property(change, (one) => {
      const touched = [one.resource, one.before?.resource].filter((part) => part !== undefined);
      if (touched.length === 0) return;
      const [patient, representative] = [may('patient', one), may('representative', one)];
      const isAgreed = touched.some((part) => agreed.includes(part));
      if (isAgreed && one.act === undefined) assert.ok(!patient && !representative, 'what was agreed is never written');
      if (isAgreed) assert.ok(!(patient && representative), 'never both decide');
      if (one.act === undefined && one.before && one.before.person === undefined)
        assert.ok(!patient && !representative, 'nor what professionals recorded');
      if (one.capacity === 'disputed' && isAgreed) assert.ok(!patient && !representative, 'nobody decides while sources disagree');
      if (representative && one.capacity !== 'absent') assert.ok(!touched.includes(privacy) && one.before?.person !== 'Patient/p');
    }),
    { numRuns: 3000 },
  );
  const said = (more: object) => may('patient', { capacity: 'not-absent', resource: { resourceType: 'Communication', ...more } });
  t.ok(said({ sender: { reference: 'Patient/p/_history/2' } }));
  for (const sender of [{ reference: 'Patient/q' }, { display: 'de huisarts' }, { identifier: { value: '1' } }]) t.notOk(said({ sender }));
});

const arbitraryRule: fc.Arbitrary<StoredRule> = fc.record({
  ground: fc.constantFrom('holder', 'team', 'permission', 'representative'),
  effect: fc.constantFrom('permit', 'deny'),
  party: fc.constantFrom('any', 'type:T2', 'type:AMB', 'ura:90000001', 'ura:90000002', 'person:RelatedPerson/r'),
  purposes: fc.constantFrom(null, ['TREAT'], ['ETREAT'], ['TREAT', 'ETREAT'], ['HRESCH']),
  from: fc.constantFrom(Number.NEGATIVE_INFINITY, NOW - 1, NOW, NOW + 1),
  until: fc.constantFrom(Number.POSITIVE_INFINITY, NOW - 1, NOW, NOW + 1),
  source: fc.constantFrom('Consent/a', 'Consent/b', 'CareTeam/a'),
});
const arbitraryPrincipal: fc.Arbitrary<Principal> = fc.record(
  {
    clientId: fc.constant('c'),
    purpose: fc.constantFrom('TREAT', 'ETREAT', 'PATRQT'),
    scopes: fc.constant(['system/*.cruds']),
    policies: fc.subarray([...POLICIES]),
    organizationUra: fc.constantFrom('90000001', '90000002'),
    organizationType: fc.constantFrom('T2', 'AMB'),
    patientId: fc.constantFrom('p', 'q'),
    fhirUser: fc.constantFrom('Patient/p', 'RelatedPerson/r', 'Practitioner/x'),
  },
  { requiredKeys: ['clientId', 'purpose', 'scopes', 'policies'] },
);

t.test('the rule in code and the rule in every query are one', async (t) => {
  const testDatabase = await createDatabase();
  const database = await openDatabase(testDatabase.connection, { pool: 2, points: 1 });
  t.teardown(async () => {
    await database.close();
    await testDatabase.drop();
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(arbitraryRule, { maxLength: 6 }),
      fc.array(arbitraryPrincipal, { minLength: 4, maxLength: 4 }),
      async (rules, principals) => {
        // Who holds a record is kept apart from what follows from it.
        const derived = rules.filter(({ ground }) => ground !== 'holder');
        await inTransaction(database, (tx) => replaceRules(tx, 'p', derived));
        for (const who of principals) {
          const visibility = restrict({ principal: who, settings: SETTINGS, now: () => NOW });
          const shapes = [
            { type: 'Consent', patientId: 'p', authorUra: '90000001' },
            { type: 'Patient', patientId: 'p', authorUra: '90000002' },
            { type: 'Consent', patientId: 'q', authorUra: '90000001' },
            { type: 'Device', patientId: null, authorUra: '90000001' },
            { type: 'Organization', patientId: null, authorUra: null },
          ];
          for (const row of shapes) {
            const values: unknown[] = [row.type, row.patientId, row.authorUra];
            const told = visibility.told('r', binder(values));
            const { rows: found } = await database.pool.query(
              `SELECT ${told} AS told FROM (SELECT $1::text AS type, $2::text AS patient_id, $3::text AS author_ura) AS r`,
              values,
            );
            const kept = statementFor(
              visibility,
              row.patientId === null ? 'nobodys' : 'recorded',
              [row.type, row.patientId, row.authorUra],
              (rule, bind) => {
                const record = row.patientId === null ? '' : `, ${rule.toldOfRecord?.('$2::text', bind)} AS record`;
                return `SELECT ${rule.told('r', bind)} AS told${record} FROM (SELECT $1::text AS type, $2::text AS patient_id, $3::text AS author_ura) AS r`;
              },
            );
            const { rows: again } = await database.pool.query(kept.text, kept.values);
            assert.equal(again[0].told, found[0].told, 'a text kept for this kind of caller says the same');
            if (row.patientId !== null) assert.equal(again[0].record, found[0].told, 'and so does the rule asked of the record as a whole');
            const said = toldOf(found[0].told);
            const decided = decide(who, { look: 'rows', row }, row.patientId === 'p' ? derived : [], { settings: SETTINGS, now: NOW });
            assert.equal(said.permitted, decided.effect === 'permit');
            if (said.permitted) assert.deepEqual([said.ground, said.source], [decided.by, decided.source]);
          }
          const values: unknown[] = ['p'];
          const { rows: found } = await database.pool.query(
            `SELECT ${visibility.answer('$1::text', binder(values))} AS told, $1::text AS asked`,
            values,
          );
          const decided = decide(who, { look: 'answer', patientId: 'p' }, derived, { settings: SETTINGS, now: NOW });
          assert.equal(toldOf(found[0].told).permitted, decided.effect === 'permit');
        }
      },
    ),
    { numRuns: 300 },
  );
  t.pass('300 records, four callers each, six questions');
});
