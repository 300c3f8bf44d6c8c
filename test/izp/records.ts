// Turns a transaction Bundle into the record the domain is handed, as if the store had kept it.
import { existsSync, readFileSync } from 'node:fs';
import type { Bundle, Patient, Resource } from '@medplum/fhirtypes';
import { parseJson } from '../../src/fhir/json.js';
import { rewriteReferences } from '../../src/fhir/references.js';
import { keepRecord, withWrites } from '../../src/izp/plan.js';
import type { PatientRecord, RecordEntry } from '../../src/izp/record.js';

/** Published test data beside the repository; absent on a plain clone. */
const SHARED = new URL('../../../shared/pzp/', import.meta.url);

export function published(name: string): Bundle | undefined {
  const url = new URL(name, SHARED);
  return existsSync(url) ? (parseJson(readFileSync(url, 'utf8')) as Bundle) : undefined;
}

export function example(name: string): Bundle {
  return parseJson(readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8')) as Bundle;
}

const DIRECTORY = new Set(['Practitioner', 'PractitionerRole', 'Organization', 'Device']);
export const GP = { ura: '99900001', name: 'Huisartsenpraktijk Lindedorp' };

/** The record after the Bundle was posted by `author` at `now`; ids are the entry's own or made of its position. */
export function recordOf(bundle: Bundle, now: number, author = GP): PatientRecord {
  const names = new Map<string, string>();
  const resources = (bundle.entry ?? []).map((entry, i) => {
    const resource = structuredClone(entry.resource) as Resource;
    resource.id ??= `r${i}`;
    if (entry.fullUrl) names.set(entry.fullUrl, `${resource.resourceType}/${resource.id}`);
    return resource;
  });
  for (const resource of resources) rewriteReferences(resource, (reference) => names.get(reference));
  const patient = resources.find((r) => r.resourceType === 'Patient') as Patient;
  const entries: RecordEntry[] = [];
  const directory = new Map<string, Resource>();
  for (const resource of resources) {
    const reference = `${resource.resourceType}/${resource.id}`;
    if (DIRECTORY.has(resource.resourceType)) directory.set(reference, resource);
    else entries.push({ resource, reference, version: 1, lastUpdated: now, author });
  }
  let made = 0;
  const written = new Set(entries.map((entry) => entry.reference));
  return { patientId: patient.id as string, patient, entries, directory, written, now, newId: () => `made-${++made}` };
}

/** The record as it is once the service has kept it. */
export function kept(record: PatientRecord): PatientRecord {
  return withWrites(record, keepRecord(record).writes);
}

/** The record with more resources written by one organisation. */
export function withEntries(
  record: PatientRecord,
  resources: object[],
  author: RecordEntry['author'] = GP,
  lastUpdated = record.now,
): PatientRecord {
  const added = resources.map((resource) => {
    const typed = resource as Resource;
    const reference = `${typed.resourceType}/${typed.id}`;
    return { resource: typed, reference, version: 1, lastUpdated, ...(author && { author }) };
  });
  const replaced = new Set(added.map((entry) => entry.reference));
  return { ...record, entries: [...record.entries.filter((e) => !replaced.has(e.reference)), ...added], written: replaced };
}
