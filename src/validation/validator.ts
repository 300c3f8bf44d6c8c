// Validation of FHIR R4 resources against R4 itself and against profiles; what $validate and every write call.
// https://hl7.org/fhir/R4/validation.html
import type { OperationOutcomeIssue } from '@medplum/fhirtypes';
import { canonicalKey } from '../fhir/canonical.js';
import { isObject } from '../fhir/json.js';
import { CORE_PREFIX, createDefinitions, type DefinitionSource, r4Definitions } from './definitions.js';
import { type Finding, severityOf, toIssue } from './issues.js';
import { checkRoot } from './profile-check.js';
import { compileProfile, type ProfileRules } from './profile-rules.js';
import { type Knowledge, plainTwins, type ResolvedReference, type ResolveReference, type Run, report } from './run.js';
import { createShapes } from './shapes.js';
import { checkResource } from './structure.js';
import { createTerminology, type Terminology } from './terminology.js';

export interface ValidateOptions {
  /** Profiles the resource must conform to; one that is not loaded is an error. */
  profiles?: readonly string[];
  /** Also check what meta.profile claims; one that is not loaded is a warning. Default true. */
  honourMetaProfile?: boolean;
  /** What is known of the target of a reference that is neither contained nor in the same bundle. */
  resolve?: ResolveReference;
}

export interface Validator {
  /** All findings, the most severe first; an empty list when there are none. Takes what parseJson returns. Never throws on data. */
  validate(resource: unknown, options?: ValidateOptions): OperationOutcomeIssue[];
  /** The same as findings, each with the profile whose rule it is. */
  find(resource: unknown, options?: ValidateOptions): Finding[];
  terminology: Terminology;
  /** Whether a profile of this URL is loaded and can be checked. */
  knowsProfile(url: string): boolean;
}

const SEVERITIES = ['fatal', 'error', 'warning', 'information'];

/** A validator over R4 and the given packages. Compiles each definition at its first use. */
export function createValidator({ packages = [] }: { packages?: DefinitionSource[] } = {}): Validator {
  const definitions = createDefinitions([r4Definitions(), ...packages]);
  const shapes = createShapes(definitions);
  const profiles = new Map<string, ProfileRules | undefined>();
  const rulesOf = (url: string): ProfileRules | undefined => {
    const key = canonicalKey(url);
    if (!profiles.has(key)) {
      const definition = definitions.structure(key);
      profiles.set(key, definition?.derivation === 'constraint' ? compileProfile(definition, shapes) : undefined);
    }
    return profiles.get(key);
  };
  const know: Knowledge = { definitions, shapes, terminology: createTerminology(definitions), rulesOf };
  return {
    terminology: know.terminology,
    knowsProfile: (url) => rulesOf(url) !== undefined,
    validate: (resource, options = {}) => distinct(run(resource, options, know)).map(toIssue),
    find: (resource, options = {}) => distinct(run(resource, options, know)),
  };
}

function run(resource: unknown, { profiles = [], honourMetaProfile = true, resolve }: ValidateOptions, know: Knowledge): Finding[] {
  const root = isObject(resource) ? resource : {};
  // A type R4 does not know may be anything, so it is not repeated.
  const type = resourceTypeOf(root, know) ?? 'Resource';
  const state: Run = {
    know,
    findings: [],
    root,
    resource: root,
    resourcePath: type,
    plain: plainTwins(resource),
    resolve: root.resourceType === 'Bundle' ? withEntries(root, resolve) : (resolve ?? (() => undefined)),
    conformance: new Map(),
  };
  checkResource(resource, type, state);
  if (state.findings.some(({ rule }) => rule === 'not-a-resource')) return state.findings;
  for (const url of profiles) applyProfile(root, type, url, 'profile-not-found', state);
  if (honourMetaProfile) forEachResource(root, type, state, claimedProfiles);
  return state.findings;
}

function resourceTypeOf({ resourceType }: Record<string, unknown>, know: Knowledge): string | undefined {
  return typeof resourceType === 'string' && know.shapes.of(resourceType)?.isResource ? resourceType : undefined;
}

function claimedProfiles(resource: Record<string, unknown>, path: string, state: Run): void {
  const claimed = isObject(resource.meta) && Array.isArray(resource.meta.profile) ? resource.meta.profile : [];
  for (const url of new Set(claimed)) if (typeof url === 'string') applyProfile(resource, path, url, 'profile-unknown', state);
}

function applyProfile(
  resource: Record<string, unknown>,
  path: string,
  url: string,
  ifUnknown: 'profile-not-found' | 'profile-unknown',
  state: Run,
): void {
  const type = resource.resourceType as string;
  if (canonicalKey(url) === CORE_PREFIX + type) return;
  const rules = state.know.rulesOf(url);
  if (!rules) report(state, ifUnknown, ifUnknown === 'profile-unknown' ? `${path}.meta.profile` : path);
  else if (rules.type !== type) report(state, 'profile-other-type', path, { profile: rules.url, type: rules.type });
  else checkRoot({ value: resource, path, type, shape: state.know.shapes.of(type) }, rules, state);
}

/** The resource and those within: contained, and entries of a bundle. */
function forEachResource(resource: Record<string, unknown>, path: string, state: Run, visit: typeof claimedProfiles): void {
  visit(resource, path, state);
  const inner = (list: unknown, name: string, pick: (each: unknown) => unknown, suffix: string, alone: boolean) => {
    if (!Array.isArray(list)) return;
    list.forEach((each, i) => {
      const value = pick(each);
      if (!isObject(value) || !resourceTypeOf(value, state.know)) return;
      const next: Run = { ...state, resource: value, root: alone ? value : state.root };
      forEachResource(value, `${path}.${name}[${i}]${suffix}`, next, visit);
    });
  };
  inner(resource.contained, 'contained', (each) => each, '', false);
  if (resource.resourceType === 'Bundle')
    inner(resource.entry, 'entry', (each) => (isObject(each) ? each.resource : undefined), '.resource', true);
}

/** References between the entries of a bundle are followed, by fullUrl or by type and id. */
function withEntries(bundle: Record<string, unknown>, resolve: ResolveReference | undefined): ResolveReference {
  const known = new Map<string, ResolvedReference>();
  for (const entry of Array.isArray(bundle.entry) ? bundle.entry : []) {
    if (!isObject(entry) || !isObject(entry.resource) || typeof entry.resource.resourceType !== 'string') continue;
    const target = { type: entry.resource.resourceType, resource: entry.resource };
    if (typeof entry.fullUrl === 'string') known.set(entry.fullUrl, target);
    if (typeof entry.resource.id === 'string') known.set(`${target.type}/${entry.resource.id}`, target);
  }
  return (reference) => known.get(reference) ?? resolve?.(reference);
}

/** Each said once, the most severe first. */
function distinct(findings: Finding[]): Finding[] {
  const said = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.rule} ${finding.path} ${JSON.stringify(finding.detail)}`;
    if (!said.has(key)) said.set(key, finding);
  }
  return [...said.values()].sort((a, b) => SEVERITIES.indexOf(severityOf(a)) - SEVERITIES.indexOf(severityOf(b)));
}
