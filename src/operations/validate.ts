// $validate: what a write would say, without writing. The write itself is carried out, and taken back before it is committed.
// https://hl7.org/fhir/R4/resource-operation-validate.html
import type { OperationOutcome, OperationOutcomeIssue, Resource } from '@medplum/fhirtypes';
import { rehearse } from '../access/rehearsal.js';
import type { Session } from '../access/session.js';
import { FhirError, successOutcome } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse } from '../fhir/exchange.js';
import { isObject, parseJson } from '../fhir/json.js';
import { SERVED_TYPES } from '../fhir/resource-types.js';
import type { InteractionContext } from '../interactions/context.js';
import type { WriteEntry, WriteResult } from '../interactions/write-entry.js';
import { writeAll } from '../interactions/write-set.js';
import { type Operation, parametersOf, refuseUnknownParameters } from './operation.js';

const MODES = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof MODES)[number];

export const validate: Operation = {
  name: 'validate',
  types: SERVED_TYPES,
  levels: ['type', 'instance'],
  methods: ['GET', 'POST'],
  bodyAtTypeLevel: true,
  title: 'What a create, update or delete would say: nothing is stored.',
  parameters: [
    {
      name: 'resource',
      use: 'in',
      type: 'Resource',
      min: 0,
      max: '1',
      documentation: 'The resource; it may also be the body itself. Not with the modes delete and profile.',
    },
    {
      name: 'mode',
      use: 'in',
      type: 'code',
      min: 0,
      max: '1',
      documentation:
        'create (default for a type), update (default for an id and a resource), delete, profile (default for an id alone: the stored resource is checked).',
    },
    { name: 'profile', use: 'in', type: 'uri', min: 0, max: '*', documentation: 'Must be met beside the profiles the resource claims.' },
    {
      name: 'return',
      use: 'out',
      type: 'OperationOutcome',
      min: 1,
      max: '1',
      documentation: 'Everything found. Without an issue of severity error the write would be accepted.',
    },
  ],
  affectsState: false,
  run,
};

interface Asked {
  type: string;
  id?: string;
  mode: Mode;
  resource?: Resource;
  profiles: string[];
}

async function run(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  // What a POST rehearses asks the scope of the write itself.
  if (request.method !== 'POST') session.require(request.path[0] as string, 'r');
  const asked = askedOf(request);
  const judging = withProfiles(context, asked.profiles);
  try {
    const outcome =
      asked.mode === 'profile' ? await judgeStored(judging, session, asked) : await rehearsed(judging, session, entryOf(asked, request));
    return { status: 200, headers: {}, resource: outcome };
  } catch (error) {
    // What would refuse the write is the answer; who may not ask, or cannot be answered now, gets a refusal.
    if (!(error instanceof FhirError) || error.status >= 500 || error.kind === 'forbidden' || error.kind === 'unauthenticated') throw error;
    if (asked.mode === 'profile') throw error;
    return { status: 200, headers: {}, resource: error.toOutcome() };
  }
}

function askedOf(request: FhirRequest): Asked {
  const [type, second] = request.path as [string, string];
  const id = request.path.length === 3 ? second : undefined;
  const isParameters = isObject(request.body) && request.body.resourceType === 'Parameters';
  refuseUnknownParameters(isParameters ? request : { ...request, body: undefined }, ['resource', 'mode', 'profile']);
  const given = isParameters ? parametersOf(request, 'resource')[0] : request.body;
  const profiles = parametersOf(request, 'profile').map((profile) => {
    if (typeof profile !== 'string') throw new FhirError('bad-parameter', 'profile is a canonical URL.', { expression: 'profile' });
    return profile;
  });
  const mode = parametersOf(request, 'mode')[0] ?? (id === undefined ? 'create' : given === undefined ? 'profile' : 'update');
  if (!MODES.includes(mode as Mode)) throw new FhirError('bad-parameter', `mode is one of ${MODES.join(', ')}.`, { expression: 'mode' });
  const needsId = mode === 'delete' || mode === 'profile';
  if (needsId && id === undefined)
    throw new FhirError('bad-parameter', `mode=${mode} is about a stored resource: ${type}/[id]/$validate.`, { expression: 'mode' });
  if (needsId && given !== undefined)
    throw new FhirError('bad-parameter', `mode=${mode} takes no resource: it is about the stored one.`, { expression: 'resource' });
  if (!needsId && given === undefined)
    throw new FhirError('bad-parameter', 'A resource is needed: by POST, as the body or as the parameter resource.', {
      expression: 'resource',
    });
  return { type, id, mode: mode as Mode, resource: given as Resource | undefined, profiles };
}

/** The very entry a write of this mode would be, preconditions of the request included. */
function entryOf({ type, id, mode, resource }: Asked, { headers }: FhirRequest): WriteEntry {
  if (mode === 'create') return { verb: 'create', type, resource, criteria: headers['if-none-exist']?.replace(/^\?/, ''), at: '' };
  if (mode === 'delete') return { verb: 'delete', type, id, ifMatch: headers['if-match'], at: '' };
  // Without an id in the address the resource's own says which.
  const target = id ?? (isObject(resource) && typeof resource.id === 'string' ? resource.id : undefined);
  if (target === undefined)
    throw new FhirError('bad-parameter', `mode=update needs an id: in the address or in the resource.`, { expression: `${type}.id` });
  return { verb: 'update', type, id: target, resource, ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'], at: '' };
}

async function rehearsed(context: InteractionContext, session: Session, entry: WriteEntry): Promise<OperationOutcome> {
  const { results } = await rehearse(session, () => writeAll(context, session, [entry]));
  const { status, remark, issues } = results[0] as WriteResult;
  const would = status === 201 ? 'created' : status === 204 ? 'deleted' : 'stored';
  return successOutcome(`It would be ${would}. Nothing was changed.${remark ? ` ${remark}` : ''}`, issues);
}

/** The stored resource by the profiles asked for and those it claims. */
async function judgeStored(context: InteractionContext, session: Session, { type, id }: Asked): Promise<OperationOutcome> {
  const { content } = await session.read(type, id as string);
  const { issues } = context.validate(parseJson(content), { onProfileErrors: 'refuse' });
  return isClean(issues) ? successOutcome('The stored resource is valid.', issues) : { resourceType: 'OperationOutcome', issue: issues };
}

function isClean(issues: OperationOutcomeIssue[]): boolean {
  return !issues.some(({ severity }) => severity === 'error' || severity === 'fatal');
}

function withProfiles(context: InteractionContext, profiles: string[]): InteractionContext {
  if (profiles.length === 0) return context;
  return { ...context, validate: (resource, options) => context.validate(resource, { ...options, profiles }) };
}
