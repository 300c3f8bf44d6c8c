// How much the process takes on at once. What it cannot begin waits a while, in order; what would wait too long is refused with 503
// and Retry-After while that still costs nothing: before its body is read. Emergency answers pass by all of this.
// https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FhirError } from '../fhir/errors.js';
import { isEmergencyAddress } from './emergency-address.js';

/** Requests worked on at once. */
export interface Capacity {
  reads: number;
  /** Changes, bundles and operations: each is worth many reads. */
  writes: number;
}

/** For each one worked on so many may wait; they are behind before this is used up. */
const WAITING_PER_PLACE = 10;

/** A client has given up, or sends again, after about this long, in ms. */
const MAX_WAIT_MS = 5_000;

/** The others have moved on by then, in seconds. */
const RETRY_AFTER = '2';

declare module 'fastify' {
  interface FastifyRequest {
    /** Its place among those worked on, where it needs one. */
    place: Place | null;
  }
}

/** Held from the moment a request is let in until it is answered, or until its work has ended when the client left before. */
export class Place {
  /** Set while a handler works: its work goes on when the client leaves, and so does its place. */
  isWorking = false;
  private isHeld = true;

  constructor(private readonly free: () => void) {}

  leave(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.free();
  }
}

type Told = (place: Place | undefined) => void;

/** A number of places, and a line before them. */
export class Gate {
  private taken = 0;
  private readonly line = new Set<Told>();

  constructor(private readonly places: number) {}

  /** Tells a place, now or when it is its turn; undefined when there is none in time. The returned function gives up waiting. */
  enter(told: Told): () => void {
    if (this.taken < this.places) {
      told(this.take());
      return () => {};
    }
    if (this.line.size >= this.places * WAITING_PER_PLACE) {
      told(undefined);
      return () => {};
    }
    const leave = () => {
      clearTimeout(timer);
      this.line.delete(turn);
    };
    const turn: Told = (place) => {
      leave();
      told(place);
    };
    const timer = setTimeout(() => turn(undefined), MAX_WAIT_MS);
    this.line.add(turn);
    return leave;
  }

  private take(): Place {
    this.taken++;
    return new Place(() => {
      this.taken--;
      const [next] = this.line;
      next?.(this.take());
    });
  }
}

/** Lets requests in as there is room. Registered before what costs anything. */
export function registerAdmission(app: FastifyInstance, { reads, writes }: Capacity): void {
  const gates = { read: new Gate(reads), write: new Gate(writes) };
  app.decorateRequest('place', null);
  app.addHook('onRequest', (request, reply, done) => {
    const kind = kindOf(request);
    if (kind === undefined) return done();
    const giveUp = gates[kind].enter((place) => {
      request.place = place ?? null;
      done(place ? undefined : overloaded());
    });
    reply.raw.once('close', () => {
      giveUp();
      if (!request.place?.isWorking) request.place?.leave();
    });
  });
}

/** Work whose place is held to its end, also when the client does not wait for it. */
export async function inPlace<T>({ place }: Pick<FastifyRequest, 'place'>, work: () => Promise<T>): Promise<T> {
  if (!place) return work();
  place.isWorking = true;
  try {
    return await work();
  } finally {
    place.leave();
  }
}

/** Undefined for what is let in always: emergency answers, and all that a caller needs to ask for one. */
function kindOf({ method, raw, routeOptions }: FastifyRequest): 'read' | 'write' | undefined {
  const url = raw.url ?? '';
  const { access } = routeOptions.config;
  if (isEmergencyAddress(url) || (access !== 'token' && access !== 'page')) return undefined;
  const reads = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || /\/_search\/?(?:\?|$)/.test(url);
  return reads ? 'read' : 'write';
}

function overloaded(): FhirError {
  return new FhirError('overloaded', '', { headers: { 'retry-after': RETRY_AFTER } });
}
