// Extensions by their own definitions: known or not, where they may stand, and whether they change meaning.
// https://hl7.org/fhir/R4/extensibility.html
import { isObject } from '../fhir/json.js';
import type { StructureDefinition } from './definitions.js';
import { checkRoot } from './profile-check.js';
import { type JsonObject, type Run, report } from './run.js';

const ABSOLUTE = /^(https?:\/\/|urn:|ftp:\/\/)/;
const SNOMED = 'http://snomed.info/sct';
const TREATMENT_DIRECTIVE = '129125009';
const ADVANCE_DIRECTIVE = 'acd';
const PERMISSION_SCOPE = 'patient-privacy';

export interface ExtensionPlace {
  isModifier: boolean;
  /** Names an extension's context may use for the element it stands on. */
  contexts: ReadonlySet<string>;
  /** The url of the extension around it, if any. */
  parentUrl?: string;
}

/** Checks one extension beyond its structure. Inside a complex extension, its parts are checked by the definition of the whole. */
export function checkExtension(extension: JsonObject, { isModifier, contexts, parentUrl }: ExtensionPlace, path: string, run: Run): void {
  const hasValue = Object.keys(extension).some((key) => /^_?value[A-Z]/.test(key));
  if (hasValue === (extension.extension !== undefined)) report(run, 'extension-value', path);
  const url = extension.url;
  if (typeof url !== 'string') return;
  if (!ABSOLUTE.test(url)) {
    if (parentUrl === undefined) report(run, 'extension-url', `${path}.url`);
    return;
  }
  const definition = run.know.definitions.structure(url);
  if (definition?.type !== 'Extension') {
    if (isModifier) report(run, isOnDecision(run) ? 'unknown-modifier-on-decision' : 'unknown-modifier', path);
    else report(run, 'extension-unknown', path);
    return;
  }
  const detail = { extension: definition.url };
  const changesMeaning = definition.snapshot?.element[0]?.isModifier === true;
  if (changesMeaning && !isModifier) report(run, 'extension-is-modifier', path, detail);
  if (!changesMeaning && isModifier) report(run, 'extension-not-modifier', path, detail);
  if (!mayStand(definition, contexts, wholePath(path, run), parentUrl)) report(run, 'extension-context', path, detail);
  const rules = run.know.rulesOf(definition.url);
  if (rules) checkRoot({ value: extension, path, type: 'Extension', shape: run.know.shapes.of('Extension') }, rules, run);
}

/** The element an extension stands on, from its resource down: StructureDefinition.snapshot.element.binding.valueSet. */
function wholePath(path: string, { resource, resourcePath }: Run): string {
  const owner = path.slice(resourcePath.length, path.lastIndexOf('.'));
  return String(resource.resourceType) + owner.replace(/\[\d+\]/g, '');
}

function mayStand(
  { context, contextInvariant }: StructureDefinition,
  places: ReadonlySet<string>,
  place: string,
  parentUrl: string | undefined,
): boolean {
  if (!context || context.length === 0 || contextInvariant) return true;
  return context.some(({ type, expression }) => {
    if (type === 'extension') return expression === parentUrl;
    if (type !== 'element') return true;
    const name = (expression.split('#').pop() as string).replace('[x]', '');
    return places.has(name) || place === name;
  });
}

/** A treatment or advance directive. What is unknown about a decision is stored and shown; about a permission to share it is refused. */
function isOnDecision({ root, resource }: Run): boolean {
  if (resource !== root || resource.resourceType !== 'Consent') return false;
  const codings = (value: unknown): JsonObject[] =>
    (Array.isArray(value) ? value : [value]).flatMap((concept) =>
      isObject(concept) && Array.isArray(concept.coding) ? concept.coding.filter(isObject) : [],
    );
  if (codings(resource.scope).some(({ code }) => code === PERMISSION_SCOPE)) return false;
  return codings(resource.category).some(
    ({ system, code }) => (system === SNOMED && code === TREATMENT_DIRECTIVE) || code === ADVANCE_DIRECTIVE,
  );
}
