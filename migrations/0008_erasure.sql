-- Destruction on the patient's request: what was destroyed leaves one row that says so, and nothing of its content.

CREATE TABLE erasure (
  id               uuid PRIMARY KEY,
  patient_id       text COLLATE "C" NOT NULL,
  erased           timestamptz(3) NOT NULL,
  -- The day the patient or the representative asked for it, who that was and why: in words that hold nothing of the record.
  requested_on     date NOT NULL,
  requested_by     text NOT NULL,
  reason           text NOT NULL,
  client_id        text NOT NULL,
  organization_ura text,
  user_id          text,
  -- Whether the whole record went; otherwise the resources, as Type/id.
  whole            boolean NOT NULL,
  resources        text[] NOT NULL
);

CREATE INDEX erasure_patient ON erasure (patient_id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON erasure FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON erasure EXECUTE FUNCTION refuse_change();
