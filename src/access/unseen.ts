// About whom a search asked that found nothing: the patient's log must tell a denial, and the answer must not.
import type { SearchQuery } from '../search/query.js';
import { toldOfPatients } from '../store/patient-access.js';
import type { Database } from '../store/pool.js';
import { searchMatchIds } from '../store/search.js';
import type { Transaction } from '../store/transaction.js';
import type { Told, Visibility } from '../store/visibility.js';

/** For the audit alone: what is there, whoever asks. */
const EVERYTHING: Visibility = { told: () => `'permit service '`, answer: () => `'permit service '` };

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
  const ids =
    namedPatient !== undefined
      ? [namedPatient]
      : query.type === 'Patient'
        ? await searchMatchIds(database, query, { visibility: EVERYTHING }, tx)
        : [];
  if (ids.length === 0) {
    if (query.type === 'Patient') await toldOfPatients(database, [NOBODY], visibility, tx);
    return [{}];
  }
  const told = await toldOfPatients(database, ids, visibility, tx);
  return ids.map((patientId) => ({ patientId, told: told.get(patientId) }));
}
