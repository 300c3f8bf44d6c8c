// The callers of a service tried out on one machine: one fictitious organisation each, with a key of its own.
// Only with the embedded database; a service in use registers its own clients.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Organization } from '@medplum/fhirtypes';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { ORGANIZATION_TYPE_SYSTEM, URA_SYSTEM } from '../fhir/identity.js';
import { findClient, insertClient, type Queryable, replaceClientKeys } from '../store/clients.js';
import type { Policy } from './policies.js';
import { writePrivateFile } from './private-file.js';
import type { Purpose } from './purposes.js';

/** Folder under DATA_DIR with one file per demo client. */
export const DEMO_CLIENTS_FOLDER = 'demo-clients';

export interface DemoOrganization {
  ura: string;
  name: string;
  /** Code of http://nictiz.nl/fhir/NamingSystem/organization-type; none for those who give no care. */
  type?: string;
}

/** What DATA_DIR/demo-clients/<name>.json holds. */
export interface DemoClientFile {
  clientId: string;
  privateJwk: JWK;
  organisation: DemoOrganization;
}

interface DemoClient {
  organisation: DemoOrganization;
  /** The organisation's kind in Dutch. */
  kind: string;
  scopes: string[];
  policies: Policy[];
  purposes: Purpose[];
  vouchesForPatients?: true;
}

const EVERYTHING = ['system/*.cruds'];
const READING = ['system/*.rs'];

/** The demo client that vouches for patients and representatives. */
export const DEMO_PORTAL = 'portal';

/** Names are the client ids. URAs are fictitious. */
export const DEMO_CLIENTS: Readonly<Record<string, DemoClient>> = {
  gp: {
    organisation: { ura: '99900001', name: 'Huisartsenpraktijk Lindedorp', type: 'Z3' },
    kind: 'huisartsenpraktijk',
    scopes: EVERYTHING,
    policies: ['own-team', 'permission'],
    purposes: ['TREAT', 'ETREAT'],
  },
  hospital: {
    organisation: { ura: '99900002', name: 'Ziekenhuis Lindedorp', type: 'V4' },
    kind: 'ziekenhuis',
    scopes: EVERYTHING,
    policies: ['own-team', 'permission', 'emergency'],
    purposes: ['TREAT', 'ETREAT'],
  },
  homecare: {
    organisation: { ura: '99900003', name: 'Thuiszorg Lindedorp', type: 'T2' },
    kind: 'thuiszorg',
    scopes: EVERYTHING,
    policies: ['own-team', 'permission'],
    purposes: ['TREAT'],
  },
  hospice: {
    organisation: { ura: '99900004', name: 'Hospice Lindedorp', type: 'H2' },
    kind: 'hospice',
    scopes: EVERYTHING,
    policies: ['own-team', 'permission'],
    purposes: ['TREAT'],
  },
  hap: {
    organisation: { ura: '99900005', name: 'Huisartsenspoedpost Lindedorp', type: 'N6' },
    kind: 'huisartsenspoedpost',
    scopes: READING,
    policies: ['permission', 'emergency'],
    purposes: ['ETREAT', 'TREAT'],
  },
  ambulance: {
    organisation: { ura: '99900006', name: 'Ambulancedienst Lindedorp', type: 'AMB' },
    kind: 'ambulancedienst',
    scopes: READING,
    policies: ['permission', 'emergency'],
    purposes: ['ETREAT', 'TREAT'],
  },
  region: {
    organisation: { ura: '99900007', name: 'Netwerk Palliatieve Zorg Lindedorp' },
    kind: 'regionaal netwerk',
    scopes: ['system/Measure.rs', 'system/MeasureReport.rs'],
    policies: ['region'],
    purposes: ['HQUALIMP'],
  },
  admin: {
    organisation: { ura: '99900008', name: 'Beheer Zorgplandienst Lindedorp' },
    kind: 'beheer',
    scopes: ['Organization', 'Questionnaire', 'StructureDefinition', 'ValueSet', 'CodeSystem', 'Measure', 'Library', 'PlanDefinition'].map(
      (type) => `system/${type}.cruds`,
    ),
    policies: ['admin'],
    purposes: ['HSYSADMIN'],
  },
  [DEMO_PORTAL]: {
    organisation: { ura: '99900009', name: 'Patiëntenportaal Lindedorp' },
    kind: 'patiëntenportaal',
    scopes: ['patient/*.rs', 'patient/Consent.cu', 'patient/CarePlan.u', 'patient/Communication.cu', 'patient/DocumentReference.cu'],
    policies: ['patient'],
    purposes: ['PATRQT'],
    vouchesForPatients: true,
  },
  officer: {
    organisation: { ura: '99900010', name: 'Functionaris gegevensbescherming Lindedorp' },
    kind: 'functionaris gegevensbescherming',
    scopes: ['system/AuditEvent.rs'],
    policies: ['auditor'],
    purposes: ['HSYSADMIN'],
  },
};

/** The demo organisations as FHIR resources, with ids of their own: demo-gp, demo-hospital … */
export function demoOrganizations(): Organization[] {
  return Object.entries(DEMO_CLIENTS).map(([name, { organisation, kind }]) => {
    const type = organisation.type && { coding: [{ system: ORGANIZATION_TYPE_SYSTEM, code: organisation.type }], text: kind };
    return {
      resourceType: 'Organization',
      id: `demo-${name}`,
      identifier: [{ system: URA_SYSTEM, value: organisation.ura }],
      active: true,
      type: [type || { text: kind }],
      name: organisation.name,
    };
  });
}

/**
 * Registers every demo client whose key file and registration do not belong together yet, with a new key; leaves the others alone.
 * So a start that was cut short mends itself, and a revoked demo client stays revoked.
 */
export async function ensureDemoClients(db: Queryable, dataDir: string, clock: () => number): Promise<void> {
  for (const clientId of Object.keys(DEMO_CLIENTS)) {
    if (!(await isRegistered(db, dataDir, clientId))) await registerDemoClient(db, dataDir, clientId, clock);
  }
}

async function isRegistered(db: Queryable, dataDir: string, clientId: string): Promise<boolean> {
  const [file, client] = await Promise.all([readDemoClient(dataDir, clientId), findClient(db, clientId)]);
  return file !== undefined && client?.jwks?.keys.some((key) => key.kid === file.privateJwk.kid) === true;
}

async function registerDemoClient(db: Queryable, dataDir: string, clientId: string, clock: () => number): Promise<void> {
  const { organisation, scopes, policies, purposes, vouchesForPatients } = DEMO_CLIENTS[clientId] as DemoClient;
  const pair = await generateKeyPair('ES384', { extractable: true });
  const [privateJwk, publicJwk] = await Promise.all([exportJWK(pair.privateKey), exportJWK(pair.publicKey)]);
  const names = { kid: await calculateJwkThumbprint(publicJwk), alg: 'ES384', use: 'sig' };
  const file: DemoClientFile = { clientId, privateJwk: { ...privateJwk, ...names }, organisation };
  await writePrivateFile(demoClientPath(dataDir, clientId), `${JSON.stringify(file, null, 2)}\n`);
  const jwks = { keys: [{ ...publicJwk, ...names }] };
  const client = {
    clientId,
    name: organisation.name,
    organizationUra: organisation.ura,
    organizationName: organisation.name,
    organizationType: organisation.type,
    jwks,
    scopes,
    policies,
    purposes,
    vouchesForPatients,
  };
  if (!(await insertClient(db, client, new Date(clock())))) await replaceClientKeys(db, clientId, jwks);
}

/** The demo client's file; undefined when there is none or it does not read as one. */
export async function readDemoClient(dataDir: string, clientId: string): Promise<DemoClientFile | undefined> {
  try {
    const file = JSON.parse(await readFile(demoClientPath(dataDir, clientId), 'utf8')) as DemoClientFile;
    return file.clientId === clientId && file.privateJwk?.kid !== undefined ? file : undefined;
  } catch {
    return undefined;
  }
}

function demoClientPath(dataDir: string, clientId: string): string {
  return join(dataDir, DEMO_CLIENTS_FOLDER, `${clientId}.json`);
}
