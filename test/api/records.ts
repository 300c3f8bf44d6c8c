// Small resources for the tests of the API, of nobody.
export interface Sent {
  resourceType: string;
  id?: string;
  [element: string]: unknown;
}

export const SNOMED = 'http://snomed.info/sct';
export const MRN = 'https://example.org/mrn';

export function patient(fields: Record<string, unknown> = {}): Sent {
  return { resourceType: 'Patient', active: true, name: [{ family: 'Proef', given: ['Ans'] }], ...fields };
}

/** What else matters to a patient, as text. */
export function observation(patientId: string, fields: Record<string, unknown> = {}): Sent {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: SNOMED, code: '247751003' }] },
    subject: { reference: patientId.includes(':') || patientId.includes('?') ? patientId : `Patient/${patientId}` },
    valueString: 'Wil buiten zitten.',
    ...fields,
  };
}

export function organization(fields: Record<string, unknown> = {}): Sent {
  return { resourceType: 'Organization', active: true, name: 'Wijkteam Oost', ...fields };
}

export interface TransactionEntry {
  fullUrl?: string;
  resource?: unknown;
  request?: Record<string, unknown>;
}

export function bundle(type: 'transaction' | 'batch', ...entry: TransactionEntry[]): Sent {
  return { resourceType: 'Bundle', type, ...(entry.length > 0 ? { entry } : {}) };
}

export function post(resource: Sent, more: Record<string, unknown> = {}, fullUrl?: string): TransactionEntry {
  return { fullUrl, resource, request: { method: 'POST', url: resource.resourceType, ...more } };
}

export function put(resource: Sent, more: Record<string, unknown> = {}, fullUrl?: string): TransactionEntry {
  return { fullUrl, resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ...more } };
}

/** A resource without what the server gives. */
export function asSent(resource: Sent): unknown {
  const { meta, id: _id, ...rest } = resource as Sent & { meta?: Record<string, unknown> };
  const { versionId: _v, lastUpdated: _l, ...kept } = meta ?? {};
  return Object.keys(kept).length > 0 ? { ...rest, meta: kept } : rest;
}
