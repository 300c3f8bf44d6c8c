// What a caller's token and policies amount to before any patient is looked at: whom rules may name to mean this caller, and which
// rules speak for it. Both forms of the access rule, `decide` and the SQL of `restrict`, start from here.
import type { Principal } from '../auth/principal.js';
import { PATIENT_ELEMENTS, SERVED_TYPES } from '../fhir/resource-types.js';
import type { Ground } from './rules.js';

/** The service's own work at start; no client can hold it. */
export const SERVICE_POLICY = 'service';

/** The service itself: at start, and for what it keeps. */
export const SERVICE_PRINCIPAL: Principal = {
  clientId: 'service',
  purpose: 'HSYSADMIN',
  scopes: ['system/*.cruds'],
  policies: [SERVICE_POLICY],
};

export interface AccessSettings {
  /** Organisation types that may use the emergency door: codes of the organisation-type system. */
  emergencyTypes: readonly string[];
  /** Whether urgent care may see the answer without a permission, for a reason. */
  breakGlass: boolean;
  /** Whether urgent care gets the answer when the national register cannot be asked. */
  emergencyWithoutRegister: boolean;
}

/** `rows`: resources by read and search. `answer`: the emergency card and summary. */
export type Looking = 'rows' | 'answer';

export type Standing =
  /** The service itself. */
  | { kind: 'all' }
  /** No patient's record at all. */
  | { kind: 'none' }
  /** A patient: the own record. */
  | { kind: 'patient'; patientId: string }
  | RuledStanding;

/** Somebody of whom the patient's rules speak. */
export interface RuledStanding {
  kind: 'ruled';
  /** As rules name the caller. */
  parties: string[];
  /** Grounds on which a permit counts; an objection always does. */
  grounds: Ground[];
  purpose: string;
  /** Purposes a rule may name to mean this request: its own and those that include it. */
  purposes: string[];
  /** Only this patient, whatever the rules of others say. */
  patientId?: string;
}

/** In v3-ActReason urgent treatment is a kind of treatment. */
const WIDER: Readonly<Record<string, string[]>> = { ETREAT: ['TREAT'] };

/** Types of no patient, which every caller with the scope may see. Others without a patient are their author's. */
export const OPEN_TYPES: readonly string[] = SERVED_TYPES.filter((type) => PATIENT_ELEMENTS[type].length === 0 && type !== 'Patient');

export function standingOf(principal: Principal, looking: Looking, settings: AccessSettings): Standing {
  const holds = (policy: string) => principal.policies.includes(policy);
  if (holds(SERVICE_POLICY)) return { kind: 'all' };
  if (principal.patientId !== undefined) return personStanding(principal, principal.patientId);
  if (principal.organizationUra === undefined) return { kind: 'none' };
  const grounds: Ground[] = [];
  if (holds('own-team')) grounds.push('holder', 'team');
  if (holds('permission') || holds('pzp-gf') || (looking === 'answer' && mayUseEmergencyDoor(principal, settings)))
    grounds.push('permission');
  if (grounds.length === 0) return { kind: 'none' };
  const { organizationUra: ura, organizationType: type } = principal;
  return {
    kind: 'ruled',
    parties: [`ura:${ura}`, ...(type === undefined ? [] : [`type:${type.toUpperCase()}`]), 'any'],
    grounds,
    ...purposesOf(principal),
  };
}

/** Urgent care by urgent carers: what the policy `emergency` asks of a caller. */
export function mayUseEmergencyDoor(
  { policies, purpose, organizationType }: Principal,
  { emergencyTypes }: Pick<AccessSettings, 'emergencyTypes'>,
): boolean {
  return (
    policies.includes('emergency') && purpose === 'ETREAT' && organizationType !== undefined && emergencyTypes.includes(organizationType)
  );
}

function personStanding(principal: Principal, patientId: string): Standing {
  const { fhirUser = `Patient/${patientId}`, policies } = principal;
  if (!policies.includes('patient')) return { kind: 'none' };
  if (fhirUser === `Patient/${patientId}`) return { kind: 'patient', patientId };
  if (!fhirUser.startsWith('RelatedPerson/')) return { kind: 'none' };
  return { kind: 'ruled', parties: [`person:${fhirUser}`], grounds: ['representative'], ...purposesOf(principal), patientId };
}

function purposesOf({ purpose }: Principal): { purpose: string; purposes: string[] } {
  return { purpose, purposes: [purpose, ...(WIDER[purpose] ?? [])] };
}
