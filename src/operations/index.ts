// The operations. Add one: a file beside this one, a line here.
import { acpSummary } from './acp-summary.js';
import { answer } from './answer.js';
import { apply } from './apply.js';
import { document } from './document.js';
import { eraseRecord } from './erase.js';
import { expand } from './expand.js';
import { exportRecord } from './export-record.js';
import { extract } from './extract.js';
import { lookup } from './lookup.js';
import { mark } from './mark.js';
import { offlineSummary } from './offline-summary.js';
import type { Operation } from './operation.js';
import { populate } from './populate.js';
import { validate } from './validate.js';
import { validateCode } from './validate-code.js';
import { verify } from './verify.js';
import { withdraw } from './withdraw.js';

export const OPERATIONS: readonly Operation[] = [
  acpSummary,
  validate,
  expand,
  validateCode,
  lookup,
  extract,
  populate,
  exportRecord,
  eraseRecord,
  withdraw,
  answer,
  verify,
  document,
  offlineSummary,
  mark,
  apply,
];
