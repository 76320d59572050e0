-- What is known of a safe address: is there code, and does its owner stand behind it.

ALTER TABLE safe_addresses ADD COLUMN contract INTEGER NOT NULL DEFAULT 0 CHECK (contract IN (0, 1));
ALTER TABLE safe_addresses ADD COLUMN code INTEGER NOT NULL DEFAULT 0 CHECK (code BETWEEN 0 AND 3);
ALTER TABLE safe_addresses ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;  -- when the chain told
ALTER TABLE safe_addresses ADD COLUMN proof BLOB CHECK (length(proof) BETWEEN 1 AND 4096);
ALTER TABLE safe_addresses ADD COLUMN proof_state INTEGER NOT NULL DEFAULT 1 CHECK (proof_state BETWEEN 1 AND 4);
ALTER TABLE safe_addresses ADD COLUMN proof_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE safe_addresses ADD COLUMN proof_text TEXT NOT NULL DEFAULT '' CHECK (length(proof_text) <= 400);
