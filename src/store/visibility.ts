// The access rule as the store applies it: two texts of SQL, made for one caller by access/restrict.ts.

/** Adds a value to the statement and returns its placeholder. */
export type Bind = (value: unknown) => string;

export interface Visibility {
  /** Why the caller may see a row of `resource`, as SQL of type text: 'permit <ground> <source>', 'deny …', or null for no ground at all. */
  told(alias: string, bind: Bind): string;
  /** The same for a patient's emergency answer; `patient` is SQL for the patient's id. */
  answer(patient: string, bind: Bind): string;
}

/** On what ground a row was shown, or was not. */
export interface Told {
  permitted: boolean;
  ground?: string;
  /** `Type/id`. */
  source?: string;
}

/** The condition that a row may be seen. */
export function permits(visibility: Visibility, alias: string, bind: Bind): string {
  return `coalesce(${visibility.told(alias, bind)} LIKE 'permit%', false)`;
}

/** A told text read back. */
export function toldOf(text: string | null): Told {
  if (text === null) return { permitted: false };
  const [effect, ground, source] = text.split(' ');
  return { permitted: effect === 'permit', ground, ...(source ? { source } : {}) };
}
