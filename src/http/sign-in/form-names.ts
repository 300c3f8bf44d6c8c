// Names that pages, their forms and their addresses agree on.

/** Name of the form field that proves a form to be ours. */
export const FORM_TOKEN = 'formulier';

/** Name of the form field that tells who filled the form in. */
export const FORM_AUTHOR = 'invuller';

/** Fields of one form; the largest of ours has some hundred and sixty. */
export const MAX_FIELDS = 2_000;

/** Name of the parameter that says where to go after sign-in. */
export const RETURN_TO = 'naar';

/** Name of the session's cookie, before __Host- where there is TLS. */
export const SESSION_COOKIE = 'izp-sessie';
