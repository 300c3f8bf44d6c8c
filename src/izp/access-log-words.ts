// The audit log in the words of a patient: what was done, to what, on which ground, by whom, in plain Dutch.
import {
  FHIR_INTERACTIONS,
  GROUNDS,
  OPERATION_WORDS,
  ORGANIZATION_TYPES,
  OUTCOMES,
  REASONS,
  RESOURCE_WORDS,
} from './access-log-words.data.js';
import { UZI_ROLE } from './codes.js';
import { wordsOfCode } from './dutch.js';

function word(table: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** What happened; with the kinds of data it was about, at most three of them. */
export function whatInWords(interaction: string, action: string, resourceTypes: readonly string[]): string {
  const done =
    word(OPERATION_WORDS, interaction) ??
    word(FHIR_INTERACTIONS, interaction) ??
    (action === 'R' || action === 'E' ? 'Gegevens ingezien' : 'Gegevens gewijzigd');
  if (word(OPERATION_WORDS, interaction) !== undefined) return done;
  const kinds = [...new Set(resourceTypes.map((type) => word(RESOURCE_WORDS, type) ?? 'overige gegevens'))];
  const told = kinds.length > MAX_KINDS ? [...kinds.slice(0, MAX_KINDS), 'en meer'] : kinds;
  return told.length === 0 ? done : `${done}: ${told.join(', ')}`;
}

const MAX_KINDS = 3;

/** Who it was, where a person came for themselves. */
export function personInWords(policy: string | null): string | undefined {
  return policy === 'patient' ? 'patiënt' : policy === 'representative' ? 'vertegenwoordiger' : undefined;
}

/** On which ground. Undefined when none was noted. */
export function groundInWords(policy: string | null): string | undefined {
  return policy === null ? undefined : (word(GROUNDS, policy) ?? policy);
}

/** Whether it was shown, and why not. */
export function outcomeInWords(outcome: string, reason: string | null): string {
  const told = word(OUTCOMES, outcome) ?? outcome;
  const why = outcome === 'denied' && reason !== null ? word(REASONS, reason) : undefined;
  return why === undefined ? told : `${told}: ${why}`;
}

/** Word for a code of the organisation-type system; undefined when it is not known here. */
export function organizationTypeInWords(code: string | null): string | undefined {
  return code === null ? undefined : word(ORGANIZATION_TYPES, code);
}

/** Word for a UZI role code, or the code itself. */
export function roleInWords(code: string | null): string | undefined {
  return code === null ? undefined : (wordsOfCode(UZI_ROLE, code) ?? `rol ${code}`);
}
