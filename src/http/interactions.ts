// Which interaction a method and a path ask: the one table behind router, Allow header, CapabilityStatement and openapi.
// https://hl7.org/fhir/R4/http.html#summary
import type { HttpMethod } from '../fhir/exchange.js';
import { AUDIT_EVENT, readAuditEvent, searchAuditEvents } from '../interactions/audit-event.js';
import { batchOrTransaction } from '../interactions/batch-or-transaction.js';
import { capabilities } from '../interactions/capabilities.js';
import type { Interaction } from '../interactions/context.js';
import { create } from '../interactions/create.js';
import { remove } from '../interactions/delete.js';
import { history } from '../interactions/history.js';
import { patch } from '../interactions/patch.js';
import { read } from '../interactions/read.js';
import { search } from '../interactions/search.js';
import { update } from '../interactions/update.js';
import { vread } from '../interactions/vread.js';

/** A path segment: a served type, any id, or this very word. */
type Segment = ':type' | ':id' | ':vid' | '_history' | '_search' | 'metadata';

export interface InteractionRoute {
  /** FHIR's own code; several routes may share one. */
  code: string;
  method: HttpMethod;
  path: readonly Segment[];
  run: Interaction;
}

export const INTERACTION_ROUTES: readonly InteractionRoute[] = [
  { code: 'capabilities', method: 'GET', path: ['metadata'], run: capabilities },
  { code: 'transaction', method: 'POST', path: [], run: batchOrTransaction },
  { code: 'search-type', method: 'GET', path: [':type'], run: search },
  { code: 'search-type', method: 'POST', path: [':type', '_search'], run: search },
  { code: 'create', method: 'POST', path: [':type'], run: create },
  { code: 'update', method: 'PUT', path: [':type'], run: update },
  { code: 'patch', method: 'PATCH', path: [':type'], run: patch },
  { code: 'delete', method: 'DELETE', path: [':type'], run: remove },
  { code: 'history-type', method: 'GET', path: [':type', '_history'], run: history },
  { code: 'read', method: 'GET', path: [':type', ':id'], run: read },
  { code: 'update', method: 'PUT', path: [':type', ':id'], run: update },
  { code: 'patch', method: 'PATCH', path: [':type', ':id'], run: patch },
  { code: 'delete', method: 'DELETE', path: [':type', ':id'], run: remove },
  { code: 'history-instance', method: 'GET', path: [':type', ':id', '_history'], run: history },
  { code: 'vread', method: 'GET', path: [':type', ':id', '_history', ':vid'], run: vread },
];

/** The log is no stored type: these addresses and no others, ahead of those of every type. */
export const LOG_ROUTES: readonly (Omit<InteractionRoute, 'path'> & { path: readonly (typeof AUDIT_EVENT | ':id' | '_search')[] })[] = [
  { code: 'search-type', method: 'GET', path: [AUDIT_EVENT], run: searchAuditEvents },
  { code: 'search-type', method: 'POST', path: [AUDIT_EVENT, '_search'], run: searchAuditEvents },
  { code: 'read', method: 'GET', path: [AUDIT_EVENT, ':id'], run: readAuditEvent },
];
