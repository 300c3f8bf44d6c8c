-- The record: resources and their history, identities, emergency cards, the audit log, numbered events.
-- Content is the JSON text that is served. Ids, types and systems compare byte by byte (COLLATE "C"), whatever the database's locale.

-- Current versions, deleted ones included. No room is left in the pages: last_updated is indexed and changes with every
-- version, so an update can never stay on its page as a heap-only tuple.
CREATE TABLE resource (
  type          text COLLATE "C" NOT NULL,
  id            text COLLATE "C" NOT NULL,
  version       integer NOT NULL CHECK (version > 0),
  -- The patient compartment; null for directory and definitional resources.
  patient_id    text COLLATE "C",
  author_ura    text COLLATE "C",
  author_name   text,
  author_client text NOT NULL,
  last_updated  timestamptz(3) NOT NULL,
  deleted       boolean NOT NULL DEFAULT false,
  content       text NOT NULL,
  search        jsonb NOT NULL,
  PRIMARY KEY (type, id)
);

CREATE INDEX resource_patient ON resource (patient_id, type) WHERE patient_id IS NOT NULL;
CREATE INDEX resource_changed ON resource (type, last_updated, id);
-- Without fastupdate no search has to walk a pending list and no single writer pays for the writes of others.
CREATE INDEX resource_search ON resource USING gin (search jsonb_path_ops) WITH (fastupdate = off);

-- Every version there ever was.
CREATE TABLE resource_history (
  type          text COLLATE "C" NOT NULL,
  id            text COLLATE "C" NOT NULL,
  version       integer NOT NULL,
  patient_id    text COLLATE "C",
  author_ura    text COLLATE "C",
  author_name   text,
  author_client text NOT NULL,
  last_updated  timestamptz(3) NOT NULL,
  deleted       boolean NOT NULL,
  method        text NOT NULL CHECK (method IN ('POST', 'PUT', 'PATCH', 'DELETE')),
  content       text NOT NULL,
  PRIMARY KEY (type, id, version)
);

CREATE INDEX resource_history_changed ON resource_history (type, last_updated, id, version);
CREATE INDEX resource_history_patient ON resource_history (patient_id, last_updated, type, id, version) WHERE patient_id IS NOT NULL;

-- Business identities. scope '' is the whole country (BSN, URA …); otherwise the URA of the organisation that gave the identifier.
CREATE TABLE identifier (
  type   text COLLATE "C" NOT NULL,
  system text COLLATE "C" NOT NULL,
  value  text COLLATE "C" NOT NULL,
  scope  text COLLATE "C" NOT NULL DEFAULT '',
  id     text COLLATE "C" NOT NULL,
  PRIMARY KEY (type, system, value, scope)
);

CREATE INDEX identifier_resource ON identifier (type, id);

-- Per patient the emergency answer as it is served, written in the transaction that changed it.
-- Room in the pages, because a card is rewritten with every change of the plan and its indexed columns seldom change.
CREATE TABLE emergency_card (
  patient_id text COLLATE "C" PRIMARY KEY,
  version    integer NOT NULL,
  content    text NOT NULL,
  summary    text NOT NULL,
  updated    timestamptz(3) NOT NULL,
  -- From then on it must be computed anew: something in it is about a day that has passed.
  expires_at timestamptz(3),
  -- Directory resources whose names it shows, as Type/id.
  shown      text[] COLLATE "C" NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX emergency_card_shown ON emergency_card USING gin (shown) WITH (fastupdate = off);

-- What happened, numbered, for whoever must be told. seq is given before the commit: a reader takes only rows whose
-- transaction is older than pg_snapshot_xmin(pg_current_snapshot()), or it would pass over a slower writer's rows.
CREATE TABLE change_event (
  seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  recorded    timestamptz(3) NOT NULL,
  patient_id  text COLLATE "C",
  type        text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  version     integer NOT NULL,
  method      text NOT NULL
);

-- First responses by Idempotency-Key. `body` holds content and goes with the row after the keeping time.
CREATE TABLE idempotency (
  client_id    text NOT NULL,
  key          text NOT NULL,
  request_hash text NOT NULL,
  status       integer NOT NULL,
  headers      jsonb NOT NULL,
  body         text,
  created      timestamptz(3) NOT NULL,
  PRIMARY KEY (client_id, key)
);

CREATE INDEX idempotency_created ON idempotency (created);

-- What all processes on this database must agree on, such as the key that signs page tokens.
CREATE TABLE service_setting (
  name  text PRIMARY KEY,
  value jsonb NOT NULL
);

-- Who saw or changed what (NEN 7513). Pointers, never content.
CREATE TABLE audit_event (
  id                       uuid NOT NULL,
  recorded                 timestamptz(3) NOT NULL,
  patient_id               text COLLATE "C",
  action                   text NOT NULL,
  interaction              text NOT NULL,
  outcome                  text NOT NULL CHECK (outcome IN ('success', 'denied', 'empty', 'error')),
  client_id                text,
  organization_ura         text,
  organization_type        text,
  user_id                  text,
  user_role                text,
  purpose                  text,
  policy                   text,
  consent                  text,
  emergency                boolean NOT NULL DEFAULT false,
  reason                   text,
  entity                   text,
  request_id               text,
  correlation_id           text,
  aorta_initial_request_id text,
  aorta_request_id         text,
  details                  jsonb,
  PRIMARY KEY (recorded, id)
) PARTITION BY RANGE (recorded);

CREATE INDEX audit_event_patient ON audit_event (patient_id, recorded);

CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Row triggers are inherited by every partition; those for TRUNCATE are not and are added to each.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_event EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON audit_event_default EXECUTE FUNCTION refuse_change();

-- Destruction on the patient's request deletes history; nothing may rewrite it.
CREATE TRIGGER append_only BEFORE UPDATE ON resource_history FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON resource_history EXECUTE FUNCTION refuse_change();

-- Makes the partitions of this month and the two after it. Called at every start and daily. A month whose first rows are
-- already in the default partition stays there: complete and readable, only less tidy.
CREATE FUNCTION ensure_audit_partitions(moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  month timestamp;
  name  text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('ensure_audit_partitions', 0));
  FOR ahead IN 0..2 LOOP
    month := date_trunc('month', moment AT TIME ZONE 'UTC') + make_interval(months => ahead);
    name := 'audit_event_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass(name) IS NOT NULL;
    BEGIN
      EXECUTE format('CREATE TABLE %I PARTITION OF audit_event FOR VALUES FROM (%L) TO (%L)',
                     name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
      EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', name);
    EXCEPTION WHEN check_violation THEN
      RAISE WARNING 'audit events of % are in the default partition', to_char(month, 'YYYY-MM');
    END;
  END LOOP;
END
$$;
