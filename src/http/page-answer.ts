// Answers as a page: who gets one, and how it is sent. A page may show its own style, by hash, and nothing else.
import type { FastifyReply } from 'fastify';

/** A caller that prefers HTML over JSON gets the page. */
export function wantsPage(accept: string | undefined): boolean {
  const parts = (accept ?? '').split(',').map((part) => part.split(';')[0]?.trim().toLowerCase());
  const html = parts.indexOf('text/html');
  const json = parts.indexOf('application/json');
  return html !== -1 && (json === -1 || html < json);
}

export interface Page {
  status: number;
  html: string;
  /** Source expression of its style, such as 'sha256-…' in quotes. */
  style: string;
  /** Where its forms may be sent; nowhere unless given. */
  forms?: "'self'" | "'none'";
}

export function sendPage(reply: FastifyReply, { status, html, style, forms = "'none'" }: Page): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header(
      'content-security-policy',
      `default-src 'none'; style-src ${style}; base-uri 'none'; form-action ${forms}; frame-ancestors 'none'`,
    )
    .send(html);
}
