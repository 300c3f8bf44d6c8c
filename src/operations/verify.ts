// CarePlan/[id]/$verify: is the version that a client holds still the current one; if not, what changed since, by whom and when.
import type { Parameters, ParametersParameter, Resource } from '@medplum/fhirtypes';
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { parseJson } from '../fhir/json.js';
import type { InteractionContext } from '../interactions/context.js';
import type { EmergencyCard } from '../izp/card.js';
import { type Change, changesBetween, goneBetween } from '../izp/card-changes.js';
import { sha256 } from '../izp/digest.js';
import { type Withdrawal, withdrawalOf } from '../izp/withdrawal.js';
import { type Operation, refuseUnknownParameters, textParameter } from './operation.js';

export const verify: Operation = {
  name: 'verify',
  types: ['CarePlan'],
  levels: ['instance'],
  methods: ['GET', 'POST'],
  refusals: ['gone'],
  title: 'Whether a version of the plan is still the current one, else what changed since.',
  parameters: [
    {
      name: 'version',
      use: 'in',
      type: 'string',
      min: 1,
      max: '1',
      documentation: 'The version held: of the plan, or as the card and its ETag tell it.',
    },
    {
      name: 'return',
      use: 'out',
      type: 'Parameters',
      min: 1,
      max: '1',
      documentation: 'current, version, status, asOf; changed, repeated.',
    },
  ],
  affectsState: false,
  run,
};

async function run(_context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  session.require('CarePlan', 'r');
  const id = request.path[1] as string;
  refuseUnknownParameters(request, ['version']);
  const held = heldVersion(request, id);
  const known = await session.read('CarePlan', id);
  const patientId = known.patientId ?? '';
  // A period that ended meanwhile is a change: the answer is brought up to date first.
  await session.cardByPatient(patientId, 'card');
  const plan = await session.read('CarePlan', id);
  const past = await session.readVersion('CarePlan', id, held);
  const resource = parseJson(plan.content) as Resource & { status: string };
  const isCurrent = plan.version === held;
  const parameter: ParametersParameter[] = [
    { name: 'plan', valueReference: { reference: `CarePlan/${id}` } },
    { name: 'current', valueBoolean: isCurrent },
    { name: 'version', valueString: String(plan.version) },
    { name: 'status', valueCode: resource.status },
    { name: 'asOf', valueInstant: plan.lastUpdated.toISOString() },
  ];
  if (!isCurrent) {
    const withdrawal = withdrawalOf(resource);
    if (withdrawal) parameter.push({ name: 'withdrawn', part: withdrawalParts(withdrawal) });
    parameter.push(...(await changesSince(session, patientId, past.lastUpdated.getTime())).map(asParameter));
  }
  return { status: 200, headers: {}, resource: { resourceType: 'Parameters', parameter } as Parameters };
}

/** The number of the version; the card's has the plan's own digits behind it, which must be those of this plan. */
function heldVersion(request: FhirRequest, id: string): number {
  const given = /^(?:W\/)?"?(\d{1,9})(?:-([0-9a-f]{8}))?"?$/.exec(textParameter(request, 'version') ?? '');
  if (!given) throw new FhirError('bad-parameter', 'version is needed: a number, or as the card tells it.', { expression: 'version' });
  const [, number, digits] = given;
  if (digits !== undefined && !sha256(`CarePlan/${id}`).startsWith(digits))
    throw new FhirError('bad-parameter', 'This is a version of another plan.', { expression: 'version' });
  return Number(number);
}

async function changesSince(session: Session, patientId: string, at: number): Promise<Change[]> {
  const cardAt = async (moment: number) => {
    const answer = await session.answerAsOf(patientId, moment);
    return answer && (JSON.parse(answer.card) as EmergencyCard);
  };
  const [before, after] = [await cardAt(at), await cardAt(session.now())];
  const withdrawals = new Map<string, Withdrawal>();
  for (const reference of goneBetween(before, after)) {
    const withdrawal = await withdrawalAt(session, reference);
    if (withdrawal) withdrawals.set(reference, withdrawal);
  }
  return changesBetween(before, after, withdrawals);
}

/** Nothing of what was deleted since. */
async function withdrawalAt(session: Session, reference: string): Promise<Withdrawal | undefined> {
  const [type, id] = reference.split('/') as [string, string];
  try {
    return withdrawalOf(parseJson((await session.read(type, id)).content) as Resource);
  } catch (error) {
    if (error instanceof FhirError && (error.kind === 'gone' || error.kind === 'not-found')) return undefined;
    throw error;
  }
}

function withdrawalParts({ who, when, reason, represented, by }: Withdrawal): ParametersParameter[] {
  return [
    { name: 'who', valueString: by?.display ?? who },
    { name: 'when', valueDateTime: when },
    { name: 'reason', valueString: reason },
    { name: 'represented', valueBoolean: represented },
  ];
}

function asParameter({ what, before, after, by, when }: Change): ParametersParameter {
  const texts = Object.entries({ what, before, after, by }).flatMap(([name, text]) => (text ? [{ name, valueString: text }] : []));
  return { name: 'changed', part: [...texts, ...(when ? [{ name: 'when', valueDateTime: when }] : [])] };
}
