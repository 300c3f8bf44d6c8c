// Median time of a validation, base and with a profile, and what loading costs. The goals are those of docs/decisions.md:
// base 0.2 ms and with profile 0.6 ms for 3 kB, loading within 1 s and 120 MB.
import { existsSync, readFileSync } from 'node:fs';
import { parseJson } from '../src/fhir/json.js';

const PACKAGES = process.env.FHIR_PACKAGES_DIR ?? new URL('../../shared/fhir-packages', import.meta.url).pathname;
const PATIENT = process.env.EXAMPLE_BUNDLE ?? new URL('../../shared/pzp/hendrik-hartman.put.transaction.json', import.meta.url).pathname;
const ROUNDS = 400;

if (!existsSync(PACKAGES) || !existsSync(PATIENT)) {
  console.log('Skipped: set FHIR_PACKAGES_DIR and EXAMPLE_BUNDLE to the published packages and the example patient.');
  process.exit(0);
}

const before = memory();
const start = performance.now();
const { createValidator } = await import('../src/validation/validator.js');
const { loadPackages } = await import('../src/validation/packages.js');
const code = performance.now();
const validator = createValidator({ packages: [await loadPackages(PACKAGES)] });
const loaded = performance.now();
const bundle = parseJson(readFileSync(PATIENT, 'utf8')) as { entry: { resource: { resourceType: string; note?: unknown } }[] };
for (const { resource } of bundle.entry) validator.validate(resource);
const warm = performance.now();
const after = memory();
console.log(
  `load: modules ${ms(code - start)}, definitions and packages ${ms(loaded - code)}, first use of 23 resources ${ms(warm - loaded)}`,
);
console.log(`memory: ${after.rss - before.rss} MB resident, ${after.heap - before.heap} MB of heap`);

console.log('resource                 bytes    base ms   with profile ms');
const seen = new Set<string>();
for (const { resource } of bundle.entry) {
  if (seen.has(resource.resourceType)) continue;
  seen.add(resource.resourceType);
  line(resource.resourceType, resource);
}
const consent = bundle.entry.find(({ resource }) => resource.resourceType === 'Consent')?.resource as Record<string, any>;
const actors = Array.from({ length: 6 }, () => consent.provision.actor).flat();
line('Consent of 3 kB', { ...consent, provision: { ...consent.provision, actor: actors.slice(0, 8) } });

function line(name: string, resource: unknown): void {
  const base = median(() => validator.validate(resource, { honourMetaProfile: false }));
  const profiled = median(() => validator.validate(resource));
  const bytes = JSON.stringify(resource).length;
  console.log(`${name.padEnd(22)} ${String(bytes).padStart(7)} ${base.toFixed(3).padStart(10)} ${profiled.toFixed(3).padStart(17)}`);
}

function median(work: () => unknown): number {
  for (let i = 0; i < ROUNDS; i++) work();
  const times = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  }).sort((a, b) => a - b);
  return times[ROUNDS / 2] as number;
}

function memory(): { rss: number; heap: number } {
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: Math.round(rss / 1e6), heap: Math.round(heapUsed / 1e6) };
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
