// Requests as nobody should send them: odd paths, parameters, headers, and bodies a step or two beside what is right.
import fc from 'fast-check';
import { toXml } from '../../src/http/xml.js';
import { bundle, MRN, observation, patient, post, put, SNOMED } from './records.js';

export interface Request {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  url: string;
  headers: Record<string, string>;
  payload?: string;
}

const word = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'p',
      'o',
      'Patient/p',
      '1',
      '0',
      '-1',
      '2026-01-01',
      'ge2026',
      'true',
      SNOMED,
      `${SNOMED}|247751003`,
      '|',
      ',',
      '\\',
      '\\,',
      '$',
      '*',
      '%',
      '\u0000',
      '\ud800',
      'ß',
      'İ',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'a'.repeat(5000),
      '9'.repeat(400),
      '1e999',
      '-1e-999',
      '0000-00-00',
      '9999-12-31',
      '275760-09-13',
      "'; DROP TABLE resource; --",
      '../../etc',
      '__proto__',
      'constructor',
      '{}',
      '[]',
      '\u202e',
    ),
  },
);
const escaped = word.map((text) => {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
});
/** As a client should write it, or not. */
const piece = fc.oneof(
  { weight: 6, arbitrary: escaped },
  { weight: 1, arbitrary: fc.constantFrom('%', '%zz', '%c3', '+', '&', '=', '?', '#', ';', '//', '%00', '%2F', '%24') },
);

const TYPES = ['Patient', 'Observation', 'Consent', 'CarePlan', 'Goal', 'Device', 'Provenance', 'ValueSet', 'Slot', 'patient'];
const segment = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...TYPES, 'p', 'o', '_history', '_search', '1', 'metadata', '$acp-summary', '$nothing', '.well-known'),
  },
  { weight: 1, arbitrary: piece },
);
const name = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      '_id',
      '_lastUpdated',
      '_sort',
      '_count',
      '_total',
      '_summary',
      '_elements',
      '_include',
      '_revinclude',
      '_include:iterate',
      '_page',
      '_at',
      '_since',
      '_format',
      '_pretty',
      '_has:Observation:patient:code',
      '_tag',
      '_profile',
      'code',
      'code:not',
      'code:in',
      'code:text',
      'date',
      'patient',
      'subject',
      'subject:Patient',
      'patient.name',
      'patient.organization.name',
      'identifier',
      'identifier:of-type',
      'name',
      'name:exact',
      'family:contains',
      'birthdate',
      'value-quantity',
      'probability',
      'url',
      'description:in',
      'status',
      'telecom:missing',
      'asOf',
    ),
  },
  { weight: 1, arbitrary: piece },
);
const value = fc.oneof(
  { weight: 4, arbitrary: piece },
  { weight: 1, arbitrary: fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(',')) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'Observation:patient',
      'Patient:organization',
      'Observation:patient:Patient',
      '-_lastUpdated,_id',
      'code,date',
      'count',
      'true',
      'data',
      'text',
      'xml',
      'json',
      'none',
      'accurate',
      'lt2026-01-01T00:00:00Z',
      'ap1940',
      'gt5.4||mg',
      '2026-13-45',
    ),
  },
);
const query = fc.array(fc.tuple(name, value), { maxLength: 4 }).map((pairs) => pairs.map(([key, text]) => `${key}=${text}`).join('&'));
const oddHeader = fc.constantFrom<Record<string, string>>(
  { accept: 'application/fhir+xml' },
  { accept: 'text/html;q=x,*/*' },
  { accept: ';;,' },
  { prefer: 'handling=lenient' },
  { prefer: 'return=minimal; handling=x' },
  { 'if-none-match': 'W/"1"' },
  { 'if-none-match': '*,,"' },
  { 'if-modified-since': 'never' },
  { 'if-match': 'W/"1"' },
  { 'if-match': '' },
  { 'if-none-exist': `identifier=${MRN}|fuzz` },
  { 'if-none-exist': '%zz=&&' },
  { 'idempotency-key': 'fuzz' },
  { 'idempotency-key': ' ' },
  { 'aorta-id': 'initialRequestID=;requestID=="' },
  { 'x-request-id': '../' },
  { 'content-encoding': 'gzip' },
  { authorization: 'Bearer x' },
  { authorization: 'Basic ' },
);
/** Most requests get further with none of these. */
const header = fc.oneof({ weight: 3, arbitrary: fc.constant<Record<string, string>>({}) }, { weight: 1, arbitrary: oddHeader });
const path = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...TYPES), fc.constantFrom('', '', '/p', '/o', '/_history', '/p/_history', '/o/_history/1', '/p/$acp-summary'))
      .map(([type, rest]) => type + rest),
  },
  { weight: 1, arbitrary: fc.array(segment, { maxLength: 5 }).map((parts) => parts.join('/')) },
);
const address = fc.tuple(path, query).map(([at, asked]) => `/fhir/R4/${at}${asked === '' ? '' : `?${asked}`}`);

export const read: fc.Arbitrary<Request> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS'),
  url: address,
  headers: header,
});
export const form: fc.Arbitrary<Request> = fc.record({
  method: fc.constant('POST' as const),
  url: fc.constantFrom(
    ...TYPES.map((type) => `/fhir/R4/${type}/_search`),
    '/fhir/R4/Patient/$acp-summary',
    '/v1/emergency-card',
    '/oauth/token',
  ),
  headers: header.map((headers) => ({ ...headers, 'content-type': 'application/x-www-form-urlencoded' })),
  payload: query,
});

/** Resources of the kinds that plan, card and summary are made of. */
const TEMPLATES: unknown[] = [
  patient({ identifier: [{ system: MRN, value: 'fuzz-made' }], birthDate: '1940-05-17', telecom: [{ system: 'phone', value: '020' }] }),
  observation('p', {
    id: 'o',
    effectiveDateTime: '2026-01-01',
    valueString: undefined,
    valueCodeableConcept: { coding: [{ system: SNOMED, code: '264362003' }] },
    code: { coding: [{ system: SNOMED, code: '395091006' }] },
  }),
  {
    resourceType: 'Consent',
    status: 'active',
    dateTime: '2026-01-01',
    patient: { reference: 'Patient/p' },
    policy: [{ uri: 'https://example.org' }],
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: SNOMED, code: '129125009' }] }],
    modifierExtension: [{ url: 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther', valueString: 'x' }],
    provision: {
      type: 'deny',
      period: { start: '2026' },
      actor: [{ role: { text: 'x' }, reference: { reference: 'Patient/p' } }],
      code: [{ coding: [{ system: SNOMED, code: '89666000' }] }],
    },
  },
  {
    resourceType: 'CarePlan',
    status: 'active',
    intent: 'plan',
    subject: { reference: 'Patient/p' },
    goal: [{ reference: 'Goal/g' }],
    period: { end: '2027' },
    activity: [{ detail: { status: 'scheduled', description: 'x' } }],
  },
  {
    resourceType: 'Goal',
    id: 'g',
    lifecycleStatus: 'active',
    subject: { reference: 'Patient/p' },
    description: { coding: [{ system: SNOMED, code: '713148004' }] },
    startDate: '2026-01-01',
    target: [
      {
        measure: { coding: [{ system: SNOMED, code: '395091006' }] },
        detailCodeableConcept: { coding: [{ system: SNOMED, code: '264362003' }] },
      },
    ],
  },
  {
    resourceType: 'RelatedPerson',
    patient: { reference: 'Patient/p' },
    name: [{ family: 'x' }],
    relationship: [{ coding: [{ system: 'urn:oid:2.16.840.1.113883.2.4.3.11.22.472', code: '24' }] }],
  },
  {
    resourceType: 'Provenance',
    target: [{ reference: 'Observation/o' }],
    recorded: '2026-01-01T00:00:00Z',
    agent: [{ who: { display: 'x' } }],
  },
  { resourceType: 'DeviceUseStatement', status: 'active', subject: { reference: 'Patient/p' }, device: { reference: 'Device/d' } },
  bundle(
    'transaction',
    post(
      patient({ identifier: [{ system: MRN, value: 'in' }] }),
      { ifNoneExist: `identifier=${MRN}|in` },
      'urn:uuid:11111111-1111-4111-8111-111111111111',
    ),
    post(observation('urn:uuid:11111111-1111-4111-8111-111111111111')),
    put(observation('p', { id: 'o' }), { ifMatch: 'W/"1"' }),
    { request: { method: 'DELETE', url: 'Observation/none?x' } },
    { request: { method: 'GET', url: 'Patient?name=x' } },
  ),
  bundle(
    'batch',
    post(observation(`Patient?identifier=${MRN}|fuzz`)),
    { request: { method: 'GET', url: 'Patient/p' } },
    { request: { method: 'PATCH', url: 'Observation/o' }, resource: { resourceType: 'Binary', data: 'W10=' } },
  ),
  {
    resourceType: 'Parameters',
    parameter: [{ name: 'identifier', valueIdentifier: { system: 'http://fhir.nl/fhir/NamingSystem/bsn', value: '999911120' } }],
  },
  [
    { op: 'replace', path: '/status', value: 'amended' },
    { op: 'copy', from: '/code', path: '/component/-' },
  ],
  { bsn: '999911120' },
];

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    ' ',
    [],
    {},
    [null],
    [[]],
    '2026-02-30',
    'Patient/p',
    'urn:uuid:x',
    { reference: 'Patient/p' },
    { extension: [] },
    { coding: [{}] },
    { coding: 'x' },
    { value: null },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** One step into a value and what happens there. */
interface Change {
  at: number[];
  how: 'drop' | 'put' | 'twice' | 'wrap' | 'rename' | 'swap';
  value: unknown;
}

function changed(original: unknown, { at, how, value }: Change): unknown {
  const copy = structuredClone(original) as Record<string, unknown>;
  let node: Record<string, unknown> = { root: copy };
  let key = 'root';
  for (const step of at) {
    const inside = node[key];
    if (typeof inside !== 'object' || inside === null || Object.keys(inside).length === 0) break;
    node = inside as Record<string, unknown>;
    key = Object.keys(node)[step % Object.keys(node).length] as string;
  }
  if (how === 'drop') delete node[key];
  else if (how === 'put') node[key] = value;
  else if (how === 'twice') node[key] = [node[key], node[key]];
  else if (how === 'wrap') node[key] = { [key]: node[key] };
  else if (how === 'rename') node[`_${key}`] = node[key];
  else node[key] = Array.isArray(node[key]) ? (node[key] as unknown[])[0] : [node[key]];
  return key === 'root' ? (node.root ?? node._root) : copy;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }),
  how: fc.constantFrom('drop', 'put', 'put', 'twice', 'wrap', 'rename', 'swap'),
  value: anything,
});
const resource = fc
  .tuple(fc.constantFrom(...TEMPLATES), fc.array(change, { maxLength: 3 }))
  .map(([template, changes]) => changes.reduce(changed, template));
/** A text with a few characters of it changed, or as it is. */
const spoiled = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(
      text,
      fc.array(fc.tuple(fc.nat(), fc.constantFrom('', '"', '{', ']', '<', '>', '&', '\\u0000', '1e400', '\u0001', ',', '/', '"x":1,')), {
        maxLength: 2,
      }),
      fc.nat(3),
    )
    .map(([whole, edits, keep]) =>
      keep
        ? whole
        : edits.reduce((now, [at, put]) => now.slice(0, at % (now.length + 1)) + put + now.slice((at % (now.length + 1)) + 1), whole),
    );
const json = spoiled(resource.map((made) => JSON.stringify(made) ?? 'undefined'));
const xml = spoiled(
  fc
    .constantFrom(...TEMPLATES.filter((template) => (template as { resourceType?: string }).resourceType))
    .map((template) => toXml(JSON.stringify(template))),
);
const body = fc.oneof(
  { weight: 6, arbitrary: json.map((payload) => ({ payload, type: 'application/fhir+json' })) },
  { weight: 2, arbitrary: xml.map((payload) => ({ payload, type: 'application/fhir+xml' })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        json,
        fc.constantFrom('application/json-patch+json', 'text/plain', '', 'application/fhir+xml', 'application/x-www-form-urlencoded', ';'),
      )
      .map(([payload, type]) => ({ payload, type })),
  },
);
export const write: fc.Arbitrary<Request> = fc
  .tuple(
    fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'PUT', 'PATCH', 'DELETE'),
    fc.oneof({ weight: 2, arbitrary: address }, { weight: 8, arbitrary: fc.constant(undefined) }),
    body,
    header,
  )
  .map(([method, url, { payload, type }, headers]) => {
    const content = method === 'PATCH' && type === 'application/fhir+json' ? 'application/json-patch+json' : type;
    return {
      method: method as Request['method'],
      url: url ?? addressFor(method, payload),
      headers: { ...headers, 'content-type': content },
      ...(method === 'DELETE' ? {} : { payload }),
    };
  });

/** Where a body of this kind belongs, so that most of it gets far. */
function addressFor(method: string, payload: string): string {
  const type = /"resourceType":"(\w+)"|<(\w+) xmlns/.exec(payload)?.slice(1).find(Boolean) ?? 'Observation';
  if (type === 'Bundle') return '/fhir/R4';
  if (type === 'Parameters') return '/fhir/R4/Patient/$acp-summary';
  if (payload.startsWith('{"bsn"')) return '/v1/emergency-card';
  return `/fhir/R4/${type}${method === 'POST' ? '' : '/o'}`;
}
