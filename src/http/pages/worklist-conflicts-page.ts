// The worklist of conflicting agreements for people, and the form with which one that no longer holds is withdrawn.
import type { CardItem } from '../../izp/card-items.js';
import { partiesWords, sourceName } from '../../izp/card-words.js';
import { sha256 } from '../../izp/digest.js';
import { dutchDay } from '../../izp/dutch.js';
import type { Source } from '../../izp/people.js';
import { decisionWords } from '../../izp/wording.js';
import type { ConflictingStatement, PatientInConflict } from '../../izp/worklist.js';
import { formField } from './form-field.js';
import { renderFrame, type Viewer } from './frame.js';
import { type Content, Html, html } from './html.js';
import { planAddress } from './worklist-marked-page.js';
import { CONFLICTS_PAGE_PATH, listChoices, nextPage, WORKLIST_STYLE } from './worklist-style.js';

/** The form as it was sent, and what is wrong with it. */
export interface SentWithdrawal {
  /** `Consent/id`. */
  agreement: string;
  who: string;
  reason: string;
  represented: boolean;
  fault?: { field: 'who' | 'reason'; text: string };
}

export interface ConflictsPage {
  viewer: Viewer;
  patients: readonly PatientInConflict[];
  next: string | null;
  sent?: SentWithdrawal;
  /** What is to be said first. */
  alert?: string;
}

export function conflictsWorklist({ viewer, patients, next, sent, alert }: ConflictsPage): { html: string; style: string } {
  const title = 'Werklijst: tegenstrijdige afspraken';
  const page = renderFrame(
    { title: sent?.fault === undefined ? title : `Fout: ${title}`, style: WORKLIST_STYLE, viewer, path: CONFLICTS_PAGE_PATH },
    html`<h1>Tegenstrijdige afspraken</h1>
${listChoices(CONFLICTS_PAGE_PATH)}
${alert !== undefined && html`<div class="note alert" role="alert"><p>${alert}</p></div>`}
${
  patients.length === 0
    ? html`<p class="note">Bij geen van de eigen patiënten spreken afspraken elkaar tegen.</p>`
    : html`<p>De bronnen spreken elkaar tegen; geen van de afspraken is gekozen. Bespreek met de patiënt wat nu geldt, leg dat zo nodig opnieuw vast, en trek in wat niet meer geldt. Wat er stond, blijft in de geschiedenis.</p>
${patients.map((one) => patientCase(one, viewer, sent))}`
}
${nextPage(next)}
<p class="hint">Dat patiënten op deze lijst zijn gezien, wordt vastgelegd.</p>`,
  );
  return { html: page, style: WORKLIST_STYLE.source };
}

/** Tells whether an agreement still says what its reader saw. */
export function seenDigest({ agreement }: ConflictingStatement): string {
  return sha256(JSON.stringify(agreement));
}

function patientCase({ patient, treatments, goals }: PatientInConflict, viewer: Viewer, sent: SentWithdrawal | undefined): Html {
  const id = patient.reference.replace('Patient/', '');
  return html`<section class="case" aria-labelledby="p-${id}"><h2 id="p-${id}"><a href="${planAddress(patient.reference)}">${patient.name}</a>${patient.birthDate !== null && `, geboren ${dutchDay(patient.birthDate)}`}</h2>
${treatments.map(
  ({ treatment, statements }) => html`<h3>${treatment.display}</h3>
<ul class="statements">${statements.map((statement) => html`<li>${said(statement)}${sourcesOf(statement).map((source) => withdrawal(source, statement, id, viewer, sent))}</li>`)}</ul>`,
)}
${goals.length > 0 && html`<h3>Doel van de behandeling</h3><ul class="statements">${goals.map((goal) => html`<li>${goalSaid(goal)}</li>`)}</ul><p class="hint">Een doel wordt gewijzigd of ingetrokken waar het is vastgelegd.</p>`}
</section>`;
}

function said({ agreement, alsoAbout }: ConflictingStatement): Content {
  const { text, comment, treatmentWords, alsoFrom } = agreement;
  return html`<p class="said">${decisionWords(agreement)}</p>
${text !== null && html`<p>“${text}”</p>`}${treatmentWords !== undefined && html`<p>De bron noemt de behandeling: “${treatmentWords}”</p>`}${comment !== undefined && html`<p>Toelichting: “${comment}”</p>`}
<p class="more">Afgesproken ${dutchDay(agreement.date ?? undefined)}. ${partiesWords(agreement)}</p>
${(alsoFrom ?? []).map((also) => html`<p class="more">Hetzelfde zegt ook: ${sourceName(also.source)}, ${dutchDay(also.date ?? undefined)}${also.comment !== undefined && ` (“${also.comment}”)`}</p>`)}
${alsoAbout.length > 0 && html`<p class="more"><b>Deze afspraak gaat ook over: ${alsoAbout.join(', ')}.</b> Wie haar intrekt, trekt ook dat in.</p>`}`;
}

function goalSaid(goal: CardItem): Content {
  return html`<p class="said">${goal.text}</p>${goal.note !== undefined && html`<p>“${goal.note}”</p>`}
<p class="more">Vastgelegd ${dutchDay(goal.date ?? undefined)}. ${partiesWords(goal)}</p>`;
}

function sourcesOf({ agreement }: ConflictingStatement): Source[] {
  return [agreement.source, ...(agreement.alsoFrom ?? []).map(({ source }) => source)].filter((source) => source !== null);
}

function withdrawal(
  source: Source,
  statement: ConflictingStatement,
  patientId: string,
  viewer: Viewer,
  sent: SentWithdrawal | undefined,
): Html {
  const own = sent?.agreement === source.reference ? sent : undefined;
  const about = statement.agreement.treatment.code ?? 'x';
  const at = `${source.reference.replace('Consent/', '')}-${about}`;
  const field = (name: 'who' | 'reason', label: string, hint: string) =>
    formField(
      { id: `${name}-${at}`, label, hint, ...(own?.fault?.field === name && { fault: own.fault.text }) },
      (more) => html`<input id="${name}-${at}" name="${name}" maxlength="1000" required autocomplete="off" value="${own?.[name]}"${more}>`,
    );
  return html`<details${own !== undefined && new Html(' open')}><summary>Afspraak van ${sourceName(source)} intrekken</summary>
<form method="post" action="${CONFLICTS_PAGE_PATH}">${viewer.formToken}<input type="hidden" name="patient" value="${patientId}"><input type="hidden" name="agreement" value="${source.reference}"><input type="hidden" name="seen" value="${seenDigest(statement)}">
${field('who', 'Wie trekt de afspraak in?', 'Bijvoorbeeld: de patiënt, of de dochter')}
${field('reason', 'Waarom?', 'Zonder burgerservicenummer')}
<p><label><input type="checkbox" name="represented" value="true"${own?.represented === true && new Html(' checked')}>Iemand anders doet dit namens de patiënt</label></p>
<button>Intrekken</button></form></details>`;
}
