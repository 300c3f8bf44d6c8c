// From a FHIR request to the interaction or operation that answers it; the same for HTTP and for entries of a Bundle.
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse, HttpMethod } from '../fhir/exchange.js';
import { FHIR_ID } from '../fhir/references.js';
import { isServedType, SERVED_TYPES } from '../fhir/resource-types.js';
import { AUDIT_EVENT } from '../interactions/audit-event.js';
import type { Interaction, InteractionContext } from '../interactions/context.js';
import { OPERATIONS } from '../operations/index.js';
import type { Operation, OperationLevel } from '../operations/operation.js';
import { nearest } from '../search/nearest.js';
import { onceOnly } from './idempotency.js';
import { INTERACTION_ROUTES, type InteractionRoute, LOG_ROUTES } from './interactions.js';

export interface Route {
  /** FHIR's word: read, search-type, $acp-summary … for audit and log. */
  code: string;
  run: Interaction;
}

/** The interaction a request asks. Throws 404 with the nearest name for unknown types and paths, 405 with Allow for a wrong method. */
export function route(method: HttpMethod, path: string[]): Route {
  const asked = method === 'HEAD' ? 'GET' : method;
  const operation = path.findIndex((segment) => segment.startsWith('$'));
  if (operation !== -1) return operationRoute(asked, path, operation);
  if (path[0] === AUDIT_EVENT) return logRoute(asked, path);
  const matching = INTERACTION_ROUTES.filter((one) => fits(one, path));
  if (matching.length === 0) throw unknownPath(path);
  const shape = (matching[0] as InteractionRoute).path;
  if (shape[0] === ':type' && !isServedType(path[0] as string)) throw unknownType(path[0] as string);
  const found = matching.find((one) => one.method === asked);
  if (!found) throw methodNotAllowed(matching.map((one) => one.method));
  if (shape[1] === ':id' && !FHIR_ID.test(path[1] as string))
    throw new FhirError('not-found', 'There is no resource with such an id: ids are 1 to 64 letters, digits, dots and hyphens.');
  return found;
}

/** The log is written by the service alone: whoever tries to is refused, on every address of it. */
function logRoute(method: HttpMethod, path: string[]): Route {
  const matching = LOG_ROUTES.filter(
    (one) =>
      one.path.length === path.length &&
      one.path.every((segment, i) => (segment === ':id' ? !/^[_$]/.test(path[i] as string) : segment === path[i])),
  );
  if (matching.length === 0) throw unknownPath(path);
  const found = matching.find((one) => one.method === method);
  if (found) return found;
  throw methodNotAllowed(
    matching.map((one) => one.method),
    'The log is written by the service alone. ',
  );
}

/** True for the address of an operation whose answer can be had on paper. */
export function prints(path: readonly string[]): boolean {
  const name = path.at(-1);
  return OPERATIONS.some((operation) => operation.prints && `$${operation.name}` === name);
}

/** What OPTIONS answers. Throws as `route` does for an address where there is nothing. */
export function allowedMethods(path: string[]): string {
  try {
    // No address takes TRACE, so this ends in the refusal that lists what it takes.
    route('TRACE' as HttpMethod, path);
  } catch (error) {
    const allow = error instanceof FhirError ? error.headers.allow : undefined;
    if (allow === undefined) throw error;
    return `${allow}, OPTIONS`;
  }
  throw new FhirError('internal', '');
}

/** Handles a request: exactly once where it carries an Idempotency-Key. `found` is its route where that is known already. */
export async function dispatch(
  context: InteractionContext,
  session: Session,
  request: FhirRequest,
  { run }: Route = route(request.method, request.path),
): Promise<FhirResponse> {
  return onceOnly(session, request, () => run(context, session, request));
}

function fits(one: InteractionRoute, path: string[]): boolean {
  return (
    one.path.length === path.length &&
    one.path.every((segment, i) => (segment.startsWith(':') ? !/^[_$]/.test(path[i] as string) : segment === path[i])) &&
    // The one word that is no type; as an id it is as good as any.
    (one.path[0] !== ':type' || path[0] !== 'metadata')
  );
}

function operationRoute(method: HttpMethod, path: string[], at: number): Route {
  const name = (path[at] as string).slice(1);
  const level: OperationLevel | undefined =
    at !== path.length - 1 ? undefined : at === 0 ? 'system' : at === 1 ? 'type' : at === 2 ? 'instance' : undefined;
  const type = at > 0 ? (path[0] as string) : undefined;
  if (type !== undefined && !isServedType(type)) throw unknownType(type);
  const found = OPERATIONS.find(
    (one) => one.name === name && level !== undefined && one.levels.includes(level) && (type === undefined || one.types.includes(type)),
  );
  if (!found) {
    const near = nearest(
      name,
      OPERATIONS.map((one) => one.name),
    );
    throw new FhirError('not-found', `There is no such operation here.${near ? ` Did you mean $${near}?` : ''}`);
  }
  if (!found.methods.includes(method)) throw methodNotAllowed([...found.methods]);
  return { code: `$${found.name}`, run: (context, session, request) => (found as Operation).run(context, session, request) };
}

function methodNotAllowed(methods: HttpMethod[], why = ''): FhirError {
  const allow = [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');
  return new FhirError('method-not-allowed', `${why}This address takes ${allow}.`, { headers: { allow } });
}

function unknownType(type: string): FhirError {
  const near = nearest(type, SERVED_TYPES);
  return new FhirError('not-found', `This service does not keep resources of such a type.${near ? ` Did you mean ${near}?` : ''}`, {
    expression: 'http.path',
  });
}

function unknownPath(path: string[]): FhirError {
  const [type, id, third] = path;
  if (type !== undefined && type !== AUDIT_EVENT && !isServedType(type)) return unknownType(type);
  if (type === 'Patient' && path.length === 3 && isServedType(third as string)) {
    return new FhirError(
      'not-found',
      `Compartments are not addresses here: search ${third}?patient=${FHIR_ID.test(id as string) ? id : '[id]'}.`,
      {
        expression: 'http.path',
      },
    );
  }
  return new FhirError(
    'not-found',
    'There is nothing at this address. FHIR addresses look like [type], [type]/[id], [type]/[id]/_history/[version] or [type]/$operation.',
    {
      expression: 'http.path',
    },
  );
}
