-- Who is told what happens: channels, notices (what there is to say), deliveries (the outbox: one row
-- a notice and channel). Numbers of enums are pinned in the headers of store/.

-- kind: 1 webhook, 2 e-mail, 3 PagerDuty, 4 Slack, 5 Discord, 6 command. state: 1 fine, 2 failing,
-- 3 gone. Lists (event kinds, recipients, arguments) are lines. The secrets are sealed. removed_ms 0:
-- it is there; a removed one stays until its deliveries are pruned.
CREATE TABLE channels (
	id           INTEGER PRIMARY KEY,
	name         TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
	kind         INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 6),
	enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)),
	events       TEXT    NOT NULL CHECK (length(events) <= 2000),
	target       TEXT    NOT NULL CHECK (length(target) <= 4000),
	username     TEXT    NOT NULL CHECK (length(username) <= 320),
	sender       TEXT    NOT NULL CHECK (length(sender) <= 320),
	recipients   TEXT    NOT NULL CHECK (length(recipients) <= 6000),
	secret       BLOB    CHECK (length(secret) BETWEEN 1 AND 4096),
	old_secret   BLOB    CHECK (length(old_secret) BETWEEN 1 AND 4096),
	old_until_ms INTEGER NOT NULL,
	since_event  INTEGER NOT NULL,  -- events up to this one are none of its business
	state        INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
	failures     INTEGER NOT NULL,
	hold_ms      INTEGER NOT NULL,  -- nothing is sent before
	took_ms      INTEGER NOT NULL,  -- its last answer
	ok_ms        INTEGER NOT NULL,
	fail_ms      INTEGER NOT NULL,
	said         TEXT    NOT NULL CHECK (length(said) <= 400),
	sent         INTEGER NOT NULL,
	dead         INTEGER NOT NULL,
	dropped      INTEGER NOT NULL,
	told_ms      INTEGER NOT NULL,  -- when others were last told that it loses something
	created_ms   INTEGER NOT NULL,
	removed_ms   INTEGER NOT NULL,
	version      INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX channels_name ON channels (name) WHERE removed_ms = 0;

-- source: 1 an event, 2 a test, 3 a page; ref: its id there, so that each is taken up once.
-- uid: what receivers know it by. severity: 1 info, 2 warning, 3 error, 4 critical.
CREATE TABLE notices (
	id       INTEGER PRIMARY KEY,
	uid      TEXT    NOT NULL UNIQUE CHECK (length(uid) BETWEEN 1 AND 64),
	source   INTEGER NOT NULL CHECK (source BETWEEN 1 AND 3),
	ref      INTEGER,
	kind     TEXT    NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
	subject  TEXT    NOT NULL CHECK (length(subject) <= 200),
	severity INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4),
	at_ms    INTEGER NOT NULL,
	text     TEXT    NOT NULL CHECK (length(text) <= 1000),
	actor    TEXT    NOT NULL CHECK (length(actor) <= 200),
	data     TEXT    NOT NULL CHECK (length(data) <= 65536),
	UNIQUE (source, ref)
) STRICT;

-- state: 1 queued, 2 sending, 3 sent, 4 retrying, 5 dead.
CREATE TABLE deliveries (
	id         INTEGER PRIMARY KEY,
	notice     INTEGER NOT NULL REFERENCES notices (id),
	channel    INTEGER NOT NULL REFERENCES channels (id),
	state      INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
	attempts   INTEGER NOT NULL,
	replays    INTEGER NOT NULL,
	queued_ms  INTEGER NOT NULL,
	next_ms    INTEGER NOT NULL,
	last_ms    INTEGER NOT NULL,  -- the last attempt, written before it; 0: none
	end_ms     INTEGER NOT NULL,
	took_ms    INTEGER NOT NULL,
	status     INTEGER NOT NULL,
	said       TEXT    NOT NULL CHECK (length(said) <= 400),
	UNIQUE (notice, channel)
) STRICT;
CREATE INDEX deliveries_open ON deliveries (channel, id) WHERE state IN (1, 2, 4);
CREATE INDEX deliveries_ended ON deliveries (end_ms) WHERE state IN (3, 5);
CREATE INDEX deliveries_channel ON deliveries (channel, id);
CREATE INDEX deliveries_dead ON deliveries (id) WHERE state = 5;
