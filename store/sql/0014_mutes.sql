-- What keeps pages from people: silences by persons, and windows of planned work. Alerts are found,
-- incidents opened and written down all the same.

-- rule, subject: patterns, '*' stands for any text. ended_ms 0: its end is not written down
-- yet, though end_ms may be past.
CREATE TABLE silences (
	id            INTEGER PRIMARY KEY,
	rule          TEXT    NOT NULL CHECK (length(rule) BETWEEN 1 AND 120),
	subject       TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
	reason        TEXT    NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
	author        TEXT    NOT NULL CHECK (length(author) <= 200),
	created_ms    INTEGER NOT NULL,
	start_ms      INTEGER NOT NULL,
	end_ms        INTEGER NOT NULL,
	until_resolved INTEGER NOT NULL CHECK (until_resolved IN (0, 1)),
	matched       INTEGER NOT NULL,  -- pages it kept back
	matched_ms    INTEGER NOT NULL,
	told_ms       INTEGER NOT NULL,  -- that it ends soon, or ended
	ended_ms      INTEGER NOT NULL,
	ended_by      TEXT    NOT NULL CHECK (length(ended_by) <= 200),
	CHECK (end_ms > start_ms)
) STRICT;
CREATE INDEX silences_open ON silences (end_ms) WHERE ended_ms = 0;

-- Planned work that comes again: by the wall clock of a zone.
CREATE TABLE routines (
	id         INTEGER PRIMARY KEY,
	title      TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
	rule       TEXT    NOT NULL CHECK (length(rule) BETWEEN 1 AND 120),
	subject    TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
	reason     TEXT    NOT NULL CHECK (length(reason) <= 500),
	zone       TEXT    NOT NULL CHECK (length(zone) BETWEEN 1 AND 64),
	first      TEXT    NOT NULL CHECK (length(first) = 16),
	recurrence TEXT    NOT NULL CHECK (length(recurrence) BETWEEN 1 AND 200),
	length_ms  INTEGER NOT NULL CHECK (length_ms > 0),
	gates      INTEGER NOT NULL,
	tasks      TEXT    NOT NULL CHECK (length(tasks) <= 8000),  -- lines
	author     TEXT    NOT NULL CHECK (length(author) <= 200),
	created_ms INTEGER NOT NULL,
	laid_ms    INTEGER NOT NULL,     -- its windows up to this start are laid out
	removed_ms INTEGER NOT NULL
) STRICT;

-- state: 1 planned, 2 active, 3 ended, 4 cancelled, 5 missed. gates: bits, see store/windows.h.
CREATE TABLE windows (
	id         INTEGER PRIMARY KEY,
	routine    INTEGER REFERENCES routines (id),
	state      INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
	title      TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
	rule       TEXT    NOT NULL CHECK (length(rule) BETWEEN 1 AND 120),
	subject    TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
	reason     TEXT    NOT NULL CHECK (length(reason) <= 500),
	zone       TEXT    NOT NULL CHECK (length(zone) BETWEEN 1 AND 64),
	start_ms   INTEGER NOT NULL,
	end_ms     INTEGER NOT NULL,
	gates      INTEGER NOT NULL,
	author     TEXT    NOT NULL CHECK (length(author) <= 200),
	created_ms INTEGER NOT NULL,
	notice_ms  INTEGER NOT NULL,     -- when those concerned were told; 0: not yet
	started_ms INTEGER NOT NULL,
	started_by TEXT    NOT NULL CHECK (length(started_by) <= 200),
	ended_ms   INTEGER NOT NULL,
	ended_by   TEXT    NOT NULL CHECK (length(ended_by) <= 200),
	muted      INTEGER NOT NULL,     -- pages it kept back
	text       TEXT    NOT NULL CHECK (length(text) <= 1000),
	version    INTEGER NOT NULL DEFAULT 1,
	CHECK (end_ms > start_ms),
	UNIQUE (routine, start_ms)
) STRICT;
CREATE INDEX windows_open ON windows (start_ms) WHERE state IN (1, 2);

CREATE TABLE window_tasks (
	window  INTEGER NOT NULL REFERENCES windows (id),
	place   INTEGER NOT NULL,
	text    TEXT    NOT NULL CHECK (length(text) BETWEEN 1 AND 200),
	done_ms INTEGER NOT NULL,
	done_by TEXT    NOT NULL CHECK (length(done_by) <= 200),
	PRIMARY KEY (window, place)
) STRICT, WITHOUT ROWID;
