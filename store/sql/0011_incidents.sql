-- What went wrong, who was told why, who took it, and what was done about it. Numbers of enums are
-- pinned in the headers of store/. An incident is never deleted: history points at it.

-- kind: 1 plain, 2 slashing, 3 compromise, 4 partition, 5 loss of RPC: its clocks and what must be
-- filled in. severity: 1 low .. 4 critical. state: 1 triggered, 2 acknowledged, 3 resolved.
-- resolution: 0 none, 1 by itself, 2 by a person, 3 expired, 4 merged into another.
-- Deadlines (.._due_ms) are NULL where nothing is pending; next_ms is the earliest of them.
CREATE TABLE incidents (
	id             INTEGER PRIMARY KEY,
	key            TEXT    NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
	rule           TEXT    NOT NULL CHECK (length(rule) <= 100),
	kind           INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 5),
	subject        TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
	title          TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
	text           TEXT    NOT NULL CHECK (length(text) <= 4000),
	severity       INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 4),
	worst          INTEGER NOT NULL CHECK (worst BETWEEN 1 AND 4),  -- that a trigger ever said
	state          INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
	resolution     INTEGER NOT NULL CHECK (resolution BETWEEN 0 AND 4),
	page           INTEGER NOT NULL CHECK (page IN (0, 1)),
	never_suppress INTEGER NOT NULL CHECK (never_suppress IN (0, 1)),
	flapping       INTEGER NOT NULL CHECK (flapping IN (0, 1)),
	occurrences    INTEGER NOT NULL CHECK (occurrences >= 1),
	since_ms       INTEGER NOT NULL,  -- of the deciding observation
	opened_ms      INTEGER NOT NULL,
	seen_ms        INTEGER NOT NULL,  -- the last trigger
	again_seq      INTEGER NOT NULL,  -- the timeline's row that counts repeated triggers; 0: none
	again_ms       INTEGER NOT NULL,
	level          INTEGER NOT NULL CHECK (level BETWEEN 0 AND 3),  -- the highest that was told
	pages          INTEGER NOT NULL,
	paged_ms       INTEGER NOT NULL,
	repeats        INTEGER NOT NULL,
	ack_by         TEXT    NOT NULL CHECK (length(ack_by) <= 200),
	ack_ms         INTEGER NOT NULL,
	first_ack_ms   INTEGER NOT NULL,
	ack_due_ms     INTEGER,
	resolve_due_ms INTEGER,
	lapse_due_ms   INTEGER,           -- an acknowledgement lapses
	repeat_due_ms  INTEGER,
	clear_due_ms   INTEGER,           -- flapping, and quiet since: it resolves then
	next_ms        INTEGER,
	ack_missed     INTEGER NOT NULL CHECK (ack_missed IN (0, 1)),
	resolve_missed INTEGER NOT NULL CHECK (resolve_missed IN (0, 1)),
	resolved_by    TEXT    NOT NULL CHECK (length(resolved_by) <= 200),
	resolved_ms    INTEGER,
	recurrence_of  INTEGER REFERENCES incidents (id),
	merged_into    INTEGER REFERENCES incidents (id),
	-- impact: -1, or NULL, is not known
	downtime_ms    INTEGER NOT NULL,
	missed         INTEGER NOT NULL,
	wallets        INTEGER NOT NULL,
	balance_gwei   INTEGER,
	feedback       INTEGER NOT NULL CHECK (feedback BETWEEN 0 AND 2),
	feedback_text  TEXT    NOT NULL CHECK (length(feedback_text) <= 1000),
	version        INTEGER NOT NULL DEFAULT 1,
	CHECK ((state = 3) = (resolved_ms IS NOT NULL)),
	CHECK ((state = 3) = (resolution > 0)),
	CHECK (resolved_ms IS NULL OR resolved_ms >= opened_ms),
	CHECK (state = 1 OR ack_due_ms IS NULL),
	CHECK (state = 2 OR lapse_due_ms IS NULL),
	CHECK (state <> 3 OR (resolve_due_ms IS NULL AND repeat_due_ms IS NULL
		AND clear_due_ms IS NULL AND next_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX incidents_one_open ON incidents (key) WHERE state <> 3;
CREATE INDEX incidents_key ON incidents (key, id);
CREATE INDEX incidents_rule ON incidents (rule, id);
CREATE INDEX incidents_due ON incidents (next_ms) WHERE next_ms IS NOT NULL;
CREATE INDEX incidents_open ON incidents (id) WHERE state <> 3;

-- The timeline: seq without gaps. n: how often, for what is counted. audit: the record of it, or
-- the last one before it.
CREATE TABLE incident_rows (
	incident INTEGER NOT NULL REFERENCES incidents (id),
	seq      INTEGER NOT NULL CHECK (seq >= 1),
	at_ms    INTEGER NOT NULL,
	kind     INTEGER NOT NULL CHECK (kind >= 1),
	actor    TEXT    NOT NULL CHECK (length(actor) <= 200),
	text     TEXT    NOT NULL CHECK (length(text) <= 2000),
	n        INTEGER NOT NULL CHECK (n >= 1),
	audit    INTEGER NOT NULL,
	PRIMARY KEY (incident, seq)
) STRICT, WITHOUT ROWID;

-- Notes of people, apart from what the machine writes. What a note said before is kept.
CREATE TABLE incident_notes (
	id       INTEGER PRIMARY KEY,
	incident INTEGER NOT NULL REFERENCES incidents (id),
	author   TEXT    NOT NULL CHECK (length(author) <= 200),
	at_ms    INTEGER NOT NULL,
	text     TEXT    NOT NULL CHECK (length(text) BETWEEN 1 AND 16384),
	edits    INTEGER NOT NULL,
	edited_ms INTEGER NOT NULL,
	edited_by TEXT   NOT NULL CHECK (length(edited_by) <= 200)
) STRICT;
CREATE INDEX incident_notes_of ON incident_notes (incident, id);
CREATE TABLE incident_note_versions (
	note   INTEGER NOT NULL REFERENCES incident_notes (id),
	edit   INTEGER NOT NULL,
	at_ms  INTEGER NOT NULL,
	author TEXT    NOT NULL CHECK (length(author) <= 200),
	text   TEXT    NOT NULL CHECK (length(text) <= 16384),
	PRIMARY KEY (note, edit)
) STRICT, WITHOUT ROWID;

-- What a template wants to know before the incident is closed: the root cause, who was told ...
CREATE TABLE incident_answers (
	incident INTEGER NOT NULL REFERENCES incidents (id),
	field    TEXT    NOT NULL CHECK (length(field) BETWEEN 1 AND 40),
	text     TEXT    NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
	author   TEXT    NOT NULL CHECK (length(author) <= 200),
	at_ms    INTEGER NOT NULL,
	PRIMARY KEY (incident, field)
) STRICT, WITHOUT ROWID;

-- What is to be done about it. kind: 1 prevent, 2 detect, 3 mitigate. due_ms, done_ms 0: none.
CREATE TABLE incident_actions (
	id       INTEGER PRIMARY KEY,
	incident INTEGER NOT NULL REFERENCES incidents (id),
	kind     INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
	text     TEXT    NOT NULL CHECK (length(text) BETWEEN 1 AND 1000),
	owner    TEXT    NOT NULL CHECK (length(owner) <= 200),
	due_ms   INTEGER NOT NULL,
	done_ms  INTEGER NOT NULL,
	done_by  TEXT    NOT NULL CHECK (length(done_by) <= 200)
) STRICT;
CREATE INDEX incident_actions_of ON incident_actions (incident, id);
CREATE INDEX incident_actions_open ON incident_actions (due_ms) WHERE done_ms = 0;

-- What belongs together; a < b.
CREATE TABLE incident_links (
	a      INTEGER NOT NULL REFERENCES incidents (id),
	b      INTEGER NOT NULL REFERENCES incidents (id),
	author TEXT    NOT NULL CHECK (length(author) <= 200),
	at_ms  INTEGER NOT NULL,
	PRIMARY KEY (a, b),
	CHECK (a < b)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_links_b ON incident_links (b);

-- What stakers and the status page are told. incident NULL: of none. state: 1 investigating,
-- 2 identified, 3 monitoring, 4 resolved. public_title: what the page calls the incident.
CREATE TABLE announcements (
	id       INTEGER PRIMARY KEY,
	incident INTEGER REFERENCES incidents (id),
	at_ms    INTEGER NOT NULL,
	author   TEXT    NOT NULL CHECK (length(author) <= 200),
	state    INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
	title    TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
	text     TEXT    NOT NULL CHECK (length(text) BETWEEN 1 AND 4000)
) STRICT;
CREATE INDEX announcements_of ON announcements (incident, id);
