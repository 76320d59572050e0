-- Recovery kits that were made, and what they hold. A kit counts once who asked for it has said that
-- the file is written and reads back (state 2): funding refuses keys that no such kit holds.
-- indices: seed indices 0 to indices - 1 were in use then. wallets_to: every imported key of a wallet
-- up to this id is in it. digest: SHA-256 of the file. Rows stay: they say what was ever given out.
CREATE TABLE kits (
	id           INTEGER PRIMARY KEY,
	state        INTEGER NOT NULL CHECK (state IN (1, 2)),
	actor        TEXT    NOT NULL CHECK (length(actor) <= 200),
	created_ms   INTEGER NOT NULL,
	confirmed_ms INTEGER NOT NULL CHECK (confirmed_ms >= 0),
	seed         INTEGER NOT NULL CHECK (seed IN (0, 1)),
	indices      INTEGER NOT NULL CHECK (indices >= 0),
	wallets_to   INTEGER NOT NULL CHECK (wallets_to >= 0),
	imported     INTEGER NOT NULL CHECK (imported >= 0),
	funder       INTEGER NOT NULL CHECK (funder IN (0, 1)),
	digest       BLOB    NOT NULL CHECK (length(digest) = 32),
	size         INTEGER NOT NULL CHECK (size > 0)
) STRICT;
