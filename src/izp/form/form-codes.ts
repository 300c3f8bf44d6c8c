// Codes that the published form answers with, and the names under which the service files what it extracts from a form.
import type { Coding } from '@medplum/fhirtypes';
import * as codes from '../codes.js';
import { IZP_BASE, IZP_DATA_QUALITY, KEPT_TAG_SYSTEM } from '../izp-codes.js';

/** Identifier of every extracted resource: `{form}/{part}`, so that extracting again finds what was extracted before. */
export const FORM_PART = `${IZP_BASE}/NamingSystem/izp-form-part`;
/** Identifier of a professional who is known by name and function alone, within the organisation that sent the form. */
export const FORM_PROFESSIONAL = `${IZP_BASE}/NamingSystem/izp-form-professional`;
/** Tag of a response whose answers stand in the record as resources; the service's own, whatever a client sends. */
export const EXTRACTED_TAG = { system: KEPT_TAG_SYSTEM, code: 'extracted' };
/** Tag of a response that was stored although it could not be read: nothing of it stands in the record. */
export const UNREADABLE_TAG = { system: IZP_DATA_QUALITY, code: 'form-not-extracted' };

/** The form's system for decisions on a treatment. */
export const DECISION_SYSTEM = 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.25.1';
/** Kinds of telephone of the Dutch building blocks. */
export const TELECOM_TYPE = 'urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.22.1';
export const ADDRESS_USE = 'http://terminology.hl7.org/CodeSystem/v3-AddressUse';
export const CODE_SPECIFICATION = 'http://nictiz.nl/fhir/StructureDefinition/ext-CodeSpecification';
export const AGREES_TO_SHARING = '441898007';
export const YES = '373066001';
export const NO = '373067005';
/** SNOMED CT: focus of treatment. */
export const TREATMENT_FOCUS = '180771000146100';

const of =
  (system: string | undefined) =>
  (code: string, display: string): Coding => ({ ...(system !== undefined && { system }), code, display });

export const snomed = of(codes.SNOMED);
export const nullFlavor = of(codes.NULL_FLAVOR);
export const role = of(codes.CONTACT_ROLE);
export const family = of(codes.ROLE_CODE);
export const uzi = of(codes.UZI_ROLE);
export const decision = of(DECISION_SYSTEM);
export const telecom = of(TELECOM_TYPE);
export const addressUse = of(ADDRESS_USE);
/** Codes that the form gives without a system. */
export const local = of(undefined);
