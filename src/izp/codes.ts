// Codes and extension URLs of the Dutch care-planning standard (PZP) and the terminologies it uses.

export const SNOMED = 'http://snomed.info/sct';
/** SNOMED CT as older senders name it. */
export const SNOMED_OID = 'urn:oid:2.16.840.1.113883.6.96';
export const NULL_FLAVOR = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor';
export const DATA_ABSENT_REASON = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
export const CONSENT_SCOPE = 'http://terminology.hl7.org/CodeSystem/consentscope';
export const CONSENT_CATEGORY = 'http://terminology.hl7.org/CodeSystem/consentcategorycodes';
export const ROLE_CODE = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';
/** Kind of advance directive: NR, EU, LW … */
export const LIVING_WILL_TYPE = 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.14.1';
/** Role of a contact person: 01 first contact, 24 legal representative … */
export const CONTACT_ROLE = 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472';
export const UZI_ROLE = 'http://fhir.nl/fhir/NamingSystem/uzi-rolcode';
export const AGB_SPECIALTY = 'urn:oid:2.16.840.1.113883.2.4.6.7';

/** Consent.modifierExtension of a treatment directive: the decision in words, overruling provision.type. */
export const SPECIFICATION_OTHER = 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther';
export const REASON_FOR_ENDING = 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.ReasonForEnding';
export const COMMENT_EXTENSION = 'http://nictiz.nl/fhir/StructureDefinition/ext-Comment';

/** Extension names that are the same under every host the standard was published at; compare what follows `/StructureDefinition/`. */
export const LEGALLY_CAPABLE_EXTENSION = 'ext-LegallyCapable-MedicalTreatmentDecisions';
export const ENCOUNTER_EXTENSION = 'ext-EncounterReference';
export const CONTACT_PERSON_EXTENSION = 'http://hl7.org/fhir/StructureDefinition/patient-relatedPerson';

export const TREATMENT_DIRECTIVE = '129125009';
export const ADVANCE_DIRECTIVE = 'acd';
export const ACP_PROCEDURE = '713603004';
export const INFORM_RELATIVES = '223449006';
export const ICD_SWITCH_OFF = '400231000146108';

export const CPR = '89666000';
export const VENTILATION = '40617009';
export const ICU_ADMISSION = '305351004';
export const HOSPITAL_ADMISSION = '32485007';
export const ANTIBIOTICS = '281789004';
export const BLOOD_PRODUCT = '116762002';

export const SPECIFIC_WISHES = '153851000146100';
export const PREFERRED_PLACE_OF_DEATH = '395091006';
export const EUTHANASIA_POSITION = '340171000146104';
export const DONOR_REGISTRATION = '570801000146104';
export const OTHER_INFORMATION = '247751003';
export const LEGALLY_CAPABLE = '665671000146101';

/** Observations of the care-planning standard. */
export const PZP_OBSERVATIONS: ReadonlySet<string> = new Set([
  SPECIFIC_WISHES,
  PREFERRED_PLACE_OF_DEATH,
  EUTHANASIA_POSITION,
  DONOR_REGISTRATION,
  OTHER_INFORMATION,
  LEGALLY_CAPABLE,
]);

export const GOAL_SYMPTOMS_ONLY = '713148004';
/** The form's own code for symptoms only: the same meaning as GOAL_SYMPTOMS_ONLY. */
export const GOAL_SYMPTOMS_ONLY_FORM = '225353007';
export const MEDICAL_POLICY_GOALS: ReadonlySet<string> = new Set(['385987000', '1351964001', GOAL_SYMPTOMS_ONLY, GOAL_SYMPTOMS_ONLY_FORM]);

export const ICD_PRODUCTS: ReadonlySet<string> = new Set(['72506001', '465460004', '468542000', '704707009', '1263462004', '1236894001']);

/** Advance care plan, end of life care plan (record artefacts): categories under which clients post an IZP. */
export const CARE_PLAN_CATEGORIES: ReadonlySet<string> = new Set(['736366004', '736373009']);

export const FIRST_CONTACT = '01';
export const LEGAL_REPRESENTATIVE = '24';
/** Curator and mentor represent the patient by law. */
export const STATUTORY_REPRESENTATIVES: ReadonlySet<string> = new Set([LEGAL_REPRESENTATIVE, '03', '15']);
/** Authorised in writing by the patient (SNOMED CT). */
export const WRITTEN_REPRESENTATIVE = '310141000146103';

/** The published form, under one of its three names. */
export const PZP_FORM = 'https://fhir.iknl.nl/fhir/Questionnaire/ACP-zib2020';
export const PZP_PREFERRED_PLACE_PROFILE = 'https://fhir.iknl.nl/fhir/StructureDefinition/ACP-PreferredPlaceOfDeath';
