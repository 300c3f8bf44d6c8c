// The people of a demo: one at each demo organisation, and the patients recorded there with who speaks for them. Fictitious, without
// passwords: whoever reaches the demo may be any of them.
import type { Patient, RelatedPerson } from '@medplum/fhirtypes';
import { demoPatientRows } from '../store/demo-patients.js';
import type { Queryable } from '../store/pool.js';
import { DEMO_CLIENTS, DEMO_PORTAL } from './demo-clients.js';

export interface DemoPerson {
  /** What the form sends: `gp`, `patient:<id>`, `representative:<patient id>:<RelatedPerson id>`. */
  key: string;
  name: string;
  /** What they are, in Dutch. */
  what: string;
  claims: Record<string, string>;
}

const STAFF: Readonly<Record<string, { name: string; what: string; role?: string }>> = {
  gp: { name: 'M. de Wit', what: 'huisarts', role: '01.015' },
  hospital: { name: 'S. Haan', what: 'internist', role: '01.016' },
  homecare: { name: 'R. Bakker', what: 'wijkverpleegkundige', role: '30.000' },
  hospice: { name: 'T. Mulder', what: 'verpleegkundige', role: '30.000' },
  hap: { name: 'K. Visser', what: 'dienstdoende huisarts', role: '01.015' },
  ambulance: { name: 'J. Smit', what: 'ambulanceverpleegkundige', role: '30.000' },
  region: { name: 'A. Postma', what: 'coördinator' },
  admin: { name: 'B. Kok', what: 'beheerder' },
  officer: { name: 'L. Prins', what: 'jurist' },
};

/** Everybody there is to choose from, staff first. */
export async function demoPeople(db: Queryable): Promise<DemoPerson[]> {
  return [...Object.keys(STAFF).map(staff), ...(await patients(db))];
}

/** The person of that key; undefined when there is none. */
export async function demoPerson(db: Queryable, key: string): Promise<DemoPerson | undefined> {
  return (await demoPeople(db)).find((person) => person.key === key);
}

function staff(clientId: string): DemoPerson {
  const { organisation } = DEMO_CLIENTS[clientId] as (typeof DEMO_CLIENTS)[string];
  const { name, what, role } = STAFF[clientId] as (typeof STAFF)[string];
  return {
    key: clientId,
    name,
    what: `${what}, ${organisation.name}`,
    claims: {
      client_id: clientId,
      organization_ura: organisation.ura,
      organization_name: organisation.name,
      ...(organisation.type !== undefined && { organization_type: organisation.type }),
      user_id: `demo-${clientId}`,
      ...(role !== undefined && { user_role: role }),
    },
  };
}

async function patients(db: Queryable): Promise<DemoPerson[]> {
  const rows = await demoPatientRows(db);
  const names = new Map(rows.flatMap(({ type, id, content }) => (type === 'Patient' ? [[id, nameOf(content)]] : [])));
  return rows.map(({ type, id, patientId, content }) => {
    const isPatient = type === 'Patient';
    const fhirUser = `${type}/${id}`;
    return {
      key: isPatient ? `patient:${id}` : `representative:${patientId}:${id}`,
      name: nameOf(content),
      what: isPatient ? 'patiënt' : `naaste of vertegenwoordiger van ${names.get(patientId) ?? 'een patiënt'}`,
      claims: { client_id: DEMO_PORTAL, user_id: fhirUser, patient: patientId, fhirUser },
    };
  });
}

function nameOf(content: string): string {
  const [name] = (JSON.parse(content) as Patient | RelatedPerson).name ?? [];
  return name?.text ?? ([...(name?.given ?? []), name?.family].filter(Boolean).join(' ') || 'naam onbekend');
}
