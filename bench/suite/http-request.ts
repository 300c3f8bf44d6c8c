// Whole HTTP/1.1 requests as text, made before anything is measured.

export interface More {
  type?: string;
  text?: string;
  headers?: Record<string, string>;
}

export function httpRequest(method: string, path: string, token: string | undefined, { type, text, headers = {} }: More = {}): string {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1'];
  if (token !== undefined) head.push(`Authorization: Bearer ${token}`);
  for (const [name, value] of Object.entries(headers)) head.push(`${name}: ${value}`);
  if (text !== undefined) head.push(`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(text)}`);
  return `${head.join('\r\n')}\r\n\r\n${text ?? ''}`;
}
