// Refusals of a search: they name the parameter and what would have been right, never a value.
import { FhirError } from '../fhir/errors.js';
import { nearest } from './nearest.js';

/** A name as it may stand in an error text. A name that could be a value (digits in a row, odd characters) is not repeated. */
export function shown(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.:-]{0,120}$/.test(name) && !/\d{5}/.test(name)
    ? `'${name}'`
    : 'a parameter whose name is not repeated here';
}

export function badParameter(name: string, text: string): FhirError {
  return new FhirError('bad-parameter', `${shown(name)}: ${text}`, expressionOf(name));
}

export function notSupported(name: string, text: string): FhirError {
  return new FhirError('not-supported', `${shown(name)}: ${text}`, expressionOf(name));
}

/** A parameter this type does not have; `wrong` is the misspelt part of the name, `right` the names it could have been. */
export function unknownParameter(name: string, type: string, wrong: string, right: string[]): FhirError {
  return new FhirError(
    'unknown-parameter',
    `${shown(name)} is not a search parameter of ${type}.${didYouMean(wrong, right)}`,
    expressionOf(name),
  );
}

/** " Did you mean 'x'?", or nothing when no name is near. */
export function didYouMean(wrong: string, right: Iterable<string>): string {
  const name = nearest(wrong, right);
  return name === undefined ? '' : ` Did you mean '${name}'?`;
}

function expressionOf(name: string): { expression?: string } {
  return shown(name).startsWith("'") ? { expression: name } : {};
}
