-- The fleet: wallets, what we know of the chain, operations, and the journal of what must happen
-- on chain. Numbers of enums are pinned in the headers of store/.

CREATE TABLE wallets (
	id         INTEGER PRIMARY KEY,
	name       TEXT    NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 40),
	addr       BLOB    NOT NULL UNIQUE CHECK (length(addr) = 20),
	profile    TEXT    NOT NULL CHECK (length(profile) <= 40),
	role       INTEGER NOT NULL CHECK (role IN (1, 2)),
	key_kind   INTEGER NOT NULL CHECK (key_kind IN (1, 2, 3)),
	hd_index   INTEGER UNIQUE CHECK (hd_index >= 0),
	sealed     BLOB    CHECK (length(sealed) BETWEEN 1 AND 256),
	state      INTEGER NOT NULL CHECK (state IN (1, 2)),
	enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
	created_ms INTEGER NOT NULL,
	version    INTEGER NOT NULL DEFAULT 1,
	CHECK ((key_kind = 3) = (sealed IS NULL)),
	CHECK ((key_kind = 1) = (hd_index IS NOT NULL))
) STRICT;
CREATE INDEX wallets_kinds ON wallets (role, state, key_kind);
CREATE TRIGGER wallets_stay BEFORE DELETE ON wallets
BEGIN SELECT RAISE(ABORT, 'wallets are retired, not deleted'); END;

-- What the chain said of a wallet last. nonce is a high-water mark: it never falls.
CREATE TABLE accounts (
	wallet     INTEGER PRIMARY KEY REFERENCES wallets (id),
	balance    BLOB    NOT NULL CHECK (length(balance) = 32),
	nonce      INTEGER NOT NULL CHECK (nonce >= 0),
	seen_ms    INTEGER NOT NULL,
	seen_block INTEGER NOT NULL,
	due_block  INTEGER NOT NULL DEFAULT 0  -- something changed it in this block: seen before it, it is old
) STRICT;
CREATE INDEX accounts_seen ON accounts (seen_ms);
CREATE INDEX accounts_due ON accounts (wallet) WHERE seen_block < due_block;

CREATE TABLE token_balances (
	wallet     INTEGER NOT NULL REFERENCES wallets (id),
	token      BLOB    NOT NULL CHECK (length(token) = 20),
	amount     BLOB    NOT NULL CHECK (length(amount) = 32),
	seen_ms    INTEGER NOT NULL,
	PRIMARY KEY (wallet, token)
) STRICT, WITHOUT ROWID;

CREATE TABLE stakes (
	wallet     INTEGER PRIMARY KEY REFERENCES wallets (id),
	amount     BLOB    NOT NULL CHECK (length(amount) = 32),
	seen_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE breakers (
	wallet     INTEGER PRIMARY KEY REFERENCES wallets (id),
	state      INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
	failures   INTEGER NOT NULL,
	trips      INTEGER NOT NULL,
	cause      TEXT    NOT NULL CHECK (length(cause) <= 400),
	tripped_ms INTEGER NOT NULL,
	probe_ms   INTEGER NOT NULL,
	version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX breakers_open ON breakers (state) WHERE state <> 1;

-- When the engine looks at a wallet next, and how often it acted.
CREATE TABLE paces (
	wallet     INTEGER PRIMARY KEY REFERENCES wallets (id),
	due_ms     INTEGER NOT NULL,
	acted_ms   INTEGER NOT NULL,
	actions    INTEGER NOT NULL
) STRICT;
CREATE INDEX paces_due ON paces (due_ms);

CREATE TABLE safe_addresses (
	id         INTEGER PRIMARY KEY,
	chain_id   INTEGER NOT NULL,
	addr       BLOB    NOT NULL CHECK (length(addr) = 20),
	label      TEXT    NOT NULL CHECK (length(label) <= 80),
	state      INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
	created_ms INTEGER NOT NULL,
	active_ms  INTEGER NOT NULL,
	actor      TEXT    NOT NULL,
	UNIQUE (chain_id, addr)
) STRICT;

-- One row: the chain as last heard.
CREATE TABLE chain (
	id         INTEGER PRIMARY KEY CHECK (id = 1),
	chain_id   INTEGER NOT NULL,
	genesis    BLOB    NOT NULL CHECK (length(genesis) = 32),
	head       INTEGER NOT NULL,
	head_ms    INTEGER NOT NULL,
	base_fee   BLOB    NOT NULL CHECK (length(base_fee) = 32),
	tip        BLOB    NOT NULL CHECK (length(tip) = 32),
	seen_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE endpoints (
	name       TEXT    PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 40),
	url        TEXT    NOT NULL,
	state      INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
	preferred  INTEGER NOT NULL CHECK (preferred IN (0, 1)),
	place      INTEGER NOT NULL,
	chain_id   INTEGER NOT NULL,
	head       INTEGER NOT NULL,
	head_ms    INTEGER NOT NULL,
	latency_ms INTEGER NOT NULL,
	errors_ppm INTEGER NOT NULL,
	seen_ms    INTEGER NOT NULL,
	hold_ms    INTEGER NOT NULL,
	text       TEXT    NOT NULL CHECK (length(text) <= 400),
	client     TEXT    NOT NULL CHECK (length(client) <= 200)
) STRICT;

CREATE TABLE operations (
	id          INTEGER PRIMARY KEY,
	kind        INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 5),
	state       INTEGER NOT NULL CHECK (state BETWEEN 1 AND 7),
	actor       TEXT    NOT NULL,
	source      INTEGER REFERENCES wallets (id),
	dest        BLOB    CHECK (length(dest) = 20),
	target      BLOB    CHECK (length(target) = 32),
	profile     TEXT    NOT NULL,
	native_only INTEGER NOT NULL CHECK (native_only IN (0, 1)),
	accept_tax  INTEGER NOT NULL CHECK (accept_tax IN (0, 1)),
	cancelling  INTEGER NOT NULL CHECK (cancelling IN (0, 1)),
	expand      INTEGER NOT NULL,            -- wallets up to this id have a step; -1: all have
	plan_hash   BLOB    CHECK (length(plan_hash) = 32),
	expires_ms  INTEGER NOT NULL,
	run_epoch   INTEGER NOT NULL,
	created_ms  INTEGER NOT NULL,
	run_ms      INTEGER NOT NULL,
	end_ms      INTEGER NOT NULL,
	total_value BLOB    NOT NULL CHECK (length(total_value) = 32),
	total_fee   BLOB    NOT NULL CHECK (length(total_fee) = 32),
	total_loan  BLOB    NOT NULL CHECK (length(total_loan) = 32),
	funds       BLOB    NOT NULL CHECK (length(funds) = 32),
	moved       BLOB    NOT NULL CHECK (length(moved) = 32),
	fees_paid   BLOB    NOT NULL CHECK (length(fees_paid) = 32),
	text        TEXT    NOT NULL CHECK (length(text) <= 400),
	warnings    TEXT    NOT NULL CHECK (length(warnings) <= 4000),
	version     INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX operations_live ON operations (state) WHERE state <= 3;

CREATE TABLE steps (
	id         INTEGER PRIMARY KEY,
	operation  INTEGER NOT NULL REFERENCES operations (id),
	wallet     INTEGER NOT NULL REFERENCES wallets (id),
	state      INTEGER NOT NULL CHECK (state BETWEEN 1 AND 7),
	planned    INTEGER NOT NULL CHECK (planned IN (0, 1)),  -- the planner has looked at it
	value      BLOB    NOT NULL CHECK (length(value) = 32),
	max_fee    BLOB    NOT NULL CHECK (length(max_fee) = 32),
	loan       BLOB    NOT NULL CHECK (length(loan) = 32),
	gas        INTEGER NOT NULL,
	moved      BLOB    NOT NULL CHECK (length(moved) = 32),
	fees_paid  BLOB    NOT NULL CHECK (length(fees_paid) = 32),
	next_ms    INTEGER NOT NULL,
	tries      INTEGER NOT NULL,
	text       TEXT    NOT NULL CHECK (length(text) <= 400),
	UNIQUE (operation, wallet)
) STRICT;
CREATE INDEX steps_operation ON steps (operation, id);
CREATE INDEX steps_due ON steps (operation, state, next_ms);
CREATE INDEX steps_unplanned ON steps (operation, id) WHERE planned = 0;
CREATE INDEX steps_wallet ON steps (wallet, state);

CREATE TABLE step_tokens (
	step       INTEGER NOT NULL REFERENCES steps (id),
	token      BLOB    NOT NULL CHECK (length(token) = 20),
	amount     BLOB    NOT NULL CHECK (length(amount) = 32),
	tax        BLOB    NOT NULL CHECK (length(tax) = 32),
	PRIMARY KEY (step, token)
) STRICT, WITHOUT ROWID;

-- What a plan moves of each token, in all.
CREATE TABLE operation_tokens (
	operation  INTEGER NOT NULL REFERENCES operations (id),
	token      BLOB    NOT NULL CHECK (length(token) = 20),
	amount     BLOB    NOT NULL CHECK (length(amount) = 32),
	tax        BLOB    NOT NULL CHECK (length(tax) = 32),
	PRIMARY KEY (operation, token)
) STRICT, WITHOUT ROWID;

-- What must happen on chain exactly once. A nonce is spent exactly when its row is stored.
CREATE TABLE intents (
	id         INTEGER PRIMARY KEY,
	operation  INTEGER REFERENCES operations (id),
	step       INTEGER REFERENCES steps (id),
	wallet     INTEGER NOT NULL REFERENCES wallets (id),
	chain_id   INTEGER NOT NULL,
	purpose    INTEGER NOT NULL CHECK (purpose BETWEEN 1 AND 8),
	dest       BLOB    NOT NULL CHECK (length(dest) = 20),
	value      BLOB    NOT NULL CHECK (length(value) = 32),
	data       BLOB    NOT NULL CHECK (length(data) <= 131072),
	gas        INTEGER NOT NULL,
	max_fee    BLOB    NOT NULL CHECK (length(max_fee) = 32),  -- of the newest attempt, per gas
	nonce      INTEGER CHECK (nonce >= 0),
	state      INTEGER NOT NULL CHECK (state BETWEEN 1 AND 14),
	block      INTEGER NOT NULL,
	block_hash BLOB    CHECK (length(block_hash) = 32),
	past_block INTEGER NOT NULL,  -- the head when the chain's nonce was first past ours without a receipt; 0: never
	fee_paid   BLOB    NOT NULL CHECK (length(fee_paid) = 32),
	text       TEXT    NOT NULL CHECK (length(text) <= 400),
	created_ms INTEGER NOT NULL,
	final_ms   INTEGER NOT NULL,
	UNIQUE (wallet, chain_id, nonce)
) STRICT;
-- At most one live intent a step: whatever a crash repeats, it cannot be ordered twice.
CREATE UNIQUE INDEX intents_one_live ON intents (step)
	WHERE step IS NOT NULL AND state IN (1, 2, 3, 4, 5, 6, 11, 13, 14);
CREATE INDEX intents_live ON intents (wallet) WHERE state IN (1, 2, 3, 4, 5, 6, 11, 13, 14);
CREATE INDEX intents_state ON intents (state) WHERE state IN (1, 2, 3, 4, 5, 6, 11, 13, 14);
CREATE INDEX intents_operation ON intents (operation, id);
CREATE INDEX intents_wallet ON intents (wallet, id);
CREATE INDEX intents_wallet_block ON intents (wallet, block);
CREATE INDEX intents_fund ON intents (created_ms) WHERE purpose = 1;
CREATE INDEX intents_step ON intents (step, block);
CREATE INDEX intents_dest ON intents (dest, block);

-- One signed transaction for an intent. Append-only but for what was heard of it.
CREATE TABLE attempts (
	id         INTEGER PRIMARY KEY,
	intent     INTEGER NOT NULL REFERENCES intents (id),
	state      INTEGER NOT NULL CHECK (state BETWEEN 3 AND 10 OR state = 14),
	hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
	raw        BLOB    NOT NULL CHECK (length(raw) BETWEEN 1 AND 140000),
	max_fee    BLOB    NOT NULL CHECK (length(max_fee) = 32),
	max_tip    BLOB    NOT NULL CHECK (length(max_tip) = 32),
	signed_ms  INTEGER NOT NULL,
	first_ms   INTEGER NOT NULL,  -- first handed to the network, written before it is; 0: never
	last_ms    INTEGER NOT NULL,
	next_ms    INTEGER NOT NULL,  -- when it is sent (again), or its receipt asked
	sends      INTEGER NOT NULL,
	said       TEXT    NOT NULL CHECK (length(said) <= 400)
) STRICT;
CREATE INDEX attempts_intent ON attempts (intent);
CREATE INDEX attempts_due ON attempts (next_ms) WHERE state IN (3, 4, 5);
CREATE INDEX attempts_open ON attempts (id) WHERE state IN (3, 4, 5, 6, 14);
