// Attachments: what is found in the bytes counts, not what is said of them; and a letter only shows.
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import PDFDocument from 'pdfkit';
import t from 'tap';
import { contentTypeOf } from '../../src/validation/attachment-content.js';
import { attachmentFindings, MAX_LETTER_BYTES } from '../../src/validation/attachments.js';
import { pdfDangers } from '../../src/validation/pdf-content.js';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), Buffer.from('JFIF'), Buffer.from([0, 1, 2, 0xff, 0xd9])]);
const pdf = (body: string | Buffer, end = '\nstartxref\n9\n%%EOF\n') =>
  Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.from(body as string, 'latin1'), Buffer.from(end)]);
const letterOf = (bytes: Buffer, contentType?: string, more: object = {}) => ({
  resourceType: 'DocumentReference',
  content: [{ attachment: { ...(contentType && { contentType }), data: bytes.toString('base64'), ...more } }],
});
const rules = (resource: object, isLetter = true) => attachmentFindings(resource, isLetter).map(({ rule }) => rule);
const dangers = (bytes: Buffer) => pdfDangers(bytes).map(({ english }) => english.replace(/.*\((.*)\)$/, '$1'));

/** A letter as a word processor makes it. */
async function printed(): Promise<Buffer> {
  const document = new PDFDocument({ compress: true });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => document.on('end', resolve));
  document.text('Ik blijf het liefst thuis.').image(PNG, { width: 20 }).end();
  await ended;
  return Buffer.concat(chunks);
}

/** Objects packed away, as a scanner's software does, and as those do who hide something. */
function packed(
  objects: string,
  { type = '/Type /ObjStm ', filter = '/FlateDecode', data = deflateSync(Buffer.from(objects)) } = {},
): Buffer {
  return Buffer.concat([
    Buffer.from(`4 0 obj\n<< ${type}/N 1 /First 4 /Filter ${filter} /Length ${data.length} >>\nstream\n`),
    data,
    Buffer.from('\nendstream\nendobj\n'),
  ]);
}

t.test('four kinds are known by their bytes, and nothing else', async (t) => {
  t.equal(contentTypeOf(await printed()), 'application/pdf');
  t.equal(contentTypeOf(PNG), 'image/png');
  t.equal(contentTypeOf(JPEG), 'image/jpeg');
  t.equal(contentTypeOf(Buffer.from('Lieve dokter,\r\n\tik wil thuis blijven. €5 <3\n')), 'text/plain');
  t.equal(contentTypeOf(Buffer.from('\ufeffMet bommetje')), 'text/plain');
  const none: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['a page', Buffer.from('<!DOCTYPE html><p>x')],
    ['a page after space', Buffer.from(' \n<html>')],
    ['a drawing', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')],
    ['a drawing in XML', Buffer.from('\ufeff<?xml version="1.0"?><svg/>')],
    ['a picture cut off', PNG.subarray(0, 40)],
    ['a picture with something behind it', Buffer.concat([PNG, Buffer.from('<script>')])],
    ['a photograph cut off', JPEG.subarray(0, 8)],
    ['another picture', Buffer.from('GIF89a\u0001\u0000\u0001\u0000')],
    ['an archive', Buffer.from('PK\u0003\u0004')],
    ['text in another character set', Buffer.from([0x42, 0xe9, 0x74])],
    ['text of two bytes a character', Buffer.from('\ufefftekst', 'utf16le')],
    ['a PDF behind something', Buffer.from(`\u0000%PDF-1.7`)],
  ];
  for (const [name, bytes] of none) t.equal(contentTypeOf(bytes), undefined, name);
});

t.test('what is said of an attachment must be so', async (t) => {
  const text = Buffer.from('Ik blijf thuis.');
  const hash = createHash('sha1').update(text).digest('base64');
  t.strictSame(rules(letterOf(text, 'text/plain', { size: text.length, hash })), []);
  t.strictSame(rules(letterOf(text, 'Text/Plain; charset=UTF-8')), []);
  t.strictSame(rules(letterOf(text, 'text/plain; charset=iso-8859-1')), ['attachment-type']);
  t.strictSame(rules(letterOf(text, 'text/plain', { size: 3, hash: 'AAAA' })), ['attachment-size', 'attachment-hash']);
  for (const said of ['application/pdf', 'image/png', 'text/html', undefined])
    t.strictSame(rules(letterOf(text, said)), ['attachment-type'], `${said}`);
  t.strictSame(rules(letterOf(Buffer.from('<svg/>'), 'image/svg+xml')), ['attachment-kind']);
  t.strictSame(rules(letterOf(Buffer.alloc(MAX_LETTER_BYTES + 1, 'a'), 'text/plain')), ['attachment-too-large']);
  t.strictSame(rules(letterOf(Buffer.alloc(MAX_LETTER_BYTES, 'a'), 'text/plain')), []);
  t.strictSame(rules({ resourceType: 'DocumentReference', content: [{ attachment: { url: 'https://x.example/brief.pdf' } }] }), [
    'attachment-elsewhere',
  ]);

  await t.test('of other documents only what can be known', async (t) => {
    t.strictSame(rules(letterOf(Buffer.from('<ClinicalDocument/>'), 'application/xml'), false), []);
    t.strictSame(rules(letterOf(Buffer.from('<html>'), 'application/pdf'), false), ['attachment-type']);
    t.strictSame(rules(letterOf(text, 'text/rtf', { size: 1 }), false), ['attachment-size']);
    t.strictSame(rules({ resourceType: 'DocumentReference', content: [{ attachment: { url: 'https://x.example' } }] }, false), []);
  });

  await t.test('in Communication and Consent too, and whatever comes is no crash', async (t) => {
    const attachment = { contentType: 'image/png', data: text.toString('base64') };
    t.strictSame(rules({ resourceType: 'Communication', payload: [{ contentString: 'x' }, { contentAttachment: attachment }] }), [
      'attachment-type',
    ]);
    t.equal(
      attachmentFindings({ resourceType: 'Consent', sourceAttachment: attachment }, true)[0]?.path,
      'Consent.sourceAttachment.contentType',
    );
    for (const odd of [
      null,
      1,
      {},
      { resourceType: 'DocumentReference', content: 1 },
      { resourceType: 'DocumentReference', content: [null, { attachment: 2 }] },
    ])
      t.strictSame(attachmentFindings(odd, true), []);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => rules(letterOf(Buffer.from(bytes), 'application/pdf')).length > 0));
  });
});

t.test('a PDF only shows', async (t) => {
  t.strictSame(dangers(await printed()), [], 'as a word processor prints it');
  t.strictSame(dangers(pdf('1 0 obj << /Type /Catalog /OpenAction [3 0 R /XYZ null null 0] >> endobj')), [], 'a page to begin with');
  t.strictSame(dangers(pdf(packed('5 0 << /Type /Page /LaunchDate 1 >>'))), [], 'pages packed away');
  const cases: [string, string][] = [
    ['<< /S /JavaScript /JS (app.alert(1)) >>', '/JavaScript'],
    ['<< /S /J#61vaScr#69pt /JS 5 0 R >>', '/JavaScript'],
    ['<< /S/Launch/F(cmd.exe) >>', '/Launch'],
    ['<< /OpenAction 5 0 R >>', '/OpenAction'],
    ['<< /OpenAction<</S/URI>> >>', '/OpenAction'],
    ['<< /AA << /O 6 0 R >> >>', '/AA'],
    ['<< /Names << /EmbeddedFiles 3 0 R >> >>', '/EmbeddedFile'],
    ['<< /XFA [(a) 3 0 R] >>', '/XFA'],
    ['<< /S /SubmitForm >>', '/SubmitForm'],
    ['<< /S /GoToR /F (x.pdf) >>', '/GoToR'],
    ['<< /S /Rendition /JS (x) >>', '/Rendition'],
  ];
  for (const [body, name] of cases) {
    t.strictSame(dangers(pdf(`5 0 obj ${body} endobj`)), [name], body);
    t.strictSame(dangers(pdf(packed(`5 0 ${body}`))), [name], `${body}, packed away`);
    t.strictSame(dangers(pdf(packed(`5 0 ${body}`, { type: '' }))), [name], `${body}, packed away without saying so`);
  }
  const opaque = 'parts packed so that nobody can look into them';
  const hidden: [string, Buffer][] = [
    ['another packing', packed('x', { filter: '[/ASCIIHexDecode /FlateDecode]' })],
    ['no end of the packing', packed('', { data: deflateSync(Buffer.alloc(5000, 'x')).subarray(0, 12) })],
    ['what unpacks without end', packed('', { data: deflateSync(Buffer.alloc(40 * 1024 * 1024)) })],
    ['a kind said elsewhere', Buffer.concat([packed('x', { type: '/Type 7 0 R ' }), Buffer.from('7 0 obj /ObjStm endobj')])],
  ];
  for (const [name, body] of hidden) t.strictSame(dangers(pdf(body)), [opaque], name);
  t.match(dangers(pdf('trailer << /Encrypt 8 0 R >>'))[0], /password/);
  t.match(dangers(pdf('x', ''))[0], /cut off/);
  t.strictSame(rules(letterOf(pdf('<< /S /Launch >>'), 'application/pdf')), ['attachment-unsafe']);
  t.strictSame(rules(letterOf(pdf('<< /S /Launch >>'), 'application/pdf'), false), [], 'what a hospital sends is its own');
});
