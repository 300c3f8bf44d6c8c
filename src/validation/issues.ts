// What validation says: one table of rules with severity, issue code and both languages. No text ever repeats a value of the resource.
// https://hl7.org/fhir/R4/operationoutcome.html
import type { OperationOutcomeIssue } from '@medplum/fhirtypes';

/** Names the broken rule in `details.coding`, for callers that treat some findings apart. */
export const RULE_SYSTEM = 'https://fhir.izp.example/r4/CodeSystem/izp-validation-rule';
const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';

type Severity = OperationOutcomeIssue['severity'];
type Code = OperationOutcomeIssue['code'];
type Row = [severity: Severity, code: Code, english: string, dutch: string];

/** {name} is filled from the finding: names out of definitions, numbers, types. */
const RULES = {
  'not-a-resource': [
    'error',
    'structure',
    'This is not a FHIR resource: a JSON object with a known resourceType is needed.',
    'Dit is geen FHIR-resource: nodig is een JSON-object met een bekend resourceType.',
  ],
  'unknown-element': ['error', 'structure', '{type} has no element of this name.', '{type} heeft geen element met deze naam.'],
  'wrong-json-type': [
    'error',
    'structure',
    'The value must be {wanted} for the type {type}.',
    'De waarde moet {wantedNl} zijn voor het type {type}.',
  ],
  'not-a-list': [
    'error',
    'structure',
    'This element repeats, so it must be a JSON array.',
    'Dit element kan herhaald worden en moet daarom een JSON-array zijn.',
  ],
  'not-single': [
    'error',
    'structure',
    'This element does not repeat, so it may not be a JSON array.',
    'Dit element kan niet herhaald worden en mag daarom geen JSON-array zijn.',
  ],
  empty: [
    'error',
    'structure',
    'Empty objects, arrays and nulls are not allowed; leave the element out.',
    'Lege objecten, arrays en nulls zijn niet toegestaan; laat het element weg.',
  ],
  'sibling-mismatch': [
    'error',
    'structure',
    'The list and its sibling with an underscore must have the same length, filled up with null.',
    'De lijst en haar tegenhanger met een liggend streepje moeten even lang zijn, aangevuld met null.',
  ],
  'two-choices': ['error', 'structure', 'Only one type of {element} may be given.', 'Van {element} mag maar één type gegeven zijn.'],
  format: ['error', 'value', 'The value is not a valid {type}.', 'De waarde is geen geldige {type}.'],
  'no-such-date': ['error', 'value', 'This date or time does not exist.', 'Deze datum of tijd bestaat niet.'],
  narrative: [
    'error',
    'invalid',
    'The narrative is {fault}: it must be one well-formed XHTML div with text and plain formatting only.',
    'De tekst is {faultNl}: nodig is één welgevormde XHTML-div met tekst en alleen eenvoudige opmaak.',
  ],
  required: [
    'error',
    'required',
    '{element} is required: at least {min}, found {count}.',
    '{element} is verplicht: minstens {min}, gevonden {count}.',
  ],
  'too-many': [
    'error',
    'structure',
    '{element} may occur at most {max} times, found {count}.',
    '{element} mag hoogstens {max} keer voorkomen, gevonden {count}.',
  ],
  'slice-required': [
    'error',
    'required',
    'Of {element} at least {min} must be a {slice}, found {count}.',
    'Van {element} moet minstens {min} een {slice} zijn, gevonden {count}.',
  ],
  'slice-too-many': [
    'error',
    'structure',
    'Of {element} at most {max} may be a {slice}, found {count}.',
    'Van {element} mag hoogstens {max} een {slice} zijn, gevonden {count}.',
  ],
  'slice-closed': [
    'error',
    'structure',
    'This {element} is none of those the profile allows.',
    'Dit {element} is geen van de door het profiel toegestane.',
  ],
  'slice-order': [
    'error',
    'structure',
    'This {element} is not in the order the profile sets.',
    'Dit {element} staat niet in de volgorde die het profiel vraagt.',
  ],
  'type-not-allowed': [
    'error',
    'structure',
    'The profile allows {types} here, not {type}.',
    'Het profiel staat hier {types} toe, niet {type}.',
  ],
  fixed: [
    'error',
    'value',
    'The value must be exactly the one the profile fixes.',
    'De waarde moet precies de door het profiel vastgelegde zijn.',
  ],
  pattern: [
    'error',
    'value',
    'The value does not hold what the profile asks for here.',
    'De waarde bevat niet wat het profiel hier vraagt.',
  ],
  'out-of-range': ['error', 'value', 'The value lies outside the allowed range.', 'De waarde ligt buiten het toegestane bereik.'],
  'too-long': ['error', 'too-long', 'The text is longer than {max} characters.', 'De tekst is langer dan {max} tekens.'],
  'binding-required': [
    'error',
    'code-invalid',
    'The code is not one of the required value set {valueSet}.',
    'De code hoort niet bij de verplichte waardelijst {valueSet}.',
  ],
  'binding-extensible': [
    'warning',
    'code-invalid',
    'The code is not one of the value set {valueSet}; use one of it where one fits.',
    'De code hoort niet bij de waardelijst {valueSet}; gebruik er een uit als die past.',
  ],
  'code-missing': [
    'error',
    'code-invalid',
    'A code of the required value set {valueSet} is needed.',
    'Een code uit de verplichte waardelijst {valueSet} is nodig.',
  ],
  'binding-not-checked': [
    'information',
    'not-supported',
    'Not checked against {valueSet}: it, or a code system it draws on, is not loaded.',
    'Niet getoetst aan {valueSet}: die lijst, of een codestelsel waaruit die put, is niet geladen.',
  ],
  invariant: ['error', 'invariant', 'Rule {key} is broken: {human}', 'Regel {key} is geschonden.'],
  'invariant-warning': ['warning', 'invariant', 'Advice {key} is not followed: {human}', 'Advies {key} is niet gevolgd.'],
  'invariant-not-checked': ['information', 'not-supported', 'Rule {key} could not be evaluated.', 'Regel {key} kon niet worden getoetst.'],
  'reference-format': ['error', 'value', 'The reference names no R4 resource type.', 'De verwijzing noemt geen R4-resourcetype.'],
  'reference-type': [
    'error',
    'structure',
    'The reference must be to {types}, not to {type}.',
    'De verwijzing moet gaan naar {types}, niet naar {type}.',
  ],
  'reference-type-differs': [
    'error',
    'value',
    'Reference.type and the reference name different types.',
    'Reference.type en de verwijzing noemen verschillende typen.',
  ],
  'reference-not-contained': ['error', 'not-found', 'No contained resource has this id.', 'Geen ingesloten resource heeft dit id.'],
  'reference-profile': [
    'error',
    'structure',
    'What is referred to does not conform to {types}.',
    'Datgene waarnaar wordt verwezen voldoet niet aan {types}.',
  ],
  'reference-profile-unclaimed': [
    'warning',
    'structure',
    'What is referred to does not claim {types}.',
    'Datgene waarnaar wordt verwezen noemt {types} niet als profiel.',
  ],
  'contained-nested': [
    'error',
    'invariant',
    'Rule dom-2 is broken: a contained resource may not contain resources.',
    'Regel dom-2 is geschonden: een ingesloten resource mag geen resources insluiten.',
  ],
  'contained-unused': [
    'error',
    'invariant',
    'Rule dom-3 is broken: nothing refers to this contained resource, and it refers to nothing around it.',
    'Regel dom-3 is geschonden: niets verwijst naar deze ingesloten resource.',
  ],
  'contained-meta': [
    'error',
    'invariant',
    'Rule {key} is broken: a contained resource has no version, time or security label of its own.',
    'Regel {key} is geschonden: een ingesloten resource heeft geen eigen versie, tijdstip of beveiligingslabel.',
  ],
  'extension-value': [
    'error',
    'invariant',
    'Rule ext-1 is broken: an extension has either a value or extensions, not both and not neither.',
    'Regel ext-1 is geschonden: een extensie heeft of een waarde, of extensies.',
  ],
  'extension-url': [
    'error',
    'extension',
    'The url of an extension must be absolute, inside a complex extension a name.',
    'De url van een extensie moet absoluut zijn, binnen een samengestelde extensie een naam.',
  ],
  'extension-unknown': [
    'information',
    'not-found',
    'The definition of this extension is not loaded; its content was not checked.',
    'De definitie van deze extensie is niet geladen; de inhoud is niet getoetst.',
  ],
  'extension-context': [
    'error',
    'extension',
    'The extension {extension} may not stand here.',
    'De extensie {extension} mag hier niet staan.',
  ],
  'extension-not-modifier': [
    'error',
    'extension',
    'The extension {extension} changes no meaning and must stand in extension.',
    'De extensie {extension} wijzigt geen betekenis en moet in extension staan.',
  ],
  'extension-is-modifier': [
    'error',
    'extension',
    'The extension {extension} changes the meaning and must stand in modifierExtension.',
    'De extensie {extension} wijzigt de betekenis en moet in modifierExtension staan.',
  ],
  'unknown-modifier': [
    'error',
    'extension',
    'An unknown modifier extension: without its definition the meaning of the element cannot be known.',
    'Een onbekende modifier-extensie: zonder definitie is de betekenis van het element niet te bepalen.',
  ],
  'unknown-modifier-on-decision': [
    'error',
    'extension',
    'An unknown modifier extension on a decision: it cannot be interpreted as do or do-not.',
    'Een onbekende modifier-extensie bij een besluit: het kan niet als wel of niet worden gelezen.',
  ],
  'attachment-size': [
    'error',
    'value',
    'The size given is not that of the data, which has {count} bytes.',
    'De opgegeven grootte is niet die van de gegevens: dat zijn {count} bytes.',
  ],
  'attachment-hash': [
    'error',
    'value',
    'The hash given is not that of the data (SHA-1 in base64): something was lost on the way.',
    'De opgegeven hash hoort niet bij de gegevens (SHA-1 in base64): er is onderweg iets verloren gegaan.',
  ],
  'attachment-too-large': ['error', 'too-long', 'The attachment is larger than {max} bytes.', 'De bijlage is groter dan {max} bytes.'],
  'attachment-kind': [
    'error',
    'not-supported',
    'The content is none of {types}, or is cut off. Text is UTF-8 without markup.',
    'De inhoud is geen van {types}, of is afgebroken. Tekst is UTF-8 zonder opmaakcodes.',
  ],
  'attachment-type': [
    'error',
    'value',
    'The content is not of the type that contentType says.',
    'De inhoud is niet van het soort dat contentType zegt.',
  ],
  'attachment-unsafe': [
    'error',
    'security',
    'The PDF has {english}. Print it to a new PDF, or send a scan.',
    'De pdf bevat {dutch}. Print het naar een nieuwe pdf, of stuur een scan.',
  ],
  'attachment-elsewhere': [
    'error',
    'not-supported',
    'The attachment itself is needed here, as data: whoever reads a letter is not sent to another address.',
    'De bijlage zelf is nodig, als data: wie een brief leest wordt niet naar een ander adres gestuurd.',
  ],
  'profile-unknown': [
    'warning',
    'not-found',
    'A claimed profile is not loaded and was not checked.',
    'Een genoemd profiel is niet geladen en is niet getoetst.',
  ],
  'profile-not-found': ['error', 'not-found', 'The profile asked for is not loaded.', 'Het gevraagde profiel is niet geladen.'],
  'profile-other-type': ['error', 'structure', 'The profile {profile} is for {type}.', 'Het profiel {profile} is voor {type}.'],
  'profile-not-matched': ['error', 'structure', 'The value conforms to none of {types}.', 'De waarde voldoet aan geen van {types}.'],
  'not-checked': [
    'information',
    'not-supported',
    'Not checked against {profile}: it is not loaded, or what is referred to is not known here.',
    'Niet getoetst aan {profile}: het is niet geladen, of datgene waarnaar wordt verwezen is hier niet bekend.',
  ],
} as const satisfies Record<string, Row>;

export type Rule = keyof typeof RULES;
export type Detail = Record<string, string | number>;

export interface Finding {
  rule: Rule;
  /** FHIRPath of the element. */
  path: string;
  detail?: Detail;
  /** The profile whose rule it is; absent for base R4. */
  profile?: string;
}

export function severityOf(finding: Finding): Severity {
  return RULES[finding.rule][0];
}

/** A finding as an issue: English in details.text and diagnostics, Dutch in the standard translation extension. */
export function toIssue(finding: Finding): OperationOutcomeIssue {
  const [severity, code, english, dutch] = RULES[finding.rule];
  const text = fill(english, finding.detail);
  const translation = {
    url: TRANSLATION,
    extension: [
      { url: 'lang', valueCode: 'nl' },
      { url: 'content', valueString: fill(dutch, finding.detail) },
    ],
  };
  return {
    severity,
    code,
    // The sibling is what FHIR's JSON format has for extensions on a primitive.
    details: {
      coding: [{ system: RULE_SYSTEM, code: finding.rule }],
      text,
      _text: { extension: [translation] },
    } as OperationOutcomeIssue['details'],
    diagnostics: `${finding.path}: ${text}${finding.profile ? ` (profile ${finding.profile})` : ''}`,
    expression: [finding.path],
  };
}

function fill(template: string, detail: Detail = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(detail[name] ?? ''));
}
