// Holds every answer the tests get to what openapi.yaml says of it: status, headers, content type and body. And remembers which
// documented answers were given in this process: test/tree/openapi-answers.test.ts gets every one of them.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { ANSWER_HEADERS } from '../../src/http/answer-headers.js';
import { openapiDocument } from '../../src/http/openapi.js';

export interface GivenAnswer {
  method: string;
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

interface Documented {
  headers?: Record<string, Reference & { required?: boolean; schema?: object }>;
  content?: Record<string, { schema: object }>;
}
interface Reference {
  $ref?: string;
}
type PathItem = Record<string, { operationId: string; security?: object[]; responses: Record<string, Documented> }>;

/** Answers without a body, whatever the document says of the status. */
const BODILESS = [204, 303, 304];

const document = openapiDocument('0') as {
  paths: Record<string, PathItem>;
  components: { headers: Record<string, object>; parameters: Record<string, { schema?: { pattern?: string; $ref?: string } }> };
};
const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ },
});
ajv.addSchema({ ...document, $id: 'openapi' });
const validators = new Map<string, ValidateFunction>();
const given = new Set<string>();

/** Throws an Error that says how the answer differs from the document. */
export function checkAnswer(answer: GivenAnswer): void {
  const { pathname } = new URL(answer.url);
  const faults = faultsOf(answer, pathname);
  if (faults.length > 0)
    throw new Error(
      `openapi.yaml and ${answer.method} ${pathname} differ: ${answer.status}: ${faults.join('; ')} ${answer.text.slice(0, 300)}`,
    );
}

/** `operationId status` of every documented answer. */
export function documentedAnswers(): string[] {
  return Object.values(document.paths).flatMap((item) =>
    Object.values(item).flatMap(({ operationId, responses }) => Object.keys(responses).map((status) => `${operationId} ${status}`)),
  );
}

/** Path and operations of every page for people who are signed in. */
export function documentedPages(): [string, PathItem][] {
  return Object.entries(document.paths).filter(([, { get }]) => get?.security?.some((one) => 'session' in one));
}

/** What of it was given in this process. */
export function givenHere(): ReadonlySet<string> {
  return given;
}

function faultsOf(answer: GivenAnswer, pathname: string): string[] {
  const { status, headers } = answer;
  // Refused before any route was known; the address and method tests send what no route has.
  const template = templateOf(decoded(pathname));
  const asked = answer.method === 'HEAD' ? 'get' : answer.method.toLowerCase();
  const operation = template === undefined ? undefined : document.paths[template]?.[asked];
  const missing = ['x-request-id', ...Object.keys(ANSWER_HEADERS)].filter((name) => !headers.has(name));
  if (missing.length > 0) return [`${missing.join(', ')} is missing`];
  if (answer.method === 'OPTIONS' && status === 204) return headers.has('allow') ? [] : ['OPTIONS without Allow'];
  if (template === undefined || !operation) return refusalFaults(answer);
  const key = operation.responses[String(status)] ? String(status) : `${String(status)[0]}XX`;
  const documented = operation.responses[key];
  if (!documented) return ['this status is not documented'];
  given.add(`${operation.operationId} ${key}`);
  const pointer = `#/paths/${escaped(template)}/${asked}/responses/${key}`;
  return [...headerFaults(documented, headers), ...bodyFaults(documented, pointer, answer)];
}

/** An address or method that is not documented may only be refused. */
function refusalFaults({ status, headers, text, method }: GivenAnswer): string[] {
  if (![400, 401, 404, 405, 406].includes(status)) return ['the address or method is not documented, and was not refused'];
  if (status === 405 && !headers.has('allow')) return ['405 without Allow'];
  const isOutcome =
    (headers.get('content-type') ?? '').startsWith('application/fhir+') && (method === 'HEAD' || text.includes('OperationOutcome'));
  return isOutcome ? [] : ['the refusal is no OperationOutcome'];
}

function headerFaults(documented: Documented, headers: Headers): string[] {
  return Object.entries(documented.headers ?? {}).flatMap(([name, header]) => {
    const { required, schema } = header.$ref ? (document.components.headers[name] as typeof header) : header;
    const value = headers.get(name);
    if (value === null) return required ? [`${name} is missing`] : [];
    return schema === undefined || ajv.validate(schema, value) ? [] : [`${name} is ${value}`];
  });
}

function bodyFaults(documented: Documented, pointer: string, { method, status, headers, text }: GivenAnswer): string[] {
  if (method === 'HEAD' || BODILESS.includes(status)) return text === '' ? [] : ['there is a body where there may be none'];
  // Prefer: return=minimal, on the answers of writes only.
  if (text === '') return documented.headers?.['Idempotency-Replayed'] || !documented.content ? [] : ['there is no body'];
  const type = (headers.get('content-type') ?? '').split(';')[0] as string;
  if (!documented.content?.[type]) return [`content type ${type} is not documented`];
  if (type === 'application/fhir+xml') return text.startsWith('<') ? [] : ['the body is no XML'];
  if (!type.endsWith('json')) return [];
  const validate = validatorAt(`${pointer}/content/${escaped(type)}/schema`);
  if (validate(JSON.parse(text))) return [];
  return (validate.errors ?? []).slice(0, 5).map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

function validatorAt(pointer: string): ValidateFunction {
  const known = validators.get(pointer);
  if (known) return known;
  const made = ajv.compile({ $ref: `openapi${pointer}` });
  validators.set(pointer, made);
  return made;
}

function escaped(token: string): string {
  return encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function decoded(pathname: string): string[] | undefined {
  try {
    return pathname.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The documented path for these segments; one written out goes before one with parameters. */
function templateOf(segments: string[] | undefined): string | undefined {
  if (segments === undefined) return undefined;
  const fitting = Object.keys(document.paths).filter((path) => {
    const wanted = path.split('/').filter(Boolean);
    return (
      wanted.length === segments.length &&
      wanted.every((part, i) => (part.startsWith('{') ? isParameter(part, segments[i] as string) : part === segments[i]))
    );
  });
  return fitting.sort((a, b) => a.split('{').length - b.split('{').length)[0];
}

/** Words that begin with _ or $ are interactions; metadata is no type. */
function isParameter(part: string, segment: string): boolean {
  return !/^[_$.]/.test(segment) && !(part === '{type}' && segment === 'metadata');
}
