// What one request touched, gathered for the audit: one event per patient, however many resources were read.
import type { AuditAction, AuditOutcome, NewAuditEvent } from '../audit/audit-event.js';

/** Pointers kept per event; a request over more resources says how many there were. */
const MAX_POINTERS = 50;

export interface Note {
  /** Absent for resources that belong to no patient. */
  patientId?: string;
  action: AuditAction;
  outcome: AuditOutcome;
  /** `Type/id` or `Type/id/_history/n`. */
  pointer?: string;
  /** Ground or error kind. */
  reason?: string;
  /** The access policy that decided: own-team, permission, emergency, break-glass, patient, representative, register … */
  policy?: string;
  /** What the policy rested on: the Consent's reference, or the evidence id of an outside register. */
  consent?: string;
  /** Whether the emergency door was used. Without it the purpose of the token tells. */
  emergency?: boolean;
  /** What the user wrote when the glass was broken: for the patient and the data officer. */
  breakGlassReason?: string;
}

/** All that was noted of one patient. */
export interface GatheredNote extends Omit<Note, 'pointer'> {
  pointers: string[];
  /** How many resources there were; `pointers` may hold fewer. */
  count: number;
}

/** The event of a patient tells the worst that happened, and that something was seen rather than that something else was not. */
const OUTCOMES: AuditOutcome[] = ['empty', 'success', 'denied', 'error'];
/** A request that read and wrote tells the write. */
const ACTIONS: AuditAction[] = ['E', 'R', 'C', 'U', 'D'];
/** A request that used the emergency door for part of its answer tells the door; of other grounds the first. */
const DOORS: (string | undefined)[] = ['emergency', 'break-glass'];

export class AccessNotes {
  private readonly byPatient = new Map<string, GatheredNote>();

  add({ pointer, ...note }: Note): void {
    const key = note.patientId ?? '';
    const known = this.byPatient.get(key);
    if (!known) {
      this.byPatient.set(key, { ...note, pointers: pointer ? [pointer] : [], count: pointer ? 1 : 0 });
      return;
    }
    addGround(known, note);
    if (ACTIONS.indexOf(note.action) > ACTIONS.indexOf(known.action)) known.action = note.action;
    if (OUTCOMES.indexOf(note.outcome) > OUTCOMES.indexOf(known.outcome)) known.outcome = note.outcome;
    if (note.reason !== undefined) known.reason = note.reason;
    if (pointer !== undefined && !known.pointers.includes(pointer)) {
      known.count++;
      if (known.pointers.length < MAX_POINTERS) known.pointers.push(pointer);
    }
  }

  /** The request as a whole failed: so did what it asked of each patient, or of nobody in particular. */
  fail(outcome: 'denied' | 'error', reason: string | undefined): void {
    if (this.isEmpty) this.add({ action: 'E', outcome, reason });
    for (const note of this.byPatient.values()) {
      note.outcome = outcome;
      note.reason = reason ?? note.reason;
    }
  }

  /** Whether anything was noted of this patient. */
  has(patientId: string): boolean {
    return this.byPatient.has(patientId);
  }

  get isEmpty(): boolean {
    return this.byPatient.size === 0;
  }

  /** A copy to go back to when a transaction runs again. */
  copy(): AccessNotes {
    const copy = new AccessNotes();
    for (const [key, note] of this.byPatient) copy.byPatient.set(key, { ...note, pointers: [...note.pointers] });
    return copy;
  }

  /** Everything gathered, as events; the notes are empty afterwards. Resources of no patient fold into the patients' events, if any. */
  drain(complete: (note: GatheredNote) => NewAuditEvent): NewAuditEvent[] {
    const directory = this.byPatient.get('');
    const others = [...this.byPatient].flatMap(([key, note]) => (key === '' ? [] : note.outcome));
    const isTold = directory && (directory.outcome === 'success' || directory.outcome === 'empty' || others.includes(directory.outcome));
    if (others.length > 0 && isTold) this.byPatient.delete('');
    const events = [...this.byPatient.values()].map(complete);
    this.byPatient.clear();
    return events;
  }
}

function addGround(known: GatheredNote, note: Note): void {
  if (note.policy !== undefined && (known.policy === undefined || DOORS.indexOf(note.policy) > DOORS.indexOf(known.policy))) {
    known.policy = note.policy;
    known.consent = note.consent;
  }
  if (known.policy === note.policy) known.consent ??= note.consent;
  if (note.emergency !== undefined) known.emergency = note.emergency || known.emergency;
  known.breakGlassReason ??= note.breakGlassReason;
}
