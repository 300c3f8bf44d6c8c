-- Systems that may ask for tokens, and the assertions they have used up.

CREATE TABLE client (
  client_id         text COLLATE "C" PRIMARY KEY CHECK (client_id ~ '^[!-~]{1,128}$'),
  name              text NOT NULL,
  organization_ura  text,
  organization_name text,
  organization_type text,
  -- Public keys by value, or where they are published: exactly one of the two.
  jwks              jsonb,
  jwks_url          text,
  scopes            text[] NOT NULL,
  policies          text[] NOT NULL,
  purposes          text[] NOT NULL,
  created           timestamptz NOT NULL,
  revoked_at        timestamptz,
  CHECK (num_nonnulls(jwks, jwks_url) = 1)
);

-- An assertion is good for one token, whichever process it reaches. Rows go once no process would accept the assertion any more.
CREATE TABLE client_assertion (
  client_id text COLLATE "C" NOT NULL REFERENCES client ON DELETE CASCADE,
  jti       text COLLATE "C" NOT NULL,
  expires   timestamptz NOT NULL,
  PRIMARY KEY (client_id, jti)
);

CREATE INDEX client_assertion_expires ON client_assertion (expires);
