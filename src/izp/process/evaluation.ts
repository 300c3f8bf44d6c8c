// Whether the patient died where the patient wanted to: the place of death beside the last preference recorded before it.
import type { CodeableConcept, Observation, Task } from '@medplum/fhirtypes';
import { intervalOf } from '../../fhir/dates.js';
import { NULL_FLAVOR, PREFERRED_PLACE_OF_DEATH } from '../codes.js';
import { codingsOf, hasSnomed, snomedCodes } from '../concepts.js';
import type { Death } from '../death.js';
import { words } from '../dutch.js';
import { hasUnknownModifier } from '../modifiers.js';
import { momentOf, newestEntryFirst } from '../moments.js';
import { VALID_OBSERVATION } from '../preferred-place.js';
import type { PatientRecord } from '../record.js';
import { IZP_EVALUATION } from './process-codes.js';

/** Home, hospital, nursing home, hospice: what can be compared. */
const PLACES: ReadonlySet<string> = new Set(['264362003', '22232009', '108344006', '284546000']);

export interface PlaceEvaluation {
  /** Unknown: either is not recorded, recorded as unknown, or a preference for "elsewhere", which no code tells apart. */
  outcome: 'realised' | 'not-realised' | 'unknown';
  preferred?: CodeableConcept;
  actual?: CodeableConcept;
}

/** The preference is that of the Observation, which the service keeps equal to the Goal. What is dated after the death counts as none. */
export function evaluatePlace({ entries }: Pick<PatientRecord, 'entries'>, { on, place }: Death): PlaceEvaluation {
  const end = (on === undefined ? undefined : intervalOf(on)?.end) ?? Number.POSITIVE_INFINITY;
  const [last] = entries
    .filter((entry) => isPreference(entry.resource as Observation) && startOf(entry.resource as Observation, momentOf(entry)) <= end)
    .sort(newestEntryFirst);
  const preferred = (last?.resource as Observation | undefined)?.valueCodeableConcept;
  const [wanted, was] = [placeIn(preferred), placeIn(place)];
  const isElsewhere = codingsOf(place).some(({ system, code }) => system === NULL_FLAVOR && code === 'OTH');
  const outcome = wanted === undefined || (was === undefined && !isElsewhere) ? 'unknown' : wanted === was ? 'realised' : 'not-realised';
  return { outcome, ...(preferred && { preferred }), ...(place && { actual: place }) };
}

function isPreference(resource: Observation): boolean {
  return (
    resource.resourceType === 'Observation' &&
    VALID_OBSERVATION.has(resource.status) &&
    hasSnomed(resource.code, PREFERRED_PLACE_OF_DEATH) &&
    !hasUnknownModifier(resource)
  );
}

/** A preference of the day of the death was said before it. */
function startOf({ effectiveDateTime, effectivePeriod, effectiveInstant }: Observation, otherwise: number): number {
  const text = effectiveDateTime ?? effectivePeriod?.start ?? effectiveInstant;
  return (text === undefined ? undefined : intervalOf(text)?.start) ?? otherwise;
}

function placeIn(concept: CodeableConcept | undefined): string | undefined {
  return snomedCodes(concept).find((code) => PLACES.has(code));
}

/** The same for the Task that asks to look back. */
export function evaluationOutput(record: Pick<PatientRecord, 'entries'>, death: Death): Task['output'] {
  const { outcome, preferred, actual } = evaluatePlace(record, death);
  const unknown: CodeableConcept = { coding: [{ system: NULL_FLAVOR, code: 'UNK' }], text: 'Onbekend' };
  const inWords = (place: CodeableConcept) => (place.text === undefined ? { ...place, text: words(place) } : place);
  const line = (code: string, text: string, valueCodeableConcept: CodeableConcept) => ({
    type: { coding: [{ system: IZP_EVALUATION, code }], text },
    valueCodeableConcept,
  });
  return [
    line('preferred-place', 'Voorkeursplek van overlijden', inWords(preferred ?? unknown)),
    line('place-of-death', 'Plaats van overlijden', inWords(actual ?? unknown)),
    line('preferred-place-realised', 'Overleden op de voorkeursplek', {
      coding: [{ system: IZP_EVALUATION, code: outcome }],
      text: OUTCOME_WORDS[outcome],
    }),
  ];
}

const OUTCOME_WORDS = { realised: 'Ja', 'not-realised': 'Nee', unknown: 'Onbekend' };
