// Answers to the questions of a conversation that a later conversation replaced: what a search for what holds leaves out.
import * as codes from './codes.js';
import { snomedCodes } from './concepts.js';
import { VALID_OBSERVATION } from './preferred-place.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { saidAt, superseded } from './supersede.js';

/**
 * `Observation/id` of care-planning answers that a later one of the same source replaced. An answer without a date that can be true
 * neither replaces nor is replaced; of different sources both stay.
 */
export function pastObservations({ entries, now }: Pick<PatientRecord, 'entries' | 'now'>): Set<string> {
  const byCode = new Map<string, RecordEntry[]>();
  const askedOf = new Map<string, number>();
  for (const entry of entries) {
    const { resource } = entry;
    if (resource.resourceType !== 'Observation' || !VALID_OBSERVATION.has(resource.status)) continue;
    const asked = new Set(snomedCodes(resource.code).filter((code) => codes.PZP_OBSERVATIONS.has(code)));
    askedOf.set(entry.reference, asked.size);
    for (const code of asked) byCode.set(code, [...(byCode.get(code) ?? []), entry]);
  }
  const replaced = new Map<string, number>();
  for (const answers of byCode.values()) {
    const statements = answers.map((entry) => ({
      entry,
      organization: entry.author?.ura,
      agreed: saidAt(entry, now),
      status: 'current' as const,
    }));
    for (const { entry } of superseded(statements)) replaced.set(entry.reference, (replaced.get(entry.reference) ?? 0) + 1);
  }
  // One that answers several questions stays as long as it is the last word on one of them.
  return new Set([...replaced].filter(([reference, times]) => times === askedOf.get(reference)).map(([reference]) => reference));
}
