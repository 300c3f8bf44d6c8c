// JSON in and out: nothing lost, nothing let by, whichever of the two parsers a text goes through.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LosslessNumber, parse, stringify } from 'lossless-json';
import t from 'tap';
import { FhirError } from '../../src/fhir/errors.js';
import { parseJson, writeJson } from '../../src/fhir/json.js';

/** The whole of it by the lossless parser alone, which reads slowly and loses nothing. */
function parseSlowly(text: string): unknown {
  const parseNumber = (number: string) => (String(Number(number)) === number ? Number(number) : new LosslessNumber(number));
  const onDuplicateKey = () => {
    throw new Error('twice');
  };
  return parse(text, null, { parseNumber, onDuplicateKey });
}

const name = fc.constantFrom('a', 'b', '_a', 'value', '"', '\\', ':', 'é', '');
const number = fc.constantFrom(
  '0',
  '-0',
  '1.10',
  '1',
  '-7',
  '1e3',
  '1E+2',
  '0.1',
  '12345678901234567890',
  '999999999999999',
  '1.0',
  '01',
  '1.',
  '.5',
  '-',
  '1e400',
);
const string = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\\', '\\"', '1.10', '{"a":', ': :', '\ud800', '\u2028'))
  .map((text) => JSON.stringify(text));
const space = fc.constantFrom('', ' ', '\n\t', '  ');
const { text } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    number,
    string,
    fc.constantFrom('true', 'null', 'false'),
    tie('array'),
    tie('object'),
  ),
  array: fc
    .tuple(space, fc.array(tie('value') as fc.Arbitrary<string>, { maxLength: 4 }))
    .map(([gap, items]) => `[${gap}${items.join(`${gap},`)}${gap}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(name, tie('value') as fc.Arbitrary<string>), { maxLength: 4 }))
    .map(([gap, members]) => `{${gap}${members.map(([key, item]) => `${JSON.stringify(key)}${gap}:${item}`).join(`,${gap}`)}}`),
  broken: fc
    .tuple(tie('value') as fc.Arbitrary<string>, fc.nat(60), fc.constantFrom('', '"', ':', ',', '}', '\\'))
    .map(([whole, at, extra]) => whole.slice(0, at) + extra + whole.slice(at + 1)),
  text: fc.oneof(
    { arbitrary: tie('value') as fc.Arbitrary<string>, weight: 4 },
    { arbitrary: tie('broken') as fc.Arbitrary<string>, weight: 1 },
  ),
}));

t.test('every text reads as the lossless parser reads it, and is refused when it refuses', async () => {
  fc.assert(
    fc.property(text as fc.Arbitrary<string>, (source) => {
      let expected: unknown;
      let refused = false;
      try {
        expected = parseSlowly(source);
      } catch {
        refused = true;
      }
      if (refused) assert.throws(() => parseJson(source), FhirError);
      else {
        const read = parseJson(source);
        assert.deepStrictEqual(read, expected);
        assert.equal(writeJson(read), stringify(expected));
      }
    }),
    { numRuns: 3000 },
  );
});

t.test('numbers keep their digits, beside and inside everything else', async (t) => {
  for (const source of ['{"value":1.10}', '[1e3,{"a":0.50}]', '{"a":"1.10","b":2.00}', '12345678901234567890', '-0', '{"x":[1,2,3.0]}'])
    t.equal(writeJson(parseJson(source)), source);
});

t.test('a name given twice is refused, also with the same value and behind escapes', async (t) => {
  for (const source of ['{"a":1,"a":2}', '{"a":{"b":[{"c":1,"c":2}]}}', '{"a":1,"\\u0061":2}', '[{"x":"\\\\","x":"y"}]'])
    t.throws(() => parseJson(source), { kind: 'bad-syntax', message: /same property twice/ }, source);
});

t.test('text nested beyond what any resource is, is refused before it is read', async (t) => {
  t.throws(() => parseJson('['.repeat(101)), { message: /nested deeper/ });
  t.strictSame(parseJson(`"${'['.repeat(200)}"`), '['.repeat(200), 'brackets in text are text');
});
