// The examples of our own profiles, judged by the service's own validator: valid ones pass, invalid ones fail where they are wrong.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parseJson } from '../../src/fhir/json.js';
import { createValidator } from '../../src/validation/validator.js';

interface InvalidEntry {
  severity: 'error' | 'warning';
  element: string;
  rule: string;
}

const profilesDir = join(dirname(fileURLToPath(import.meta.url)), '../../fhir-profiles');
const read = (path: string): string => readFileSync(join(profilesDir, path), 'utf8');
const jsonFiles = (folder: string): string[] => readdirSync(join(profilesDir, folder)).filter((name) => name.endsWith('.json'));

const artefacts = jsonFiles('generated').map((name) => JSON.parse(read(`generated/${name}`)));
const ofKind = (type: string): never[] => artefacts.filter((artefact) => artefact.resourceType === type) as never[];
const validator = createValidator({
  packages: [{ structureDefinitions: ofKind('StructureDefinition'), valueSets: ofKind('ValueSet'), codeSystems: ofKind('CodeSystem') }],
});

interface Judgement {
  severity: string;
  rule: string;
  expression: string;
  diagnostics: string;
}

function judge(text: string): Judgement[] {
  return validator.validate(parseJson(text)).map((issue) => ({
    severity: issue.severity,
    rule: issue.details?.coding?.[0]?.code ?? '',
    expression: issue.expression?.join(' ') ?? '',
    diagnostics: `${issue.details?.text ?? ''} ${issue.diagnostics ?? ''}`,
  }));
}

/** `Flag.period[0].start` and `Goal.target[0].detailCodeableConcept` without indexes, to be compared with an element's path. */
const withoutIndexes = (expression: string): string => expression.replaceAll(/\[\d+\]/g, '');

t.test('every profile is loaded and the artefacts themselves are valid R4', async (t) => {
  for (const artefact of artefacts) {
    if (artefact.resourceType === 'StructureDefinition') t.ok(validator.knowsProfile(artefact.url), artefact.id);
    const wrong = judge(JSON.stringify(artefact)).filter((issue) => issue.severity === 'error');
    t.strictSame(wrong, [], `${artefact.resourceType} ${artefact.id}`);
  }
});

/** Warnings a right example may have: codes that this project's contracts ask for outside R4's extensible lists. */
const EXPECTED_WARNINGS = new Set([
  'binding-extensible AuditEvent.entity.type', // IHE BALP's code for a request id
  'binding-extensible Consent.provision.actor.role', // PRCP
  'binding-extensible Consent.policyRule', // OPTIN and OPTOUT
]);

t.test('each valid example has no error, and no warning but the expected ones', async (t) => {
  for (const name of jsonFiles('examples/valid')) {
    const found = judge(read(`examples/valid/${name}`)).filter(
      ({ severity, rule, expression, diagnostics }) =>
        severity !== 'information' && !EXPECTED_WARNINGS.has(`${rule} ${withoutIndexes(expression)}`) && !diagnostics.includes('dom-6'), // the examples carry no narrative, to stay readable
    );
    t.strictSame(found, [], name);
  }
});

t.test('each invalid example is found wrong at the element it is wrong at', async (t) => {
  const index: Record<string, InvalidEntry> = JSON.parse(read('examples/invalid/index.json'));
  for (const [name, entry] of Object.entries(index)) {
    const found = judge(read(`examples/invalid/${name}`));
    const errors = found.filter((issue) => issue.severity === 'error');
    if (entry.severity === 'warning') t.strictSame(errors, [], `${name}: only a warning`);
    const there = found.filter((issue) => issue.severity === entry.severity && withoutIndexes(issue.expression).startsWith(entry.element));
    t.ok(there.length > 0, `${name}: an ${entry.severity} at ${entry.element}`, { found });
    if (entry.rule.includes('-')) {
      t.ok(
        there.some((issue) => issue.diagnostics.includes(entry.rule) || issue.rule === entry.rule),
        `${name}: by ${entry.rule}`,
        { found },
      );
    }
  }
});
