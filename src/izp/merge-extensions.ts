// Extensions of two care plans that become one: of the plan's own, which a plan has once, the one that is safe to go by.
import type { Extension } from '@medplum/fhirtypes';
import { intervalOf } from '../fhir/dates.js';
import { canonicalJson } from './digest.js';
import * as izp from './izp-codes.js';

type Choose = (root: Extension, posted: Extension) => Extension;

const earlier: Choose = (root, posted) => (dateOf(posted) < dateOf(root) ? posted : root);
const later: Choose = (root, posted) => (dateOf(posted) >= dateOf(root) ? posted : root);

/** A plan is reviewed too early rather than too late; what was said or agreed last counts. What is not chosen stays in the history. */
const ONCE: Readonly<Record<string, Choose>> = {
  [izp.IZP_REVIEW_DATE]: earlier,
  [izp.IZP_CONVERSATION_DATE]: later,
  [izp.IZP_PATIENT_AGREEMENT]: later,
  [izp.IZP_PLAN_PHASE]: (_root, posted) => posted,
  // Made by the service over all parts: a posted one is of another state.
  [izp.IZP_PLAN_DIGEST]: (root) => root,
};

export function mergeExtensions(root: readonly Extension[], posted: readonly Extension[]): Extension[] {
  const merged = [...root];
  const known = new Set(root.map(canonicalJson));
  for (const extension of posted) {
    if (known.has(canonicalJson(extension))) continue;
    const choose = ONCE[extension.url];
    const at = choose ? merged.findIndex(({ url }) => url === extension.url) : -1;
    if (at === -1) merged.push(extension);
    else merged[at] = choose?.(merged[at] as Extension, extension) as Extension;
  }
  return merged;
}

/** When it is of, in epoch milliseconds; one without a date is older than any. */
function dateOf(extension: Extension): number {
  const text = extension.valueDate ?? extension.valueDateTime ?? extension.extension?.find(({ url }) => url === 'when')?.valueDateTime;
  return (typeof text === 'string' ? intervalOf(text)?.start : undefined) ?? Number.NEGATIVE_INFINITY;
}
