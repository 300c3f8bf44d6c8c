// A searchset Bundle from stored texts: matches first, includes after, nothing parsed unless a summary asks it.
// https://hl7.org/fhir/R4/bundle.html#searchset
import type { OperationOutcome } from '@medplum/fhirtypes';
import { BSN_SYSTEM } from '../fhir/identity.js';
import type { SearchQuery } from '../search/query.js';
import { holdsBsn } from './bsn.js';
import type { InteractionContext } from './context.js';
import { summarised } from './summary-view.js';

interface Row {
  type: string;
  id: string;
  content: string;
}

export interface SearchsetFacts {
  /** The parameters as they were understood. */
  pairs: [string, string][];
  /** Names of those that were not, in lenient mode. */
  ignored: string[];
  total?: number;
  /** Url of the next page. */
  next?: string;
}

/** JSON text of the Bundle. `included` rows never count in the total; ignored parameters are told in an outcome entry. */
export function searchsetBundle(
  context: InteractionContext,
  query: SearchQuery,
  page: { matches: Row[]; included: Row[] },
  { pairs, ignored, total, next }: SearchsetFacts,
): string {
  const link = [{ relation: 'self', url: `${context.baseUrl}/${query.type}${selfQuery(pairs)}` }];
  if (next) link.push({ relation: 'next', url: next });
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total, link }).slice(0, -1);
  const entries = [
    ...page.matches.map((row) => entry(context.baseUrl, row, 'match', query)),
    ...page.included.map((row) => entry(context.baseUrl, row, 'include', query)),
  ];
  if (ignored.length > 0) entries.push(`{"resource":${JSON.stringify(ignoredOutcome(ignored))},"search":{"mode":"outcome"}}`);
  return entries.length === 0 ? `${head}}` : `${head},"entry":[${entries.join(',')}]}`;
}

function entry(baseUrl: string, row: Row, mode: 'match' | 'include', query: SearchQuery): string {
  const content = query.summary || query.elements ? summarised(row.content, query, mode === 'match') : row.content;
  return `{"fullUrl":${JSON.stringify(`${baseUrl}/${row.type}/${row.id}`)},"resource":${content},"search":{"mode":"${mode}"}}`;
}

/** A BSN that came in a form body is not put into a link. */
function selfQuery(pairs: [string, string][]): string {
  const told = pairs.map(([name, value]): [string, string] => [name, holdsBsn(name, value) ? `${BSN_SYSTEM}|[withheld]` : value]);
  const text = new URLSearchParams(told).toString();
  return text === '' ? '' : `?${text}`;
}

/** Only names that can be those of parameters are repeated. */
function ignoredOutcome(names: string[]): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: names.map((name) => {
      const known = /^[A-Za-z_][\w.:-]{0,63}$/.test(name) && !/\d{5}/.test(name);
      const diagnostics = `${known ? `Parameter ${name}` : 'A parameter'} is not known here and was ignored, as Prefer: handling=lenient asks.`;
      return { severity: 'warning', code: 'not-supported', diagnostics, ...(known ? { expression: [name] } : {}) };
    }),
  };
}
