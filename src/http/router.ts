// From a FHIR request to the interaction or operation that answers it; the same for HTTP and for entries of a Bundle.
import type { Session } from '../access/session.js';
import { FhirError } from '../fhir/errors.js';
import type { FhirRequest, FhirResponse, HttpMethod } from '../fhir/exchange.js';
import { FHIR_ID } from '../fhir/references.js';
import { isServedType, SERVED_TYPES } from '../fhir/resource-types.js';
import type { Interaction, InteractionContext } from '../interactions/context.js';
import { OPERATIONS } from '../operations/index.js';
import type { Operation, OperationLevel } from '../operations/operation.js';
import { nearest } from '../search/nearest.js';
import { onceOnly } from './idempotency.js';
import { INTERACTION_ROUTES, type InteractionRoute } from './interactions.js';

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
  const matching = INTERACTION_ROUTES.filter((one) => fits(one, path));
  if (matching.length === 0) throw unknownPath(path);
  const found = matching.find((one) => one.method === asked);
  if (!found) throw methodNotAllowed(matching.map((one) => one.method));
  const [type, id] = [path[found.path.indexOf(':type')], path[found.path.indexOf(':id')]];
  if (type !== undefined && found.path.includes(':type') && !isServedType(type)) throw unknownType(type);
  if (found.path.includes(':id') && !FHIR_ID.test(id as string))
    throw new FhirError('not-found', 'There is no resource with such an id: ids are 1 to 64 letters, digits, dots and hyphens.');
  return found;
}

/** Handles a request: exactly once where it carries an Idempotency-Key. */
export async function dispatch(context: InteractionContext, session: Session, request: FhirRequest): Promise<FhirResponse> {
  const { run } = route(request.method, request.path);
  return onceOnly(session, request, () => run(context, session, request));
}

function fits(one: InteractionRoute, path: string[]): boolean {
  return (
    one.path.length === path.length &&
    one.path.every((segment, i) =>
      segment.startsWith(':') ? !/^[_$]/.test(path[i] as string) && path[i] !== 'metadata' : segment === path[i],
    )
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

function methodNotAllowed(methods: HttpMethod[]): FhirError {
  const allow = [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');
  return new FhirError('method-not-allowed', `This address takes ${allow}.`, { headers: { allow } });
}

function unknownType(type: string): FhirError {
  const near = nearest(type, SERVED_TYPES);
  return new FhirError('not-found', `This service does not keep resources of such a type.${near ? ` Did you mean ${near}?` : ''}`, {
    expression: 'http.path',
  });
}

function unknownPath(path: string[]): FhirError {
  const type = path[0];
  if (type !== undefined && !isServedType(type)) return unknownType(type);
  return new FhirError(
    'not-found',
    'There is nothing at this address. FHIR addresses look like [type], [type]/[id], [type]/[id]/_history/[version] or [type]/$operation.',
    {
      expression: 'http.path',
    },
  );
}
