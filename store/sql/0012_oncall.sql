-- Who is called when something is wrong: people, rotations, what deviates from them, and the levels
-- that are told one after the other. Lists are lines. Numbers of enums are pinned in store/oncall.h.

-- kind: 1 responder, 2 contact, 3 vendor. channels: lines "NAME LEAST", LEAST the least severity
-- (1 to 4) for which the channel is used. removed_ms 0: is there.
CREATE TABLE people (
	id         INTEGER PRIMARY KEY,
	name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
	kind       INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
	full_name  TEXT    NOT NULL CHECK (length(full_name) <= 200),
	email      TEXT    NOT NULL CHECK (length(email) <= 320),
	phone      TEXT    NOT NULL CHECK (length(phone) <= 60),
	zone       TEXT    NOT NULL CHECK (length(zone) <= 64),
	note       TEXT    NOT NULL CHECK (length(note) <= 2000),
	channels   TEXT    NOT NULL CHECK (length(channels) <= 2000),
	created_ms INTEGER NOT NULL,
	removed_ms INTEGER NOT NULL,
	version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX people_name ON people (name) WHERE removed_ms = 0;

-- zone: an IANA name. The layers are replaced whole with each new version.
CREATE TABLE schedules (
	id         INTEGER PRIMARY KEY,
	name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
	zone       TEXT    NOT NULL CHECK (length(zone) BETWEEN 1 AND 64),
	note       TEXT    NOT NULL CHECK (length(note) <= 2000),
	created_ms INTEGER NOT NULL,
	removed_ms INTEGER NOT NULL,
	version    INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX schedules_name ON schedules (name) WHERE removed_ms = 0;

-- A higher place covers a lower one. kind: 1 every so many days, 2 weeks, 3 at the moments of a week
-- that `handoffs` lists. start_min: the first handoff, in minutes of the zone's wall clock since
-- 1970-01-01 00:00. people: their names, in order. active: when it counts; "": always.
CREATE TABLE layers (
	schedule  INTEGER NOT NULL REFERENCES schedules (id),
	place     INTEGER NOT NULL CHECK (place BETWEEN 1 AND 8),
	name      TEXT    NOT NULL CHECK (length(name) <= 80),
	kind      INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
	every     INTEGER NOT NULL CHECK (every BETWEEN 1 AND 52),
	start_min INTEGER NOT NULL,
	people    TEXT    NOT NULL CHECK (length(people) BETWEEN 1 AND 2000),
	handoffs  TEXT    NOT NULL CHECK (length(handoffs) <= 1000),
	active    TEXT    NOT NULL CHECK (length(active) <= 1000),
	PRIMARY KEY (schedule, place)
) STRICT, WITHOUT ROWID;

-- kind: 1 override, 2 somebody took the shift, 3 the frame of a temporary schedule (person ""): while
-- it holds only its own shifts count, 4 one of those; of_frame is its frame. instead "": of whoever.
CREATE TABLE overrides (
	id         INTEGER PRIMARY KEY,
	schedule   INTEGER NOT NULL REFERENCES schedules (id),
	kind       INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
	of_frame   INTEGER NOT NULL,
	person     TEXT    NOT NULL CHECK (length(person) <= 40),
	instead    TEXT    NOT NULL CHECK (length(instead) <= 40),
	from_ms    INTEGER NOT NULL,
	to_ms      INTEGER NOT NULL CHECK (to_ms > from_ms),
	reason     TEXT    NOT NULL CHECK (length(reason) <= 400),
	author     TEXT    NOT NULL CHECK (length(author) <= 200),
	created_ms INTEGER NOT NULL,
	removed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX overrides_time ON overrides (schedule, to_ms) WHERE removed_ms = 0;

-- level: 1 primary, 2 secondary, 3 lead. targets: lines "schedules/X", "people/X", "channels/X"; a
-- level without any has no row.
CREATE TABLE call_levels (
	level   INTEGER PRIMARY KEY CHECK (level BETWEEN 1 AND 3),
	targets TEXT    NOT NULL CHECK (length(targets) BETWEEN 1 AND 2000)
) STRICT;
