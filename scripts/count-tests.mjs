// Reads tap's closing count from a log and prints `N passed, N failed`, the last line of a CI run.
import { readFileSync } from 'node:fs';

const [, , log, status] = process.argv;
const text = readFileSync(log, 'utf8');
const total = [...text.matchAll(/^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, skip: (\d+))?/gm)].at(-1);
const passed = Number(total?.[2] ?? 0);
// A run that failed before or beside its tests (types, lint) is a failure too.
const failed = Math.max(Number(total?.[3] ?? 0), status === '0' && passed > 0 ? 0 : 1);
const skipped = Number(total?.[4] ?? 0);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
