// Patient/$acp-summary: the plan's critical part as one document Bundle, by BSN or by id, now or as it was told at a moment.
// The BSN comes in a body only. ETag over the whole plan: If-None-Match gives 304.
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import { etag, type FhirRequest, type FhirResponse, versionsOfEtag } from '../fhir/exchange.js';
import { BSN_SYSTEM, canonicalSystem, isBsn } from '../fhir/identity.js';
import { isObject } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';
import { pastPeriod } from '../interactions/moments.js';
import type { EmergencyCard } from '../izp/card.js';
import { type Operation, parameterOf, refuseUnknownParameters, textParameter } from './operation.js';
import { printed } from './printed.js';

export const acpSummary: Operation = {
  name: 'acp-summary',
  types: ['Patient'],
  levels: ['type', 'instance'],
  methods: ['GET', 'POST'],
  bodyAtTypeLevel: true,
  versioned: true,
  prints: true,
  title: 'What was agreed with this patient, for the critical moment, as a document that can be read aloud.',
  parameters: [
    { name: 'identifier', use: 'in', type: 'Identifier', min: 0, max: '1', documentation: 'The BSN, in a body only. At type level.' },
    {
      name: 'asOf',
      use: 'in',
      type: 'dateTime',
      min: 0,
      max: '1',
      documentation: 'Answer as a client would have been answered then. At instance level.',
    },
    {
      name: 'reason',
      use: 'in',
      type: 'string',
      min: 0,
      max: '1',
      documentation: 'Breaks the glass, where the service allows it: why urgent care must see this without a permission. In a body only.',
    },
    { name: 'return', use: 'out', type: 'Bundle', min: 1, max: '1', documentation: 'A document: Composition first.' },
  ],
  affectsState: false,
  run,
};

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('Patient', 'r');
  const id = request.path.length === 3 ? request.path[1] : undefined;
  refuseUnknownParameters(request, id === undefined ? ['identifier', 'reason'] : ['asOf', 'reason']);
  const reason = textParameter(request, 'reason');
  if (reason !== undefined && request.method !== 'POST')
    throw new FhirError('bad-parameter', 'A reason stands in a body: send it by POST.', { expression: 'reason' });
  const asOf = parameterOf(request, 'asOf');
  if (id !== undefined && asOf !== undefined) {
    // Taken for "now" it would answer another question than the one asked.
    if (typeof asOf !== 'string') throw new FhirError('bad-parameter', 'asOf is a dateTime.', { expression: 'asOf' });
    const answer = await session.answerAsOf(id, pastPeriod(asOf, 'asOf', session.now()).end);
    if (!answer) throw nothingAvailable();
    if (request.wants === 'pdf') return onPaper(context, session, request, JSON.parse(answer.card), false);
    return { status: 200, headers: { etag: etag(answer.version) }, text: answer.summary };
  }
  const part = request.wants === 'pdf' ? 'card' : 'summary';
  const card =
    id === undefined
      ? await session.cardByIdentifier(...identifierOf(request), part, reason)
      : await session.cardByPatient(id, part, reason);
  if (!card) throw nothingAvailable();
  if (request.wants === 'pdf') return onPaper(context, session, request, JSON.parse(card.text), true);
  const headers = { etag: etag(card.version), 'cache-control': 'no-store' };
  const held = request.headers['if-none-match'];
  if (held !== undefined && versionsOfEtag(held).includes(String(card.version))) return { status: 304, headers };
  return { status: 200, headers, text: card.text };
}

/** What was seen through a broken glass, and what was true once, gets no code: that would make it more than it is. */
async function onPaper(
  context: InteractionContext,
  session: Session,
  request: FhirRequest,
  card: EmergencyCard,
  isNow: boolean,
): Promise<FhirResponse> {
  const code = isNow && card.breakGlass === undefined ? () => context.signSummary(card) : undefined;
  const print = async () => context.paper.summary(card, await code?.(), session.now());
  return printed(request, { version: card.version, now: session.now(), name: 'spoedsamenvatting.pdf' }, print);
}

function nothingAvailable(): FhirError {
  return new FhirError(
    'not-found',
    'No plan is available to you for this patient. This does not say whether one exists, and it never means full treatment.',
  );
}

/** System and value of the identifier parameter; only BSNs that pass the eleven check get further. */
function identifierOf(request: FhirRequest): [string, string] {
  if (request.method !== 'POST') {
    throw new FhirError('bad-parameter', 'A BSN may not stand in a URL: send it by POST, in a Parameters resource or a form field.', {
      expression: 'identifier',
    });
  }
  const given = parameterOf(request, 'identifier');
  let system: unknown;
  let value: unknown;
  if (typeof given === 'string') [system, value] = given.split('|', 2);
  else if (isObject(given)) ({ system, value } = given);
  if (typeof system !== 'string' || typeof value !== 'string') {
    throw new FhirError('bad-parameter', `identifier is needed: system and value, such as ${BSN_SYSTEM}|{bsn}.`, {
      expression: 'identifier',
    });
  }
  if (canonicalSystem(system) !== BSN_SYSTEM)
    throw new FhirError('bad-parameter', `identifier takes a BSN: its system is ${BSN_SYSTEM}.`, { expression: 'identifier' });
  if (!isBsn(value))
    throw new FhirError('bad-parameter', 'This is not a valid BSN: nine digits that pass the eleven check.', { expression: 'identifier' });
  return [BSN_SYSTEM, value];
}
