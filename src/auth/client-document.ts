// A registered client as administrators see and write it: the JSON of the admin API and of the client command.
import type { JSONWebKeySet } from 'jose';
import type { Client, NewClient } from '../store/clients.js';
import { type FieldReader, readFields, Wrong } from './file-fields.js';

const ON_PROFILE_ERRORS: readonly string[] = ['refuse', 'accept-and-report'] satisfies Client['onProfileErrors'][];

/** The client with its public keys; nothing of it is secret. Members without a value are left out. */
export function clientDocument(client: Client): Record<string, unknown> {
  const { organizationUra: ura, organizationName: name, organizationType: type, ...rest } = client;
  return { ...rest, ...((ura ?? name ?? type) !== undefined && { organization: { ura, name, type } }) };
}

/**
 * Reads such a document. What the registry itself keeps (`version`, `revoked`) may stand in it, so that what was read can be sent back
 * changed. Throws Wrong with one sentence; whether the client is fit to be registered is another question (faultOfClient).
 */
export function readClientDocument(document: unknown): NewClient & { revoked?: boolean } {
  return readFields(document, 'the client', (fields) => {
    const organization = fields.optional('organization', fields.object);
    fields.optional('version', (name) => fields.wholeNumber(name, Number.MAX_SAFE_INTEGER));
    const onProfileErrors = fields.optional('onProfileErrors', fields.text);
    if (onProfileErrors !== undefined && !ON_PROFILE_ERRORS.includes(onProfileErrors))
      throw fields.wrong('onProfileErrors', `is not one of ${ON_PROFILE_ERRORS.join(', ')}`);
    return {
      clientId: fields.text('clientId'),
      name: fields.text('name'),
      ...(organization && readOrganization(organization)),
      jwks: fields.optional('jwks', (name) => readJwks(fields, name)),
      jwksUrl: fields.optional('jwksUrl', fields.text),
      scopes: fields.list('scopes'),
      policies: fields.list('policies'),
      purposes: fields.list('purposes'),
      onProfileErrors: onProfileErrors as Client['onProfileErrors'] | undefined,
      vouchesForPatients: fields.optional('vouchesForPatients', fields.flag),
      revoked: fields.optional('revoked', fields.flag),
    };
  });
}

function readOrganization(organization: unknown): Pick<Client, 'organizationUra' | 'organizationName' | 'organizationType'> {
  return readFields(organization, 'the organization', (fields) => ({
    organizationUra: fields.optional('ura', fields.text),
    organizationName: fields.optional('name', fields.text),
    organizationType: fields.optional('type', fields.text),
  }));
}

function readJwks(fields: FieldReader, name: string): JSONWebKeySet {
  const { keys } = fields.object(name);
  const isKey = (key: unknown) => typeof key === 'object' && key !== null && !Array.isArray(key);
  if (!Array.isArray(keys) || !keys.every(isKey)) throw new Wrong('the client: jwks is not a JWK Set.');
  return { keys };
}
