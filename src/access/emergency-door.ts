// The emergency answer: with permission at once; without, where the switch is on, for a reason, for an hour, marked and told.

import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import { withoutBsns } from '../fhir/identity.js';
import { parseJson, writeJson } from '../fhir/json.js';
import { type OpenedGlass, openGlass, readGlass } from '../store/break-glass.js';
import type { CardPart, FoundPatient, StoredCard } from '../store/cards.js';
import type { Visibility } from '../store/visibility.js';
import type { Note } from './access-notes.js';
import type { DoorDeps } from './door.js';
import { groundOf } from './grounds.js';
import type { RegisterQuestions } from './register.js';
import { mayUseEmergencyDoor } from './standing.js';
import type { Writer } from './writer.js';

/** Minutes a broken glass stays broken for the same user and patient. Who is not named breaks it for one answer: nobody else may use it. */
export const GLASS_MINUTES = 60;

/** Characters a reason needs and may have: a word is none. */
export const NEEDED_REASON = { least: 10, most: 1_000 } as const;

const BREAK_THE_GLASS = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'BTG', display: 'break the glass' };

/** Finds the patient who is asked for, and the answer if the access rule lets it out. */
export type FindAnswer = (visibility: Visibility) => Promise<FoundPatient | undefined>;

interface Question {
  find: FindAnswer;
  part: CardPart;
  reason: string | undefined;
  visibility: Visibility;
}

interface Caller {
  readonly principal: Principal;
  readonly register: RegisterQuestions;
  transaction<T>(work: (writer: Writer) => Promise<T>): Promise<T>;
  /** Has an answer past its expiry computed anew. */
  refresh(patientId: string): Promise<void>;
}

/** The answer, if there is one for this caller, and what the audit is to say of it either way. */
export async function emergencyAnswer(
  deps: DoorDeps,
  caller: Caller,
  { find, part, reason, visibility: own }: Question,
): Promise<{ card: StoredCard | undefined; note: Note }> {
  requireReason(reason);
  let found = await find(own);
  if (found && (await caller.register.opens(found.patientId, found.told, 'answer'))) found = await find(own);
  const glass = found && !found.told.permitted ? await breakGlass(deps, caller, found, reason) : undefined;
  const visibility = glass ? throughGlass(own) : own;
  let shown = glass ? await find(visibility) : found;
  if (shown?.card?.expiresAt && shown.card.expiresAt.getTime() <= deps.now()) {
    await caller.refresh(shown.patientId);
    shown = await find(visibility);
  }
  if (!shown) return { card: undefined, note: { action: 'R', outcome: 'empty' } };
  const { patientId, told, card } = shown;
  const note: Note = {
    patientId,
    action: 'R',
    outcome: told.permitted ? (card ? 'success' : 'empty') : 'denied',
    pointer: `Patient/${patientId}`,
    ...groundOf(told, caller.principal, 'answer', deps.access, caller.register.evidenceOf(patientId)),
    ...(glass ? { emergency: true, breakGlassReason: reason && withoutBsns(reason) } : {}),
  };
  return { card: card && glass ? marked(card, part, glass) : card, note };
}

/** True for a reason that is one. */
export function isReason(text: string): boolean {
  const { length } = text.trim();
  return length >= NEEDED_REASON.least && length <= NEEDED_REASON.most;
}

/** Refuses a reason that is none, whoever it is about. */
function requireReason(reason: string | undefined): void {
  if (reason !== undefined && !isReason(reason))
    throw new FhirError('bad-parameter', `A reason has ${NEEDED_REASON.least} to ${NEEDED_REASON.most} characters.`, {
      expression: 'reason',
    });
}

/**
 * Breaks the glass, or finds it broken, for a patient on whom no rule speaks: where anybody objected to this caller it stays whole.
 * Undefined when it may not be broken.
 */
async function breakGlass(
  { database, now, access, newId, glassTask }: DoorDeps,
  caller: Caller,
  { patientId, told }: FoundPatient,
  reason: string | undefined,
): Promise<OpenedGlass | undefined> {
  const { principal } = caller;
  if (!access.breakGlass || !mayUseEmergencyDoor(principal, access) || told.ground !== undefined) return undefined;
  // One client may speak for several organisations, whose users may be called the same.
  const who = { patientId, clientId: principal.clientId, userId: `${principal.organizationUra}/${principal.userId ?? ''}` };
  const open = await readGlass(database, who, new Date(now()));
  if (open || reason === undefined) return open;
  const opened = new Date(now());
  const minutes = principal.userId === undefined ? 0 : GLASS_MINUTES;
  const glass = { opened, until: new Date(opened.getTime() + minutes * 60_000) };
  await caller.transaction(async (writer) => {
    await writer.openGlass((tx) => openGlass(tx, who, glass), glassTask({ patientId, opened, by: principal, id: newId() }));
  });
  return glass;
}

/** Whoever broke the glass sees the answer, and nothing else. */
function throughGlass(visibility: Visibility): Visibility {
  return { told: visibility.told, answer: () => `'permit break-glass '` };
}

/** The answer marked as seen through a broken glass: nobody is to take it for a permission. */
function marked(card: StoredCard, part: CardPart, { until }: OpenedGlass): StoredCard {
  const answer = parseJson(card.text) as { meta?: { security?: object[] } };
  if (part === 'card') return { ...card, text: writeJson({ ...answer, breakGlass: { until: until.toISOString() } }) };
  const meta = { ...answer.meta, security: [...(answer.meta?.security ?? []), BREAK_THE_GLASS] };
  const { meta: _meta, ...rest } = answer as Record<string, unknown>;
  const { resourceType, id, ...others } = rest;
  return { ...card, text: writeJson({ resourceType, ...(id === undefined ? {} : { id }), meta, ...others }) };
}
