// About whom a search asked that found nothing: the patient's log must tell a denial, and the answer must not.
import type { Filter, SearchQuery } from '../search/query.js';
import { matchedPatients } from '../store/matched-patients.js';
import { toldOfPatients } from '../store/patient-access.js';
import type { Database } from '../store/pool.js';
import type { Transaction } from '../store/transaction.js';
import type { Told, Visibility } from '../store/visibility.js';

/** For the audit alone: what is there, whoever asks. */
const EVERYTHING: Visibility = { told: () => `'permit service '`, answer: () => `'permit service '` };

/** A search that could mean more patients than this is about nobody in particular. */
const MAX_MEANT = 2;

/** No patient's id: asked about where nobody was found. */
const NOBODY = '';

export interface Unseen {
  /** Absent where the search was about nobody in particular. */
  patientId?: string;
  /** Absent where there is no such patient. */
  told?: Told;
}

interface Asked {
  query: SearchQuery;
  /** The patient the search names, if it names one. */
  namedPatient: string | undefined;
  visibility: Visibility;
  tx: Transaction | undefined;
}

/**
 * The patients, with what the rule says of each; without a patient there is one entry of nobody in particular. The same questions
 * are asked of the database whether a patient is hidden or not there, so that the time it takes tells neither.
 */
export async function unseen(database: Database, { query, namedPatient, visibility, tx }: Asked): Promise<Unseen[]> {
  const mayMean = namedPatient === undefined && meansSomebody(query);
  const meant = mayMean ? (await matchedPatients(database, query, EVERYTHING, tx)).flatMap(({ patientId }) => patientId ?? []) : [];
  const ids = namedPatient !== undefined ? [namedPatient] : meant.length > MAX_MEANT ? [] : meant;
  if (ids.length === 0) {
    if (mayMean) await toldOfPatients(database, [NOBODY], visibility, tx);
    return [{}];
  }
  const told = await toldOfPatients(database, ids, visibility, tx);
  return ids.map((patientId) => ({ patientId, told: told.get(patientId) }));
}

/** A search for people, by a resource that somebody knows of, or by the patient it belongs to. */
function meansSomebody({ type, filters }: SearchQuery): boolean {
  return type === 'Patient' || filters.some(isOfSomebody);
}

function isOfSomebody(filter: Filter): boolean {
  if (filter.kind === 'chain') return filter.namesCompartment || filter.branches.some((branch) => isOfSomebody(branch.filter));
  if (filter.kind === 'has') return isOfSomebody(filter.filter);
  return filter.kind === 'id' || (filter.kind === 'members' && filter.key === 'identifier' && !filter.negated);
}
