// read and search-type of AuditEvent: rendered from the audit log, never stored as a resource, never written by a client.
import type { LogFilter } from '../access/audit-log.js';
import type { Session } from '../access/session.js';
import { intervalOf } from '../fhir/dates.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { FHIR_ID } from '../fhir/references.js';
import { auditEventId, auditEventResource, parseAuditEventId } from './audit-event-resource.js';
import type { InteractionContext } from './context.js';
import { openPage, pageUrl } from './page-link.js';
import { refuseOtherParameters } from './parameters.js';

export const AUDIT_EVENT = 'AuditEvent';

/** Events on a page when no number is asked, and at most. */
const DEFAULT_COUNT = 50;
const MAX_COUNT = 200;
/** The event that a read finds is told by nothing else. */
const NOTHING_ELSE: readonly string[] = [];

export const AUDIT_EVENT_SEARCH = ['patient', 'date', '_count', '_total'] as const;

export async function readAuditEvent(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require(AUDIT_EVENT, 'r');
  refuseOtherParameters(request, NOTHING_ELSE);
  const { id, seq } = parseAuditEventId(request.path[1] as string) ?? { id: '00000000-0000-0000-0000-000000000000', seq: '0' };
  const event = await context.auditLog.read(session, id, seq);
  return { status: 200, headers: {}, text: JSON.stringify(auditEventResource(event, renderingOf(context))) };
}

export async function searchAuditEvents(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require(AUDIT_EVENT, 's');
  const position = await openPage(context, session, request, AUDIT_EVENT);
  const asked = position?.query ?? request.query;
  const { count, total: wanted, ...filter } = searchOf(asked);
  // Asked again on every page: a link does not outlive the right to read.
  const allowed = await context.auditLog.allowed(session, filter);
  refuseEverything(allowed);
  const after = position && { recorded: new Date(Number(position.after[0])), seq: String(position.after[1]) };
  const page = await context.auditLog.page(session, allowed, after, Math.max(1, count));
  const total = wanted === 'none' ? undefined : (position?.total ?? (await context.auditLog.total(allowed)));
  const next =
    page.next && count > 0
      ? await pageUrl(context, session, {
          scope: AUDIT_EVENT,
          query: naming(asked, allowed),
          after: [page.next.recorded.getTime(), page.next.seq],
          total,
        })
      : undefined;
  const rendering = renderingOf(context);
  const entry = (count === 0 ? [] : page.events).map((event) => ({
    fullUrl: `${context.baseUrl}/${AUDIT_EVENT}/${auditEventId(event)}`,
    resource: auditEventResource(event, rendering),
    search: { mode: 'match' },
  }));
  const self = new URLSearchParams(asked.filter(([name]) => !/^_(format|pretty)$/.test(name))).toString();
  const link = [{ relation: 'self', url: `${context.baseUrl}/${AUDIT_EVENT}${self && `?${self}`}` }];
  if (next) link.push({ relation: 'next', url: next });
  const bundle = { resourceType: 'Bundle', type: 'searchset', total, link, ...(entry.length > 0 ? { entry } : {}) };
  return { status: 200, headers: {}, text: JSON.stringify(bundle) };
}

/** The question with the patient it was about: a link is not another patient's, though the same portal asks. */
export function naming(asked: [string, string][], { patientId }: LogFilter): [string, string][] {
  return patientId === undefined || asked.some(([name]) => name === 'patient') ? asked : [...asked, ['patient', patientId]];
}

function renderingOf({ baseUrl, showUsers }: InteractionContext) {
  return { observer: baseUrl, showUsers };
}

/** Everybody's log of all times is no question. */
function refuseEverything({ patientId, from }: LogFilter): void {
  if (patientId === undefined && from === undefined)
    throw new FhirError('bad-parameter', 'Name the patient, or a time from which on: date=ge2026-01-01.', { expression: 'patient' });
}

interface LogSearch extends LogFilter {
  count: number;
  total: string | undefined;
}

function searchOf(query: [string, string][]): LogSearch {
  const found: LogSearch = { count: DEFAULT_COUNT, total: undefined };
  for (const [name, value] of query) {
    if (name === 'patient') found.patientId = sameOrNew(found.patientId, patientOf(value));
    else if (name === 'date') Object.assign(found, narrowed(found, dateOf(value)));
    else if (name === '_count') found.count = countOf(value);
    else if (name === '_total') found.total = totalOf(value);
    else if (name !== '_format' && name !== '_pretty') throw unknown(name);
  }
  return found;
}

function unknown(name: string): FhirError {
  const expression = /^[\w:.-]{1,64}$/.test(name) && !/\d{5}/.test(name) ? name : undefined;
  return new FhirError('unknown-parameter', `The log is searched by ${AUDIT_EVENT_SEARCH.join(', ')}.`, { expression });
}

function sameOrNew(known: string | undefined, value: string): string {
  if (known !== undefined && known !== value) throw new FhirError('bad-parameter', 'An event has one patient.', { expression: 'patient' });
  return value;
}

function patientOf(value: string): string {
  const id = value.replace(/^Patient\//, '');
  if (!FHIR_ID.test(id)) throw new FhirError('bad-parameter', 'patient is the id of a Patient.', { expression: 'patient' });
  return id;
}

function countOf(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new FhirError('bad-parameter', '_count is a whole number, 0 or more.', { expression: '_count' });
  return Math.min(Number(value), MAX_COUNT);
}

function totalOf(value: string): string {
  if (!['none', 'estimate', 'accurate'].includes(value))
    throw new FhirError('bad-parameter', '_total is one of none, estimate, accurate.', { expression: '_total' });
  return value;
}

/** https://hl7.org/fhir/R4/search.html#date, for moments: a day covers all of its moments. */
function dateOf(value: string): Pick<LogFilter, 'from' | 'before'> {
  const [, prefix = 'eq', text = ''] = /^(eq|ge|gt|le|lt|sa|eb)?(.*)$/.exec(value.replace(/ (?=\d{2}:\d{2}$)/, '+')) ?? [];
  const interval = intervalOf(text);
  if (!interval)
    throw new FhirError('bad-parameter', 'date is a date or time such as 2026-03-01, with eq, ge, gt, le, lt, sa or eb before it.', {
      expression: 'date',
    });
  const [start, end] = [new Date(interval.start), new Date(interval.end + 1)];
  if (prefix === 'ge') return { from: start };
  if (prefix === 'gt' || prefix === 'sa') return { from: end };
  if (prefix === 'lt' || prefix === 'eb') return { before: start };
  if (prefix === 'le') return { before: end };
  return { from: start, before: end };
}

function narrowed(known: LogFilter, { from, before }: Pick<LogFilter, 'from' | 'before'>): Pick<LogFilter, 'from' | 'before'> {
  return {
    from: known.from && (!from || known.from > from) ? known.from : from,
    before: known.before && (!before || known.before < before) ? known.before : before,
  };
}
