// What lies ready: medication foreseen for scenarios, and the palliative kit.
import type { Extension, MedicationRequest, Reference, ServiceRequest, SupplyDelivery } from '@medplum/fhirtypes';
import { withoutVersion } from '../fhir/references.js';
import { CANNOT_INTERPRET } from './card-items.js';
import { extensionsOf, filled, noteText } from './concepts.js';
import { current, type DocumentPart, factsOf, part, sentences } from './document-sentences.js';
import { dutchDay, words } from './dutch.js';
import * as izp from './izp-codes.js';
import { hasUnknownModifier } from './modifiers.js';
import { isKit, isScenario } from './parts.js';
import type { People } from './people.js';
import type { PatientRecord } from './record.js';
import { personWords } from './wording.js';

/** Medication foreseen, with the situation it is for and whether home care may give it. */
export function medicationPart(record: PatientRecord, people: People): DocumentPart {
  const requests = current(
    record,
    ({ resource }) => resource.resourceType === 'MedicationRequest' && resource.status === 'active' && resource.intent === 'plan',
  );
  const told = requests.map((entry) => {
    const request = entry.resource as MedicationRequest;
    const name = medicationName(request, people);
    if (hasUnknownModifier(request) || request.doNotPerform === true)
      return sentences([`${name}: ${CANNOT_INTERPRET.toLowerCase()}`, factsOf(entry, people)]);
    const dosage = (request.dosageInstruction ?? []).map((one) => filled(one.text) ?? filled(one.patientInstruction)).filter(Boolean);
    const reasons = (request.reasonCode ?? []).map((reason) => words(reason)).filter(Boolean);
    const events = scenariosWith(record, entry.reference);
    return sentences([
      `${name}: ${dosage.length > 0 ? dosage.join('; ') : 'geen doseervoorschrift vastgelegd'}`,
      reasons.length > 0 && `Bij: ${reasons.join(', ')}`,
      events.length > 0 && `Hoort bij: ${events.join(', ')}`,
      executionWords(request, people),
      noteText(request.note) !== undefined && `Toelichting: “${noteText(request.note)}”`,
      factsOf(entry, people),
    ]);
  });
  return part(
    'medication',
    'Medicatie voor als het nodig is',
    told,
    requests.map(({ reference }) => reference),
    'Geen medicatie vooraf afgesproken.',
  );
}

function medicationName(request: MedicationRequest, people: People): string {
  const found = people.find(request.medicationReference?.reference, request) as { code?: Parameters<typeof words>[0] } | undefined;
  return (
    words(request.medicationCodeableConcept) ?? words(found?.code) ?? filled(request.medicationReference?.display) ?? 'Middel niet vermeld'
  );
}

function scenariosWith(record: PatientRecord, reference: string): string[] {
  return record.entries.flatMap(({ resource }) => {
    if (!isScenario(resource)) return [];
    const scenario = resource as ServiceRequest;
    const named = (scenario.supportingInfo ?? []).some((info) => withoutVersion(info.reference ?? '') === reference);
    return named ? [words(scenario.code) ?? 'situatie niet vermeld'] : [];
  });
}

function executionWords(resource: MedicationRequest | SupplyDelivery, people: People): string {
  const requests = extensionsOf(resource, izp.IZP_EXECUTION_REQUEST).flatMap(({ valueReference }) => valueReference ?? []);
  if (requests.length === 0) return 'Geen uitvoeringsverzoek vastgelegd';
  const from = requests.map((reference) => executor(reference, people)).filter((name) => name !== undefined);
  return `Uitvoeringsverzoek aanwezig${from.length > 0 ? ` (${from.join(', ')})` : ''}`;
}

function executor(reference: Reference, people: People): string | undefined {
  const found = people.find(reference.reference);
  const [by] = found === undefined ? [] : people.agreedBy(found);
  return by === undefined ? filled(reference.display) : personWords(by);
}

/** The kit: its state, where in the house, from whom, what is in it, and the way it went. */
export function kitPart(record: PatientRecord, people: People): DocumentPart {
  const kits = current(record, ({ resource }) => isKit(resource) && (resource as SupplyDelivery).status !== 'entered-in-error');
  const [entry] = kits;
  const told: string[] = [];
  if (entry !== undefined) {
    const kit = entry.resource as SupplyDelivery;
    if (hasUnknownModifier(kit)) told.push(CANNOT_INTERPRET);
    else told.push(...kitWords(kit, people));
    told.push(factsOf(entry, people));
  }
  return part('palliative-kit', 'Palliatieve spoedkit', told, entry ? [entry.reference] : [], 'Geen spoedkit vastgelegd.');
}

function kitWords(kit: SupplyDelivery, people: People): string[] {
  const state = words(extensionsOf(kit, izp.IZP_KIT_STATE)[0]?.valueCodeableConcept) ?? 'Toestand niet vermeld';
  const place = filled(extensionsOf(kit, izp.IZP_KIT_PLACE)[0]?.valueString);
  const contents = extensionsOf(kit, izp.IZP_KIT_CONTENT).flatMap((one) => contentName(one, people) ?? []);
  const steps = extensionsOf(kit, izp.IZP_KIT_STEP).map((step) => stepWords(step, people));
  return [
    sentences([`Toestand: ${state.toLowerCase()}`, `Plaats in huis: ${place ?? 'niet vermeld'}`]),
    sentences([
      `Apotheek of leverancier: ${kit.supplier === undefined ? 'niet vermeld' : people.personOf(kit.supplier, kit).name}`,
      `Inhoud: ${contents.length > 0 ? contents.join('; ') : 'niet vermeld'}`,
      executionWords(kit, people),
    ]),
    ...(steps.length > 0 ? [sentences([`Verloop: ${steps.join('; ')}`])] : []),
  ];
}

function contentName({ valueCodeableConcept, valueReference }: Extension, people: People): string | undefined {
  if (valueCodeableConcept) return words(valueCodeableConcept);
  const found = people.find(valueReference?.reference);
  if (found?.resourceType === 'MedicationRequest') return medicationName(found, people);
  return filled(valueReference?.display);
}

function stepWords(step: Extension, people: People): string {
  const named = (name: string) => step.extension?.find(({ url }) => url === name);
  const by = named('by')?.valueReference;
  const who = by === undefined ? '' : ` (${people.personOf(by).name})`;
  return `${(words(named('state')?.valueCodeableConcept) ?? 'stap').toLowerCase()} ${dutchDay(named('when')?.valueDateTime)}${who}`;
}
