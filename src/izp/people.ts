// Names, roles and telephone numbers of the people and organisations behind what is recorded.
import type {
  Consent,
  ContactPoint,
  Encounter,
  HumanName,
  Identifier,
  Practitioner,
  PractitionerRole,
  Reference,
  RelatedPerson,
  Resource,
} from '@medplum/fhirtypes';
import { intervalOf } from '../fhir/dates.js';
import { canonicalSystem, URA_SYSTEM } from '../fhir/identity.js';
import { parseReference, withoutVersion } from '../fhir/references.js';
import * as codes from './codes.js';
import { extensionsOf, filled, hasCode } from './concepts.js';
import { words } from './dutch.js';
import type { PatientRecord, RecordEntry } from './record.js';

export interface Person {
  name: string;
  /** Dutch: patient, huisarts, broer … */
  role?: string;
  organization?: string;
  /** Whether the reference was found; a name alone comes from the display of the reference. */
  kind: 'patient' | 'related' | 'professional' | 'other';
}

export interface Phone {
  /** As written by the source. */
  number: string;
  use?: string;
}

export interface Source {
  /** `Type/id` of the resource that says it. */
  reference: string;
  organization: string | null;
}

/** Looks people up and remembers which directory resources were shown. */
export interface People {
  personOf(reference: Reference, container?: Resource): Person;
  /** Who agreed: named by the resource itself, else by the conversation it came from. */
  agreedBy(resource: Resource): Person[];
  sourceOf(entry: RecordEntry): Source;
  /** A resource of the record or the directory, or one contained in `container`. */
  find(reference: string | undefined, container?: Resource): Resource | undefined;
  /** `Type/id` of the directory resources looked at so far. */
  shown: Set<string>;
}

export const NAME_UNKNOWN = 'Naam onbekend';

export function peopleOf(record: PatientRecord): People {
  const byReference = new Map(record.entries.map((entry) => [entry.reference, entry.resource]));
  const shown = new Set<string>();

  const find = (reference: string | undefined, container?: Resource): Resource | undefined => {
    if (reference === undefined) return undefined;
    if (reference.startsWith('#'))
      return (container as { contained?: Resource[] } | undefined)?.contained?.find((r) => r.id === reference.slice(1));
    const name = withoutVersion(reference);
    if (name === `Patient/${record.patientId}`) return record.patient;
    const own = byReference.get(name);
    if (own) return own;
    const listed = record.directory.get(name);
    if (listed) shown.add(name);
    return listed;
  };

  const personOf = (reference: Reference, container?: Resource): Person => {
    const found = find(reference.reference, container);
    const display = filled(reference.display) ?? numberWords(reference.identifier);
    const type = found?.resourceType ?? typeNamed(reference);
    if (isThePatient(reference)) return { name: nameOf(record.patient?.name) ?? display ?? NAME_UNKNOWN, role: 'patiënt', kind: 'patient' };
    switch (found?.resourceType) {
      case 'RelatedPerson':
        return { name: nameOf(found.name) ?? display ?? NAME_UNKNOWN, role: relationshipWords(found), kind: 'related' };
      case 'Practitioner':
        return { name: nameOf(found.name) ?? display ?? NAME_UNKNOWN, role: qualification(found), kind: 'professional' };
      case 'PractitionerRole':
        return roleHolder(found, display, reference.reference?.startsWith('#') ? container : undefined);
      case 'Organization':
        return { name: filled(found.name) ?? display ?? NAME_UNKNOWN, kind: 'other' };
      case 'CareTeam':
        return { name: filled(found.name) ?? display ?? 'Zorgteam', kind: 'other' };
      default:
        return {
          name: display ?? NAME_UNKNOWN,
          kind: type === 'RelatedPerson' ? 'related' : type?.startsWith('Practitioner') ? 'professional' : 'other',
        };
    }
  };

  /** True for this patient alone, by id or by an identifier of theirs: another patient who agreed is somebody else. */
  const isThePatient = ({ reference, identifier, type }: Reference): boolean => {
    if (reference !== undefined) return withoutVersion(reference) === `Patient/${record.patientId}`;
    if (type !== undefined && type !== 'Patient') return false;
    const said = identifier?.system === undefined || identifier.value === undefined ? undefined : identifier;
    const own = (record.patient?.identifier ?? []).filter((one) => one.system !== undefined && one.value === said?.value);
    return said !== undefined && own.some((one) => canonicalSystem(one.system as string) === canonicalSystem(said.system as string));
  };

  /** `outer` is the resource that contains the role, and with it whom the role refers to. */
  const roleHolder = (role: PractitionerRole, display: string | undefined, outer: Resource | undefined): Person => {
    const practitioner = find(role.practitioner?.reference, outer ?? role);
    const organization = find(role.organization?.reference, outer ?? role);
    return clean({
      name: nameOf((practitioner as Practitioner | undefined)?.name) ?? filled(role.practitioner?.display) ?? display ?? NAME_UNKNOWN,
      role:
        wordsOfAll([...(role.code ?? []), ...(role.specialty ?? [])]) ??
        (practitioner ? qualification(practitioner as Practitioner) : undefined),
      organization: organization?.resourceType === 'Organization' ? filled(organization.name) : filled(role.organization?.display),
      kind: 'professional',
    });
  };

  const agreedBy = (resource: Resource): Person[] => {
    const own = partiesOf(resource);
    const encounter = own.length > 0 ? undefined : (find(encounterReference(resource), resource) as Encounter | undefined);
    const parties = own.length > 0 ? own : (encounter?.participant ?? []).flatMap((p) => p.individual ?? []);
    const persons = parties.map((reference) => clean(personOf(reference, own.length > 0 ? resource : encounter)));
    return persons.filter((p, i) => persons.findIndex((q) => q.name === p.name && q.role === p.role) === i);
  };

  const sourceOf = (entry: RecordEntry): Source => ({
    reference: entry.reference,
    organization: filled(entry.author?.name) ?? organizationNamed(entry.resource) ?? (entry.author ? `URA ${entry.author.ura}` : null),
  });

  const organizationNamed = (resource: Resource): string | undefined => {
    const references = resource.resourceType === 'Consent' ? (resource.organization ?? []) : [];
    const names = references.map((reference) => personOf(reference, resource).name).filter((name) => name !== NAME_UNKNOWN);
    if (names.length > 0) return names.join(', ');
    return agreedBy(resource).find((person) => person.organization !== undefined)?.organization;
  };

  return { personOf, agreedBy, sourceOf, find, shown };
}

const ABSOLUTE = /\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}$/;

/** The type a reference names, an absolute one included. */
function typeNamed({ reference = '', type }: Reference): string | undefined {
  const text = withoutVersion(reference);
  return parseReference(text)?.type ?? ABSOLUTE.exec(text)?.[1] ?? type;
}

/** Public numbers by which professionals and organisations are found; any other identifier may be a citizen's and is never shown. */
const NUMBERS: Record<string, string> = {
  [URA_SYSTEM]: 'URA',
  'http://fhir.nl/fhir/NamingSystem/agb-z': 'AGB-code',
  'http://fhir.nl/fhir/NamingSystem/uzi-nr-pers': 'UZI-nummer',
  'http://fhir.nl/fhir/NamingSystem/big': 'BIG-nummer',
};

function numberWords(identifier: Identifier | undefined): string | undefined {
  const name = NUMBERS[identifier?.system ?? ''];
  const value = filled(identifier?.value);
  return name === undefined || value === undefined ? undefined : `${name} ${value}`;
}

/** Those who made an agreement, as the resource itself names them. */
function partiesOf(resource: Resource): Reference[] {
  switch (resource.resourceType) {
    case 'Consent':
      return consentParties(resource);
    case 'Observation':
      return resource.performer ?? [];
    case 'Goal':
      return resource.expressedBy ? [resource.expressedBy] : [];
    case 'Communication':
      return resource.sender ? [resource.sender] : [];
    case 'CommunicationRequest':
      return [resource.requester ?? resource.sender ?? []].flat();
    case 'ServiceRequest':
    case 'MedicationRequest':
      return resource.requester ? [resource.requester] : [];
    case 'DeviceUseStatement':
      return resource.source ? [resource.source] : [];
    default:
      return [];
  }
}

function consentParties(consent: Consent): Reference[] {
  const actors = consent.provision?.actor ?? [];
  const parties = actors.filter((actor) => hasCode(actor.role, codes.ROLE_CODE, 'CONSENTER'));
  const named = parties.flatMap((actor) => (actor.reference ? [actor.reference as Reference] : []));
  return named.length > 0 ? named : (consent.performer ?? []);
}

/** The conversation a resource came from. */
export function encounterReference(resource: Resource): string | undefined {
  const direct = (resource as { encounter?: Reference }).encounter?.reference;
  return direct ?? extensionsOf(resource as Consent, codes.ENCOUNTER_EXTENSION)[0]?.valueReference?.reference;
}

/** The name to show: the official one, else the usual one, else any that is not outdated. */
export function nameOf(names: HumanName[] | undefined): string | undefined {
  const list = (names ?? []).filter((name) => name.use !== 'old');
  const ranked = ['official', 'usual'].flatMap((use) => list.filter((name) => name.use === use));
  return [...ranked, ...list]
    .map((name) => filled(name.text) ?? filled([...(name.given ?? []), name.family].filter(Boolean).join(' ')))
    .find(Boolean);
}

/** Telephone numbers in use at `now`, in the order of the source. */
export function phonesOf(telecom: ContactPoint[] | undefined, now: number): Phone[] {
  const usable = (telecom ?? []).filter(
    (t) => (t.system === 'phone' || t.system === 'sms') && filled(t.value) && t.use !== 'old' && isRunning(t.period, now),
  );
  const ranked = usable.map((point, i) => ({ point, rank: Number(point.rank ?? RANK_WHEN_NONE + i) })).sort((a, b) => a.rank - b.rank);
  return ranked.map(({ point }) =>
    clean({
      number: (point.value as string).replace(/^\s*tel:/i, '').trim(),
      use: point.use === undefined ? undefined : PHONE_USE[point.use],
    }),
  );
}

const RANK_WHEN_NONE = 1000;
const PHONE_USE: Record<string, string> = { home: 'thuis', work: 'werk', mobile: 'mobiel', temp: 'tijdelijk' };

/** True while a period has begun and not ended, open ends included. */
export function isRunning(period: { start?: string; end?: string } | undefined, now: number): boolean {
  const start = period?.start === undefined ? undefined : intervalOf(period.start);
  const end = period?.end === undefined ? undefined : intervalOf(period.end);
  return (start === undefined || start.start <= now) && (end === undefined || end.end >= now);
}

/** Dutch words for how a contact person relates to the patient: family first, then roles. */
export function relationshipWords(person: Pick<RelatedPerson, 'relationship'>): string | undefined {
  const family = (person.relationship ?? []).filter((r) => r.coding?.some((c) => c.system === codes.ROLE_CODE));
  const roles = (person.relationship ?? []).filter((r) => !family.includes(r));
  return wordsOfAll([...family, ...roles]);
}

function wordsOfAll(concepts: Parameters<typeof words>[0][]): string | undefined {
  const all = concepts.map((concept) => words(concept)).filter((word) => word !== undefined);
  return all.length > 0 ? [...new Set(all)].join(', ') : undefined;
}

function qualification(practitioner: Practitioner): string | undefined {
  return wordsOfAll((practitioner.qualification ?? []).map((q) => q.code));
}

/** The same without properties that are undefined, so that equal records give equal bytes. */
export function clean<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
