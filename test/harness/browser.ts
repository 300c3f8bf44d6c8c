// As much of a browser as signing in needs: it keeps cookies as a browser does, follows redirects, finds forms and sends them.
import { checkAnswer } from './openapi-check.js';

export interface Page {
  url: string;
  status: number;
  headers: Headers;
  html: string;
  /** Addresses that led here. */
  trail: string[];
}

export interface Cookie {
  value: string;
  /** As they were set, in small letters: httponly, samesite=lax, path=/, secure. */
  attributes: string[];
}

export interface Visit {
  headers?: Record<string, string>;
  /** Fields of a form to be posted. */
  form?: Record<string, string> | string;
  /** Stay where a redirect is. */
  stay?: boolean;
}

const MAX_REDIRECTS = 10;

export class Browser {
  readonly cookies = new Map<string, Cookie>();

  constructor(readonly base: string) {}

  /** `url` is a path of the service, or absolute. Cookies go to the service alone. */
  async go(url: string, { headers = {}, form, stay = false }: Visit = {}): Promise<Page> {
    const trail: string[] = [];
    let at = new URL(url, this.base).href;
    let body = form === undefined ? undefined : new URLSearchParams(form).toString();
    for (;;) {
      const own = at.startsWith(this.base);
      const cookie = [...this.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
      const response = await fetch(at, {
        method: body === undefined ? 'GET' : 'POST',
        redirect: 'manual',
        headers: {
          accept: 'text/html,application/xhtml+xml',
          ...(own && cookie !== '' && { cookie }),
          ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(this.base).origin }),
          ...headers,
        },
        body,
      });
      const html = await response.text();
      if (own && !process.env.NOCHECK)
        checkAnswer({
          method: body === undefined ? 'GET' : 'POST',
          url: at,
          status: response.status,
          headers: response.headers,
          text: html,
        });
      if (own) for (const line of response.headers.getSetCookie()) this.keep(line);
      const to = response.headers.get('location');
      const page = { url: at, status: response.status, headers: response.headers, html, trail };
      if (to === null || stay) return page;
      if (trail.push(at) > MAX_REDIRECTS) throw new Error(`too many redirects: ${trail.join(' ')}`);
      at = new URL(to, at).href;
      body = undefined;
    }
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const kept = attributes.map((attribute) => attribute.toLowerCase());
    if (kept.includes('max-age=0')) this.cookies.delete(name);
    else this.cookies.set(name, { value, attributes: kept });
  }

  /** Sends the first form of the page whose action is that path, with its hidden fields and these. */
  send(page: Page, action: string, fields: Record<string, string> = {}, visit: Omit<Visit, 'form'> = {}): Promise<Page> {
    return this.go(action, { ...visit, form: { ...hiddenFields(page.html, action), ...fields } });
  }

  /** Signs in at the demo issuer as that person on the way to a page; gives the page. */
  async signIn(person: string, path = '/spoed'): Promise<Page> {
    const asked = await this.go(path);
    return this.send(asked, '/oauth/authorize', { persoon: person });
  }

  /** The cookie of the session. */
  get session(): Cookie | undefined {
    return this.cookies.get('izp-sessie') ?? this.cookies.get('__Host-izp-sessie');
  }
}

/** The hidden fields of the first form with that action. Throws when the page has none. */
export function hiddenFields(page: string, action: string): Record<string, string> {
  const form = page.split('<form ').find((part) => part.includes(`action="${action}"`));
  if (form === undefined) throw new Error(`no form for ${action} in ${page.slice(0, 600)}`);
  const fields = [...(form.split('</form>')[0] as string).matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [plain(name), plain(value)]));
}

function plain(text: string): string {
  return text
    .replace(/&quot;/g, '"')
    .replace(/&#39;|&apos;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}
