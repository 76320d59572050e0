-- What became of every transaction that had a nonce, for good: one line each, written when it is final
-- and taken out when the chain takes that back. Its bytes go after a while, this stays.
CREATE TABLE ledger (
	intent    INTEGER PRIMARY KEY,  -- the number of the transaction
	wallet    INTEGER NOT NULL REFERENCES wallets (id),
	operation INTEGER NOT NULL,     -- 0: none
	chain_id  INTEGER NOT NULL,
	purpose   INTEGER NOT NULL CHECK (purpose BETWEEN 1 AND 8),
	state     INTEGER NOT NULL CHECK (state BETWEEN 7 AND 10),
	nonce     INTEGER NOT NULL CHECK (nonce >= 0),
	hash      BLOB    CHECK (length(hash) = 32),         -- of the attempt that happened; NULL: none did
	block     INTEGER NOT NULL,
	dest      BLOB    NOT NULL CHECK (length(dest) = 20),
	value     BLOB    NOT NULL CHECK (length(value) = 32),  -- that moved: none unless it was confirmed
	fee       BLOB    NOT NULL CHECK (length(fee) = 32),
	at_ms     INTEGER NOT NULL,     -- when it was final
	UNIQUE (wallet, chain_id, nonce)
) STRICT;
CREATE INDEX ledger_wallet ON ledger (wallet, intent);
CREATE INDEX ledger_operation ON ledger (operation, intent);

INSERT INTO ledger (intent, wallet, operation, chain_id, purpose, state, nonce, hash, block, dest,
	value, fee, at_ms)
	SELECT i.id, i.wallet, coalesce(i.operation, 0), i.chain_id, i.purpose, i.state, i.nonce,
		(SELECT t.hash FROM attempts t WHERE t.intent = i.id AND t.state IN (7, 8)), i.block, i.dest,
		CASE i.state WHEN 7 THEN i.value ELSE zeroblob(32) END, i.fee_paid, i.final_ms
	FROM intents i WHERE i.state BETWEEN 7 AND 10 AND i.nonce IS NOT NULL;

-- Finished, and its attempts are kept until they are pruned.
CREATE INDEX intents_finished ON intents (final_ms) WHERE final_ms > 0 AND nonce IS NOT NULL;
