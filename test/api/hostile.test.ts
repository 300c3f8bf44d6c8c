// Input made to cost the service time: what doubles in length may not cost much more than double, and nothing may end in a 5xx.
import t from 'tap';
import { toldResources } from '../../src/access/told-resources.js';
import { parseScope } from '../../src/auth/scopes.js';
import { intervalOf } from '../../src/fhir/dates.js';
import { versionsOfEtag } from '../../src/fhir/exchange.js';
import { parseJson } from '../../src/fhir/json.js';
import { parseReference, rewriteReferences } from '../../src/fhir/references.js';
import { bodyText } from '../../src/http/body-text.js';
import { answerFormat, bodyFormat } from '../../src/http/negotiation.js';
import { dialled } from '../../src/http/pages/emergency-parts.js';
import { traceOf } from '../../src/http/trace.js';
import { fromXml, toXml } from '../../src/http/xml.js';
import { parsePatch, patched } from '../../src/interactions/json-patch.js';
import { returnPreference } from '../../src/interactions/prefer.js';
import { parseAddress, parseQuery } from '../../src/interactions/query-text.js';
import { readTreatment } from '../../src/izp/treatments.js';
import { foldText, storable } from '../../src/search/fold.js';
import { nearest } from '../../src/search/nearest.js';
import { parseSearch } from '../../src/search/query.js';
import { narrativeFault } from '../../src/validation/narrative.js';
import { startService } from '../harness/service.js';

/** Characters of the shorter input. */
const LENGTH = 100_000;
/** Characters of a text that is stored, in every place where it is read. */
const KEPT_LENGTH = 30_000;
/** Twice the work and some noise; quadratic work would be four times. */
const MOST_PER_DOUBLING = 3.2;
/** Below this nothing can be said about growth: quadratic work over 200,000 characters takes seconds. Processor time, in ms. */
const TOO_SHORT_TO_TELL_MS = 150;

/** What patterns that backtrack, lists that are copied and nests that recurse stumble over. */
const PIECES = [
  ' ',
  'A',
  '1',
  '(',
  '"',
  "'",
  '<',
  '&',
  '/',
  '.',
  ',',
  ';',
  '|',
  '\\',
  '$',
  '%20',
  '\n',
  '1 ',
  'a.',
  '/A',
  '&a',
  '<a',
  'a=',
  'a=b&',
  '"a"',
  '( ',
  ' a="',
  'é',
  '\u0301',
  '://',
  '/A/',
  'SNOMED CT ',
  '"__proto__" ',
  '<!--',
  '{"a":',
  '[',
  'W/"1",',
  ' href=',
  '&#1',
  'url(',
  '~1',
  '-1',
  'a;q=',
  'requestID= ',
];

const PARSERS: Record<string, (text: string) => unknown> = {
  parseJson,
  'parseJson of a string': (text) => parseJson(JSON.stringify({ text })),
  fromXml,
  'fromXml of an attribute': (text) =>
    fromXml(`<Patient xmlns="http://hl7.org/fhir"><id value="${text.replace(/[<&"]/g, '')}"/></Patient>`),
  'fromXml of a narrative': (text) =>
    fromXml(
      `<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">${text}</div></text></Patient>`,
    ),
  toXml: (text) => toXml(JSON.stringify({ resourceType: 'Patient', name: [{ text }] })),
  parseQuery,
  parseAddress,
  traceOf: (text) => traceOf({ 'x-request-id': text, 'aorta-id': text }),
  bodyText: (text) => bodyText({ headers: { 'content-type': `a/b;${text}` } } as never, Buffer.from('{}')),
  answerFormat: (text) => answerFormat([], text),
  bodyFormat: (text) => bodyFormat(text, false),
  versionsOfEtag,
  returnPreference: (text) => returnPreference({ method: 'PUT', path: [], query: [], headers: { prefer: text } }),
  parsePatch: (text) => patched({ resourceType: 'Patient' }, parsePatch([{ op: 'add', path: `/${text}`, value: 1 }])),
  intervalOf,
  parseReference,
  rewriteReferences: (text) => rewriteReferences({ resourceType: 'Flag', subject: { reference: text } }, (reference) => reference),
  parseScope,
  narrativeFault: (text) => narrativeFault(`<div xmlns="http://www.w3.org/1999/xhtml"><p>${text}</p></div>`),
  'narrativeFault of an attribute': (text) => narrativeFault(`<div xmlns="http://www.w3.org/1999/xhtml"><a ${text}>x</a></div>`),
  readTreatment: (text) => readTreatment({ text, coding: [{ system: 'http://snomed.info/sct', code: '89666000' }] }),
  foldText,
  storable,
  dialled,
  nearest: (text) => nearest(text, ['identifier', 'patient']),
  'parseSearch of a name': (text) => parseSearch('Patient', [[text, 'x']], {} as never),
  'parseSearch of a value': (text) => parseSearch('Patient', [['family', text]], {} as never),
  'parseSearch of a token': (text) => parseSearch('Patient', [['identifier', text]], {} as never),
  'parseSearch of a date': (text) => parseSearch('Patient', [['birthdate', text]], {} as never),
  'parseSearch of a reference': (text) => parseSearch('Flag', [['patient', text]], {} as never),
  'parseSearch of an include': (text) => parseSearch('Patient', [['_include', text]], {} as never),
  toldResources: (text) => toldResources({ headers: { location: text }, body: null }),
};

function milliseconds(parse: (text: string) => unknown, text: string): number {
  const started = process.cpuUsage();
  try {
    parse(text);
  } catch (error) {
    // A refusal is as good as a result; running out of stack is not.
    if (error instanceof RangeError) throw error;
  }
  return process.cpuUsage(started).user / 1000;
}

t.test('work grows with the length, whatever stands in it', async (t) => {
  for (const [name, parse] of Object.entries(PARSERS)) {
    const slow: string[] = [];
    for (const piece of PIECES) {
      const [once, twice] = [1, 2].map((times) => `${piece.repeat(Math.ceil((times * LENGTH) / piece.length))}\u0000!`) as [string, string];
      let longer = milliseconds(parse, twice);
      if (longer < TOO_SHORT_TO_TELL_MS) continue;
      let shorter = milliseconds(parse, once);
      // Whatever else the machine did meanwhile: the best of three.
      for (let i = 0; i < 2; i++) {
        longer = Math.min(longer, milliseconds(parse, twice));
        shorter = Math.min(shorter, milliseconds(parse, once));
      }
      if (longer > TOO_SHORT_TO_TELL_MS && longer / shorter > MOST_PER_DOUBLING)
        slow.push(`${JSON.stringify(piece)} ${Math.round(shorter)} → ${Math.round(longer)} ms`);
    }
    t.strictSame(slow, [], name);
  }
});

t.test('bombs and floods are refused, and what is only long is kept', { timeout: 200_000 }, async (t) => {
  const service = await startService(t);
  const { ask, put, post, get } = service;
  const nested = (open: string, close: string) => `${open.repeat(LENGTH)}1${close.repeat(LENGTH)}`;
  const flags = (n: number) => Array.from({ length: n }, () => ({ request: { method: 'GET', url: 'Flag/f' } }));
  const form = (n: number, of: (i: number) => string) => ({ form: Array.from({ length: n }, (_, i) => of(i)).join('&') });
  const xml = { headers: { 'content-type': 'application/fhir+xml' } };
  const refused: [string, number, Promise<{ status: number }>][] = [
    ['an object in an object', 400, post('Flag', nested('{"a":', '}'))],
    ['a list in a list', 400, post('Flag', nested('[', ']'))],
    ['an extension in an extension', 400, post('Flag', `{"resourceType":"Flag",${nested('"extension":[{', '}]')}}`)],
    ['an element in an element', 400, post('Flag', nested('<a>', '</a>'), xml)],
    [
      'an entity',
      400,
      post('Flag', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><Flag xmlns="http://hl7.org/fhir">&c;</Flag>', xml),
    ],
    ['a batch without end', 413, post('', { resourceType: 'Bundle', type: 'batch', entry: flags(10_000) })],
    ['a transaction without end', 413, post('', { resourceType: 'Bundle', type: 'transaction', entry: flags(10_000) })],
    [
      'a patch without end',
      400,
      ask('PATCH', 'Flag/f', {
        body: Array(10_000).fill({ op: 'test', path: '/a', value: 1 }),
        headers: { 'content-type': 'application/json-patch+json' },
      }),
    ],
    [
      'a flood of parameters',
      400,
      ask(
        'POST',
        'Flag/_search',
        form(50_000, (i) => `p${i}=1`),
      ),
    ],
    ['a flood of values', 400, ask('POST', 'Flag/_search', { form: `_id=${Array(50_000).fill('a').join(',')}` })],
    [
      'a flood of operation parameters',
      400,
      ask(
        'POST',
        'Patient/p/$acp-summary',
        form(50_000, (i) => `p${i}=1`),
      ),
    ],
    [
      'a flood of Parameters',
      400,
      post('Patient/p/$acp-summary', { resourceType: 'Parameters', parameter: Array(20_000).fill({ name: 'x' }) }),
    ],
  ];
  for (const [what, status, answer] of refused) t.equal((await answer).status, status, what);

  const long = [' ', '1', '( ', '<a', '&a', '\u0301', 'SNOMED CT ', ' a="', '\\'].map(
    (piece) => `${piece.repeat(KEPT_LENGTH / piece.length)}x`,
  );
  const bsn = { system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '900186021' };
  for (const text of long) {
    const patient = {
      resourceType: 'Patient',
      id: 'p',
      identifier: [bsn],
      name: [{ text, family: text }],
      telecom: [{ system: 'phone', value: text }],
      contact: [{ name: { text }, telecom: [{ system: 'phone', value: text }] }],
    };
    const kept = await put('Patient/p', patient);
    const directive = {
      resourceType: 'Consent',
      id: 'c',
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
      category: [{ coding: [{ system: 'http://snomed.info/sct', code: '129125009' }] }],
      patient: { reference: 'Patient/p' },
      policyRule: { text },
      provision: { type: 'deny', code: [{ text, coding: [{ system: 'http://snomed.info/sct', code: '89666000', display: text }] }] },
    };
    const stored = await put('Consent/c', directive);
    const page = await post('/v1/emergency-card', { bsn: bsn.value }, { headers: { accept: 'text/html' } });
    t.ok(
      [kept, stored, page].every(({ status }) => status < 500),
      `${JSON.stringify(text.slice(0, 12))}… ${kept.status} ${stored.status} ${page.status}`,
    );
    if (stored.status < 300) t.ok(page.text.includes('Niet reanimeren') || page.text.includes('niet'), 'and it is told');
  }
  t.equal((await get('Flag')).json.total, 0, 'nothing of what was refused is there');
});
