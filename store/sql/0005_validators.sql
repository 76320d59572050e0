-- Validators that are watched, the Beacon nodes that tell of them, and what they told. Epochs and
-- slots are the chain's; -1 is "none" or "far away". Amounts are gwei.

CREATE TABLE validators (
	id           INTEGER PRIMARY KEY,
	pubkey       BLOB    NOT NULL UNIQUE CHECK (length(pubkey) = 48),
	label        TEXT    NOT NULL CHECK (length(label) <= 80),
	removed_ms   INTEGER NOT NULL DEFAULT 0,       -- 0: it is watched
	created_ms   INTEGER NOT NULL,
	-- What Beacon nodes told last; heard_ms 0: nothing yet.
	place        INTEGER NOT NULL DEFAULT -1,      -- the chain's index
	life         INTEGER NOT NULL DEFAULT 0 CHECK (life BETWEEN 0 AND 6),
	status       INTEGER NOT NULL DEFAULT 0 CHECK (status BETWEEN 0 AND 9),
	balance      INTEGER NOT NULL DEFAULT 0,
	change       INTEGER NOT NULL DEFAULT 0,       -- of the balance, against the epoch before
	effective    INTEGER NOT NULL DEFAULT 0,
	slashed      INTEGER NOT NULL DEFAULT 0 CHECK (slashed IN (0, 1)),
	activation   INTEGER NOT NULL DEFAULT -1,
	exit         INTEGER NOT NULL DEFAULT -1,
	withdrawable INTEGER NOT NULL DEFAULT -1,
	heard_epoch  INTEGER NOT NULL DEFAULT -1,      -- of the balance
	heard_ms     INTEGER NOT NULL DEFAULT 0,
	declines     INTEGER NOT NULL DEFAULT 0,       -- epochs in a row with less balance
	-- What follows from it.
	health       INTEGER NOT NULL DEFAULT 5 CHECK (health BETWEEN 1 AND 6),
	since_ms     INTEGER NOT NULL,
	announced    INTEGER NOT NULL DEFAULT 1,       -- the health that an event told last
	evidence     INTEGER NOT NULL DEFAULT 0,       -- bits, see store/validators.h
	live_epoch   INTEGER NOT NULL DEFAULT -1,
	judged_epoch INTEGER NOT NULL DEFAULT -1,
	missed_row   INTEGER NOT NULL DEFAULT 0,
	missed_bits  INTEGER NOT NULL DEFAULT 0,       -- bit i: missed judged_epoch - i
	known_bits   INTEGER NOT NULL DEFAULT 0,       -- bit i: anything is known of it
	text         TEXT    NOT NULL DEFAULT '' CHECK (length(text) <= 400),
	version      INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX validators_place ON validators (place) WHERE place >= 0;
CREATE INDEX validators_label ON validators (label) WHERE label <> '';
CREATE INDEX validators_ill ON validators (id) WHERE removed_ms = 0 AND health IN (2, 3, 4, 5);
CREATE TRIGGER validators_stay BEFORE DELETE ON validators
BEGIN SELECT RAISE(ABORT, 'validators are removed, not deleted'); END;

-- Stretches of the same health, one after the other without a gap.
CREATE TABLE validator_spells (
	id        INTEGER PRIMARY KEY,
	validator INTEGER NOT NULL REFERENCES validators (id),
	health    INTEGER NOT NULL CHECK (health BETWEEN 1 AND 6),
	from_ms   INTEGER NOT NULL,
	to_ms     INTEGER NOT NULL,                     -- 0: it lasts
	evidence  INTEGER NOT NULL,
	text      TEXT    NOT NULL CHECK (length(text) <= 400)
) STRICT;
CREATE INDEX spells_validator ON validator_spells (validator, from_ms);
CREATE UNIQUE INDEX spells_open ON validator_spells (validator) WHERE to_ms = 0;
CREATE INDEX spells_end ON validator_spells (to_ms) WHERE to_ms > 0;

-- What became of the duties of one validator in one epoch: raw, for days.
CREATE TABLE duties (
	epoch     INTEGER NOT NULL,
	validator INTEGER NOT NULL REFERENCES validators (id),
	flags     INTEGER NOT NULL,                     -- see enum duty_flag
	balance   INTEGER NOT NULL,
	reward    INTEGER NOT NULL,                     -- what the epoch brought; below 0: cost
	PRIMARY KEY (epoch, validator)
) STRICT, WITHOUT ROWID;

-- The same in sums, by hour and by day: for weeks and for 400 days.
CREATE TABLE duty_sums (
	span      INTEGER NOT NULL CHECK (span IN (1, 2)),
	start_ms  INTEGER NOT NULL,
	validator INTEGER NOT NULL REFERENCES validators (id),
	epochs    INTEGER NOT NULL,                     -- in which it had duties
	known     INTEGER NOT NULL,                     -- of which it is known whether it did them
	live      INTEGER NOT NULL,
	rewarded  INTEGER NOT NULL,                     -- of which the four below are known
	source    INTEGER NOT NULL,
	target    INTEGER NOT NULL,
	head      INTEGER NOT NULL,
	earned    INTEGER NOT NULL,                     -- sums of what was above and below 0
	lost      INTEGER NOT NULL,
	first     INTEGER NOT NULL,                     -- balance
	last      INTEGER NOT NULL,
	PRIMARY KEY (span, start_ms, validator)
) STRICT, WITHOUT ROWID;

-- Blocks that a watched validator was to propose.
CREATE TABLE proposals (
	slot      INTEGER PRIMARY KEY,
	validator INTEGER NOT NULL REFERENCES validators (id),
	state     INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
	reason    INTEGER NOT NULL,                     -- why it was missed, see enum miss_reason
	at_ms     INTEGER NOT NULL,                     -- when the slot was
	text      TEXT    NOT NULL CHECK (length(text) <= 400)
) STRICT;
CREATE INDEX proposals_validator ON proposals (validator, slot);
CREATE INDEX proposals_open ON proposals (slot) WHERE state = 1;

CREATE TABLE beacon_sources (
	name       TEXT    PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 40),
	url        TEXT    NOT NULL,
	place      INTEGER NOT NULL,                    -- order in the configuration
	state      INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),
	good_ms    INTEGER NOT NULL,                    -- in good standing since; 0: it is not
	head_slot  INTEGER NOT NULL,
	behind     INTEGER NOT NULL,
	peers      INTEGER NOT NULL,                    -- -1: unknown
	latency_ms INTEGER NOT NULL,
	errors_ppm INTEGER NOT NULL,
	seen_ms    INTEGER NOT NULL,
	outvoted   INTEGER NOT NULL,
	text       TEXT    NOT NULL CHECK (length(text) <= 400),
	client     TEXT    NOT NULL CHECK (length(client) <= 200)
) STRICT;

-- One row: the chain of the Beacon nodes, and how far we have asked.
CREATE TABLE beacon (
	id             INTEGER PRIMARY KEY CHECK (id = 1),
	genesis_ms     INTEGER NOT NULL,
	genesis_root   BLOB    NOT NULL CHECK (length(genesis_root) = 32),
	slot_ms        INTEGER NOT NULL CHECK (slot_ms > 0),
	slots          INTEGER NOT NULL CHECK (slots > 0),   -- an epoch
	network        TEXT    NOT NULL,
	head_slot      INTEGER NOT NULL,
	finalized      INTEGER NOT NULL,
	participation  INTEGER NOT NULL,                -- parts per million; -1: nobody told
	participation_epoch  INTEGER NOT NULL,
	participation_source TEXT NOT NULL,
	states_epoch   INTEGER NOT NULL,                -- the last epoch that is done, of each question
	live_epoch     INTEGER NOT NULL,
	duties_epoch   INTEGER NOT NULL,
	rewards_epoch  INTEGER NOT NULL,
	seen_ms        INTEGER NOT NULL
) STRICT;

-- Figures over time that are not one validator's: of hosts, nodes, processes, the network. What is
-- measured is a row of server/core/signals.def, by its number.
CREATE TABLE series (
	id        INTEGER PRIMARY KEY,
	entity    TEXT    NOT NULL CHECK (length(entity) BETWEEN 1 AND 120),
	signal    INTEGER NOT NULL,
	at_ms     INTEGER NOT NULL,                     -- the newest, with its value
	value     REAL    NOT NULL,
	source    TEXT    NOT NULL CHECK (length(source) <= 80),
	UNIQUE (entity, signal)
) STRICT;

CREATE TABLE samples (
	series    INTEGER NOT NULL REFERENCES series (id),
	at_ms     INTEGER NOT NULL,
	value     REAL    NOT NULL,
	PRIMARY KEY (series, at_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample_sums (
	span      INTEGER NOT NULL CHECK (span IN (0, 1, 2)),  -- minute, hour, day
	series    INTEGER NOT NULL REFERENCES series (id),
	start_ms  INTEGER NOT NULL,
	n         INTEGER NOT NULL,
	sum       REAL    NOT NULL,
	low       REAL    NOT NULL,
	high      REAL    NOT NULL,
	last      REAL    NOT NULL,
	PRIMARY KEY (span, series, start_ms)
) STRICT, WITHOUT ROWID;
