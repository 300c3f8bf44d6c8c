// A value set's definition as a test on codes: includes and excludes, filters on loaded code systems, three-valued where one is missing.
// https://hl7.org/fhir/R4/valueset.html#compositions
import { type ConceptIndex, GRAMMARS } from './concepts.js';
import type { Concept, ConceptSet, ExpansionContains, ValueSet } from './definitions.js';

/** Undefined: cannot be known from what is loaded. */
export type Truth = boolean | undefined;

export interface Member {
  system?: string;
  code: string;
  display?: string;
}

export interface CodeSet {
  /** A missing system stands for any. */
  holds(system: string | undefined, code: string): Truth;
  /** All members, or undefined when they cannot all be known. */
  members(): Member[] | undefined;
}

type ConceptsOf = (system: string) => ConceptIndex | undefined;
type SetOf = (url: string) => CodeSet | undefined;

const UNKNOWN: CodeSet = { holds: () => undefined, members: () => undefined };
const EMPTY: CodeSet = { holds: () => false, members: () => [] };

/** Compiles a value set. A set without compose counts by its expansion; with neither it is unknown. */
export function compileValueSet(valueSet: ValueSet, conceptsOf: ConceptsOf, setOf: SetOf): CodeSet {
  if (!valueSet.compose) return valueSet.expansion ? listed(flatten(valueSet.expansion.contains)) : UNKNOWN;
  const part = (set: ConceptSet) => compilePart(set, conceptsOf, setOf);
  const included = union(valueSet.compose.include.map(part));
  const excluded = valueSet.compose.exclude?.length ? union(valueSet.compose.exclude.map(part)) : EMPTY;
  const set = excluded === EMPTY ? included : difference(included, excluded);
  // Most sets can be listed: one look-up in a list instead of a walk through the definition.
  const members = set.members();
  return members ? listed(members, set) : set;
}

function compilePart(set: ConceptSet, conceptsOf: ConceptsOf, setOf: SetOf): CodeSet {
  const parts = (set.valueSet ?? []).map((url) => setOf(url) ?? UNKNOWN);
  if (set.system !== undefined) parts.push(ofSystem(set.system, set, conceptsOf(set.system)));
  return parts.length === 1 ? (parts[0] as CodeSet) : intersection(parts);
}

function ofSystem(system: string, { concept, filter }: ConceptSet, index: ConceptIndex | undefined): CodeSet {
  if (concept) return listed(concept.map(({ code, display }) => ({ system, code, display: display ?? index?.get(code)?.display })));
  const grammar = filter ? undefined : GRAMMARS[system];
  if (grammar) return { holds: (other, code) => (other === undefined || other === system) && grammar(code), members: () => undefined };
  if (!index?.complete) return beyond(system, filter ? undefined : index);
  const tests = (filter ?? []).map(({ property, op, value }) => filterTest(property, op, value, index));
  if (tests.includes(undefined)) return beyond(system, undefined);
  const chosen = [...index.all()].filter((each) => tests.every((test) => test?.(each)));
  const members = chosen.map(({ code, display }) => ({ system, code, display }));
  const codes = new Set(chosen);
  return {
    holds: (other, code) => (other === undefined || other === system) && codes.has(index.get(code) as Concept),
    members: () => members,
  };
}

/** A system of which not every code is loaded: its codes may belong, those of others do not. */
function beyond(system: string, known: ConceptIndex | undefined): CodeSet {
  return {
    holds: (other, code) => (other !== undefined && other !== system ? false : known?.get(code) ? true : undefined),
    members: () => undefined,
  };
}

/** A filter as a test on concepts; undefined when the operator or property is not one that can be evaluated here. */
function filterTest(property: string, op: string, value: string, index: ConceptIndex): ((concept: Concept) => boolean) | undefined {
  if (property === 'concept' || property === 'code') {
    const within = () => index.within(value);
    switch (op) {
      case 'is-a':
        return ofCodes(within(), true);
      case 'descendent-of':
        return ofCodes(without(within(), value), true);
      case 'is-not-a':
        return ofCodes(within(), false);
      case '=':
        return (concept) => concept.code === value;
      case 'in':
        return ofCodes(new Set(value.split(',')), true);
      case 'not-in':
        return ofCodes(new Set(value.split(',')), false);
      case 'regex':
        return matching(value, (concept) => concept.code);
      default:
        return undefined;
    }
  }
  const read = (concept: Concept) => propertyOf(concept, property);
  switch (op) {
    case '=':
      return (concept) => read(concept) === value;
    case 'exists':
      return (concept) => (read(concept) !== undefined) === (value === 'true');
    default:
      return undefined;
  }
}

function ofCodes(codes: Set<string>, wanted: boolean): (concept: Concept) => boolean {
  return ({ code }) => codes.has(code) === wanted;
}

function without(codes: Set<string>, code: string): Set<string> {
  codes.delete(code);
  return codes;
}

function matching(pattern: string, read: (concept: Concept) => string): ((concept: Concept) => boolean) | undefined {
  try {
    const expression = new RegExp(`^(?:${pattern})$`);
    return (concept) => expression.test(read(concept));
  } catch {
    return undefined;
  }
}

function propertyOf(concept: Concept, property: string): string | undefined {
  if (property === 'display') return concept.display;
  const found = concept.property?.find(({ code }) => code === property);
  return found?.valueCode ?? found?.valueString ?? (found?.valueBoolean === undefined ? undefined : String(found.valueBoolean));
}

/** Membership by list. `exact` keeps a system's own rule on case. */
function listed(members: Member[], exact?: CodeSet): CodeSet {
  const keys = new Set<string>();
  for (const { system, code } of members) {
    keys.add(`${system ?? ''}|${code}`);
    keys.add(`*|${code}`);
  }
  return {
    holds: (system, code) => keys.has(`${system ?? '*'}|${code}`) || (exact?.holds(system, code) ?? false),
    members: () => members,
  };
}

function union(sets: CodeSet[]): CodeSet {
  if (sets.length === 1) return sets[0] as CodeSet;
  return {
    holds: (system, code) => either(sets.map((set) => set.holds(system, code))),
    members: () => unique(sets.map((set) => set.members())),
  };
}

function intersection(sets: CodeSet[]): CodeSet {
  return {
    holds: (system, code) => both(sets.map((set) => set.holds(system, code))),
    members: () => filtered(sets[0]?.members(), (member) => both(sets.map((set) => set.holds(member.system, member.code)))),
  };
}

function difference(included: CodeSet, excluded: CodeSet): CodeSet {
  const holds = (system: string | undefined, code: string) => {
    const out = excluded.holds(system, code);
    return both([included.holds(system, code), out === undefined ? undefined : !out]);
  };
  return { holds, members: () => filtered(included.members(), (member) => holds(member.system, member.code)) };
}

function either(truths: Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false;
}

function both(truths: Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(undefined) ? undefined : true;
}

function unique(lists: (Member[] | undefined)[]): Member[] | undefined {
  const found = new Map<string, Member>();
  for (const list of lists) {
    if (!list) return undefined;
    for (const member of list) found.set(`${member.system}|${member.code}`, member);
  }
  return [...found.values()];
}

function filtered(list: Member[] | undefined, keep: (member: Member) => Truth): Member[] | undefined {
  const verdicts = list?.map(keep);
  if (!list || !verdicts || verdicts.includes(undefined)) return undefined;
  return list.filter((_, i) => verdicts[i]);
}

function flatten(contains: ExpansionContains[] | undefined): Member[] {
  return (contains ?? []).flatMap(({ system, code, display, contains: below }) => [
    ...(code === undefined ? [] : [{ system, code, display }]),
    ...flatten(below),
  ]);
}
