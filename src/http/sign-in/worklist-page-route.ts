// /werklijst: the worklists for people. On /werklijst/tegenstrijdig an agreement that no longer holds is withdrawn, as $withdraw does it.
import type { FastifyInstance } from 'fastify';
import type { Session } from '../../access/session.js';
import { requireConflictList } from '../../access/worklist.js';
import { FhirError } from '../../fhir/errors.js';
import { FHIR_ID } from '../../fhir/references.js';
import type { EmergencyCard } from '../../izp/card.js';
import { patientInConflict } from '../../izp/worklist.js';
import { conflictsWorklist, type SentWithdrawal, seenDigest } from '../pages/worklist-conflicts-page.js';
import { markedWorklist } from '../pages/worklist-marked-page.js';
import { CONFLICTS_PAGE_PATH, WORKLIST_PATH } from '../pages/worklist-style.js';
import { type Asked, conflictList, markedPage } from '../worklist-routes.js';
import { type PageAnswer, type PageDeps, registerPage, type Visit } from './page-route.js';
import { typedAs } from './unsent-form.js';

const CHANGED = 'Deze afspraak is intussen gewijzigd of ingetrokken. Er is niets gewijzigd. Bekijk wat er nu staat.';
const FAULTS = {
  who: 'Vul in wie de afspraak intrekt, zonder burgerservicenummer.',
  reason: 'Vul in waarom, zonder burgerservicenummer.',
} as const;

export function registerWorklistPages(app: FastifyInstance, deps: PageDeps): void {
  registerPage(app, deps, {
    path: WORKLIST_PATH,
    interaction: 'marked-page',
    purposes: ['TREAT'],
    async show({ session, query, viewer, now }) {
      const { list, filter, colour } = await markedPage(deps, session, askedOf(query), WORKLIST_PATH);
      return markedWorklist({ viewer, ...list, filter, colour, now });
    },
  });
  registerPage(app, deps, {
    path: CONFLICTS_PAGE_PATH,
    interaction: 'conflicts-page',
    purposes: ['TREAT'],
    show: (visit) => conflicts(deps, visit, askedOf(visit.query)),
    receive: (visit) => withdraw(deps, visit),
    typed: typedAs({ who: 'Wie', reason: 'Waarom' }),
  });
}

async function conflicts(
  deps: PageDeps,
  { session, viewer }: Visit,
  asked: Asked,
  more: { sent?: SentWithdrawal; alert?: string } = {},
): Promise<PageAnswer> {
  return conflictsWorklist({ viewer, ...(await conflictList(deps, session, asked, CONFLICTS_PAGE_PATH)), ...more });
}

async function withdraw(deps: PageDeps, visit: Visit): Promise<PageAnswer> {
  const { session, context, form } = visit;
  requireConflictList(session);
  const [patientId, agreement] = [form.get('patient') ?? '', form.get('agreement') ?? ''];
  const id = agreement.replace(/^Consent\//, '');
  if (!FHIR_ID.test(patientId) || !agreement.startsWith('Consent/') || !FHIR_ID.test(id))
    throw new FhirError('bad-parameter', 'The form names a patient and an agreement.', { expression: 'agreement' });
  const sent: SentWithdrawal = {
    agreement,
    who: form.get('who') ?? '',
    reason: form.get('reason') ?? '',
    represented: form.get('represented') === 'true',
  };
  if (!(await stillSays(session, patientId, agreement, form.get('seen'))))
    return { status: 409, ...(await conflicts(deps, visit, {}, { alert: CHANGED })) };
  const { who, reason, represented } = sent;
  const parameter = [
    { name: 'who', valueString: who },
    { name: 'reason', valueString: reason },
    { name: 'represented', valueBoolean: represented },
  ];
  try {
    await context.dispatch(session, {
      method: 'POST',
      path: ['Consent', id, '$withdraw'],
      query: [],
      headers: {},
      body: { resourceType: 'Parameters', parameter },
    });
  } catch (error) {
    const field = error instanceof FhirError && error.kind === 'bad-parameter' ? error.issues[0]?.expression?.[0] : undefined;
    if (field !== 'who' && field !== 'reason') throw error;
    return { status: 422, ...(await conflicts(deps, visit, {}, { sent: { ...sent, fault: { field, text: FAULTS[field] } } })) };
  }
  return { seeOther: CONFLICTS_PAGE_PATH };
}

/** Whether the agreement is in a conflict of that patient, and says what the sender of the form saw. */
async function stillSays(session: Session, patientId: string, agreement: string, seen: string | null): Promise<boolean> {
  const card = await session.cardByPatient(patientId, 'card');
  if (!card) return false;
  const { treatments } = patientInConflict(patientId, JSON.parse(card.text) as EmergencyCard);
  return treatments.some(({ statements }) =>
    statements.some((statement) => {
      const { source, alsoFrom = [] } = statement.agreement;
      return [source, ...alsoFrom.map((also) => also.source)].some((one) => one?.reference === agreement) && seenDigest(statement) === seen;
    }),
  );
}

function askedOf(query: URLSearchParams): Asked {
  const names = [...new Set(query.keys())];
  return Object.fromEntries(names.map((name) => [name, query.getAll(name).length === 1 ? query.get(name) : query.getAll(name)]));
}
