// How many requests a caller has left: a bucket per caller that fills evenly, kept as two numbers.

/** Callers kept in mind; of more, the one seen first is forgotten and starts with a full bucket. About 10 MB. */
const MAX_CALLERS = 50_000;

/** Fractions of a request are added up; so much of one is lost in rounding. */
const ROUNDING = 1e-6;

/** What is left of a caller's quota. */
export interface Budget {
  /** False when this request is one too many. */
  isWithin: boolean;
  /** Requests left. */
  left: number;
  /** Seconds until the whole quota is there again. */
  resetSeconds: number;
  /** Seconds until the next request is taken. */
  waitSeconds: number;
}

interface Bucket {
  left: number;
  /** Epoch milliseconds. */
  at: number;
}

export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();
  private readonly perMs: number;

  /** `quota` requests in `windowMs` milliseconds, which may come all at once. */
  constructor(
    readonly quota: number,
    readonly windowMs: number,
  ) {
    this.perMs = quota / windowMs;
  }

  /** Takes one request of the caller's; one too many is not taken. `now` in epoch milliseconds. */
  take(caller: string, now: number): Budget {
    const bucket = this.bucketOf(caller, now);
    const before = this.leftOf(bucket, now);
    const isWithin = before >= 1 - ROUNDING;
    bucket.left = isWithin ? Math.max(0, before - 1) : before;
    bucket.at = now;
    return this.budget(bucket.left, isWithin);
  }

  /** What the caller has left, without taking anything. */
  look(caller: string, now: number): Budget {
    const known = this.buckets.get(caller);
    const left = known ? this.leftOf(known, now) : this.quota;
    return this.budget(left, left >= 1 - ROUNDING);
  }

  private leftOf({ left, at }: Bucket, now: number): number {
    // A clock that was set back fills nothing.
    return Math.min(this.quota, left + Math.max(0, now - at) * this.perMs);
  }

  private bucketOf(caller: string, now: number): Bucket {
    const known = this.buckets.get(caller);
    if (known) return known;
    if (this.buckets.size >= MAX_CALLERS) this.buckets.delete(this.buckets.keys().next().value as string);
    const made = { left: this.quota, at: now };
    this.buckets.set(caller, made);
    return made;
  }

  private budget(left: number, isWithin: boolean): Budget {
    const seconds = (requests: number) => Math.ceil(Math.max(0, requests) / this.perMs / 1000 - ROUNDING);
    return { isWithin, left: Math.floor(left + ROUNDING), resetSeconds: seconds(this.quota - left), waitSeconds: seconds(1 - left) };
  }
}
