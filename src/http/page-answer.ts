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

/** A file to be kept, never to be shown as a page of this service. */
export interface Download {
  /** Media type, without parameters. */
  type: string;
  /** ASCII letters, digits and dots. */
  name: string;
  bytes: Buffer;
}

export function sendDownload(reply: FastifyReply, { type, name, bytes }: Download): FastifyReply {
  return reply
    .header('content-type', type.startsWith('text/') ? `${type}; charset=utf-8` : type)
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .send(bytes);
}
