-- What is asked of the machines that run the validators, beside the chain, and what they said last.
CREATE TABLE client_probes (
	kind     INTEGER PRIMARY KEY CHECK (kind BETWEEN 1 AND 3),
	word     INTEGER NOT NULL CHECK (word BETWEEN 1 AND 3),
	since_ms INTEGER NOT NULL,                     -- that it says so
	seen_ms  INTEGER NOT NULL,
	text     TEXT    NOT NULL CHECK (length(text) <= 400)
) STRICT;
-- 1: our client's keymanager listed the key; what is heard of the client is about these.
ALTER TABLE validators ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
-- When its slashing was heard of; 0: it is not slashed.
ALTER TABLE validators ADD COLUMN slashed_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX spells_down ON validator_spells (from_ms) WHERE health = 4;
CREATE INDEX validators_listed ON validators (id) WHERE listed = 1;
