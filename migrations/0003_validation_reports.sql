-- Errors of published profiles: what they do to a client's writes, and what was stored in spite of them.

ALTER TABLE client ADD COLUMN on_profile_errors text NOT NULL DEFAULT 'refuse'
  CHECK (on_profile_errors IN ('refuse', 'accept-and-report'));

-- Per stored version its profile errors, for the vendor of the system that sent it: profile, place and rule, never content.
-- seq is given under a lock per organisation that lasts until the commit, so whoever asks for what came after a seq misses nothing.
CREATE TABLE validation_report (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded   timestamptz(3) NOT NULL,
  author_ura text COLLATE "C" NOT NULL,
  client_id  text COLLATE "C" NOT NULL,
  patient_id text COLLATE "C",
  type       text COLLATE "C" NOT NULL,
  id         text COLLATE "C" NOT NULL,
  version    integer NOT NULL,
  errors     jsonb NOT NULL
);

CREATE INDEX validation_report_author ON validation_report (author_ura, seq);
-- What belongs to a record goes with it when it is destroyed.
CREATE INDEX validation_report_patient ON validation_report (patient_id) WHERE patient_id IS NOT NULL;
