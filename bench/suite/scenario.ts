// What a scenario is: requests of the service, sent unchanged to the floor as well.
import type pg from 'pg';
import type { Keys } from './keys.js';
import type { Asked } from './load-client.js';
import type { ServiceProcess } from './service-process.js';

/** What requests are made of. */
export interface Scene {
  keys: Keys;
  service: ServiceProcess;
  database: pg.Client;
  token(client: string, purpose?: string): Promise<string>;
  /** Numbers patients nobody has used yet. */
  fresh(): number;
}

/** What is good enough; absent where nothing is set. */
export interface Target {
  /** The least share of the floor's throughput. */
  ratio?: number;
  /** The most that the p99 may be, as a multiple of the floor's, and in milliseconds. */
  p99Ratio?: number;
  p99Ms?: number;
}

export interface Scenario {
  name: string;
  title: string;
  target?: Target;
  /** Clients at once: at most so many, or in a full run each of these in turn. The run's own number when absent. */
  clients?: number | readonly number[];
  /** True where only a full run measures it. */
  fullOnly?: true;
  /** True when every request is sent once only: it changes data. */
  once: boolean;
  /** Requests of one measurement. */
  requests(scene: Scene): Promise<Asked[]>;
  /** What the floor is asked instead, where that is something else. */
  floorRequests?(scene: Scene): Promise<Asked[]>;
  /** Sent by others while the service is measured. */
  background?: { clients: number; once: boolean; requests(scene: Scene): Promise<Asked[]> };
  /** Throws when an answer is not what it should be: a fast wrong answer counts for nothing. */
  check(body: string): void;
}

export function expect(ok: boolean, message: string): void {
  if (!ok) throw new Error(message);
}
