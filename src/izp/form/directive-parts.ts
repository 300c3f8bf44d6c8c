// Treatment directives, advance directives and the permission to share of the form, each a Consent of its own kind.
// A directive is not a boolean: whatever is not a plain yes or no stands in words, and overrules.
// https://api.iknl.nl/docs/pzp/r4 (ACP-TreatmentDirective, ACP-AdvanceDirective)
import type { CodeableConcept, Consent } from '@medplum/fhirtypes';
import * as codes from '../codes.js';
import { IZP_SHARING_PROFILE } from '../izp-codes.js';
import { answerOf, codeOf, type FormAnswer, type Scope, textOf } from './answers.js';
import * as form from './form-codes.js';
import { DECISIONS, ICD_ITEMS, OTHER_LIMIT, TREATMENT_ITEMS } from './form-items.data.js';
import { type Conversation, commentExtension, concept, consenters, framed, inEncounter, type Part, pruned } from './parts.js';

const OTHER = form.nullFlavor('OTH', 'Other');
/** As published: the switching off of an ICD has no code in the value set of treatments. */
export const ICD_TEXT = 'Uitzetten van cardioverter-defibrillator in laatste levensfase (verrichting) (SNOMED CT - 400231000146108)';
export const OTHER_LIMITS_TEXT = 'Overige behandelgrenzen';
/** What stands in SpecificationOther for a decision that needs words and has none. */
export const OTHER_UNSTATED = 'Anders, zonder omschrijving op het formulier';
/** A yes or no about limits that are named nowhere but in the remark: told in words, never as do or do-not. */
export const WORDED_DECISIONS: Record<string, string> = {
  [DECISIONS.do.code as string]: 'Op het formulier staat: wel uitvoeren',
  [DECISIONS.doNot.code as string]: 'Op het formulier staat: niet uitvoeren',
};
export const EARLIER_TEXTS: Record<string, string> = {
  [form.YES]: 'Eerder vastgelegde behandelafspraken, met andere wensen dan nu',
  [form.NO]: 'Eerder vastgelegde behandelafspraken, zonder andere wensen dan nu',
  UNK: 'Eerder vastgelegde behandelafspraken; of daar andere wensen in staan dan nu is onbekend',
  '': 'Eerder vastgelegde behandelafspraken',
};

/** What was decided: permit or deny, or words that overrule both. */
interface Decided {
  type?: 'permit' | 'deny';
  words?: string;
}

export function directiveParts(conversation: Conversation): Part[] {
  const { form: scope } = conversation;
  const treatments = TREATMENT_ITEMS.flatMap((items) => {
    const decided = decidedOf(scope, items.decision, items.other, items.remark);
    return decided
      ? [treatmentDirective(conversation, items.coding.code as string, concept(items.coding), decided, textOf(scope, items.remark))]
      : [];
  });
  const icd = decidedOf(scope, ICD_ITEMS.decision, undefined, ICD_ITEMS.remark);
  const icdPart =
    icd && treatmentDirective(conversation, codes.ICD_SWITCH_OFF, concept(OTHER, ICD_TEXT), icd, textOf(scope, ICD_ITEMS.remark));
  return [...treatments, ...otherLimit(conversation), ...(icdPart ? [icdPart] : []), ...advanceDirectives(conversation)];
}

/** Undefined when nothing was answered: that is not recorded, never a decision. */
function decidedOf(scope: Scope, decision: string, other: string | undefined, remark: string): Decided | undefined {
  const answer = answerOf(scope, decision);
  const words = other === undefined ? undefined : textOf(scope, other);
  if (answer === undefined) {
    const said = words ?? textOf(scope, remark);
    return said === undefined ? undefined : { words: said };
  }
  return inWords(answer, words);
}

/** Words beside a yes or no limit it: they are told with it, and it is no plain yes or no any more. */
function inWords({ coding, text }: FormAnswer, words: string | undefined): Decided {
  if (coding === undefined) return { words: words === undefined ? text : `${text}; ${words}` };
  const type = coding === DECISIONS.do ? 'permit' : coding === DECISIONS.doNot ? 'deny' : undefined;
  if (type !== undefined) return words === undefined ? { type } : { words: `${coding.display}: ${words}` };
  if (coding === DECISIONS.other) return { words: words ?? OTHER_UNSTATED };
  return { words: words === undefined ? coding.display : `${coding.display}: ${words}` };
}

function treatmentDirective(
  conversation: Conversation,
  name: string,
  treatment: CodeableConcept,
  { type, words }: Decided,
  remark?: string,
): Part {
  const comment = remark === words ? undefined : remark;
  const consent: Consent = {
    resourceType: 'Consent',
    extension: [inEncounter(conversation), ...commentExtension(comment)],
    ...(words !== undefined && { modifierExtension: [{ url: codes.SPECIFICATION_OTHER, valueString: words }] }),
    status: 'active',
    scope: concept({ system: codes.CONSENT_SCOPE, code: 'treatment' }),
    category: [concept({ system: codes.SNOMED, code: codes.TREATMENT_DIRECTIVE })],
    patient: conversation.patient,
    dateTime: conversation.day,
    policy: POLICY,
    provision: { ...(type && { type }), actor: consenters(conversation), code: [treatment] },
  };
  return framed(conversation, `directive-${name}`, { ...consent }, 'ACP-TreatmentDirective');
}

/** As the published examples: R4 asks for a policy, and the law is the only one. */
const POLICY = [{ uri: 'https://wetten.overheid.nl/' }];

/** With a treatment named it is a decision on that treatment; named only in the remark it is told in words. */
function otherLimit(conversation: Conversation): Part[] {
  const { form: scope } = conversation;
  const named = textOf(scope, OTHER_LIMIT.treatment);
  const comment = textOf(scope, OTHER_LIMIT.remark);
  const answer = answerOf(scope, OTHER_LIMIT.decision);
  if (named !== undefined) {
    const decided = decidedOf(scope, OTHER_LIMIT.decision, undefined, OTHER_LIMIT.remark) ?? { words: OTHER_UNSTATED };
    return [treatmentDirective(conversation, 'other', concept(OTHER, named), decided, comment)];
  }
  if (comment === undefined && answer?.text === undefined) return [];
  const words =
    answer === undefined ? (comment as string) : (WORDED_DECISIONS[answer.coding?.code ?? ''] ?? inWords(answer, undefined).words);
  return [treatmentDirective(conversation, 'other', concept(OTHER, OTHER_LIMITS_TEXT), { words }, comment)];
}

/** A declaration that exists is told; what it says stands in the declaration. */
function advanceDirectives(conversation: Conversation): Part[] {
  const { form: scope } = conversation;
  const parts: Part[] = [];
  if (codeOf(scope, '1193') === '340181000146102') {
    const type = concept({ system: codes.LIVING_WILL_TYPE, code: 'EU', display: 'Euthanasieverzoek' });
    parts.push(advanceDirective(conversation, 'euthanasia', type, textOf(scope, '1194')));
  }
  const earlier = answerOf(scope, '1197');
  if (codeOf(scope, '1197') === form.YES || earlier?.text !== undefined) {
    const differs = answerOf(scope, '1199');
    const text =
      differs?.text === undefined
        ? EARLIER_TEXTS[differs?.coding?.code ?? '']
        : `${EARLIER_TEXTS['']}; andere wensen dan nu: ${differs.text}`;
    const remark = [earlier?.text, textOf(scope, '1198')].filter((one) => one !== undefined).join('; ');
    parts.push(advanceDirective(conversation, 'earlier', concept(OTHER, text), remark === '' ? undefined : remark));
  }
  return parts;
}

function advanceDirective(conversation: Conversation, name: string, type: CodeableConcept, comment: string | undefined): Part {
  const consent: Consent = {
    resourceType: 'Consent',
    extension: [inEncounter(conversation), ...commentExtension(comment)],
    status: 'active',
    scope: concept({ system: codes.CONSENT_SCOPE, code: 'adr' }),
    category: [concept({ system: codes.CONSENT_CATEGORY, code: codes.ADVANCE_DIRECTIVE })],
    patient: conversation.patient,
    dateTime: conversation.day,
    policy: POLICY,
    provision: { code: [type] },
  };
  return framed(conversation, `advance-directive-${name}`, { ...consent }, 'ACP-AdvanceDirective');
}

const PURPOSES = ['TREAT', 'ETREAT'].map((code) => ({ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code }));

/** "Not yet known" neither permits nor objects: what was permitted before stays as it was. */
export function sharingPart(conversation: Conversation): Part[] {
  const said = codeOf(conversation.form, '1201');
  if (said !== form.AGREES_TO_SHARING && said !== form.NO) return [];
  const agrees = said === form.AGREES_TO_SHARING;
  const consent: Consent = {
    resourceType: 'Consent',
    status: 'active',
    scope: concept({ system: codes.CONSENT_SCOPE, code: 'patient-privacy' }),
    category: [concept({ system: 'http://loinc.org', code: '59284-0' })],
    patient: conversation.patient,
    dateTime: conversation.day,
    performer: conversation.parties.filter(({ reference }) => reference === conversation.patient.reference),
    policyRule: concept({ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: agrees ? 'OPTIN' : 'OPTOUT' }),
    // Nobody is named: everybody who treats the patient.
    provision: { type: agrees ? 'permit' : 'deny', period: { start: conversation.day }, purpose: agrees ? PURPOSES : [] },
  };
  const { part, resource } = framed(conversation, 'sharing', { ...consent });
  return [{ part, resource: pruned({ ...resource, meta: { profile: [IZP_SHARING_PROFILE] } }) }];
}
