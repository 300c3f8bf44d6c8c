// What the service itself puts into the record at start: definitions to be read and searched, and demo organisations.
// Through the same door as everybody; what is unchanged makes no version.
import { createHash } from 'node:crypto';
import type { Resource } from '@medplum/fhirtypes';
import { uuidv7 } from 'uuidv7';
import { type DoorDeps, Session } from '../access/session.js';
import { SERVICE_PRINCIPAL } from '../access/standing.js';
import type { InteractionContext } from '../interactions/context.js';
import { writeAll } from '../interactions/write-set.js';
import { readSetting, writeSetting } from '../store/settings.js';

/** Names the definitions of packages that were stored last. */
const STORED_PACKAGES = 'stored-packages';

/** Stores the definitions of packages, unless these very ones were stored last: comparing each would take most of a second. */
export async function storePublished(door: DoorDeps, context: InteractionContext, resources: Resource[]): Promise<void> {
  const hash = createHash('sha256').update(JSON.stringify(resources)).digest('hex');
  if (resources.length === 0 || (await readSetting(door.database, STORED_PACKAGES)) === hash) return;
  await storeOwnResources(door, context, resources);
  await writeSetting(door.database, STORED_PACKAGES, hash);
}

/** Stores them in one transaction, each under its own id. */
export async function storeOwnResources(door: DoorDeps, context: InteractionContext, resources: Resource[]): Promise<void> {
  const session = new Session(door, SERVICE_PRINCIPAL, { requestId: uuidv7(), interaction: 'start' });
  // They are judged by tests when they are made, and some are large: not again at every start.
  const unjudged: InteractionContext = { ...context, validate: () => ({ issues: [], accepted: [] }) };
  await writeAll(
    unjudged,
    session,
    resources.map((resource) => ({ verb: 'update', type: resource.resourceType, id: resource.id, resource, at: '' })),
  );
}
