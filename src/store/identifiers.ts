// Business identifiers: who holds which, each once per type, system, value and scope.
import { FhirError } from '../fhir/errors.js';
import { BSN_SYSTEM, NATIONAL_SYSTEMS } from '../fhir/identity.js';
import type { Database, Queryable } from './pool.js';
import type { NewVersion } from './stored-resource.js';
import type { Transaction } from './transaction.js';

/** Bytes of system and value together: an index row must fit in a page three times. */
const MAX_IDENTIFIER_BYTES = 2_000;

/** Scope in which an identifier is unique: '' (the whole country) for national identities, else the author's URA. */
export function scopeOf(system: string, authorUra: string | null): string {
  return NATIONAL_SYSTEMS.has(system) ? '' : (authorUra ?? '');
}

export interface HeldIdentifier {
  type: string;
  id: string;
  system: string;
  value: string;
  scope: string;
}

/**
 * The identifiers these versions hold from now on, each once, in the order in which everybody writes them.
 * Throws FhirError 'duplicate' when two resources among them claim the same one, 'invalid-resource' when one is too long to keep.
 */
export function identifiersHeld(versions: NewVersion[]): HeldIdentifier[] {
  const held = new Map<string, HeldIdentifier>();
  for (const { type, id, authorUra, identifiers } of versions) {
    for (const { system, value, scope = scopeOf(system, authorUra) } of identifiers) {
      if (Buffer.byteLength(system) + Buffer.byteLength(value) > MAX_IDENTIFIER_BYTES) {
        throw new FhirError('invalid-resource', `An identifier may not be longer than ${MAX_IDENTIFIER_BYTES} bytes.`, {
          expression: `${type}.identifier`,
        });
      }
      const key = keyOf({ type, system, value, scope });
      const other = held.get(key);
      if (other && other.id !== id) throw new DuplicateIdentifier(type, system, other.id);
      held.set(key, { type, id, system, value, scope });
    }
  }
  return [...held.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, identifier]) => identifier);
}

/**
 * Gives the identifiers to their resources. One that the resource holds already keeps the scope it was given in.
 * Waits for a concurrent transaction that gives the same one; throws FhirError 'duplicate' when another resource has it.
 */
export async function takeIdentifiers(tx: Transaction, identifiers: HeldIdentifier[]): Promise<void> {
  if (identifiers.length === 0) return;
  // The update changes nothing: it makes the statement tell who holds the identifier.
  const { rows } = await tx.query<HeldIdentifier>({
    name: 'take_identifiers',
    text: `INSERT INTO identifier AS held (type, system, value, scope, id)
           SELECT n.type, n.system, n.value, n.scope, n.id
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS n(type, system, value, scope, id, place)
            WHERE NOT EXISTS (SELECT FROM identifier o WHERE o.type = n.type AND o.id = n.id AND o.system = n.system AND o.value = n.value)
            ORDER BY n.place
           ON CONFLICT (type, system, value, scope) DO UPDATE SET id = held.id
           RETURNING type, system, value, scope, id`,
    values: (['type', 'system', 'value', 'scope', 'id'] as const).map((name) => identifiers.map((identifier) => identifier[name])),
  });
  const wanted = new Map(identifiers.map((identifier) => [keyOf(identifier), identifier.id]));
  const taken = rows.find((row) => wanted.get(keyOf(row)) !== row.id);
  if (taken) throw new DuplicateIdentifier(taken.type, taken.system, taken.id);
}

/** The patient's BSN; undefined when none is known. */
export async function bsnOf(database: Database, patientId: string): Promise<string | undefined> {
  const [row] = await database.read<{ value: string }>({
    name: 'bsn_of',
    text: "SELECT value FROM identifier WHERE type = 'Patient' AND id = $1 AND system = $2 AND scope = ''",
    values: [patientId, BSN_SYSTEM],
  });
  return row?.value;
}

/** Resources that hold the identifier, in whichever scope; none of them is deleted. */
export async function findByIdentifier(
  db: Queryable,
  type: string,
  system: string,
  value: string,
): Promise<{ id: string; scope: string }[]> {
  const { rows } = await db.query<{ id: string; scope: string }>({
    name: 'find_by_identifier',
    text: 'SELECT id, scope FROM identifier WHERE type = $1 AND system = $2 AND value = $3 ORDER BY scope',
    values: [type, system, value],
  });
  return rows;
}

/** Which of these identifiers resources hold in the scope of this author (national identities: in the country), as `type|system|value` → id. */
export async function findAuthorIdentifiers(
  db: Queryable,
  authorUra: string,
  wanted: { type: string; system: string; value: string }[],
): Promise<Map<string, string>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await db.query<Omit<HeldIdentifier, 'scope'>>({
    name: 'find_author_identifiers',
    text: `SELECT i.type, i.system, i.value, i.id
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS w(type, system, value, scope)
             JOIN identifier i USING (type, system, value, scope)`,
    values: [
      wanted.map(({ type }) => type),
      wanted.map(({ system }) => system),
      wanted.map(({ value }) => value),
      wanted.map(({ system }) => scopeOf(system, authorUra)),
    ],
  });
  return new Map(rows.map(({ type, system, value, id }) => [`${type}|${system}|${value}`, id]));
}

function keyOf({ type, system, value, scope }: Omit<HeldIdentifier, 'id'>): string {
  return JSON.stringify([type, system, value, scope]);
}

/** Another resource has the identifier; `holder` is its id, for the service alone. */
export class DuplicateIdentifier extends FhirError {
  constructor(
    readonly type: string,
    system: string,
    readonly holder: string,
  ) {
    super('duplicate', `Another ${type} already has this identifier of ${system}.`, { expression: `${type}.identifier` });
  }
}
