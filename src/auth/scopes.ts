// SMART v2 scopes as clients hold and ask them: system/Consent.rs.
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources

export interface Scope {
  context: 'system' | 'user' | 'patient';
  /** A resource type, or '*'. */
  type: string;
  /** Letters out of cruds, in that order, at least one. */
  letters: string;
}

const SCOPE = /^(system|user|patient)\/(\*|[A-Z][A-Za-z]{1,63})\.(?=[cruds])(c?r?u?d?s?)$/;

/** Reads one scope; undefined for anything else, the first version's `.read` and `.write` and search restrictions (`?…`) included. */
export function parseScope(text: string): Scope | undefined {
  const m = SCOPE.exec(text);
  if (!m) return undefined;
  return { context: m[1] as Scope['context'], type: m[2] as string, letters: m[3] as string };
}

/** True when the held scopes together allow every letter of the asked one. */
export function isCovered(asked: Scope, held: readonly Scope[]): boolean {
  const reach = held.filter((scope) => scope.context === asked.context && (scope.type === '*' || scope.type === asked.type));
  return [...asked.letters].every((letter) => reach.some((scope) => scope.letters.includes(letter)));
}

/**
 * The scopes that count in a token: patient/ where it names a patient, user/ where it names a person, system/ where it is no patient's.
 * So whoever asks what a scope allows need not know whose token it was.
 */
export function countingScopes(scopes: readonly string[], person: { patientId?: string; userId?: string; fhirUser?: string }): string[] {
  const ofPatient = person.patientId !== undefined;
  const counts = { patient: ofPatient, user: (person.userId ?? person.fhirUser) !== undefined, system: !ofPatient };
  return scopes.filter((text) => {
    const scope = parseScope(text);
    return scope !== undefined && counts[scope.context];
  });
}
