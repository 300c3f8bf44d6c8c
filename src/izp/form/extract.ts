// The published form as resources of the record: whole, or not at all. Pure.
// https://hl7.org/fhir/uv/sdc/extraction.html
import type { QuestionnaireResponse, Resource } from '@medplum/fhirtypes';
import { dutchDate, intervalOf } from '../../fhir/dates.js';
import { parseReference } from '../../fhir/references.js';
import { answerOf, type FormProblem, readAnswers, type Scope } from './answers.js';
import { contactParts } from './contact-parts.js';
import { conversationParts } from './conversation-parts.js';
import { directiveParts, sharingPart } from './directive-parts.js';
import { DATE, type OwnForm, ownFormOf } from './own-forms.js';
import type { Making, Part, To } from './parts.js';
import { provenancePart } from './provenance-part.js';
import { wishParts } from './wish-parts.js';

export interface ExtractContext {
  /** Names the form among all forms: of the response, or of the form it was populated from. */
  key: string;
  /** Epoch milliseconds. */
  now: number;
  /** Patient.birthDate, to see that the form is about the same person. */
  birthDate?: string;
  /** The organisation whose client sends the form. */
  sender?: { ura: string; name: string };
  /** True for a sender who may not say who sees the record: contact persons and the permission to share are left out. */
  isGuest?: boolean;
  /** `Type/id` (or a urn) that a part will have. */
  referenceTo(type: Resource['resourceType'], part: string): string;
}

export interface Extraction {
  /** In an order in which none but the last, the Provenance, is about the others. Empty when there are problems. */
  parts: Part[];
  problems: FormProblem[];
}

/**
 * Everything the form says of the patient, or what keeps it from being read. A part is the same, field by field, whenever the
 * same answers are extracted under the same key; only Provenance.recorded tells when.
 */
export function extract(response: QuestionnaireResponse, patient: { reference?: string }, context: ExtractContext): Extraction {
  const own = ownFormOf(response);
  if (own) return extractOwn(own, response, patient, context);
  const { form, problems } = readAnswers(response);
  const day = answerOf(form, '963')?.day;
  problems.push(...missing(form, day), ...misdated('963', day, context), ...misplaced(form, context));
  if (problems.length > 0 || day === undefined) return { parts: [], problems };
  const making: Making = { form, key: context.key, patient: { reference: patient.reference }, day, referenceTo: context.referenceTo };
  const contacts = context.isGuest ? [] : contactParts(making);
  const { parts, conversation } = conversationParts(making, contacts, authorOf(response));
  const permission = context.isGuest ? [] : sharingPart(conversation);
  const made = [...contacts, ...parts, ...directiveParts(conversation), ...permission, ...wishParts(conversation)];
  const origin = { ...context, professional: conversation.professional };
  return { parts: [...made, provenancePart(response, making, made, origin)], problems: [] };
}

function extractOwn(own: OwnForm, response: QuestionnaireResponse, patient: { reference?: string }, context: ExtractContext): Extraction {
  const { form, problems } = readAnswers(response, own.items);
  const day = answerOf(form, DATE)?.day;
  const origin = { ...context, professional: authorOf(response) };
  if (!form.answers.has(DATE)) problems.push({ linkId: DATE, code: 'required', text: 'The day is needed.' });
  problems.push(...misdated(DATE, day, context), ...own.missing(form, origin));
  if (problems.length > 0 || day === undefined) return { parts: [], problems };
  const making: Making = { form, key: context.key, patient: { reference: patient.reference }, day, referenceTo: context.referenceTo };
  const made = own.parts(making, origin);
  return { parts: made.length === 0 ? [] : [...made, provenancePart(response, making, made, origin)], problems: [] };
}

function missing(form: Scope, day: string | undefined): FormProblem[] {
  const problems: FormProblem[] = [];
  if (day === undefined && answerOf(form, '963') === undefined)
    problems.push({
      linkId: '963',
      code: 'required',
      text: 'The day of the conversation is needed: when it was typed in does not tell it.',
    });
  if (answerOf(form, '1201')?.text !== undefined)
    problems.push({ linkId: '1201', code: 'code-invalid', text: 'Permission to share takes a code: words neither permit nor object.' });
  return problems;
}

/** A mistyped year would stay the newest for ever. */
function misdated(linkId: string, day: string | undefined, { now }: ExtractContext): FormProblem[] {
  if (day === undefined || day <= dutchDate(now)) return [];
  return [{ linkId, code: 'value', text: 'This day is in the future.' }];
}

/** Somebody else's agreements in a record are worse than none. */
function misplaced(form: Scope, { birthDate }: ExtractContext): FormProblem[] {
  const said = answerOf(form, '967')?.day;
  const known = birthDate !== undefined && birthDate.length === DAY_LENGTH && intervalOf(birthDate) ? birthDate : undefined;
  if (said === undefined || known === undefined || said === known) return [];
  return [
    { linkId: '967', code: 'business-rule', text: 'The birth date on the form is not that of the patient it is sent for.', refuses: true },
  ];
}

const DAY_LENGTH = 'YYYY-MM-DD'.length;

/** Who held the conversation, where the form itself names nobody. */
function authorOf({ author }: QuestionnaireResponse): To | undefined {
  return author?.reference !== undefined && parseReference(author.reference)?.type === 'PractitionerRole'
    ? { reference: author.reference }
    : undefined;
}
