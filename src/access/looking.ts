// What a caller looks at: resources, versions, searches, the emergency answer; each with what the audit says of it.
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import { compartmentOf } from '../search/compartment.js';
import type { SearchQuery } from '../search/query.js';
import { type CardPart, readCardByIdentifier, readCardByPatient, type StoredCard } from '../store/cards.js';
import { type HistoryPage, type HistoryQuery, readHistory } from '../store/history.js';
import { MAX_LOOKED_AT, matchedPatients } from '../store/matched-patients.js';
import { toldOfPatients } from '../store/patient-access.js';
import { readOfPatients } from '../store/patient-resources.js';
import { readResource, readVersion, readVersionAt, wasChangedSince } from '../store/resources.js';
import { countMatches, type SearchPage, searchPage } from '../store/search.js';
import type { StoredResource } from '../store/stored-resource.js';
import type { Transaction } from '../store/transaction.js';
import type { Told, Visibility } from '../store/visibility.js';
import type { RequestTrace } from './access-events.js';
import { AccessNotes } from './access-notes.js';
import { answerFromHistory, recordFromHistory } from './answer-from-history.js';
import type { DoorDeps } from './door.js';
import { emergencyAnswer, type FindAnswer } from './emergency-door.js';
import { groundOf } from './grounds.js';
import { isPilot, refuseBeyondPilot, requirePilotSearch } from './pilot.js';
import type { Answer, PatientRecord } from './record.js';
import { RegisterQuestions } from './register.js';
import { restrict } from './restrict.js';
import { requireScope, type ScopeAction } from './scopes.js';
import { inScope, requireSearchScopes } from './search-scopes.js';
import { type Unseen, unseen } from './unseen.js';
import type { Writer } from './writer.js';

/** Reading through the door: every row asked of the access rule, everything told or hidden noted for the audit. */
export abstract class Looking {
  protected notes = new AccessNotes();
  protected readonly visibility: Visibility;
  readonly register: RegisterQuestions;

  constructor(
    protected readonly deps: DoorDeps,
    readonly principal: Principal,
    readonly trace: RequestTrace,
  ) {
    this.register = new RegisterQuestions(deps, principal);
    this.visibility = restrict({ principal, settings: deps.access, now: deps.now, granted: this.register.granted });
  }

  /** The transaction that is running, whose own writes reads must see. */
  protected abstract get tx(): Transaction | undefined;

  abstract transaction<T>(work: (writer: Writer) => Promise<T>): Promise<T>;

  /** Has an answer past its expiry computed anew, under the patient's lock. */
  abstract refresh(patientId: string): Promise<void>;

  /** The moment this service calls now, epoch milliseconds. */
  now(): number {
    return this.deps.now();
  }

  newId(): string {
    return this.deps.newId();
  }

  /** Refuses unless the token's scope covers the action on the type. */
  require(type: string, action: ScopeAction): void {
    requireScope(this.principal.scopes, type, action);
    if (isPilot(this.principal)) refuseBeyondPilot();
  }

  /** On what ground the patient's record is open to the caller; undefined when it is not. */
  async groundFor(patientId: string): Promise<string | undefined> {
    const told = (await toldOfPatients(this.deps.database, [patientId], this.visibility, this.tx)).get(patientId);
    return told?.permitted ? told.ground : undefined;
  }

  /** The current version. Throws 'not-found', or 'gone' when it was deleted. */
  async read(type: string, id: string): Promise<StoredResource> {
    this.require(type, 'r');
    const find = () => readResource(this.deps.database, type, id, this.visibility, this.tx);
    let row = await find();
    if (await this.register.opens(row?.patientId, row?.told, 'rows')) row = await find();
    if (row?.told.permitted === false) this.noteDenied(row, `${type}/${id}`);
    return this.noted('R', `${type}/${id}`, row?.told.permitted ? row : undefined);
  }

  /** True when this version, which the caller was just told, is not the only one made since that moment: in no log of its own. */
  async changedBefore(row: StoredResource, since: Date): Promise<boolean> {
    return wasChangedSince(this.deps.database, row, since, this.tx);
  }

  /** One version, the current one or an older one. */
  async readVersion(type: string, id: string, version: number): Promise<StoredResource> {
    this.require(type, 'r');
    const row = await readVersion(this.deps.database, type, id, version, this.visibility, this.tx);
    if (!row) await this.noteIfHidden(type, id);
    return this.noted('R', `${type}/${id}/_history/${version}`, row);
  }

  /** The version that was current at a moment (epoch milliseconds). */
  async readAsOf(type: string, id: string, at: number): Promise<StoredResource> {
    this.require(type, 'r');
    const row = await readVersionAt(this.deps.database, type, id, new Date(at), this.visibility, this.tx);
    if (!row) await this.noteIfHidden(type, id);
    return this.noted('R', `${type}/${id}`, row);
  }

  /** One page of a search, with what it includes. `namedPatient` is audited when nothing is found. */
  async search(query: SearchQuery, after: (string | number | null)[] | undefined, namedPatient: string | undefined): Promise<SearchPage> {
    this.requireSearch(query);
    const find = () => searchPage(this.deps.database, query, { visibility: this.visibility, after }, this.tx);
    let page = await find();
    const hidden = page.matches.length === 0 ? await this.unseen(query, namedPatient) : [];
    if (await this.opened(hidden)) page = await find();
    const included = inScope(this.principal.scopes, page.included);
    for (const row of [...page.matches, ...included]) this.noteRow('E', row);
    if (page.matches.length === 0) this.noteUnseen(hidden);
    return { ...page, included };
  }

  /** How many resources match, all pages together; undefined where they are too many to be counted unasked. */
  async count(query: SearchQuery): Promise<number | undefined> {
    this.requireSearch(query);
    const find = () => countMatches(this.deps.database, query, { visibility: this.visibility }, this.tx);
    let total = await find();
    const hidden = total === 0 ? await this.unseen(query, compartmentOf(query)) : [];
    if (await this.opened(hidden)) total = await find();
    if (total === 0) this.noteUnseen(hidden);
    else if (total !== undefined) await this.noteCounted(query, total);
    return total;
  }

  /** Current resources of these patients that the caller may see, to judge others by: told to nobody, and so in no log. */
  async judgedBy(type: string, patientIds: readonly string[]): Promise<StoredResource[]> {
    if (patientIds.length === 0) return [];
    return readOfPatients(this.deps.database, { type, patientIds, visibility: this.visibility }, this.tx);
  }

  /** Versions, newest first. Deletions are among them. */
  async history(query: HistoryQuery): Promise<HistoryPage> {
    this.require(query.type, query.id === undefined ? 's' : 'r');
    const page = await readHistory(this.deps.database, query, this.visibility, this.tx);
    for (const row of page.versions) this.noteRow('R', row, `${row.type}/${row.id}/_history/${row.version}`);
    if (query.id !== undefined && page.versions.length === 0) await this.noteIfHidden(query.type, query.id);
    return page;
  }

  /**
   * The emergency answer of the patient with this identifier: one statement. Undefined means there is nothing available to this
   * caller; which of the reasons it is, is deliberately not told. An answer past its expiry is computed anew first.
   * `reason` breaks the glass where the policy emergency and the service allow it; too short a one is refused.
   */
  async cardByIdentifier(system: string, value: string, part: CardPart, reason?: string): Promise<StoredCard | undefined> {
    return this.answerOf((visibility) => readCardByIdentifier(this.deps.database, system, value, part, visibility, this.tx), part, reason);
  }

  async cardByPatient(patientId: string, part: CardPart, reason?: string): Promise<StoredCard | undefined> {
    return this.answerOf((visibility) => readCardByPatient(this.deps.database, patientId, part, visibility, this.tx), part, reason);
  }

  /** The answer a client would have got about this patient at a moment (epoch milliseconds), from the history. */
  async answerAsOf(patientId: string, at: number): Promise<Answer | undefined> {
    const asked = { patientId, at, visibility: this.visibility, tx: this.tx };
    const { answer, told } = await answerFromHistory(this.deps, asked);
    const outcome = answer ? 'success' : told?.permitted === false ? 'denied' : 'empty';
    this.notes.add({ patientId, action: 'R', outcome, pointer: `Patient/${patientId}`, ...(told && this.groundOf(told, 'answer')) });
    return answer;
  }

  /** The patient's whole record as it was at a moment (epoch milliseconds); undefined when nothing was there, or none of it may be seen. */
  async recordAsOf(patientId: string, at: number): Promise<PatientRecord | undefined> {
    const { record, told } = await recordFromHistory(this.deps, { patientId, at, visibility: this.visibility, tx: this.tx });
    const outcome = record ? 'success' : told?.permitted === false ? 'denied' : 'empty';
    this.notes.add({ patientId, action: 'R', outcome, pointer: `Patient/${patientId}`, ...(told && this.groundOf(told, 'rows')) });
    return record;
  }

  private noted(action: 'R', pointer: string, row: StoredResource | undefined): StoredResource {
    if (!row) {
      this.notes.add({ action, outcome: 'empty', pointer });
      throw new FhirError('not-found', `There is no ${pointer} here, or it is not available to you.`);
    }
    this.noteRow(action, row, pointer);
    if (row.deleted) throw new FhirError('gone', `${row.type}/${row.id} was deleted; its history still has the earlier versions.`);
    return row;
  }

  protected noteRow(
    action: 'R' | 'E',
    row: { type: string; id: string; patientId: string | null; told?: Told },
    pointer = `${row.type}/${row.id}`,
  ): void {
    const ground =
      row.told && row.patientId !== null ? this.groundOf(row.told, 'rows', this.register.evidenceOf(row.patientId)) : undefined;
    this.notes.add({ patientId: row.patientId ?? undefined, action, outcome: 'success', pointer, ...ground });
  }

  private noteDenied({ patientId, told }: { patientId: string | null; told: Told }, pointer: string): void {
    this.notes.add({ patientId: patientId ?? undefined, action: 'R', outcome: 'denied', pointer, ...this.groundOf(told, 'rows') });
  }

  /** Whose resource it was that is not shown. Asked also of what is not there, so that the time it takes tells neither. */
  private async noteIfHidden(type: string, id: string): Promise<void> {
    const row = await readResource(this.deps.database, type, id, this.visibility, this.tx);
    if (row?.told.permitted === false) this.noteDenied(row, `${type}/${id}`);
  }

  /** A number alone is an access as well: of whom it tells, where they are few. */
  private async noteCounted(query: SearchQuery, total: number): Promise<void> {
    const named = compartmentOf(query);
    if (named !== undefined && this.notes.has(named)) return;
    const counted =
      named !== undefined
        ? [...(await toldOfPatients(this.deps.database, [named], this.visibility, this.tx))].map(([patientId, told]) => ({
            patientId,
            told,
          }))
        : total <= MAX_LOOKED_AT
          ? await matchedPatients(this.deps.database, query, this.visibility, this.tx)
          : [];
    if (counted.length === 0) this.notes.add({ patientId: named, action: 'E', outcome: 'success' });
    for (const { patientId, told } of counted) {
      const ground = patientId === null ? undefined : this.groundOf(told, 'rows');
      this.notes.add({ patientId: patientId ?? undefined, action: 'E', outcome: 'success', ...ground });
    }
  }

  protected async unseen(query: SearchQuery, namedPatient: string | undefined): Promise<Unseen[]> {
    return unseen(this.deps.database, { query, namedPatient, visibility: this.visibility, tx: this.tx });
  }

  /** Whether the national register opened any of the patients of whom nothing was seen. */
  private async opened(hidden: Unseen[]): Promise<boolean> {
    let isOpened = false;
    for (const { patientId, told } of hidden) if (await this.register.opens(patientId, told, 'rows')) isOpened = true;
    return isOpened;
  }

  protected noteUnseen(hidden: Unseen[]): void {
    for (const { patientId, told } of hidden) {
      if (told && !told.permitted) this.notes.add({ patientId, action: 'E', outcome: 'denied', ...this.groundOf(told, 'rows') });
      else this.notes.add({ patientId, action: 'E', outcome: 'empty' });
    }
  }

  protected requireSearch(query: SearchQuery): void {
    requireSearchScopes(this.principal.scopes, query);
    if (isPilot(this.principal)) requirePilotSearch(query);
  }

  protected groundOf(told: Told, looking: 'rows' | 'answer', evidence?: string) {
    return groundOf(told, this.principal, looking, this.deps.access, evidence);
  }

  private async answerOf(find: FindAnswer, part: CardPart, reason: string | undefined): Promise<StoredCard | undefined> {
    const { card, note } = await emergencyAnswer(this.deps, this, { find, part, reason, visibility: this.visibility });
    this.notes.add(note);
    return card;
  }
}
