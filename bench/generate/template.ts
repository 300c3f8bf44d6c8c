// A text with stand-ins, cut up once and put together again for each patient.
import type { Digests, Form } from './digests.js';
import { formOf, sha256 } from './digests.js';
import { standInsOf, VALUE_COUNT } from './variables.js';

/** Parts and the places of the values between them: one part more than places. Places from VALUE_COUNT on are digests. */
export interface Template {
  parts: string[];
  places: number[];
}

/** A plan as rows of each table, in the text form of COPY, and the digests in them, each after those it needs. */
export interface PlanTemplate {
  gender: 'male' | 'female';
  digests: { form: Form; input: Template }[];
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

/** The patient's values and, behind them, the digests that follow from them. */
export function withDigests({ digests }: PlanTemplate, values: string[]): string[] {
  for (const { form, input } of digests) values.push(formOf(form, sha256(stamp(input, values))));
  return values;
}
