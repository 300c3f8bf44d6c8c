// Dutch words of the access log, by code.

/** FHIR's interactions. */
export const FHIR_INTERACTIONS: Record<string, string> = {
  read: 'Ingezien',
  vread: 'Eerdere versie ingezien',
  'search-type': 'Gezocht',
  'history-instance': 'Geschiedenis ingezien',
  'history-type': 'Geschiedenis ingezien',
  create: 'Vastgelegd',
  update: 'Gewijzigd',
  patch: 'Gewijzigd',
  delete: 'Verwijderd',
  transaction: 'Vastgelegd of gewijzigd',
  batch: 'Meerdere vragen tegelijk',
};

/** Operations and addresses of the service itself: these say what they are about. */
export const OPERATION_WORDS: Record<string, string> = {
  'emergency-card': 'Spoedkaart ingezien',
  '$acp-summary': 'Samenvatting voor spoed ingezien',
  $document: 'Zorgplan als document ingezien',
  '$offline-summary': 'Ondertekende samenvatting gemaakt',
  'access-log': 'Dit logboek ingezien',
  'break-glass': 'Overzicht van noodinzages ingezien',
  $erase: 'Gegevens vernietigd op verzoek',
  '$export-record': 'Afschrift van het dossier gemaakt',
  marked: 'Op de lijst van gemarkeerde patiënten gezien',
  conflicts: 'Op de lijst van tegenstrijdige afspraken gezien',
  'validation-reports': 'Overzicht van onvolledige gegevens ingezien',
  token: 'Aangemeld',
  'sign-in': 'Aangemeld',
  'sign-out': 'Afgemeld',
  'plan-page': 'Zorgplan ingezien',
  'conversation-page': 'Gespreksformulier ingezien of ingevuld',
  'own-page': 'Eigen overzicht ingezien of gewijzigd',
  'own-letter': 'Wensenbrief opgeslagen',
  authenticate: 'Geweigerd zonder geldig bewijs van wie vroeg',
  configuration: 'Instelling gewijzigd',
};

export const RESOURCE_WORDS: Record<string, string> = {
  AuditEvent: 'dit logboek',
  CarePlan: 'zorgplan',
  CareTeam: 'zorgteam',
  Communication: 'gespreksverslag of bericht',
  CommunicationRequest: 'verzoek om te informeren',
  Composition: 'samenvatting',
  Condition: 'aandoening',
  Consent: 'behandelafspraak of toestemming',
  Device: 'hulpmiddel',
  DeviceUseStatement: 'gebruik van een hulpmiddel',
  DocumentReference: 'document',
  Encounter: 'gesprek',
  Flag: 'markering',
  Goal: 'doel of wens',
  List: 'lijst',
  MeasureReport: 'meting',
  MedicationRequest: 'medicatie',
  Observation: 'bevinding of wens',
  Organization: 'organisatie',
  Patient: 'persoonsgegevens',
  Practitioner: 'zorgverlener',
  PractitionerRole: 'zorgverlener',
  Procedure: 'verrichting of gesprek',
  Provenance: 'herkomst van gegevens',
  QuestionnaireResponse: 'ingevuld formulier',
  RelatedPerson: 'naaste of vertegenwoordiger',
  ServiceRequest: 'afspraak voor als er iets gebeurt',
  SupplyDelivery: 'spoedkit',
  Task: 'taak',
};

/** The access policies, as the ground of an access. */
export const GROUNDS: Record<string, string> = {
  'own-team': 'Behandelrelatie: de organisatie hoort bij het zorgteam of heeft het vastgelegd',
  permission: 'Toestemming van de patiënt',
  emergency: 'Spoedzorg, met toestemming van de patiënt',
  'break-glass': 'Noodgeval, zonder toestemming vooraf',
  patient: 'Eigen gegevens',
  representative: 'Vertegenwoordiger van de patiënt',
  register: 'Toestemming in het landelijke register (Mitz)',
  'pzp-gf': 'Landelijke uitwisseling, met toestemming van de patiënt',
  region: 'Kwaliteitsmeting van de regio',
  admin: 'Beheer van de dienst',
  auditor: 'Toezicht door de functionaris gegevensbescherming',
  service: 'Beheer van de dienst',
};

export const OUTCOMES: Record<string, string> = {
  success: 'Gelukt',
  empty: 'Niets gevonden',
  denied: 'Geweigerd',
  error: 'Niet gelukt',
};

/** Why something was denied. */
export const REASONS: Record<string, string> = {
  'no-permission': 'er is geen toestemming',
  objection: 'de patiënt heeft bezwaar gemaakt',
  forbidden: 'dit mocht niet met deze aanmelding',
};

/** http://nictiz.nl/fhir/NamingSystem/organization-type (Vektis AGB and RoleCodeNL). */
export const ORGANIZATION_TYPES: Record<string, string> = {
  AMB: 'ambulancedienst',
  B1: 'laboratorium',
  G5: 'geestelijke gezondheidszorg',
  G6: 'verpleeghuis',
  H1: 'huisarts',
  H2: 'hospice',
  J8: 'apotheek',
  K3: 'zelfstandig behandelcentrum',
  L1: 'laboratorium',
  N6: 'huisartsenspoedpost',
  R5: 'verpleging en verzorging',
  R8: 'revalidatiecentrum',
  T2: 'thuiszorg',
  V4: 'ziekenhuis',
  V5: 'universitair medisch centrum',
  V6: 'ziekenhuis',
  X3: 'verpleging en verzorging',
  Z3: 'huisarts',
};
