// The resource types this service keeps, and how each belongs to a patient.
// https://hl7.org/fhir/R4/compartmentdefinition-patient.html
import { isObject } from './json.js';
import { parseReference } from './references.js';

/**
 * Per served type the elements that name its patient, first match wins; [] for directory and definitional resources.
 * 'adopted' marks Device: it may name a patient, and otherwise becomes part of the record that uses it.
 */
export const PATIENT_ELEMENTS = {
  ActivityDefinition: [],
  CarePlan: ['subject'],
  CareTeam: ['subject'],
  CodeSystem: [],
  Communication: ['subject'],
  CommunicationRequest: ['subject'],
  Composition: ['subject'],
  Condition: ['subject'],
  Consent: ['patient'],
  Device: ['patient'],
  DeviceUseStatement: ['subject'],
  DocumentReference: ['subject'],
  Encounter: ['subject'],
  Flag: ['subject'],
  Goal: ['subject'],
  HealthcareService: [],
  Library: [],
  List: ['subject'],
  Location: [],
  Measure: [],
  MeasureReport: ['subject'],
  Medication: [],
  MedicationRequest: ['subject'],
  Observation: ['subject'],
  OperationDefinition: [],
  Organization: [],
  Patient: [],
  PlanDefinition: [],
  Practitioner: [],
  PractitionerRole: [],
  Procedure: ['subject'],
  Provenance: ['target'],
  Questionnaire: [],
  QuestionnaireResponse: ['subject', 'source'],
  RelatedPerson: ['patient'],
  SearchParameter: [],
  ServiceRequest: ['subject'],
  StructureDefinition: [],
  SupplyDelivery: ['patient'],
  Task: ['for'],
  ValueSet: [],
} as const satisfies Record<string, readonly string[]>;

export type ServedType = keyof typeof PATIENT_ELEMENTS;

export const SERVED_TYPES = Object.keys(PATIENT_ELEMENTS) as ServedType[];

export function isServedType(type: string): type is ServedType {
  return Object.hasOwn(PATIENT_ELEMENTS, type);
}

/** Types every resource of which must name a patient, or it could not be found, shared or withdrawn with the rest of the record. */
export function mustNamePatient(type: ServedType): boolean {
  return PATIENT_ELEMENTS[type].length > 0 && type !== 'Device' && type !== 'Provenance' && type !== 'List' && type !== 'MeasureReport';
}

/** The id of the patient a resource belongs to; undefined when it names none (directory resources, a Device not yet in use). */
export function patientOf(resource: { resourceType: string; id?: string }): string | undefined {
  if (resource.resourceType === 'Patient') return resource.id;
  if (!isServedType(resource.resourceType)) return undefined;
  for (const element of PATIENT_ELEMENTS[resource.resourceType]) {
    const value = (resource as Record<string, unknown>)[element];
    for (const reference of Array.isArray(value) ? value : [value]) {
      const text = isObject(reference) ? reference.reference : undefined;
      const target = typeof text === 'string' ? parseReference(text) : undefined;
      if (target?.type === 'Patient') return target.id;
    }
  }
  return undefined;
}
