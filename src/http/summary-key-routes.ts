// The public keys of offline summaries, for whoever checks one: open to all, kept for a day. https://www.rfc-editor.org/rfc/rfc7517
import type { FastifyInstance } from 'fastify';
import type { SigningKeys } from '../auth/signing-keys.js';

export const SUMMARY_KEYS_PATH = '/.well-known/izp-summary-keys';

/** Seconds others may keep them: a phone that fetched them in the morning checks all day. */
const MAX_AGE_SECONDS = 86_400;

export function registerSummaryKeys(app: FastifyInstance, keys: Pick<SigningKeys, 'publicJwks'>): void {
  app.get(SUMMARY_KEYS_PATH, { config: { access: 'open', audit: 'none' } }, async (_request, reply) =>
    reply
      .header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify(await keys.publicJwks())),
  );
}
