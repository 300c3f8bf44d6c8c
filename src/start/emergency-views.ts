// A view by urgent care asks for a review of the plan. The view itself must be fast and write nothing but its audit, so the log is
// looked through afterwards, every few minutes, by every process: under the patient's lock one Task is made, whoever is first.
import type { Resource, Task } from '@medplum/fhirtypes';
import { uuidv7 } from 'uuidv7';
import { type DoorDeps, Session } from '../access/session.js';
import { SERVICE_PRINCIPAL } from '../access/standing.js';
import { parseJson } from '../fhir/json.js';
import { keepProcess } from '../izp/process/keep-process.js';
import type { Process } from '../izp/process/read-process.js';
import { type EmergencyView, emergencyViews } from '../store/emergency-views.js';
import { readSetting, writeSetting } from '../store/settings.js';

/** Between two looks: nothing against the days in which the review is due. */
export const LOOK_MINUTES = 5;
/** Events are written a little after they were recorded; each look begins so much before the end of the last. */
const OVERLAP_MS = 10 * 60_000;
/** How far the first look of a database goes back. */
const FIRST_LOOK_MS = 24 * 3_600_000;
const LOOKED_UNTIL = 'emergency-views-looked-until';

/** Looks through the log since the last look. One record that cannot be written does not keep the others waiting: `report` is told. */
export async function openReviewsAfterViews(door: DoorDeps, process: Process, report: (error: unknown) => void): Promise<void> {
  const until = door.now();
  const last = await readSetting<string>(door.database, LOOKED_UNTIL);
  const from = last === undefined ? until - FIRST_LOOK_MS : Date.parse(last) - OVERLAP_MS;
  for (const view of await emergencyViews(door.database, new Date(from), new Date(until))) {
    await openReview(door, process, view).catch(report);
  }
  await writeSetting(door.database, LOOKED_UNTIL, new Date(until).toISOString());
}

async function openReview(door: DoorDeps, process: Process, { patientId, viewed }: EmergencyView): Promise<void> {
  const session = new Session(door, SERVICE_PRINCIPAL, { requestId: uuidv7(), interaction: 'update' });
  await session.transaction(async (writer) => {
    await writer.claim([{ reference: `Patient/${patientId}` }]);
    const entries = (await writer.compartment(patientId)).map((row) => ({
      resource: parseJson(row.content) as Resource,
      reference: `${row.type}/${row.id}`,
      version: row.version,
      lastUpdated: row.lastUpdated.getTime(),
    }));
    const patient = entries.flatMap(({ resource }) => (resource.resourceType === 'Patient' ? [resource] : []))[0];
    const record = { patientId, patient, entries, directory: new Map(), written: new Set<string>(), now: door.now(), newId: door.newId };
    const tasks = keepProcess(record, process, viewed.getTime());
    const changes = tasks.map((task: Task) => ({ method: 'PUT' as const, type: 'Task', id: task.id as string, build: () => task }));
    for (const { id, version, created } of await writer.apply(changes))
      session.noteWrite(created ? 'C' : 'U', `Task/${id}`, version, patientId);
  });
}
