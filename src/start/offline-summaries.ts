// What signs the offline summaries of this service: its own keys beside those of tokens, made when there are none.
import { join } from 'node:path';
import { ensureSigningKey, KEYS_FOLDER, openSigningKeys, type SigningKeys } from '../auth/signing-keys.js';
import { SUMMARY_KEYS } from '../auth/summary-keys.js';
import type { SignedSummary } from '../interactions/context.js';
import type { EmergencyCard } from '../izp/card.js';
import { OFFLINE_SUMMARY_TYPE, offlineClaims } from '../izp/offline-summary.js';

export interface OfflineSummaries {
  keys: SigningKeys;
  /** `issuer` is the service's own address. */
  sign(card: EmergencyCard, issuer: string): Promise<SignedSummary>;
}

/** Throws StartError when the keys cannot be read. */
export async function openOfflineSummaries(dataDir: string, clock: () => number): Promise<OfflineSummaries> {
  const folder = join(dataDir, KEYS_FOLDER);
  await ensureSigningKey(folder, clock, SUMMARY_KEYS);
  const keys = await openSigningKeys(folder, clock, SUMMARY_KEYS);
  return {
    keys,
    async sign(card, issuer) {
      const claims = offlineClaims(card, issuer, clock());
      return { jws: await keys.sign({ ...claims }, OFFLINE_SUMMARY_TYPE), expires: claims.exp * 1000 };
    },
  };
}
