// Withdrawal: what was agreed is taken back. The resource stays with who, when and why; nobody is told it as current any more.
import type {
  CarePlan,
  Consent,
  Extension,
  Goal,
  MedicationRequest,
  Observation,
  Patient,
  Reference,
  RelatedPerson,
  Resource,
  ServiceRequest,
} from '@medplum/fhirtypes';
import { URA_SYSTEM } from '../fhir/identity.js';
import { extensionsOf } from './concepts.js';
import { IZP_BASE } from './izp-codes.js';
import { CURRENT_GOAL, VALID_OBSERVATION } from './preferred-place.js';

export const IZP_WITHDRAWAL = `${IZP_BASE}/StructureDefinition/izp-withdrawal`;

export interface Withdrawal {
  /** Who withdrew it, in words: the patient, the daughter. */
  who: string;
  /** FHIR dateTime. */
  when: string;
  reason: string;
  /** True when somebody did it in the patient's place. */
  represented: boolean;
  /** The person whose token it was done with: the patient, or the representative by name and role. */
  by?: Reference<Patient | RelatedPerson> & { display: string };
}

/** Who recorded what is withdrawn: whoever withdraws it writes its last version, and is not its source. */
export interface Recorder {
  ura: string;
  name: string;
}

/** The withdrawal that a resource carries; undefined when it was not withdrawn. */
export function withdrawalOf(resource: Resource): Withdrawal | undefined {
  const [mark] = extensionsOf(resource as { extension?: Extension[] }, IZP_WITHDRAWAL);
  if (mark === undefined) return undefined;
  const part = (name: string) => mark.extension?.find(({ url }) => url === name);
  const by = part('by')?.valueReference;
  return {
    who: part('who')?.valueString ?? '',
    when: part('when')?.valueDateTime ?? '',
    reason: part('reason')?.valueString ?? '',
    represented: part('represented')?.valueBoolean ?? false,
    ...(by && { by: { ...by, display: by.display ?? '' } as NonNullable<Withdrawal['by']> }),
  };
}

/** The person who withdrew it by a token of their own; undefined when it is in force, or an organisation withdrew it. */
export function withdrawnBy(resource: Resource): Withdrawal['by'] {
  const withdrawal = withdrawalOf(resource);
  return withdrawal && !isInForce(resource) ? withdrawal.by : undefined;
}

/** URA of the organisation from which a withdrawn resource came; undefined when it is in force, or came from nobody known. */
export function recorderOf(resource: Resource): string | undefined {
  if (withdrawalOf(resource) === undefined || isInForce(resource)) return undefined;
  const [mark] = extensionsOf(resource as { extension?: Extension[] }, IZP_WITHDRAWAL);
  return mark?.extension?.find(({ url }) => url === 'recordedBy')?.valueReference?.identifier?.value;
}

/** What the status of a resource becomes by withdrawing it; undefined where nothing of it was in force. */
function withdrawnStatus(resource: Resource): Partial<Resource> | undefined {
  switch (resource.resourceType) {
    case 'Consent':
      return IN_FORCE.has(resource.status) ? ({ status: 'inactive' } as Partial<Consent>) : undefined;
    case 'CarePlan':
      return resource.status === 'active' || resource.status === 'on-hold' ? ({ status: 'revoked' } as Partial<CarePlan>) : undefined;
    case 'Goal':
      return CURRENT_GOAL.has(resource.lifecycleStatus) ? ({ lifecycleStatus: 'cancelled' } as Partial<Goal>) : undefined;
    case 'Observation':
      return VALID_OBSERVATION.has(resource.status) ? ({ status: 'cancelled' } as Partial<Observation>) : undefined;
    case 'ServiceRequest':
      return resource.status === 'active' ? ({ status: 'revoked' } as Partial<ServiceRequest>) : undefined;
    case 'MedicationRequest':
      return resource.status === 'active' ? ({ status: 'cancelled' } as Partial<MedicationRequest>) : undefined;
    default:
      return undefined;
  }
}

/** One that its source ended without saying why may still be withdrawn: then it is told nowhere, not even as ended. */
const IN_FORCE: ReadonlySet<string> = new Set(['active', 'inactive']);

/** True while the resource says what holds. */
export function isInForce(resource: Resource): boolean {
  return resource.resourceType === 'Consent' ? resource.status === 'active' : withdrawnStatus(resource) !== undefined;
}

/** The resource withdrawn; itself when it was already; undefined when nothing of it was in force. */
export function withdrawn<T extends Resource>(
  resource: T,
  { who, when, reason, represented, by }: Withdrawal,
  recorder: Recorder | undefined,
): T | undefined {
  if (withdrawalOf(resource) !== undefined && !isInForce(resource)) return resource;
  const status = withdrawnStatus(resource);
  if (status === undefined) return undefined;
  const mark: Extension = {
    url: IZP_WITHDRAWAL,
    extension: [
      { url: 'who', valueString: who },
      { url: 'when', valueDateTime: when },
      { url: 'reason', valueString: reason },
      { url: 'represented', valueBoolean: represented },
      ...(by ? [{ url: 'by', valueReference: by }] : []),
      ...(recorder
        ? [{ url: 'recordedBy', valueReference: { identifier: { system: URA_SYSTEM, value: recorder.ura }, display: recorder.name } }]
        : []),
    ],
  };
  const others = ((resource as { extension?: Extension[] }).extension ?? []).filter(({ url }) => url !== IZP_WITHDRAWAL);
  return { ...resource, ...status, extension: [...others, mark] };
}
