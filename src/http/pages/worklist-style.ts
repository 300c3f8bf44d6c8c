// The style of the worklist pages, and the bar with which one goes from list to list.
import { pageStyle } from './frame-style.js';
import { type Content, Html, html } from './html.js';

export const WORKLIST_PATH = '/werklijst';
export const CONFLICTS_PAGE_PATH = '/werklijst/tegenstrijdig';

export const WORKLIST_STYLE = pageStyle(`
.choices{display:flex;flex-wrap:wrap;gap:.25rem .375rem;list-style:none;margin:.25rem 0 .5rem;padding:0}
.choices a{display:inline-block;padding:.3125rem .625rem;min-height:2rem;border:1px solid #0a4a86;border-radius:1rem;background:#fff;text-decoration:none}
.choices a[aria-current]{background:#0a4a86;color:#fff;font-weight:700}
.lists a{border-radius:.375rem}
table{width:100%;border-collapse:collapse;background:#fff}
caption{text-align:left;padding:.5rem 0;font-weight:600}
th,td{text-align:left;vertical-align:top;padding:.5rem .625rem;border-bottom:1px solid #c3ccd6;overflow-wrap:break-word}
thead th{background:#33414f;color:#fff}
td ul{margin:0;padding-left:1.125rem}
.more{display:block;font-size:.9375rem;font-weight:400;color:#3f4b57}
.todo{font-weight:700;color:#9d1119}
.colour{font-weight:700;border-left:.75rem solid #8593a1;padding-left:.375rem}
.colour.red{border-color:#c1121f}.colour.orange{border-color:#d9730d}.colour.yellow{border-color:#e0b100}.colour.green{border-color:#2f7d32}
.case{background:#fff;border:1px solid #c3ccd6;border-left:.5rem solid #b3141d;border-radius:.375rem;padding:.25rem .875rem .75rem;margin:.75rem 0}
.statements{list-style:none;margin:0;padding:0}
.statements>li{border:1px solid #c3ccd6;border-radius:.375rem;padding:.375rem .625rem;margin:.375rem 0}
.statements p{margin:.125rem 0;overflow-wrap:anywhere;white-space:pre-line}
.said{font-weight:700}
summary{cursor:pointer;color:#0a4a86;padding:.375rem 0;min-height:2rem}
@media (max-width:46rem){
thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
table,caption,tbody,tr,th,td{display:block;overflow-wrap:anywhere}
caption{background:#eef1f4}
tr{margin:.5rem 0;border:1px solid #c3ccd6;border-radius:.375rem}
tbody th,td{border-bottom:0;padding:.25rem .625rem}
td::before{content:attr(data-label) ": ";font-weight:600}
}
@media print{tr,.case{break-inside:avoid}}
`);

export interface Choice {
  to: string;
  name: string;
  isCurrent: boolean;
}

/** Links of which one is where the reader is. */
export function choices(label: string, all: readonly Choice[], kind = ''): Html {
  return html`<nav class="no-print" aria-label="${label}"><ul class="choices ${kind}">${all.map(
    ({ to, name, isCurrent }) => html`<li><a href="${to}"${isCurrent && new Html(' aria-current="page"')}>${name}</a></li>`,
  )}</ul></nav>
`;
}

export function listChoices(path: string): Html {
  const lists = [
    { to: WORKLIST_PATH, name: 'Gemarkeerde patiënten' },
    { to: CONFLICTS_PAGE_PATH, name: 'Tegenstrijdige afspraken' },
  ];
  return choices(
    'Werklijsten',
    lists.map((list) => ({ ...list, isCurrent: list.to === path })),
    'lists',
  );
}

export function nextPage(next: string | null): Content {
  return next !== null && html`<p class="no-print"><a class="button" href="${next}" rel="next">Volgende patiënten</a></p>`;
}
