// Reads the members of a JSON object that somebody wrote by hand: right kind or a clear word, and no member nobody asked for.

/** What is wrong, as one English sentence that names the place. */
export class Wrong extends Error {}

type Members = Record<string, unknown>;

export class FieldReader {
  private readonly asked = new Set<string>();

  constructor(
    private readonly members: Members,
    private readonly place: string,
  ) {}

  wrong(name: string, what: string): Wrong {
    return new Wrong(`${this.place}: ${name} ${what}.`);
  }

  has(name: string): boolean {
    return this.members[name] !== undefined;
  }

  /** Undefined when the member is not there. */
  optional<T>(name: string, read: (name: string) => T): T | undefined {
    this.asked.add(name);
    return this.has(name) ? read(name) : undefined;
  }

  readonly text = (name: string): string => {
    const value = this.get(name);
    if (typeof value !== 'string' || value === '') throw this.wrong(name, 'is not a text');
    return value;
  };

  /** An https URL, or http on this machine. */
  readonly url = (name: string): string => {
    const value = this.text(name);
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
    if (!isSafe) throw this.wrong(name, 'is not an https URL');
    return value;
  };

  wholeNumber(name: string, most: number): number {
    const value = this.get(name);
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > most)
      throw this.wrong(name, `is not a whole number up to ${most}`);
    return value as number;
  }

  readonly flag = (name: string): boolean => {
    const value = this.get(name);
    if (typeof value !== 'boolean') throw this.wrong(name, 'is not true or false');
    return value;
  };

  readonly list = (name: string): string[] => {
    const value = this.get(name);
    if (!isList(value)) throw this.wrong(name, 'is not a list of texts');
    return value;
  };

  readonly object = (name: string): Members => {
    const value = this.get(name);
    if (!isObject(value)) throw this.wrong(name, 'is not an object');
    return value;
  };

  readonly objects = (name: string): Members[] => {
    const value = this.get(name);
    if (!Array.isArray(value) || !value.every(isObject)) throw this.wrong(name, 'is not a list of objects');
    return value;
  };

  /** An object of texts. */
  readonly texts = (name: string): Record<string, string> => {
    const value = this.object(name);
    if (!Object.values(value).every((one) => typeof one === 'string' && one !== '')) throw this.wrong(name, 'is not an object of texts');
    return value as Record<string, string>;
  };

  /** An object of lists of texts. */
  readonly lists = (name: string): Record<string, string[]> => {
    const value = this.object(name);
    if (!Object.values(value).every(isList)) throw this.wrong(name, 'is not an object of lists of texts');
    return value as Record<string, string[]>;
  };

  /** Throws for a member that nobody read: a misspelt one must not be without effect. */
  end(): void {
    const unread = Object.keys(this.members).find((name) => !this.asked.has(name));
    if (unread !== undefined) throw this.wrong(unread, 'is not known here');
  }

  private get(name: string): unknown {
    this.asked.add(name);
    const value = this.members[name];
    if (value === undefined) throw this.wrong(name, 'is missing');
    return value;
  }
}

/** Loopback addresses, the only ones reached without TLS. */
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Hands the members of an object to `read`, and refuses those it did not ask for. Throws Wrong. */
export function readFields<T>(value: unknown, place: string, read: (fields: FieldReader) => T): T {
  if (!isObject(value)) throw new Wrong(`${place} is not an object.`);
  const fields = new FieldReader(value, place);
  const result = read(fields);
  if (result instanceof Promise) {
    return result.then((done: unknown) => {
      fields.end();
      return done;
    }) as T;
  }
  fields.end();
  return result;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
}
