// Search parameters beyond R4's own: those the published care-planning queries name, and the few this field's work needs.
import type { SearchParameter } from './search-parameter.js';

const OWN_NAME = 'http://hl7.org/fhir/StructureDefinition/humanname-own-name';
const PARTNER_NAME = 'http://hl7.org/fhir/StructureDefinition/humanname-partner-name';

/** Dutch family names carry their parts in extensions: "van der Berg-Jansen" is also found as "Berg" and as "Jansen". */
const FAMILY_PATHS = [
  'name.family',
  `name._family.extension(url=${OWN_NAME}).valueString`,
  `name._family.extension(url=${PARTNER_NAME}).valueString`,
];

/** By type; one of the same code as R4's replaces it. Those without a published definition get a URL from the service's own base. */
export const ADDED_PARAMETERS: Record<string, SearchParameter[]> = {
  Communication: [
    {
      code: 'reason-code',
      type: 'token',
      paths: ['reasonCode'],
      url: 'https://api.iknl.nl/docs/pzp/r4/SearchParameter/Communication-reason-code',
    },
    { code: 'topic', type: 'token', paths: ['topic'] },
  ],
  DeviceUseStatement: [
    { code: 'status', type: 'token', paths: ['status'], system: 'http://hl7.org/fhir/device-statement-status' },
    {
      code: 'patient',
      type: 'reference',
      paths: ['subject(is Patient)'],
      url: 'http://hl7.org/fhir/SearchParameter/clinical-patient',
      targets: ['Patient'],
    },
  ],
  Flag: [
    { code: 'status', type: 'token', paths: ['status'], system: 'http://hl7.org/fhir/flag-status' },
    { code: 'category', type: 'token', paths: ['category'] },
    { code: 'code', type: 'token', paths: ['code'] },
  ],
  Goal: [{ code: 'description', type: 'token', paths: ['description'] }],
  Patient: [{ code: 'family', type: 'string', paths: FAMILY_PATHS, url: 'http://hl7.org/fhir/SearchParameter/individual-family' }],
  Practitioner: [{ code: 'family', type: 'string', paths: FAMILY_PATHS, url: 'http://hl7.org/fhir/SearchParameter/individual-family' }],
  RelatedPerson: [{ code: 'family', type: 'string', paths: FAMILY_PATHS }],
};
