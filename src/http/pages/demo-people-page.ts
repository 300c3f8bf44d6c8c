// The demo issuer's page: a list of people to be. It says that it is a demo, and asks nothing a real issuer would ask.
import type { DemoPerson } from '../../auth/demo-people.js';
import { renderFrame } from './frame.js';
import { pageStyle } from './frame-style.js';
import { html } from './html.js';

const STYLE = pageStyle(`
main{max-width:34rem}
.people{list-style:none;padding:0;margin:.5rem 0}
main .people button{display:block;width:100%;text-align:left;margin:.375rem 0 0;background:#fff;color:#14181d;border:1px solid #5b6875;font-weight:400}
.people b{display:block;font-size:1.0625rem}
.people button:hover{background:#dbe6f1}
`);

export interface DemoPeoplePage {
  people: readonly DemoPerson[];
  /** The request that the choice answers: it goes along with the form. */
  parameters: URLSearchParams;
  action: string;
  /** Name of the field that says who was chosen. */
  who: string;
  /** True when who was chosen is not there. */
  nobody: boolean;
}

export function demoPeoplePage({ people, parameters, action, who, nobody }: DemoPeoplePage): { html: string; style: string } {
  const groups = [
    { title: 'Zorgverleners en anderen', list: people.filter(({ claims }) => claims.patient === undefined) },
    { title: 'Patiënten en naasten', list: people.filter(({ claims }) => claims.patient !== undefined) },
  ];
  const page = renderFrame(
    { title: 'Aanmelden bij de demo', style: STYLE },
    html`<h1>Aanmelden bij de demo</h1>
<div class="note"><p>Dit is een proefopstelling met verzonnen mensen. Kies wie u bent; een wachtwoord is er niet.</p></div>
${nobody && html`<p class="error" role="alert">Deze persoon is er niet. Kies iemand uit de lijst.</p>`}
<form method="post" action="${action}">${[...parameters].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${groups.map(({ title, list }) =>
  list.length === 0
    ? html`<h2>${title}</h2><p>Er is nog niemand vastgelegd.</p>`
    : html`<h2>${title}</h2><ul class="people">${list.map(({ key, name, what }) => html`<li><button name="${who}" value="${key}"><b>${name}</b>${what}</button></li>`)}</ul>`,
)}</form>`,
  );
  return { html: page, style: STYLE.source };
}
