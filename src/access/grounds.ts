// How the audit names the ground of an access or a denial.
import type { Principal } from '../auth/principal.js';
import type { Told } from '../store/visibility.js';
import type { Note } from './access-notes.js';
import { type AccessSettings, type Looking, mayUseEmergencyDoor } from './standing.js';

/** Policy and consent of a note about what was told, or why it was not. `evidence` is the national register's, where it was asked. */
export function groundOf(
  { permitted, ground, source }: Told,
  principal: Principal,
  looking: Looking,
  settings: AccessSettings,
  evidence?: string,
): Pick<Note, 'policy' | 'consent' | 'reason'> {
  const consent = ground === 'register' ? evidence : ground === 'permission' ? source : undefined;
  const shared = { policy: policyOf(ground, principal, looking, settings), ...(consent === undefined ? {} : { consent }) };
  if (permitted) return shared;
  return { ...shared, reason: ground === undefined ? 'no-permission' : 'objection' };
}

function policyOf(ground: string | undefined, principal: Principal, looking: Looking, settings: AccessSettings): string | undefined {
  if (ground === 'holder' || ground === 'team' || ground === 'author') return 'own-team';
  if (ground === 'permission') {
    if (looking === 'answer' && mayUseEmergencyDoor(principal, settings)) return 'emergency';
    return principal.policies.includes('permission') ? 'permission' : 'pzp-gf';
  }
  return ground === 'open' || ground === 'service' ? undefined : ground;
}
