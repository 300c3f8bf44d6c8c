// Which locks a set of changes needs, from what is asked and what is there: all of them are then taken in one statement.
import type { Resource } from '@medplum/fhirtypes';
import { localReferences } from '../fhir/references.js';
import { patientOf } from '../fhir/resource-types.js';
import { shownOn } from '../store/cards.js';
import { patientsShowing, patientsUsingDevices } from '../store/resources.js';
import type { StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import { sameButMeta } from './draft.js';
import { isDirectoryReference } from './loaded-record.js';
import { deviceLock, directoryLock, patientLock } from './locks.js';
import { usedDevice } from './named-later.js';

/**
 * Answers computed anew together with a changed directory resource that they show: a colleague's patients, at some 5 ms each.
 * Where more show it, as a hospital's name, each is computed by its next reader.
 */
const MAX_SHOWING = 25;

export interface Claim {
  /** `Type/id` of what is to change. */
  reference: string;
  /** As it is to be; absent when that depends on what is there. */
  resource?: Resource;
}

export interface Needed {
  exclusive: string[];
  shared: string[];
  /** Patients whose answers show a directory resource that changes: they are made anew with it. */
  showing: string[];
  /** Patients whose records are asked to change. */
  patients: string[];
}

/** `before` holds the current versions of the claimed resources, as far as there are any, by `Type/id`. */
export async function locksNeeded(tx: Transaction, claims: Claim[], before: ReadonlyMap<string, StoredResource>): Promise<Needed> {
  const resources = claims.flatMap(({ resource }) => resource ?? []);
  const owners = [...before.values()].flatMap(({ patientId }) => patientId ?? []);
  const named = claims.flatMap(({ reference, resource }) => patientNamed(reference, resource) ?? []);
  const devices = claims.flatMap(({ reference }) => (reference.startsWith('Device/') ? reference.slice('Device/'.length) : []));
  const used = new Set(resources.flatMap((resource) => usedDevice(resource) ?? []));
  const alone = devices.filter((id) => !used.has(id) && !before.get(`Device/${id}`)?.patientId);
  const users = alone.length > 0 ? [...(await patientsUsingDevices(tx, alone)).values()] : [];

  const directory = claims.filter(({ reference }) => isDirectoryReference(reference));
  const changing = directory.filter((claim) => !isSame(claim, before)).map(({ reference }) => reference);
  const all = changing.length > 0 ? await patientsShowing(tx, changing, MAX_SHOWING + 1) : [];
  const showing = all.length > MAX_SHOWING ? [] : all;

  const patients = [...new Set([...owners, ...named, ...users])];
  const answers = [...new Set([...patients, ...showing])];
  const shown = answers.length > 0 ? await shownOn(tx, answers) : [];
  const referred = resources.flatMap((resource) => localReferences(resource)).filter(isDirectoryReference);
  const unchanged = directory.map(({ reference }) => reference).filter((reference) => !changing.includes(reference));
  return {
    exclusive: [...answers.map(patientLock), ...[...devices, ...used].map(deviceLock), ...changing.map(directoryLock)],
    shared: [...shown, ...referred, ...unchanged].map(directoryLock),
    showing,
    patients,
  };
}

function patientNamed(reference: string, resource: Resource | undefined): string | undefined {
  if (reference.startsWith('Patient/')) return reference.slice('Patient/'.length);
  return resource && patientOf(resource);
}

/** A directory resource sent again as it is: its lock is shared, for every post of an organisation may bring it along. */
function isSame({ reference, resource }: Claim, before: ReadonlyMap<string, StoredResource>): boolean {
  const current = before.get(reference);
  return resource !== undefined && current !== undefined && !current.deleted && sameButMeta(resource, current.content);
}
