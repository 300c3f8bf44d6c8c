// Whether a form was sent by one of our own pages: what the browser itself says of it, which no page of another site can change.
// https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html#fetch-metadata-headers
import type { FastifyRequest } from 'fastify';

/** The pages' own policy: with none at all a browser would send the forms of our pages with `Origin: null`. */
export const PAGE_REFERRER_POLICY = 'same-origin';

/** False where the browser says that the form came from elsewhere. Browsers that say nothing are left to the form's token. */
export function isOwnForm({ headers }: Pick<FastifyRequest, 'headers'>, baseUrl: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  return headers.origin === undefined || headers.origin === new URL(baseUrl).origin;
}

/** True where the browser itself says that the form came from one of our pages, and not only does not deny it. */
export function isSurelyOwnForm(request: Pick<FastifyRequest, 'headers'>, baseUrl: string): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  return isOwnForm(request, baseUrl) && (origin !== undefined || site !== undefined);
}

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * Where a visitor is to go who came by another name of this machine than the service goes by: cookies and addresses hold for one
 * name. Undefined for everybody else; names of other machines are the proxy's business.
 */
export function atOwnName({ hostname, raw }: Pick<FastifyRequest, 'hostname' | 'raw'>, baseUrl: string): string | undefined {
  const own = new URL(baseUrl).hostname;
  if (hostname === own || !LOOPBACK.has(own) || !LOOPBACK.has(hostname)) return undefined;
  return `${baseUrl}${raw.url ?? '/'}`;
}

/** True where people may sign in: over https, or on this machine. Anywhere else everybody on the way could read the cookie. */
export function isPrivateWay(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'https:' || LOOPBACK.has(hostname);
}
