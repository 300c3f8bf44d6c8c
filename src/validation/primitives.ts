// The formats of R4's primitive types. https://hl7.org/fhir/R4/datatypes.html#primitive
import { isLosslessNumber } from 'lossless-json';
import { intervalOf } from '../fhir/dates.js';

/** FHIR's limit for a string, in characters (1 MB of ASCII). */
const MAX_STRING_LENGTH = 1024 * 1024;
const MAX_INTEGER = 2 ** 31 - 1;

const DATE = /^\d{4}(-\d{2}(-\d{2})?)?$/;
const DATE_TIME = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)))?)?)?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$/;
const CODE = /^\S+(\s\S+)*$/;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const OID = /^urn:oid:[0-2](\.(0|[1-9]\d*))+$/;
const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const URI = /^\S+$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?(0|[1-9]\d*)$/;
/** FHIR strings may hold tab, line feed and carriage return, and no other control character; half a surrogate pair is no character. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|\p{Cs}/u;

/** Undefined when the JSON value is a valid value of the type; else whether its JSON type is wrong, its format is, or its date does not exist. */
export type PrimitiveFault = 'type' | 'format' | 'no-such-date' | undefined;

type Check = (value: unknown) => PrimitiveFault;

function text(holds: (value: string) => boolean): Check {
  return (value) => (typeof value !== 'string' ? 'type' : value.length > 0 && holds(value) ? undefined : 'format');
}

function date(format: RegExp): Check {
  return (value) => {
    if (typeof value !== 'string') return 'type';
    if (!format.test(value)) return 'format';
    return intervalOf(value) === undefined || value.startsWith('0000') ? 'no-such-date' : undefined;
  };
}

function number(format: RegExp, min: number, max: number): Check {
  return (value) => {
    const source = typeof value === 'number' ? String(value) : isLosslessNumber(value) ? value.value : undefined;
    if (source === undefined) return 'type';
    return format.test(source) && Number(source) >= min && Number(source) <= max ? undefined : 'format';
  };
}

const uri = text((value) => URI.test(value));
const string = text((value) => value.length <= MAX_STRING_LENGTH && !CONTROL.test(value));

/** By type name; xhtml is a string here, its content is checked by narrative.ts. */
export const PRIMITIVE_CHECKS: Record<string, Check> = {
  base64Binary: text((value) => isBase64(value)),
  boolean: (value) => (typeof value === 'boolean' ? undefined : 'type'),
  canonical: uri,
  code: text((value) => CODE.test(value)),
  date: date(DATE),
  dateTime: date(DATE_TIME),
  decimal: number(DECIMAL, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
  id: text((value) => ID.test(value)),
  instant: date(INSTANT),
  integer: number(INTEGER, -MAX_INTEGER - 1, MAX_INTEGER),
  markdown: string,
  oid: text((value) => OID.test(value)),
  positiveInt: number(INTEGER, 1, MAX_INTEGER),
  string,
  time: text((value) => TIME.test(value)),
  unsignedInt: number(INTEGER, 0, MAX_INTEGER),
  uri,
  url: uri,
  uuid: text((value) => UUID.test(value)),
  xhtml: string,
};

function isBase64(value: string): boolean {
  const packed = value.replace(/\s+/g, '');
  return packed.length % 4 === 0 && BASE64.test(packed);
}
