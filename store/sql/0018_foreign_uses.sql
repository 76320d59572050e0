-- Wallets with whose key somebody else sent a transaction, until a person says that all is well.
CREATE TABLE foreign_uses (
	wallet   INTEGER PRIMARY KEY REFERENCES wallets (id),
	times    INTEGER NOT NULL CHECK (times >= 1),
	first_ms INTEGER NOT NULL,
	last_ms  INTEGER NOT NULL
) STRICT;
