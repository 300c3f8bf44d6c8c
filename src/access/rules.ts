// What a patient's record says about who may see it: the care team, permissions and objections, representatives. Pure.
// https://hl7.org/fhir/R4/consent.html and https://hl7.org/fhir/R4/careteam.html
import type { CareTeam, Consent, Identifier, Period, Reference, RelatedPerson, Resource } from '@medplum/fhirtypes';
import { intervalOf } from '../fhir/dates.js';
import { ORGANIZATION_TYPE_SYSTEM, URA_SYSTEM } from '../fhir/identity.js';
import { withoutVersion } from '../fhir/references.js';
import type { PatientRecord } from './record.js';

export type Ground = 'holder' | 'team' | 'permission' | 'representative';

/** One sentence of a record about who may see it. */
export interface AccessRule {
  ground: Ground;
  effect: 'permit' | 'deny';
  /** `ura:90000001`, `type:AMB`, `any`, or `person:RelatedPerson/id`. */
  party: string;
  /** v3-ActReason codes; null for every purpose. */
  purposes: string[] | null;
  /** Epoch milliseconds: from then on, and until before then. */
  from: number;
  until: number;
  /** `Type/id` of what it rests on. */
  source: string;
}

const ROLE_SYSTEM = 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472';
const LEGAL_REPRESENTATIVE = '24';
const PRIVACY_SCOPE = 'patient-privacy';
const LOINC = 'http://loinc.org';
const SHARING_CATEGORY = '59284-0';
/** Purposes of care an objection may be limited to (v3-ActReason). */
const KNOWN_PURPOSES: ReadonlySet<string> = new Set(['TREAT', 'ETREAT']);
/** What narrows a permission in a way that is not judged here: read past, it would open more than the patient said. */
const NARROWING = ['action', 'securityLabel', 'class', 'code', 'dataPeriod', 'data', 'provision'] as const;

/** Every rule of the record but who holds it, in a stable order. */
export function rulesOf(record: Pick<PatientRecord, 'entries' | 'directory'>): AccessRule[] {
  return record.entries.flatMap(({ resource, reference }) => {
    if (resource.resourceType === 'CareTeam') return teamRules(resource, reference, record.directory);
    if (resource.resourceType === 'Consent') return permissionRules(resource, reference);
    if (resource.resourceType === 'RelatedPerson') return representativeRules(resource, reference);
    return [];
  });
}

/** True for resources that decide who may see the record: not everybody who sees it may write them. */
export function decidesAccess(resource: Resource): boolean {
  if (resource.resourceType === 'Consent') return isPrivacyConsent(resource);
  return resource.resourceType === 'CareTeam' || resource.resourceType === 'Patient' || resource.resourceType === 'RelatedPerson';
}

/** Permission to share or objection; never a treatment directive. */
export function isPrivacyConsent(resource: Resource): resource is Consent {
  return resource.resourceType === 'Consent' && (resource.scope?.coding ?? []).some(({ code }) => code === PRIVACY_SCOPE);
}

function teamRules(team: CareTeam, source: string, directory: ReadonlyMap<string, Resource>): AccessRule[] {
  if (team.status !== undefined && team.status !== 'active') return [];
  const uras = (team.participant ?? []).flatMap((one) =>
    [one.member, one.onBehalfOf].flatMap((member) => urasOf(member, directory).map((ura) => ({ ura, period: one.period }))),
  );
  const managing = (team.managingOrganization ?? []).flatMap((member) =>
    urasOf(member, directory).map((ura) => ({ ura, period: undefined })),
  );
  return [...uras, ...managing].map(({ ura, period }) => ({
    ground: 'team',
    effect: 'permit',
    party: `ura:${ura}`,
    purposes: null,
    ...within(team.period, period),
    source,
  }));
}

/** The organisations a member stands for: itself, or the one it works for. */
function urasOf(member: Reference | undefined, directory: ReadonlyMap<string, Resource>, depth = 0): string[] {
  const named = uraOf(member?.identifier ? [member.identifier] : []);
  if (named !== undefined) return [named];
  const resource = member?.reference === undefined ? undefined : directory.get(withoutVersion(member.reference));
  if (resource?.resourceType === 'Organization') return [uraOf(resource.identifier ?? [])].flatMap((ura) => ura ?? []);
  if (resource?.resourceType === 'PractitionerRole' && depth === 0 && resource.active !== false)
    return urasOf(resource.organization, directory, 1);
  return [];
}

/** The URA among identifiers. */
export function uraOf(identifiers: Identifier[]): string | undefined {
  return identifiers.find(({ system, value }) => system === URA_SYSTEM && value !== undefined)?.value;
}

function permissionRules(consent: Consent, source: string): AccessRule[] {
  if (!isPrivacyConsent(consent) || consent.status !== 'active') return [];
  const { provision } = consent;
  const isOptOut = (consent.policyRule?.coding ?? []).some(({ code }) => code === 'OPTOUT');
  const effect = provision?.type ?? (isOptOut ? 'deny' : 'permit');
  // Who objects is heard however it is written down; what opens must be exactly what it is taken for.
  if (effect === 'permit' && !isPlainPermission(consent)) return [];
  const base = { ground: 'permission' as const, effect, purposes: purposesOf(consent, effect), ...within(provision?.period), source };
  const actors = provision?.actor ?? [];
  const parties = actors.map(({ reference }) => partyOf(reference?.identifier));
  // An objection to somebody who cannot be told from others holds for everybody.
  if (effect === 'deny') {
    const unknown = parties.some((party) => party === undefined) || hasModifier(consent);
    return [...new Set(actors.length === 0 || unknown ? ['any'] : (parties as string[]))].map((party) => ({ ...base, party }));
  }
  return [...new Set(actors.length === 0 ? ['any'] : parties.flatMap((party) => party ?? []))].map((party) => ({ ...base, party }));
}

function isPlainPermission(consent: Consent): boolean {
  const isSharing = (consent.category ?? []).some((concept) =>
    (concept.coding ?? []).some(({ system, code }) => system === LOINC && code === SHARING_CATEGORY),
  );
  const isOptIn = (consent.policyRule?.coding ?? []).some(({ code }) => code === 'OPTIN');
  const { provision } = consent;
  return isSharing && isOptIn && !hasModifier(consent) && !NARROWING.some((name) => provision?.[name] !== undefined);
}

function hasModifier(consent: Consent): boolean {
  const parts = [consent, consent.provision, ...(consent.provision?.actor ?? [])];
  return parts.some((part) => (part?.modifierExtension ?? []).length > 0);
}

function partyOf(identifier: Identifier | undefined): string | undefined {
  if (!identifier?.value) return undefined;
  if (identifier.system === URA_SYSTEM) return `ura:${identifier.value}`;
  return identifier.system === ORGANIZATION_TYPE_SYSTEM ? `type:${identifier.value.toUpperCase()}` : undefined;
}

/** An objection for a purpose that is not known here holds for every purpose; a permission for one opens nothing more than it. */
function purposesOf({ provision }: Consent, effect: 'permit' | 'deny'): string[] | null {
  const purposes = provision?.purpose ?? [];
  const codes = purposes.map(({ code }) => code ?? '');
  if (codes.length === 0 || (effect === 'deny' && !codes.every((code) => KNOWN_PURPOSES.has(code)))) return null;
  return [...new Set(codes)];
}

function representativeRules(person: RelatedPerson, source: string): AccessRule[] {
  const isLegal = (person.relationship ?? []).some((concept) =>
    (concept.coding ?? []).some(({ system, code }) => system === ROLE_SYSTEM && code === LEGAL_REPRESENTATIVE),
  );
  if (!isLegal || person.active === false) return [];
  return [{ ground: 'representative', effect: 'permit', party: `person:${source}`, purposes: null, ...within(person.period), source }];
}

/** The time in which all periods hold. A date that cannot be read opens nothing. */
function within(...periods: (Period | undefined)[]): { from: number; until: number } {
  let [from, until] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const period of periods) {
    if (period?.start !== undefined) from = Math.max(from, intervalOf(period.start)?.start ?? Number.POSITIVE_INFINITY);
    if (period?.end !== undefined) until = Math.min(until, (intervalOf(period.end)?.end ?? Number.NEGATIVE_INFINITY) + 1);
  }
  return { from, until };
}
