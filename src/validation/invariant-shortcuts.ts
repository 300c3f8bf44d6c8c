// Rules met on nearly every resource, answered without FHIRPath where the answer is plain. A shortcut only ever says "holds":
// in all other cases the expression itself decides. Keyed by expression, so a rule of the same key but other text is not caught.
import { isObject } from '../fhir/json.js';

/** Names in JSON under which an element of this FHIRPath name may stand; undefined when there is no such element. */
export type JsonNames = (element: string) => readonly string[] | undefined;

type Shortcut = (value: Record<string, unknown>) => boolean;

/** Checked by code of their own: narrative.ts for htmlChecks(), structure.ts for the reference. */
export const NEVER_EVALUATED: ReadonlySet<string> = new Set([
  'htmlChecks()',
  "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))",
]);

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LITERAL = /(^|\/)[A-Z]\w+\/[^/]+$/;
const PRACTITIONER = /(^|\/)Practitioner\/[^/]+$/;
const NAME = /^[A-Z]([A-Za-z0-9_]){0,254}$/;

export const CERTAINLY_HOLDS: Record<string, Shortcut> = {
  // per-1: compared as text where both are whole dates.
  'start.hasValue().not() or end.hasValue().not() or (start <= end)': ({ start, end }) =>
    start === undefined || end === undefined || (matches(start, DATE) && matches(end, DATE) && start <= end),
  "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')": ({ name }) => name === undefined || matches(name, NAME),
  // ctm-1: FHIRPath would have to fetch the member; a member that is no practitioner is left to the reference's own type check.
  'onBehalfOf.exists() implies (member.resolve().iif(empty(), true, ofType(Practitioner).exists()))': ({ onBehalfOf, member }) =>
    onBehalfOf === undefined || !isObject(member) || !matches(member.reference, LITERAL) || matches(member.reference, PRACTITIONER),
  // dom-6
  'text.`div`.exists()': ({ text }) => isObject(text) && text.div !== undefined,
  // qrs-1
  '(answer.exists() and item.exists()).not()': ({ answer, item }) => answer === undefined || item === undefined,
};

const SIMPLE = /^\(?(\w+)\.(exists|empty)\(\)\)?$/;
const LEADING_IMPLIES = /^\(?(\w+)\.exists\(\)\)? implies /;

/** One alternative of an `or` may settle it (`a.exists() or …`, `… or a.empty()`), or a condition that is not met (`a.exists() implies …`). */
export function plainShortcut(expression: string, names: JsonNames): Shortcut | undefined {
  const condition = LEADING_IMPLIES.exec(expression)?.[1];
  if (condition !== undefined) {
    const json = names(condition);
    return json && ((value) => json.every((name) => isAbsent(value, name)));
  }
  // `implies` and `xor` bind weaker than, or like, `or`: the parts would not be alternatives.
  if (/ (implies|xor) /.test(expression)) return undefined;
  const tests = alternativesOf(expression).flatMap((part): Shortcut[] => {
    const [, element, test] = SIMPLE.exec(part) ?? [];
    const json = element === undefined ? undefined : names(element);
    if (!json) return [];
    return test === 'exists'
      ? [(value) => json.some((name) => isPresent(value[name]))]
      : [(value) => json.every((name) => isAbsent(value, name))];
  });
  return tests.length === 0 ? undefined : (value) => tests.some((test) => test(value));
}

/** The parts of an expression between `or`s that stand in no brackets or quotes. */
function alternativesOf(expression: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let i = 0; i < expression.length; i++) {
    const c = expression[i];
    if (c === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (depth === 0 && expression.startsWith(' or ', i)) {
      parts.push(expression.slice(start, i).trim());
      start = i + 4;
    }
  }
  return [...parts, expression.slice(start).trim()];
}

function isAbsent(value: Record<string, unknown>, name: string): boolean {
  return value[name] === undefined && value[`_${name}`] === undefined;
}

function matches(value: unknown, format: RegExp): value is string {
  return typeof value === 'string' && format.test(value);
}

/** Presence beyond doubt: FHIRPath sees nothing in null or an empty array. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}
