// Value sets and code systems that are loaded: listed, asked and looked up, by GET and by POST; what is not loaded is said to be so.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type Answer, startService, type TestService } from '../harness/service.js';

type Json = Record<string, any>;

const PACKAGES = fileURLToPath(new URL('../../../shared/fhir-packages', import.meta.url));
const skip = existsSync(PACKAGES) ? false : 'the published packages are not beside the project (../shared)';

const IZP = 'https://fhir.izp.example/r4';
const SNOMED = 'http://snomed.info/sct';
const URGENCY = `${IZP}/ValueSet/izp-urgency-values`;
const COLOURS = `${IZP}/CodeSystem/izp-urgency`;
const ICD = 'https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalDeviceProductType-ICD';
const ICD_CODES = ['1236894001', '1263462004', '465460004', '468542000', '704707009', '72506001'];

const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();
const body = (...parameter: Json[]) => ({ resourceType: 'Parameters', parameter });
const codesOf = (answer: Answer) => (answer.json.expansion.contains ?? []).map(({ code }: Json) => code);
const valuesOf = (answer: Answer) =>
  Object.fromEntries(answer.json.parameter.map(({ name, ...rest }: Json) => [name, Object.values(rest)[0]]));

t.test('without packages', async (t) => {
  const service = await startService(t);
  const { get, post, ask } = service;
  const expand = (parameters: Record<string, string>) => get(`ValueSet/$expand?${query(parameters)}`);

  t.test('$expand lists a value set, filtered and in parts, however it is asked', async (t) => {
    const all = await expand({ url: URGENCY });
    t.equal(all.status, 200);
    t.match(all.json, { resourceType: 'ValueSet', url: URGENCY, status: 'active', expansion: { offset: 0 } });
    const codes = codesOf(all);
    t.ok(codes.includes('orange') && codes.length >= 3, String(codes));
    t.equal(all.json.expansion.total, codes.length);
    t.strictSame(codesOf(await expand({ url: `${URGENCY}|9.9` })), codes, 'a version does not hinder');
    const part = await expand({ url: URGENCY, offset: '1', count: '1' });
    t.strictSame([codesOf(part), part.json.expansion.total], [[codes[1]], codes.length]);
    t.strictSame(codesOf(await expand({ url: URGENCY, count: '0' })), []);
    const filtered = await expand({ url: URGENCY, filter: 'ÓRANGE' });
    t.strictSame([codesOf(filtered), filtered.json.expansion.total], [['orange'], 1]);
    t.strictSame(filtered.json.expansion.parameter, [{ name: 'filter', valueString: 'ÓRANGE' }]);
    t.equal((await expand({ url: URGENCY, filter: 'nothing is called so' })).json.expansion.total, 0);
    const posted = await post(
      'ValueSet/$expand',
      body({ name: 'url', valueUri: URGENCY }, { name: 'offset', valueInteger: 1 }, { name: 'count', valueInteger: 1 }),
    );
    t.strictSame(codesOf(posted), [codes[1]]);
    t.strictSame(codesOf(await ask('POST', 'ValueSet/$expand', { form: { url: URGENCY } })), codes);
    t.ok(codesOf(await expand({ url: 'http://hl7.org/fhir/ValueSet/administrative-gender' })).includes('female'), 'R4 itself is loaded');
  });

  t.test('the field’s own value sets are known without any package, under each of their names', async (t) => {
    for (const url of [ICD, ICD.replace('https://fhir.iknl.nl/fhir', 'https://api.iknl.nl/docs/pzp/r4')])
      t.strictSame(codesOf(await expand({ url })).sort(), ICD_CODES);
    const asked = await get(`ValueSet/$validate-code?${query({ url: ICD, system: SNOMED, code: '72506001' })}`);
    t.equal(valuesOf(asked).result, true);
    t.equal(valuesOf(await get(`ValueSet/$validate-code?${query({ url: ICD, system: SNOMED, code: '1' })}`)).result, false);
  });

  t.test('$validate-code answers for a code, a coding and a concept', async (t) => {
    const of = (parameters: Record<string, string>) => get(`ValueSet/$validate-code?${query({ url: URGENCY, ...parameters })}`);
    t.match(valuesOf(await of({ system: COLOURS, code: 'orange' })), { result: true, display: /orange/i });
    t.match(valuesOf(await of({ system: COLOURS, code: 'mauve' })), { result: false, message: /does not belong/ });
    t.equal(valuesOf(await of({ system: SNOMED, code: 'orange' })).result, false, 'the same code of another system');
    t.match(valuesOf(await of({ system: COLOURS, code: 'orange', display: 'Blue' })), { result: false, message: /display/ });
    const coding = await post(
      'ValueSet/$validate-code',
      body({ name: 'url', valueUri: URGENCY }, { name: 'coding', valueCoding: { system: COLOURS, code: 'orange' } }),
    );
    t.equal(valuesOf(coding).result, true);
    const concept = {
      coding: [
        { system: SNOMED, code: '1' },
        { system: COLOURS, code: 'orange' },
      ],
    };
    const any = await post(
      'ValueSet/$validate-code',
      body({ name: 'url', valueUri: URGENCY }, { name: 'codeableConcept', valueCodeableConcept: concept }),
    );
    t.equal(valuesOf(any).result, true, 'one of its codings suffices');
  });

  t.test('$lookup tells what a code means', async (t) => {
    const of = (parameters: Record<string, string>) => get(`CodeSystem/$lookup?${query(parameters)}`);
    const found = await of({ system: COLOURS, code: 'orange' });
    t.equal(found.status, 200);
    t.match(valuesOf(found), { name: 'IzpUrgency', display: /orange/i });
    const dutch = found.json.parameter.find(({ name }: Json) => name === 'designation').part;
    t.match(dutch, [
      { name: 'language', valueCode: 'nl' },
      { name: 'value', valueString: /oranje/i },
    ]);
    const phase = await of({ system: `${IZP}/CodeSystem/izp-phase`, code: 'dying' });
    const definition = phase.json.parameter.find(({ name }: Json) => name === 'property').part;
    t.match(definition, [{ valueCode: 'definition' }, { valueString: /^Death is expected/ }]);
    const posted = await post('CodeSystem/$lookup', body({ name: 'coding', valueCoding: { system: COLOURS, code: 'orange' } }));
    t.strictSame(posted.json, found.json);
    t.equal(valuesOf(await of({ system: 'http://hl7.org/fhir/goal-status', code: 'active' })).display, 'Active');
  });

  t.test('what is not loaded is 404 with a reason, what is not asked rightly 400', async (t) => {
    const unknown: [string, RegExp][] = [
      [`ValueSet/$expand?${query({ url: 'https://example.org/ValueSet/x' })}`, /not loaded here/],
      [`ValueSet/$validate-code?${query({ url: 'https://example.org/ValueSet/x', code: 'a' })}`, /not loaded here/],
      [`CodeSystem/$lookup?${query({ system: SNOMED, code: '72506001' })}`, /not loaded here/],
      [`CodeSystem/$lookup?${query({ system: COLOURS, code: 'mauve' })}`, /no such code/],
    ];
    for (const [url, reason] of unknown) {
      const answer = await get(url);
      t.equal(answer.status, 404, url);
      t.match(answer.json.issue[0].diagnostics, reason);
    }
    const wrong = [
      'ValueSet/$expand',
      `ValueSet/$expand?${query({ url: URGENCY, count: 'many' })}`,
      `ValueSet/$expand?${query({ url: URGENCY, offset: '-1' })}`,
      `ValueSet/$expand?${query({ url: URGENCY, valueSetVersion: '1' })}`,
      `ValueSet/$validate-code?${query({ url: URGENCY })}`,
      `ValueSet/$validate-code?${query({ code: 'orange' })}`,
      `CodeSystem/$lookup?${query({ code: 'orange' })}`,
    ];
    for (const url of wrong) t.equal((await get(url)).status, 400, url);
    const notText = await post('ValueSet/$expand', body({ name: 'url', valueBoolean: true }));
    t.equal(notText.status, 400);
  });

  t.test('asks a scope, and is audited without a patient', async (t) => {
    t.equal((await get(`ValueSet/$expand?${query({ url: URGENCY })}`, { as: 'region' })).status, 403);
    t.equal((await get(`CodeSystem/$lookup?${query({ system: COLOURS, code: 'orange' })}`, { as: 'region' })).status, 403);
    const { rows } = await service.database.pool.query(
      "SELECT DISTINCT outcome, patient_id FROM audit_event WHERE interaction IN ('$expand', '$lookup') ORDER BY outcome",
    );
    t.strictSame(
      rows.map(({ outcome, patient_id }) => `${outcome} ${patient_id}`),
      ['denied null', 'empty null', 'error null', 'success null'],
    );
  });
});

t.test('with the published packages', { skip }, async (t) => {
  const { get } = await startService(t, { env: { FHIR_PACKAGES_DIR: PACKAGES } });

  t.test('a value set of a package is listed; one that draws on SNOMED CT by a rule says that it cannot be', async (t) => {
    const goals = await get(`ValueSet/$expand?${query({ url: 'https://api.iknl.nl/docs/pzp/r4/ValueSet/ACP-MedicalPolicyGoal' })}`);
    t.strictSame(codesOf(goals).sort(), ['1351964001', '385987000', '713148004']);
    t.ok(goals.json.name, 'as the package names it');
    const metadata = (await get('ValueSet?_count=1000')).json.entry.map((entry: Json) => entry.resource.url);
    const answers = await Promise.all(metadata.map((url: string) => get(`ValueSet/$expand?${query({ url })}`)));
    const statuses = new Set(answers.map(({ status }) => status));
    t.strictSame([...statuses].sort(), [200, 404]);
    for (const { status, json } of answers) if (status === 404) t.match(json.issue[0].diagnostics, /code system that is not/);
  });

  await t.test('query 6 finds the six products where the published value set is a rule over SNOMED CT', (t) => sixProducts(t, { get }));
});

async function sixProducts(t: Test, { get }: Pick<TestService, 'get'>): Promise<void> {
  t.strictSame(codesOf(await get(`ValueSet/$expand?${query({ url: ICD })}`)).sort(), ICD_CODES);
  const found = await get(`DeviceUseStatement?patient=p&device.type:in=${encodeURIComponent(ICD)}`);
  t.equal(found.status, 200);
  const code = await get(`ValueSet/$validate-code?${query({ url: ICD, system: SNOMED, code: '72506001' })}`);
  t.equal(valuesOf(code).result, true);
}
