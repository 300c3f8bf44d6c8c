// The one way resources are written: a set of entries, all or nothing, in one database transaction. A single create is a set of one.
// https://hl7.org/fhir/R4/http.html#transaction
import type { CarePlan, Resource } from '@medplum/fhirtypes';
import type { Applied, Change } from '../access/draft.js';
import type { Session } from '../access/session.js';
import { hasAuthorIdentifiers, type Writer } from '../access/writer.js';
import { FhirError } from '../fhir/errors.js';
import { parseJson } from '../fhir/json.js';
import { mustNamePatient, patientOf, type ServedType } from '../fhir/resource-types.js';
import { isIzpCarePlan, mergeCarePlan } from '../izp/plan.js';
import { identifiersOf } from '../search/index-values.js';
import { applyReferenceMap, conditionalReferences, referenceMap } from './bundle-references.js';
import type { InteractionContext } from './context.js';
import { type Criteria, parseCriteria, resolveCriteria } from './criteria.js';
import { patched } from './json-patch.js';
import { checkIfMatch, checkIfNoneMatch } from './preconditions.js';
import { checkWritable } from './writable.js';
import type { WriteEntry, WriteResult } from './write-entry.js';

/** One entry on its way: where it ends is known once everything conditional is resolved. */
interface Target {
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

/** Everything two writers could both find absent and both create: criteria and business identifiers. */
function lockNames(session: Session, entries: WriteEntry[], criteria: (Criteria | undefined)[]): string[] {
  const names = criteria.flatMap((one) => one?.lockName ?? []);
  for (const entry of entries) {
    if (entry.verb !== 'create' || !entry.resource || !hasAuthorIdentifiers(entry.type)) continue;
    for (const { system, value } of identifiersOf(entry.resource)) {
      names.push(`identifier:${session.principal.organizationUra ?? ''}:${entry.type}:${system}|${value}`);
    }
  }
  return names;
}

async function resolveTargets(session: Session, entries: WriteEntry[], criteria: (Criteria | undefined)[]): Promise<Target[]> {
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
function withinSet(one: { reference: string; at: string; criteria: Criteria }, targets: Target[]): string {
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

/** A create whose author-assigned business identifier is known already is a repeat: it updates that resource. */
async function meetKnownIdentifiers(session: Session, context: InteractionContext, targets: Target[]): Promise<void> {
  const asked = targets.filter(
    (target) => target.entry.verb === 'create' && !target.found && target.sameAs === undefined && hasAuthorIdentifiers(target.entry.type),
  );
  const wanted = asked.flatMap((target) =>
    identifiersOf(target.entry.resource as Resource).map((identifier) => ({ type: target.entry.type, ...identifier })),
  );
  if (wanted.length === 0) return;
  const known = await session.ownIdentifiers(wanted);
  for (const target of asked) {
    const ids = new Set(
      identifiersOf(target.entry.resource as Resource).flatMap(
        ({ system, value }) => known.get(`${target.entry.type}|${system}|${value}`) ?? [],
      ),
    );
    if (ids.size > 1) {
      throw new FhirError(
        'duplicate',
        `The business identifiers of this ${target.entry.type} belong to different resources that your organisation recorded.`,
        {
          expression: `${target.entry.at === '' ? '' : `${target.entry.at}.resource.`}${target.entry.type}.identifier`,
        },
      );
    }
    const [id] = ids;
    if (id === undefined) continue;
    // References within this transaction already point to the id it would have had.
    const map = new Map([[`${target.entry.type}/${target.id}`, `${target.entry.type}/${id}`]]);
    target.id = id;
    target.remark = 'A resource with this business identifier of your organisation was known: it was updated, not created again.';
    for (const { entry } of targets) applyReferenceMap(entry, map, context.baseUrl);
  }
}

function refuseTwice(targets: Target[]): void {
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

/** One plan per patient: a posted IZP goes into the plan the patient has; a PUT under another id is told which one that is. */
async function redirectPlans(writer: Writer, targets: Target[]): Promise<void> {
  const plans = targets.filter(
    ({ entry, found }) =>
      !found &&
      entry.type === 'CarePlan' &&
      entry.resource &&
      isIzpCarePlan(entry.resource) &&
      (entry.verb === 'create' || entry.verb === 'update'),
  );
  if (plans.length === 0) return;
  const patients = plans.flatMap(({ entry }) => patientOf(entry.resource as Resource) ?? []);
  await writer.lockPatients([...patients, ...targets.flatMap(({ entry }) => (entry.resource && patientOf(entry.resource)) ?? [])]);
  for (const target of plans) {
    const patient = patientOf(target.entry.resource as Resource);
    if (patient === undefined) continue;
    const rows = await writer.compartment(patient);
    const root = rows.find((row) => row.type === 'CarePlan' && isIzpCarePlan(parseJson(row.content) as Resource));
    const earlier = plans.find(
      (other) =>
        other !== target && plans.indexOf(other) < plans.indexOf(target) && patientOf(other.entry.resource as Resource) === patient,
    );
    const rootId = root?.id ?? earlier?.id;
    if (rootId === undefined || rootId === target.id) continue;
    if (target.entry.verb === 'update' || earlier) {
      throw new FhirError(
        'conflict',
        `This patient has a plan already: CarePlan/${rootId}. A patient has one active IZP; read it and update that one with If-Match.`,
        {
          expression: target.entry.at === '' ? 'CarePlan' : `${target.entry.at}.resource`,
        },
      );
    }
    const map = new Map([[`CarePlan/${target.id}`, `CarePlan/${rootId}`]]);
    target.id = rootId;
    target.mergeInto = true;
    target.remark = 'The patient had a plan already: what was posted was added to it.';
    for (const { entry } of targets) applyReferenceMap(entry, map, '');
  }
}

function changeOf(context: InteractionContext, target: Target): Change {
  const { entry, id } = target;
  const shared = { type: entry.type, id };
  if (entry.verb === 'delete') {
    return {
      ...shared,
      method: 'DELETE',
      build(current) {
        if (!current && entry.criteria === undefined)
          throw new FhirError('not-found', `There is no ${entry.type}/${id} here, or it is not available to you.`, {
            expression: entry.at || undefined,
          });
        checkIfMatch(entry.type, current, entry.ifMatch, 'DELETE');
        return 'delete';
      },
    };
  }
  if (entry.verb === 'patch') {
    return {
      ...shared,
      method: 'PATCH',
      build(current) {
        if (!current)
          throw new FhirError('not-found', `There is no ${entry.type}/${id} here, or it is not available to you.`, {
            expression: entry.at || undefined,
          });
        if (current.deleted)
          throw new FhirError('gone', `${entry.type}/${id} was deleted: there is nothing to patch.`, { expression: entry.at || undefined });
        checkIfMatch(entry.type, current, entry.ifMatch, 'PATCH');
        return valid(context, patched(parseJson(current.content) as Resource, entry.patch ?? []), entry.at);
      },
    };
  }
  return {
    ...shared,
    method: entry.verb === 'create' ? 'POST' : 'PUT',
    build(current) {
      if (entry.verb === 'update') {
        checkIfMatch(entry.type, current, entry.ifMatch, 'PUT');
        checkIfNoneMatch(current, entry.ifNoneMatch);
      }
      const sent = entry.resource as Resource;
      const wanted =
        target.mergeInto && current && !current.deleted ? mergeCarePlan(parseJson(current.content) as CarePlan, sent as CarePlan) : sent;
      return valid(context, wanted, entry.at);
    },
  };
}

/** The resource, or 422 with everything that is wrong with it. */
function valid(context: InteractionContext, resource: Resource, at: string): Resource {
  const issues = context.validate(resource);
  if (issues.some((issue) => issue.severity === 'error' || issue.severity === 'fatal')) {
    const placed = issues.map((issue) =>
      at === '' ? issue : { ...issue, expression: issue.expression?.map((path) => `${at}.resource.${path}`) },
    );
    throw new FhirError('invalid-resource', 'The resource is not valid.', { issues: placed });
  }
  if (mustNamePatient(resource.resourceType as ServedType) && patientOf(resource) === undefined) {
    throw new FhirError(
      'business-rule',
      `A ${resource.resourceType} must name the patient it belongs to, as a reference to a Patient of this service.`,
      {
        expression: at === '' ? resource.resourceType : `${at}.resource`,
      },
    );
  }
  return resource;
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
