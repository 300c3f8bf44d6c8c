// What a search tells when it does not ask for more: directives, goals and answers that are withdrawn or superseded are no answer to
// "what was agreed", nor is a form that another organisation is still filling in. Judged by the same rules as the card, at the
// moment of the question, on every page anew.
import type { Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { whoRecorded } from '../access/who-recorded.js';
import { parseJson } from '../fhir/json.js';
import { withoutVersion } from '../fhir/references.js';
import { pastDirectives } from '../izp/decisions.js';
import { draftsOfOthers } from '../izp/form/drafts-of-others.js';
import { pastObservations } from '../izp/past-observations.js';
import { pastGoals } from '../izp/policy-goal.js';
import type { RecordEntry } from '../izp/record.js';
import { namesCompartment } from '../search/parameters.js';
import type { SearchQuery } from '../search/query.js';

type Page = Awaited<ReturnType<Session['search']>>;
type After = Parameters<Session['search']>[1];

/** Parameters by which a client asks for what is past as well: by its status, by name, or for what changed. */
const ASKS_FOR_ALL: ReadonlySet<string> = new Set(['status', 'lifecycle-status', '_id', 'identifier', '_lastUpdated']);

interface Looked {
  entries: RecordEntry[];
  now: number;
  directory: Map<string, Resource>;
  /** URA of who asks; a person has none. */
  asker?: string;
}

const PAST: Record<string, (looked: Looked) => Set<string>> = {
  Consent: pastDirectives,
  Goal: pastGoals,
  Observation: pastObservations,
  QuestionnaireResponse: draftsOfOthers,
};

/** Observations say by themselves that they do not count; further statuses are the client's to ask for. */
export const DEFAULT_PARAMETERS: Record<string, [string, string][]> = { Observation: [['status:not', 'cancelled,entered-in-error']] };

/** True when these parameters leave it to the service what is current; what is included beside other types always is. */
export function asksCurrent(type: string, pairs: readonly (readonly [string, string])[]): boolean {
  return !(type in PAST || type in DEFAULT_PARAMETERS) || !pairs.some(([name]) => ASKS_FOR_ALL.has(name.split(':')[0] as string));
}

/** The query without what is past in the records it names. */
export async function currentQuery(session: Session, query: SearchQuery): Promise<SearchQuery> {
  const judged = new Judged(session, query.type);
  await judged.look(patientsOf(query));
  return judged.without(query);
}

/** One page without what is past, included resources neither; and the query as it was asked at last, to count by. */
export async function searchCurrent(
  session: Session,
  asked: SearchQuery,
  after: After,
  namedPatient: string | undefined,
): Promise<{ page: Page; query: SearchQuery }> {
  const judged = new Judged(session, asked.type);
  await judged.look(patientsOf(asked));
  for (;;) {
    const query = judged.without(asked);
    const page = await session.search(query, after, namedPatient);
    // Records that the query does not name, or that the national register opened only now.
    if (await judged.look(patientsIn(page.matches))) continue;
    return { page: { ...page, included: await currentOf(session, page.included) }, query };
  }
}

/** Included resources that are current, and all of other types. */
async function currentOf(session: Session, rows: Page['included']): Promise<Page['included']> {
  const past = new Set<string>();
  for (const type of Object.keys(PAST)) {
    const judged = new Judged(session, type);
    await judged.look(patientsIn(rows.filter((row) => row.type === type)));
    for (const id of judged.past) past.add(`${type}/${id}`);
  }
  return past.size === 0 ? rows : rows.filter(({ type, id }) => !past.has(`${type}/${id}`));
}

/** Which resources of one type are past, in the records looked at so far. */
class Judged {
  readonly past = new Set<string>();
  private readonly patients = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly type: string,
  ) {}

  /** Looks at records not yet seen; true when something past was found in them. */
  async look(patientIds: readonly string[]): Promise<boolean> {
    const judge = PAST[this.type];
    const before = this.past.size;
    const rows = judge
      ? await this.session.judgedBy(
          this.type,
          patientIds.filter((id) => !this.patients.has(id)),
        )
      : [];
    for (const patientId of patientsIn(rows)) {
      this.patients.add(patientId);
      const entries = rows.filter((row) => row.patientId === patientId).map(entryOf);
      const asker = this.session.principal.organizationUra;
      const past = judge?.({ entries, now: this.session.now(), directory: new Map(), asker }) ?? [];
      for (const reference of past) this.past.add(reference.slice(this.type.length + 1));
    }
    return this.past.size > before;
  }

  without(query: SearchQuery): SearchQuery {
    return this.past.size === 0 ? query : { ...query, leftOut: [...this.past] };
  }
}

function entryOf(row: Awaited<ReturnType<Session['judgedBy']>>[number]): RecordEntry {
  return {
    resource: parseJson(row.content) as Resource,
    reference: `${row.type}/${row.id}`,
    version: row.version,
    lastUpdated: row.lastUpdated.getTime(),
    ...whoRecorded(row),
  };
}

/** Ids of the patients a query names by the parameter that decides whose record it asks. */
function patientsOf(query: SearchQuery): string[] {
  const named = query.filters.flatMap((filter) =>
    filter.kind === 'members' && !filter.negated && namesCompartment(query.type, filter.key) ? filter.anyOf : [],
  );
  const ids = named.map(withoutVersion).filter((reference) => reference.startsWith('Patient/'));
  return [...new Set(ids.map((reference) => reference.slice('Patient/'.length)))];
}

function patientsIn(rows: readonly { patientId: string | null }[]): string[] {
  return [...new Set(rows.flatMap(({ patientId }) => patientId ?? []))];
}
