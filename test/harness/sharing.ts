// Who may see a patient, recorded over HTTP as a GP would: permissions, objections, the care team.
import type { Answer, Ask, TestService } from './service.js';

const URA = 'http://fhir.nl/fhir/NamingSystem/ura';
const TYPE = 'http://nictiz.nl/fhir/NamingSystem/organization-type';
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

/** URAs of the demo organisations. */
export const URAS = {
  gp: '99900001',
  hospital: '99900002',
  homecare: '99900003',
  hospice: '99900004',
  hap: '99900005',
  ambulance: '99900006',
};

/** Every organisation type of the demo organisations that give care. */
export const ALL_TYPES = ['type:Z3', 'type:V4', 'type:T2', 'type:H2', 'type:N6', 'type:AMB'];

export interface Permission {
  id?: string;
  effect?: 'permit' | 'deny';
  /** `ura:90000001` or `type:AMB`. */
  parties?: string[];
  purposes?: string[];
  period?: { start?: string; end?: string };
  status?: string;
}

export function sharingPermission(
  patientId: string,
  { id, effect = 'permit', parties = [], purposes = [], period, status = 'active' }: Permission,
) {
  const actor = parties.map((party) => {
    const [kind, value] = party.split(':');
    return {
      role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'PRCP' }] },
      reference: { identifier: { system: kind === 'ura' ? URA : TYPE, value } },
    };
  });
  return {
    resourceType: 'Consent',
    ...(id === undefined ? {} : { id }),
    status,
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: `Patient/${patientId}` },
    dateTime: '2026-01-05',
    policyRule: { coding: [{ system: ACT_CODE, code: effect === 'permit' ? 'OPTIN' : 'OPTOUT' }] },
    provision: {
      type: effect,
      ...(period === undefined ? {} : { period }),
      ...(actor.length === 0 ? {} : { actor }),
      ...(purposes.length === 0 ? {} : { purpose: purposes.map((code) => ({ system: ACT_REASON, code })) }),
    },
  };
}

/** Records it; the caller is the GP unless said otherwise. */
export async function permit(service: TestService, patientId: string, permission: Permission, ask?: Ask): Promise<Answer> {
  const resource = sharingPermission(patientId, permission);
  const answer =
    permission.id === undefined
      ? await service.post('Consent', resource, ask)
      : await service.put(`Consent/${permission.id}`, resource, ask);
  if (answer.status >= 300) throw new Error(answer.text);
  return answer;
}

/** Makes these organisations members of the patient's care team; an `id` makes it one that can be changed. */
export async function team(service: TestService, patientId: string, uras: string[], id = `team-${patientId}`): Promise<Answer> {
  const answer = await service.put(`CareTeam/${id}`, {
    resourceType: 'CareTeam',
    id,
    status: 'active',
    subject: { reference: `Patient/${patientId}` },
    participant: uras.map((value) => ({ member: { type: 'Organization', identifier: { system: URA, value } } })),
  });
  if (answer.status >= 300) throw new Error(answer.text);
  return answer;
}
