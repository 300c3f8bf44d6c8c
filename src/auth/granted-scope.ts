// Which scopes a token gets: those asked when the client holds them all and they fit whom the token is for.
// https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources
import { OauthError } from './oauth-error.js';
import { isCovered, parseScope, type Scope } from './scopes.js';

/** Whom a token is for: a patient or representative, a system that names its user, or a system. */
export type TokenFor = 'person' | 'user' | 'system';

/** The contexts whose scopes count in such a token. */
const CONTEXTS: Record<TokenFor, readonly Scope['context'][]> = {
  person: ['patient'],
  user: ['system', 'user'],
  system: ['system'],
};

const MISFIT: Record<Scope['context'], string> = {
  patient: 'A patient/ scope is for the token of a patient or representative, by the grant urn:ietf:params:oauth:grant-type:jwt-bearer.',
  user: 'A user/ scope needs the user who asks: user_id in the client assertion.',
  system: 'The token of a patient or representative has patient/ scopes alone.',
};

/** The token's scope claim; everything held that fits when nothing is asked. Never silently fewer than asked. Throws OauthError invalid_scope. */
export function grantedScope(heldScopes: readonly string[], asked: string | undefined, tokenFor: TokenFor): string {
  const held = heldScopes.map(parseScope).filter((scope): scope is Scope => scope !== undefined);
  const fits = ({ context }: Scope) => CONTEXTS[tokenFor].includes(context);
  if (asked === undefined) {
    const fitting = held.filter(fits);
    const [other] = held;
    if (fitting.length === 0 && other) throw new OauthError('invalid_scope', MISFIT[other.context]);
    return fitting.map(textOf).join(' ');
  }
  const scopes = [...new Set(asked.split(' ').filter((text) => text !== ''))];
  for (const text of scopes) {
    const scope = parseScope(text);
    if (!scope)
      throw new OauthError(
        'invalid_scope',
        'A scope has the form system/Consent.rs: a resource type or *, then letters of cruds in that order.',
      );
    if (!isCovered(scope, held)) throw new OauthError('invalid_scope', `The client may not have ${textOf(scope)}.`);
    if (!fits(scope)) throw new OauthError('invalid_scope', MISFIT[scope.context]);
  }
  if (scopes.length === 0) throw new OauthError('invalid_scope', 'The scope names nothing.');
  return scopes.join(' ');
}

function textOf({ context, type, letters }: Scope): string {
  return `${context}/${type}.${letters}`;
}
