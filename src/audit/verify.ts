// Holds the audit log against its seals: finds every changed, missing or added event, every missing, changed or repeated seal, a
// signature that is not ours, a tail that was cut off, and a log that is no longer sealed.
import { type AuditRetention, remaindersOf, retentionsOf, type SealRemainder } from '../store/audit-retention.js';
import {
  type AuditSeal,
  CANONICAL_VERSION,
  eventsBeyond,
  lastNumber,
  type RangeContent,
  sealsWithContent,
  unsealedEvents,
} from '../store/audit-seals.js';
import type { Transaction } from '../store/transaction.js';
import { LEAST_RETENTION_YEARS, retentionHash, yearsBefore } from './retain.js';
import { NO_HASH, sealHash } from './seal.js';
import type { SealKeys } from './seal-keys.js';

/** Seals per question to the database. */
const PAGE = 200;
/** Faults told one by one; of more the number. */
const MAX_FAULTS = 100;

export interface AuditVerification {
  /** One line each; none when all is well. */
  faults: string[];
  seals: number;
  /** Under seals, those dropped after their time left out. */
  events: number;
  /** Not under a seal yet. */
  unsealed: number;
  /** Hash of the last seal, in hex: to be kept elsewhere, and given as `expected` another time. */
  head: string | undefined;
}

export interface VerifyDeps {
  keys: SealKeys;
  now: Date;
  /** Events may wait so long for their seal, in ms. */
  sealedWithin: number;
  /** Heads told earlier, in hex: each must still be in the chain. */
  expected?: readonly string[];
}

/** `tx` must see one moment of the database (repeatable read). */
export async function verifyAudit(tx: Transaction, deps: VerifyDeps): Promise<AuditVerification> {
  const faults: string[] = [];
  const dropped = await readRetentions(tx, deps.keys, faults);
  const expected = new Set(deps.expected?.map((hash) => hash.toLowerCase()));
  let head: AuditSeal | undefined;
  let events = 0;
  for (;;) {
    const page = await sealsWithContent(tx, head?.number ?? 0, PAGE);
    for (const seal of page) {
      const fault = faultOfSeal(seal, head, deps.keys) ?? faultOfContent(seal, dropped);
      if (fault) faults.push(`seal ${seal.number} (events ${seal.firstSeq} to ${seal.lastSeq}): ${fault}`);
      events += seal.now.events;
      expected.delete(seal.hash.toString('hex'));
      head = seal;
    }
    if (page.length < PAGE) break;
  }
  for (const hash of expected) faults.push(`the head ${hash} is not in the chain: its end was cut off, or it is another log`);
  const unsealed = await verifyUnsealed(tx, head, deps, faults);
  if (faults.length > MAX_FAULTS) faults.splice(MAX_FAULTS, Number.POSITIVE_INFINITY, `and ${faults.length - MAX_FAULTS} more`);
  return { faults, seals: head?.number ?? 0, events, unsealed, head: head?.hash.toString('hex') };
}

/** Of the seal itself: its place in the chain, its hash, its signature. */
function faultOfSeal(seal: AuditSeal, before: AuditSeal | undefined, keys: SealKeys): string | undefined {
  if (seal.number !== (before?.number ?? 0) + 1) return `the ${seal.number - (before?.number ?? 0) - 1} seals before it are missing`;
  if (seal.firstSeq !== (before?.lastSeq ?? 0n) + 1n) return 'it does not begin where the seal before it ends';
  if (!seal.previousHash.equals(before?.hash ?? NO_HASH)) return 'it does not follow from the seal before it';
  if (!sealHash(seal).equals(seal.hash)) return 'the seal itself was changed';
  const isSigned = keys.verify(seal.keyId, seal.hash, seal.signature);
  if (isSigned === undefined) return `it was signed with the key ${seal.keyId}, which is not known here`;
  if (!isSigned) return 'its signature is wrong';
  if (seal.version !== CANONICAL_VERSION) return `its version ${seal.version} is not known here`;
  return undefined;
}

/** Of what its range holds now, against what it held when it was sealed, less what was dropped since. */
function faultOfContent(seal: AuditSeal & { now: RangeContent }, dropped: Dropped): string | undefined {
  const then = dropped.contentOf(seal);
  if (then === undefined) return 'part of its time was dropped, and what was left of it is not told';
  const { now } = seal;
  if (now.events < then.events) return `${then.events - now.events} of ${then.events} events are missing`;
  if (now.events > then.events) return `${now.events - then.events} events were added`;
  if (now.events > 0 && !now.hash.equals(then.hash)) return 'events were changed';
  return undefined;
}

interface Dropped {
  /** What the range of a seal must hold; undefined when that is not known. */
  contentOf(seal: AuditSeal): RangeContent | undefined;
}

async function readRetentions(tx: Transaction, keys: SealKeys, faults: string[]): Promise<Dropped> {
  const valid: AuditRetention[] = [];
  const left = new Map<number, SealRemainder>();
  for (const [index, drop] of (await retentionsOf(tx)).entries()) {
    const remainders = await remaindersOf(tx, drop.number);
    const fault = faultOfRetention(drop, remainders, index + 1, keys);
    if (fault) {
      faults.push(`dropped month ${drop.first.toISOString().slice(0, 7)}: ${fault}`);
      continue;
    }
    valid.push(drop);
    for (const remainder of remainders) left.set(remainder.seal, remainder);
  }
  return {
    contentOf(seal) {
      const met = valid.filter(({ first, until }) => seal.firstRecorded < until && seal.lastRecorded >= first);
      if (met.length === 0) return { events: seal.events, hash: seal.eventsHash };
      const isWhole = met.some(({ first, until }) => seal.firstRecorded >= first && seal.lastRecorded < until);
      return isWhole ? { events: 0, hash: NO_HASH } : left.get(seal.number);
    },
  };
}

function faultOfRetention(drop: AuditRetention, left: SealRemainder[], number: number, keys: SealKeys): string | undefined {
  if (drop.number !== number) return 'a note of an earlier drop is missing';
  if (!keys.verify(drop.keyId, retentionHash(drop, left), drop.signature)) return 'the note of the drop is not signed by us';
  if (drop.until > yearsBefore(drop.dropped, LEAST_RETENTION_YEARS)) return 'it was dropped before its time';
  return undefined;
}

/** The events that no seal covers: given no number that could be sealed, or waiting for longer than they should. */
async function verifyUnsealed(tx: Transaction, head: AuditSeal | undefined, deps: VerifyDeps, faults: string[]): Promise<number> {
  const { strange, waiting, oldest } = await unsealedEvents(tx, head?.lastSeq ?? 0n);
  const beyond = await eventsBeyond(tx, await lastNumber(tx));
  if (strange > 0) faults.push(`${strange} events were added with numbers below the first`);
  if (beyond > 0) faults.push(`${beyond} events were added with numbers that were never given out`);
  const since = deps.now.getTime() - deps.sealedWithin;
  // What was spooled is recorded long before it is written: then the sealer is at work.
  if (oldest && oldest.getTime() < since && (head?.sealed.getTime() ?? 0) < since)
    faults.push(`${waiting} events are not sealed, the oldest since ${oldest.toISOString()}`);
  return waiting;
}
