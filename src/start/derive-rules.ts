// Once per database: derives who may see the records that were there before rules were kept beside them.
import { uuidv7 } from 'uuidv7';
import { type DoorDeps, Session } from '../access/session.js';
import { SERVICE_PRINCIPAL } from '../access/standing.js';
import { patientsWithRules } from '../store/patient-access.js';
import { readSetting, writeSetting } from '../store/settings.js';

const DERIVED = 'access-rules-derived';

/** Every record in a transaction of its own; cut short, the next start begins again. */
export async function deriveRules(door: DoorDeps): Promise<void> {
  if ((await readSetting(door.database, DERIVED)) === true) return;
  for (let last: string | undefined = ''; last !== undefined; ) {
    const ids: string[] = await patientsWithRules(door.database, last);
    for (const id of ids) {
      const session = new Session(door, SERVICE_PRINCIPAL, { requestId: uuidv7(), interaction: 'start' });
      await session.transaction((writer) => writer.keepAnew(id));
    }
    last = ids.at(-1);
  }
  await writeSetting(door.database, DERIVED, true);
}
