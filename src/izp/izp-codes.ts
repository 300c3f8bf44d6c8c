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
export const IZP_DIMENSION = codeSystem('izp-dimension');
export const IZP_MARKING_INSTRUMENT = codeSystem('izp-marking-instrument');
export const IZP_MARKING_ANSWER = codeSystem('izp-marking-answer');
export const IZP_URGENCY = codeSystem('izp-urgency');
export const IZP_MEASURE = codeSystem('izp-measure');
export const IZP_PREFERRED_PLACE_OF_CARE = 'preferred-place-of-care';
export const IZP_WISH_LETTER = 'wish-letter';
export const IZP_SUMMARY_TYPE = 'emergency-summary';
export const IZP_DOCUMENT = 'care-plan';
/** Tag of a resource stored although it breaks a published profile. */
export const IZP_DATA_QUALITY = codeSystem('izp-data-quality');
export const IZP_PROFILE_ERRORS = 'profile-errors';

export const IZP_CARE_PLAN_PROFILE = structure('izp-care-plan');
export const IZP_CARE_TEAM_PROFILE = structure('izp-care-team');
export const IZP_GOAL_PROFILE = structure('izp-goal');
export const IZP_PREFERRED_PLACE_OF_CARE_PROFILE = structure('izp-preferred-place-of-care');
export const IZP_KIT_PROFILE = structure('izp-palliative-kit');
export const IZP_SHARING_PROFILE = structure('izp-sharing-permission');
export const IZP_WISH_LETTER_PROFILE = structure('izp-wish-letter');
export const IZP_PREFERRED_PLACE_PROFILE = structure('izp-preferred-place-of-death');
export const IZP_MARKING_PROFILE = structure('izp-marking');
export const IZP_SCENARIO_PROFILE = structure('izp-scenario');
export const IZP_SUMMARY_PROFILE = structure('izp-summary');
export const IZP_PLAN_DOCUMENT_PROFILE = structure('izp-plan-document');

export const IZP_MARKING_ASSESSMENT = structure('izp-marking-assessment');
export const IZP_URGENCY_COLOUR = structure('izp-urgency-colour');
export const IZP_READY_TO_TALK = structure('izp-ready-to-talk');
export const IZP_REVIEW_DATE = structure('izp-review-date');
export const IZP_CONVERSATION_DATE = structure('izp-conversation-date');
export const IZP_PATIENT_AGREEMENT = structure('izp-patient-agreement');
export const IZP_PLAN_PHASE = structure('izp-plan-phase');
export const IZP_DECISION_OUTCOME = structure('izp-decision-outcome');
export const IZP_KIT_STATE = structure('izp-current-kit-state');
export const IZP_KIT_PLACE = structure('izp-kit-place');
export const IZP_KIT_STEP = structure('izp-kit-step');
export const IZP_KIT_CONTENT = structure('izp-kit-content');
export const IZP_EXECUTION_REQUEST = structure('izp-execution-request');
/** Digest of every part of the plan, so that a change of any part makes a new version of the plan. */
export const IZP_PLAN_DIGEST = structure('izp-plan-digest');
/** On a resource that tells the same as another: which one, and a digest that shows whether a client has changed it since. */
export const IZP_MIRROR_OF = structure('izp-mirror-of');

/** Identifier of a resource the service keeps; its value is the resource's own id, so that none can clash. */
export const KEPT_IDENTIFIER = `${IZP_BASE}/NamingSystem/izp-kept`;
/** Tag of a resource the service made itself; one a client posted and the service only adds to has none. */
/** What a task asks of its owner. */
export const IZP_TASK_SYSTEM = codeSystem('izp-task');
export const IZP_REVIEW_PROPOSAL = 'review-proposal';
export const IZP_REVIEW_WITHDRAWAL = 'review-withdrawal';
/** How a task of the service was answered. */
export const IZP_TASK_OUTCOME = codeSystem('izp-task-outcome');
/** What a patient or representative says for themselves. */
export const IZP_OWN_WORDS = codeSystem('izp-own-words');
export const IZP_PROPOSAL = 'proposal';

export const KEPT_TAG_SYSTEM = codeSystem('izp-origin');
export const KEPT_TAG_CODE = 'kept-by-service';
