// A searchset Bundle from stored texts: matches first, includes after, nothing parsed unless a summary asks it.
// https://hl7.org/fhir/R4/bundle.html#searchset
import type { OperationOutcome } from '@medplum/fhirtypes';
import { BSN_OID, BSN_SYSTEM } from '../fhir/identity.js';
import type { SearchQuery } from '../search/query.js';
import type { InteractionContext } from './context.js';
import { summarised } from './summary-view.js';

interface Row {
  type: string;
  id: string;
  content: string;
}

/** JSON text of the Bundle. `included` rows never count in the total; ignored parameters are told in an outcome entry. */
export function searchsetBundle(
  context: InteractionContext,
  query: SearchQuery,
  page: { matches: Row[]; included: Row[] },
  facts: { pairs: [string, string][]; total?: number; next?: string },
): string {
  const link = [{ relation: 'self', url: `${context.baseUrl}/${query.type}${selfQuery(facts.pairs, query)}` }];
  if (facts.next) link.push({ relation: 'next', url: `${context.baseUrl}/${query.type}?_page=${facts.next}` });
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: facts.total, link }).slice(0, -1);
  const entries = [
    ...page.matches.map((row) => entry(context.baseUrl, row, 'match', query)),
    ...page.included.map((row) => entry(context.baseUrl, row, 'include', query)),
  ];
  if (query.ignored && query.ignored.length > 0)
    entries.push(`{"resource":${JSON.stringify(ignoredOutcome(query.ignored))},"search":{"mode":"outcome"}}`);
  return entries.length === 0 ? `${head}}` : `${head},"entry":[${entries.join(',')}]}`;
}

function entry(baseUrl: string, row: Row, mode: 'match' | 'include', query: SearchQuery): string {
  const content = query.summary || query.elements ? summarised(row.content, query, mode === 'match') : row.content;
  return `{"fullUrl":${JSON.stringify(`${baseUrl}/${row.type}/${row.id}`)},"resource":${content},"search":{"mode":"${mode}"}}`;
}

/** The parameters as they were understood. A BSN that came in a form body is not put into a link. */
function selfQuery(pairs: [string, string][], query: SearchQuery): string {
  const told = pairs
    .filter(([name]) => name !== '_page' && !query.ignored?.includes(name))
    .map(([name, value]) => [name, value.includes(BSN_SYSTEM) || value.includes(BSN_OID) ? `${BSN_SYSTEM}|[withheld]` : value]);
  const text = new URLSearchParams(told as [string, string][]).toString();
  return text === '' ? '' : `?${text}`;
}

function ignoredOutcome(names: readonly string[]): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: names.map((name) => ({
      severity: 'warning',
      code: 'not-supported',
      diagnostics: `Parameter ${name} is not known here and was ignored, as Prefer: handling=lenient asks.`,
      expression: [name],
    })),
  };
}
