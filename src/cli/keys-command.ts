// `npm run -s keys -- list | rotate [--older-than <days>] [--for tokens|summaries]`: the service's own signing keys, of its tokens
// unless summaries on paper are named. Running processes follow within seconds.
import { parseArgs } from 'node:util';
import { type KeyKind, listSigningKeys, rotateSigningKey, TOKEN_KEYS } from '../auth/signing-keys.js';
import { SUMMARY_KEYS } from '../auth/summary-keys.js';

const USAGE = 'Usage: npm run -s keys -- list | rotate [--older-than <days>] [--for tokens|summaries]';

const KINDS: Record<string, KeyKind> = { tokens: TOKEN_KEYS, summaries: SUMMARY_KEYS };

const DAY_MS = 86_400_000;

export type CommandResult = { ok: true; output: string } | { ok: false; message: string };

/** Runs the command over the arguments after its name. `folder` holds the keys. Throws StartError when they cannot be read. */
export async function keysCommand(args: string[], folder: string, clock: () => number): Promise<CommandResult> {
  const parsed = argumentsOf(args);
  const days = parsed?.values['older-than'];
  const isAge = days === undefined || /^\d{1,5}$/.test(days);
  const kind = KINDS[parsed?.values.for ?? 'tokens'];
  if (parsed?.positionals.length !== 1 || !isAge || kind === undefined) return { ok: false, message: USAGE };
  const [verb] = parsed.positionals;
  if (verb === 'list' && days === undefined) {
    const keys = await listSigningKeys(folder, kind);
    return { ok: true, output: keys.map(({ kid, created }) => `${kid}\t${created?.toISOString() ?? 'unknown'}`).join('\n') };
  }
  if (verb !== 'rotate') return { ok: false, message: USAGE };
  const { created, removed } = await rotateSigningKey(folder, clock, days === undefined ? 0 : Number(days) * DAY_MS, kind);
  const lines = [created === undefined ? `The newest key is not older than ${days} days.` : `New key: ${created}`];
  return { ok: true, output: [...lines, ...removed.map((file) => `Removed: ${file}`)].join('\n') };
}

function argumentsOf(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { 'older-than': { type: 'string' }, for: { type: 'string' } } });
  } catch {
    return undefined;
  }
}
