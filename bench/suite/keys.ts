// Whom to ask about: patients whose plans the asking demo client may see, in random order.
import type pg from 'pg';

export interface Keys {
  /** By who asks. */
  ambulance: Patient[];
  hospital: Patient[];
  gp: Patient[];
  /** Ids of directives that the hospital may see. */
  consents: string[];
}

export interface Patient {
  bsn: string;
  id: string;
  /** The patient's plan and its version. */
  plan: string;
  version: number;
}

const BSN_SYSTEM = 'http://fhir.nl/fhir/NamingSystem/bsn';

/** As the rules of records name the demo clients. */
const PARTIES = {
  ambulance: ['any', 'type:AMB', 'ura:99900006'],
  hospital: ['any', 'type:V4', 'ura:99900002'],
  gp: ['ura:99900001'],
};

/** At most `most` patients for each who asks; those who have a plan and a directive, so that every answer holds something. */
export async function readKeys(client: pg.Client, most: number): Promise<Keys> {
  const patients = async (parties: string[]) => {
    const { rows } = await client.query<Patient>(
      `SELECT i.value AS bsn, i.id, p.id AS plan, p.version
         FROM identifier i
         JOIN LATERAL (SELECT id, version FROM resource WHERE patient_id = i.id AND type = 'CarePlan' AND NOT deleted LIMIT 1) AS p ON true
        WHERE i.type = 'Patient' AND i.system = $1 AND i.scope = ''
          AND EXISTS (SELECT FROM patient_access a WHERE a.patient_id = i.id AND a.effect = 'permit' AND a.party = ANY ($2))
          AND NOT EXISTS (SELECT FROM patient_access a WHERE a.patient_id = i.id AND a.effect = 'deny')
          AND EXISTS (SELECT FROM resource r WHERE r.patient_id = i.id AND r.type = 'Consent' AND r.search -> 'category' ? 'http://snomed.info/sct|129125009')
        ORDER BY md5(i.value) LIMIT $3`,
      [BSN_SYSTEM, parties, most],
    );
    if (rows.length === 0) throw new Error(`No patient is visible to ${parties}: generate more, or with a larger --demo-share.`);
    return rows;
  };
  const hospital = await patients(PARTIES.hospital);
  const consents = await client.query<{ id: string }>(
    `SELECT id FROM resource WHERE type = 'Consent' AND patient_id = ANY ($1) AND search -> 'category' ? 'http://snomed.info/sct|129125009'
      ORDER BY md5(id) LIMIT $2`,
    [hospital.map(({ id }) => id), most],
  );
  return {
    ambulance: await patients(PARTIES.ambulance),
    hospital,
    gp: await patients(PARTIES.gp),
    consents: consents.rows.map(({ id }) => id),
  };
}

/** The same patients with the versions that their plans have now: what other scenarios wrote may have changed them. */
export async function withPlansOfNow(client: pg.Client, patients: readonly Patient[]): Promise<Patient[]> {
  const { rows } = await client.query<{ id: string; version: number }>(
    `SELECT id, version FROM resource WHERE type = 'CarePlan' AND id = ANY ($1)`,
    [patients.map(({ plan }) => plan)],
  );
  const versions = new Map(rows.map(({ id, version }) => [id, version]));
  return patients.map((patient) => ({ ...patient, version: versions.get(patient.plan) ?? patient.version }));
}
