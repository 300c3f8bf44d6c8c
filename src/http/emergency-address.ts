// Which requests ask for the emergency answer: they have limits, database connections and a way in of their own, so that nothing
// else that goes on stands between an ambulance and a card.
import type { DoorDeps } from '../access/session.js';

/** The card, its page, and the summary by id or BSN, as they stand in an address. */
const EMERGENCY = /^\/(?:v1\/emergency-card|spoed)\/?(?:\?|$)|\/(?:\$|%24)acp-summary\/?(?:\?|$)/i;

export function isEmergencyAddress(url: string | undefined): boolean {
  return url !== undefined && EMERGENCY.test(url);
}

/** The door with the connections that emergency answers have for themselves. */
export function emergencyDoor(door: DoorDeps): DoorDeps {
  return { ...door, database: door.database.emergency };
}
