// The locks of one writing transaction. Everybody waits for locks twice: for names (criteria, business identifiers), then for all
// that a claim needs (patients, devices, directory resources), each time sorted and in one statement. One wanted later is only
// tried: when it is not to be had, the transaction lets go of everything and starts again with that one in its claim. So writers
// do not wait for each other in a circle, which PostgreSQL takes a second to see.
import { VersionConflict } from '../store/database-errors.js';
import { lockAll, tryLocks } from '../store/locks.js';
import type { Transaction } from '../store/transaction.js';

/** Locks that earlier attempts of a transaction could not get, by name. */
export type MissedLocks = Map<string, 'exclusive' | 'shared'>;

/** The lock under which writers of one patient's record go one after the other. */
export function patientLock(id: string): string {
  return `patient:${id}`;
}

/** The lock under which a Device and the statements that it is used are written. */
export function deviceLock(id: string): string {
  return `device:${id}`;
}

/** The lock under which a directory resource changes, and which the answers that show it share. */
export function directoryLock(reference: string): string {
  return `directory:${reference}`;
}

export class Locks {
  private readonly exclusive = new Set<string>();
  private readonly shared = new Set<string>();
  private isClaimed = false;

  constructor(
    private readonly tx: Transaction,
    private readonly missed: MissedLocks,
  ) {}

  has(name: string): boolean {
    return this.exclusive.has(name);
  }

  /** Waits for locks on names until the end of the transaction. Before any claim. */
  async take(names: string[]): Promise<void> {
    await lockAll(this.tx, names);
    for (const name of names) this.exclusive.add(name);
  }

  /** Waits for the locks of the first claim, with those that earlier attempts missed; the locks of later claims are tried. */
  async claim(exclusive: string[], shared: string[]): Promise<void> {
    if (this.isClaimed) {
      await this.takeLate(exclusive);
      await this.takeLate(shared, 'shared');
      return;
    }
    this.isClaimed = true;
    for (const [name, mode] of this.missed) (mode === 'shared' ? shared : exclusive).push(name);
    await lockAll(this.tx, exclusive, shared);
    for (const name of exclusive) this.exclusive.add(name);
    for (const name of shared) this.shared.add(name);
  }

  /** Takes locks out of the order if they are free, or lets the whole transaction start again with them. */
  async takeLate(names: string[], mode: 'exclusive' | 'shared' = 'exclusive'): Promise<void> {
    const held = mode === 'shared' ? this.shared : this.exclusive;
    const wanted = [...new Set(names)].filter((name) => !held.has(name) && !this.exclusive.has(name));
    const refused = await tryLocks(this.tx, wanted, mode);
    for (const name of refused) if (this.missed.get(name) !== 'exclusive') this.missed.set(name, mode);
    if (refused.length > 0) throw new VersionConflict('a lock was held by another transaction');
    for (const name of wanted) held.add(name);
  }
}
