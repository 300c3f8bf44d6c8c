// Where each entry of a set of writes ends: everything conditional resolved, inside the database transaction.
import type { Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import { identifiersOf } from '../search/index-values.js';
import type { Verdict } from '../validation/write-verdict.js';
import { type Criteria, matchesOf, theMatch } from './criteria.js';
import { within } from './entry-error.js';
import { checkIfMatch } from './preconditions.js';
import type { WriteEntry } from './write-entry.js';

/** One entry on its way: where it ends is known once everything conditional is resolved. */
export interface Target {
  entry: WriteEntry;
  id: string;
  /** The id that the criteria of a conditional update, patch or delete matched. */
  matched?: string;
  /** Nothing to do: a conditional create found its resource, or a conditional delete found none. */
  found?: boolean;
  /** The entry of the set that this conditional create met in one id. */
  sameAs?: Target;
  /** A create that turned out to be a repeat: it is stored as an update. */
  isRepeat?: boolean;
  /** A posted plan that goes into the plan the patient has. */
  mergeInto?: boolean;
  remark?: string;
  /** What validation said of the resource as it is to be stored. */
  verdict?: Verdict;
}

/** Everything two writers could both find absent and both create: criteria and business identifiers. */
export function lockNames(session: Session, entries: WriteEntry[], criteria: (Criteria | undefined)[]): string[] {
  const names = criteria.flatMap((one) => one?.lockName ?? []);
  for (const entry of entries) {
    if (!entry.resource) continue;
    for (const identifier of identifiersOf(entry.resource)) names.push(session.identifierLock(entry.type, identifier));
  }
  return names;
}

/** `Type/id` of what these targets delete: to the rest of the set it is gone, for FHIR does deletes first. */
export function deletedIn(targets: Iterable<Target>): Set<string> {
  return new Set(
    [...targets].filter(({ entry, id }) => entry.verb === 'delete' && id !== '').map(({ entry, id }) => `${entry.type}/${id}`),
  );
}

/**
 * The targets of the entries, in their order. Under the locks of `lockNames`. Creates are resolved last: a conditional create
 * finds what the set updates under the same criteria, and does not find what the set deletes.
 */
export async function resolveTargets(session: Session, entries: WriteEntry[], criteria: (Criteria | undefined)[]): Promise<Target[]> {
  const targets = new Map<WriteEntry, Target>();
  const byCriteria = new Map<string, Target>();
  const matches = await matchesOf(session, criteria);
  const order = [...entries.keys()].sort((a, b) => rank(entries[a] as WriteEntry) - rank(entries[b] as WriteEntry) || a - b);
  for (const index of order) {
    const entry = entries[index] as WriteEntry;
    const asked = criteria[index];
    const target = asked
      ? conditionalTarget(session, entry, asked, {
          byCriteria,
          deleted: deletedIn(targets.values()),
          ids: matches.get(asked.lockName) ?? [],
        })
      : { entry, id: entry.id ?? session.newId() };
    targets.set(entry, target);
    if (asked && entry.verb !== 'delete' && !byCriteria.has(asked.lockName)) byCriteria.set(asked.lockName, target);
  }
  return entries.map((entry) => targets.get(entry) as Target);
}

const ORDER: WriteEntry['verb'][] = ['delete', 'update', 'patch', 'create'];

function rank(entry: WriteEntry): number {
  return ORDER.indexOf(entry.verb);
}

function conditionalTarget(
  session: Session,
  entry: WriteEntry,
  asked: Criteria,
  { byCriteria, deleted, ids }: { byCriteria: Map<string, Target>; deleted: Set<string>; ids: string[] },
): Target {
  const earlier = byCriteria.get(asked.lockName);
  if (earlier && entry.verb === 'create') return { entry, id: earlier.id, sameAs: earlier, found: earlier.found };
  const match = theMatch(ids, asked, entry.at);
  if (entry.verb === 'create') {
    const found = match !== undefined && !deleted.has(`${entry.type}/${match}`);
    return { entry, id: found ? match : session.newId(), found };
  }
  // Two updates by one question are two changes of one resource, also when it is yet to be made: refuseTwice tells.
  if (entry.verb === 'update') return { entry, id: updateTarget(entry, match) ?? earlier?.id ?? session.newId(), matched: match };
  if (match !== undefined) return { entry, id: match, matched: match };
  if (entry.verb === 'delete') {
    within(entry.at, () => checkIfMatch(entry.type, undefined, entry.ifMatch, 'DELETE'));
    return { entry, id: '', found: true };
  }
  throw new FhirError('not-found', `No ${entry.type} matches the criteria of this patch.`, { expression: entry.at || undefined });
}

/** Conditional update: the id in the body, if any, must be the matched one; without a match it is the id to create with. */
function updateTarget(entry: WriteEntry, match: string | undefined): string | undefined {
  const sent = entry.resource?.id;
  if (match !== undefined && sent !== undefined && sent !== match) {
    throw new FhirError('bad-parameter', 'The id in the resource is not the id of the resource that the criteria match.', {
      expression: entry.at === '' ? `${entry.type}.id` : `${entry.at}.resource.${entry.type}.id`,
    });
  }
  return match ?? sent;
}

/** A conditional reference may name a resource that this very transaction creates. */
export function withinSet(one: { at: string; criteria: Criteria }, targets: Target[]): string {
  const wanted = one.criteria.pairs;
  const hit = targets.filter(
    ({ entry, sameAs }) =>
      sameAs === undefined &&
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
    const other = seen.get(reference);
    if (other !== undefined) {
      throw new FhirError(
        'bad-parameter',
        `A transaction may change a resource only once: two entries name the same ${target.entry.type}.`,
        { expression: [other, target.entry.at] },
      );
    }
    seen.set(reference, target.entry.at);
  }
}
