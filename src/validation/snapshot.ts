// Snapshots for profiles published without one: the base's snapshot with the differential laid over it.
// https://hl7.org/fhir/R4/profiling.html#snapshot
import type { ElementDefinition, ElementSlicing, StructureDefinition } from './definitions.js';
import { identityOf } from './invariants.js';

type FindStructure = (url: string) => StructureDefinition | undefined;

/** Properties of an element that a differential replaces; constraints are added to. */
const REPLACED = /^(min|max|type|binding|slicing|sliceName|maxLength|isModifier|contentReference|fixed|pattern|minValue|maxValue)/;
const BY_TYPE: ElementSlicing = { discriminator: [{ type: 'type', path: '$this' }], rules: 'open' };
const BY_URL: ElementSlicing = { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' };
const CORE = 'http://hl7.org/fhir/StructureDefinition/';

/**
 * The definition with its snapshot. `find` gives the definitions it builds on; those without snapshot are completed in the same way.
 * Throws an Error that names the profile and what is missing or cannot be placed.
 */
export function withSnapshot(definition: StructureDefinition, find: FindStructure, path: readonly string[] = []): StructureDefinition {
  if (definition.snapshot?.element.length) return definition;
  if (path.includes(definition.url)) throw new Error(`${definition.url} is its own base`);
  const base = definition.baseDefinition === undefined ? undefined : find(definition.baseDefinition);
  if (!base) throw new Error(`${definition.url} has no snapshot, and its base ${definition.baseDefinition ?? '(none)'} is not loaded`);
  const complete = (url: string): StructureDefinition | undefined => {
    const found = find(url);
    return found && withSnapshot(found, find, [...path, definition.url]);
  };
  const source = withSnapshot(base, find, [...path, definition.url]);
  const elements = (source.snapshot?.element ?? []).map(copyOf);
  for (const change of definition.differential?.element ?? []) lay(change, elements, definition, complete);
  return { ...definition, snapshot: { element: elements } };
}

function copyOf(element: ElementDefinition): ElementDefinition {
  return { ...element, id: element.id ?? element.path };
}

function lay(change: ElementDefinition, elements: ElementDefinition[], profile: StructureDefinition, find: FindStructure): void {
  const id = change.id ?? change.path + (change.sliceName ? `:${change.sliceName}` : '');
  const target = elements[place(id, elements, profile, find)] as ElementDefinition;
  Object.assign(target, Object.fromEntries(Object.entries(change).filter(([key]) => REPLACED.test(key))));
  if (change.constraint) {
    const added = change.constraint.filter((each) => !target.constraint?.some((known) => identityOf(known) === identityOf(each)));
    target.constraint = [...(target.constraint ?? []), ...added];
  }
}

/** The index of the element with this id, made from its base when it is a slice or lies inside a data type. */
function place(id: string, elements: ElementDefinition[], profile: StructureDefinition, find: FindStructure): number {
  const known = elements.findIndex((element) => element.id === id);
  if (known >= 0) return known;
  const dot = id.lastIndexOf('.');
  const last = id.slice(dot + 1);
  const colon = last.indexOf(':');
  if (dot < 0) throw new Error(`${profile.url}: ${id} is not an element of ${profile.type}`);
  if (colon >= 0) return addSlice(id, dot + 1 + (last.includes('/') ? last.lastIndexOf('/') : colon), elements, profile, find);
  const parent = place(id.slice(0, dot), elements, profile, find);
  expand(parent, elements, profile, find);
  // The parent may have been named by its short form, and its children stand under the full one.
  const full = `${elements[parent]?.id}.${last}`;
  const child = elements.findIndex((element) => element.id === full);
  if (child >= 0) return child;
  const choice = choiceOf(full, elements);
  if (choice) return place(choice, elements, profile, find);
  throw new Error(`${profile.url}: ${id} is not an element of its base`);
}

/** `Observation.valueQuantity` is short for the slice `Observation.value[x]:valueQuantity`. */
function choiceOf(id: string, elements: readonly ElementDefinition[]): string | undefined {
  const found = elements.find(
    ({ id: other }) => other?.endsWith('[x]') && id.startsWith(other.slice(0, -3)) && /^[A-Z]\w*$/.test(id.slice(other.length - 3)),
  );
  return found && `${found.id}:${id.slice(id.lastIndexOf('.') + 1)}`;
}

function addSlice(id: string, cut: number, elements: ElementDefinition[], profile: StructureDefinition, find: FindStructure): number {
  const slicedId = id.slice(0, cut);
  const slicedAt = place(slicedId, elements, profile, find);
  const inherited = elements.findIndex((element) => element.id === id);
  if (inherited >= 0) return inherited;
  const sliced = elements[slicedAt] as ElementDefinition;
  const sliceName = id.slice(id.lastIndexOf(':') + 1);
  const { slicing: _, ...content } = sliced;
  const made: ElementDefinition = { ...content, id, sliceName, min: 0 };
  const types = sliced.path.endsWith('[x]') ? sliced.type?.filter(({ code }) => sliceName === typedName(sliced.path, code)) : undefined;
  if (types?.length) made.type = types;
  sliced.slicing ??= types?.length ? BY_TYPE : /\.(modifierE|e)xtension$/.test(sliced.path) ? BY_URL : undefined;
  let end = slicedAt + 1;
  const belongs = (other?: ElementDefinition) =>
    [`${slicedId}.`, `${slicedId}:`, `${slicedId}/`].some((prefix) => other?.id?.startsWith(prefix));
  while (belongs(elements[end])) end++;
  elements.splice(end, 0, made);
  return end;
}

function typedName(path: string, code: string): string {
  return path.slice(path.lastIndexOf('.') + 1, -3) + code.charAt(0).toUpperCase() + code.slice(1);
}

/** Adds the children of an element: those of the element it slices, of what it refers to, or of its type or the type's profile. */
function expand(at: number, elements: ElementDefinition[], profile: StructureDefinition, find: FindStructure): void {
  const element = elements[at] as ElementDefinition;
  const id = element.id as string;
  if (elements.some((other) => other.id?.startsWith(`${id}.`))) return;
  const slicedId = element.sliceName && /[:/][^:/.]*$/.test(id) ? id.replace(/[:/][^:/.]*$/, '') : undefined;
  const sliced = slicedId ? childrenOf(slicedId, elements) : [];
  const referred = element.contentReference ? childrenOf(element.contentReference.split('#')[1] as string, elements) : [];
  const [children, from] =
    sliced.length > 0
      ? [sliced, slicedId as string]
      : referred.length > 0
        ? [referred, element.contentReference?.split('#')[1] as string]
        : typeOf(element, profile, find);
  const fromPath = children.length > 0 ? pathOf(from) : '';
  const added = children.map((child) => ({
    ...child,
    id: id + (child.id as string).slice(from.length),
    path: element.path + child.path.slice(fromPath.length),
  }));
  elements.splice(at + 1, 0, ...added);
}

function typeOf(element: ElementDefinition, profile: StructureDefinition, find: FindStructure): [ElementDefinition[], string] {
  const type = element.type?.length === 1 ? element.type[0] : undefined;
  const url = type?.profile?.length === 1 ? (type.profile[0] as string) : type && CORE + type.code;
  const definition = url === undefined ? undefined : find(url);
  if (!definition?.snapshot) throw new Error(`${profile.url}: the content of ${element.id} cannot be known (${url ?? 'several types'})`);
  const content = definition.snapshot.element.map(copyOf);
  const root = content[0]?.id as string;
  return [content.slice(1), root];
}

function childrenOf(id: string, elements: readonly ElementDefinition[]): ElementDefinition[] {
  return elements.filter((element) => element.id?.startsWith(`${id}.`));
}

function pathOf(id: string): string {
  return id.replace(/:[^.]*/g, '');
}
