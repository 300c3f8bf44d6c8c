// What the service itself puts into the record at start: definitions to be read and searched, and demo organisations.
// Through the same door as everybody; what is unchanged makes no version.
import type { Resource } from '@medplum/fhirtypes';
import { uuidv7 } from 'uuidv7';
import { type DoorDeps, Session } from '../access/session.js';
import type { InteractionContext } from '../interactions/context.js';
import { writeAll } from '../interactions/write-set.js';

/** Stores them in one transaction, each under its own id. */
export async function storeOwnResources(door: DoorDeps, context: InteractionContext, resources: Resource[]): Promise<void> {
  const session = new Session(
    door,
    { clientId: 'service', purpose: 'HSYSADMIN', scopes: ['system/*.cruds'], policies: [] },
    { requestId: uuidv7(), interaction: 'start' },
  );
  // They are judged by tests when they are made, and some are large: not again at every start.
  const unjudged: InteractionContext = { ...context, baseUrl: context.baseUrl, capabilities: context.capabilities, validate: () => [] };
  await writeAll(
    unjudged,
    session,
    resources.map((resource) => ({ verb: 'update', type: resource.resourceType, id: resource.id, resource, at: '' })),
  );
}
