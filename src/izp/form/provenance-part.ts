// From which form, and by whom, the resources of a record were made.
// https://hl7.org/fhir/R4/provenance.html
import type { Provenance, QuestionnaireResponse } from '@medplum/fhirtypes';
import { URA_SYSTEM } from '../../fhir/identity.js';
import { sourceReference } from './form-key.js';
import { concept, type Making, type Part, pruned, type To } from './parts.js';

export const PROVENANCE_PART = 'provenance';

/** Who stands behind a form. */
export interface Origin {
  professional?: To;
  /** The organisation whose client sends it. */
  sender?: { ura: string; name: string };
  /** Epoch milliseconds. */
  now: number;
}

export function provenancePart(
  response: QuestionnaireResponse,
  { referenceTo, day, key }: Pick<Making, 'referenceTo' | 'day' | 'key'>,
  made: Part[],
  { professional, sender, now }: Origin,
): Part {
  const agentOf = (code: string, who: To) => ({ type: concept({ system: AGENT_TYPE, code }), who });
  const agents = [
    ...(professional ? [agentOf('author', professional)] : []),
    ...(sender ? [agentOf('enterer', organizationOf(sender))] : []),
  ];
  const resource: Provenance = {
    resourceType: 'Provenance',
    target: made
      .filter(({ resource }) => !DIRECTORY.has(resource.resourceType))
      .map(({ part, resource }) => ({ reference: referenceTo(resource.resourceType, part) })),
    occurredDateTime: day,
    recorded: new Date(now).toISOString(),
    activity: concept({ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'CREATE' }),
    agent: agents.length > 0 ? agents : [{ who: { display: 'unknown' } }],
    entity: [{ role: 'source', what: sourceReference(response, key) }],
  };
  return { part: PROVENANCE_PART, resource: pruned(resource) };
}

/** An organisation by its URA. */
export function organizationOf({ ura, name }: { ura: string; name: string }): To {
  return { ...(name !== '' && { display: name }), identifier: { system: URA_SYSTEM, value: ura } };
}

const AGENT_TYPE = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';
const DIRECTORY: ReadonlySet<string> = new Set(['Practitioner', 'PractitionerRole']);
