// Where each entry of a set of writes ends: everything conditional resolved, inside the database transaction.
import type { Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { hasAuthorIdentifiers } from '../access/writer.js';
import { FhirError } from '../fhir/errors.js';
import { identifiersOf } from '../search/index-values.js';
import { type Criteria, resolveCriteria } from './criteria.js';
import type { WriteEntry } from './write-entry.js';

/** One entry on its way: where it ends is known once everything conditional is resolved. */
export interface Target {
  entry: WriteEntry;
  id: string;
  /** Nothing to do: a conditional create found its resource. */
  found?: boolean;
  /** Index of the entry that this one met in one id. */
  sameAs?: number;
  /** A posted plan that goes into the plan the patient has. */
  mergeInto?: boolean;
  remark?: string;
}

/** Everything two writers could both find absent and both create: criteria and business identifiers. */
export function lockNames(session: Session, entries: WriteEntry[], criteria: (Criteria | undefined)[]): string[] {
  const names = criteria.flatMap((one) => one?.lockName ?? []);
  for (const entry of entries) {
    if (entry.verb !== 'create' || !entry.resource || !hasAuthorIdentifiers(entry.type)) continue;
    for (const { system, value } of identifiersOf(entry.resource)) {
      names.push(`identifier:${session.principal.organizationUra ?? ''}:${entry.type}:${system}|${value}`);
    }
  }
  return names;
}

/** The targets of the entries, in their order. Under the locks of `lockNames`. */
export async function resolveTargets(session: Session, entries: WriteEntry[], criteria: (Criteria | undefined)[]): Promise<Target[]> {
  const targets: Target[] = [];
  const byCriteria = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const asked = criteria[index];
    if (!asked) {
      targets.push({ entry, id: entry.id ?? session.newId() });
      continue;
    }
    const earlier = byCriteria.get(asked.lockName);
    if (earlier !== undefined && entry.verb === 'create') {
      const first = targets[earlier] as Target;
      targets.push({ entry, id: first.id, sameAs: earlier, found: first.found });
      continue;
    }
    byCriteria.set(asked.lockName, index);
    const match = await resolveCriteria(session, asked, entry.at);
    if (entry.verb === 'create') targets.push({ entry, id: match ?? session.newId(), found: match !== undefined });
    else if (entry.verb === 'update') targets.push({ entry, id: updateTarget(entry, match) ?? session.newId() });
    else if (match !== undefined) targets.push({ entry, id: match });
    else if (entry.verb === 'delete') targets.push({ entry, id: '', found: true });
    else throw new FhirError('not-found', `No ${entry.type} matches the criteria of this patch.`, { expression: entry.at || undefined });
  }
  return targets;
}

/** Conditional update: the id in the body, if any, must be the matched one; without a match it is the id to create with. */
function updateTarget(entry: WriteEntry, match: string | undefined): string | undefined {
  const sent = entry.resource?.id;
  if (match !== undefined && sent !== undefined && sent !== match) {
    throw new FhirError('bad-parameter', 'The id in the resource is not the id of the resource that the criteria match.', {
      expression: `${entry.type}.id`,
    });
  }
  return match ?? sent;
}

/** A conditional reference may name a resource that this very transaction creates. */
export function withinSet(one: { reference: string; at: string; criteria: Criteria }, targets: Target[]): string {
  const wanted = one.criteria.pairs;
  const hit = targets.filter(
    ({ entry }) =>
      entry.type === one.criteria.query.type &&
      entry.resource !== undefined &&
      wanted.every(
        ([name, value]) =>
          name === 'identifier' && identifiersOf(entry.resource as Resource).some((id) => `${id.system}|${id.value}` === value),
      ),
  );
  if (hit.length === 1) return (hit[0] as Target).id;
  throw new FhirError(
    hit.length > 1 ? 'multiple-matches' : 'unprocessable-content',
    `This conditional reference matches ${hit.length > 1 ? 'more than one' : 'no'} ${one.criteria.query.type}.`,
    { expression: one.at },
  );
}

/** Refuses a set that changes one resource twice. */
export function refuseTwice(targets: Target[]): void {
  const seen = new Map<string, string>();
  for (const target of targets) {
    if (target.sameAs !== undefined || target.id === '' || (target.found && target.entry.verb === 'create')) continue;
    const reference = `${target.entry.type}/${target.id}`;
    if (seen.has(reference)) {
      throw new FhirError(
        'bad-parameter',
        `A transaction may change ${target.entry.type} resources only once each: two entries name the same one.`,
        {
          expression: [seen.get(reference) as string, target.entry.at],
        },
      );
    }
    seen.set(reference, target.entry.at);
  }
}
