// The national register of permissions over HTTP: one POST per question, Permit or no; answers are remembered for seconds.
import { createHash } from 'node:crypto';
import type { PermissionAnswer, PermissionQuestion, PermissionRegister } from '../access/permission-register.js';

export interface RegisterOptions {
  url: string;
  /** Value of the Authorization header, where the register wants one. */
  authorization?: string;
  fetch: typeof fetch;
  /** Epoch milliseconds. */
  now(): number;
}

/** Changes of mind must act at once; one look of a screen asks several times. In ms. */
const REMEMBERED_MS = 5_000;
/** The caller waits: longer than this is out of reach, in ms. */
const TIMEOUT_MS = 2_000;
/** Answers remembered. */
const MAX_REMEMBERED = 10_000;

/**
 * Asks `{bsn, organizationUra, organizationType, userId, userRole, purpose}` and reads `{decision, evidence}`, where only the
 * decision Permit opens. Throws when there is no readable answer in time.
 */
export function createPermissionRegister({ url, authorization, fetch, now }: RegisterOptions): PermissionRegister {
  const remembered = new Map<string, { answer: PermissionAnswer; until: number }>();
  return async (question) => {
    const key = createHash('sha256')
      .update(JSON.stringify(fieldsOf(question)))
      .digest('base64');
    const known = remembered.get(key);
    if (known && now() < known.until) return known.answer;
    remembered.delete(key);
    const answer = await ask(url, authorization, question, fetch);
    if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as string);
    remembered.set(key, { answer, until: now() + REMEMBERED_MS });
    return answer;
  };
}

function fieldsOf({ bsn, organizationUra, organizationType, userId, userRole, purpose }: PermissionQuestion): (string | null)[] {
  return [bsn, organizationUra, organizationType ?? null, userId ?? null, userRole ?? null, purpose];
}

async function ask(
  url: string,
  authorization: string | undefined,
  question: PermissionQuestion,
  send: typeof fetch,
): Promise<PermissionAnswer> {
  const response = await send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) },
    body: JSON.stringify(question),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  });
  if (!response.ok) throw new Error(`the register answered ${response.status}`);
  const { decision, evidence } = (await response.json()) as { decision?: unknown; evidence?: unknown };
  if (typeof decision !== 'string') throw new Error('the register gave no decision');
  return { permit: decision === 'Permit', ...(typeof evidence === 'string' ? { evidence: evidence.slice(0, 200) } : {}) };
}
