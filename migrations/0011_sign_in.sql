-- People at the pages: who is signed in, and the codes with which the demo issuer signs them in.

CREATE TABLE page_session (
  -- SHA-256 of the cookie, which the browser alone holds.
  id             bytea PRIMARY KEY CHECK (length(id) = 32),
  issuer         text NOT NULL,
  subject        text NOT NULL,
  -- The issuer's own name for its session with the person, where it gives one.
  issuer_session text,
  -- Who it is, as the issuer told: client, organisation, user, role, patient. What they may do is asked anew at each request.
  person         jsonb NOT NULL,
  -- What the issuer gave, shown to it when the person signs out.
  id_token       text,
  created        timestamptz NOT NULL,
  last_seen      timestamptz NOT NULL,
  expires        timestamptz NOT NULL
);

CREATE INDEX page_session_expires ON page_session (expires);
CREATE INDEX page_session_subject ON page_session (issuer, subject);

-- A code is good for one token request. Rows go once no process would accept the code any more.
CREATE TABLE authorization_code (
  -- SHA-256 of the code.
  code    bytea PRIMARY KEY CHECK (length(code) = 32),
  -- What it was given for: client, redirect address, challenge, nonce, person.
  granted jsonb NOT NULL,
  expires timestamptz NOT NULL
);

CREATE INDEX authorization_code_expires ON authorization_code (expires);
