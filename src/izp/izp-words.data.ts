// Dutch for the service's own codes, word for word as the code systems of fhir-profiles/ give it.
import { IZP_BASE } from './izp-codes.js';

const IZP_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'izp-phase': {
    'disease-directed': 'Ziektegerichte palliatie',
    'symptom-directed': 'Symptoomgerichte palliatie',
    dying: 'Stervensfase',
    aftercare: 'Nazorg',
  },
  'izp-agreement': {
    agreed: 'Akkoord',
    partly: 'Gedeeltelijk akkoord',
    'not-agreed': 'Niet akkoord',
    'not-discussed': 'Nog niet besproken',
  },
  'izp-dimension': {
    physical: 'Lichamelijk',
    psychological: 'Psychisch',
    social: 'Sociaal',
    spiritual: 'Spiritueel',
  },
  'izp-kit-state': {
    requested: 'Aangevraagd',
    placed: 'Geplaatst',
    opened: 'Geopend',
    returned: 'Retour',
  },
  'izp-urgency': {
    red: 'Rood',
    orange: 'Oranje',
    yellow: 'Geel',
    green: 'Groen',
  },
  'izp-marking-instrument': {
    'surprise-question': 'Surprise question',
    'double-surprise-question': 'Dubbele surprise question',
    spict: 'SPICT',
    radpac: 'RADPAC',
    'clinical-judgement': 'Klinisch oordeel',
  },
  'izp-marking-answer': {
    'not-surprised-by-death': 'Niet verrast bij overlijden binnen 12 maanden',
    'surprised-by-death': 'Wel verrast bij overlijden binnen 12 maanden',
    'surprised-by-survival': 'Wel verrast bij in leven zijn na 12 maanden',
    'not-surprised-by-survival': 'Niet verrast bij in leven zijn na 12 maanden',
    'indicators-present': 'Indicatoren aanwezig',
    'indicators-absent': 'Indicatoren niet aanwezig',
    undecided: 'Onbeslist',
  },
  'izp-scenario-kind': {
    pain: 'Pijn',
    breathlessness: 'Benauwdheid',
    agitation: 'Onrust of delier',
    nausea: 'Misselijkheid of braken',
    bleeding: 'Bloeding',
    seizure: 'Epileptisch insult',
    choking: 'Verslikken of reutelen',
    infection: 'Koorts of infectie',
    fall: 'Val',
    'oral-route-lost': 'Medicatie innemen lukt niet meer',
    'sudden-deterioration': 'Plotselinge achteruitgang',
    'carer-overload': 'Overbelasting van de mantelzorger',
    'dying-phase': 'Begin van de stervensfase',
    death: 'Overlijden',
  },
  'izp-care-team-role': {
    'central-care-provider': 'Centrale zorgverlener',
    'main-practitioner': 'Hoofdbehandelaar',
    'general-practitioner': 'Huisarts',
    'home-care-nurse': 'Wijkverpleegkundige',
    'palliative-consultant': 'Consulent palliatieve zorg',
    'spiritual-caregiver': 'Geestelijk verzorger',
    pharmacist: 'Apotheker',
    'informal-carer': 'Mantelzorger',
    volunteer: 'Vrijwilliger',
    'aftercare-contact': 'Contactpersoon nazorg',
  },
  'izp-supply': {
    'palliative-kit': 'Palliatieve spoedkit',
  },
};

const PREFIX = `${IZP_BASE}/CodeSystem/`;

/** The Dutch words of a code of our own; undefined for another system, or a code it does not have. */
export function izpWordsOf(system: string | undefined, code: string | undefined): string | undefined {
  if (!system?.startsWith(PREFIX) || code === undefined) return undefined;
  const table = IZP_WORDS[system.slice(PREFIX.length)];
  return table !== undefined && Object.hasOwn(table, code) ? table[code] : undefined;
}
