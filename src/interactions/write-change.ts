// A target as a change the door can make: preconditions, patch or merge, and validation, against the version that is current then.
import type { CarePlan, OperationOutcomeIssue, Resource } from '@medplum/fhirtypes';
import type { Change } from '../access/draft.js';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import { parseJson } from '../fhir/json.js';
import { mustNamePatient, patientOf, type ServedType } from '../fhir/resource-types.js';
import { mergeCarePlan } from '../izp/merge-care-plan.js';
import { withQualityTag } from '../izp/own-profiles.js';
import { isStaleReturn } from '../izp/stale-return.js';
import { IZP_WITHDRAWAL } from '../izp/withdrawal.js';
import { isError } from '../validation/write-verdict.js';
import type { InteractionContext } from './context.js';
import { placed, within } from './entry-error.js';
import { patched } from './json-patch.js';
import { checkIfMatch, checkIfNoneMatch } from './preconditions.js';
import type { Target } from './write-target.js';

/** More findings than anybody mends at once; the answer says that there are others. */
const MAX_ISSUES = 200;

/**
 * The targets as changes. What a `build` throws names its entry. What is wrong with the resources of all entries is told at
 * once, by the last of them.
 */
export function changesOf(context: InteractionContext, session: Session, targets: Target[]): Change[] {
  const wrong: OperationOutcomeIssue[] = [];
  return targets.map((target, i) => {
    const change = plainChange(context, session, target, wrong);
    return {
      ...change,
      build(current) {
        if (i === 0) wrong.length = 0;
        const built = within(target.entry.at, () => {
          const made = change.build(current);
          if (made !== 'delete') refuseStaleReturn(made, current);
          return made;
        });
        if (i === targets.length - 1 && wrong.length > 0)
          throw new FhirError('invalid-resource', 'The resource is not valid.', { issues: atMost(wrong) });
        return built;
      },
    };
  });
}

function plainChange(context: InteractionContext, session: Session, target: Target, wrong: OperationOutcomeIssue[]): Change {
  const { entry, id } = target;
  const shared = { type: entry.type, id };
  if (entry.verb === 'delete') {
    return {
      ...shared,
      method: 'DELETE',
      build(current) {
        if (!current && entry.criteria === undefined)
          throw new FhirError('not-found', `There is no ${entry.type}/${id} here, or it is not available to you.`);
        checkIfMatch(entry.type, current, entry.ifMatch, 'DELETE');
        return 'delete';
      },
    };
  }
  const valid = (resource: Resource) => judged(context, session, target, resource, wrong);
  if (entry.verb === 'patch') {
    return {
      ...shared,
      method: 'PATCH',
      build(current) {
        if (!current) throw new FhirError('not-found', `There is no ${entry.type}/${id} here, or it is not available to you.`);
        if (current.deleted) throw new FhirError('gone', `${entry.type}/${id} was deleted: there is nothing to patch.`);
        checkIfMatch(entry.type, current, entry.ifMatch, 'PATCH');
        return valid(patched(parseJson(current.content) as Resource, entry.patch ?? []));
      },
    };
  }
  return {
    ...shared,
    method: entry.verb === 'create' && !target.isRepeat ? 'POST' : 'PUT',
    build(current) {
      if (entry.verb === 'update') {
        checkIfMatch(entry.type, current, entry.ifMatch, 'PUT');
        checkIfNoneMatch(current, entry.ifNoneMatch);
        if (entry.criteria !== undefined && target.matched === undefined) refuseUnmatched(entry.type, current);
      }
      const sent = entry.resource as Resource;
      if (!target.mergeInto || !current || current.deleted) return valid(sent);
      const known = wrong.length;
      valid(sent);
      // What is wrong in the plan that was sent must not vanish in the merging, nor break it.
      return wrong.length > known ? sent : valid(mergeCarePlan(parseJson(current.content) as CarePlan, sent as CarePlan));
    },
  };
}

/** Without a match a conditional update creates: what has the id in the body already is not what the criteria name. */
function refuseUnmatched(type: string, current: Parameters<Change['build']>[0]): void {
  if (!current || current.deleted) return;
  throw new FhirError('conflict', `No ${type} matches the criteria, and the id in the resource is that of another.`, {
    expression: `${type}.id`,
  });
}

/** Whoever sends all they know again would undo what a patient took back, and not know it. */
function refuseStaleReturn(made: Resource, current: Parameters<Change['build']>[0]): void {
  if (!current || current.deleted || !current.content.includes(IZP_WITHDRAWAL)) return;
  if (!isStaleReturn(parseJson(current.content) as Resource, made)) return;
  throw new FhirError(
    'business-rule',
    'This was withdrawn; see its extension izp-withdrawal. What was agreed since is recorded with its own date, or as a new resource.',
    { expression: current.type },
  );
}

/** The resource as it is stored: tagged when it breaks a published profile. What refuses it is added to `wrong`. */
function judged(
  context: InteractionContext,
  session: Session,
  target: Target,
  resource: Resource,
  wrong: OperationOutcomeIssue[],
): Resource {
  const { onProfileErrors, patientId } = session.principal;
  const verdict = context.validate(resource, { onProfileErrors, isOwnWords: patientId !== undefined });
  const { at, type } = target.entry;
  if (verdict.issues.some(isError)) {
    for (const issue of verdict.issues) wrong.push(at === '' ? issue : { ...issue, expression: placed(issue.expression, at) });
    return resource;
  }
  if (mustNamePatient(type as ServedType) && patientOf(resource) === undefined) {
    throw new FhirError('business-rule', `A ${type} must name the patient it belongs to, as a reference to a Patient of this service.`, {
      expression: type,
    });
  }
  target.verdict = verdict;
  return withQualityTag(resource, verdict.accepted.length > 0);
}

/** Errors first, then what else was noticed. */
function atMost(issues: OperationOutcomeIssue[]): OperationOutcomeIssue[] {
  const sorted = [...issues.filter(isError), ...issues.filter((issue) => !isError(issue))];
  if (sorted.length <= MAX_ISSUES) return sorted;
  const others = sorted.length - MAX_ISSUES;
  return [...sorted.slice(0, MAX_ISSUES), { severity: 'information', code: 'informational', diagnostics: `And ${others} more findings.` }];
}
