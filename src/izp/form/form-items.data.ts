// What each linkId of the published form means: where it stands, what kind of answer it takes, and which codes.
// The questions themselves belong to the form's publisher and are not here.
// https://api.iknl.nl/docs/pzp/r4 (Questionnaire ACP-zib2020)
import type { Coding } from '@medplum/fhirtypes';
import * as codes from '../codes.js';
import * as form from './form-codes.js';

export interface FormItem {
  linkId: string;
  /** The group it stands in, or the question under whose answer it stands (`under: 'answer'`). */
  parent?: string;
  under?: 'answer';
  /** `open` is a code or a text. */
  kind: 'group' | 'text' | 'date' | 'code' | 'open';
  repeats?: true;
  /** What a coded question offers, and what else is understood there. */
  options?: readonly Coding[];
  /** The one preselected answer that only says what the questions beside it are about. */
  names?: Coding;
}

const group = (linkId: string, parent?: string): FormItem => ({ linkId, parent, kind: 'group' });
const groups = (linkId: string, parent: string): FormItem => ({ linkId, parent, kind: 'group', repeats: true });
const text = (linkId: string, parent: string): FormItem => ({ linkId, parent, kind: 'text' });
const remark = (linkId: string, parent: string): FormItem => ({ linkId, parent, under: 'answer', kind: 'text' });
const code = (linkId: string, parent: string, options: readonly Coding[]): FormItem => ({ linkId, parent, kind: 'code', options });
const several = (linkId: string, parent: string, options: readonly Coding[]): FormItem => ({
  ...code(linkId, parent, options),
  repeats: true,
});
const name = (linkId: string, parent: string, names: Coding): FormItem => ({ linkId, parent, kind: 'code', options: [names], names });

const UNKNOWN = form.nullFlavor('UNK', 'Nog onbekend');
const YES = form.snomed(form.YES, 'Ja');
const NO = form.snomed(form.NO, 'Nee');
const YES_NO_UNKNOWN = [YES, NO, UNKNOWN];
const YES_OR_NO = [form.local('1', 'Ja'), form.local('0', 'Nee')];

const FUNCTIONS = [
  form.uzi('01.000', 'Arts'),
  form.uzi('01.015', 'Huisarts'),
  form.uzi('01.047', 'Specialist ouderengeneeskunde'),
  form.uzi('30.000', 'Verpleegkundige'),
  form.uzi('81.000', 'Physician assistant'),
  form.uzi('99.000', 'Zorgverlener andere zorg'),
];

const WRITTEN = form.snomed(codes.WRITTEN_REPRESENTATIVE, 'Schriftelijk gemachtigde');
const LEGAL_ROLES = [form.role('03', 'Curator (juridisch)'), form.role('15', 'Mentor'), WRITTEN, form.role('09', 'Anders')];
const ROLES = [
  form.role(codes.LEGAL_REPRESENTATIVE, 'Wettelijke vertegenwoordiger'),
  form.role(codes.FIRST_CONTACT, 'Eerste relatie/contactpersoon'),
  ...LEGAL_ROLES,
];
const FAMILY = [
  form.family('DOMPART', 'Partner'),
  form.family('HUSB', 'Echtgenoot'),
  form.family('WIFE', 'Echtgenote'),
  form.family('FTH', 'Vader'),
  form.family('MTH', 'Moeder'),
  form.family('SONC', 'Zoon'),
  form.family('DAUC', 'Dochter'),
  form.family('BRO', 'Broer'),
  form.family('SIS', 'Zuster'),
  form.nullFlavor('OTH', 'Anders'),
];
const PHONE_KINDS = [
  form.telecom('LL', 'Land Line'),
  form.telecom('FAX', 'Fax'),
  form.addressUse('PG', 'Pieper'),
  form.addressUse('MC', 'Mobiel telefoonnummer'),
];
const PHONE_USES = [
  form.addressUse('HP', 'Telefoonnummer thuis'),
  form.addressUse('TMP', 'Tijdelijk telefoonnummer'),
  form.addressUse('WP', 'Zakelijk telefoonnummer'),
];
const EMAIL_USES = [form.addressUse('HP', 'Privé e-mailadres'), form.addressUse('WP', 'Zakelijk e-mailadres')];

export const DECISIONS = {
  do: form.decision('0', 'Wel uitvoeren'),
  other: form.decision('1', 'Anders'),
  doNot: form.decision('2', 'Niet uitvoeren'),
  unknown: form.nullFlavor('UNK', 'Onbekend'),
  notDecided: form.nullFlavor('ASKU', 'Nee, nog geen besluit genomen'),
  notDiscussed: form.nullFlavor('NASK', 'Niet besproken'),
} as const;
const ANY_DECISION = Object.values(DECISIONS);

/** The linkIds of one treatment: what it is, the decision, its words where it is another, the remark. */
export interface TreatmentItems {
  group: string;
  treatment: string;
  decision: string;
  other?: string;
  remark: string;
  coding: Coding;
}

export const TREATMENT_ITEMS: readonly TreatmentItems[] = [
  {
    group: '1409',
    treatment: '1410',
    decision: '1386',
    other: '1001',
    remark: '1002',
    coding: form.snomed(codes.CPR, 'cardiopulmonale resuscitatie'),
  },
  {
    group: '1411',
    treatment: '1412',
    decision: '1387',
    other: '1388',
    remark: '1389',
    coding: form.snomed(codes.VENTILATION, 'kunstmatige beademing'),
  },
  {
    group: '1413',
    treatment: '1414',
    decision: '1390',
    other: '1391',
    remark: '1392',
    coding: form.snomed(codes.ICU_ADMISSION, 'opname op intensive care'),
  },
  {
    group: '1415',
    treatment: '1416',
    decision: '1393',
    other: '1394',
    remark: '1395',
    coding: form.snomed(codes.HOSPITAL_ADMISSION, 'opname in ziekenhuis'),
  },
  {
    group: '1417',
    treatment: '1418',
    decision: '1396',
    other: '1397',
    remark: '1398',
    coding: form.snomed(codes.ANTIBIOTICS, 'antibiotische therapie'),
  },
  {
    group: '1419',
    treatment: '1420',
    decision: '1399',
    other: '1400',
    remark: '1401',
    coding: form.snomed(codes.BLOOD_PRODUCT, 'toediening van bloedproduct'),
  },
];

/** Any other limit: which one stands in words, or only in the remark. */
export const OTHER_LIMIT = { group: '1421', treatment: '1422', decision: '1402', remark: '1404' } as const;

export const ICD_ITEMS: TreatmentItems = {
  group: '1425',
  treatment: '1426',
  decision: '1005',
  remark: '1010',
  coding: form.snomed(codes.ICD_SWITCH_OFF, 'uitzetten van cardioverter-defibrillator in laatste levensfase (verrichting)'),
};

/** The linkIds of one contact person. */
export interface PersonItems {
  part: string;
  nameGroup: string;
  given: string;
  prefix: string;
  family: string;
  telecomGroup: string;
  phoneGroup: string;
  phone: string;
  phoneKind: string;
  phoneUse: string;
  phoneRemark: string;
  emailGroup: string;
  email: string;
  emailUse: string;
  relation: string;
  relationOther: string;
}

export const REPRESENTATIVE: PersonItems = {
  part: 'representative',
  nameGroup: '30',
  given: '973',
  prefix: '974',
  family: '975',
  telecomGroup: '39',
  phoneGroup: '40',
  phone: '976',
  phoneKind: '977',
  phoneUse: '978',
  phoneRemark: '979',
  emailGroup: '41',
  email: '980',
  emailUse: '981',
  relation: '983',
  relationOther: '408',
};

export const FIRST_CONTACT: PersonItems = {
  part: 'first-contact',
  nameGroup: '53',
  given: '985',
  prefix: '986',
  family: '987',
  telecomGroup: '61',
  phoneGroup: '62',
  phone: '988',
  phoneKind: '989',
  phoneUse: '990',
  phoneRemark: '991',
  emailGroup: '66',
  email: '992',
  emailUse: '993',
  relation: '995',
  relationOther: '412',
};

function personItems(person: PersonItems, parent: string): FormItem[] {
  return [
    group(person.nameGroup, parent),
    text(person.given, person.nameGroup),
    text(person.prefix, person.nameGroup),
    text(person.family, person.nameGroup),
    group(person.telecomGroup, parent),
    groups(person.phoneGroup, person.telecomGroup),
    text(person.phone, person.phoneGroup),
    code(person.phoneKind, person.phoneGroup, PHONE_KINDS),
    code(person.phoneUse, person.phoneGroup, PHONE_USES),
    text(person.phoneRemark, person.phoneGroup),
    groups(person.emailGroup, person.telecomGroup),
    text(person.email, person.emailGroup),
    code(person.emailUse, person.emailGroup, EMAIL_USES),
  ];
}

function treatmentItems(items: TreatmentItems, parent: string): FormItem[] {
  return [
    group(items.group, parent),
    name(items.treatment, items.group, items.coding),
    code(items.decision, items.group, ANY_DECISION),
    ...(items.other === undefined ? [] : [remark(items.other, items.decision)]),
    remark(items.remark, items.decision),
  ];
}

/** Every question and group, in the order of the form. */
export const FORM_ITEMS: readonly FormItem[] = [
  { linkId: '963', kind: 'date' },
  group('7'),
  text('964', '7'),
  text('965', '7'),
  text('966', '7'),
  { linkId: '967', kind: 'date' },
  group('8'),
  group('16', '8'),
  text('968', '16'),
  text('969', '16'),
  text('970', '16'),
  code('1405', '8', FUNCTIONS),
  group('26'),
  code('1406', '26', YES_OR_NO),
  remark('1407', '1406'),
  group('29', '26'),
  ...personItems(REPRESENTATIVE, '29'),
  several('982', '29', ROLES),
  remark('411', '982'),
  code('983', '29', FAMILY),
  remark('408', '983'),
  code('984', '29', YES_OR_NO),
  ...personItems(FIRST_CONTACT, '29'),
  code('995', '29', FAMILY),
  remark('412', '995'),
  group('78'),
  code('82', '78', [form.local('Patiënt', 'Patiënt')]),
  several('997', '78', LEGAL_ROLES),
  remark('414', '997'),
  several('998', '78', FAMILY),
  remark('413', '998'),
  group('586'),
  name('1408', '586', form.snomed(form.TREATMENT_FOCUS, 'Focus van behandeling (waarneembare entiteit)')),
  code('999', '586', [
    form.snomed('385987000', 'Curatief / actief ziektebeleid'),
    form.snomed('1351964001', 'Palliatief met als doel levensverlenging én symptoomverlichting'),
    form.snomed(codes.GOAL_SYMPTOMS_ONLY_FORM, 'Palliatief met als doel symptoomverlichting, waarbij levensverlenging niet gewenst is'),
    form.snomed(codes.GOAL_SYMPTOMS_ONLY, 'Palliatief met als doel symptoomverlichting, waarbij levensverlenging niet gewenst is'),
    UNKNOWN,
  ]),
  group('83'),
  ...TREATMENT_ITEMS.flatMap((items) => treatmentItems(items, '83')),
  group(OTHER_LIMIT.group, '83'),
  { linkId: OTHER_LIMIT.treatment, parent: OTHER_LIMIT.group, kind: 'open', options: [form.nullFlavor('OTH', 'Other')] },
  code(OTHER_LIMIT.decision, OTHER_LIMIT.group, ANY_DECISION),
  remark(OTHER_LIMIT.remark, OTHER_LIMIT.decision),
  code('1006', '83', YES_NO_UNKNOWN),
  { ...code('1008', '1006', [form.local('ICD', 'ICD')]), under: 'answer' },
  remark('1009', '1006'),
  ...treatmentItems(ICD_ITEMS, '83'),
  group('107'),
  group('1427', '107'),
  name('1428', '1427', form.snomed(codes.SPECIFIC_WISHES, 'Wensen en verwachtingen met betrekking tot uitkomst van behandeling')),
  text('1190', '1427'),
  group('1429', '107'),
  name('1430', '1429', form.snomed(codes.PREFERRED_PLACE_OF_DEATH, 'Gewenste plek van overlijden')),
  code('1191', '1429', [
    form.snomed('264362003', 'Thuis'),
    form.snomed('22232009', 'Ziekenhuis'),
    form.snomed('108344006', 'Verpleeghuis'),
    form.snomed('284546000', 'Hospice'),
    form.nullFlavor('OTH', 'Anders'),
    UNKNOWN,
  ]),
  remark('1192', '1191'),
  group('1431', '107'),
  name('1432', '1431', form.snomed(codes.EUTHANASIA_POSITION, 'Standpunt ten opzichte van euthanasie (waarneembare entiteit)')),
  code('1193', '1431', [
    form.snomed('340181000146102', 'Heeft euthanasieverklaring'),
    form.snomed('340201000146103', 'Wenst geen euthanasie'),
    form.snomed('340191000146100', 'Geen euthanasieverklaring, zou wel verzoek kunnen doen in bepaalde situaties'),
    UNKNOWN,
  ]),
  remark('1194', '1193'),
  group('1433', '107'),
  name('1434', '1433', form.snomed(codes.DONOR_REGISTRATION, 'Geregistreerd in orgaan donorregister (bevinding)')),
  code('1435', '1433', YES_NO_UNKNOWN),
  group('598'),
  name('1436', '598', form.snomed(codes.OTHER_INFORMATION, 'Gevoel van zingeving (waarneembare entiteit)')),
  text('1196', '598'),
  group('115'),
  code('1197', '115', YES_NO_UNKNOWN),
  remark('1198', '1197'),
  code('1199', '115', YES_NO_UNKNOWN),
  group('119'),
  code('1200', '119', YES_OR_NO),
  code('1201', '119', [form.snomed(form.AGREES_TO_SHARING, 'Akkoord'), UNKNOWN, NO]),
];

export const FORM_ITEM: ReadonlyMap<string, FormItem> = new Map(FORM_ITEMS.map((item) => [item.linkId, item]));
