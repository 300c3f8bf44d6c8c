// ValueSet/$expand: the codes of a loaded value set. https://hl7.org/fhir/R4/valueset-operation-expand.html
import type { ValueSet } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import type { InteractionContext } from '../interactions/context.js';
import { foldText } from '../search/fold.js';
import { type Operation, parameterOf, refuseUnknownParameters, textParameter } from './operation.js';

export const expand: Operation = {
  name: 'expand',
  types: ['ValueSet'],
  levels: ['type'],
  methods: ['GET', 'POST'],
  title: 'The codes of a value set that is loaded.',
  parameters: [
    { name: 'url', use: 'in', type: 'uri', min: 1, max: '1', documentation: 'Canonical URL, in any of its names.' },
    {
      name: 'filter',
      use: 'in',
      type: 'string',
      min: 0,
      max: '1',
      documentation: 'Words that must all stand in display or code, without regard to case and accents.',
    },
    { name: 'offset', use: 'in', type: 'integer', min: 0, max: '1', documentation: 'Codes to pass over.' },
    { name: 'count', use: 'in', type: 'integer', min: 0, max: '1', documentation: 'Codes to give; 0 gives the total alone.' },
    { name: 'return', use: 'out', type: 'ValueSet', min: 1, max: '1', documentation: 'The value set with its expansion.' },
  ],
  affectsState: false,
  run,
};

async function run({ terminology }: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('ValueSet', 'r');
  refuseUnknownParameters(request, ['url', 'filter', 'offset', 'count']);
  const url = textParameter(request, 'url');
  if (url === undefined) throw new FhirError('bad-parameter', 'url is needed: the canonical URL of the value set.', { expression: 'url' });
  const expansion = terminology.expand(url);
  if (!expansion) throw cannotList(terminology.isLoaded(url));
  const filter = textParameter(request, 'filter');
  const words = foldText(filter ?? '')
    .split(/\s+/)
    .filter(Boolean);
  const matching = expansion.contains.filter(({ code, display = '' }) => {
    const text = foldText(`${display} ${code}`);
    return words.every((word) => text.includes(word));
  });
  const offset = wholeNumber(request, 'offset') ?? 0;
  const count = wholeNumber(request, 'count') ?? matching.length;
  const { name, version } = expansion;
  const resource: ValueSet = {
    resourceType: 'ValueSet',
    url: expansion.url,
    ...(version !== undefined && { version }),
    ...(name !== undefined && { name }),
    status: 'active',
    expansion: {
      timestamp: new Date(session.now()).toISOString(),
      total: matching.length,
      offset,
      ...(filter !== undefined && { parameter: [{ name: 'filter', valueString: filter }] }),
      contains: matching.slice(offset, offset + count),
    },
  };
  // FHIR has no empty arrays.
  if (resource.expansion?.contains?.length === 0) delete resource.expansion.contains;
  return { status: 200, headers: {}, resource };
}

function wholeNumber(request: FhirRequest, name: string): number | undefined {
  const given = parameterOf(request, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!Number.isInteger(value) || value < 0)
    throw new FhirError('bad-parameter', `${name} is a whole number, 0 or more.`, { expression: name });
  return value;
}

/** Says which of the two it is: not here, or not to be listed here. */
export function cannotList(isLoaded: boolean): FhirError {
  return new FhirError(
    'not-found',
    isLoaded
      ? 'This value set is loaded, but it draws on a code system that is not, such as SNOMED CT: its codes cannot be told here.'
      : 'This value set is not loaded here. Loaded are those of FHIR R4, of the service and of the packages in FHIR_PACKAGES_DIR.',
    { expression: 'url' },
  );
}
