// Builds treatment directives and record entries for tests.
import type { Consent } from '@medplum/fhirtypes';
import type { RecordEntry } from '../../src/izp/record.js';

export const NOW = Date.parse('2026-01-15T12:00:00Z');
export const SPECIFICATION = 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther';
export const UNKNOWN_MODIFIER = { url: 'https://elders.example/StructureDefinition/ontkenning', valueBoolean: true };

export const codeOf = (code: string, display?: string) => ({
  coding: [{ system: 'http://snomed.info/sct', code, ...(display && { display }) }],
});

interface ConsentFields {
  type?: string;
  code?: object | object[];
  period?: object;
  [element: string]: unknown;
}

/** An active treatment directive on resuscitation unless told otherwise. */
export function consent({ type, code = codeOf('89666000'), period, ...rest }: ConsentFields): Consent {
  return structuredClone({
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: 'http://snomed.info/sct', code: '129125009' }] }],
    dateTime: '2020-10-01',
    ...rest,
    provision: { ...(type && { type }), ...(period && { period }), code: Array.isArray(code) ? code : [code] },
  }) as unknown as Consent;
}

/** A record entry; author `A` unless told otherwise, none for null. */
export function entryOf(
  resource: object,
  { id = 'c', ura = 'A', lastUpdated = NOW }: { id?: string; ura?: string | null; lastUpdated?: number },
): RecordEntry {
  const typed = { ...resource, id } as RecordEntry['resource'];
  const entry: RecordEntry = { resource: typed, reference: `${typed.resourceType}/${id}`, version: 1, lastUpdated };
  return ura === null ? entry : { ...entry, author: { ura, name: `Organisatie ${ura}` } };
}
