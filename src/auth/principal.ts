// Who is calling, as the access token said it. Names follow the national authorisation input model.

export interface Principal {
  clientId: string;
  /** URA of the organisation the client speaks for; absent for patients and technical clients. */
  organizationUra?: string;
  organizationName?: string;
  /** Code of http://nictiz.nl/fhir/NamingSystem/organization-type: Z3, V4, AMB … */
  organizationType?: string;
  userId?: string;
  /** UZI role code. */
  userRole?: string;
  /** v3-ActReason: TREAT, ETREAT, PATRQT … */
  purpose: string;
  /** SMART v2 scopes, those alone that count in such a token. */
  scopes: string[];
  /** Names of the access policies that apply to this client, in configuration. */
  policies: string[];
  /** What errors of published profiles do to its writes; they refuse them where nothing is said. */
  onProfileErrors?: 'refuse' | 'accept-and-report';
  /** Set for tokens of a patient or representative: the id of the patient they may act for. */
  patientId?: string;
  /** Who the person is, in tokens of persons: `Patient/id`, `RelatedPerson/id`, `Practitioner/id`. */
  fhirUser?: string;
}
