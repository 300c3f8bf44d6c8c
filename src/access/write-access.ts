// Who may write what, inside the transaction that writes it: asked of the patients' rules as they are under the locks.
import type { Resource } from '@medplum/fhirtypes';
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import { parseJson } from '../fhir/json.js';
import { loadRules } from '../store/patient-access.js';
import { loadCompartment } from '../store/resources.js';
import type { StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import type { Told } from '../store/visibility.js';
import { type Decision, decide, mayWrite } from './decide.js';
import type { Draft } from './draft.js';
import { LoadedRecord } from './loaded-record.js';
import type { Capacity, RecordKeeper } from './record.js';
import { uraOf } from './rules.js';
import { type AccessSettings, OPEN_TYPES, SERVICE_POLICY } from './standing.js';
import { whoRecorded } from './who-recorded.js';

export class WriteAccess {
  private readonly decisions = new Map<string, Decision>();
  /** Of patients in whose records a person writes. */
  private readonly capacities = new Map<string, Capacity>();

  constructor(
    private readonly tx: Transaction,
    private readonly principal: Principal,
    private readonly settings: AccessSettings,
    private readonly now: () => number,
    private readonly capacityOf: RecordKeeper['capacity'],
  ) {}

  /**
   * Refuses records that are not open to the caller. A patient nobody has yet is open to who may keep records, if the patient is
   * among the resources this set brings (`bringing`, ids).
   */
  async requireRecords(patientIds: string[], bringing: ReadonlySet<string>): Promise<void> {
    if (this.principal.policies.includes(SERVICE_POLICY)) return;
    const unknown = patientIds.filter((id) => !this.decisions.has(id));
    const rules = unknown.length === 0 ? new Map() : await loadRules(this.tx, unknown);
    for (const id of unknown) {
      const known = rules.get(id);
      if (known === undefined && bringing.has(id) && this.mayOpenRecords()) {
        this.decisions.set(id, { effect: 'permit', by: 'holder' });
        continue;
      }
      const row = { type: 'Patient', patientId: id, authorUra: null };
      const decision = decide(this.principal, { look: 'rows', row }, known ?? [], { settings: this.settings, now: this.now() });
      if (decision.effect === 'deny') throw notWritable();
      this.decisions.set(id, decision);
      if (this.principal.patientId !== undefined) this.capacities.set(id, await this.capacity(id));
    }
  }

  /** Refuses changes that the caller may not make, though the record is open. `before` as in the store. */
  requireChanges(drafts: Draft[], before: (reference: string) => StoredResource | undefined): void {
    for (const draft of drafts) {
      const stored = before(`${draft.type}/${draft.id}`);
      const known = stored && {
        resource: parseJson(stored.deleted ? '{}' : stored.content) as Resource,
        authorUra: stored.authorUra,
        person: whoRecorded(stored).person,
      };
      const patients = [...new Set([draft.patientId, draft.previousPatientId])].filter((id) => id !== null);
      if (patients.length === 0) this.requireNobodys(draft, stored);
      for (const id of patients) {
        const decision = this.decisions.get(id) ?? (this.principal.policies.includes(SERVICE_POLICY) ? SERVICE : undefined);
        const wanted = { act: draft.act, resource: draft.resource, before: known, capacity: this.capacities.get(id) };
        if (decision === undefined || !mayWrite(decision, this.principal, wanted))
          throw this.principal.patientId === undefined ? notYours(draft.type) : notYoursToDecide(draft);
      }
    }
  }

  /** On what ground this record was opened for writing here; undefined where that was not asked. */
  groundOf(patientId: string): Told | undefined {
    const { effect, by: ground, source } = this.decisions.get(patientId) ?? {};
    return effect === undefined ? undefined : { permitted: effect === 'permit', ground, source };
  }

  private async capacity(patientId: string): Promise<Capacity> {
    const moment = { written: new Set<string>(), now: this.now(), newId: () => '' };
    return this.capacityOf(new LoadedRecord(patientId, await loadCompartment(this.tx, patientId), moment));
  }

  /** The record a caller opens with its first Patient. */
  private mayOpenRecords(): boolean {
    const { organizationUra, policies, patientId } = this.principal;
    return organizationUra !== undefined && patientId === undefined && policies.includes('own-team');
  }

  /** Directory and definitional resources are everybody's to read and their author's to change. */
  private requireNobodys(draft: Draft, stored: StoredResource | undefined): void {
    const { organizationUra: ura, policies, patientId } = this.principal;
    if (policies.includes(SERVICE_POLICY) || policies.includes('admin')) return;
    const isCarer = ura !== undefined && patientId === undefined && (policies.includes('own-team') || policies.includes('permission'));
    const isOwn = stored === undefined || (stored.authorUra !== null && stored.authorUra === ura) || isSelf(stored, ura);
    if (!isCarer || !isOwn) throw notYours(draft.type);
    if (OPEN_TYPES.includes(draft.type) && stored && !stored.deleted && draft.resource) refuseOtherIdentity(draft, stored);
  }
}

const SERVICE: Decision = { effect: 'permit', by: 'service' };

/** An organisation's own entry, whoever wrote it. */
function isSelf(stored: StoredResource, ura: string | undefined): boolean {
  if (stored.type !== 'Organization' || stored.deleted) return false;
  return ura !== undefined && uraOf((parseJson(stored.content) as { identifier?: [] }).identifier ?? []) === ura;
}

/** Membership of care teams rests on these: changed under way, they would let another organisation in. */
function refuseOtherIdentity({ type, resource }: Draft, stored: StoredResource): void {
  const [before, after] = [parseJson(stored.content) as Resource, resource as Resource];
  if (before.resourceType === 'Organization' && after.resourceType === 'Organization') {
    const ura = uraOf(before.identifier ?? []);
    if (ura !== undefined && uraOf(after.identifier ?? []) !== ura) throw sameForEver(type, 'URA', 'Organization.identifier');
  }
  if (before.resourceType === 'PractitionerRole' && after.resourceType === 'PractitionerRole') {
    const known = before.organization?.reference;
    if (known !== undefined && after.organization?.reference !== known)
      throw sameForEver(type, 'organisation', 'PractitionerRole.organization');
  }
}

function sameForEver(type: string, what: string, expression: string): FhirError {
  return new FhirError(
    'business-rule',
    `The ${what} of a ${type} stays: access of care teams rests on it. Make a new ${type} and name that one.`,
    {
      expression,
    },
  );
}

function notWritable(): FhirError {
  return new FhirError(
    'forbidden',
    'You may not write to the record of this patient, or it is not here. An organisation writes as a member of the care team, as the keeper of the record, or with the patient’s permission.',
  );
}

function notYoursToDecide({ type, act }: Draft): FhirError {
  return new FhirError(
    'forbidden',
    act === 'withdraw'
      ? 'You may not withdraw this. A patient withdraws what was agreed unless it is recorded that they cannot decide about treatment; a representative only while it is, by everybody’s last word. Otherwise say it as a proposal: the carer who keeps the record is told.'
      : `You may not write this ${type}. A person writes permissions and objections (a representative only while it is recorded that the patient cannot decide), and own words in their own name: a Communication, or a DocumentReference with docStatus preliminary. What was agreed is withdrawn by $withdraw.`,
  );
}

function notYours(type: string): FhirError {
  return new FhirError('forbidden', `You may not write this ${type}: others recorded it, or it decides who may see the record.`);
}
