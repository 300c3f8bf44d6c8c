// A code system by code, with its hierarchy. https://hl7.org/fhir/R4/codesystem.html
import type { CodeSystem, Concept } from './definitions.js';

export interface ConceptIndex {
  source: CodeSystem;
  /** True when the system holds all its codes, so that a code it lacks does not exist. */
  complete: boolean;
  get(code: string): Concept | undefined;
  /** Every concept, parents before children. */
  all(): Iterable<Concept>;
  /** The code itself and everything below it. */
  within(code: string): Set<string>;
}

/** Code systems whose codes follow a grammar instead of a list. */
export const GRAMMARS: Record<string, (code: string) => boolean> = {
  'urn:ietf:bcp:47': isLanguageTag,
  // FHIR itself writes json, xml and ttl for its own formats.
  'urn:ietf:bcp:13': (code) => /^(json|xml|ttl)$|^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.*)?$/.test(code),
};

function isLanguageTag(code: string): boolean {
  try {
    return Intl.getCanonicalLocales(code).length === 1;
  } catch {
    return false;
  }
}

/** Children are found nested, and by the properties child, parent and subsumedBy. */
export function indexConcepts(source: CodeSystem): ConceptIndex {
  const fold = source.caseSensitive === false ? (code: string) => code.toLowerCase() : (code: string) => code;
  const concepts = new Map<string, Concept>();
  const children = new Map<string, string[]>();
  const link = (parent: string, child: string) => {
    const list = children.get(parent);
    if (list) list.push(child);
    else children.set(parent, [child]);
  };
  const add = (list: Concept[] | undefined, parent?: string): void => {
    for (const concept of list ?? []) {
      concepts.set(fold(concept.code), concept);
      if (parent !== undefined) link(parent, concept.code);
      for (const { code, valueCode } of concept.property ?? []) {
        if (valueCode === undefined) continue;
        if (code === 'child') link(concept.code, valueCode);
        else if (code === 'parent' || code === 'subsumedBy') link(valueCode, concept.code);
      }
      add(concept.concept, concept.code);
    }
  };
  add(source.concept);
  return {
    source,
    complete: source.content === 'complete',
    get: (code) => concepts.get(fold(code)),
    all: () => concepts.values(),
    within(code) {
      const found = new Set([code]);
      for (const each of found) for (const child of children.get(each) ?? []) found.add(child);
      return found;
    },
  };
}
