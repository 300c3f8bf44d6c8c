// The cookies of the pages: nothing in them but what cannot be guessed, and no script sees them.
// https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Characters of a Cookie header that are looked at. */
const MAX_HEADER_CHARS = 8_192;

export interface Cookies {
  /** The value the request brought; undefined when it brought none, or two that could be anybody's. */
  get(request: FastifyRequest, name: string): string | undefined;
  /** Sets it for the time of the browser's session, or for `seconds`. */
  set(reply: FastifyReply, name: string, value: string, seconds?: number): void;
  clear(reply: FastifyReply, name: string): void;
}

/**
 * `baseUrl` tells whether browsers come by https. Then names begin with __Host-: no neighbouring host can set such a cookie. On a
 * machine of one's own, without TLS, browsers would refuse that name.
 */
export function createCookies(baseUrl: () => string): Cookies {
  const isSecure = () => baseUrl().startsWith('https:');
  const named = (name: string) => (isSecure() ? `__Host-${name}` : name);
  const write = (reply: FastifyReply, name: string, value: string, seconds: number | undefined) => {
    const parts = [`${named(name)}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax', ...(isSecure() ? ['Secure'] : [])];
    if (seconds !== undefined) parts.push(`Max-Age=${seconds}`);
    reply.header('set-cookie', parts.join('; '));
  };
  return {
    get(request, name) {
      const header = (request.headers.cookie ?? '').slice(0, MAX_HEADER_CHARS);
      const wanted = `${named(name)}=`;
      const values = header.split(';').flatMap((part) => (part.trim().startsWith(wanted) ? part.trim().slice(wanted.length) : []));
      return values.length === 1 ? values[0] : undefined;
    },
    set: write,
    clear: (reply, name) => write(reply, name, '', 0),
  };
}
