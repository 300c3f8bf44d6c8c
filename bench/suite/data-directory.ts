// The records to measure on: made-up plans in a data directory of the service, by the generator.
import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GENERATOR = fileURLToPath(new URL('../../bench/generate.mjs', import.meta.url));
/** Of the patients so many are looked after by the demo organisations, whose clients ask. */
const DEMO_SHARE = '0.1';

/** Statements are counted in every run; their plans are written to the server's log where they are to be shown. */
const COUNTING = `shared_preload_libraries = 'pg_stat_statements'\n`;
const EXPLAINING = `shared_preload_libraries = 'auto_explain'
auto_explain.log_min_duration = 0
auto_explain.log_analyze = on
auto_explain.log_buffers = on
auto_explain.log_timing = on
auto_explain.log_format = json
auto_explain.log_parameter_max_length = 0
`;

export interface DataDirectory {
  path: string;
  /** Removes what was made for this run. */
  remove(): Promise<void>;
}

export async function prepareDataDirectory(options: { patients: number; dataDir?: string; explain: boolean }): Promise<DataDirectory> {
  const path = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'izp-bench-')));
  const isOwn = options.dataDir === undefined;
  if (isOwn) {
    const args = ['--patients', String(options.patients), '--data-dir', path, '--demo-share', DEMO_SHARE];
    execFileSync(process.execPath, [GENERATOR, ...args], { stdio: ['ignore', 2, 2] });
  }
  // The last line of a setting counts: a directory that is used again says it again.
  await appendFile(join(path, 'postgres', 'postgresql.conf'), `\n${options.explain ? EXPLAINING : COUNTING}`);
  return { path, remove: async () => (isOwn ? rm(path, { recursive: true, force: true }) : undefined) };
}
