// Membership of a care team rests on roles and organisations: when these come, end or go, the rules of whoever they care for follow.
import type { Resource } from '@medplum/fhirtypes';
import { parseJson } from '../fhir/json.js';
import { patientsOfTeams } from '../store/patient-access.js';
import type { StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import type { Draft } from './draft.js';
import { uraOf } from './rules.js';

/** The patients whose rules may be others after these changes. `before` as in the store, by `Type/id`. */
export async function patientsRegranted(
  tx: Transaction,
  changed: Draft[],
  before: (reference: string) => StoredResource | undefined,
): Promise<string[]> {
  const uras: string[] = [];
  const references = changed.flatMap((draft) => {
    const reference = `${draft.type}/${draft.id}`;
    const stored = before(reference);
    const known = stored && !stored.deleted ? (parseJson(stored.content) as Resource) : undefined;
    if (basisOf(known) === basisOf(draft.resource)) return [];
    if (known?.resourceType === 'Organization') uras.push(...[uraOf(known.identifier ?? [])].flatMap((ura) => ura ?? []));
    return [reference];
  });
  return references.length === 0 ? [] : patientsOfTeams(tx, references, uras);
}

/** What a membership rests on, as text; empty where there is nothing to rest on. */
function basisOf(resource: Resource | undefined): string {
  if (resource?.resourceType === 'Organization') return uraOf(resource.identifier ?? []) ?? '';
  if (resource?.resourceType !== 'PractitionerRole' || resource.active === false) return '';
  return resource.organization?.reference ?? resource.organization?.identifier?.value ?? '';
}
