// The tables of docs/api.md that follow from registries, as Markdown. scripts/write-openapi.mjs writes them between their markers.
import { ERROR_KINDS, type ErrorKind } from '../fhir/errors.js';
import { SERVED_TYPES } from '../fhir/resource-types.js';
import { type SearchParameter, searchParametersOf } from '../search/parameters.js';
import { modifiersOf } from '../search/parse-modifier.js';
import { SEARCH_TYPES } from '../search/search-parameter.js';
import { INTERACTION_ROUTES } from './interactions.js';
import { documentedPath, interactionSummary } from './openapi.js';
import { ERROR_MEANINGS } from './openapi-errors.js';

/** Every R4 modifier but those on a reference's type. https://hl7.org/fhir/R4/search.html#modifiers */
const R4_MODIFIERS: Record<SearchParameter['type'], readonly string[]> = {
  token: ['missing', 'text', 'not', 'above', 'below', 'in', 'not-in', 'of-type'],
  string: ['missing', 'exact', 'contains', 'text'],
  date: ['missing'],
  reference: ['missing', '[Type]', 'identifier', 'above', 'below'],
  uri: ['missing', 'above', 'below'],
  number: ['missing'],
  quantity: ['missing'],
};

/** Name of a section → its Markdown. */
export function apiTables(): Record<string, string> {
  return { interactions: interactionTable(), 'search parameters': parameterTable(), modifiers: modifierTable(), errors: errorTable() };
}

function interactionTable(): string {
  const rows = INTERACTION_ROUTES.map((route) => [`\`${route.method} ${documentedPath(route)}\``, route.code, interactionSummary(route)]);
  return table(['request', 'interaction', 'what'], rows);
}

/** Parameters every type has stand once, above the types. */
function parameterTable(): string {
  const common = searchParametersOf('Patient').filter(({ code }) => code.startsWith('_'));
  const rows = SERVED_TYPES.map((type) => [type, listed(searchParametersOf(type).filter(({ code }) => !code.startsWith('_')))]);
  return table(['type', 'parameters'], [['every type', listed(common)], ...rows]);
}

/** token: `code` `category` · date: `date` */
function listed(parameters: SearchParameter[]): string {
  const byType = SEARCH_TYPES.map((type) => [type, parameters.filter((parameter) => parameter.type === type)] as const);
  return byType
    .filter(([, own]) => own.length > 0)
    .map(([type, own]) => `${type}: ${own.map(({ code }) => `\`${code}\``).join(' ')}`)
    .join(' · ');
}

function modifierTable(): string {
  const example: Record<string, SearchParameter> = Object.fromEntries(
    SERVED_TYPES.flatMap(searchParametersOf)
      .filter(({ code, canonical }) => !code.startsWith('_') && !canonical)
      .map((parameter) => [parameter.type, parameter]),
  );
  const rows = Object.entries(R4_MODIFIERS).flatMap(([type, all]) => {
    const known = example[type];
    if (!known) return [];
    const taken = [...modifiersOf({ ...known, exactCase: true }), ...(type === 'reference' ? ['[Type]'] : [])];
    return [[type, colons(taken), colons(all.filter((modifier) => !taken.includes(modifier)))]];
  });
  return table(['type', 'taken', 'refused with 400'], rows);
}

function colons(modifiers: readonly string[]): string {
  return modifiers.length === 0 ? '–' : modifiers.map((modifier) => `\`:${modifier}\``).join(' ');
}

function errorTable(): string {
  const kinds = Object.entries(ERROR_KINDS) as [ErrorKind, (typeof ERROR_KINDS)[ErrorKind]][];
  return table(
    ['kind', 'status', 'issue code', 'meaning'],
    kinds.map(([kind, { status, code }]) => [kind, String(status), `\`${code}\``, ERROR_MEANINGS[kind]]),
  );
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
