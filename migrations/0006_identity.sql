-- Clients: who may vouch for patients, and a version against changes that overwrite each other. Proofs of possession that are used up.

ALTER TABLE client
  ADD COLUMN vouches_for_patients boolean NOT NULL DEFAULT false,
  ADD COLUMN version              bigint NOT NULL DEFAULT 1,
  ADD COLUMN changed              timestamptz;
UPDATE client SET changed = coalesce(revoked_at, created);
ALTER TABLE client ALTER COLUMN changed SET NOT NULL;

-- A proof (DPoP) is good for one request, whichever process it reaches. Rows go once no process would accept the proof any more.
CREATE TABLE used_proof (
  -- SHA-256 over the key's thumbprint and the proof's jti, which a caller may make as long as it likes.
  proof   bytea PRIMARY KEY CHECK (length(proof) = 32),
  expires timestamptz NOT NULL
);

CREATE INDEX used_proof_expires ON used_proof (expires);
