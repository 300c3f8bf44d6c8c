// The operations. Add one: a file beside this one, a line here.
import { acpSummary } from './acp-summary.js';
import type { Operation } from './operation.js';

export const OPERATIONS: readonly Operation[] = [acpSummary];
