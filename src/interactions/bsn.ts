// Whether a search parameter holds a BSN: such a value may stand in no URL, link or log.
import { BSN_OID, BSN_SYSTEM, isBsn } from '../fhir/identity.js';

/** True for a value with the BSN's system, and for a bare one of an identifier parameter that passes the eleven check. */
export function holdsBsn(name: string, value: string): boolean {
  if (value.includes(BSN_SYSTEM) || value.includes(BSN_OID)) return true;
  if (!/(^|[.:])identifier(:|$)/.test(name)) return false;
  return value.split(',').some((each) => isBsn((each.includes('|') ? each.replace(/^\|/, '') : each).trim()));
}
