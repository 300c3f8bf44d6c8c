// The whole plan as a document: FHIR, PDF and the signed code on paper.
import { exportJWK, generateKeyPair } from 'jose';
import t from 'tap';
import { checkSummary } from '../../src/auth/summary-keys.js';
import { keysCommand } from '../../src/cli/keys-command.js';
import { verifySummaryCommand } from '../../src/cli/verify-summary-command.js';
import { dutchDate } from '../../src/fhir/dates.js';
import { localReferences } from '../../src/fhir/references.js';
import { isOfflineClaims, OFFLINE_SUMMARY_TYPE } from '../../src/izp/offline-summary.js';
import { loadDefinitions } from '../../src/start/definitions.js';
import { openOfflineSummaries } from '../../src/start/offline-summaries.js';
import { startService } from '../harness/service.js';
import { readPdf, readQrCode } from './pdf-reading.js';
import { BSN, directive, LONG_LETTER, storedPlan } from './plan-parts.js';

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
    silent.entry[0].resource.section[0].section.splice(2, 1);
    t.ok(
      (await validate(silent)).issues.some(({ severity }: Json) => severity === 'error'),
      'a core treatment left out is found',
    );
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

const PDF = { headers: { accept: 'application/pdf' } };
/** Every piece of text of a page, as one reads it. */
const pieces = (page: string) =>
  plain(page.replace(/<\/(p|h\d|article|section|div|li|dd|dt)>|<br>/g, '\n').replace(/<(b|span|\/b|\/span|small|\/small)[^>]*>/g, ''))
    .replace(/&quot;/g, '"')
    .split('\n')
    .map((piece) => piece.replace(/\s+/g, ' ').trim())
    .filter((piece) => piece !== '');

t.test('the same on paper', async (t) => {
  const answer = await service.get(URL, PDF);
  t.equal(answer.status, 200, answer.text.slice(0, 300));
  const { pages, structure, title, language } = await readPdf(answer.bytes);
  const text = pages.join(' ');
  const raw = answer.bytes.toString('latin1');
  const version = (await service.get(URL)).headers.get('etag')?.slice(3, -1) as string;

  await t.test('is PDF/A-2a: tagged, in Dutch, with every typeface inside and colours that are defined', async (t) => {
    t.match(raw, /^%PDF-1\.7/);
    t.match(raw, /<pdfaid:part>2<\/pdfaid:part>/);
    t.match(raw, /<pdfaid:conformance>A<\/pdfaid:conformance>/);
    t.match(raw, /\/OutputIntents \[/);
    t.match(raw, /GTS_PDFA1/);
    t.match(raw, /sRGB/);
    t.match(raw, /\/Marked true/);
    const fonts = [...raw.matchAll(/\/BaseFont \/(\S+)/g)].map(([, name]) => name as string);
    t.ok(fonts.length > 0);
    t.strictSame(
      fonts.filter((name) => !/^[A-Z]{6}\+DejaVuSansCondensed/.test(name)),
      [],
      'none but those that are inside',
    );
    t.equal(raw.match(/\/FontFile2/g)?.length, 2);
    t.notMatch(raw, /\/Encrypt|\/JavaScript|\/URI/);
    t.equal(title, `Individueel zorgplan, versie ${version}`);
    t.match(language, /^nl/);
    for (const role of ['H1', 'H2', 'H3', 'P', 'Figure']) t.ok(structure.includes(role), role);
  });

  await t.test('says of decisions, conflicts and warnings what the emergency page says, word for word', async (t) => {
    const page = (await service.post('/v1/emergency-card', { bsn: BSN }, { headers: { accept: 'text/html' } })).text;
    const decisions = page.slice(page.indexOf('<main>'), page.indexOf('Wie beslist'));
    const said = pieces(decisions);
    t.ok(said.length > 30, 'the page was read');
    t.ok(said.some((piece) => piece.startsWith('2 afspraken spreken elkaar tegen')));
    t.strictSame(
      said.filter((piece) => !text.includes(piece)),
      [],
    );
    t.ok(text.indexOf('Niet beademen') < text.indexOf('Wie beslist'), 'decisions first');
  });

  await t.test('tells the rest of the plan, diacritics and all', async (t) => {
    for (const words of ['De doop van Łucja meemaken', 'Gdańsk', 'dochter Şebnem', 'Linnenkast, bovenste plank', 'Brief aan mijn kinderen'])
      t.ok(text.includes(words), words);
  });

  await t.test('repeats on each page who it is about, which version, and which page of how many', async (t) => {
    t.ok(pages.length > 1);
    pages.forEach((page, i) => {
      t.match(page, /Wilhelmina van den Berg, geboren 17 mei 1943/);
      t.ok(page.includes(`versie ${version}`));
      t.ok(page.includes(`pagina ${i + 1} van ${pages.length}`));
    });
    t.notMatch(text, BSN);
    t.notMatch(raw, BSN);
    t.match(answer.headers.get('content-disposition'), /^inline; filename="zorgplan\.pdf"$/);
  });

  await t.test('has an ETag of version and day, since what is counted from today stands on it', async (t) => {
    const etag = answer.headers.get('etag') as string;
    t.equal(etag, `W/"${version}-${dutchDate(Date.now()).replaceAll('-', '')}"`);
    t.equal((await service.get(URL, { headers: { ...PDF.headers, 'if-none-match': etag } })).status, 304);
    const held = (await service.get(URL)).headers.get('etag') as string;
    t.equal(
      (await service.get(URL, { headers: { ...PDF.headers, 'if-none-match': held } })).status,
      200,
      'who holds the resource has no paper',
    );
  });

  await t.test('comes by Accept or _format, where it can be had, and nowhere else', async (t) => {
    t.match((await service.get(`${URL}?_format=application/pdf`)).headers.get('content-type'), 'application/pdf');
    t.match((await service.get(`${URL}?_format=pdf`)).headers.get('content-type'), 'application/pdf');
    const both = await service.get(URL, { headers: { accept: 'application/pdf;q=0.5, application/fhir+json' } });
    t.match(both.headers.get('content-type'), 'application/fhir+json');
    for (const url of [`CarePlan/${plan}`, `CarePlan/${plan}/$verify?version=1`, `Patient/${patient}/$offline-summary`, 'metadata'])
      t.equal((await service.get(url, PDF)).status, 406, url);
    t.equal((await service.get(`CarePlan/${plan}?_format=pdf`)).status, 406);
    const refused = await service.get(URL, { ...PDF, as: 'hospice' });
    t.equal(refused.status, 404);
    t.equal(refused.json.resourceType, 'OperationOutcome');
    const batch = { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: URL } }] };
    t.equal((await service.post('', batch, {})).json.entry[0].resource.type, 'document');
  });

  await t.test('can be had of the summary, by id, by BSN and as it was, there without a code', async (t) => {
    const byId = await service.get(`Patient/${patient}/$acp-summary`, PDF);
    const byBsn = await service.ask('POST', 'Patient/$acp-summary', {
      ...PDF,
      form: { identifier: `http://fhir.nl/fhir/NamingSystem/bsn|${BSN}` },
    });
    const past = await service.get(`Patient/${patient}/$acp-summary?asOf=${new Date().toISOString()}`, PDF);
    for (const { status, bytes } of [byId, byBsn, past]) {
      t.equal(status, 200);
      const read = await readPdf(bytes);
      t.match(read.pages.join(' '), /Spoedsamenvatting.*Wilhelmina van den Berg.*Tegenstrijdig: reanimatie/);
      t.notMatch(read.pages.join(' '), /Instemming en herziening/, 'the summary alone');
    }
    t.ok(readQrCode(byId.bytes));
    t.notOk(readQrCode(past.bytes), 'what was true once is not signed as if it were now');
  });
});

t.test('long texts flow on, a short plan is one page, and what has no glyph is seen to be missing', async (t) => {
  const made = await service.post('Patient', { resourceType: 'Patient', name: [{ text: 'Đặng Thị 中村 Ñandú' }], birthDate: '1950-01-02' });
  const id = made.json.id as string;
  t.equal((await service.post('Consent', directive(id, '40617009', 'deny'))).status, 201);
  const short = await readPdf((await service.get(`Patient/${id}/$acp-summary`, PDF)).bytes);
  t.equal(short.pages.length, 1);
  t.match(short.pages[0], /Đặng Thị □□ Ñandú/);
  t.match(short.pages[0], /□ staat voor een teken dat op papier niet kan worden weergegeven/);
  const words = Array.from({ length: 4_000 }, (_, i) => `woord${i}`);
  const wish = {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://snomed.info/sct', code: '153851000146100' }] },
    subject: { reference: `Patient/${id}` },
    effectiveDateTime: '2026-10-01',
    valueString: words.join(' '),
  };
  t.equal((await service.post('Observation', wish)).status, 201);
  const long = await readPdf((await service.get(`Patient/${id}/$acp-summary`, PDF)).bytes);
  t.ok(long.pages.length > 3);
  const found = long.pages.join(' ').match(/woord\d+/g);
  t.strictSame(found, words, 'every word, in order');
  t.ok(long.pages.every((page, i) => page.includes(`pagina ${i + 1} van ${long.pages.length}`)));
});

t.test('the code on paper holds a signed summary that is checked without network', async (t) => {
  const code = readQrCode((await service.get(URL, PDF)).bytes);
  const operation = await service.get(`Patient/${patient}/$offline-summary`, { as: `patient:${patient}` });
  t.equal(operation.status, 200, operation.text);
  const value = (name: string) => operation.json.parameter.find((one: Json) => one.name === name);
  const keysAnswer = await service.get('/.well-known/izp-summary-keys', { as: null });
  const keys = keysAnswer.json;
  const now = Date.now();
  const check = (jws: string, at = now, jwks = keys) => checkSummary(jws, jwks, { type: OFFLINE_SUMMARY_TYPE, now: at });

  await t.test('is read from what is drawn, small enough to be scanned, and true', async (t) => {
    t.ok(code);
    const { text, modules } = code as NonNullable<typeof code>;
    t.ok(text.length <= 420, `${text.length} characters`);
    t.ok((modules - 17) / 4 <= 15, `version ${(modules - 17) / 4}`);
    const checked = await check(text);
    t.equal(checked.ok, true);
    const { claims } = checked as { claims: Json };
    t.ok(isOfflineClaims(claims));
    const card = (await service.post('/v1/emergency-card', { bsn: BSN })).json;
    t.match(claims, { iss: service.base, n: 'Wilhelmina van den Berg', b: '1943-05-17', v: card.version, d: 'xnnlyu', w: 'cn' });
    t.notMatch(Buffer.from(text.split('.')[1] as string, 'base64url').toString(), BSN);
    t.equal((await check(value('jws').valueString)).ok, true, 'that of the operation too');
    t.equal(value('keys').valueUri, `${service.base}/.well-known/izp-summary-keys`);
    t.equal(Date.parse(value('expires').valueInstant), claims.exp * 1000);
  });

  await t.test('is refused when it was changed, has expired, or comes from another', async (t) => {
    const { text } = code as NonNullable<typeof code>;
    const [head, body, signature] = text.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...claims, d: 'yyyyyy' })).toString('base64url');
    t.match(await check(`${head}.${changed}.${signature}`), { ok: false, reason: 'wrong-signature' });
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: OFFLINE_SUMMARY_TYPE })).toString('base64url');
    t.equal((await check(`${unsigned}.${body}.`)).ok, false);
    t.match(await check(text, claims.exp * 1000 + 600_000), { ok: false, reason: 'expired' });
    t.equal((await check(text, claims.exp * 1000 - 60_000)).ok, true, 'until the end of its last day');
    t.match(await check(text, now - 86_400_000), { ok: false, reason: 'not-yet-valid' });
    const other = await generateKeyPair('ES256', { extractable: true });
    const kid = keys.keys[0].kid;
    const jwk = { ...(await exportJWK(other.publicKey)), kid, alg: 'ES256' };
    t.match(await check(text, now, { keys: [jwk] }), { ok: false, reason: 'wrong-signature' }, 'another key under the same id');
    t.match(await check(text, now, { keys: [{ ...jwk, kid: 'other' }] }), { ok: false, reason: 'unknown-key' });
    const token = await service.token('gp');
    t.equal((await check(token)).ok, false, 'a token of the service is no summary');
  });

  await t.test('its keys are told to all, without their private halves', async (t) => {
    t.equal(keysAnswer.status, 200);
    t.match(keysAnswer.headers.get('cache-control'), /public, max-age=\d+/);
    for (const key of keys.keys) {
      t.match(key, { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
      t.notOk('d' in key);
    }
  });

  await t.test('the command tells it in Dutch, from the text or a file, and refuses what is not right', async (t) => {
    const dir = t.testdir({ 'keys.json': JSON.stringify(keys), 'code.txt': `${code?.text}\n`, 'broken.json': '{' });
    const run = (...args: string[]) => verifySummaryCommand(args, now);
    const told = await run(`${dir}/code.txt`, '--keys', `${dir}/keys.json`);
    t.ok(told.ok, JSON.stringify(told));
    const { output } = told as { output: string };
    t.match(output, /Wilhelmina van den Berg, geboren 17 mei 1943/);
    t.match(output, /Reanimatie: TEGENSTRIJDIG/);
    t.match(output, /Opname in het ziekenhuis: Alleen zoals beschreven/);
    t.match(output, /Bloedproducten: Geen besluit bekend/);
    t.match(output, /Let op: .*niet-reanimerenverklaring/);
    t.match(output, /Dit is een papieren kopie van .* \(vandaag\), geldig tot en met/);
    t.match(output, /Kijk waar het kan in het plan zelf/);
    t.strictSame(await run(code?.text as string, '--keys', `${dir}/keys.json`), told);
    t.equal((await run(code?.text as string, '--keys', `${dir}/keys.json`, '--issuer', service.base)).ok, true);
    for (const [args, expected] of [
      [[code?.text, '--keys', `${dir}/keys.json`, '--issuer', 'https://elders.example'], /andere dienst/],
      [[`${code?.text}x`, '--keys', `${dir}/keys.json`], /handtekening klopt niet|beschadigd/],
      [[`${dir}/none.txt`, '--keys', `${dir}/keys.json`], /geen bestand/],
      [[code?.text, '--keys', `${dir}/broken.json`], /sleutelbestand/],
      [[code?.text], /Gebruik:/],
      [[code?.text, '--kyes', 'x'], /Gebruik:/],
    ] as [string[], RegExp][]) {
      const refused = await run(...args);
      t.equal(refused.ok, false);
      t.match((refused as { message: string }).message, expected);
    }
    const late = await verifySummaryCommand([code?.text as string, '--keys', `${dir}/keys.json`], now + 100 * 86_400_000);
    t.match(late, { ok: false, message: /verlopen[\s\S]*Gebruik dit niet/ });
  });

  await t.test('its keys turn over, and what the last one signed stays checkable while it is valid', async (t) => {
    const dir = t.testdir();
    let at = now;
    const clock = () => at;
    const first = await openOfflineSummaries(dir, clock);
    const card = (await service.post('/v1/emergency-card', { bsn: BSN })).json;
    const { jws, expires } = await first.sign(card, service.base);
    at += 1_000;
    t.equal((await keysCommand(['rotate', '--for', 'summaries'], `${dir}/keys`, clock)).ok, true);
    at = expires - 60_000;
    t.match(
      await keysCommand(['rotate', '--for', 'summaries'], `${dir}/keys`, clock),
      { ok: true, output: /^New key: \S+$/ },
      'none is removed yet',
    );
    const jwks = await first.keys.publicJwks();
    t.equal(jwks.keys.length, 3);
    t.equal((await check(jws, at, jwks)).ok, true);
    at = expires + 5 * 86_400_000;
    t.match(await keysCommand(['rotate', '--for', 'summaries'], `${dir}/keys`, clock), { ok: true, output: /Removed: summary-/ });
    t.match(await keysCommand(['list', '--for', 'others'], `${dir}/keys`, clock), { ok: false });
  });
});
