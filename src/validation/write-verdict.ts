// What is wrong with a resource that is to be written, and whether that refuses it: R4 and the service's own profiles always do,
// published profiles unless the sender is one whose profile errors are taken in and reported.
import type { OperationOutcomeIssue } from '@medplum/fhirtypes';
import { canonicalKey } from '../fhir/canonical.js';
import { isObject } from '../fhir/json.js';
import { attachmentFindings } from './attachments.js';
import { CORE_PREFIX } from './definitions.js';
import { type Finding, severityOf, toIssue } from './issues.js';
import type { Validator } from './validator.js';

/** What errors of published profiles do to a client's writes; a setting of the client. */
export type OnProfileErrors = 'refuse' | 'accept-and-report';

/** One error that was taken in: where and which rule, never what stood there. */
export interface ProfileError {
  /** Canonical URL of the profile, or of the extension's definition, whose rule it is. */
  profile: string;
  /** FHIRPath of the element. */
  expression: string;
  /** Key of the invariant, or the validator's name of the rule. */
  rule: string;
}

export interface Verdict {
  /** Everything found, the most severe first; an error refuses the write. */
  issues: OperationOutcomeIssue[];
  /** Errors of published profiles that do not refuse it; among `issues` they are warnings. */
  accepted: ProfileError[];
}

export interface VerdictOptions {
  onProfileErrors?: OnProfileErrors;
  /** Profiles asked for beside those claimed; one that is not loaded is an error. */
  profiles?: readonly string[];
  /** True of what a patient or representative says: what is attached is held to what a letter may be. */
  isOwnWords?: boolean;
}

export interface WriteRules {
  validator: Validator;
  /** Canonical base of the service's own definitions. */
  ownBase: string;
  /** The service's own profile for a resource of this kind, claimed or not. */
  ownProfile(resource: unknown): string | undefined;
  /** Whether a modifier extension nobody knows is taken in, because the resource will be shown as one that cannot be interpreted. */
  showsUnknownModifiers(resource: unknown): boolean;
  /** Whether what is attached is a letter, for everybody to read. */
  isLetter(resource: unknown): boolean;
}

export type JudgeWrite = (resource: unknown, options?: VerdictOptions) => Verdict;

const STORED_NEVERTHELESS = 'Stored nevertheless, tagged and reported';

/** Judges one resource; never throws on data. */
export function createWriteJudge({ validator, ownBase, ownProfile, showsUnknownModifiers, isLetter }: WriteRules): JudgeWrite {
  return (resource, { onProfileErrors = 'refuse', profiles = [], isOwnWords = false } = {}) => {
    const own = ownProfile(resource);
    const asked = own === undefined || claims(resource, own) ? profiles : [own, ...profiles];
    const accepted: ProfileError[] = [];
    const attached = attachmentFindings(resource, isOwnWords || isLetter(resource));
    const issues = [...validator.find(resource, { profiles: asked }), ...attached].map((finding): OperationOutcomeIssue => {
      const issue = toIssue(finding);
      if (severityOf(finding) !== 'error') return issue;
      if (isTolerable(finding) && showsUnknownModifiers(resource)) return { ...issue, severity: 'warning' };
      const profile = publishedSource(finding, ownBase);
      if (onProfileErrors === 'refuse' || profile === undefined) return issue;
      const { path, detail, rule } = finding;
      accepted.push({ profile, expression: path, rule: String(detail?.key ?? rule) });
      return { ...issue, severity: 'warning', diagnostics: `${issue.diagnostics} ${STORED_NEVERTHELESS}.` };
    });
    return { issues: [...issues.filter(isError), ...issues.filter((issue) => !isError(issue))], accepted };
  };
}

export function isError({ severity }: OperationOutcomeIssue): boolean {
  return severity === 'error' || severity === 'fatal';
}

/** A wish that is refused is a wish that is lost: the directive is stored, and shown as one that cannot be interpreted. */
function isTolerable({ rule, path }: Finding): boolean {
  return (rule === 'unknown-modifier-on-decision' || rule === 'unknown-modifier') && !path.includes('.contained[');
}

/** The published definition whose rule was broken; undefined for rules of R4, of its own extensions, and of the service. */
function publishedSource({ rule, profile, detail }: Finding, ownBase: string): string | undefined {
  // What is wrong may be the place of an extension, or the claim: by the definition it is about.
  const about = rule === 'extension-context' ? detail?.extension : rule === 'profile-other-type' ? detail?.profile : undefined;
  const source = typeof about === 'string' ? about : profile;
  return source === undefined || source.startsWith(CORE_PREFIX) || source.startsWith(`${ownBase}/`) ? undefined : source;
}

function claims(resource: unknown, profile: string): boolean {
  const meta = isObject(resource) && isObject(resource.meta) ? resource.meta : {};
  return Array.isArray(meta.profile) && meta.profile.some((url) => typeof url === 'string' && canonicalKey(url) === profile);
}
