// _summary and _elements: a part of a resource, marked SUBSETTED so that nobody takes it for the whole or writes it back.
// Modifier elements always stay: leaving one out could turn a directive's meaning round.
// https://hl7.org/fhir/R4/search.html#summary
import { isObject, parseStoredJson, writeJson } from '../fhir/json.js';
import { SUMMARY_ELEMENTS } from './summary-elements.js';

export const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/** In every subset: identity, and what changes the meaning of the rest. */
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension', 'language'];

/** Root elements that are modifiers or mandatory in R4, of the types kept here. */
const MODIFIERS_AND_MANDATORY = [
  'status',
  'active',
  'deceasedBoolean',
  'deceasedDateTime',
  'lifecycleStatus',
  'docStatus',
  'intent',
  'doNotPerform',
  'clinicalStatus',
  'verificationStatus',
  'statusReason',
  'scope',
  'category',
  'provision',
  'policy',
  'policyRule',
  'patient',
  'subject',
  'description',
  'class',
  'code',
  'device',
  'questionnaire',
  'link',
  'target',
  'recorded',
  'agent',
  'for',
  'type',
  'content',
  'mode',
  'url',
  'kind',
  'abstract',
  'base',
  'title',
  'date',
  'author',
];

export interface SubsetQuery {
  summary?: 'true' | 'text' | 'data' | 'count' | 'false';
  elements?: readonly string[];
}

/** JSON text of the part of a resource that the query asks. `_elements` applies to matches, not to includes. */
export function summarised(content: string, query: SubsetQuery, isMatch: boolean): string {
  const resource = parseStoredJson(content) as Record<string, unknown>;
  const keep = keeper(query, String(resource.resourceType), isMatch);
  if (!keep) return content;
  const part: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(resource)) if (keep(name.replace(/^_/, ''))) part[name] = value;
  const meta = isObject(part.meta) ? part.meta : {};
  part.meta = { ...meta, tag: [...(Array.isArray(meta.tag) ? meta.tag : []), SUBSETTED] };
  return writeJson(part);
}

function keeper(query: SubsetQuery, type: string, isMatch: boolean): ((name: string) => boolean) | undefined {
  if (query.summary === 'data') return (name) => name !== 'text';
  if (query.summary === 'text') return (name) => name === 'text' || ALWAYS.includes(name) || MODIFIERS_AND_MANDATORY.includes(name);
  if (query.summary === 'true')
    return (name) => ALWAYS.includes(name) || MODIFIERS_AND_MANDATORY.includes(name) || (SUMMARY_ELEMENTS[type]?.includes(name) ?? false);
  if (query.elements && isMatch) {
    const asked = query.elements.map((name) => name.replace(`${type}.`, ''));
    return (name) => asked.includes(name) || ALWAYS.includes(name) || MODIFIERS_AND_MANDATORY.includes(name);
  }
  return undefined;
}
