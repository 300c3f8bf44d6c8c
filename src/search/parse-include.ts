// _include and _revinclude.
// https://hl7.org/fhir/R4/search.html#include
import { isServedType, SERVED_TYPES, type ServedType } from '../fhir/resource-types.js';
import { canName, includesOf, revincludesOf, searchParameter } from './parameters.js';
import { targetsText } from './parse-values.js';
import type { Include } from './query-nodes.js';
import { badParameter, didYouMean, notSupported } from './refusal.js';

/** `_include=Type:code[:Target]`, `_revinclude`, and both with `:iterate`. Throws 'bad-parameter' with the nearest right one. */
export function parseInclude(type: ServedType, name: string, value: string): Include {
  const [word, modifier, ...more] = name.split(':');
  const kind = word === '_include' ? 'include' : 'revinclude';
  if (more.length > 0 || (modifier !== undefined && /^[A-Z]/.test(modifier))) {
    throw badParameter(
      name,
      `write an equals sign after ${word}.${didYouMean(
        `${word}=${[modifier, ...more].join(':')}`,
        all(kind, type).map((right) => `${word}=${right}`),
      )}`,
    );
  }
  if (modifier !== undefined && modifier !== 'iterate') {
    throw notSupported(name, modifier === 'recurse' ? 'R4 calls this :iterate.' : `${word} takes no modifier but :iterate.`);
  }
  if (value.includes('*'))
    throw notSupported(name, `a wildcard is not served: name what to include, such as ${all(kind, type)[0] ?? 'Type:parameter'}.`);
  const [source = '', code = '', target, ...rest] = value.split(':');
  const iterate = modifier === 'iterate';
  const parameter = isServedType(source) ? searchParameter(source, code) : undefined;
  if (!isServedType(source) || parameter?.type !== 'reference' || rest.length > 0) {
    const known = iterate ? SERVED_TYPES.flatMap(includesOf) : all(kind, type);
    const nearby = isServedType(source) ? includesOf(source) : known;
    throw badParameter(
      name,
      `there is no such reference to follow; it is written Type:parameter.${didYouMean(`${source}:${code}`, [...known, ...nearby])}`,
    );
  }
  if (target !== undefined && (!isServedType(target) || !canName(parameter, target))) {
    const types = (parameter.targets ?? SERVED_TYPES).filter(isServedType);
    throw badParameter(name, `${source}:${code} refers to ${targetsText(parameter)}.${didYouMean(target, types)}`);
  }
  if (kind === 'include' && !iterate && source !== type)
    throw badParameter(name, `a search on ${type} includes from ${type}; add :iterate to follow included resources.`);
  if (kind === 'revinclude' && (parameter.canonical || (!iterate && !canName(parameter, type)))) {
    throw badParameter(name, `${source}:${code} does not refer to ${type} by id.`);
  }
  return Object.freeze({
    kind,
    sourceType: source,
    code,
    ...(target !== undefined && { targetType: target as ServedType }),
    iterate,
    canonical: parameter.canonical === true,
  });
}

function all(kind: Include['kind'], type: ServedType): string[] {
  return kind === 'include' ? includesOf(type) : revincludesOf(type);
}
