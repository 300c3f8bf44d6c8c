// A row of the audit log as a FHIR AuditEvent of the profile IzpAuditEvent, in the patterns of IHE BALP.
// https://hl7.org/fhir/R4/auditevent.html https://profiles.ihe.net/ITI/BALP/
import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from '@medplum/fhirtypes';
import type { LoggedEvent } from '../access/audit-log.js';
import { ORGANIZATION_TYPE_SYSTEM, URA_SYSTEM } from '../fhir/identity.js';
import { isServedType } from '../fhir/resource-types.js';
import { UZI_ROLE } from '../izp/codes.js';
import { IZP_BASE } from '../izp/izp-codes.js';

export const AUDIT_EVENT_PROFILE = `${IZP_BASE}/StructureDefinition/izp-audit-event`;
const EMERGENCY_DOOR = `${IZP_BASE}/StructureDefinition/izp-emergency-door-use`;
const EMERGENCY_DOOR_GROUND = `${IZP_BASE}/CodeSystem/izp-emergency-door`;
const RESTFUL = 'http://hl7.org/fhir/restful-interaction';
const EVENT_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types';
const REQUEST_ID: Coding = { system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', code: 'XrequestId' };
/** What the service itself calls clients, policies and requests. */
const OWN = 'urn:izp';
/** The one type that is served and not stored. */
const LOG_TYPE = 'AuditEvent';
/** Told where the reason was written at an earlier access, in the hour the glass stays broken. */
const REASON_BEFORE = 'De reden staat bij de eerdere inzage in het uur hiervoor.';

/** FHIR's own words for what was asked; of $operations and addresses beside FHIR the service's. */
const RESTFUL_CODES: ReadonlySet<string> = new Set([
  ...['read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'history-type', 'create', 'search-type'],
  ...['transaction', 'batch', 'capabilities'],
]);

/** Events of the service itself. https://dicom.nema.org/medical/dicom/current/output/chtml/part16/chapter_D.html */
const SYSTEM_EVENTS: Record<string, Coding> = {
  token: { system: DICOM, code: '110114', display: 'User Authentication' },
  'sign-in': { system: DICOM, code: '110114', display: 'User Authentication' },
  'sign-out': { system: DICOM, code: '110114', display: 'User Authentication' },
  configuration: { system: DICOM, code: '110100', display: 'Application Activity' },
};

/** Kinds of errors that are the service's own. */
const SERIOUS: ReadonlySet<string> = new Set(['internal', 'unavailable']);

interface Details {
  entities?: string[];
  breakGlassReason?: string;
  configuration?: string;
  which?: string;
}

/** The id of an event as a resource: its own and its place in the log, which is how it is found. */
export function auditEventId({ id, seq }: Pick<LoggedEvent, 'id' | 'seq'>): string {
  return `${id}-${seq}`;
}

/** Undefined for what cannot be such an id. */
export function parseAuditEventId(text: string): { id: string; seq: string } | undefined {
  const [, id, seq] = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{1,18})$/.exec(text) ?? [];
  return id === undefined || seq === undefined ? undefined : { id, seq };
}

/** `observer` is the address of this service. Users are told only where `showUsers`. */
export function auditEventResource(event: LoggedEvent, { observer, showUsers }: { observer: string; showUsers: boolean }): AuditEvent {
  const details = (event.details ?? {}) as Details;
  const entity = entitiesOf(event, details);
  return {
    resourceType: 'AuditEvent',
    id: auditEventId(event),
    meta: { versionId: '1', lastUpdated: event.recorded.toISOString(), profile: [AUDIT_EVENT_PROFILE] },
    ...emergencyOf(event, details),
    ...typeOf(event.interaction),
    action: event.action,
    recorded: event.recorded.toISOString(),
    ...outcomeOf(event),
    ...(event.purpose === null ? {} : { purposeOfEvent: [purposeOf(event.purpose)] }),
    agent: agentsOf(event, showUsers),
    source: { observer: { identifier: { system: 'urn:ietf:rfc:3986', value: observer }, display: 'izp-record-service' } },
    ...(entity.length === 0 ? {} : { entity }),
  };
}

function typeOf(interaction: string): Pick<AuditEvent, 'type' | 'subtype'> {
  const system = SYSTEM_EVENTS[interaction];
  const own = { system: `${OWN}:interaction`, code: interaction };
  if (system) return { type: system, subtype: [own] };
  const restful = RESTFUL_CODES.has(interaction) ? interaction : interaction.startsWith('$') ? 'operation' : undefined;
  const type = { system: EVENT_TYPE, code: 'rest', display: 'RESTful Operation' };
  return { type, subtype: [...(restful ? [{ system: RESTFUL, code: restful }] : []), ...(restful === interaction ? [] : [own])] };
}

/** Denied is a minor failure, with the ground; nothing found is a success that says so. */
function outcomeOf({ outcome, reason }: LoggedEvent): Pick<AuditEvent, 'outcome' | 'outcomeDesc'> {
  if (outcome === 'success') return { outcome: '0' };
  if (outcome === 'empty') return { outcome: '0', outcomeDesc: 'empty' };
  if (outcome === 'denied') return { outcome: '4', outcomeDesc: reason === null ? 'denied' : `denied: ${reason}` };
  return { outcome: SERIOUS.has(reason ?? 'internal') ? '8' : '4', outcomeDesc: reason ?? 'error' };
}

function purposeOf(code: string) {
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code }] };
}

/** The organisation asked, or the client where none stands behind it; the client it asked with; the user where that is told. */
function agentsOf(event: LoggedEvent, showUsers: boolean): AuditEventAgent[] {
  const { organizationUra, organizationType, clientId, userId, userRole, policy, purpose } = event;
  const role = [
    ...(organizationType === null ? [] : [{ coding: [{ system: ORGANIZATION_TYPE_SYSTEM, code: organizationType }] }]),
    ...(userRole === null ? [] : [{ coding: [{ system: UZI_ROLE, code: userRole }] }]),
  ];
  const client = clientId === null ? undefined : { identifier: { system: `${OWN}:client`, value: clientId } };
  const organization = organizationUra === null ? undefined : { identifier: { system: URA_SYSTEM, value: organizationUra } };
  const asker = organization ?? client ?? { display: event.interaction === 'configuration' ? 'operator' : 'unknown' };
  return [
    {
      ...(role.length === 0 ? {} : { role }),
      who: asker,
      requestor: true,
      ...(policy === null ? {} : { policy: [`${OWN}:policy:${policy}`] }),
      ...(purpose === null ? {} : { purposeOfUse: [purposeOf(purpose)] }),
    },
    ...(organization && client
      ? [{ type: { coding: [{ system: DICOM, code: '110150', display: 'Application' }] }, who: client, requestor: false }]
      : []),
    ...(showUsers && userId !== null ? [{ who: { identifier: { system: `${OWN}:user`, value: userId } }, requestor: false }] : []),
  ];
}

/** The patient, what was touched, the consent, and the ids that other logs know the request by. Never the query. */
function entitiesOf(event: LoggedEvent, details: Details): AuditEventEntity[] {
  const { patientId, consent } = event;
  const patient = patientId === null ? undefined : `Patient/${patientId}`;
  const entities: AuditEventEntity[] = [];
  if (patient !== undefined)
    entities.push({
      what: { reference: patient },
      type: { system: ENTITY_TYPE, code: '1' },
      role: { system: ROLE, code: '1', display: 'Patient' },
    });
  for (const pointer of details.entities ?? []) {
    const [type = '', id] = pointer.split('/');
    if (pointer === patient || pointer === consent) continue;
    if (type !== LOG_TYPE && !isServedType(type)) {
      entities.push({ what: { identifier: { system: `${OWN}:entity`, value: pointer } } });
      continue;
    }
    entities.push({
      ...(id === undefined ? {} : { what: { reference: pointer } }),
      type: { system: RESOURCE_TYPES, code: type },
      role: id === undefined ? { system: ROLE, code: '24', display: 'Query' } : { system: ROLE, code: '4', display: 'Domain Resource' },
    });
  }
  if (consent !== null) {
    const what = /^[A-Z]\w+\/[\w.-]+/.test(consent)
      ? { reference: consent }
      : { identifier: { system: `${OWN}:evidence`, value: consent } };
    entities.push({ what, type: { system: RESOURCE_TYPES, code: 'Consent' } });
  }
  if (details.configuration !== undefined)
    entities.push({
      what: { identifier: { system: `${OWN}:configuration`, value: details.which ?? details.configuration } },
      name: details.configuration,
    });
  const ids = [
    ['request-id', event.requestId],
    ['correlation-id', event.correlationId],
    ['aorta-initial-request-id', event.aortaInitialRequestId],
    ['aorta-request-id', event.aortaRequestId],
  ] as const;
  for (const [name, value] of ids)
    if (value !== null) entities.push({ what: { identifier: { system: `${OWN}:${name}`, value } }, type: REQUEST_ID });
  return entities;
}

/** Only where urgent care got its answer through the door. */
function emergencyOf({ policy, outcome }: LoggedEvent, { breakGlassReason }: Details): Pick<AuditEvent, 'extension'> {
  if (outcome === 'denied' || (policy !== 'emergency' && policy !== 'break-glass')) return {};
  const code = policy === 'break-glass' ? 'break-the-glass' : 'permitted';
  const ground = { url: 'ground', valueCodeableConcept: { coding: [{ system: EMERGENCY_DOOR_GROUND, code }] } };
  const told = breakGlassReason ?? (policy === 'break-glass' ? REASON_BEFORE : undefined);
  const reason = told === undefined ? [] : [{ url: 'reason', valueString: told }];
  return { extension: [{ url: EMERGENCY_DOOR, extension: [ground, ...reason] }] };
}
