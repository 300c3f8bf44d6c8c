// Resources whose patient others name: a Provenance by its targets, a Device by the statement that it is used.
import { localReferences, parseReference, withoutVersion } from '../fhir/references.js';
import { lockAll } from '../store/locks.js';
import { adoptDevices, loadResources, patientsUsingDevices } from '../store/resources.js';
import type { Transaction } from '../store/transaction.js';
import type { Draft } from './draft.js';

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
export async function nameDevicePatients(tx: Transaction, drafts: Draft[]): Promise<void> {
  const used = new Map(usesOf(drafts).map(({ device, patientId }) => [device, patientId]));
  const unclear = drafts.filter((d) => d.type === 'Device' && !d.deleted && d.patientId === null);
  await lockAll(
    tx,
    [...used.keys(), ...unclear.map((d) => d.id)].map((id) => `device:${id}`),
  );
  if (unclear.length === 0) return;
  const users = await patientsUsingDevices(
    tx,
    unclear.map((d) => d.id),
  );
  for (const d of unclear) d.patientId = users.get(d.id) ?? used.get(d.id) ?? null;
}

/** Makes the Devices that belong to nobody yet part of the records whose statements say they are used. */
export async function adoptUsedDevices(tx: Transaction, drafts: Draft[]): Promise<void> {
  for (const { device, patientId } of usesOf(drafts)) await adoptDevices(tx, [device], patientId);
}

function usesOf(drafts: Draft[]): { device: string; patientId: string }[] {
  return drafts.flatMap((d) => {
    if (d.type !== 'DeviceUseStatement' || d.deleted || d.patientId === null) return [];
    const text = (d.resource as { device?: { reference?: string } }).device?.reference;
    const device = text === undefined ? undefined : parseReference(withoutVersion(text));
    return device?.type === 'Device' ? [{ device: device.id, patientId: d.patientId }] : [];
  });
}
