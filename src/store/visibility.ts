// The access rule as the store applies it: two texts of SQL, made for one caller by access/restrict.ts.

/** Adds a value to the statement and returns its placeholder. */
export type Bind = (value: unknown) => string;

/** A text and what is bound in it, in order. */
export interface Statement {
  text: string;
  values: unknown[];
}

export interface Visibility {
  /** Why the caller may see a row of `resource`, as SQL of type text: 'permit <ground> <source>', 'deny …', or null for no ground at all. */
  told(alias: string, bind: Bind): string;
  /**
   * What `told` says of every row of this patient's record, where it says one thing of them all; absent where rows may differ.
   * `patient` is SQL for the patient's id, never null.
   */
  toldOfRecord?(patient: string, bind: Bind): string;
  /** The same as `told` for a patient's emergency answer; `patient` is SQL for the patient's id. */
  answer(patient: string, bind: Bind): string;
  /**
   * A statement over `own` values whose text is made once per kind of caller: `make` may depend on nothing but `name`, and binds
   * what the rule needs behind them. Whoever replaces a text above must leave this out, for it knows the rule's own alone.
   */
  kept?(name: string, own: readonly unknown[], make: MakeText): Statement;
}

export type MakeText = (rule: Omit<Visibility, 'kept'>, bind: Bind) => string;

/** The statement of this name, its text kept where the visibility keeps any. */
export function statementFor(visibility: Visibility, name: string, own: readonly unknown[], make: MakeText): Statement {
  if (visibility.kept) return visibility.kept(name, own, make);
  const values = [...own];
  return { text: make(visibility, (value) => `$${values.push(value)}`), values };
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
