// The local spool: audit events that the database cannot take now, in files of one JSON line each, on disk before the answer leaves
// and written to the database, in order, as soon as it takes them.
import { randomUUID } from 'node:crypto';
import { appendFile, type FileHandle, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { NewAuditEvent } from '../store/audit-events.js';

/** About 370,000 events: more than a day of a busy service. Then reads are refused rather than the disk filled, in bytes. */
const MAX_BYTES = 256 * 1024 * 1024;
/** A file is read whole when it is replayed, in bytes. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Nothing is added to a file once it is so old, and one that is older by a wide margin is nobody's any more, in ms. */
const MAX_FILE_AGE_MS = 60_000;
const ABANDONED_MS = 3 * MAX_FILE_AGE_MS;
/** Events written to the database at once. */
const MAX_BATCH = 500;

/** spool-<milliseconds since 1970>-<host>-<process number>-<a random id>.jsonl: in the order of time. */
const FILE = /^spool-(\d{15})-([^/]+)-(\d+)-[0-9a-f-]{36}\.jsonl$/;
/** Lines that are no events, and events the database refuses: kept for a look, never tried again. */
const REFUSED = 'refused.jsonl';

export interface Replay {
  /** Written to the database, or there already. */
  events: number;
  /** Put aside: cut off in the middle by a crash (such a line was never answered), or refused. */
  refused: number;
}

export class AuditSpool {
  private file: { handle: FileHandle; bytes: number; opened: number } | undefined;
  private readonly own = new Set<string>();
  private appending: Promise<void> | undefined;

  /** `limit`: bytes the folder may take. */
  constructor(
    private readonly folder: string,
    private readonly limit = MAX_BYTES,
  ) {}

  /** True from the start of an append until the next replay. */
  get isInUse(): boolean {
    return this.file !== undefined || this.appending !== undefined;
  }

  /** Resolves when the events are on disk. One call at a time. Rejects when the disk does not take them or the spool is full. */
  append(events: readonly NewAuditEvent[]): Promise<void> {
    const appending = this.write(`${events.map((event) => JSON.stringify(event)).join('\n')}\n`).finally(() => {
      this.appending = undefined;
    });
    this.appending = appending.catch(() => undefined);
    return appending;
  }

  /**
   * Hands the events of all files that nobody writes to any more to `insert`, in order, and removes each file when it is done.
   * `insert` must take an event twice, and rejects the same way as for one event when the database cannot take any: then what is
   * left stays. `isRefusal` tells an error that is about the events themselves.
   */
  async replay(insert: (events: readonly NewAuditEvent[]) => Promise<void>, isRefusal: (error: unknown) => boolean): Promise<Replay> {
    await this.appending;
    await this.closeFile();
    const done: Replay = { events: 0, refused: 0 };
    for (const name of await this.files()) {
      if (!this.own.has(name) && !isAbandoned(name)) continue;
      const path = join(this.folder, name);
      const { events, broken } = linesOf(await readFile(path, 'utf8'));
      for (let at = 0; at < events.length; at += MAX_BATCH)
        broken.push(...(await insertEach(events.slice(at, at + MAX_BATCH), insert, isRefusal)));
      if (broken.length > 0) await appendFile(join(this.folder, REFUSED), `${broken.join('\n')}\n`, { mode: 0o600, flush: true });
      await unlink(path);
      this.own.delete(name);
      done.events += events.length;
      done.refused += broken.length;
    }
    return done;
  }

  /** Closes the file that is open; what it holds is for the next start. */
  async close(): Promise<void> {
    await this.appending;
    await this.closeFile();
  }

  private async write(text: string): Promise<void> {
    const now = Date.now();
    if (this.file && (this.file.bytes > MAX_FILE_BYTES || now - this.file.opened > MAX_FILE_AGE_MS)) await this.closeFile();
    const bytes = Buffer.byteLength(text);
    if (!this.file && (await this.size()) + bytes > this.limit) throw new Error('the audit spool is full');
    this.file ??= await this.openFile(now);
    try {
      if (this.file.bytes + bytes > this.limit) throw new Error('the audit spool is full');
      await this.file.handle.appendFile(text);
      await this.file.handle.datasync();
      this.file.bytes += bytes;
    } catch (error) {
      // Half a line may be in it: nothing more may come behind that.
      await this.closeFile().catch(() => undefined);
      throw error;
    }
  }

  private async openFile(now: number) {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const name = `spool-${String(now).padStart(15, '0')}-${hostname()}-${process.pid}-${randomUUID()}.jsonl`;
    const handle = await open(join(this.folder, name), 'ax', 0o600);
    this.own.add(name);
    // The file's name must survive a power cut as well as its content.
    const folder = await open(this.folder, 'r');
    await folder.sync().finally(() => folder.close());
    return { handle, bytes: 0, opened: now };
  }

  private async closeFile(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.handle.close();
  }

  private async files(): Promise<string[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.filter((name) => FILE.test(name)).sort();
  }

  private async size(): Promise<number> {
    const sizes = await Promise.all((await this.files()).map(async (name) => (await stat(join(this.folder, name))).size));
    return sizes.reduce((sum, one) => sum + one, 0);
  }
}

/** Whether the process that wrote it is gone, or has stopped writing to it: several may share the folder. */
function isAbandoned(name: string): boolean {
  const [, opened, host, pid] = FILE.exec(name) as unknown as [string, string, string, string];
  if (Date.now() - Number(opened) > ABANDONED_MS) return true;
  return host === hostname() && (Number(pid) === process.pid || !isAlive(Number(pid)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}

/** A last line that a crash cut off in the middle is not an event; one that lacks only its end is. */
function linesOf(text: string): { events: NewAuditEvent[]; broken: string[] } {
  const events: NewAuditEvent[] = [];
  const broken: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const event = JSON.parse(line) as NewAuditEvent;
      events.push({ ...event, recorded: new Date(event.recorded) });
    } catch {
      broken.push(line);
    }
  }
  return { events, broken };
}

/** All at once, or one by one where something is wrong with one of them; gives those back as lines. */
async function insertEach(
  events: readonly NewAuditEvent[],
  insert: (events: readonly NewAuditEvent[]) => Promise<void>,
  isRefusal: (error: unknown) => boolean,
): Promise<string[]> {
  try {
    await insert(events);
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (events.length === 1) return events.map((event) => JSON.stringify(event));
  }
  const refused: string[] = [];
  for (const event of events) refused.push(...(await insertEach([event], insert, isRefusal)));
  return refused;
}
