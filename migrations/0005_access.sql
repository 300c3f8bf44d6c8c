-- Who may see which patient, derived from the record in the transaction that changes it: the access rule is a probe of this table
-- inside every query, so totals, includes, pages and history cannot leak.

CREATE TABLE patient_access (
  patient_id  text COLLATE "C" NOT NULL,
  -- holder: the organisation that opened the record; team: a member of the care team; permission: what the patient permitted or
  -- objected to; representative: who acts for the patient.
  ground      text NOT NULL CHECK (ground IN ('holder', 'team', 'permission', 'representative')),
  effect      text NOT NULL CHECK (effect IN ('permit', 'deny')),
  -- ura:90000001, type:AMB, any, or person:RelatedPerson/id.
  party       text COLLATE "C" NOT NULL,
  -- The more specific rule wins.
  specificity smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN party = 'any' THEN 0 WHEN party LIKE 'type:%' THEN 1 ELSE 2 END) STORED,
  -- v3-ActReason codes; null for every purpose.
  purposes    text[],
  valid_from  timestamptz(3) NOT NULL,
  valid_until timestamptz(3) NOT NULL,
  -- Type/id of what it rests on.
  source      text COLLATE "C" NOT NULL
);

CREATE INDEX patient_access_party ON patient_access (patient_id, party);

-- Records opened before this table: who wrote a Patient's first version holds its record.
INSERT INTO patient_access (patient_id, ground, effect, party, purposes, valid_from, valid_until, source)
SELECT id, 'holder', 'permit', 'ura:' || author_ura, NULL, '-infinity', 'infinity', 'Patient/' || id
  FROM resource_history WHERE type = 'Patient' AND version = 1 AND author_ura <> '';

-- A door broken open stays open for the same user and patient until `until`.
CREATE TABLE break_glass (
  patient_id text COLLATE "C" NOT NULL,
  client_id  text COLLATE "C" NOT NULL,
  user_id    text COLLATE "C" NOT NULL,
  opened     timestamptz(3) NOT NULL,
  until      timestamptz(3) NOT NULL,
  PRIMARY KEY (patient_id, client_id, user_id, opened)
);
