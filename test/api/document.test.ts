// The whole plan as a document: FHIR, PDF and the signed code on paper.
import t from 'tap';
import { localReferences } from '../../src/fhir/references.js';
import { loadDefinitions } from '../../src/start/definitions.js';
import { startService } from '../harness/service.js';
import { LONG_LETTER, storedPlan } from './plan-parts.js';

type Json = any;

const plain = (html: string) =>
  html
    .replace(/<br\/>/g, '\n')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
const sections = (document: Json): Json[] => document.entry[0].resource.section;
const told = (document: Json, code: string) =>
  plain(
    sections(document)
      .filter((section) => section.code?.coding[0].code === code)
      .map((section) => section.text.div)
      .join('\n'),
  );

const service = await startService(t);
const { patient, plan } = await storedPlan(service);
const URL = `CarePlan/${plan}/$document`;

t.test('the whole plan as a FHIR document', async (t) => {
  const answer = await service.get(URL);
  t.equal(answer.status, 200, answer.text.slice(0, 500));
  const document = answer.json;
  const summary = (await service.get(`Patient/${patient}/$acp-summary`)).json;
  const read = await service.get(`CarePlan/${plan}`);

  await t.test('is a valid document of our own profile', async (t) => {
    const { validate } = await loadDefinitions(undefined);
    const { issues } = await validate(document);
    const faults = issues.filter(({ severity }: Json) => severity === 'error' || severity === 'fatal');
    t.strictSame(faults, []);
    const silent = structuredClone(document);
    silent.entry[0].resource.section[0].section.pop();
    t.match(JSON.stringify((await validate(silent)).issues), /"severity":"error".*izp-summary-2/, 'a core treatment left out is found');
    t.equal(document.type, 'document');
    t.strictSame(document.entry[0].resource.meta.profile, ['https://fhir.izp.example/r4/StructureDefinition/izp-plan-document']);
  });

  await t.test('names the plan, its version and the moment of its last change', async (t) => {
    t.strictSame(document.identifier, {
      system: 'urn:ietf:rfc:3986',
      value: `${service.fhir}/CarePlan/${plan}/_history/${read.json.meta.versionId}`,
    });
    t.strictSame(document.entry[0].resource.identifier, document.identifier);
    t.equal(Date.parse(document.timestamp), Date.parse(read.json.meta.lastUpdated));
    t.equal(answer.headers.get('etag'), (await service.get(`Patient/${patient}/$acp-summary`)).headers.get('etag'));
  });

  await t.test('says of the critical moment what the summary says, word for word and first', async (t) => {
    const core = sections(summary).map(({ title, text }) => ({ title, text }));
    const own = sections(document).map(({ title, text }) => ({ title, text }));
    t.strictSame(own.slice(0, core.length - 1), core.slice(0, -1));
    t.strictSame(own.at(-1), core.at(-1), 'how current it is stands last in both');
    t.match(told(document, 'decisions'), /Let op, de bronnen spreken elkaar tegen/);
    t.match(told(document, 'decisions'), /Reanimatie: wel reanimeren[\s\S]*Reanimatie: niet reanimeren/, 'both sources');
  });

  await t.test('tells every other part of the plan', async (t) => {
    t.match(
      told(document, 'medication'),
      /Morfine injectievloeistof 10 mg\/ml: Zo nodig 2,5 mg subcutaan.*Hoort bij: Benauwdheid.*Geen uitvoeringsverzoek/,
    );
    t.match(told(document, 'palliative-kit'), /Toestand: geplaatst\. Plaats in huis: Linnenkast, bovenste plank/);
    t.match(told(document, 'palliative-kit'), /Apotheek De Gaper.*Morfine injectievloeistof 10 mg\/ml; Subcutane naald/);
    t.match(told(document, 'places'), /Voorkeursplek van zorg: .*[Tt]huis/);
    t.match(told(document, 'dimensions'), /Lichamelijk: Zo min mogelijk benauwd zijn.*\n?.*Door: de huisarts/);
    t.match(told(document, 'dimensions'), /Psychisch: niets vastgelegd[\s\S]*Spiritueel: De doop van Łucja meemaken/);
    t.match(told(document, 'letters'), /Brief aan mijn kinderen \(tekst\)\. Ondertekend\. Gedateerd 30 september 2026/);
    t.match(told(document, 'situation'), /Palliatieve fase gemarkeerd: 1 september 2026, door Dr\. A\. de Wit/);
    t.match(
      told(document, 'agreement'),
      /Instemming van de patiënt met het plan: niet vastgelegd[\s\S]*(Te herzien voor|geen datum voor herziening)/,
    );
    t.match(told(document, 'sharing'), /Toestemming voor inzage door ambulance\. Voor spoedzorg/);
  });

  await t.test('holds everything it refers to, and a long letter by its address only', async (t) => {
    const there = new Set(document.entry.map(({ resource }: Json) => `${resource.resourceType}/${resource.id}`));
    const byType = (type: string) => document.entry.find(({ resource }: Json) => resource.resourceType === type).resource;
    for (const from of [document.entry[0].resource, byType('CarePlan')])
      t.strictSame(
        localReferences(from).filter((reference) => !there.has(reference)),
        [],
        from.resourceType,
      );
    for (const { fullUrl, resource } of document.entry) t.equal(fullUrl, `${service.fhir}/${resource.resourceType}/${resource.id}`);
    t.equal(there.size, document.entry.length, 'each once');
    const { attachment } = byType('DocumentReference').content[0];
    t.match(attachment, { url: `${service.fhir}/DocumentReference/letter`, title: 'Brief aan mijn kinderen' });
    t.notMatch(answer.text, LONG_LETTER.slice(0, 200));
  });

  await t.test('is the same bytes for the same version, and 304 for who holds it', async (t) => {
    t.equal((await service.get(URL)).text, answer.text);
    const held = { headers: { 'if-none-match': answer.headers.get('etag') as string } };
    t.equal((await service.get(URL, held)).status, 304);
    t.equal((await service.get(URL, { headers: { 'if-none-match': 'W/"1-00000000"' } })).status, 200);
  });

  await t.test('is told as it was at a moment', async (t) => {
    const before = new Date().toISOString();
    t.equal((await service.ask('DELETE', 'Goal/goal-physical')).status, 204);
    t.notMatch(told((await service.get(URL)).json, 'dimensions'), /benauwd/);
    const past = await service.get(`${URL}?at=${before}`);
    t.equal(past.text, answer.text, 'the same document as then');
    t.equal((await service.get(`${URL}?at=2020-01-01`)).status, 422, 'there was no plan then');
    t.equal((await service.get(`${URL}?at=morgen`)).status, 400);
    t.equal((await service.get(`${URL}?at=2999-01-01`)).status, 400);
  });

  await t.test('is not there for who may not see the plan, and needs every scope it tells of', async (t) => {
    t.equal((await service.get(URL, { as: 'hospice' })).status, 404);
    t.equal((await service.get(URL, { as: 'region' })).status, 403);
    t.equal((await service.get(URL, { as: `patient:${patient}` })).status, 200);
    t.equal((await service.get('CarePlan/nowhere/$document')).status, 404);
    t.equal((await service.ask('POST', URL)).status, 405);
  });
});
