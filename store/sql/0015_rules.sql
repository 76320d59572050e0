-- Rules: what is watched for, every version of it, and how each stands. Numbers of enums are pinned in
-- store/rules.h; a signal is a row of server/core/signals.def.

CREATE TABLE rules (
	no           INTEGER PRIMARY KEY,
	id           TEXT    NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 40),
	version      INTEGER NOT NULL,                 -- the one that counts
	newest       INTEGER NOT NULL,                 -- the highest number given
	proposed     INTEGER NOT NULL DEFAULT 0,       -- a later default, not taken; 0: none
	shipped      BLOB    CHECK (length(shipped) = 32),  -- hash of the default seen last; NULL: not ours
	population   INTEGER NOT NULL DEFAULT 0        -- told entities when it was evaluated last
) STRICT;

CREATE TABLE rule_versions (
	rule         INTEGER NOT NULL REFERENCES rules (no),
	version      INTEGER NOT NULL,
	title        TEXT    NOT NULL CHECK (length(title) <= 200),
	signal       INTEGER NOT NULL,
	op           INTEGER NOT NULL CHECK (op BETWEEN 1 AND 6),
	threshold    REAL    NOT NULL,
	for_ms       INTEGER NOT NULL CHECK (for_ms >= 0),
	keep_ms      INTEGER NOT NULL CHECK (keep_ms >= 0),
	hits         INTEGER NOT NULL CHECK (hits BETWEEN 1 AND 64),
	looks        INTEGER NOT NULL CHECK (looks BETWEEN 1 AND 64),
	window_ms    INTEGER NOT NULL CHECK (window_ms >= 0),
	scope        INTEGER NOT NULL CHECK (scope BETWEEN 1 AND 3),
	scope_value  TEXT    NOT NULL CHECK (length(scope_value) <= 120),
	group_by     INTEGER NOT NULL CHECK (group_by BETWEEN 1 AND 3),
	severity     INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4),
	page         INTEGER NOT NULL CHECK (page IN (0, 1)),
	min_affected INTEGER NOT NULL CHECK (min_affected >= 1),
	share        REAL    NOT NULL,
	min_sources  INTEGER NOT NULL,
	warm_up_ms   INTEGER NOT NULL,
	stale_ms     INTEGER NOT NULL,
	no_data      INTEGER NOT NULL CHECK (no_data IN (1, 2)),
	never_suppress INTEGER NOT NULL CHECK (never_suppress IN (0, 1)),
	inhibited_by TEXT    NOT NULL CHECK (length(inhibited_by) <= 400),
	procedure    TEXT    NOT NULL CHECK (length(procedure) <= 200),
	enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)),
	author       TEXT    NOT NULL,
	comment      TEXT    NOT NULL CHECK (length(comment) <= 400),
	at_ms        INTEGER NOT NULL,
	PRIMARY KEY (rule, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER rule_versions_stay BEFORE UPDATE ON rule_versions
BEGIN SELECT RAISE(ABORT, 'a version of a rule is not changed'); END;

-- How one thing stands under one rule; no row: it is fine, and nothing is remembered of it.
CREATE TABLE rule_states (
	rule       INTEGER NOT NULL REFERENCES rules (no),
	ref        INTEGER NOT NULL,                   -- kind << 48 | id, see store/rules.h
	entity     TEXT    NOT NULL CHECK (length(entity) <= 160),
	phase      INTEGER NOT NULL CHECK (phase BETWEEN 1 AND 3),
	unknown_ms INTEGER NOT NULL,                   -- nobody can tell since then; 0: somebody tells
	back_ms    INTEGER NOT NULL,                   -- somebody tells again since then
	since_ms   INTEGER NOT NULL,                   -- it is bad since then
	fired_ms   INTEGER NOT NULL,
	clear_ms   INTEGER NOT NULL,                   -- it fires, and is well since then; 0: it is not
	end_ms     INTEGER NOT NULL,                   -- it fired last until then
	bits       INTEGER NOT NULL,                   -- the last looks, the newest lowest; 1: bad
	seen_ms    INTEGER NOT NULL,                   -- the measurement that was counted last
	value      REAL    NOT NULL,
	flips      INTEGER NOT NULL,                   -- began or ended within the hour from flips_ms
	flips_ms   INTEGER NOT NULL,
	bundle     TEXT    NOT NULL CHECK (length(bundle) <= 255),   -- the incident it is in; '': none
	muted_by   TEXT    NOT NULL CHECK (length(muted_by) <= 40),  -- the rule that is its cause
	PRIMARY KEY (rule, ref)
) STRICT, WITHOUT ROWID;

-- What one incident of a rule is made of. key is the incident's.
CREATE TABLE rule_bundles (
	rule      INTEGER NOT NULL REFERENCES rules (no),
	key       TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
	opened_ms INTEGER NOT NULL,
	told_ms   INTEGER NOT NULL,                    -- when the incident was triggered last
	sign      INTEGER NOT NULL,                    -- of what was told; another: it is told again
	PRIMARY KEY (rule, key)
) STRICT, WITHOUT ROWID;

-- What a wallet uses up: the falls of its balance, the older the less they count (over a week). Real
-- numbers, in ether: an estimate, from which no payment is ever made.
CREATE TABLE wallet_burns (
	wallet    INTEGER PRIMARY KEY REFERENCES wallets (id),
	balance   REAL    NOT NULL,                    -- when it was looked at last
	at_ms     INTEGER NOT NULL,
	since_ms  INTEGER NOT NULL,
	burnt     REAL    NOT NULL
) STRICT;
