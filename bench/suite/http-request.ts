// Whole HTTP/1.1 requests as text, made before anything is measured.

export function httpRequest(method: string, path: string, token: string, body?: { type: string; text: string }): string {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: Bearer ${token}`];
  if (body) head.push(`Content-Type: ${body.type}`, `Content-Length: ${Buffer.byteLength(body.text)}`);
  return `${head.join('\r\n')}\r\n\r\n${body?.text ?? ''}`;
}
