// The rows of the access matrix: every interaction, operation and route, and what each kind of caller gets. To add one: a line in
// TABLE and a line in QUESTIONS. What stands behind a # tells rows of one address apart.

import { PZP_FORM } from '../../src/izp/codes.js';
import { sharingPermission } from '../harness/sharing.js';
import { BSN_SYSTEM, form, OWN_SYSTEM, observation, type Subject, secret } from './matrix-callers.js';

/** Callers of whom every row says the same. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  none: ['none'],
  scope: ['scope'],
  hidden: ['stranger', 'objected', 'withdrawn', 'expired'],
  keeps: ['holder', 'team'],
  letin: ['org', 'category'],
  urgent: ['urgent'],
  locked: ['closed', 'switchoff', 'noreason'],
  glass: ['glass'],
  self: ['patient'],
  rep: ['rep'],
  other: ['other'],
  otherrep: ['otherrep'],
  region: ['region'],
  admin: ['admin'],
  officer: ['officer'],
};

/**
 * A cell is the status, and what is told and written down:
 *   +  something of the patient; one event, the patient's, 'success', with the policy
 *   !  nothing of the patient; one event, the patient's, 'denied', with the reason
 *   ?  as !, and beside it an event of nobody for the refused entry of a batch
 *   .  nothing of the patient; one event of nobody: 'denied' with 401 and 403, 'empty' with 2xx and 404, 'error' otherwise
 *   *  something of the patient, and of others this caller may see; one event each
 *   ~  nothing of the patient, and no event about them; others this caller may see
 *   o  what belongs to no patient; one event of nobody, 'success'
 *   =  nothing; one event of the patient whose token it is, 'empty'
 *      nothing: no event
 */
const TABLE = `
                                      none  scope  hidden  keeps  letin  urgent  locked  glass  self  rep   other  otherrep  region  admin  officer
GET metadata                          200   200    200     200    200    200     200     200    200   200   200    200       200     200    200
POST                                  401.  403.   403!    200+   200+   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
POST #batch                           401.  200.   200?    200+   200+   200+    200?    200?   200+  200+  200?   200?      200.    200.   200.
GET :type                             401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
GET :type #by-identifier              401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
GET :type #by-id-count                401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
GET :type #count                      401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
GET :type #patient                    401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
POST :type/_search                    401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
POST :type/_search #bsn-count         401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
POST :type/_search #chain             401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
POST :type/_search #chain-count       401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
POST :type/_search #bsn               401.  403.   200!    200+   200+   200+    200!    200!   200+  200+  200!   200!      403.    403.   403.
POST :type                            401.  403.   403!    201+   201+   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
POST :type #permission                401.  403.   403!    201+   403!   403.    403.    403.   201+  403!  403!   403!      403.    403.   403.
PUT :type                             401.  403.   403!    200+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
PATCH :type                           401.  403.   404.    200+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
DELETE :type                          401.  403.   204.    204+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
GET :type/_history                    401.  403.   200~    200*   200*   200*    200~    200~   200+  200+  200~   200~      403.    403.   403.
GET :type/:id                         401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET :type/:id #patient                401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET :type/:id #as-of                  401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
PUT :type/:id                         401.  403.   403!    200+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
PUT :type/:id #team                   401.  403.   403!    201+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
PATCH :type/:id                       401.  403.   403!    200+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
DELETE :type/:id                      401.  403.   403!    204+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
GET :type/:id/_history                401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET :type/:id/_history/:vid           401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET AuditEvent                        401.  403.   403!    403!   403!   403!    403!    403!   200+  200+  403!   403!      403.    403.   200+
POST AuditEvent/_search               401.  403.   403!    403!   403!   403!    403!    403!   200+  200+  403!   403!      403.    403.   200+
GET AuditEvent/:id                    401.  403.   403.    403.   403.   403.    403.    403.   200+  200+  404=   403.      403.    403.   200+

GET type $acp-summary                 401.  403.   400.    400.   400.   400.    400.    400.   400.  400.  400.   400.      403.    403.   403.
POST type $acp-summary                401.  403.   404!    200+   200+   200+    404!    200+   200+  200+  404!   404!      403.    403.   403.
GET instance $acp-summary             401.  403.   404!    200+   200+   200+    404!    200+   200+  200+  404!   404!      403.    403.   403.
GET instance $acp-summary #as-of      401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST instance $acp-summary            401.  403.   404!    200+   200+   200+    404!    200+   200+  200+  404!   404!      403.    403.   403.
GET type $validate                    401.  403.   400.    400.   400.   400.    400.    400.   400.  400.  400.   400.      403.    403.   403.
POST type $validate                   401.  403.   403!    200+   200+   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
GET instance $validate                401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST instance $validate               401.  403.   403!    200+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
GET type $expand                      401.  403.   200o    200o   200o   200o    200o    200o   200o  200o  200o   200o      403.    200o   403.
POST type $expand                     401.  403.   200o    200o   200o   200o    200o    200o   200o  200o  200o   200o      403.    200o   403.
GET type $validate-code               401.  403.   200o    200o   200o   200o    200o    200o   200o  200o  200o   200o      403.    200o   403.
POST type $validate-code              401.  403.   200o    200o   200o   200o    200o    200o   200o  200o  200o   200o      403.    200o   403.
GET type $lookup                      401.  403.   200o    200o   200o   200o    200o    200o   200o  200o  200o   200o      403.    200o   403.
POST type $lookup                     401.  403.   200o    200o   200o   200o    200o    200o   200o  200o  200o   200o      403.    200o   403.
GET type $extract                     401.  403.   400.    400.   400.   400.    400.    400.   400.  400.  400.   400.      403.    403.   403.
POST type $extract                    401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET instance $extract                 401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST instance $extract                401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET type $populate                    401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST type $populate                   401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET instance $populate                401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST instance $populate               401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET instance $export-record           401.  403.   404!    200+   403!   403!    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST instance $export-record          401.  403.   404!    200+   403!   403!    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET instance $verify                  401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST instance $verify                 401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET instance $document                401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
GET instance $offline-summary         401.  403.   404!    200+   200+   200+    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST instance $mark                   401.  403.   404!    200+   200+   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
POST type $apply                      401.  403.   404!    200+   200+   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
POST instance $apply                  401.  403.   404!    200+   200+   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
POST instance $withdraw               401.  403.   404!    200+   403!   403.    403.    403.   200+  403!  404!   404!      403.    403.   403.
POST instance $answer                 401.  403.   404!    200+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
POST instance $erase                  401.  403.   403!    200+   403!   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.

POST /v1/emergency-card               401.  403.   200!    200+   200+   200+    200!    200+   200+  200+  200!   200!      403.    403.   403.
GET /v1/validation-reports            401.  200.   200.    200.   200.   200.    200.    200.   403.  403.  403.   403.      200.    200.   403.
GET /v1/access-log                    401.  403.   403!    403!   403!   403!    403!    403!   200+  200+  403!   403!      403.    403.   200+
GET /v1/marked                        401.  403.   200.    200*   200.   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
GET /v1/conflicts                     401.  403.   200.    200.   200.   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
GET /v1/break-glass                   401.  403.   403.    403.   403.   403.    403.    403.   403.  403.  403.   403.      403.    403.   200~
GET /v1/admin/clients                 401.  403.   403.    403.   403.   403.    403.    403.   403.  403.  403.   403.      403.    200o   403.
POST /v1/admin/clients                401.  403.   403.    403.   403.   403.    403.    403.   403.  403.  403.   403.      403.    201o   403.
GET /v1/admin/clients/:clientId       401.  403.   403.    403.   403.   403.    403.    403.   403.  403.  403.   403.      403.    200o   403.
PUT /v1/admin/clients/:clientId       401.  403.   403.    403.   403.   403.    403.    403.   403.  403.  403.   403.      403.    428.   403.
GET /v1/retention                     401.  403.   403.    403.   403.   403.    403.    403.   403.  403.  403.   403.      403.    200.   403.
DELETE /v1/admin/clients/:clientId    401.  403.   403.    403.   403.   403.    403.    403.   403.  403.  403.   403.      403.    404.   403.
GET /spoed                            303   303    200o    200o   200o   200o    200o    200o   200o  200o  200o   200o      403.    403.   403.
POST /spoed                           401.  401.   200!    200+   200+   200+    200!    200+   200+  200+  200!   200!      403.    403.   403.
GET /plan                             303   303    404!    200+   200+   404!    404!    404!   200+  200+  404!   404!      403.    403.   403.
POST /plan                            401.  401.   404!    303+   303+   404!    404!    404!   303+  303+  404!   404!      403.    403.   403.
GET /mijn                             303   303    403.    403.   403.   403.    403.    403.   200+  200+  200~   404!      403.    403.   403.
POST /mijn                            401.  401.   403.    403.   403.   403.    403.    403.   303+  303+  303~   404!      403.    403.   403.
GET /mijn/inzage                      303   303    403.    403.   403.   403.    403.    403.   200+  200+  200~   404!      403.    403.   403.
GET /mijn/brief                       303   303    403.    403.   403.   403.    403.    403.   200+  200+  404!   404!      403.    403.   403.
GET /gesprek                          303   303    404!    200+   200+   404!    404!    404!   403.  403.  403.   403.      403.    403.   403.
POST /gesprek                         401.  401.   404!    303+   303+   404!    404!    404!   403.  403.  403.   403.      403.    403.   403.
GET /werklijst                        303   303    200.    200*   200.   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
GET /werklijst/tegenstrijdig          303   303    200.    200.   200.   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
POST /werklijst/tegenstrijdig         401.  401.   409!    409+   409+   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
GET /aanmelden                        303   303    303     303    303    303     303     303    303   303   303    303       303     303    303
GET /aanmelden/terug                  403.  403.   403.    403.   403.   403.    403.    403.   403.  403.  403.   403.      403.    403.   403.
POST /afmelden                        303   303    303     303    303    303     303     303    303   303   303    303       303     303    303
POST /afmelden/issuer                 400   400    400     400    400    400     400     400    400   400   400    400       400     400    400
GET /afgemeld                         200   200    200     200    200    200     200     200    200   200   200    200       200     200    200
GET /.well-known/openid-configuration 200   200    200     200    200    200     200     200    200   200   200    200       200     200    200
GET /oauth/authorize                  400   400    400     400    400    400     400     400    400   400   400    400       400     400    400
POST /oauth/authorize                 400   400    400     400    400    400     400     400    400   400   400    400       400     400    400
GET /oauth/end-session                400   400    400     400    400    400     400     400    400   400   400    400       400     400    400
POST /oauth/token                     401   401    401     401    401    401     401     401    401   401   401    401       401     401    401
GET /.well-known/izp-summary-keys     200   200    200     200    200    200     200     200    200   200   200    200       200     200    200
GET /oauth/jwks                       200   200    200     200    200    200     200     200    200   200   200    200       200     200    200
GET /fhir/R4/.well-known/smart-configuration 200   200    200     200    200    200     200     200    200   200   200    200       200     200    200
GET /health/live                      200   200    200     200    200    200     200     200    200   200   200    200       200     200    200
GET /health/ready                     200   200    200     200    200    200     200     200    200   200   200    200       200     200    200
`;

export interface Question {
  url: string;
  body?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
  /** A resource that the GP stores first. */
  first?: { url: string; body: object };
  /** Whether the emergency answer is asked, and not rows. */
  isAnswer?: true;
  /** A page: asked by whoever is signed in, not by a token. */
  isPage?: true;
  /** A redirect is the answer. */
  stay?: true;
}

const BSN = (s: Subject) => `${BSN_SYSTEM}|${s.bsn}`;
/** A moment that is past when it is asked about, and after everything that was stored before. */
const moment = () => encodeURIComponent(new Date().toISOString());
const VALUE_SET = 'http://hl7.org/fhir/ValueSet/administrative-gender';
const GENDER = 'http://hl7.org/fhir/administrative-gender';
const PATCH = { 'content-type': 'application/json-patch+json' };

/** `n` is another text at each call, `reason` what the caller gives to break the glass. */
type Ask = (s: Subject, n: () => string, reason: Record<string, string>) => Question;

const bundle = (type: string, method: string, url: string, resource?: object) => ({
  resourceType: 'Bundle',
  type,
  entry: [{ ...(resource ? { resource } : {}), request: { method, url } }],
});
const replaceValue = (s: Subject, n: string) => [{ op: 'replace', path: '/valueString', value: secret(s.key, n) }];
const fresh = (s: Subject, n: string) => {
  const id = `${s.patient}-${n}`;
  return { id, first: { url: `Observation/${id}`, body: observation(s, id) } };
};
/** A plan beside the patient's own. */
const proposal = (s: Subject, n: string) => {
  const id = `${s.patient}-${n}`;
  const body = { resourceType: 'CarePlan', id, status: 'active', intent: 'proposal', subject: { reference: `Patient/${s.patient}` } };
  return { id, first: { url: `CarePlan/${id}`, body } };
};
const letter = (s: Subject, id: string) => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  type: { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-document-type', code: 'wish-letter' }] },
  subject: { reference: `Patient/${s.patient}` },
  content: [
    { attachment: { contentType: 'text/plain', creation: '2026-03-01', data: Buffer.from(secret(s.key, 'brief')).toString('base64') } },
  ],
});
/** A task as the service leaves it. */
const task = (s: Subject, id: string) => ({
  resourceType: 'Task',
  id,
  status: 'requested',
  intent: 'order',
  code: { coding: [{ system: 'https://fhir.izp.example/r4/CodeSystem/izp-task', code: 'review-withdrawal' }] },
  for: { reference: `Patient/${s.patient}` },
});
/** A will, which its patient withdraws. */
const wish = (s: Subject, id: string) => ({
  resourceType: 'Consent',
  id,
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'adr' }] },
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentcategorycodes', code: 'acd' }] }],
  patient: { reference: `Patient/${s.patient}` },
  policy: [{ uri: 'https://wetten.overheid.nl/' }],
  dateTime: '2026-03-01',
});
const client = (clientId: string) => ({
  clientId,
  name: 'Nieuwe instelling',
  organization: { ura: '90000099', name: 'Nieuwe instelling', type: 'T2' },
  jwksUrl: 'https://instelling.example/jwks',
  scopes: ['system/Patient.r'],
  policies: ['own-team'],
  purposes: ['TREAT'],
});
const subjectParameter = (s: Subject) => [{ name: 'subject', valueReference: { reference: `Patient/${s.patient}` } }];
const parameters = (parameter: object[]) => ({ resourceType: 'Parameters', parameter });
const reasonParameter = ({ reason }: Record<string, string>) => (reason === undefined ? [] : [{ name: 'reason', valueString: reason }]);

const QUESTIONS: Readonly<Record<string, Ask>> = {
  'GET metadata': () => ({ url: 'metadata' }),
  POST: (s) => ({ url: '', body: bundle('transaction', 'POST', 'Observation', observation(s, undefined)) }),
  'POST #batch': (s) => ({ url: '', body: bundle('batch', 'GET', `Observation/${s.observation}`) }),
  'GET :type': (s) => ({
    url: `Consent?patient=${s.patient}&_include=Consent:patient&_include=Consent:actor&_revinclude=Provenance:target`,
  }),
  'GET :type #by-identifier': (s) => ({ url: `Observation?identifier=${OWN_SYSTEM}|${s.observation}&_include=Observation:subject` }),
  'GET :type #count': (s) => ({ url: `Observation?patient=${s.patient}&_summary=count` }),
  'GET :type #patient': (s) => ({ url: `Patient?_id=${s.patient}&_revinclude=Observation:subject` }),
  'POST :type/_search': (s) => ({ url: 'Observation/_search', form: { subject: `Patient/${s.patient}` } }),
  'GET :type #by-id-count': (s) => ({ url: `Observation?_id=${s.observation}&_summary=count` }),
  'POST :type/_search #bsn-count': (s) => ({ url: 'Patient/_search', form: { identifier: BSN(s), _summary: 'count' } }),
  'POST :type/_search #chain': (s) => ({ url: 'Consent/_search', form: { 'patient.identifier': BSN(s) } }),
  'POST :type/_search #chain-count': (s) => ({ url: 'Observation/_search', form: { 'patient.identifier': BSN(s), _summary: 'count' } }),
  'POST :type/_search #bsn': (s) => ({ url: 'Patient/_search', form: { identifier: BSN(s) } }),
  'POST :type': (s) => ({ url: 'Observation', body: observation(s, undefined) }),
  'POST :type #permission': (s) => ({ url: 'Consent', body: sharingPermission(s.patient, { parties: ['ura:00000001'] }) }),
  'PUT :type': (s, n) => ({
    url: `Observation?identifier=${OWN_SYSTEM}|${s.observation}`,
    body: { ...observation(s, undefined, n()), identifier: [{ system: OWN_SYSTEM, value: s.observation }] },
  }),
  'PATCH :type': (s, n) => ({
    url: `Observation?identifier=${OWN_SYSTEM}|${s.observation}`,
    body: replaceValue(s, n()),
    headers: PATCH,
  }),
  'DELETE :type': (s, n) => {
    const { id, first } = fresh(s, n());
    return { url: `Observation?identifier=${OWN_SYSTEM}|${id}`, first };
  },
  'GET :type/_history': () => ({ url: 'Consent/_history?_count=1000' }),
  'GET :type/:id': (s) => ({ url: `Observation/${s.observation}` }),
  'GET :type/:id #patient': (s) => ({ url: `Patient/${s.patient}` }),
  'GET :type/:id #as-of': (s) => ({ url: `Observation/${s.observation}?_at=${moment()}` }),
  'PUT :type/:id': (s, n) => ({ url: `Observation/${s.observation}`, body: observation(s, s.observation, n()) }),
  'PUT :type/:id #team': (s, n) => {
    const id = `${s.patient}-${n()}`;
    return {
      url: `CareTeam/${id}`,
      body: { resourceType: 'CareTeam', id, status: 'inactive', subject: { reference: `Patient/${s.patient}` } },
    };
  },
  'PATCH :type/:id': (s, n) => ({ url: `Observation/${s.observation}`, body: replaceValue(s, n()), headers: PATCH }),
  'DELETE :type/:id': (s, n) => {
    const { id, first } = fresh(s, n());
    return { url: `Observation/${id}`, first };
  },
  'GET :type/:id/_history': (s) => ({ url: `Observation/${s.observation}/_history` }),
  'GET :type/:id/_history/:vid': (s) => ({ url: `Observation/${s.observation}/_history/1` }),

  'GET AuditEvent': (s) => ({ url: `AuditEvent?patient=${s.patient}` }),
  'POST AuditEvent/_search': (s) => ({ url: 'AuditEvent/_search', form: { patient: s.patient } }),
  'GET AuditEvent/:id': (s) => ({ url: `AuditEvent/${s.event}` }),

  'GET type $acp-summary': () => ({ url: 'Patient/$acp-summary' }),
  'POST type $acp-summary': (s, _n, reason) => ({
    url: 'Patient/$acp-summary',
    form: { identifier: BSN(s), ...reason },
    isAnswer: true,
  }),
  'GET instance $acp-summary': (s) => ({ url: `Patient/${s.patient}/$acp-summary`, isAnswer: true }),
  'GET instance $acp-summary #as-of': (s) => ({ url: `Patient/${s.patient}/$acp-summary?asOf=${moment()}`, isAnswer: true }),
  'POST instance $acp-summary': (s, _n, reason) => ({
    url: `Patient/${s.patient}/$acp-summary`,
    body: parameters(reasonParameter(reason)),
    isAnswer: true,
  }),
  'GET type $validate': () => ({ url: 'Observation/$validate' }),
  'POST type $validate': (s) => ({ url: 'Observation/$validate', body: observation(s, undefined) }),
  'GET instance $validate': (s) => ({ url: `Observation/${s.observation}/$validate` }),
  'POST instance $validate': (s, n) => ({ url: `Observation/${s.observation}/$validate`, body: observation(s, s.observation, n()) }),
  'GET type $expand': () => ({ url: `ValueSet/$expand?url=${VALUE_SET}` }),
  'POST type $expand': () => ({ url: 'ValueSet/$expand', body: parameters([{ name: 'url', valueUri: VALUE_SET }]) }),
  'GET type $validate-code': () => ({ url: `ValueSet/$validate-code?url=${VALUE_SET}&code=male&system=${GENDER}` }),
  'POST type $validate-code': () => ({
    url: 'ValueSet/$validate-code',
    body: parameters([
      { name: 'url', valueUri: VALUE_SET },
      { name: 'coding', valueCoding: { system: GENDER, code: 'male' } },
    ]),
  }),
  'GET type $lookup': () => ({ url: `CodeSystem/$lookup?system=${GENDER}&code=male` }),
  'POST type $lookup': () => ({
    url: 'CodeSystem/$lookup',
    body: parameters([{ name: 'coding', valueCoding: { system: GENDER, code: 'male' } }]),
  }),
  'GET type $extract': () => ({ url: 'QuestionnaireResponse/$extract' }),
  'POST type $extract': (s) => ({ url: 'QuestionnaireResponse/$extract', body: form(s, undefined) }),
  'GET instance $extract': (s) => ({ url: `QuestionnaireResponse/${s.patient}-form/$extract` }),
  'POST instance $extract': (s) => ({ url: `QuestionnaireResponse/${s.patient}-form/$extract`, body: parameters([]) }),
  'GET type $populate': (s) => ({ url: `Questionnaire/$populate?canonical=${PZP_FORM}&subject=Patient/${s.patient}` }),
  'POST type $populate': (s) => ({
    url: 'Questionnaire/$populate',
    body: parameters([{ name: 'canonical', valueUri: PZP_FORM }, ...subjectParameter(s)]),
  }),
  'GET instance $populate': (s) => ({ url: `Questionnaire/form/$populate?subject=Patient/${s.patient}` }),
  'POST instance $populate': (s) => ({ url: 'Questionnaire/form/$populate', body: parameters(subjectParameter(s)) }),
  'GET instance $export-record': (s) => ({ url: `Patient/${s.patient}/$export-record` }),
  'POST instance $export-record': (s) => ({
    url: `Patient/${s.patient}/$export-record`,
    body: parameters([{ name: 'history', valueBoolean: true }]),
  }),
  'GET instance $verify': (s, n) => {
    const { id, first } = proposal(s, n());
    return { url: `CarePlan/${id}/$verify?version=1`, first, isAnswer: true };
  },
  'POST instance $verify': (s, n) => {
    const { id, first } = proposal(s, n());
    return { url: `CarePlan/${id}/$verify`, body: parameters([{ name: 'version', valueString: '1' }]), first, isAnswer: true };
  },
  'GET instance $document': (s) => ({ url: `CarePlan/${s.plan}/$document`, isAnswer: true }),
  'GET instance $offline-summary': (s) => ({ url: `Patient/${s.patient}/$offline-summary`, isAnswer: true }),
  'POST instance $mark': (s) => ({
    url: `Patient/${s.patient}/$mark`,
    body: parameters([
      { name: 'instrument', valueCode: 'spict' },
      { name: 'answer', valueCode: 'indicators-present' },
      { name: 'date', valueDate: '2026-10-01' },
      { name: 'by', valueString: 'huisarts' },
    ]),
  }),
  'POST type $apply': (s) => ({
    url: 'PlanDefinition/$apply',
    body: parameters([
      { name: 'subject', valueString: `Patient/${s.patient}` },
      { name: 'url', valueUri: 'https://fhir.izp.example/r4/PlanDefinition/izp-process' },
    ]),
  }),
  'POST instance $apply': (s) => ({
    url: 'PlanDefinition/izp-process/$apply',
    body: parameters([{ name: 'subject', valueString: `Patient/${s.patient}` }]),
  }),
  'POST instance $withdraw': (s, n) => {
    const id = `${s.patient}-${n()}`;
    const words = [
      { name: 'who', valueString: 'de patiënt' },
      { name: 'reason', valueString: 'bedacht zich' },
    ];
    return { url: `Consent/${id}/$withdraw`, body: parameters(words), first: { url: `Consent/${id}`, body: wish(s, id) } };
  },
  'POST instance $answer': (s, n) => {
    const id = `${s.patient}-${n()}`;
    return {
      url: `Task/${id}/$answer`,
      body: parameters([{ name: 'outcome', valueCode: 'noted' }]),
      first: { url: `Task/${id}`, body: task(s, id) },
    };
  },
  'POST instance $erase': (s, n) => {
    const { id, first } = fresh(s, n());
    const asked = { who: 'de patiënt', why: 'verzoek', requestedOn: '2026-10-01' };
    const words = Object.entries(asked).map(([name, value]) => ({ name, [name === 'requestedOn' ? 'valueDate' : 'valueString']: value }));
    return {
      url: `Patient/${s.patient}/$erase`,
      body: parameters([...words, { name: 'resource', valueReference: { reference: `Observation/${id}` } }]),
      first,
    };
  },

  'POST /v1/emergency-card': (s, _n, reason) => ({ url: '/v1/emergency-card', body: { bsn: s.bsn, ...reason }, isAnswer: true }),
  'GET /v1/validation-reports': () => ({ url: '/v1/validation-reports' }),
  'GET /v1/access-log': (s) => ({ url: `/v1/access-log?patient=${s.patient}` }),
  'GET /v1/marked': () => ({ url: '/v1/marked' }),
  'GET /v1/conflicts': () => ({ url: '/v1/conflicts' }),
  'GET /v1/break-glass': () => ({ url: '/v1/break-glass' }),
  'GET /v1/retention': () => ({ url: '/v1/retention' }),
  'GET /v1/admin/clients': () => ({ url: '/v1/admin/clients' }),
  'POST /v1/admin/clients': (_s, n) => ({ url: '/v1/admin/clients', body: client(n()) }),
  'GET /v1/admin/clients/:clientId': () => ({ url: '/v1/admin/clients/hap' }),
  'PUT /v1/admin/clients/:clientId': () => ({ url: '/v1/admin/clients/hap', body: client('hap') }),
  'DELETE /v1/admin/clients/:clientId': () => ({ url: '/v1/admin/clients/nobody' }),
  'GET /spoed': () => ({ url: '/spoed', isPage: true }),
  'POST /spoed': (s, _n, reason) => ({ url: '/spoed', form: { bsn: s.bsn, ...reason }, isPage: true, isAnswer: true }),
  'GET /plan': (s) => ({ url: `/plan?patient=${s.patient}`, isPage: true }),
  'POST /plan': (s) => ({ url: '/plan', form: { bsn: s.bsn }, isPage: true }),
  'GET /mijn': () => ({ url: '/mijn', isPage: true }),
  'POST /mijn': (s, n) => ({
    url: '/mijn',
    form: { doen: 'zeggen', soort: 'eigen-woorden', tekst: secret(s.key, 'woorden'), keer: n() },
    isPage: true,
  }),
  'GET /mijn/inzage': () => ({ url: '/mijn/inzage', isPage: true }),
  'GET /mijn/brief': (s, n) => {
    const id = `${s.patient}-${n()}`;
    return { url: `/mijn/brief?id=${id}`, isPage: true, first: { url: `DocumentReference/${id}`, body: letter(s, id) } };
  },
  'GET /gesprek': (s) => ({ url: `/gesprek?patient=${s.patient}`, isPage: true }),
  'POST /gesprek': (s) => ({ url: '/gesprek', form: { actie: 'zoeken', bsn: s.bsn }, isPage: true }),
  'GET /werklijst': () => ({ url: '/werklijst', isPage: true }),
  'GET /werklijst/tegenstrijdig': () => ({ url: '/werklijst/tegenstrijdig', isPage: true }),
  'POST /werklijst/tegenstrijdig': (s) => ({
    url: '/werklijst/tegenstrijdig',
    form: { patient: s.patient, agreement: `Consent/${s.directive}`, seen: 'x', who: 'de patiënt', reason: 'bedacht zich' },
    isPage: true,
  }),
  'GET /aanmelden': () => ({ url: '/aanmelden?naar=/plan', stay: true }),
  'GET /aanmelden/terug': () => ({ url: '/aanmelden/terug?code=x&state=y', stay: true }),
  'POST /afmelden': () => ({ url: '/afmelden', form: { x: 'y' }, stay: true }),
  'POST /afmelden/issuer': () => ({ url: '/afmelden/issuer', form: { logout_token: 'x' } }),
  'GET /afgemeld': () => ({ url: '/afgemeld', stay: true }),
  'GET /.well-known/openid-configuration': () => ({ url: '/.well-known/openid-configuration' }),
  'GET /oauth/authorize': () => ({ url: '/oauth/authorize', stay: true }),
  'POST /oauth/authorize': () => ({ url: '/oauth/authorize', form: { persoon: 'gp' }, stay: true }),
  'GET /oauth/end-session': () => ({ url: '/oauth/end-session', stay: true }),
  'POST /oauth/token': () => ({ url: '/oauth/token', form: { grant_type: 'client_credentials' } }),
  'GET /.well-known/izp-summary-keys': () => ({ url: '/.well-known/izp-summary-keys' }),
  'GET /oauth/jwks': () => ({ url: '/oauth/jwks' }),
  'GET /fhir/R4/.well-known/smart-configuration': () => ({ url: '/fhir/R4/.well-known/smart-configuration' }),
  'GET /health/live': () => ({ url: '/health/live' }),
  'GET /health/ready': () => ({ url: '/health/ready' }),
};

export interface Row {
  /** As in the table, with what stands behind the #. */
  name: string;
  /** The address: `GET :type/:id`, `POST type $validate`, `GET /health/live`. */
  covers: string;
  method: string;
  ask: Ask;
  /** By caller: the status, and the mark. */
  cells: ReadonlyMap<string, { status: number; mark: string }>;
}

/** The table read. Throws when a line has no question, or not a cell for each group. */
export function rows(): Row[] {
  const [header = '', ...lines] = TABLE.split('\n').filter((line) => line.trim() !== '');
  const groups = header.trim().split(/\s+/);
  const read = lines.map((line): Row => {
    const words = line.trim().split(/\s+/);
    const [name, cells] = [words.slice(0, -groups.length).join(' '), words.slice(-groups.length)];
    const ask = QUESTIONS[name];
    if (ask === undefined || !cells.every((cell) => /^[1-5]\d\d[+!?.*~o=]?$/.test(cell))) throw new Error(`the table's line ${name}`);
    const byCaller = groups.flatMap((group, i) => {
      const cell = { status: Number((cells[i] as string).slice(0, 3)), mark: (cells[i] as string).slice(3) };
      return (GROUPS[group] as string[]).map((caller) => [caller, cell] as const);
    });
    return { name, covers: name.replace(/ #.*$/, ''), method: name.split(' ')[0] as string, ask, cells: new Map(byCaller) };
  });
  const asked = new Set(read.map(({ name }) => name));
  const idle = Object.keys(QUESTIONS).filter((name) => !asked.has(name));
  if (idle.length > 0) throw new Error(`no line of the table asks ${idle.join(', ')}`);
  return read;
}
