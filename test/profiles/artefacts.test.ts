// The compiled profiles agree with themselves, with their source and with their examples, valid and invalid.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import t from 'tap';

/** Compiling takes 8 s alone, several times that beside other tests. */
const COMPILE_TIMEOUT_MS = 180_000;
t.setTimeout(COMPILE_TIMEOUT_MS);

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const profilesDir = join(root, 'fhir-profiles');
const canonicalBase = /^canonical: (\S+)$/m.exec(readFileSync(join(profilesDir, 'sushi-config.yaml'), 'utf8'))?.[1] ?? '';

interface Constraint {
  key: string;
  severity: string;
  human: string;
  _human?: { extension?: unknown[] };
  expression?: string;
  source?: string;
}
interface Element {
  id: string;
  path: string;
  min?: number;
  max?: string;
  sliceName?: string;
  constraint?: Constraint[];
  type?: { code: string; profile?: string[]; targetProfile?: string[] }[];
  binding?: { strength: string; valueSet?: string };
}
interface Artefact {
  resourceType: string;
  id: string;
  url: string;
  name: string;
  status: string;
  type?: string;
  context?: unknown[];
  snapshot?: { element: Element[] };
  concept?: { code: string; designation?: { language?: string; value: string }[] }[];
  compose?: { include: { system?: string }[] };
  expression?: string;
}
interface Example {
  resourceType: string;
  id: string;
  meta?: { profile?: string[] };
}
interface InvalidEntry {
  valid: string;
  severity: 'error' | 'warning';
  element: string;
  rule: string;
  says: string;
}

const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(profilesDir, path), 'utf8')) as T;
const list = (folder: string): string[] => readdirSync(join(profilesDir, folder)).filter((name) => name.endsWith('.json'));

const artefacts = list('generated').map((name) => ({ name, artefact: readJson<Artefact>(`generated/${name}`) }));
const byUrl = new Map(artefacts.map(({ artefact }) => [artefact.url, artefact]));
const structures = artefacts.map(({ artefact }) => artefact).filter((a) => a.resourceType === 'StructureDefinition');
const profiles = structures.filter((s) => s.type !== 'Extension');
const invalidIndex = readJson<Record<string, InvalidEntry>>('examples/invalid/index.json');
const validNames = list('examples/valid');

const kebab = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
const profileOf = (example: Example): Artefact | undefined => byUrl.get(example.meta?.profile?.[0] ?? '');

/**
 * Keys of the constraints of our own that the resource breaks: those of its profile, and of each extension it holds.
 * One that gives neither true nor false is listed with a question mark: validators differ in how they take that.
 */
function brokenInvariants(resource: Example, profile: Artefact): string[] {
  const broken: string[] = [];
  const check = (node: unknown, base: string, constraint: Constraint): void => {
    const outcome = fhirpath.evaluate(node as object, { base, expression: constraint.expression ?? '' }, { resource }, r4) as unknown[];
    if (outcome.length === 1 && outcome[0] === true) return;
    broken.push(outcome.length === 1 && outcome[0] === false ? constraint.key : `${constraint.key}?`);
  };
  for (const element of profile.snapshot?.element ?? []) {
    const own = (element.constraint ?? []).filter((c) => c.key.startsWith('izp-'));
    if (own.length === 0) continue;
    const nodes = fhirpath.evaluate(resource, element.path, {}, r4) as unknown[];
    for (const constraint of own) for (const node of nodes) check(node, element.path, constraint);
  }
  for (const extension of structures.filter((s) => s.type === 'Extension')) {
    const own = (extension.snapshot?.element[0]?.constraint ?? []).filter((c) => c.key.startsWith('izp-'));
    if (own.length === 0) continue;
    const nodes = fhirpath.evaluate(resource, `descendants().where(url = '${extension.url}')`, {}, r4) as unknown[];
    for (const constraint of own) for (const node of nodes) check(node, 'Extension', constraint);
  }
  return broken;
}

t.test('every artefact is filed under its type and id, and its canonical ends in both', async (t) => {
  t.ok(profiles.length >= 14, 'all profiles were compiled');
  for (const { name, artefact } of artefacts) {
    t.equal(name, `${artefact.resourceType}-${artefact.id}.json`);
    t.equal(artefact.url, `${canonicalBase}/${artefact.resourceType}/${artefact.id}`);
    t.equal(kebab(artefact.name), artefact.id, 'the name is the id in other letters');
    t.equal(artefact.status, 'active');
    t.notOk('date' in artefact, `${name}: no date, so that compiling twice gives the same`);
  }
});

t.test('every structure definition has a snapshot with its root element, and each constraint its text in two languages', async (t) => {
  for (const structure of structures) {
    const elements = structure.snapshot?.element ?? [];
    t.equal(elements[0]?.path, structure.type, structure.id);
    t.ok((elements[0]?.constraint ?? []).length > 0, `${structure.id}: the root has constraints`);
    t.equal(new Set(elements.map((e) => e.id)).size, elements.length, `${structure.id}: element ids are unique`);
    if (structure.type === 'Extension') t.ok((structure.context ?? []).length > 0, `${structure.id}: an extension says where it may stand`);
    for (const constraint of elements.flatMap((e) => e.constraint ?? []).filter((c) => c.key.startsWith('izp-'))) {
      t.match(JSON.stringify(constraint._human ?? {}), /"valueCode":"nl"/, `${constraint.key} has a Dutch text`);
      t.doesNotThrow(() => fhirpath.compile(constraint.expression ?? '', r4), `${constraint.key} compiles`);
    }
  }
});

t.test('every canonical of our own that is referred to exists', async (t) => {
  const inInvalid = Object.keys(invalidIndex).map((name) => `examples/invalid/${name}`);
  const files = [...list('generated').map((n) => `generated/${n}`), ...validNames.map((n) => `examples/valid/${n}`), ...inInvalid];
  const ours = new RegExp(`${canonicalBase.replaceAll('.', '\\.')}/[A-Za-z]+/[a-z0-9-]+`, 'g');
  const dangling = files.flatMap((file) => {
    const text = readFileSync(join(profilesDir, file), 'utf8');
    const urls = [...text.matchAll(ours)].map(([url]) => url);
    const unresolved = urls.filter((url) => !byUrl.has(url)).map((url) => `${file} refers to ${url}`);
    return text.includes('CANONICAL_BASE') ? [...unresolved, `${file} holds the placeholder`] : unresolved;
  });
  t.strictSame(dangling, []);
});

t.test('every code of our own has a Dutch display', async (t) => {
  for (const { artefact } of artefacts.filter(({ artefact }) => artefact.resourceType === 'CodeSystem')) {
    const codes = (artefact.concept ?? []).map((c) => c.code);
    t.equal(new Set(codes).size, codes.length, `${artefact.id}: codes are unique`);
    for (const concept of artefact.concept ?? []) {
      t.ok(
        concept.designation?.some((d) => d.language === 'nl' && d.value !== ''),
        `${artefact.id}#${concept.code}`,
      );
    }
  }
});

t.test('every canonical the source code names is defined here, under the same base', async (t) => {
  const named = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('izp-codes.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(root, 'src', name), 'utf8');
      t.ok(text.includes(`'${canonicalBase}'`), `${name} has the base of sushi-config.yaml`);
      const kinds = { codeSystem: 'CodeSystem', structure: 'StructureDefinition' } as const;
      return Object.entries(kinds).flatMap(([call, type]) =>
        [...text.matchAll(new RegExp(`= ${call}\\('([a-z-]+)'\\)`, 'g'))].map(([, id]) => `${canonicalBase}/${type}/${id}`),
      );
    });
  t.ok(named.length > 0);
  t.strictSame(
    named.filter((url) => !byUrl.has(url)),
    [],
  );
});

t.test('the description names every profile and every rule', async (t) => {
  const text = readFileSync(join(profilesDir, 'README.md'), 'utf8');
  const keys = structures.flatMap((s) => (s.snapshot?.element ?? []).flatMap((e) => (e.constraint ?? []).map((c) => c.key)));
  const needed = [...profiles.map((p) => p.name), ...keys.filter((key) => key.startsWith('izp-'))];
  t.strictSame(
    [...new Set(needed)].filter((name) => !text.includes(name)),
    [],
  );
});

t.test('the dimensions named in the invariant are those of the code system', async (t) => {
  const expression = byUrl
    .get(`${canonicalBase}/StructureDefinition/izp-goal`)
    ?.snapshot?.element[0]?.constraint?.find((c) => c.key === 'izp-goal-2')?.expression;
  const codes = byUrl.get(`${canonicalBase}/CodeSystem/izp-dimension`)?.concept?.map((c) => c.code) ?? [];
  t.ok(expression?.includes(`code in (${codes.map((c) => `'${c}'`).join(' | ')})`));
});

t.test('each profile has one valid example that breaks no constraint, and at least two that are wrong', async (t) => {
  for (const profile of profiles) {
    const own = validNames.map((n) => readJson<Example>(`examples/valid/${n}`)).filter((e) => profileOf(e) === profile);
    t.equal(own.length, 1, `${profile.id}: one valid example`);
    for (const example of own) {
      t.equal(example.resourceType, profile.type);
      t.strictSame(brokenInvariants(example, profile), [], `${profile.id}: the valid example breaks nothing`);
    }
    const errors = Object.entries(invalidIndex).filter(([name, e]) => name.startsWith(`${profile.id}/`) && e.severity === 'error');
    t.ok(errors.length >= 2, `${profile.id}: invalid examples`);
  }
});

t.test('each invalid example is wrong by the rule it is listed under, and the rule is in its profile', async (t) => {
  for (const [name, entry] of Object.entries(invalidIndex)) {
    const wrong = readJson<Example>(`examples/invalid/${name}`);
    const right = readJson<Example>(`examples/valid/${entry.valid}`);
    const profile = profileOf(wrong);
    t.equal(profile?.id, name.split('/')[0], `${name} claims its profile`);
    t.not(JSON.stringify(wrong), JSON.stringify(right), `${name} differs from the valid one`);
    if (!profile) continue;
    const broken = brokenInvariants(wrong, profile);
    const elements = (profile.snapshot?.element ?? []).filter((e) => e.path.replace('[x]', '') === entry.element);
    if (entry.rule.startsWith('izp-')) {
      t.ok(broken.includes(entry.rule), `${name} breaks ${entry.rule} (broken: ${broken.join(', ')})`);
      const constraint = structures
        .flatMap((s) => s.snapshot?.element ?? [])
        .flatMap((e) => e.constraint ?? [])
        .find((c) => c.key === entry.rule);
      t.equal(constraint?.severity, entry.severity, `${name}: severity of ${entry.rule}`);
      continue;
    }
    t.equal(entry.severity, 'error', name);
    if (entry.element.endsWith('extension') || entry.element === 'Composition.section.text') continue;
    t.ok(elements.length > 0, `${name}: ${entry.element} is in the snapshot`);
    const states: Record<string, (e: Element) => boolean> = {
      min: (e) => (e.min ?? 0) > 0,
      max: (e) => e.max === '0' || e.max === '1',
      type: (e) => (e.type ?? []).length === 1,
      binding: (e) => e.binding?.strength === 'required',
      pattern: (e) => Object.keys(e).some((k) => k.startsWith('pattern') || k.startsWith('fixed')),
      'obs-6': () => true,
    };
    const element = (e: Element): boolean => states[entry.rule]?.(e) ?? false;
    const choices = (profile.snapshot?.element ?? []).filter((e) => e.path.startsWith(entry.element) && e.sliceName !== undefined);
    t.ok([...elements, ...choices].some(element), `${name}: the profile has the rule ${entry.rule} on ${entry.element}`);
  }
});

t.test('the safety rules hold on the cases they were written for', async (t) => {
  const breaks = (example: string, change: (e: Record<string, unknown>) => object): string[] => {
    const base = readJson<Example>(`examples/valid/${example}`);
    const profile = profileOf(base);
    if (!profile) throw new Error(`no profile for ${example}`);
    return brokenInvariants(change({ ...structuredClone(base) }) as Example, profile);
  };
  const permission = 'Consent-example-izp-sharing-permission.json';
  const objection = breaks(permission, (e) => ({ ...e, provision: { type: 'deny' } }));
  t.strictSame(objection, [], 'an objection against everyone is accepted, under opt-in too');
  const place = 'Goal-example-izp-preferred-place-of-death.json';
  const proposed = breaks(place, (e) => ({ ...e, lifecycleStatus: 'proposed', statusDate: undefined }));
  t.strictSame(proposed, [], 'a place that is only proposed needs no date yet');
  const team = 'CareTeam-example-izp-care-team.json';
  const central = { role: [{ coding: [{ system: `${canonicalBase}/CodeSystem/izp-care-team-role`, code: 'central-care-provider' }] }] };
  const member = { reference: 'PractitionerRole/izp-example-former' };
  const handedOver = breaks(team, (e) => ({
    ...e,
    participant: [...(e.participant as object[]), { ...central, member, period: { end: '2026-02-01' } }],
  }));
  t.strictSame(handedOver, [], 'a former central care provider with an end date may stay listed');
  const proposedTeam = breaks(team, (e) => ({ ...e, status: 'proposed', participant: [] }));
  t.strictSame(proposedTeam, [], 'a team that is being put together needs no central care provider yet');
  const kit = 'SupplyDelivery-example-izp-palliative-kit.json';
  const mistaken = breaks(kit, (e) => ({ ...e, status: 'entered-in-error' }));
  t.strictSame(mistaken, [], 'a kit entered in error can always be withdrawn');
  const marking = 'Flag-example-izp-marking.json';
  const mistake = breaks(marking, (e) => ({ ...e, status: 'entered-in-error' }));
  t.strictSame(mistake, [], 'a marking entered in error needs no reason');
});

const noCompiler = existsSync(join(root, 'node_modules/fsh-sushi')) ? false : 'fsh-sushi is not installed';
t.test('what is committed is what the source compiles to', { skip: noCompiler, timeout: COMPILE_TIMEOUT_MS }, async (t) => {
  const script = join(root, 'scripts/compile-profiles.mjs');
  t.doesNotThrow(() => execFileSync(process.execPath, [script, '--check'], { stdio: ['ignore', 'ignore', 'pipe'] }));
});
