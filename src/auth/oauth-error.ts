// Refusals of the token endpoint, in OAuth's own words.
// https://www.rfc-editor.org/rfc/rfc6749#section-5.2

export const OAUTH_ERRORS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_dpop_proof: 400,
  temporarily_unavailable: 503,
} as const;

export type OauthErrorCode = keyof typeof OAUTH_ERRORS;

/** A refusal. `description` is for the client's developer: printable ASCII without quotes and backslashes, no token, no key. */
export class OauthError extends Error {
  readonly code: OauthErrorCode;
  readonly description: string;

  constructor(code: OauthErrorCode, description: string, cause?: unknown) {
    super(description, { cause });
    this.name = 'OauthError';
    this.code = code;
    this.description = description;
  }

  get status(): number {
    return OAUTH_ERRORS[this.code];
  }
}
