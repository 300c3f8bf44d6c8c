// The access policies a client can hold. What each permits is decided in access/decide.ts and described in docs/api.md.

export const POLICIES = [
  /** The patient's care team, the organisation that keeps the record, and whoever recorded a resource. */
  'own-team',
  /** The patient's recorded permissions and objections. */
  'permission',
  /** The emergency answer for urgent care. */
  'emergency',
  /** A patient's own record, or that of whom one represents. */
  'patient',
  /** Indicators of a region only. */
  'region',
  /** The strict national pilot: the patient by BSN and query 2, with permission. */
  'pzp-gf',
  /** Runs the service; sees no clinical content. */
  'admin',
  /** Reads the log of all patients: the data protection officer. */
  'auditor',
] as const;

export type Policy = (typeof POLICIES)[number];

export function isPolicy(text: string): text is Policy {
  return (POLICIES as readonly string[]).includes(text);
}
