// A sender that posts again what it posted before means the same resource: its own business identifier says so.
// An identifier that another resource holds is refused here, where the entry is known; the store would refuse it without its place.
import type { Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { hasAuthorIdentifiers } from '../access/writer.js';
import { FhirError } from '../fhir/errors.js';
import { identifiersOf } from '../search/index-values.js';
import { redirectReferences } from './bundle-references.js';
import { deletedIn, type Target } from './write-target.js';

/** A create whose author-assigned business identifier is known already is a repeat: it updates that resource. */
export async function meetKnownIdentifiers(session: Session, targets: Target[]): Promise<void> {
  const written = targets.filter(
    ({ entry, found, sameAs }) => !found && sameAs === undefined && entry.resource && (entry.verb === 'create' || entry.verb === 'update'),
  );
  const wanted = written.flatMap(namesOf);
  if (wanted.length === 0) return;
  const known = await session.ownIdentifiers(wanted);
  const deleted = deletedIn(targets);
  const changed = new Set(targets.filter(({ entry }) => entry.verb !== 'create').map(({ entry, id }) => `${entry.type}/${id}`));
  for (const target of written) {
    const { type } = target.entry;
    const holders = namesOf(target).flatMap(({ system, value }) => known.get(`${type}|${system}|${value}`) ?? []);
    const others = new Set(holders.filter((id) => id !== target.id && !deleted.has(`${type}/${id}`)));
    const [other] = others;
    if (other === undefined) continue;
    // That somebody has this number is for those who may know the patient.
    if (type === 'Patient') await session.requireRecord(other);
    if (target.entry.verb === 'create' && hasAuthorIdentifiers(type)) {
      if (others.size > 1) throw taken(target, 'The business identifiers belong to different resources that your organisation recorded.');
      redirect(targets, target, other);
      // A resource of this set may be giving its identifier up: the store knows when all are written.
    } else if (!changed.has(`${type}/${other}`)) throw taken(target, `Another ${type} already has one of these identifiers.`);
  }
  refuseSharing(written);
}

function redirect(targets: Target[], target: Target, id: string): void {
  // References within this transaction already point to the id it would have had.
  redirectReferences(
    targets.map(({ entry }) => entry),
    `${target.entry.type}/${target.id}`,
    `${target.entry.type}/${id}`,
  );
  target.id = id;
  target.isRepeat = true;
  target.remark = 'A resource with this business identifier of your organisation was known: it was updated, not created again.';
}

/** Two resources of one set cannot both hold an identifier. */
function refuseSharing(written: Target[]): void {
  const holders = new Map<string, string>();
  for (const target of written) {
    for (const { type, system, value } of namesOf(target)) {
      const key = `${type}|${system}|${value}`;
      const other = holders.get(key);
      if (other !== undefined && other !== target.id)
        throw taken(target, `Two entries give the same identifier to different ${type} resources.`);
      holders.set(key, target.id);
    }
  }
}

function namesOf({ entry }: Target): { type: string; system: string; value: string }[] {
  return identifiersOf(entry.resource as Resource).map((identifier) => ({ type: entry.type, ...identifier }));
}

function taken({ entry }: Target, text: string): FhirError {
  return new FhirError('duplicate', text, { expression: `${entry.at === '' ? '' : `${entry.at}.resource.`}${entry.type}.identifier` });
}
