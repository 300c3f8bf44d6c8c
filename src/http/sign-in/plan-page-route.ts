// /plan: the whole plan for people. Found by BSN in a form's body, shown by the patient's id: no BSN stands in an address.
import type { FastifyInstance } from 'fastify';
import { FhirError } from '../../fhir/errors.js';
import { BSN_SYSTEM, typedBsn } from '../../fhir/identity.js';
import { FHIR_ID } from '../../fhir/references.js';
import type { EmergencyCard } from '../../izp/card.js';
import { contributorsOf } from '../../izp/contributors.js';
import { contentAt, TOLD } from '../../operations/document.js';
import { parseSearch } from '../../search/query.js';
import { PLAN_PATH, planForm, planNone, planPage } from '../pages/plan-page.js';
import { type PageAnswer, type PageDeps, registerPage, type Visit } from './page-route.js';

export function registerPlanPage(app: FastifyInstance, deps: PageDeps): void {
  registerPage(app, deps, { path: PLAN_PATH, interaction: 'plan-page', purposes: ['TREAT', 'ETREAT'], show, receive });
}

async function show({ session, query, viewer }: Visit): Promise<PageAnswer> {
  for (const type of TOLD) session.require(type, 'r');
  // Patients, and who speaks for them, come for one plan.
  const patientId = query.get('patient') ?? session.principal.patientId;
  if (patientId === undefined) return planForm(viewer);
  if (!FHIR_ID.test(patientId)) throw new FhirError('bad-parameter', 'patient is the id of a patient.', { expression: 'patient' });
  // A period that ended meanwhile is a change: the answer is brought up to date first.
  const card = await session.cardByPatient(patientId, 'card');
  if (!card) return { status: 404, ...planNone(viewer) };
  const { plan } = JSON.parse(card.text) as EmergencyCard;
  // By the rule for resources, which is narrower than that of the emergency answer.
  await session.read('CarePlan', plan.reference.replace('CarePlan/', ''));
  const { record, content } = await contentAt(session, patientId, plan.reference.replace('CarePlan/', ''), undefined);
  return planPage({ viewer, content, contributors: contributorsOf(record, plan.reference), now: session.now() });
}

async function receive({ session, context, form, viewer }: Visit): Promise<PageAnswer> {
  const typed = form.get('bsn') ?? '';
  const bsn = typedBsn(typed);
  if (bsn === undefined)
    return { status: 422, ...planForm(viewer, { typed, fault: 'Dit is geen geldig BSN. Controleer de negen cijfers.' }) };
  const asked: [string, string][] = [['identifier', `${BSN_SYSTEM}|${bsn}`]];
  const search = parseSearch('Patient', asked, { baseUrl: context.baseUrl, valueSet: context.valueSet, now: session.now() });
  const { matches } = await session.search(search, undefined, undefined);
  const [patient] = matches;
  return patient === undefined ? { status: 404, ...planNone(viewer) } : { seeOther: `${PLAN_PATH}?patient=${patient.id}` };
}
