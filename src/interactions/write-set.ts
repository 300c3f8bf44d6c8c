// The one way resources are written: a set of entries, all or nothing, in one database transaction. A single create is a set of one.
// https://hl7.org/fhir/R4/http.html#transaction
import type { Applied, Change } from '../access/draft.js';
import type { Session } from '../access/session.js';
import type { Writer } from '../access/writer.js';
import { FhirError } from '../fhir/errors.js';
import { applyReferenceMap, conditionalReferences, referenceMap } from './bundle-references.js';
import type { InteractionContext } from './context.js';
import { copyOf } from './copy-of.js';
import { type Criteria, matchesOf, parseCriteria, resolveCriteria, theMatch } from './criteria.js';
import { within } from './entry-error.js';
import { extractForms, formLockNames, tellProblems } from './extract-forms.js';
import { meetKnownIdentifiers } from './known-identifiers.js';
import { redirectPlans } from './plan-redirect.js';
import { checkWritable } from './writable.js';
import { changesOf } from './write-change.js';
import type { WriteEntry, WriteResult } from './write-entry.js';
import { deletedIn, lockNames, refuseTwice, resolveTargets, type Target, withinSet } from './write-target.js';

/** Writes all entries or none. Results in the order of the entries. `after` runs inside the same transaction, on what was written. */
export async function writeAll<T>(
  context: InteractionContext,
  session: Session,
  entries: WriteEntry[],
  after?: (results: WriteResult[]) => Promise<T>,
): Promise<{ results: WriteResult[]; after?: T }> {
  const reading = { context, now: session.now() };
  const criteria = entries.map((entry) =>
    within(entry.at, () => {
      requireScope(session, entry);
      checkWritable(entry);
      return entry.criteria === undefined ? undefined : parseCriteria(reading, entry.type, entry.criteria, criteriaPlace(entry));
    }),
  );
  const referenced = [...conditionalReferences(entries)].map(([reference, at]) => ({
    reference,
    at,
    criteria: referredBy(reading, reference, at),
  }));
  let hasForms = false;
  const write = async (writer: Writer, isGuest: boolean) => {
    // The transaction may run again: rewrite copies, never what the client sent.
    const fresh = entries.map((entry) => (entry.resource ? { ...entry, resource: copyOf(entry.resource) } : { ...entry }));
    const asked = [...criteria, ...referenced.map((one) => one.criteria)];
    await writer.lock([...lockNames(session, fresh, asked), ...formLockNames(session, fresh)]);
    const targets = await resolveTargets(session, fresh, criteria);
    await linkReferences(context, session, targets, referenced);
    await meetKnownIdentifiers(session, targets);
    refuseTwice(targets);
    await claimAll(writer, targets);
    await checkStillSo(session, writer, targets, criteria);
    await redirectPlans(writer, targets);
    await claimAll(writer, targets);
    const forms = await extractForms(context, session, writer, targets, isGuest);
    hasForms = forms.changes.length > 0;
    await writer.claim(forms.claims);
    const changing = targets.filter((target) => !target.found && !target.sameAs);
    const changes = changesOf(context, session, changing);
    const applied = await writer.apply([...changes, ...forms.changes]).catch((error) => {
      throw withHolders(error, fresh);
    });
    tellProblems(forms);
    // What the service keeps beside a change belongs to its answer, and reads inside the transaction see it.
    await writer.finish();
    const results = await resultsOf(writer, targets, changes, applied);
    noteAll(session, applied, results);
    reportProfileErrors(session, changing, applied);
    return after ? { results, after: await after(results) } : { results };
  };
  return session
    .transaction((writer) => write(writer, false))
    .catch((error) => {
      // A form may come from those who may not write all that it says.
      if (!hasForms || !(error instanceof FhirError) || error.kind !== 'forbidden') throw error;
      return session.transaction((writer) => write(writer, true));
    });
}

function requireScope(session: Session, entry: WriteEntry): void {
  session.require(entry.type, entry.verb === 'create' ? 'c' : entry.verb === 'delete' ? 'd' : 'u');
}

function criteriaPlace(entry: WriteEntry): string {
  return entry.verb === 'create' ? 'http.if-none-exist' : 'http.path';
}

function referredBy(reading: { context: InteractionContext; now: number }, reference: string, at: string): Criteria {
  const mark = reference.indexOf('?');
  try {
    return parseCriteria(reading, reference.slice(0, mark), reference.slice(mark + 1), at);
  } catch (error) {
    throw error instanceof FhirError && error.status < 500
      ? new FhirError(error.kind, error.message, { expression: at, cause: error })
      : error;
  }
}

/** Locks what the targets will change, and the records they belong to. */
async function claimAll(writer: Writer, targets: Target[]): Promise<void> {
  const changing = targets.filter((target) => !target.found && !target.sameAs);
  await writer.claim(changing.map(({ entry, id }) => ({ reference: `${entry.type}/${id}`, resource: entry.resource })));
}

/** Criteria are asked before the rows are locked: who changed them in between makes the whole begin again. */
async function checkStillSo(session: Session, writer: Writer, targets: Target[], criteria: (Criteria | undefined)[]): Promise<void> {
  for (const [i, { entry, matched }] of targets.entries()) {
    const asked = criteria[i];
    // A create answers with what it found at its own moment; there is nothing of others' that it could undo.
    if (!asked || entry.verb === 'create') continue;
    if ((await resolveCriteria(session, asked, entry.at)) !== matched) writer.startAgain();
  }
}

function noteAll(session: Session, applied: Applied[], results: WriteResult[]): void {
  const changed = new Set<string>();
  for (const one of applied) {
    if (!one.changed) continue;
    changed.add(`${one.type}/${one.id}`);
    session.noteWrite(one.deleted ? 'D' : one.created ? 'C' : 'U', `${one.type}/${one.id}`, one.version, one.patientId);
  }
  for (const { type, id, version, patientId } of results) {
    if (version === 0) session.noteNothing();
    else if (!changed.has(`${type}/${id}`)) session.noteWrite('R', `${type}/${id}`, version, patientId);
  }
}

/** Errors of published profiles in what was stored, for the list of the sender's vendor. */
function reportProfileErrors(session: Session, changing: Target[], applied: Applied[]): void {
  for (const [i, { verdict }] of changing.entries()) {
    const { type, id, version, patientId, changed } = applied[i] as Applied;
    if (changed && verdict && verdict.accepted.length > 0)
      session.reportProfileErrors({ type, id, version, patientId, errors: verdict.accepted });
  }
}

/** Rewrites every reference to what it names here. */
async function linkReferences(
  context: InteractionContext,
  session: Session,
  targets: Target[],
  referenced: { reference: string; at: string; criteria: Criteria }[],
): Promise<void> {
  const map = referenceMap(targets);
  const deleted = deletedIn(targets);
  const matches = await matchesOf(
    session,
    referenced.map(({ criteria }) => criteria),
  );
  for (const { reference, at, criteria } of referenced) {
    const { type } = criteria.query;
    const match = theMatch(matches.get(criteria.lockName) ?? [], criteria, at);
    if (match !== undefined && !deleted.has(`${type}/${match}`)) map.set(reference, `${type}/${match}`);
    else map.set(reference, `${type}/${await createdHere(session, { at, criteria }, targets)}`);
  }
  for (const { entry } of targets) applyReferenceMap(entry, map, context.baseUrl);
}

/** What this set itself creates; who is asked about in vain may be hidden, and finds it in the log. */
async function createdHere(session: Session, asked: { at: string; criteria: Criteria }, targets: Target[]): Promise<string> {
  try {
    return withinSet(asked, targets);
  } catch (error) {
    await session.noteMeant(asked.criteria.query);
    throw error;
  }
}

/** An identifier that the store refused, with the entries that may have meant it. */
function withHolders(error: unknown, entries: WriteEntry[]): unknown {
  if (!(error instanceof FhirError) || error.kind !== 'duplicate') return error;
  const type = error.issues[0]?.expression?.[0]?.split('.')[0];
  const holders = entries.filter((entry) => entry.at !== '' && entry.type === type && entry.verb !== 'delete');
  return holders.length === 0 ? error : new FhirError(error.kind, error.message, { expression: holders.map(({ at }) => at), cause: error });
}

async function resultsOf(writer: Writer, targets: Target[], changes: Change[], applied: Applied[]): Promise<WriteResult[]> {
  const done = new Map(changes.map((change, i) => [`${change.type}/${change.id}`, applied[i] as Applied]));
  const referenceOf = (target: Target) => `${target.entry.type}/${(target.sameAs ?? target).id}`;
  const found = targets.filter((target) => target.found && target.id !== '').map(referenceOf);
  const known = await writer.current(found);
  return targets.map((target) => {
    const change = done.get(referenceOf(target));
    if (change && !(target.found && !target.sameAs)) {
      const created = change.created && !target.sameAs;
      const last = writer.keptVersion(referenceOf(target)) ?? change;
      const issues = (target.sameAs ?? target).verdict?.issues;
      return { ...last, status: change.deleted ? 204 : created ? 201 : 200, remark: target.remark, issues };
    }
    const row = known.get(referenceOf(target));
    if (row?.deleted) writer.startAgain();
    if (!row)
      return { status: 204, type: target.entry.type, id: target.id, version: 0, lastUpdated: new Date(0), patientId: null, content: '' };
    return {
      status: 200,
      type: row.type,
      id: row.id,
      version: row.version,
      lastUpdated: row.lastUpdated,
      patientId: row.patientId,
      content: row.content,
      remark: 'A resource that matches the criteria exists: nothing was created.',
    };
  });
}
