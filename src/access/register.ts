// Asks the national register where no rule of the record speaks: its Permit opens the patient for this one request.
import type { Principal } from '../auth/principal.js';
import { bsnOf } from '../store/identifiers.js';
import type { Database } from '../store/pool.js';
import type { Told } from '../store/visibility.js';
import type { PermissionRegister } from './permission-register.js';
import { type AccessSettings, type Looking, mayUseEmergencyDoor, standingOf } from './standing.js';

/** What the audit names when the emergency policy lets in without an answer of the register. */
const UNREACHABLE = 'register-unreachable';

interface Asking {
  database: Database;
  access: AccessSettings;
  register?: PermissionRegister;
}

export class RegisterQuestions {
  /** Patients it opened. */
  readonly granted = new Set<string>();
  private readonly evidence = new Map<string, string>();

  constructor(
    private readonly deps: Asking,
    private readonly principal: Principal,
  ) {}

  evidenceOf(patientId: string | null): string | undefined {
    return patientId === null ? undefined : this.evidence.get(patientId);
  }

  /** True when the patient was closed for want of a rule and is open now. */
  async opens(patientId: string | null | undefined, told: Told | undefined, looking: Looking): Promise<boolean> {
    const { register, database, access } = this.deps;
    if (!register || !patientId || told?.permitted !== false || told.ground !== undefined || this.granted.has(patientId)) return false;
    const { organizationUra, organizationType, userId, userRole, purpose } = this.principal;
    const standing = standingOf(this.principal, looking, access);
    if (organizationUra === undefined || standing.kind !== 'ruled' || !standing.grounds.includes('permission')) return false;
    const bsn = await bsnOf(database, patientId);
    if (bsn === undefined) return false;
    const answer = await register({ bsn, organizationUra, organizationType, userId, userRole, purpose }).catch(() =>
      // A register out of reach is no permission, unless urgent care is to be let in all the same.
      looking === 'answer' && access.emergencyWithoutRegister && mayUseEmergencyDoor(this.principal, access)
        ? { permit: true, evidence: UNREACHABLE }
        : { permit: false },
    );
    if (!answer.permit) return false;
    this.granted.add(patientId);
    if (answer.evidence !== undefined) this.evidence.set(patientId, answer.evidence);
    return true;
  }
}
