// The one way resources are written: a set of entries, all or nothing, in one database transaction. A single create is a set of one.
// https://hl7.org/fhir/R4/http.html#transaction
import type { Resource } from '@medplum/fhirtypes';
import type { Applied, Change } from '../access/draft.js';
import type { Session } from '../access/session.js';
import type { Writer } from '../access/writer.js';
import { applyReferenceMap, conditionalReferences, referenceMap } from './bundle-references.js';
import type { InteractionContext } from './context.js';
import { parseCriteria, resolveCriteria } from './criteria.js';
import { meetKnownIdentifiers } from './known-identifiers.js';
import { redirectPlans } from './plan-redirect.js';
import { checkWritable } from './writable.js';
import { changeOf } from './write-change.js';
import type { WriteEntry, WriteResult } from './write-entry.js';
import { lockNames, refuseTwice, resolveTargets, type Target, withinSet } from './write-target.js';

/** Writes all entries or none. Results in the order of the entries. `after` runs inside the same transaction, on what was written. */
export async function writeAll<T>(
  context: InteractionContext,
  session: Session,
  entries: WriteEntry[],
  after?: (results: WriteResult[]) => Promise<T>,
): Promise<{ results: WriteResult[]; after?: T }> {
  for (const entry of entries) {
    requireScope(session, entry);
    checkWritable(entry);
  }
  const criteria = entries.map((entry) =>
    entry.criteria === undefined ? undefined : parseCriteria(context, entry.type, entry.criteria, entry.at),
  );
  const referenced = [...conditionalReferences(entries)].map(([reference, at]) => {
    const [type, query] = reference.split('?', 2) as [string, string];
    return { reference, at, criteria: parseCriteria(context, type, query, at) };
  });
  return session.transaction(async (writer) => {
    // The transaction may run again: rewrite copies, never what the client sent.
    const fresh = entries.map((entry) => (entry.resource ? { ...entry, resource: structuredCloneOf(entry.resource) } : entry));
    await writer.lock(lockNames(session, fresh, [...criteria, ...referenced.map((one) => one.criteria)]));
    const targets = await resolveTargets(session, fresh, criteria);
    const map = referenceMap(targets);
    for (const one of referenced) {
      map.set(
        one.reference,
        `${one.criteria.query.type}/${(await resolveCriteria(session, one.criteria, one.at)) ?? withinSet(one, targets)}`,
      );
    }
    for (const { entry } of targets) applyReferenceMap(entry, map, context.baseUrl);
    await meetKnownIdentifiers(session, context, targets);
    refuseTwice(targets);
    await redirectPlans(writer, targets);
    const changes = targets.flatMap((target) => (target.found || target.sameAs !== undefined ? [] : [changeOf(context, target)]));
    const applied = await writer.apply(changes);
    const results = await resultsOf(writer, targets, changes, applied);
    for (const one of applied) {
      if (one.changed) session.noteWrite(one.deleted ? 'D' : one.created ? 'C' : 'U', `${one.type}/${one.id}`, one.version, one.patientId);
    }
    if (!after) return { results };
    // Reads inside the transaction see plan and card as they will be.
    await writer.finish();
    return { results, after: await after(results) };
  });
}

function requireScope(session: Session, entry: WriteEntry): void {
  session.require(entry.type, entry.verb === 'create' ? 'c' : entry.verb === 'delete' ? 'd' : 'u');
}

function structuredCloneOf(resource: Resource): Resource {
  // structuredClone would strip the class of kept numbers (LosslessNumber).
  const clone = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clone);
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, clone(item)]));
  };
  return clone(resource) as Resource;
}

async function resultsOf(writer: Writer, targets: Target[], changes: Change[], applied: Applied[]): Promise<WriteResult[]> {
  const done = new Map(changes.map((change, i) => [`${change.type}/${change.id}`, applied[i] as Applied]));
  const found = targets.filter((target) => target.found && target.id !== '').map((target) => `${target.entry.type}/${target.id}`);
  const known = await writer.current(found);
  return targets.map((target) => {
    const reference = `${target.entry.type}/${target.id}`;
    const change = done.get(reference);
    if (change && !(target.found && target.sameAs === undefined)) {
      const created = change.created && target.sameAs === undefined;
      return { ...change, status: change.deleted ? 204 : created ? 201 : 200, remark: target.remark };
    }
    const row = known.get(reference);
    if (!row) return { status: 204, type: target.entry.type, id: target.id, version: 0, lastUpdated: new Date(0), content: '' };
    return {
      status: 200,
      type: row.type,
      id: row.id,
      version: row.version,
      lastUpdated: row.lastUpdated,
      content: row.content,
      remark: 'A resource that matches the criteria exists: nothing was created.',
    };
  });
}
