// Formats and parts of answers: XML and JSON both ways without loss, _summary and _elements, and refusals that are always outcomes.
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { parseJson, writeJson } from '../../src/fhir/json.js';
import { fromXml, toXml } from '../../src/http/xml.js';
import { type Answer, startService } from '../harness/service.js';
import { asSent, bundle, observation, patient, post, type Sent } from './records.js';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));
const skip = existsSync(SHARED) ? false : 'the published example data are not beside the project (../shared)';
const EXAMPLES = fileURLToPath(new URL('../../fhir-profiles/', import.meta.url));

const JSON_TYPE = 'application/fhir+json; charset=utf-8';
const XML_TYPE = 'application/fhir+xml; charset=utf-8';
const XML = { 'content-type': 'application/fhir+xml', accept: 'application/fhir+xml' };

const service = await startService(t, { env: { BODY_LIMIT: String(16 * 1024 * 1024) } });
const { get, ask } = service;
const issue = (answer: Answer) => answer.json?.issue?.[0] ?? {};
const type = (answer: Answer) => answer.headers.get('content-type');
await service.put('Patient/p', patient({ id: 'p' }));

function there(value: unknown): unknown {
  return fromXml(toXml(writeJson(value)));
}

t.test('published resources and our own examples go to XML and back without loss', { skip }, async (t) => {
  const pzp = (name: string) => readFileSync(join(SHARED, 'pzp', name), 'utf8');
  const texts = [
    pzp('hendrik-hartman.put.transaction.json'),
    pzp('hendrik-hartman.post.transaction.json'),
    pzp('QuestionnaireResponse-HendrikHartman-20201001.json'),
    pzp('Questionnaire-ACP-zib2020.json'),
    ...['izp-care-plan', 'izp-summary', 'izp-palliative-kit'].map((name) => {
      const of: Record<string, string> = {
        'izp-care-plan': 'CarePlan',
        'izp-summary': 'Composition',
        'izp-palliative-kit': 'SupplyDelivery',
      };
      return readFileSync(join(EXAMPLES, 'examples/valid', `${of[name]}-example-${name}.json`), 'utf8');
    }),
    readFileSync(join(EXAMPLES, 'generated/StructureDefinition-izp-goal.json'), 'utf8'),
  ];
  for (const text of texts) {
    const resource = parseJson(text);
    t.strictSame(there(resource), resource);
    t.strictSame(fromXml(toXml(text, true)), resource, 'pretty or not');
  }
});

t.test('whatever a resource may hold comes back from XML as it was', async (t) => {
  const text = fc
    .string({ unit: fc.constantFrom('a', 'é', '€', '"', "'", '<', '>', '&', ' ', '\n', '\r', '\t', '😀', ']]>', '&amp;', '--') })
    .filter((value) => value !== '');
  const decimal = fc.constantFrom('1.10', '0', '-0.000', '1e3', '12345678901234567890.5', '7');
  fc.assert(
    fc.property(
      text,
      text,
      decimal,
      fc.boolean(),
      fc.array(fc.option(text), { minLength: 1, maxLength: 4 }),
      (a, b, number, yes, given) => {
        const values = given.map((value) => value ?? null);
        const extras = given.map((value) =>
          value === null ? { extension: [{ url: 'https://example.org/absent', valueBoolean: yes }] } : null,
        );
        const name = {
          id: 'n1',
          family: a,
          _family: { id: 'f1', extension: [{ id: 'e1', url: 'https://example.org/x', valueString: b }] },
          ...(values.some((value) => value !== null) ? { given: values } : {}),
          ...(extras.some((extra) => extra !== null) ? { _given: extras } : {}),
        };
        const quantity = `{"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"c"}],"status":"final","code":{"text":"x"},"valueQuantity":{"value":${number}},"component":[{"code":{"text":"y"},"valueBoolean":${yes}},{"code":{"text":"z"},"valueInteger":0}]}`;
        const person = {
          resourceType: 'Patient',
          extension: [{ url: 'https://example.org/deep', extension: [{ url: 'in', valueDecimal: parseJson(number) }] }],
          active: yes,
          name: [name],
        };
        return writeJson(there(person)) === writeJson(person) && writeJson(there(parseJson(quantity))) === quantity;
      },
    ),
    { seed: 20201001, numRuns: 300 },
  );
  const div = '<div xmlns="http://www.w3.org/1999/xhtml">Caf&eacute; &amp; &nbsp;thee <b class="x">1 &lt; 2</b>\n<br/></div>';
  const narrative = there({ resourceType: 'Patient', text: { status: 'generated', div } }) as { text: { div: string } };
  t.equal(
    narrative.text.div,
    div.replace('&eacute;', '&#233;').replace('&nbsp;', '&#160;'),
    'named characters become numbers, all else stays',
  );
});

t.test('XML that is not FHIR R4 is refused, with its place', async (t) => {
  const wrap = (inner: string, name = 'Patient') => `<${name} xmlns="http://hl7.org/fhir">${inner}</${name}>`;
  const cases: [xml: string, expression: string | undefined][] = [
    [wrap('<unknown value="1"/>'), 'Patient.unknown'],
    [wrap('<active value="true" other="1"/>'), 'Patient.active'],
    [wrap('<active value="yes"/>'), 'Patient.active'],
    [wrap('<active value="true"/><active value="false"/>'), 'Patient.active'],
    [wrap('<active>true</active>'), 'Patient.active'],
    [wrap('<active/>'), 'Patient.active'],
    [wrap('<name/>'), 'Patient.name[0]'],
    [wrap('<name><family value="x"><given value="y"/></family></name>'), 'Patient.name[0].family.given'],
    [wrap('<multipleBirthInteger value="two"/>'), 'Patient.multipleBirthInteger'],
    [wrap('<valueQuantity><value value="1,5"/></valueQuantity>', 'Observation'), 'Observation.valueQuantity.value'],
    [wrap('<contained><Patient/><Patient/></contained>'), 'Patient.contained[0]'],
    [wrap('<contained><Nothing/></contained>'), 'Patient.contained[0]'],
    [wrap('<active xmlns="http://other.example" value="true"/>'), 'Patient.active'],
    [wrap('<text><status value="generated"/><div>no namespace</div></text>'), 'Patient.text.div'],
    ['<Patient><active value="true"/></Patient>', 'Patient'],
    [wrap('', 'Nothing'), 'Resource'],
    [wrap('', 'HumanName'), 'Resource'],
    ['<!DOCTYPE Patient [<!ENTITY x "y">]><Patient xmlns="http://hl7.org/fhir"/>', undefined],
    [wrap('<active value="&x;"/>'), undefined],
    [wrap('<active value="true">'), undefined],
    [`${wrap('')}${wrap('')}`, undefined],
    ['<f:Patient xmlns:f="http://hl7.org/fhir"/>', undefined],
    [wrap('<name><family value="&#0;"/></name>'), undefined],
    [wrap('<a>'.repeat(100_000)), undefined],
    [`<Patient ${' '.repeat(200_000)}x`, undefined],
    ['{}', undefined],
    ['', undefined],
  ];
  for (const [xml, expression] of cases) {
    const answer = await ask('POST', 'Patient', { body: xml, headers: { 'content-type': 'application/fhir+xml' } });
    t.strictSame(
      [answer.status, issue(answer).code, issue(answer).expression?.[0]],
      [400, 'structure', expression],
      `${xml.slice(0, 90)} ${answer.text.slice(0, 200)}`,
    );
  }
});

t.test('every interaction takes and gives XML', async (t) => {
  const xmlOf = (resource: unknown) => toXml(JSON.stringify(resource));
  const read = (answer: Answer) => fromXml(answer.text) as any;
  const created = await ask('POST', 'Observation', { body: xmlOf(observation('p', { valueString: 'één & <twee>' })), headers: XML });
  t.strictSame([created.status, type(created)], [201, XML_TYPE], created.text);
  const { id } = read(created);
  t.strictSame(asSent(read(await get(`Observation/${id}`, { headers: XML }))), observation('p', { valueString: 'één & <twee>' }));
  t.equal((await get(`Observation/${id}`)).json.valueString, 'één & <twee>');
  const updated = await ask('PUT', `Observation/${id}`, { body: xmlOf(observation('p', { id, valueString: 'drie' })), headers: XML });
  t.strictSame([updated.status, read(updated).meta.versionId], [200, '2']);
  const patch = {
    body: [{ op: 'replace', path: '/valueString', value: 'vier' }],
    headers: { 'content-type': 'application/json-patch+json', accept: 'text/xml' },
  };
  t.equal(read(await ask('PATCH', `Observation/${id}`, patch)).valueString, 'vier');
  t.equal(read(await get(`Observation/${id}/_history/1?_format=xml`)).valueString, 'één & <twee>');
  t.equal(read(await get(`Observation/${id}/_history`, { headers: XML })).total, 3);
  t.equal(read(await get(`Observation?_id=${id}&_format=application/fhir%2Bxml`)).total, 1);
  t.equal(read(await ask('POST', 'Observation/_search', { form: { _id: id, _format: 'xml' } })).total, 1, 'a form says its format too');
  const set = await ask('POST', '', {
    body: xmlOf(bundle('transaction', post(observation('p')))),
    headers: { ...XML, prefer: 'return=representation' },
  });
  t.strictSame([set.status, read(set).entry[0].resource.valueString], [200, 'Wil buiten zitten.'], set.text);
  const asked = { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDateTime: new Date().toISOString() }] };
  t.equal(read(await ask('POST', 'Patient/p/$acp-summary', { body: xmlOf(asked), headers: XML })).type, 'document');
  t.equal(read(await get('metadata', { as: null, headers: XML })).resourceType, 'CapabilityStatement');
  const pretty = await get(`Observation/${id}?_pretty=true`, { headers: XML });
  t.match(pretty.text, /\n {2}<id value="/);
  t.strictSame(fromXml(pretty.text), fromXml((await get(`Observation/${id}`, { headers: XML })).text));
  for (const [method, url] of [
    ['GET', 'Observation/nobody'],
    ['GET', 'Nothing'],
    ['POST', 'metadata'],
    ['GET', 'Patient/%zz'],
  ] as const) {
    const refused = await ask(method, url, { headers: { accept: 'application/fhir+xml' } });
    t.strictSame([type(refused), read(refused).resourceType], [XML_TYPE, 'OperationOutcome'], url);
  }
  const published = skip ? undefined : readFileSync(join(SHARED, 'pzp/hendrik-hartman.put.transaction.json'), 'utf8');
  if (published === undefined) return;
  const stored = await ask('POST', '', { body: toXml(published), headers: XML });
  t.equal(stored.status, 200, stored.text.slice(0, 500));
  for (const { resource } of JSON.parse(published).entry as { resource: Sent }[]) {
    const [json, xml] = [
      await get(`${resource.resourceType}/${resource.id}`),
      await get(`${resource.resourceType}/${resource.id}`, { headers: XML }),
    ];
    t.strictSame(asSent(json.json), asSent(resource));
    t.strictSame(fromXml(xml.text), parseJson(json.text));
  }
});

t.test('the format asked is the format given, or 406; the format sent is one of two, or 415', async (t) => {
  const accepts: [accept: string, format: string, given: string | 406][] = [
    ['*/*', '', JSON_TYPE],
    ['text/html,application/xhtml+xml', '', JSON_TYPE],
    ['application/fhir+xml;q=0.5, application/fhir+json', '', JSON_TYPE],
    ['application/fhir+json;q=0.5, application/fhir+xml', '', XML_TYPE],
    ['application/fhir+xml; fhirVersion=4.0', '', XML_TYPE],
    ['application/fhir+json; fhirVersion=3.0', '', 406],
    ['image/png', '', 406],
    ['application/fhir+xml', 'json', JSON_TYPE],
    ['image/png', 'text/xml', XML_TYPE],
    ['*/*', 'ttl', 406],
  ];
  for (const [accept, format, given] of accepts) {
    const answer = await get(`Patient/p${format ? `?_format=${encodeURIComponent(format)}` : ''}`, { headers: { accept } });
    if (given === 406) t.strictSame([answer.status, answer.json.resourceType], [406, 'OperationOutcome'], accept);
    else t.strictSame([answer.status, type(answer)], [200, given], `${accept} ${format}`);
  }
  t.match((await get('Patient/p?_pretty=true')).text, /^\{\n {2}"resourceType"/);
  t.equal((await get('Patient/p?_pretty=perhaps')).status, 400);
  const body = JSON.stringify(patient());
  for (const [content, status] of [
    ['application/fhir+json', 201],
    ['application/json; charset=UTF-8', 201],
    ['application/fhir+json; charset=iso-8859-1', 415],
    ['application/fhir+json; fhirVersion=5.0', 415],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['json', 415],
    ['', 415],
  ] as const) {
    t.equal((await ask('POST', 'Patient', { body, headers: { 'content-type': content } })).status, status, content);
  }
  t.equal((await ask('POST', 'Patient', { body, headers: { 'content-encoding': 'gzip' } })).status, 415);
  t.equal((await ask('POST', 'Patient/_search', { body, headers: { 'content-type': 'application/fhir+json' } })).status, 415);
});

t.test('_summary and _elements give a part, marked as one, that keeps what changes its meaning', async (t) => {
  const directive = {
    resourceType: 'Consent',
    status: 'active',
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
    modifierExtension: [
      { url: 'http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther', valueString: 'in overleg' },
    ],
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: 'http://snomed.info/sct', code: '129125009' }] }],
    patient: { reference: 'Patient/p' },
    policy: [{ uri: 'https://example.org/policy' }],
    extension: [{ url: 'https://example.org/more', valueString: 'x' }],
  };
  const { id } = (await service.post('Consent', directive)).json;
  for (const url of [`Consent/${id}`, `Consent/${id}/_history/1`, `Consent?_id=${id}`]) {
    const part = async (query: string) => {
      const answer = (await get(`${url}${url.includes('?') ? '&' : '?'}${query}`)).json;
      return answer.resourceType === 'Bundle' ? answer.entry[0].resource : answer;
    };
    const parts: [query: string, has: string[], lacks: string[]][] = [
      ['_summary=true', [], ['text', 'extension']],
      ['_summary=text', ['text'], ['extension']],
      ['_summary=data', ['extension', 'policy'], ['text']],
      ['_elements=extension', ['extension'], ['text']],
      ['_elements=Consent.dateTime', [], ['text', 'extension']],
    ];
    for (const [query, has, lacks] of parts) {
      const resource = await part(query);
      for (const name of [...has, 'modifierExtension', 'status', 'scope', 'patient', 'id'])
        t.ok(resource[name], `${url} ${query} has ${name}`);
      for (const name of lacks) t.notOk(resource[name], `${url} ${query} lacks ${name}`);
      t.match(resource.meta.tag, [{ code: 'SUBSETTED' }]);
      t.equal(resource.meta.versionId, '1');
    }
    t.notOk((await part('_summary=false')).meta.tag);
  }
  t.match((await get(`Consent?_id=${id}&_summary=count`)).json, { total: 1, entry: undefined });
  t.match((await get(`Consent?_id=${id}&_count=0`)).json, { total: 1, entry: undefined });
  for (const query of ['_summary=count', '_summary=some', '_elements=', '_elements=a b'])
    t.equal((await get(`Consent/${id}?${query}`)).status, 400, query);
  for (const url of [
    `Consent/${id}?`,
    `Consent/${id}/_history/1?`,
    `Consent?_id=${id}&`,
    'Consent?_id=nobody&',
    'Consent?_include=Consent:patient&',
  ]) {
    const misspelt = await get(`${url}_elements=status,extention`);
    t.equal(misspelt.status, 400, url);
    t.match(misspelt.json.issue, [
      { code: 'invalid', expression: ['_elements'], diagnostics: /Consent has no .* Did you mean 'extension'\?/ },
    ]);
    t.equal((await get(`${url}_elements=name`)).status, 400, 'what another type has');
  }
  const permission = (await get(`Consent?_id=${id}&_elements=source,meta,id,status`)).json.entry[0].resource;
  t.notOk(permission.extension);
  const weight = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'gewicht' },
    subject: { reference: 'Patient/p' },
    valueString: 'licht',
    issued: '2026-11-02T09:00:00Z',
  };
  const observed = (await service.post('Observation', weight)).json;
  const value = (await get(`Observation/${observed.id}?_elements=value`)).json;
  t.match(value, { valueString: 'licht', issued: undefined }, 'a choice by its name');
  t.equal((await get(`Observation/${observed.id}/_history?_elements=value`)).status, 400, 'a history is given whole');
});

t.test('an attachment of 10 MB fits, what is larger than the limit is 413', async (t) => {
  const data = Buffer.alloc(10 * 1024 * 1024, 'wensbrief').toString('base64');
  const letter = {
    resourceType: 'DocumentReference',
    status: 'current',
    subject: { reference: 'Patient/p' },
    content: [{ attachment: { contentType: 'text/plain', data } }],
  };
  const stored = await service.post('DocumentReference', letter, { headers: { prefer: 'return=minimal' } });
  t.equal(stored.status, 201, stored.text.slice(0, 300));
  const back = await get(`DocumentReference/${(stored.headers.get('location') as string).split('/').at(-3)}`);
  t.equal(back.json.content[0].attachment.data, data);
  const large = await service.post('DocumentReference', `{"x":"${'a'.repeat(17 * 1024 * 1024)}"}`).catch(() => undefined);
  // The service may close the connection before all of it was sent.
  if (large) t.strictSame([large.status, large.json.resourceType], [413, 'OperationOutcome']);
  const small = await startService(t as never, { env: { BODY_LIMIT: '20000' } });
  const refused = await small.post('Patient', JSON.stringify(patient({ name: [{ family: 'x'.repeat(21_000) }] })));
  t.strictSame([refused.status, issue(refused).code], [413, 'too-long']);
  t.equal((await small.post('Patient', patient())).status, 201);
});

t.test('bodies that are no JSON, or lose something as JSON, are refused', async (t) => {
  const valid = JSON.stringify(patient());
  const bodies: [body: string | Uint8Array, status: number, what: string][] = [
    ['{', 400, 'cut off'],
    ['', 400, 'empty'],
    ['null', 400, 'null'],
    ['[]', 400, 'an array'],
    ['"Patient"', 400, 'a string'],
    ['{"resourceType":"Patient","active":true,"active":false}', 400, 'a name twice'],
    ['{"resourceType":"Patient","__proto__":{"active":true}}', 400, '__proto__'],
    ['{"resourceType":"Patient","\\u005f_proto__":{}}', 400, '__proto__ in escapes'],
    ['{"resourceType":"Patient","constructor":{}}', 422, 'constructor'],
    [`{"resourceType":"Patient","extension":${'['.repeat(200)}${']'.repeat(200)}}`, 400, 'too deep'],
    ['{"resourceType":"Patient","meta":"x"}', 422, 'meta of another type'],
    ['{"resourceType":"Patient","name":[{"family":"\\u0000"}]}', 422, 'a character that cannot be kept'],
    ['{"resourceType":"Patient","name":[{"family":"\\ud800"}]}', 422, 'half a character'],
    [
      Buffer.concat([Buffer.from('{"resourceType":"Patient","name":[{"family":"'), Buffer.from([0xe9]), Buffer.from('"}]}')]),
      400,
      'bytes that are no UTF-8',
    ],
    [`\uFEFF${valid}`, 201, 'a byte order mark'],
  ];
  for (const [body, status, what] of bodies) {
    const response = await fetch(`${service.fhir}/Patient`, {
      method: 'POST',
      body: body as string,
      headers: { authorization: `Bearer ${await service.token('gp')}`, 'content-type': 'application/fhir+json' },
    });
    const outcome = (await response.json()) as { resourceType: string };
    t.strictSame([response.status, outcome.resourceType], [status, status === 201 ? 'Patient' : 'OperationOutcome'], what);
  }
});

t.test('addresses that lead nowhere, cannot be read or are too long are outcomes too', async (t) => {
  const cases: [url: string, status: number][] = [
    ['Nothing', 404],
    ['patient/p', 404],
    ['Patient/p/nothing', 404],
    ['Patient/p/Observation', 404],
    ['Patient/p/_history/1/2', 404],
    ['Patient/$nothing', 404],
    ['%24acp-summary', 404],
    ['Patient/p/%24acp-summary', 200],
    ['Patient/%zz', 400],
    ['Patient/%ff', 400],
    ['Patient?family=%zz', 400],
    ['Patient?family=%e9', 400],
    ['Patient/p%00', 404],
    ['Patient/p%2F_history', 404],
    [`Patient/${'x'.repeat(65)}`, 404],
    [`Patient/${'x'.repeat(3000)}`, 404],
    ['Patient/p//', 200],
    ['/nowhere', 404],
    ['/fhir/R5/Patient', 404],
  ];
  for (const [url, status] of cases) {
    const answer = await get(url);
    t.equal(answer.status, status, `${url.slice(0, 60)} ${answer.text.slice(0, 200)}`);
    if (status >= 400) t.equal(answer.json?.resourceType, 'OperationOutcome', url.slice(0, 60));
  }
  t.match(issue(await get('Patient/p/Observation')).diagnostics, /Observation\?patient=p/);
  t.match(issue(await get('Pasient/p')).diagnostics, /Patient/);
});

/** What the service answers to bytes on a socket. */
function raw(bytes: string): Promise<string> {
  const { port, hostname } = new URL(service.base);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part) => {
      text += part;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

t.test('what is hardly HTTP is answered with an outcome as well', async (t) => {
  const head = 'Host: x\r\nConnection: close\r\nContent-Type: application/fhir+json\r\n';
  for (const [bytes, status] of [
    ['NONSENSE\r\n\r\n', 400],
    [`POST /fhir/R4/Patient HTTP/1.1\r\n${head}Content-Length: many\r\n\r\n{}`, 400],
    [`POST /fhir/R4/Patient HTTP/1.1\r\n${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`, 400],
    [`GET /fhir/R4/Patient?family=${'x'.repeat(70_000)} HTTP/1.1\r\n${head}\r\n`, 431],
    [`GET /fhir/R4/Patient/\u00e9 HTTP/1.1\r\n${head}\r\n`, 400],
    [`PROPFIND /fhir/R4/Patient HTTP/1.1\r\n${head}\r\n`, 404],
    [`TRACE /fhir/R4/Patient HTTP/1.1\r\n${head}\r\n`, 401],
  ] as const) {
    const answer = await raw(bytes);
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), bytes.slice(0, 60));
    t.match(answer, /"resourceType":"OperationOutcome"/, bytes.slice(0, 60));
  }
});
