// Rules met on nearly every resource, answered without FHIRPath where the answer is plain. A shortcut only ever says "holds":
// in all other cases the expression itself decides. Keyed by expression, so a rule of the same key but other text is not caught.
import type { JsonNames } from './invariants.js';

type Shortcut = (value: any) => boolean;

/** Checked by code of their own: narrative.ts for htmlChecks(), structure.ts for the reference. */
export const NEVER_EVALUATED: ReadonlySet<string> = new Set([
  'htmlChecks()',
  "reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))",
]);

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const NAME = /^[A-Z]([A-Za-z0-9_]){0,254}$/;

export const CERTAINLY_HOLDS: Record<string, Shortcut> = {
  // per-1: compared as text where both are whole dates.
  'start.hasValue().not() or end.hasValue().not() or (start <= end)': ({ start, end }) =>
    start === undefined || end === undefined || (DATE.test(start) && DATE.test(end) && start <= end),
  "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')": ({ name }) => name === undefined || NAME.test(name),
  // ctm-1: FHIRPath would have to fetch the member; a member that is no practitioner is left to the reference's own type check.
  'onBehalfOf.exists() implies (member.resolve().iif(empty(), true, ofType(Practitioner).exists()))': ({ onBehalfOf, member }) =>
    onBehalfOf === undefined ||
    !/(^|\/)[A-Z]\w+\/[^/]+$/.test(member?.reference ?? '') ||
    /(^|\/)Practitioner\/[^/]+$/.test(member.reference),
  // dom-6
  'text.`div`.exists()': ({ text }) => text?.div !== undefined,
  // qrs-1
  '(answer.exists() and item.exists()).not()': ({ answer, item }) => answer === undefined || item === undefined,
};

/** `element.exists() or …`, `element.empty() or …`, `element.exists() implies …`: the first part alone may settle it. */
const LEADING = /^\(?(\w+)\.(exists|empty)\(\)\)? (or|implies) /;

export function leadingShortcut(expression: string, names: JsonNames): Shortcut | undefined {
  const [, element, test, operator] = LEADING.exec(expression) ?? [];
  if (element === undefined || (operator === 'implies' && test !== 'exists')) return undefined;
  // `implies` and `xor` bind weaker than, or like, `or`: the rest of the line would then not be one alternative.
  if (operator === 'or' && / (implies|xor) /.test(expression)) return undefined;
  const json = names(element);
  if (!json) return undefined;
  if (test === 'exists' && operator === 'or') return (value) => json.some((name) => isPresent(value[name]));
  return (value) => json.every((name) => value[name] === undefined && value[`_${name}`] === undefined);
}

/** Presence beyond doubt: FHIRPath sees nothing in null or an empty array. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}
