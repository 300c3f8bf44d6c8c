// Translates the FHIRPath of a SearchParameter into element paths (see element-path.ts), ahead of time.
// Covers the forms R4 uses: casts, where(resolve() is X), where(element='x'), extension('url'), unions.
// https://hl7.org/fhir/R4/searchparameter.html

export type Compiled = { paths: string[] } | { problem: string };

/** Whether the element named by these steps from the resource down, such as ['component', 'value'], is a choice (value[x]). */
export type IsChoice = (elements: string[]) => boolean;

/** An expression that says "exists and is not false", as R4 writes Patient.deceased. */
const TRUTH = /^([A-Za-z.]+)\.exists\(\) and \1 != false$/;

/**
 * The element paths that `expression` reads in resources of type `base`; parts of the union for other types are left out.
 * A problem is a sentence without values of any record.
 */
export function compileExpression(expression: string, base: string, isChoice: IsChoice): Compiled {
  const paths: string[] = [];
  for (const part of splitOutside(expression, '|').map((text) => text.trim())) {
    const first = /^\(*([A-Za-z]+)\b/.exec(part)?.[1];
    if (first !== base && first !== 'Resource' && first !== 'DomainResource') continue;
    const truth = TRUTH.exec(part);
    const path = pathOf(truth ? (truth[1] as string) : part, isChoice);
    if (path === undefined) return { problem: `The expression for ${base} uses FHIRPath beyond element paths.` };
    paths.push(truth ? `${path}(true)` : path);
  }
  return paths.length > 0 ? { paths: [...new Set(paths)] } : { problem: `The expression names no element of ${base}.` };
}

interface Step {
  name: string;
  cast?: string;
  condition?: string;
}

function pathOf(text: string, isChoice: IsChoice): string | undefined {
  let segments = segmentsOf(text);
  while (segments[0]?.startsWith('(')) segments = [...segmentsOf(segments[0].slice(1, -1)), ...segments.slice(1)];
  const steps: Step[] = [];
  for (const segment of segments.slice(1)) if (!addSegment(steps, segment)) return undefined;
  if (steps.length === 0) return undefined;
  return steps
    .map((step, i) => {
      const choice = isChoice(steps.slice(0, i + 1).map((s) => s.name));
      const name = !choice ? step.name : step.cast ? step.name + step.cast.charAt(0).toUpperCase() + step.cast.slice(1) : `${step.name}[x]`;
      return step.condition ? `${name}(${step.condition})` : name;
    })
    .join('.');
}

/** Adds what one segment of the expression says to the steps; false when it is beyond element paths. */
function addSegment(steps: Step[], segment: string): boolean {
  const last = steps.at(-1);
  const cast = /^(?:as|ofType)\((?:FHIR\.|System\.)?([A-Za-z0-9]+)\)$/.exec(segment)?.[1];
  const type = /^where\(resolve\(\) is ([A-Za-z]+)\)$/.exec(segment)?.[1];
  const equals = /^where\(([A-Za-z]+)\s*=\s*'([^'()]*)'\)$/.exec(segment);
  const extension = /^extension\('([^'()]*)'\)$/.exec(segment)?.[1];
  if (extension !== undefined) steps.push({ name: 'extension', condition: `url=${extension}` });
  else if (/^[A-Za-z0-9_]+$/.test(segment)) steps.push({ name: segment });
  else if (last && cast !== undefined && last.cast === undefined) last.cast = cast;
  else if (last && type !== undefined && last.condition === undefined) last.condition = `is ${type}`;
  else if (last && equals && last.condition === undefined) last.condition = `${equals[1]}=${equals[2]}`;
  else return false;
  return true;
}

/** `(A.b as T).c` and `A.b as T` become the segments A, b, as(T), c. */
function segmentsOf(text: string): string[] {
  const cast = /^([^()]*|\(.*\))\s+as\s+([A-Za-z]+)$/.exec(text);
  if (cast) return [...segmentsOf(cast[1] as string), `as(${cast[2]})`];
  return splitOutside(text, '.');
}

/** Splits on a character outside parentheses and quotes. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (const c of text) {
    if (c === "'") quoted = !quoted;
    else if (!quoted && c === '(') depth++;
    else if (!quoted && c === ')') depth--;
    if (c === separator && depth === 0 && !quoted) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts;
}
