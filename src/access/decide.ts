// Who may: the rules of one patient applied to one caller. Pure and total; what no rule permits is denied. `restrict.ts` says the
// same in SQL, for queries over many patients; generated cases hold the two equal.
import type { Resource } from '@medplum/fhirtypes';
import type { Principal } from '../auth/principal.js';
import { type Act, mayPersonWrite } from './person-writes.js';
import type { Capacity } from './record.js';
import { type AccessRule, decidesAccess } from './rules.js';
import { type AccessSettings, type Looking, OPEN_TYPES, type RuledStanding, type Standing, standingOf } from './standing.js';

/** What decided, as the audit names it. */
export type DecidedBy = AccessRule['ground'] | 'author' | 'patient' | 'open' | 'service';

export interface Decision {
  effect: 'permit' | 'deny';
  /** Absent where no rule spoke. */
  by?: DecidedBy;
  /** `Type/id` of the rule's ground, where it has one. */
  source?: string;
  /** Why not; only of denials. */
  reason?: 'objection' | 'no-permission' | 'other-patient' | 'policy';
}

/** The row looked at, where it is not the record as a whole. */
export interface Row {
  type: string;
  /** Null for what belongs to no patient. */
  patientId: string | null;
  authorUra: string | null;
}

/** The action of `decide`. */
export type Action = { look: 'rows'; row: Row } | { look: 'answer'; patientId: string };

/** `rules` are those of the patient of the action; `now` in epoch milliseconds. */
export function decide(
  principal: Principal,
  action: Action,
  rules: readonly AccessRule[],
  { settings, now }: { settings: AccessSettings; now: number },
): Decision {
  const looking: Looking = action.look;
  const standing = standingOf(principal, looking, settings);
  if (action.look === 'answer') return decideFor(standing, action.patientId, rules, now);
  const { type, patientId, authorUra } = action.row;
  if (standing.kind === 'all') return { effect: 'permit', by: 'service' };
  if (patientId === null) {
    if (OPEN_TYPES.includes(type)) return { effect: 'permit', by: 'open' };
    const isOwn = authorUra !== null && authorUra === principal.organizationUra && standing.kind === 'ruled';
    return isOwn ? { effect: 'permit', by: 'author' } : { effect: 'deny', reason: 'no-permission' };
  }
  // All of a record or nothing: who saw only what it once recorded itself would take for current what others have replaced.
  return decideFor(standing, patientId, rules, now);
}

function decideFor(standing: Standing, patientId: string, rules: readonly AccessRule[], now: number): Decision {
  if (standing.kind === 'all') return { effect: 'permit', by: 'service' };
  if (standing.kind === 'none') return { effect: 'deny', reason: 'policy' };
  if (standing.kind === 'patient')
    return standing.patientId === patientId ? { effect: 'permit', by: 'patient' } : { effect: 'deny', reason: 'other-patient' };
  if (standing.patientId !== undefined && standing.patientId !== patientId) return { effect: 'deny', reason: 'other-patient' };
  const [first] = rules.filter((rule) => speaksOf(rule, standing, now)).sort((a, b) => compare(a, b, standing.purpose));
  if (!first) return { effect: 'deny', reason: 'no-permission' };
  const { ground: by, source } = first;
  return first.effect === 'permit' ? { effect: 'permit', by, source } : { effect: 'deny', by, source, reason: 'objection' };
}

function speaksOf(rule: AccessRule, { parties, grounds, purposes }: RuledStanding, now: number): boolean {
  return (
    parties.includes(rule.party) &&
    (rule.effect === 'deny' || grounds.includes(rule.ground)) &&
    (rule.purposes === null || rule.purposes.some((purpose) => purposes.includes(purpose))) &&
    rule.from <= now &&
    now < rule.until
  );
}

/** The more specific party first, then the more specific purpose; at equal an objection. */
function compare(a: AccessRule, b: AccessRule, purpose: string): number {
  return (
    partyRank(b) - partyRank(a) ||
    purposeRank(b, purpose) - purposeRank(a, purpose) ||
    (a.effect === b.effect ? 0 : a.effect === 'deny' ? -1 : 1) ||
    // Of equals always the same one is told.
    (`${a.ground} ${a.source}` < `${b.ground} ${b.source}` ? -1 : 1)
  );
}

function partyRank({ party }: AccessRule): number {
  return party === 'any' ? 0 : party.startsWith('type:') ? 1 : 2;
}

function purposeRank({ purposes }: AccessRule, purpose: string): number {
  return purposes === null ? 0 : purposes.includes(purpose) ? 2 : 1;
}

/** One change of a record: how it is to be (undefined: deleted), and how it stands (undefined: it is new). */
export interface Wanted {
  act?: Act;
  resource: Resource | undefined;
  before: { resource: Resource; authorUra: string | null; person?: string } | undefined;
  /** Whether the patient can decide; asked of persons alone. */
  capacity?: Capacity;
}

/** Whether a caller to whom a record is open by `decision` may also make this change of it. */
export function mayWrite(decision: Decision, principal: Principal, { act, resource, before, capacity = 'not-absent' }: Wanted): boolean {
  if (decision.effect === 'deny') return false;
  const isOwn = before === undefined || (before.authorUra !== null && before.authorUra === principal.organizationUra);
  const touched = [resource, before?.resource].flatMap((one) => one ?? []);
  switch (decision.by) {
    case 'service':
    case 'holder':
    case 'team':
      return true;
    case 'author':
      return true;
    case 'permission':
      // To be let in is no right to let others in, or to change what others recorded.
      return principal.policies.includes('permission') && isOwn && !touched.some(decidesAccess);
    case 'patient':
    case 'representative':
      return mayPersonWrite({ person: personOf(principal), by: decision.by, capacity, act, resource, before });
    default:
      return false;
  }
}

/** Who the person of a token is: `Patient/id` or `RelatedPerson/id`. */
export function personOf({ fhirUser, patientId }: Principal): string {
  return fhirUser ?? `Patient/${patientId}`;
}
