// What the whole plan tells beyond the card: medication, kit, goals in four dimensions, letters, marking, agreement, sharing.
// Each part in sentences that can be read aloud, with the resources they rest on; what cannot be interpreted is said to be so.
import type { CarePlan, DocumentReference, Flag, Goal } from '@medplum/fhirtypes';
import { CANNOT_INTERPRET, conceptAnswer, itemOf } from './card-items.js';
import * as codes from './codes.js';
import { extensionsOf, filled, hasCode, hasSnomed, noteText } from './concepts.js';
import { kitPart, medicationPart } from './document-medication.js';
import { current, type DocumentPart, factsOf, part, sentences } from './document-sentences.js';
import { sharingPart } from './document-sharing.js';
import { dutchDay, words } from './dutch.js';
import * as izp from './izp-codes.js';
import { hasUnknownModifier } from './modifiers.js';
import { dateOf } from './moments.js';
import { isCurrentLetter, isMarking } from './parts.js';
import type { People } from './people.js';
import { CURRENT_GOAL, isPreferredPlaceGoal } from './preferred-place.js';
import type { PatientRecord, RecordEntry } from './record.js';
import { itemSentence } from './summary.js';
import { personWords } from './wording.js';

/** The parts in the order in which they are shown. Every one is there, so that what nobody recorded is seen to be missing. */
export function documentParts(record: PatientRecord, plan: RecordEntry, people: People): DocumentPart[] {
  return [
    medicationPart(record, people),
    kitPart(record, people),
    placeOfCarePart(record, people),
    dimensionsPart(record, people),
    lettersPart(record, people),
    situationPart(record, plan, people),
    agreementPart(plan, people),
    sharingPart(record, people),
  ];
}

const isPlaceOfCare = (goal: Goal) =>
  (goal.target ?? []).some(({ measure }) => hasCode(measure, izp.IZP_MEASURE, izp.IZP_PREFERRED_PLACE_OF_CARE));

function currentGoals(record: PatientRecord, wanted: (goal: Goal) => boolean): RecordEntry[] {
  return current(
    record,
    ({ resource }) => resource.resourceType === 'Goal' && CURRENT_GOAL.has(resource.lifecycleStatus) && wanted(resource),
  );
}

function placeOfCarePart(record: PatientRecord, people: People): DocumentPart {
  const goals = currentGoals(record, isPlaceOfCare);
  const told = goals.map((entry) => {
    const goal = entry.resource as Goal;
    const target = goal.target?.find(({ measure }) => hasCode(measure, izp.IZP_MEASURE, izp.IZP_PREFERRED_PLACE_OF_CARE));
    const answer = hasUnknownModifier(goal)
      ? { status: 'cannot-interpret' as const, text: CANNOT_INTERPRET }
      : conceptAnswer(target?.detailCodeableConcept ?? {});
    return itemSentence('Voorkeursplek van zorg', itemOf(entry, people, { ...answer, note: noteText(goal.note) }));
  });
  const title = 'Voorkeursplek van zorg';
  return part(
    'places',
    title,
    told,
    goals.map(({ reference }) => reference),
    'Voorkeursplek van zorg: niet vastgelegd.',
  );
}

const GOAL_STATUS: Record<string, string> = {
  proposed: 'voorgesteld, nog niet afgesproken',
  planned: 'gepland',
  'on-hold': 'opgeschort',
};

const DIMENSIONS = ['physical', 'psychological', 'social', 'spiritual'] as const;

function dimensionsPart(record: PatientRecord, people: People): DocumentPart {
  const isPolicy = (goal: Goal) => hasSnomed(goal.description, codes.MEDICAL_POLICY_GOALS) || hasSnomed(goal.category, codes.ACP_PROCEDURE);
  const goals = currentGoals(record, (goal) => !isPolicy(goal) && !isPreferredPlaceGoal(goal) && !isPlaceOfCare(goal));
  const inDimension = (dimension: string) =>
    goals.filter(({ resource }) => hasCode((resource as Goal).category, izp.IZP_DIMENSION, dimension));
  const told = DIMENSIONS.flatMap((dimension) => {
    const name = words({ coding: [{ system: izp.IZP_DIMENSION, code: dimension }] }) as string;
    const found = inDimension(dimension);
    return found.length === 0 ? [`${name}: niets vastgelegd.`] : found.map((entry) => goalWords(name, entry, people));
  });
  const named = new Set(DIMENSIONS.flatMap(inDimension));
  const others = goals.filter((entry) => !named.has(entry)).map((entry) => goalWords('Ander doel', entry, people));
  return part(
    'dimensions',
    'Wat belangrijk is',
    [...told, ...others],
    goals.map(({ reference }) => reference),
    '',
  );
}

function goalWords(name: string, entry: RecordEntry, people: People): string {
  const goal = entry.resource as Goal;
  if (hasUnknownModifier(goal)) return sentences([`${name}: ${CANNOT_INTERPRET.toLowerCase()}`, factsOf(entry, people)]);
  const status = GOAL_STATUS[goal.lifecycleStatus];
  return sentences([
    `${name}: ${words(goal.description) ?? 'niet omschreven'}${status === undefined ? '' : ` (${status})`}`,
    noteText(goal.note),
    factsOf(entry, people),
  ]);
}

const MEDIA: Record<string, string> = { 'application/pdf': 'PDF', 'image/jpeg': 'foto', 'image/png': 'afbeelding', 'text/plain': 'tekst' };

function lettersPart(record: PatientRecord, people: People): DocumentPart {
  const letters = current(record, ({ resource }) => isCurrentLetter(resource));
  const told = letters.map((entry) => {
    const letter = entry.resource as DocumentReference;
    const attachment = letter.content?.[0]?.attachment;
    const media = MEDIA[attachment?.contentType ?? ''] ?? attachment?.contentType ?? 'soort niet vermeld';
    return sentences([
      `${filled(attachment?.title) ?? filled(letter.description) ?? 'Wensenbrief'} (${media})`,
      letter.docStatus === 'preliminary'
        ? 'Voorgesteld door de patiënt, nog niet ondertekend'
        : letter.docStatus === 'final' && 'Ondertekend',
      `Gedateerd ${dutchDay(dateOf(letter))}`,
      `De brief zelf staat in het plan onder ${entry.reference}`,
      `Bron: ${people.sourceOf(entry).organization ?? 'organisatie onbekend'}`,
    ]);
  });
  return part(
    'letters',
    'Wensenbrieven',
    told,
    letters.map(({ reference }) => reference),
    'Geen wensenbrief vastgelegd.',
  );
}

function situationPart(record: PatientRecord, { resource, reference }: RecordEntry, people: People): DocumentPart {
  const plan = resource as CarePlan;
  const markings = current(record, (entry) => isMarking(entry.resource) && (entry.resource as Flag).status === 'active');
  const phase = words(extensionsOf(plan, izp.IZP_PLAN_PHASE)[0]?.valueCodeableConcept);
  const problems = (plan.addresses ?? []).flatMap((one) => {
    const found = people.find(one.reference, plan) as { code?: Parameters<typeof words>[0] } | undefined;
    return words(found?.code) ?? filled(one.display) ?? [];
  });
  const told = [
    `Fase: ${phase ?? 'niet vastgelegd'}.`,
    ...(problems.length > 0 ? [sentences([`Aandoeningen: ${problems.join('; ')}`])] : []),
    ...(filled(plan.description) ? [sentences([filled(plan.description)])] : []),
    ...(noteText(plan.note) ? [sentences([`Toelichting: “${noteText(plan.note)}”`])] : []),
    ...markings.map((entry) => markingWords(entry, people)),
    ...(markings.length === 0 ? ['Geen markering van de palliatieve fase vastgelegd.'] : []),
  ];
  return part('situation', 'Situatie', told, [reference, ...markings.map((entry) => entry.reference)], '');
}

function markingWords(entry: RecordEntry, people: People): string {
  const flag = entry.resource as Flag;
  if (hasUnknownModifier(flag)) return `Markering van de palliatieve fase: ${CANNOT_INTERPRET.toLowerCase()}`;
  const assessment = extensionsOf(flag, izp.IZP_MARKING_ASSESSMENT)[0]?.extension ?? [];
  const said = assessment.flatMap(({ valueCodeableConcept }) => words(valueCodeableConcept) ?? []);
  const ready = extensionsOf(flag, izp.IZP_READY_TO_TALK)[0]?.valueBoolean;
  return sentences([
    `Palliatieve fase gemarkeerd: ${dutchDay(flag.period?.start)}${flag.author ? `, door ${people.personOf(flag.author, flag).name}` : ''}`,
    said.length > 0 && `Instrument en antwoord: ${said.join(', ').toLowerCase()}`,
    ready !== undefined && (ready ? 'De patiënt wil hierover praten' : 'De patiënt is nog niet toe aan een gesprek hierover'),
    `Bron: ${people.sourceOf(entry).organization ?? 'organisatie onbekend'}`,
  ]);
}

function agreementPart({ resource, reference }: RecordEntry, people: People): DocumentPart {
  const plan = resource as CarePlan;
  const agreements = extensionsOf(plan, izp.IZP_PATIENT_AGREEMENT).map(({ extension = [] }) => {
    const named = (name: string) => extension.find(({ url }) => url === name);
    const by = named('by')?.valueReference;
    const note = filled(named('note')?.valueString);
    return sentences([
      `Instemming van de patiënt: ${(words(named('answer')?.valueCodeableConcept) ?? 'niet te duiden').toLowerCase()}`,
      named('when') &&
        `Gezegd ${dutchDay(named('when')?.valueDateTime)}${by === undefined ? '' : ` door ${personWords(people.personOf(by, plan))}`}`,
      note && `Toelichting: “${note}”`,
    ]);
  });
  const review = extensionsOf(plan, izp.IZP_REVIEW_DATE)[0]?.valueDate;
  const held = extensionsOf(plan, izp.IZP_CONVERSATION_DATE)[0]?.valueDateTime;
  return part(
    'agreement',
    'Instemming en herziening',
    [
      ...(agreements.length > 0 ? agreements : ['Instemming van de patiënt met het plan: niet vastgelegd.']),
      review === undefined ? 'Er is geen datum voor herziening vastgelegd.' : `Te herzien voor ${dutchDay(review)}.`,
      ...(held === undefined ? [] : [`Gesprek waaruit het plan komt: ${dutchDay(held)}.`]),
    ],
    [reference],
    '',
  );
}
