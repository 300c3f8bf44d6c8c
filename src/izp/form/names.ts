// Dutch names as the form asks them (given names, prefix, family name) and as the building blocks write them.
// http://nictiz.nl/fhir/StructureDefinition/nl-core-NameInformation
import type { Extension, HumanName } from '@medplum/fhirtypes';
import { filled } from '../concepts.js';
import { pruned } from './parts.js';

export interface NameParts {
  given?: string;
  prefix?: string;
  family?: string;
}

const OWN_NAME = 'http://hl7.org/fhir/StructureDefinition/humanname-own-name';
const OWN_PREFIX = 'http://hl7.org/fhir/StructureDefinition/humanname-own-prefix';
const QUALIFIER = 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier';
/** Iso21090: the name given at birth. */
const BIRTH: Extension = { url: QUALIFIER, valueCode: 'BR' };

/** Undefined when nothing of a name is known. */
export function humanName({ given, prefix, family }: NameParts): HumanName[] | undefined {
  const last = [prefix, family].filter((part) => part !== undefined).join(' ');
  const text = [given, last].filter((part) => filled(part) !== undefined).join(' ');
  if (text === '') return undefined;
  const extension = [
    ...(prefix === undefined ? [] : [{ url: OWN_PREFIX, valueString: prefix }]),
    ...(family === undefined ? [] : [{ url: OWN_NAME, valueString: family }]),
  ];
  const name = {
    use: 'official' as const,
    text,
    ...(last !== '' && { family: last, _family: { extension } }),
    ...(given !== undefined && { given: [given], _given: [{ extension: [BIRTH] }] }),
  };
  return [pruned(name) as HumanName];
}

/** The parts of the official name, else of the first. */
export function namePartsOf(names: HumanName[] | undefined): NameParts {
  const list = (names ?? []).filter((name) => name.use !== 'old');
  const name = list.find((one) => one.use === 'official') ?? list[0];
  if (name === undefined) return {};
  const extensions = (name as { _family?: { extension?: Extension[] } })._family?.extension ?? [];
  const part = (url: string) => filled(extensions.find((one) => one.url === url)?.valueString);
  const [prefix, own] = [part(OWN_PREFIX), part(OWN_NAME)];
  return pruned({
    given: filled((name.given ?? []).join(' ')),
    prefix,
    family: own ?? (prefix === undefined ? filled(name.family) : undefined),
  });
}
