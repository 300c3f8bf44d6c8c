// The version of the software, from package.json: at the same depth from src and from dist.
import { readFileSync } from 'node:fs';

export const SOFTWARE_VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
