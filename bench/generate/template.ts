// A text with stand-ins, cut up once and put together again for each patient.
import type { Digests, Form } from './digests.js';
import { formOf, sha256 } from './digests.js';
import { standInsOf, VALUE_COUNT } from './variables.js';

/** Parts and the places of the values between them: one part more than places. Places from VALUE_COUNT on are digests. */
export interface Template {
  parts: string[];
  places: number[];
}

/** What it is made of is absent where nobody needs it. */
interface Digest {
  form: Form;
  input?: Template;
}

/** A plan as rows of each table, in the text form of COPY, and the digests in them, each after those it needs. */
export interface PlanTemplate {
  gender: 'male' | 'female';
  digests: Digest[];
  tables: Record<string, Template>;
}

export function planTemplate(gender: 'male' | 'female', rows: Record<string, string>, digests: Digests): PlanTemplate {
  const plan: PlanTemplate = { gender, digests: [], tables: {} };
  const known = new Map<string, number>();
  const cut = (text: string): Template => {
    const found = [
      ...standInsOf(text),
      ...digests.of(text).map(({ at, length, form, input }) => ({ at, length, place: digestPlace(form, input) })),
    ].sort((a, b) => a.at - b.at);
    const template: Template = { parts: [], places: [] };
    let done = 0;
    for (const { at, length, place } of found) {
      // A digest may look as if it began inside a stand-in: what stands first counts.
      if (at < done) continue;
      template.parts.push(text.slice(done, at));
      template.places.push(place);
      done = at + length;
    }
    template.parts.push(text.slice(done));
    return template;
  };
  const digestPlace = (form: Form, input: string): number => {
    const key = `${form} ${input}`;
    const place = known.get(key);
    if (place !== undefined) return place;
    const cutInput = cut(input);
    const made = VALUE_COUNT + plan.digests.push({ form, input: cutInput }) - 1;
    known.set(key, made);
    return made;
  };
  for (const [table, text] of Object.entries(rows)) plan.tables[table] = cut(text);
  return plan;
}

/** A text with stand-ins and without digests, with these values in their places. */
export function stampText(text: string, values: readonly string[]): string {
  const template: Template = { parts: [], places: [] };
  let done = 0;
  for (const { at, length, place } of standInsOf(text)) {
    template.parts.push(text.slice(done, at));
    template.places.push(place);
    done = at + length;
  }
  template.parts.push(text.slice(done));
  return stamp(template, values);
}

/** The text with these values in their places. */
export function stamp({ parts, places }: Template, values: readonly string[]): string {
  let text = parts[0] as string;
  for (let i = 0; i < places.length; i++) text += (values[places[i] as number] as string) + (parts[i + 1] as string);
  return text;
}

/** The patient's values and, behind them, the digests that follow from them; values and templates `asBytes`. */
export function withDigests({ digests }: PlanTemplate, values: string[]): string[] {
  for (const { form, input } of digests) values.push(input ? formOf(form, sha256(stamp(input, values), 'latin1')) : '');
  return values;
}

/** The tables of this share, with the digests that are in them or in what those were made of; the others keep their place alone. */
export function shareOf({ gender, digests, tables }: PlanTemplate, share: readonly string[]): PlanTemplate {
  const kept = Object.fromEntries(Object.entries(tables).filter(([table]) => share.includes(table)));
  const needed = new Set(Object.values(kept).flatMap(({ places }) => places));
  // Each stands behind those it needs.
  const pruned = digests.map((digest) => ({ ...digest }));
  for (let i = pruned.length - 1; i >= 0; i--) {
    const digest = pruned[i] as Digest;
    if (!needed.has(VALUE_COUNT + i)) digest.input = undefined;
    for (const place of digest.input?.places ?? []) needed.add(place);
  }
  return { gender, digests: pruned, tables: kept };
}

/** Each byte of its UTF-8 as one character: one letter beyond Latin-1 would double what every other takes, and all are bytes in the end. */
export function asBytes(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The plan with texts `asBytes`. */
export function planAsBytes({ gender, digests, tables }: PlanTemplate): PlanTemplate {
  const bytes = ({ parts, places }: Template): Template => ({ parts: parts.map(asBytes), places });
  return {
    gender,
    digests: digests.map(({ form, input }) => ({ form, input: input && bytes(input) })),
    tables: Object.fromEntries(Object.entries(tables).map(([table, template]) => [table, bytes(template)])),
  };
}

const ASCII = /^[\0-\x7f]*$/;
