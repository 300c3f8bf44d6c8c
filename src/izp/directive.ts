// One treatment or advance directive, read strictly: what it says, about what, whether it is in force, and from whom.
// https://hl7.org/fhir/R4/consent.html
import type { Coding, Consent, ConsentProvision, Resource } from '@medplum/fhirtypes';
import { type Interval, intervalOf } from '../fhir/dates.js';
import { URA_SYSTEM } from '../fhir/identity.js';
import { isObject } from '../fhir/json.js';
import { withoutVersion } from '../fhir/references.js';
import * as codes from './codes.js';
import { codingsOf, extensionsOf, filled, hasCode, hasSnomed } from './concepts.js';
import { hasUnknownModifier } from './modifiers.js';
import type { RecordEntry } from './record.js';
import { recorderOf } from './withdrawal.js';

export type DirectiveKind = 'treatment' | 'advance';

/** Why a directive cannot be read as a decision. */
export type Uninterpretable =
  | 'unknown-modifier'
  | 'nested-provision'
  | 'narrowed-provision'
  | 'malformed-specification'
  | 'unknown-provision-type'
  | 'unclear-treatment'
  | 'unclear-period'
  | 'ended-without-date';

/** In force now, was in force once (and so supersedes), begins later, or never counts. */
export type Standing = 'current' | 'ended' | 'future' | 'void';

/**
 * Whether a Consent is a directive, and which. A permission to share (scope patient-privacy) or to take part in research
 * never is, whatever else it carries. The category counts before the scope; with both categories the kind of code decides.
 */
export function directiveKind(consent: Consent): DirectiveKind | undefined {
  if (codingsOf(consent.scope).some(isPermission)) return undefined;
  const treatment = hasSnomed(consent.category, codes.TREATMENT_DIRECTIVE);
  const advance = hasCode(consent.category, codes.CONSENT_CATEGORY, codes.ADVANCE_DIRECTIVE);
  if (treatment && advance) {
    const willType = provisionCodes(consent.provision).some((concept) =>
      codingsOf(concept).some((c) => c.system === codes.LIVING_WILL_TYPE),
    );
    return willType ? 'advance' : 'treatment';
  }
  if (treatment) return 'treatment';
  if (advance) return 'advance';
  if (hasCode(consent.scope, codes.CONSENT_SCOPE, 'treatment')) return 'treatment';
  return hasCode(consent.scope, codes.CONSENT_SCOPE, 'adr') ? 'advance' : undefined;
}

/** Whatever system it is said to be of: a permission taken for a directive would be told as a decision. */
const isPermission = ({ code }: Coding) => code === 'patient-privacy' || code === 'research';

/** Every code of a provision and of the provisions inside it. */
export function provisionCodes(provision: ConsentProvision | undefined): NonNullable<ConsentProvision['code']> {
  if (!isObject(provision)) return [];
  const { code, provision: nested } = provision as ConsentProvision;
  return [...(Array.isArray(code) ? code : []), ...(Array.isArray(nested) ? nested.flatMap(provisionCodes) : [])];
}

/** Whether a directive counts at `now`, and the next moment after `now` at which that may change. */
export function standingOf(consent: Consent, now: number): { standing: Standing; changesAt?: number; unclear: boolean } {
  if (consent.status !== 'active' && consent.status !== 'inactive') return { standing: 'void', unclear: false };
  const period = consent.provision?.period;
  const start = bound(period?.start);
  const end = bound(period?.end);
  const unclear = start === 'unclear' || end === 'unclear' || (isInterval(start) && isInterval(end) && end.end < start.start);
  const active = consent.status === 'active';
  if (unclear) return { standing: active ? 'current' : 'ended', unclear };
  const boundaries = [...(isInterval(start) ? [start.start] : []), ...(isInterval(end) ? [end.end + 1] : [])].filter((at) => at > now);
  const changesAt = active && boundaries.length > 0 ? Math.min(...boundaries) : undefined;
  if (isInterval(start) && now < start.start) return { standing: active ? 'future' : 'void', changesAt, unclear };
  if (!active || (isInterval(end) && now > end.end)) return { standing: 'ended', unclear };
  return { standing: 'current', changesAt, unclear };
}

/** When the directive says it was agreed; undefined when missing, malformed, or still to come at `now`. */
export function agreedOn(consent: Consent, now: number): Interval | undefined {
  const interval = typeof consent.dateTime === 'string' ? intervalOf(consent.dateTime) : undefined;
  return interval && interval.start <= now ? interval : undefined;
}

/** The organisation a directive comes from, as a key to compare; undefined when unknown, which equals no other. */
export function organizationKey(entry: RecordEntry, directory: ReadonlyMap<string, Resource>): string | undefined {
  const recorder = recorderOf(entry.resource);
  if (recorder !== undefined) return `ura:${recorder}`;
  if (entry.author?.ura) return `ura:${entry.author.ura}`;
  const organizations = (entry.resource as Consent).organization;
  if (!Array.isArray(organizations) || organizations.length === 0) return undefined;
  const keys = organizations.map((reference) => {
    const target = reference.reference === undefined ? undefined : directory.get(withoutVersion(reference.reference));
    const identifiers = [reference.identifier, ...(target?.resourceType === 'Organization' ? (target.identifier ?? []) : [])];
    const ura = identifiers.find((identifier) => identifier?.system === URA_SYSTEM)?.value;
    if (ura) return `ura:${ura}`;
    return reference.reference === undefined ? undefined : `reference:${withoutVersion(reference.reference)}`;
  });
  return keys.every((key) => key !== undefined) ? keys.sort().join(' ') : undefined;
}

/** What limits a provision in a way that no profile of a directive knows: read past, "do not" would be told of more than was agreed. */
const NARROWING = ['action', 'securityLabel', 'purpose', 'class', 'dataPeriod', 'data'] as const;

/** Everything that forbids reading a directive as a plain statement, apart from its SpecificationOther. */
export function obstacles(consent: Consent, knownModifiers: ReadonlySet<string>, unclearPeriod: boolean): Uninterpretable[] {
  const found: Uninterpretable[] = [];
  if (hasUnknownModifier(consent, knownModifiers)) found.push('unknown-modifier');
  if (consent.provision?.provision !== undefined) found.push('nested-provision');
  if (NARROWING.some((element) => consent.provision?.[element] !== undefined)) found.push('narrowed-provision');
  if (unclearPeriod) found.push('unclear-period');
  const ended = extensionsOf(consent.provision, codes.REASON_FOR_ENDING).length + extensionsOf(consent, codes.REASON_FOR_ENDING).length > 0;
  if (ended && consent.provision?.period?.end === undefined) found.push('ended-without-date');
  return found;
}

/** The sender's remark on a directive. */
export function commentOf(consent: Consent): string | undefined {
  const texts = extensionsOf(consent, codes.COMMENT_EXTENSION).map((extension) => filled(extension.valueString));
  return texts.filter((text) => text !== undefined).join('\n') || undefined;
}

function bound(text: unknown): Interval | 'unclear' | undefined {
  if (text === undefined) return undefined;
  return (typeof text === 'string' ? intervalOf(text) : undefined) ?? 'unclear';
}

function isInterval(value: Interval | 'unclear' | undefined): value is Interval {
  return typeof value === 'object';
}
