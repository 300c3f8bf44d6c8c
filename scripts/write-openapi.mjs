// Writes openapi.yaml and the tables of docs/api.md from the code that was built: `npm run -s build && node scripts/write-openapi.mjs`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const root = new URL('../', import.meta.url);

/** The text of openapi.yaml: one way to write it, so that the same document gives the same bytes. */
export function openapiYaml(document) {
  return `# Made by scripts/write-openapi.mjs from the registries in src: change those, not this.\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** The text with each section between `<!-- generated: name -->` and `<!-- end -->` replaced. Throws when one is missing. */
export function withTables(text, tables) {
  return Object.entries(tables).reduce((written, [name, table]) => {
    const parts = written.split(new RegExp(`(?<=<!-- generated: ${name} -->\n)[^]*?(?=<!-- end -->)`));
    if (parts.length !== 2) throw new Error(`The section "${name}" is not there exactly once.`);
    return parts.join(`${table}\n`);
  }, text);
}

/** The service's own search parameter definitions, which it registers at start. */
export function ownSearchParameters() {
  const folder = new URL('fhir-profiles/generated/', root);
  const names = readdirSync(folder).filter((name) => name.startsWith('SearchParameter-'));
  return names.sort().map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { registerSearchParameter } = await import('../dist/search/parameters.js');
  for (const definition of ownSearchParameters()) registerSearchParameter(definition);
  const { openapiDocument } = await import('../dist/http/openapi.js');
  const { apiTables } = await import('../dist/http/openapi-tables.js');
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  writeFileSync(new URL('openapi.yaml', root), openapiYaml(openapiDocument(version)));
  const docs = new URL('docs/api.md', root);
  writeFileSync(docs, withTables(readFileSync(docs, 'utf8'), apiTables()));
}
