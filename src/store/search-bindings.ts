// What the builders of search SQL share: bound values, fresh aliases, and the rule of who may see a row.
import { FhirError } from '../fhir/errors.js';
import { permits, type Visibility } from './visibility.js';

export type { Statement } from './visibility.js';

/** What one statement of PostgreSQL can bind. */
const MAX_BOUND = 65_535;

/** Keys that the index over all patients leaves out, as migrations/0009_performance.sql says: a search by them reads its type. */
export const UNINDEXED_KEYS: readonly string[] =
  '_profile status scope active lifecycle-status intent gender date date:sort authored authored:sort period period:sort sent sent:sort start-date start-date:sort birthdate birthdate:sort code:text category:text description:text reason-code:text relationship:text name name:exact family family:exact given given:exact address address:exact value-string value-string:exact device-name device-name:exact combo-code combo-value-concept'.split(
    ' ',
  );

/** The search values of an alias as the index over all patients holds them: to be asked for keys that it does not leave out. */
export function indexed(alias: string): string {
  return `(${alias}.search - '{${UNINDEXED_KEYS.join(',')}}'::text[])`;
}

/** Values and aliases of one statement under construction. */
export class Bindings {
  readonly values: unknown[] = [];
  private aliases = 0;
  /** Placeholder of the patient within whose record the search is; that record has an index of its own. */
  record: string | undefined;

  constructor(readonly visibility: Visibility) {}

  readonly bind = (value: unknown): string => {
    if (this.values.push(value) > MAX_BOUND) throw new FhirError('bad-parameter', 'The search has too many values for one question.');
    return `$${this.values.length}`;
  };

  alias(): string {
    this.aliases += 1;
    return `c${this.aliases}`;
  }

  /** The search values of an alias, as they are looked up under this key. */
  searchOf(alias: string, key: string): string {
    return this.record !== undefined || UNINDEXED_KEYS.includes(key) ? `${alias}.search` : indexed(alias);
  }

  /** What must hold of every row of `resource` a search touches: it is there, of the type, and the caller may see it. */
  row(alias: string, type: string): string {
    return `${alias}.type = ${this.bind(type)} AND ${this.anyRow(alias)}`;
  }

  /** The row of a match: as `row`, but the rule is in `seen`, where what it says can be read as well. */
  match(alias: string, type?: string): string {
    const ofType = type === undefined ? '' : `${alias}.type = ${this.bind(type)} AND `;
    return `${ofType}NOT ${alias}.deleted AND v.told LIKE 'permit%'`;
  }

  /** To be joined beside an alias: the column `v.told`, asked once per row that all else lets through, of rows of the record once. */
  seen(alias: string): string {
    const told = this.visibility.told(alias, this.bind);
    const ofRecord = this.toldOfRecord();
    const once = ofRecord === undefined ? told : `CASE WHEN ${alias}.patient_id = ${this.record} THEN ${ofRecord} ELSE ${told} END`;
    return `CROSS JOIN LATERAL (SELECT ${once} AS told OFFSET 0) AS v`;
  }

  /** The same beside an alias whose rows are all of the record, where the search is within one: asked once, before any row is read. */
  seenMatch(alias: string): string {
    const ofRecord = this.toldOfRecord();
    return ofRecord === undefined ? this.seen(alias) : `CROSS JOIN (SELECT ${ofRecord} AS told OFFSET 0) AS v`;
  }

  private toldOfRecord(): string | undefined {
    return this.record === undefined ? undefined : this.visibility.toldOfRecord?.(this.record, this.bind);
  }

  private anyRow(alias: string): string {
    return `NOT ${alias}.deleted AND ${permits(this.visibility, alias, this.bind)}`;
  }
}

/** A key of the search index as an SQL literal. Keys come from the registry; anything else is a fault of the service. */
export function keyLiteral(key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_:-]*$/.test(key)) throw new Error('not a key of the search index');
  return `'${key}'`;
}

/** The rows a reference list `ref.value` of the index names, as a condition on the target's alias. */
export function referenceJoin(alias: string, canonical: boolean): string {
  return canonical
    ? `${indexed(alias)} @> jsonb_build_object('url', jsonb_build_array(ref.value))`
    : `${alias}.type = split_part(ref.value, '/', 1) AND ${alias}.id = split_part(ref.value, '/', 2)`;
}

/** The list under a key of the index, as rows `ref(value)`. */
export function referencesOf(alias: string, key: string): string {
  return `jsonb_array_elements_text(${alias}.search -> ${keyLiteral(key)}) AS ref(value)`;
}
