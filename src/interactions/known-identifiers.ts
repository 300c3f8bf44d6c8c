// A sender that posts again what it posted before means the same resource: its own business identifier says so.
import type { Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { hasAuthorIdentifiers } from '../access/writer.js';
import { FhirError } from '../fhir/errors.js';
import { identifiersOf } from '../search/index-values.js';
import { applyReferenceMap } from './bundle-references.js';
import type { InteractionContext } from './context.js';
import type { Target } from './write-target.js';

/** A create whose author-assigned business identifier is known already is a repeat: it updates that resource. */
export async function meetKnownIdentifiers(session: Session, context: InteractionContext, targets: Target[]): Promise<void> {
  const asked = targets.filter(
    (target) => target.entry.verb === 'create' && !target.found && target.sameAs === undefined && hasAuthorIdentifiers(target.entry.type),
  );
  const wanted = asked.flatMap((target) =>
    identifiersOf(target.entry.resource as Resource).map((identifier) => ({ type: target.entry.type, ...identifier })),
  );
  if (wanted.length === 0) return;
  const known = await session.ownIdentifiers(wanted);
  for (const target of asked) {
    const ids = new Set(
      identifiersOf(target.entry.resource as Resource).flatMap(
        ({ system, value }) => known.get(`${target.entry.type}|${system}|${value}`) ?? [],
      ),
    );
    if (ids.size > 1) {
      throw new FhirError(
        'duplicate',
        `The business identifiers of this ${target.entry.type} belong to different resources that your organisation recorded.`,
        {
          expression: `${target.entry.at === '' ? '' : `${target.entry.at}.resource.`}${target.entry.type}.identifier`,
        },
      );
    }
    const [id] = ids;
    if (id === undefined) continue;
    // References within this transaction already point to the id it would have had.
    const map = new Map([[`${target.entry.type}/${target.id}`, `${target.entry.type}/${id}`]]);
    target.id = id;
    target.remark = 'A resource with this business identifier of your organisation was known: it was updated, not created again.';
    for (const { entry } of targets) applyReferenceMap(entry, map, context.baseUrl);
  }
}
