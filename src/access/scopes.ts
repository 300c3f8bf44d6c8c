// Which interactions on which types a token's SMART v2 scopes allow.
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
import { parseScope } from '../auth/scopes.js';
import { FhirError } from '../fhir/errors.js';

/** SMART's five letters: create, read, update, delete, search. */
export type ScopeAction = 'c' | 'r' | 'u' | 'd' | 's';

const PATIENT_CONTEXT = 'patient/';

/** True when one of the scopes covers the action on the type. The scopes are those of a Principal: of the contexts that count in its token. */
export function scopesAllow(scopes: readonly string[], type: string, action: ScopeAction): boolean {
  return scopes.some((text) => {
    const scope = parseScope(text);
    return scope !== undefined && (scope.type === '*' || scope.type === type) && scope.letters.includes(action);
  });
}

/** Throws 'forbidden' naming the scope that would have been right. */
export function requireScope(scopes: readonly string[], type: string, action: ScopeAction): void {
  if (!scopesAllow(scopes, type, action)) {
    // Scopes of both kinds never count in one token, so one of them tells which kind is missing.
    const context = scopes.some((text) => text.startsWith(PATIENT_CONTEXT)) ? PATIENT_CONTEXT : 'system/';
    throw new FhirError('forbidden', `The access token's scope does not cover this: ${context}${type}.${action} is needed.`);
  }
}
