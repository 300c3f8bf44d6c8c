-- What an organisation's worklists are read from: its patients, who of them is marked, and which cards tell a conflict. All are asked
-- of many patients of whom most are on no list, so they say no without reading a row.

-- From an organisation to the patients whose record it holds or in whose team it is.
CREATE INDEX patient_access_own ON patient_access (party, patient_id) INCLUDE (effect, valid_from, valid_until)
  WHERE ground IN ('holder', 'team');

-- Active markings; the condition stands in src/store/worklist.ts word for word.
CREATE INDEX resource_marking ON resource (patient_id) WHERE type = 'Flag' AND NOT deleted
  AND search @> '{"code":["https://fhir.izp.example/r4/CodeSystem/izp-marking-code|palliative-phase"],"status":["|active"]}';

-- What the card says of itself, so that neither can be there without the other: card-decisions.ts and card.ts write this warning.
ALTER TABLE emergency_card ADD COLUMN conflict boolean NOT NULL
  GENERATED ALWAYS AS (strpos(content, '{"code":"conflict"') > 0) STORED;
-- From then on what it says of conflicts may be untrue, because a period begins or ends. A name that changed makes a card expire
-- at once and leaves this as it is: 2,000 patients of a practice that moves need not be computed anew to find one conflict.
ALTER TABLE emergency_card ADD COLUMN changes_at timestamptz(3);
UPDATE emergency_card SET changes_at = expires_at WHERE expires_at IS NOT NULL;
CREATE INDEX emergency_card_conflict ON emergency_card (patient_id) WHERE conflict OR changes_at IS NOT NULL;
