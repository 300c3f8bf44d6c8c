-- The log gets an order and seals: a chain of signed hashes over everything it holds. Partitions are made by the owner for the service.

-- Without a cache: a number is taken when a row is written, never kept for later. A sequence of its own and no identity column,
-- which partitioned tables have only from PostgreSQL 17 on.
CREATE SEQUENCE audit_event_seq CACHE 1;
-- Rows there are get their numbers here; the table is written anew.
ALTER TABLE audit_event ADD COLUMN seq bigint NOT NULL DEFAULT nextval('audit_event_seq');
ALTER SEQUENCE audit_event_seq OWNED BY audit_event.seq;
CREATE INDEX audit_event_seq_key ON audit_event (seq);
-- For the data protection officer's report; almost no row is in it.
CREATE INDEX audit_event_break_glass ON audit_event (recorded) WHERE policy = 'break-glass';

-- One per range of settled numbers, each chained to the one before: see src/audit/seal.ts for what is hashed and signed.
CREATE TABLE audit_seal (
  number         bigint PRIMARY KEY CHECK (number > 0),
  -- Of the canonical text of a row.
  version        integer NOT NULL,
  first_seq      bigint NOT NULL,
  last_seq       bigint NOT NULL CHECK (last_seq >= first_seq),
  events         bigint NOT NULL CHECK (events > 0),
  first_recorded timestamptz(3) NOT NULL,
  last_recorded  timestamptz(3) NOT NULL,
  events_hash    bytea NOT NULL,
  previous_hash  bytea NOT NULL,
  hash           bytea NOT NULL,
  sealed         timestamptz(3) NOT NULL,
  key_id         text NOT NULL,
  signature      bytea NOT NULL
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_seal EXECUTE FUNCTION refuse_change();

-- What was dropped because its time had passed: whole months, from `first` to before `until`.
CREATE TABLE audit_retention (
  number    bigint PRIMARY KEY CHECK (number > 0),
  first     timestamptz(3) NOT NULL,
  until     timestamptz(3) NOT NULL CHECK (until > first),
  dropped   timestamptz(3) NOT NULL,
  events    bigint NOT NULL,
  key_id    text NOT NULL,
  signature bytea NOT NULL
);

-- What is left of a seal whose range reaches over the edge of what was dropped.
CREATE TABLE audit_seal_remainder (
  retention   bigint NOT NULL REFERENCES audit_retention,
  seal        bigint NOT NULL REFERENCES audit_seal,
  events      bigint NOT NULL,
  events_hash bytea NOT NULL,
  PRIMARY KEY (retention, seal)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_retention FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_retention EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_seal_remainder FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_seal_remainder EXECUTE FUNCTION refuse_change();

-- The service may not create tables. This function does, with the rights of the owner: so it looks for names in pg_catalog (always
-- searched first) and in the owner's schema, and last in the caller's temporary one.
ALTER FUNCTION ensure_audit_partitions(timestamptz) SECURITY DEFINER;
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION ensure_audit_partitions(timestamptz) SET search_path = %I, pg_temp', current_schema());
END
$$;
