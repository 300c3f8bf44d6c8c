// What stands around every page for people: language, title, who is signed in and the way out. One h1, which is the page's own.
import { type PageStyle, pageStyle } from './frame-style.js';
import { type Content, Html, html } from './html.js';

/** Addresses of the way in and out. */
export const SIGN_IN_PATH = '/aanmelden';
export const SIGN_OUT_PATH = '/afmelden';

interface PageLink {
  path: string;
  name: string;
  /** Left out: for everybody. */
  for?: 'carers' | 'patients';
}

/** The pages in the bar of those who are signed in, in this order. */
export const PAGE_LINKS: readonly PageLink[] = [
  { path: '/mijn', name: 'Mijn overzicht', for: 'patients' },
  { path: '/spoed', name: 'Spoed', for: 'carers' },
  { path: '/plan', name: 'Zorgplan' },
  { path: '/gesprek', name: 'Gesprek', for: 'carers' },
  { path: '/werklijst', name: 'Werklijst', for: 'carers' },
];

/** Whom a page is shown to. */
export interface Viewer {
  /** As in `Huisarts J. de Wit, Huisartsenpraktijk Lindedorp`. */
  name: string;
  /** True for patients and those who represent them. */
  isPatient?: boolean;
  /** The hidden fields that every form of the page holds. */
  formToken: Html;
}

export interface Frame {
  title: string;
  style: PageStyle;
  /** Absent on pages before sign-in. */
  viewer?: Viewer;
  /** Path of the page, so that the bar shows where one is. */
  path?: string;
  /** More for the head, such as a refresh. */
  head?: Content;
}

/** The whole document. `body` holds the page's one h1. */
export function renderFrame({ title, style, viewer, path, head }: Frame, ...body: Content[]): string {
  return html`<!doctype html>
<html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow"><meta name="format-detection" content="telephone=no">${head}
<title>${title}</title><style>${new Html(style.css)}</style></head>
<body><a class="skip" href="#inhoud">Naar de inhoud</a>
${viewer && bar(viewer, path)}<main id="inhoud" tabindex="-1">
${body}</main></body></html>
`.text;
}

function bar({ name, formToken, isPatient = false }: Viewer, path: string | undefined): Html {
  const links = PAGE_LINKS.filter((link) => link.for === undefined || (link.for === 'patients') === isPatient).map(
    (link) => html`<a href="${link.path}"${link.path === path && new Html(' aria-current="page"')}>${link.name}</a>`,
  );
  return html`<header class="bar"><div><nav aria-label="Pagina's">${links}</nav><p class="who">${name}</p>
<form method="post" action="${SIGN_OUT_PATH}">${formToken}<button>Afmelden</button></form></div></header>
`;
}

const NOTE_STYLE = pageStyle('dt{margin-top:.5rem}dd{white-space:pre-line;overflow-wrap:anywhere}');

export interface Note {
  title: string;
  text: string;
  /** What to do, and where. */
  link?: { to: string; name: string; inNewWindow?: boolean };
  /** What comes after it. */
  more?: Content;
  /** In English, as the API says it. */
  detail?: string;
  viewer?: Viewer;
  head?: Content;
}

/** A page that says one thing: a refusal, a failure, a goodbye. */
export function renderNote({ title, text, link, more, detail, viewer, head }: Note): { html: string; style: string } {
  const page = renderFrame(
    { title, style: NOTE_STYLE, viewer, head },
    html`<h1>${title}</h1><div class="note" role="alert"><p>${text}</p>${detail !== undefined && html`<p lang="en">${detail}</p>`}</div>
${link && html`<p><a class="button" href="${link.to}"${link.inNewWindow && new Html(' target="_blank" rel="noopener"')}>${link.name}</a></p>`}
${more}`,
  );
  return { html: page, style: NOTE_STYLE.source };
}
