-- What people were told of incidents. A page is one message to one person (person '': a channel, or
-- all of them); its parts are the channels it goes by. incident 0: several pages in one.
-- reason: as enum page_reason (server/core/page.h). ack_ms: when its link was used; 0: it was not.
CREATE TABLE pages (
	id         INTEGER PRIMARY KEY,
	incident   INTEGER NOT NULL,
	level      INTEGER NOT NULL CHECK (level BETWEEN 0 AND 3),
	reason     INTEGER NOT NULL CHECK (reason BETWEEN 1 AND 20),
	severity   INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4),
	person     TEXT    NOT NULL CHECK (length(person) <= 40),
	at_ms      INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL,  -- of its link
	ack_ms     INTEGER NOT NULL,
	line       TEXT    NOT NULL CHECK (length(line) <= 400)
) STRICT;
CREATE INDEX pages_incident ON pages (incident, id);
CREATE INDEX pages_time ON pages (at_ms);

-- state: 1 handed to the outbox, 2 held for a while, 3 told in a bundle, 4 not needed any more.
CREATE TABLE page_parts (
	page     INTEGER NOT NULL REFERENCES pages (id),
	channel  INTEGER NOT NULL,
	state    INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
	at_ms    INTEGER NOT NULL,  -- handed over, or due
	rerouted INTEGER NOT NULL CHECK (rerouted IN (0, 1)),
	PRIMARY KEY (page, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX page_parts_sent ON page_parts (channel, at_ms) WHERE state = 1;
CREATE INDEX page_parts_held ON page_parts (at_ms) WHERE state = 2;

-- Messages that came in and must count once: their sender's id of them.
CREATE TABLE inbound_seen (
	source TEXT    NOT NULL CHECK (length(source) <= 40),
	uid    TEXT    NOT NULL CHECK (length(uid) BETWEEN 1 AND 200),
	at_ms  INTEGER NOT NULL,
	PRIMARY KEY (source, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_seen_time ON inbound_seen (at_ms);

-- Others that must be heard of: a beat every period_ms, and grace_ms more. token: SHA-256 of it.
-- state: 1 new, 2 beats, 3 late, 4 said that it failed, 5 off. kind: 1 a job of somebody, 2 a sentinel
-- that watches us. start_ms: it said that it began; 0: not under way.
CREATE TABLE heartbeats (
	id         INTEGER PRIMARY KEY,
	name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
	kind       INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 2),
	token      BLOB    NOT NULL UNIQUE CHECK (length(token) = 32),
	period_ms  INTEGER NOT NULL CHECK (period_ms > 0),
	grace_ms   INTEGER NOT NULL CHECK (grace_ms >= 0),
	severity   INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4),
	note       TEXT    NOT NULL CHECK (length(note) <= 400),
	state      INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
	beat_ms    INTEGER NOT NULL,  -- the last good one
	heard_ms   INTEGER NOT NULL,  -- the last one of any kind
	start_ms   INTEGER NOT NULL,
	due_ms     INTEGER NOT NULL,  -- late from then on
	took_ms    INTEGER NOT NULL,
	said       TEXT    NOT NULL CHECK (length(said) <= 400),
	created_ms INTEGER NOT NULL,
	removed_ms INTEGER NOT NULL,
	version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX heartbeats_name ON heartbeats (name) WHERE removed_ms = 0;
CREATE INDEX heartbeats_due ON heartbeats (due_ms) WHERE removed_ms = 0 AND state = 2;
