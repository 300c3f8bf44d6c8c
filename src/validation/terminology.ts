// Terminology of what is loaded: membership, expansion and look-up. What is not loaded is unknown, never wrong.
// https://hl7.org/fhir/R4/terminology-service.html

import { type ConceptIndex, indexConcepts } from './concepts.js';
import type { CodeSystem, Concept, Definitions } from './definitions.js';
import { type CodeSet, compileValueSet, type Member, type Truth } from './value-sets.js';

export interface Expansion {
  url: string;
  version?: string;
  name?: string;
  contains: Member[];
}

export interface ConceptLookup {
  system: string;
  name?: string;
  version?: string;
  concept: Concept;
}

export interface Terminology {
  /** True when a value set of this URL is loaded, whether or not it can be expanded. */
  isLoaded(url: string): boolean;
  /** All codes of a value set; undefined when it is not loaded or draws on a code system that is not. */
  expand(url: string): Expansion | undefined;
  /** Whether the value set holds the code; a missing system matches any (elements of type code). Undefined: cannot be known here. */
  validateCode(url: string, coding: { system?: string; code: string }): Truth;
  /** The concept; 'no-such-code' when the loaded code system is complete and lacks it; undefined when the system is not loaded whole. */
  lookup(system: string, code: string): ConceptLookup | 'no-such-code' | undefined;
}

/** Every value set is compiled at its first use and kept. */
export function createTerminology(definitions: Definitions): Terminology {
  const sets = new Map<string, CodeSet | undefined>();
  const indexes = new Map<CodeSystem, ConceptIndex>();

  const conceptsOf = (system: string): ConceptIndex | undefined => {
    const codeSystem = definitions.codeSystem(system);
    if (!codeSystem) return undefined;
    let index = indexes.get(codeSystem);
    if (!index) {
      index = indexConcepts(codeSystem);
      indexes.set(codeSystem, index);
    }
    return index;
  };

  const setOf = (url: string): CodeSet | undefined => {
    if (sets.has(url)) return sets.get(url);
    const valueSet = definitions.valueSet(url);
    // A value set that includes itself meets this entry and stays unknown.
    sets.set(url, undefined);
    const compiled = valueSet && compileValueSet(valueSet, conceptsOf, setOf);
    sets.set(url, compiled);
    return compiled;
  };

  return {
    isLoaded: (url) => definitions.valueSet(url) !== undefined,
    expand(url) {
      const contains = setOf(url)?.members();
      const valueSet = definitions.valueSet(url);
      return contains && valueSet ? { url: valueSet.url, version: valueSet.version, name: valueSet.name, contains } : undefined;
    },
    validateCode: (url, { system, code }) => setOf(url)?.holds(system, code),
    lookup(system, code) {
      const index = conceptsOf(system);
      const concept = index?.get(code);
      if (index && concept) return { system, name: index.source.name, version: index.source.version, concept };
      return index?.complete ? 'no-such-code' : undefined;
    },
  };
}
