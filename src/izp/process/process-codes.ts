// URLs and codes of the process, as fhir-profiles/input/fsh/process.fsh defines them.
import { IZP_BASE } from '../izp-codes.js';

export const IZP_PROCESS_STEP = `${IZP_BASE}/CodeSystem/izp-process-step`;
export const IZP_PROCESS_EVENT = `${IZP_BASE}/CodeSystem/izp-process-event`;
export const IZP_STEP_ENDING = `${IZP_BASE}/CodeSystem/izp-step-ending`;
export const IZP_EVALUATION = `${IZP_BASE}/CodeSystem/izp-evaluation`;
export const IZP_PHASE = `${IZP_BASE}/CodeSystem/izp-phase`;

export const IZP_PROCESS_TERM = `${IZP_BASE}/StructureDefinition/izp-process-term`;
export const IZP_PROCESS_MEMORY = `${IZP_BASE}/StructureDefinition/izp-process-memory`;
export const IZP_ENDED_BY_DEATH = `${IZP_BASE}/StructureDefinition/izp-ended-by-death`;

/** Identifier of a Task of the process: patient, course, step and occasion, so that none is made twice. */
export const IZP_PROCESS_TASK = `${IZP_BASE}/NamingSystem/izp-process-task`;
/** Group identifier of the Tasks of one course: what began it. */
export const IZP_PROCESS_COURSE = `${IZP_BASE}/NamingSystem/izp-process-course`;

export const CENTRAL_CARE_PROVIDER = 'central-care-provider';

/** What happens to a patient and opens a step: names of the triggers. */
export const EVENTS = ['admission', 'emergency-view', 'representative', 'urgency', 'dying-phase', 'death'] as const;
export type EventName = (typeof EVENTS)[number];

/** Why the service ended a Task itself. */
export type Ending = 'recorded' | 'unmarked' | 'deceased' | 'death-retracted' | 'no-ground';

/** Of the PlanDefinition that fhir-profiles/ publishes. */
export const IZP_PROCESS_ID = 'izp-process';
