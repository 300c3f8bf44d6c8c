// Rate limits: per client once the token is known to be good, per address for what is refused before. The emergency answer has a
// bucket of its own, so that a busy system never stands between an ambulance and a card. Counted in this process alone.
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
import { isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.js';
import { FhirError } from '../fhir/errors.js';
import type { Authenticate } from './authenticate.js';
import { isEmergencyAddress } from './emergency-address.js';
import { type Budget, TokenBuckets } from './token-buckets.js';

/** Requests per minute; 0 is no limit. */
export interface Rates {
  /** Of one client, emergency answers apart. */
  client: number;
  /** Emergency answers of one client. */
  emergency: number;
  /** Requests of one address that are refused because nobody is known to have sent them. */
  refusals: number;
}

const WINDOW_MS = 60_000;

declare module 'fastify' {
  interface FastifyRequest {
    /** What the caller has left, where that was counted. */
    rateLimit: { policy: string; quota: number; budget: Budget } | null;
  }
}

/** Registers what the limits need of every request, and gives the authentication that heeds them. `now` in epoch milliseconds. */
export function registerRateLimits(app: FastifyInstance, rates: Rates, now: () => number, authenticate: Authenticate): Authenticate {
  const buckets = (quota: number) => (quota === 0 ? undefined : new TokenBuckets(quota, WINDOW_MS));
  const [client, emergency, refusals] = [buckets(rates.client), buckets(rates.emergency), buckets(rates.refusals)];
  app.decorateRequest('rateLimit', null);
  if (refusals) limitTokenEndpoint(app, refusals, now);
  return async (request) => {
    let principal: Principal;
    try {
      principal = await authenticate(request);
    } catch (error) {
      // Only a refusal counts: whoever has a good token is never stopped by others at the same address.
      if (refusals && error instanceof FhirError && error.kind === 'unauthenticated')
        count(request, 'refusals', refusals, addressOf(request), now());
      throw error;
    }
    const isEmergency = isEmergencyAddress(request.raw.url);
    const bucket = isEmergency ? emergency : client;
    if (bucket) count(request, isEmergency ? 'emergency' : 'client', bucket, principal.clientId, now());
    return principal;
  };
}

/** Throws 'too-many-requests' (429) with Retry-After. */
function count(request: FastifyRequest, policy: string, buckets: TokenBuckets, caller: string, now: number): void {
  const budget = buckets.take(caller, now);
  request.rateLimit = { policy, quota: buckets.quota, budget };
  if (budget.isWithin) return;
  throw new FhirError(
    'too-many-requests',
    `More requests than the ${buckets.quota} a minute of the limit "${policy}": wait as Retry-After says.`,
    {
      headers: { 'retry-after': String(budget.waitSeconds) },
    },
  );
}

/** An address whose token requests keep being refused waits, in OAuth's own form of an answer. */
function limitTokenEndpoint(app: FastifyInstance, refusals: TokenBuckets, now: () => number): void {
  const isTokenRequest = (request: FastifyRequest) => request.routeOptions.config.audit === 'token-endpoint';
  app.addHook('onRequest', (request, reply, done) => {
    if (!isTokenRequest(request)) return done();
    const budget = refusals.look(addressOf(request), now());
    if (budget.isWithin) return done();
    request.rateLimit = { policy: 'refusals', quota: refusals.quota, budget };
    reply
      .code(429)
      .headers({ 'retry-after': String(budget.waitSeconds), pragma: 'no-cache' })
      .send({
        error: 'temporarily_unavailable',
        error_description: 'Too many refused requests from this address: wait as Retry-After says.',
      });
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode } = reply;
    if (isTokenRequest(request) && statusCode >= 400 && statusCode < 500 && statusCode !== 429) refusals.take(addressOf(request), now());
    done();
  });
}

/** What the caller has left, where that was counted. */
export function setRateHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const { rateLimit } = request;
  if (!rateLimit) return;
  const { policy, quota, budget } = rateLimit;
  reply.header('ratelimit-policy', `"${policy}";q=${quota};w=${WINDOW_MS / 1000}`);
  reply.header('ratelimit', `"${policy}";r=${budget.left};t=${budget.resetSeconds}`);
}

/** Groups of four hexadecimal digits that a network gives to one household or organisation. */
const IPV6_NETWORK_GROUPS = 4;

/** The sender's address; of IPv6 the network, because one sender has all addresses in it. */
function addressOf({ ip }: FastifyRequest): string {
  if (!isIPv6(ip) || ip.startsWith('::ffff:')) return ip;
  const [head = '', tail] = ip.split('::', 2) as [string, string | undefined];
  const groups = head.split(':').filter((group) => group !== '');
  // What `::` leaves out is zeros; of the four first groups only those before it can be anything else, unless the tail is long.
  const behind = tail === undefined ? [] : tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - behind.length) }, () => '0');
  return [...groups, ...(tail === undefined ? [] : zeros), ...behind].slice(0, IPV6_NETWORK_GROUPS).join(':');
}
