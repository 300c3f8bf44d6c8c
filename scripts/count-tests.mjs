// Prints which tests failed and, as the last line of a CI run, `N passed, N failed`, from tap's own log.
import { readFileSync } from 'node:fs';

/** Lines of detail shown of one failure. */
const DETAIL_LINES = 30;

const [, , log, status] = process.argv;
const text = readFileSync(log, 'utf8');
const total = [...text.matchAll(/^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, skip: (\d+))?/gm)].at(-1);
const passed = Number(total?.[2] ?? 0);
// A run that failed before or beside its tests (types, lint) is a failure too.
const failed = Math.max(Number(total?.[3] ?? 0), status === '0' && passed > 0 ? 0 : 1);
const skipped = Number(total?.[4] ?? 0);
if (failed > 0) process.stdout.write(failures(text.split('\n')));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);

/** The lines of what failed, each with what tap says of it: the place to look when only the end of the log was kept. */
function failures(lines) {
  const told = [];
  for (const [i, line] of lines.entries()) {
    if (!/^ *not ok/.test(line)) continue;
    const end = lines.findIndex((other, j) => j > i && /^ *\.\.\.$/.test(other));
    const about = lines[i + 1]?.trim() === '---' && end > i ? lines.slice(i + 1, Math.min(end, i + DETAIL_LINES) + 1) : [];
    told.push(line, ...about);
  }
  return told.length > 0 ? `\nFailed:\n${told.join('\n')}\n\n` : '';
}
