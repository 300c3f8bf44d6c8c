// Where somebody goes after sign-in: a page of this service and nothing else, whatever the address asked for.
// https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html

/** The page for those who came by none. */
export const START_PAGE = '/spoed';

/** Characters of path and query: an id and some words, and they must fit in a cookie. */
const MAX_CHARS = 1_000;

/** Stands for this service while the text is read; no text can name it. */
const HERE = 'http://here.invalid';

/** The path and query asked for, if they are those of one of these pages; otherwise the start page. */
export function returnPath(asked: string | null, pages: ReadonlySet<string>): string {
  if (asked === null || asked.length > MAX_CHARS || !asked.startsWith('/') || !URL.canParse(asked, HERE)) return START_PAGE;
  const { origin, pathname, search } = new URL(asked, HERE);
  return origin === HERE && pages.has(pathname) ? `${pathname}${search}` : START_PAGE;
}
