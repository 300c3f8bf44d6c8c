// The process as the service works by it: read from a PlanDefinition, or from a region's own that is derived from it.
// https://hl7.org/fhir/R4/plandefinition.html
import type { CodeableConcept, Duration, PlanDefinition, PlanDefinitionAction } from '@medplum/fhirtypes';
import { sameCanonical } from '../../fhir/canonical.js';
import { FHIR_ID } from '../../fhir/references.js';
import { codingsOf, extensionsOf, filled } from '../concepts.js';
import { EVENTS, type EventName, IZP_PROCESS_STEP, IZP_PROCESS_TERM } from './process-codes.js';

/** One step: when it begins, who does it, within how many days. */
export interface Step {
  id: string;
  code: CodeableConcept;
  /** The service's own code, by which it knows when the step is done; undefined for a region's own step. */
  known?: string;
  title: string;
  description?: string;
  role?: CodeableConcept;
  /** Days after its beginning by which it is to be done; undefined for no due date. */
  days?: number;
  /** Other terms for an urgency colour or a phase. */
  terms: { system: string; code: string; days: number }[];
  /** The step whose end, or beginning, begins this one. Without it and without events it begins with the marking. */
  after?: { id: string; of: 'end' | 'start'; days: number };
  events: EventName[];
}

export interface Process {
  /** Canonical URL. */
  url: string;
  /** The one it is derived from. */
  derivedFrom?: string;
  steps: Step[];
  /** As it is stored and told: the steps of both, where one is derived from the other. */
  definition: PlanDefinition;
}

/** What a step may say; anything else would be passed over in silence. */
const READ: ReadonlySet<string> = new Set(
  'id extension title description textEquivalent code documentation participant timingDuration relatedAction trigger'.split(' '),
);
const DAYS_PER_UNIT: Record<string, number> = { d: 1, wk: 7, mo: 30, a: 365 };
/** A term beyond this is a typing error: ten years. */
const MAX_DAYS = 3650;

/** The process of a definition. Throws an Error in one line that names the step. */
export function readProcess(definition: PlanDefinition, base?: PlanDefinition): Process {
  const { url } = definition;
  if (url === undefined || !URL.canParse(url)) throw new Error('the PlanDefinition needs a url of its own');
  const derivedFrom = definition.relatedArtifact?.find(({ type }) => type === 'derived-from')?.resource;
  if (base === undefined || derivedFrom === undefined) return processOf(definition, url);
  if (!sameCanonical(derivedFrom, base.url as string))
    throw new Error(`it is derived from ${derivedFrom}, which is not here: ${base.url} is`);
  if (sameCanonical(url, base.url as string) || definition.id === base.id)
    throw new Error('a region’s PlanDefinition needs another id and url than the one it is derived from');
  const own = definition.action ?? [];
  const known = new Set((base.action ?? []).map(({ id }) => id));
  const action = [
    ...(base.action ?? []).map((step) => own.find(({ id }) => id === step.id) ?? step),
    ...own.filter(({ id }) => !known.has(id)),
  ];
  return { ...processOf({ ...definition, action }, url), derivedFrom: base.url };
}

function processOf(definition: PlanDefinition, url: string): Process {
  const steps = (definition.action ?? []).map(stepOf);
  if (steps.length === 0) throw new Error('the PlanDefinition has no action');
  const ids = steps.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new Error(`the action ${twice} is there twice`);
  for (const { id, after } of steps) {
    if (after && !ids.includes(after.id)) throw new Error(`the action ${id} comes after ${after.id}, which is not there`);
    if (comesAfterItself(steps, id)) throw new Error(`the action ${id} comes after itself`);
  }
  return { url, steps, definition };
}

function comesAfterItself(steps: readonly Step[], id: string): boolean {
  let at = steps.find((step) => step.id === id)?.after?.id;
  for (let i = 0; at !== undefined && i <= steps.length; i++) {
    if (at === id) return true;
    at = steps.find((step) => step.id === at)?.after?.id;
  }
  return false;
}

function stepOf(action: PlanDefinitionAction, index: number): Step {
  const id = action.id;
  if (id === undefined || !FHIR_ID.test(id)) throw new Error(`action ${index + 1} needs an id`);
  const refuse = (what: string): never => {
    throw new Error(`the action ${id} ${what}`);
  };
  const unread = Object.keys(action).find((name) => !READ.has(name));
  if (unread !== undefined) refuse(`says ${unread}, which this service does not work by`);
  const code = action.code?.[0];
  if (code === undefined || codingsOf(code).length === 0 || action.code?.length !== 1) refuse('needs one code');
  const title = filled(action.title) ?? refuse('needs a title');
  if ((action.participant?.length ?? 0) > 1) refuse('has more than one participant: a Task has one owner');
  const days =
    action.timingDuration === undefined
      ? undefined
      : (daysOf(action.timingDuration) ?? refuse('has a timingDuration that is no number of d, wk, mo or a'));
  return {
    id,
    code: code as CodeableConcept,
    known: codingsOf(code).find(({ system }) => system === IZP_PROCESS_STEP)?.code,
    title: title as string,
    description: filled(action.description),
    role: action.participant?.[0]?.role,
    days,
    terms: extensionsOf(action, IZP_PROCESS_TERM).map((term) => {
      const coding = term.extension?.find(({ url }) => url === 'for')?.valueCoding;
      const within = daysOf(term.extension?.find(({ url }) => url === 'within')?.valueDuration);
      if (coding?.system === undefined || coding.code === undefined || within === undefined)
        return refuse('has a term without what it is for, or within what');
      return { system: coding.system, code: coding.code, days: within };
    }),
    after: afterOf(action, refuse),
    events: (action.trigger ?? []).map(({ type, name }) => {
      const event = EVENTS.find((one) => one === name);
      return type === 'named-event' && event !== undefined ? event : refuse(`has a trigger that is none of ${EVENTS.join(', ')}`);
    }),
  };
}

function afterOf({ relatedAction = [] }: PlanDefinitionAction, refuse: (what: string) => never): Step['after'] {
  const [related] = relatedAction;
  if (related === undefined) return undefined;
  const of = related.relationship === 'after-end' ? 'end' : related.relationship === 'after-start' ? 'start' : undefined;
  if (relatedAction.length > 1 || of === undefined) return refuse('may come after one other, as after-end or after-start');
  const days = related.offsetDuration === undefined ? 0 : daysOf(related.offsetDuration);
  if (days === undefined || related.offsetRange !== undefined) return refuse('has an offset that is no number of d, wk, mo or a');
  return { id: related.actionId as string, of, days };
}

function daysOf(duration: Duration | undefined): number | undefined {
  const days = Number(duration?.value) * (DAYS_PER_UNIT[duration?.code ?? ''] ?? Number.NaN);
  return days >= 0 && days <= MAX_DAYS ? Math.round(days) : undefined;
}
