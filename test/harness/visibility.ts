// Access rules for tests of the store alone: everything, nothing, or the rows a condition names.
import type { Bind, Visibility } from '../../src/store/visibility.js';

/** Sees the rows for which the condition on the alias holds. */
export function seeing(condition: (alias: string, bind: Bind) => string): Visibility {
  const told = (text: string) => `CASE WHEN ${text} THEN 'permit team CareTeam/x' END`;
  return {
    told: (alias, bind) => told(condition(alias, bind)),
    answer: (patient, bind) =>
      `(SELECT ${told(condition('seen', bind))} FROM resource seen WHERE seen.type = 'Patient' AND seen.id = ${patient})`,
  };
}

export const everything = seeing(() => 'TRUE');
export const nothing = seeing(() => 'FALSE');
