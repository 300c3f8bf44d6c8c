// URLs and codes of this project's own layer, as fhir-profiles/ defines them.

export const IZP_BASE = 'https://fhir.izp.example/r4';

const codeSystem = (id: string) => `${IZP_BASE}/CodeSystem/${id}`;
const structure = (id: string) => `${IZP_BASE}/StructureDefinition/${id}`;

export const IZP_PLAN_CATEGORY = codeSystem('izp-plan-category');
export const IZP_PLAN_CODE = 'izp';
export const IZP_MARKING_CODE = codeSystem('izp-marking-code');
export const IZP_SCENARIO_KIND = codeSystem('izp-scenario-kind');
export const IZP_SUPPLY = codeSystem('izp-supply');
export const IZP_KIT = 'palliative-kit';
export const IZP_CARE_TEAM_ROLE = codeSystem('izp-care-team-role');
export const IZP_DOCUMENT_TYPE = codeSystem('izp-document-type');
export const IZP_SUMMARY_SECTION = codeSystem('izp-summary-section');
export const IZP_DECISION = codeSystem('izp-decision');

export const IZP_CARE_PLAN_PROFILE = structure('izp-care-plan');
export const IZP_PREFERRED_PLACE_PROFILE = structure('izp-preferred-place-of-death');
export const IZP_MARKING_PROFILE = structure('izp-marking');
export const IZP_SCENARIO_PROFILE = structure('izp-scenario');
export const IZP_SUMMARY_PROFILE = structure('izp-summary');

export const IZP_REVIEW_DATE = structure('izp-review-date');
export const IZP_DECISION_OUTCOME = structure('izp-decision-outcome');
export const IZP_KIT_STATE = structure('izp-current-kit-state');
export const IZP_KIT_PLACE = structure('izp-kit-place');
/** Digest of every part of the plan, so that a change of any part makes a new version of the plan. */
export const IZP_PLAN_DIGEST = structure('izp-plan-digest');
/** On a resource that tells the same as another: which one, and a digest that shows whether a client has changed it since. */
export const IZP_MIRROR_OF = structure('izp-mirror-of');

/** Identifier of a resource the service keeps; its value is the resource's own id, so that none can clash. */
export const KEPT_IDENTIFIER = `${IZP_BASE}/NamingSystem/izp-kept`;
/** Tag of a resource the service made itself; one a client posted and the service only adds to has none. */
export const KEPT_TAG_SYSTEM = codeSystem('izp-origin');
export const KEPT_TAG_CODE = 'kept-by-service';
