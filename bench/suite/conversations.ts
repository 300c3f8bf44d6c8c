// What is posted: the published-looking example conversation and form, again and again, each about another patient.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Bundle {
  entry: { resource: { resourceType: string; identifier?: Identifier | Identifier[] } }[];
}

interface Identifier {
  system?: string;
  value?: string;
}

const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';
const example = (name: string) => readFileSync(fileURLToPath(new URL(`../../examples/${name}.transaction.json`, import.meta.url)), 'utf8');
const EXAMPLES = { conversation: example('conversation'), form: example('form-response') };
export type Example = keyof typeof EXAMPLES;

/** Professionals and organisations are shared as in practices; their identifiers end in the practice's number. */
const PRACTICES = 300;
/** Below are the numbers of the demo organisations. */
const FIRST_PRACTICE = 1_000;
const PRACTICE_DIGITS = 4;
const DIRECTORY_TYPES = ['Practitioner', 'PractitionerRole', 'Organization'];

/** The nth number from 900000000 on that passes the eleven check, from a cache that grows; generated patients begin at 910000000. */
const bsns: string[] = [];
export function bsnOf(n: number): string {
  for (let digits = Number(bsns.at(-1) ?? 899_999_999); bsns.length <= n; ) {
    const text = String(++digits);
    const sum = [...text].reduce((total, digit, i) => total + Number(digit) * (i === 8 ? -1 : 9 - i), 0);
    if (sum % 11 === 0 && !EXAMPLES.conversation.includes(text)) bsns.push(text);
  }
  return bsns[n] as string;
}

/** How many resources one conversation holds. */
export const CONVERSATION_SIZE = (JSON.parse(EXAMPLES.conversation) as Bundle).entry.length;

/** The example with the nth patient: BSN and business identifiers are their own, so nothing is taken for known. */
export function exampleOf(which: Example, n: number): string {
  let text = EXAMPLES[which];
  const identifiers = (JSON.parse(text) as Bundle).entry.flatMap(({ resource }) =>
    [resource.identifier ?? []].flat().map(({ system, value = '' }) => ({ type: resource.resourceType, system, value })),
  );
  for (const { type, system, value } of identifiers) {
    const practice = String(FIRST_PRACTICE + (n % PRACTICES));
    const mine =
      system === BSN_SYSTEM ? bsnOf(n) : DIRECTORY_TYPES.includes(type) ? value.slice(0, -PRACTICE_DIGITS) + practice : `${value}-${n}`;
    // Closing quote included: the value stands in identifiers and at the end of If-None-Exist criteria.
    text = text.replaceAll(`"${value}"`, `"${mine}"`).replaceAll(`|${value}"`, `|${mine}"`);
  }
  return text;
}
