// Resources whose patient others name: a Provenance by its targets, a Device by the statement that it is used.
import { localReferences, parseReference, withoutVersion } from '../fhir/references.js';
import { adoptDevices, loadResources, patientsUsingDevices } from '../store/resources.js';
import type { Transaction } from '../store/transaction.js';
import type { Draft } from './draft.js';
import { deviceLock, type Locks } from './locks.js';

/** A Provenance belongs to the patient of its first target that has one. */
export async function nameProvenancePatients(tx: Transaction, drafts: Draft[]): Promise<void> {
  const unclear = drafts.filter((d) => d.type === 'Provenance' && !d.deleted && d.patientId === null);
  if (unclear.length === 0) return;
  const targetsOf = (d: Draft) => localReferences({ target: (d.resource as { target?: unknown }).target });
  const stored = await loadResources(tx, [...new Set(unclear.flatMap(targetsOf))].sort());
  const patients = new Map([...stored, ...drafts].map((one) => [`${one.type}/${one.id}`, one.patientId]));
  for (const d of unclear) {
    for (const reference of targetsOf(d)) d.patientId ??= patients.get(reference) ?? null;
  }
}

/**
 * A Device without a patient belongs to the record that uses it, whichever of the two comes first: writers of a Device and of
 * its use wait for each other here.
 */
export async function nameDevicePatients(tx: Transaction, locks: Locks, drafts: Draft[]): Promise<void> {
  const used = new Map(usesOf(drafts).map(({ device, patientId }) => [device, patientId]));
  const unclear = drafts.filter((d) => d.type === 'Device' && !d.deleted && d.patientId === null);
  await locks.takeLate([...used.keys(), ...unclear.map((d) => d.id)].map(deviceLock));
  for (const d of unclear) d.patientId = used.get(d.id) ?? null;
  const alone = unclear.filter((d) => d.patientId === null);
  if (alone.length === 0) return;
  const users = await patientsUsingDevices(
    tx,
    alone.map((d) => d.id),
  );
  for (const d of alone) d.patientId = users.get(d.id) ?? null;
}

/** Makes the author's own Devices that belong to nobody yet part of the records whose statements say they are used. */
export async function adoptUsedDevices(tx: Transaction, drafts: Draft[], authorUra: string): Promise<void> {
  const here = new Set(drafts.filter((d) => d.type === 'Device').map((d) => d.id));
  for (const { device, patientId } of usesOf(drafts)) if (!here.has(device)) await adoptDevices(tx, [device], patientId, authorUra);
}

function usesOf(drafts: Draft[]): { device: string; patientId: string }[] {
  return drafts.flatMap((d) => {
    const device = d.deleted || d.patientId === null ? undefined : usedDevice(d.resource);
    return device === undefined ? [] : [{ device, patientId: d.patientId as string }];
  });
}

/** The id of the Device of which a DeviceUseStatement says that it is used. */
export function usedDevice(resource: unknown): string | undefined {
  const { resourceType, device } = resource as { resourceType?: string; device?: { reference?: unknown } };
  if (resourceType !== 'DeviceUseStatement' || typeof device?.reference !== 'string') return undefined;
  const target = parseReference(withoutVersion(device.reference));
  return target?.type === 'Device' ? target.id : undefined;
}
