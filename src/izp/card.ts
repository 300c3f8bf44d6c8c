// The emergency card: the one answer for the critical moment, as JSON of POST /v1/emergency-card. Same record, same bytes.
import type {
  CarePlan,
  CareTeam,
  Device,
  DeviceUseStatement,
  Encounter,
  QuestionnaireResponse,
  ServiceRequest,
  SupplyDelivery,
} from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../fhir/dates.js';
import {
  type CardAdvanceDirective,
  type CardDecision,
  type CardWarning,
  cardAdvanceDirectives,
  cardDecisions,
  warningsOf,
} from './card-decisions.js';
import type { CapacityItem, CardItem } from './card-items.js';
import * as items from './card-items.js';
import * as codes from './codes.js';
import { codingsOf, conceptText, extensionsOf, filled, hasSnomed, noteText } from './concepts.js';
import { type Contact, contactsOf } from './contacts.js';
import { contradictionsOf } from './contradictions.js';
import { deathOf, isToCome } from './death.js';
import { type DecisionKind, type Decisions, decisionsOf } from './decisions.js';
import { sha256 } from './digest.js';
import { directiveKind } from './directive.js';
import { dutchDay, words } from './dutch.js';
import { formStateOf } from './form/form-state.js';
import { type FreshnessDates, newestDate } from './freshness.js';
import * as izp from './izp-codes.js';
import { hasUnknownModifier } from './modifiers.js';
import { dateOf, dayOf, newestEntryFirst } from './moments.js';
import { AGREED_FORM, acpConversations, isKit, isPzpForm, isScenario } from './parts.js';
import {
  clean,
  encounterReference,
  isRunning,
  NAME_UNKNOWN,
  nameOf,
  type People,
  type Person,
  type Phone,
  peopleOf,
  phonesOf,
  type Source,
} from './people.js';
import { rootPlan } from './plan.js';
import { currentPolicyCodes, type GoalItem, policyGoalItem } from './policy-goal.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { timeEdges } from './time-edges.js';

export interface IcdItem extends CardItem {
  present?: boolean;
  /** Since when it has been in use, as the source gives it. */
  since?: string;
  /** Decision on switching it off (all of it is in `decisions`); not-recorded when there is a device and no agreement. */
  switchOff?: DecisionKind | 'conflict';
}

export interface Scenario {
  event: string;
  recognisedBy?: string;
  relativesDo?: string;
  professionalsDo?: string;
  date: string | null;
  agreedBy: Person[];
  source: Source;
}

export interface TeamMember extends Person {
  phones: Phone[];
}

export interface EmergencyCard {
  status: 'found';
  /** Seen without a permission, until an instant: only in the answer to whoever broke the glass. */
  breakGlass?: { until: string };
  /** Instant of the plan's last change. */
  asOf: string;
  /** Version and identity of the plan, as in the ETag. */
  version: string;
  patient: { name: string; birthDate: string | null; gender?: string; deceased?: string };
  warnings: CardWarning[];
  decisions: CardDecision[];
  advanceDirectives: CardAdvanceDirective[];
  goal: GoalItem;
  preferredPlaceOfDeath: CardItem;
  capacity: CapacityItem;
  representative: Contact;
  firstContact: Contact;
  contacts: Contact[];
  icd: IcdItem;
  wishes: CardItem;
  otherInformation: CardItem;
  euthanasia: CardItem;
  organDonation: CardItem;
  informRelatives: CardItem;
  scenarios: Scenario[];
  palliativeKit: CardItem;
  careTeam: { members: TeamMember[]; phonesDayAndNight: Phone[] };
  plan: { reference: string; reviewDue: string | null; start: string | null };
  /** The last property: what is counted from today is put in when it is told (freshness.ts). */
  freshness: FreshnessDates;
}

export interface CardAnswer {
  card: EmergencyCard;
  /** `Type/id` of the directory resources whose change alters the card. */
  shown: string[];
  /** Epoch milliseconds from which the card must be computed again; absent when never. */
  expiresAt?: number;
}

/** The card of a record as kept; undefined when the patient has no active plan, which the caller answers as none-available. */
export function emergencyCard(record: PatientRecord): CardAnswer | undefined {
  const root = rootPlan(record);
  if (root === undefined) return undefined;
  const people = peopleOf(record);
  const decisions = decisionsOf(record);
  const wills = cardAdvanceDirectives(decisions, people);
  const cards = cardDecisions(decisions, wills, people);
  const contacts = contactsOf(record, people);
  const plan = root.resource as CarePlan;
  const goal = policyGoalItem(record, people);
  const observed = (code: string) => items.observationItem(record, people, code);
  const icd = icdItem(record, people, decisions);
  const contradictions = contradictionsOf({
    decisions: decisions.treatments,
    goals: currentPolicyCodes(record),
    phase: codingsOf(extensionsOf(plan, izp.IZP_PLAN_PHASE)[0]?.valueCodeableConcept)[0]?.code,
    hasIcd: icd.present === true,
  });
  const card: EmergencyCard = {
    status: 'found',
    asOf: new Date(root.lastUpdated).toISOString(),
    version: versionOf(root),
    patient: patientOf(record),
    warnings: [
      ...patientWarnings(record),
      ...warningsOf(cards, wills),
      ...contradictions.map(({ text }): CardWarning => ({ code: 'contradiction', text })),
      ...otherWarnings(goal, contacts.legalRepresentatives),
      ...formWarnings(record),
    ],
    decisions: cards,
    advanceDirectives: wills,
    goal,
    preferredPlaceOfDeath: items.preferredPlaceItem(record, people),
    capacity: items.capacityItem(record, people),
    representative: contacts.representative,
    firstContact: contacts.firstContact,
    contacts: contacts.all,
    icd,
    wishes: observed(codes.SPECIFIC_WISHES),
    otherInformation: observed(codes.OTHER_INFORMATION),
    euthanasia: observed(codes.EUTHANASIA_POSITION),
    organDonation: items.donorItem(record, people),
    informRelatives: items.informRelativesItem(record, people),
    scenarios: scenariosOf(record, people),
    palliativeKit: kitItem(record, people),
    careTeam: careTeamOf(record, people),
    plan: { reference: root.reference, reviewDue: reviewDue(plan), start: plan.period?.start ?? null },
    freshness: { agreedOn: agreedOn(record, decisions), reviewDue: reviewDue(plan) },
  };
  const expiresAt = earliest([decisions.changesAt, timeEdges(record).find((edge) => edge > record.now)]);
  return { card, shown: [...people.shown].sort(), ...(expiresAt !== undefined && { expiresAt }) };
}

/** Version and identity of the plan: a plan that takes the place of a withdrawn or deleted one counts from 1 again. */
function versionOf({ reference, version }: RecordEntry): string {
  return `${version}-${sha256(reference).slice(0, PLAN_DIGITS)}`;
}

/** Hexadecimal digits that tell a patient's plans apart. */
const PLAN_DIGITS = 8;

function patientOf(record: PatientRecord): EmergencyCard['patient'] {
  const { patient } = record;
  const death = deathOf(record);
  const gender = patient?.gender === undefined ? undefined : GENDERS[patient.gender];
  const deceased = patient?.deceasedDateTime ?? death?.on ?? (death ? 'ja' : undefined);
  return clean({ name: nameOf(patient?.name) ?? NAME_UNKNOWN, birthDate: patient?.birthDate ?? null, gender, deceased });
}

const GENDERS: Record<string, string> = { male: 'man', female: 'vrouw', other: 'anders', unknown: 'onbekend' };

function patientWarnings(record: PatientRecord): CardWarning[] {
  const { patient } = record;
  const warnings: CardWarning[] = [];
  // A day to come is shown too: it may be a slip of the pen in the year.
  if (patient?.deceasedDateTime !== undefined || deathOf(record))
    warnings.push({ code: 'deceased', text: 'Deze patiënt staat geregistreerd als overleden.' });
  if (patient?.active === false || (patient?.link ?? []).length > 0)
    warnings.push({
      code: 'other-record',
      text: 'Dit dossier is vervangen of verwijst naar een ander dossier van deze patiënt. Wat daarin is afgesproken, staat hier niet.',
    });
  if (patient && hasUnknownModifier(patient)) {
    warnings.push({
      code: 'patient-not-interpretable',
      text: 'De gegevens van de patiënt bevatten iets dat niet met zekerheid te duiden is. Controleer wie het is bij de bron.',
    });
  }
  return warnings;
}

function otherWarnings(goal: GoalItem, representatives: string[]): CardWarning[] {
  const warnings: CardWarning[] = [];
  if (goal.others !== undefined)
    warnings.push({ code: 'conflict', text: 'Doel van de behandeling: de bronnen spreken elkaar tegen. Alle staan hieronder.' });
  if (representatives.length > 1)
    warnings.push({
      code: 'several-representatives',
      text: `Er is meer dan één wettelijk vertegenwoordiger vastgelegd: ${representatives.join(', ')}.`,
    });
  return warnings;
}

/** A form that nobody made agreements of is no agreement, and may hold one: whoever reads the card must know it is there. */
function formWarnings(record: PatientRecord): CardWarning[] {
  // A mistake or a draft is no agreement, and none was made after the day it was written.
  const directives = record.entries.filter(
    ({ resource }) => resource.resourceType === 'Consent' && EVER_AGREED.has(resource.status) && directiveKind(resource) !== undefined,
  );
  const dayAgreed = (entry: RecordEntry) => [dayOf(entry), dutchDate(entry.lastUpdated)].sort()[0] as string;
  const known = directives.map(dayAgreed).sort().at(-1) ?? '';
  const forms = record.entries.filter(({ resource }) => isPzpForm(resource) && AGREED_FORM.has((resource as QuestionnaireResponse).status));
  const pending = forms.filter(({ resource }) => formStateOf(resource) !== 'extracted');
  // One that could not be read may correct what stands here, on the same day or earlier.
  const later = pending.filter((entry) => formStateOf(entry.resource) === 'unreadable' || lastDayOf(entry) > known).map(dayOf);
  if (later.length === 0) return [];
  return [
    {
      code: 'form-not-processed',
      text: `Er is een ingevuld formulier (${later.sort().map(dutchDay).join(', ')}) dat niet in deze afspraken is verwerkt. Er kan iets anders in staan: raadpleeg de bron.`,
    },
  ];
}

const EVER_AGREED: ReadonlySet<string> = new Set(['active', 'inactive']);

/** The last Dutch civil day that a date as precise as sent may mean. */
function lastDayOf(entry: RecordEntry): string {
  const day = dayOf(entry);
  const interval = intervalOf(day);
  return interval === undefined ? day : dutchDate(interval.end);
}

const IN_BODY: ReadonlySet<string> = new Set(['active', 'on-hold']);

/** The implanted defibrillator: there is one, there was one, or nothing is recorded. */
function icdItem(record: PatientRecord, people: People, decisions: Decisions): IcdItem {
  const uses = record.entries.filter(
    ({ resource }) => resource.resourceType === 'DeviceUseStatement' && resource.status !== 'entered-in-error',
  );
  const icds = uses.flatMap((entry) => {
    const use = entry.resource as DeviceUseStatement;
    const device = people.find(use.device?.reference, use) as Device | undefined;
    return device?.resourceType === 'Device' && device.status !== 'entered-in-error' && hasSnomed(device.type, codes.ICD_PRODUCTS)
      ? [{ entry, use, device }]
      : [];
  });
  const running = (use: DeviceUseStatement) => IN_BODY.has(use.status) && isRunning(use.timingPeriod, record.now);
  const foreseen = (use: DeviceUseStatement) =>
    use.status === 'intended' || (IN_BODY.has(use.status) && isToCome(use.timingPeriod?.start, record.now));
  const rank = (use: DeviceUseStatement) => (running(use) ? 0 : foreseen(use) ? 1 : 2);
  const [icd] = icds.sort((a, b) => rank(a.use) - rank(b.use) || newestEntryFirst(a.entry, b.entry));
  if (!icd) return items.NOT_RECORDED;
  const { entry, use, device } = icd;
  if (hasUnknownModifier(use) || hasUnknownModifier(device)) {
    return items.itemOf(entry, people, {
      status: 'cannot-interpret',
      text: 'Er is een ICD vermeld die niet met zekerheid te duiden is. Raadpleeg de bron.',
    });
  }
  const isIntended = foreseen(use);
  const present = running(use);
  const coding = codingsOf(device.type).find((c) => codes.ICD_PRODUCTS.has(c.code ?? ''));
  const product = words(device.type) ?? 'ICD';
  const switchOff = decisions.treatments.find((d) => d.treatment.key === codes.ICD_SWITCH_OFF);
  const conversation = people.find(encounterReference(use), use) as Encounter | undefined;
  const since = use.timingPeriod?.start ?? use.timingDateTime;
  return {
    ...(since !== undefined && { since }),
    ...items.itemOf(entry, people, {
      status: 'recorded',
      value: clean({ system: coding?.system, code: coding?.code, display: product }),
      text: present
        ? `De patiënt heeft een ICD${product === 'ICD' ? '' : ` (${product})`}`
        : isIntended
          ? 'Een ICD was voorgenomen; of de patiënt die heeft, is niet vastgelegd'
          : 'De ICD is niet meer in gebruik',
      note: noteText(use.note),
    }),
    date: use.recordedOn ?? conversation?.period?.start ?? null,
    ...(!isIntended && { present }),
    switchOff: switchOff?.conflict ? 'conflict' : (switchOff?.decision ?? 'not-recorded'),
  };
}

function scenariosOf(record: PatientRecord, people: People): Scenario[] {
  const requests = record.entries.filter(({ resource }) => isScenario(resource)).sort(newestEntryFirst);
  return requests.map((entry) => {
    const request = entry.resource as ServiceRequest;
    const event = words(request.code) ?? 'Situatie niet vermeld';
    const facts = { date: dateOf(request) ?? null, agreedBy: people.agreedBy(request), source: people.sourceOf(entry) };
    if (hasUnknownModifier(request)) return { event, professionalsDo: items.CANNOT_INTERPRET, ...facts };
    return clean({
      event,
      recognisedBy: conceptText(request.asNeededCodeableConcept),
      relativesDo: filled(request.patientInstruction),
      professionalsDo: noteText(request.note),
      ...facts,
    });
  });
}

const KIT_IN_HOUSE: Record<string, string> = {
  requested: 'Aangevraagd, nog niet in huis',
  placed: 'In huis, verzegeld',
  opened: 'In huis, geopend: inhoud niet meer zeker',
  returned: 'Niet meer in huis',
};

function kitItem(record: PatientRecord, people: People): CardItem {
  const [entry] = record.entries
    .filter(({ resource }) => isKit(resource) && (resource as SupplyDelivery).status !== 'entered-in-error')
    .sort(newestEntryFirst);
  if (!entry) return items.NOT_RECORDED;
  const kit = entry.resource as SupplyDelivery;
  if (hasUnknownModifier(kit))
    return items.itemOf(entry, people, { status: 'cannot-interpret', text: 'Niet met zekerheid te duiden. Raadpleeg de bron.' });
  const [state] = codingsOf(extensionsOf(kit, izp.IZP_KIT_STATE)[0]?.valueCodeableConcept);
  const place = filled(extensionsOf(kit, izp.IZP_KIT_PLACE)[0]?.valueString);
  const text = KIT_IN_HOUSE[state?.code ?? ''] ?? 'Vastgelegd, toestand niet vermeld';
  return items.itemOf(
    entry,
    people,
    clean({ status: 'recorded' as const, text, note: place === undefined ? undefined : `Plaats: ${place}` }),
  );
}

function careTeamOf(record: PatientRecord, people: People): EmergencyCard['careTeam'] {
  const teams = record.entries
    .filter(({ resource }) => resource.resourceType === 'CareTeam' && resource.status === 'active')
    .sort(newestEntryFirst);
  const members = teams.flatMap(({ resource }) =>
    ((resource as CareTeam).participant ?? []).flatMap((participant) => {
      if (
        !participant.member ||
        !isRunning(participant.period, record.now) ||
        participant.member.reference === `Patient/${record.patientId}`
      )
        return [];
      const person = people.personOf(participant.member, resource);
      const role =
        participant.role
          ?.map((concept) => words(concept))
          .filter(Boolean)
          .join(', ') || person.role;
      const found = people.find(participant.member.reference, resource) as { telecom?: Parameters<typeof phonesOf>[0] } | undefined;
      return [clean({ ...person, role, phones: phonesOf(found?.telecom, record.now) })];
    }),
  );
  return { members, phonesDayAndNight: teams.flatMap(({ resource }) => phonesOf((resource as CareTeam).telecom, record.now)) };
}

/** When the patient was last asked: the newest decision, will or conversation. */
function agreedOn(record: PatientRecord, decisions: Decisions): string | null {
  const said = [...decisions.treatments, ...decisions.advanceDirectives].map(({ date }) => date);
  const conversations = [...acpConversations(record).values()].map(({ resource }) => dateOf(resource));
  return newestDate([...said, ...conversations], record.now);
}

function reviewDue(plan: CarePlan): string | null {
  return extensionsOf(plan, izp.IZP_REVIEW_DATE)[0]?.valueDate ?? null;
}

function earliest(moments: (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
