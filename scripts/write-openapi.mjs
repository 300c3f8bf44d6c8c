// Writes openapi.yaml from the code that was built: `npm run -s build && node scripts/write-openapi.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

const root = new URL('../', import.meta.url);

/** The text of openapi.yaml: one way to write it, so that the same document gives the same bytes. */
export function openapiYaml(document) {
  return `# Made by scripts/write-openapi.mjs from the registries in src: change those, not this.\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { openapiDocument } = await import('../dist/http/openapi.js');
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  writeFileSync(new URL('openapi.yaml', root), openapiYaml(openapiDocument(version)));
}
