// The claims of the code on paper: every decision is there as what it is, nothing names the BSN, and it stays small enough to be read.
import fc from 'fast-check';
import { encodeQR } from 'qr';
import t from 'tap';
import type { EmergencyCard } from '../../src/izp/card.js';
import type { CardDecision, CardWarning } from '../../src/izp/card-decisions.js';
import type { DecisionKind } from '../../src/izp/decisions.js';
import { isOfflineClaims, type OfflineClaims, offlineClaims, offlineSummaryLines } from '../../src/izp/offline-summary.js';
import { CORE_TREATMENTS } from '../../src/izp/treatments.js';
import { decisionWords } from '../../src/izp/wording.js';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const ISSUER = 'https://zorgplan.regio-voorbeeld.nl';
/** Bytes of a compact JWS beyond its claims: header with an eight-character key id, two dots, an ES256 signature. */
const JWS_FRAME =
  Buffer.from(JSON.stringify({ alg: 'ES256', kid: '12345678', typ: 'izp-summary+jwt' })).toString('base64url').length + 2 + 86;
const KINDS: DecisionKind[] = ['do', 'do-not', 'do-with-limits', 'unknown', 'not-recorded', 'cannot-interpret'];
const WARNINGS: CardWarning['code'][] = [
  'conflict',
  'contradiction',
  'resuscitation-will-differs',
  'patient-not-interpretable',
  'deceased',
  'other-record',
  'several-representatives',
  'form-not-processed',
];

interface Told {
  kinds: DecisionKind[];
  conflicts?: number[];
  warnings?: CardWarning['code'][];
  name?: string;
  birthDate?: string | null;
  version?: string;
}

function cardOf({
  kinds,
  conflicts = [],
  warnings = [],
  name = 'W. van den Berg',
  birthDate = '1943-05-17',
  version = '12-21ef08c4',
}: Told) {
  const decisions = CORE_TREATMENTS.flatMap(({ system, code, display }, i): Partial<CardDecision>[] => {
    const one = { treatment: { system: system ?? null, code: code ?? null, display }, decision: kinds[i], conflict: conflicts.includes(i) };
    return conflicts.includes(i) ? [one, { ...one, decision: 'do' }] : [one];
  });
  return {
    version,
    patient: { name, birthDate },
    decisions,
    warnings: warnings.map((code) => ({ code, text: '' })),
    freshness: { agreedOn: '2026-10-20T10:00:00+02:00', reviewDue: null },
  } as unknown as EmergencyCard;
}

const sizeOf = (claims: OfflineClaims) => JWS_FRAME + Buffer.from(JSON.stringify(claims)).toString('base64url').length;
const versionOf = (bytes: number) => (encodeQR('x'.repeat(bytes), 'raw', { ecc: 'medium', border: 1 }).length - 2 - 17) / 4;

t.test('each decision is told as what it is, whatever stands beside it', async () => {
  const told = fc.record({
    kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 6, maxLength: 6 }),
    conflicts: fc.uniqueArray(fc.nat(5), { maxLength: 6 }),
    warnings: fc.uniqueArray(fc.constantFrom(...WARNINGS)),
  });
  fc.assert(
    fc.property(told, ({ kinds, conflicts, warnings }) => {
      const claims = offlineClaims(cardOf({ kinds, conflicts, warnings }), ISSUER, NOW);
      if (!isOfflineClaims(JSON.parse(JSON.stringify(claims)))) return false;
      const lines = offlineSummaryLines(claims, NOW);
      const isTold = CORE_TREATMENTS.every(({ code = null, display }, i) => {
        const line = lines.find((one) => one.startsWith(`${display}: `)) ?? '';
        if (conflicts.includes(i)) return line.includes('TEGENSTRIJDIG') && !/Wel |Niet /.test(line);
        const kind = kinds[i] as DecisionKind;
        return line.includes(decisionWords({ treatment: { system: null, code, display }, decision: kind }));
      });
      return isTold && lines.filter((line) => line.startsWith('Let op: ')).length === warnings.length;
    }),
    { numRuns: 300 },
  );
});

t.test('a treatment that is not on the card, and a letter nobody knows, are never a yes or a no', async (t) => {
  const card = cardOf({ kinds: ['do', 'do', 'do', 'do', 'do', 'do'] });
  card.decisions.splice(0, 1);
  const claims = offlineClaims(card, ISSUER, NOW);
  t.equal(claims.d, 'cyyyyy');
  const lines = offlineSummaryLines({ ...claims, d: 'zyyyyy', w: 'z' }, NOW);
  t.equal(lines[2], 'Reanimatie: Niet te duiden: raadpleeg de bron.');
  t.match(lines.join('\n'), /Let op: iets dat deze versie niet kent/);
  for (const wrong of [null, 'x', {}, { ...claims, d: 'yy' }, { ...claims, exp: 'x' }, { ...claims, b: 1 }])
    t.notOk(isOfflineClaims(wrong));
});

t.test('it names the person by name and birth date, runs to the end of the ninetieth day, and says what to do', async (t) => {
  const claims = offlineClaims(cardOf({ kinds: ['do-not', 'do-not', 'do', 'not-recorded', 'do', 'do'] }), ISSUER, NOW);
  t.strictSame(Object.keys(claims), ['iss', 'iat', 'exp', 'v', 'n', 'b', 'd', 'g']);
  t.equal(new Date(claims.exp * 1000).toISOString(), '2027-02-20T22:59:59.000Z', 'Dutch midnight');
  const lines = offlineSummaryLines(claims, NOW + 40 * 86_400_000).join('\n');
  t.match(lines, /W\. van den Berg, geboren 17 mei 1943/);
  t.match(lines, /papieren kopie van 22 november 2026 \(40 dagen geleden\), geldig tot en met 20 februari 2027/);
  t.match(lines, /betekent dat niet: alles doen, en ook niet: niets doen/);
  t.match(lines, /Kijk waar het kan in het plan zelf, vraag de patiënt of de vertegenwoordiger/);
  const unknown = offlineClaims(cardOf({ kinds: ['do', 'do', 'do', 'do', 'do', 'do'], birthDate: null }), ISSUER, NOW);
  t.match(offlineSummaryLines(unknown, NOW)[0], /geboortedatum onbekend/);
});

t.test('it stays small enough to be scanned, also with the longest name and everything to warn of', async (t) => {
  const usual = sizeOf(offlineClaims(cardOf({ kinds: KINDS, warnings: ['conflict'] }), ISSUER, NOW));
  t.ok(usual <= 412, `${usual} bytes`);
  t.ok(versionOf(usual) <= 15);
  const longest = cardOf({ kinds: KINDS, warnings: WARNINGS, name: 'Wilhelmina Łucja Şebnem '.repeat(20), version: '123456-21ef08c4' });
  const claims = offlineClaims(longest, `https://${'x'.repeat(52)}`, NOW);
  t.ok(claims.n.endsWith('…'), 'a name that is cut off says so');
  t.ok(sizeOf(claims) <= 560, `${sizeOf(claims)} bytes`);
  t.ok(versionOf(sizeOf(claims)) <= 18);
});
