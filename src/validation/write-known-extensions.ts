// Modifier extensions the service understands by itself: known without any package, so that the agreement they hold is taken in.
// A loaded package's definition of the same URL goes before these.
import type { DefinitionSource, StructureDefinition } from './definitions.js';

/**
 * A modifier extension of one element, at most once there, whose value is text.
 * https://hl7.org/fhir/R4/defining-extensions.html
 */
export function textModifier(url: string, element: string): StructureDefinition {
  return {
    resourceType: 'StructureDefinition',
    url,
    kind: 'complex-type',
    abstract: false,
    type: 'Extension',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
    derivation: 'constraint',
    context: [{ type: 'element', expression: element }],
    snapshot: {
      element: [
        { id: 'Extension', path: 'Extension', min: 0, max: '1', isModifier: true },
        { id: 'Extension.extension', path: 'Extension.extension', min: 0, max: '0' },
        { id: 'Extension.url', path: 'Extension.url', min: 1, max: '1', type: [{ code: 'uri' }], fixedUri: url },
        { id: 'Extension.value[x]', path: 'Extension.value[x]', min: 1, max: '1', type: [{ code: 'string' }] },
      ],
    },
  };
}

export function knownExtensions(structureDefinitions: StructureDefinition[]): DefinitionSource {
  return { structureDefinitions, valueSets: [], codeSystems: [] };
}
