// Digests in what the service stores (the plan's, those of paired goals, the answer's identity): what each was made of is listened
// to while a plan is made, so that it can be made anew of the stamped text, by the same hash over the same text.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** Digests as they stand in texts: whole, as the identity of a document, and the few digits behind a version. */
const ANY = /\b[0-9a-f]{64}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b|(?<=\b\d{1,4}-)[0-9a-f]{8}\b/g;

export type Form = 'whole' | 'uuid' | 'short';

export class Digests {
  private readonly made = new Map<string, { form: Form; input: string }>();
  private readonly real = crypto.createHash;

  /** From now on. One at a time. */
  listen(): void {
    const told = (input: string, hex: string) => {
      for (const form of ['whole', 'uuid', 'short'] as const) this.made.set(formOf(form, hex), { form, input });
    };
    crypto.createHash = ((algorithm: string, options?: crypto.HashOptions) => {
      const hash = this.real(algorithm, options);
      if (algorithm !== 'sha256') return hash;
      const { update, digest } = hash;
      let input = '';
      hash.update = ((text: string) => {
        input += text;
        return update.call(hash, text, 'utf8');
      }) as typeof update;
      hash.digest = ((encoding: 'hex') => {
        const made = digest.call(hash, encoding);
        if (encoding === 'hex') told(input, made);
        return made;
      }) as typeof digest;
      return hash;
    }) as typeof crypto.createHash;
    syncBuiltinESMExports();
  }

  stop(): void {
    crypto.createHash = this.real;
    syncBuiltinESMExports();
  }

  forget(): void {
    this.made.clear();
  }

  /** Where digests are in a text, and what they were made of. */
  of(text: string): { at: number; length: number; form: Form; input: string }[] {
    return [...text.matchAll(ANY)].flatMap((match) => {
      const made = this.made.get(match[0]);
      return made ? [{ at: match.index, length: match[0].length, ...made }] : [];
    });
  }
}

export function sha256(text: string, encoding: BufferEncoding = 'utf8'): string {
  return crypto.createHash('sha256').update(text, encoding).digest('hex');
}

/** As the plan's version (src/izp/card.ts) and the document's identity (src/izp/summary.ts) write a digest. */
export function formOf(form: Form, hex: string): string {
  if (form === 'whole') return hex;
  if (form === 'short') return hex.slice(0, 8);
  const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
