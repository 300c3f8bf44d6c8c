// What a write leads to that its writer must know: agreements that contradict each other now. Warnings, never refusals.
import type { OperationOutcomeIssue, Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { whoRecorded } from '../access/who-recorded.js';
import type { FhirRequest } from '../fhir/exchange.js';
import { parseJson } from '../fhir/json.js';
import { contradictionsOf } from '../izp/contradictions.js';
import { decisionsOf } from '../izp/decisions.js';
import { currentPolicyCodes } from '../izp/policy-goal.js';
import type { RecordEntry } from '../izp/record.js';
import { returnPreference } from './prefer.js';
import type { WriteResult } from './write-entry.js';

const CONTRADICTING: ReadonlySet<string> = new Set(['Consent', 'Goal', 'QuestionnaireResponse']);

/** The results with warnings, where the client asks for an OperationOutcome. `preferring` is the request that says so. */
export async function withContradictions(session: Session, preferring: FhirRequest, results: WriteResult[]): Promise<WriteResult[]> {
  if (returnPreference(preferring, 'minimal') !== 'OperationOutcome') return results;
  const known = new Map<string, OperationOutcomeIssue[]>();
  const told: WriteResult[] = [];
  for (const result of results) {
    const { patientId, type } = result;
    if (patientId === null || !CONTRADICTING.has(type)) {
      told.push(result);
      continue;
    }
    const issues = known.get(patientId) ?? (await issuesOf(session, patientId));
    known.set(patientId, issues);
    told.push({ ...result, issues: [...(result.issues ?? []), ...issues] });
  }
  return told;
}

async function issuesOf(session: Session, patientId: string): Promise<OperationOutcomeIssue[]> {
  const rows = [...(await session.judgedBy('Consent', [patientId])), ...(await session.judgedBy('Goal', [patientId]))];
  const entries = rows.map(
    (row): RecordEntry => ({
      resource: parseJson(row.content) as Resource,
      reference: `${row.type}/${row.id}`,
      version: row.version,
      lastUpdated: row.lastUpdated.getTime(),
      ...whoRecorded(row),
    }),
  );
  const record = { entries, now: session.now(), directory: new Map<string, Resource>() };
  const found = contradictionsOf({ decisions: decisionsOf(record).treatments, goals: currentPolicyCodes(record) });
  return found.map(({ rule, text }) => ({
    severity: 'warning',
    code: 'business-rule',
    details: { coding: [{ code: `contradiction-${rule}` }], text },
    diagnostics: 'Agreements of this patient contradict each other. They were stored as they are, and the card says so.',
  }));
}
