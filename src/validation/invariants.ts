// FHIRPath rules of definitions, compiled at first use. https://hl7.org/fhir/R4/conformance-rules.html#constraints
import fhirpath from 'fhirpath';
import r4Model from 'fhirpath/fhir-context/r4';
import { isObject } from '../fhir/json.js';
import type { Constraint } from './definitions.js';
import { CERTAINLY_HOLDS, type JsonNames, NEVER_EVALUATED, plainShortcut } from './invariant-shortcuts.js';

export interface InvariantContext {
  resource: unknown;
  rootResource: unknown;
}

export interface Invariant {
  key: string;
  severity: 'error' | 'warning';
  human: string;
  /** Key and expression: two rules of one key may differ. */
  identity: string;
  /** True when it holds or FHIRPath cannot tell (empty); 'failed' when the expression itself cannot be evaluated here. */
  holds(value: unknown, context: InvariantContext): boolean | 'failed';
}

export function identityOf({ key, expression }: Constraint): string {
  return `${key} ${expression}`;
}

/**
 * A constraint as a test on values of `base` (a type or a path such as Patient.contact). Undefined for a constraint without expression.
 * An expression that gives no boolean is not a violation: a period from 2020 to 2020-05 is not known to run backwards.
 */
export function compileInvariant(constraint: Constraint, base: string, names: JsonNames): Invariant | undefined {
  const { key, severity, human, expression } = constraint;
  if (!expression || NEVER_EVALUATED.has(expression)) return undefined;
  const shortcut = CERTAINLY_HOLDS[expression] ?? plainShortcut(expression, names);
  let evaluate: ((value: unknown, context: InvariantContext) => unknown[]) | undefined;
  const test = (value: unknown, context: InvariantContext): boolean | 'failed' => {
    if (isObject(value) && shortcut?.(value)) return true;
    try {
      evaluate ??= compileExpression(expression, base);
      const result = evaluate(value, context);
      return !(result.length === 1 && result[0] === false);
    } catch {
      return 'failed';
    }
  };
  return { key, severity, human, identity: identityOf(constraint), holds: test };
}

function compileExpression(expression: string, base: string): (value: unknown, context: InvariantContext) => unknown[] {
  // `async: false` also keeps resolve() and memberOf() from ever reaching for the network: they fail instead.
  const options = { async: false as const, traceFn: () => undefined };
  const compiled = fhirpath.compile({ base, expression }, r4Model, options);
  return (value, { resource, rootResource }) => compiled(value, { resource, rootResource, context: value }) as unknown[];
}
