-- Everything that is the store's own: the few single facts, history for watchers, the audit
-- chain, answers by request id, identities, pauses. Times are milliseconds since 1970, UTC.

CREATE TABLE meta (
	key TEXT NOT NULL PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 64),
	value BLOB NOT NULL
) STRICT;

-- Read by cursor. The newest row is never pruned, so that ids only grow.
CREATE TABLE events (
	id INTEGER PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	topic INTEGER NOT NULL CHECK (topic > 0),
	subject TEXT NOT NULL CHECK (length(subject) <= 200),
	kind TEXT NOT NULL CHECK (length(kind) <= 64),
	text TEXT NOT NULL CHECK (length(text) <= 1000),
	actor TEXT NOT NULL CHECK (length(actor) <= 200)
) STRICT;
CREATE INDEX events_subject ON events (subject, id);

-- hash: SHA-256 over the record's own fields and prev, the hash of the record before (zeros for
-- the first). Ids have no gaps.
CREATE TABLE audit (
	id INTEGER PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	actor TEXT NOT NULL CHECK (length(actor) <= 200),
	action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
	subject TEXT NOT NULL CHECK (length(subject) <= 200),
	detail TEXT NOT NULL CHECK (length(detail) <= 1000),
	prev BLOB NOT NULL CHECK (length(prev) = 32),
	hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- n: in the order of arrival, which is how they are pruned. reply NULL: it held a secret.
CREATE TABLE requests (
	n INTEGER PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	actor TEXT NOT NULL CHECK (length(actor) <= 200),
	method TEXT NOT NULL CHECK (length(method) BETWEEN 1 AND 200),
	id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 128),
	body BLOB NOT NULL CHECK (length(body) = 32),
	reply BLOB,
	UNIQUE (id, method, actor)
) STRICT;

-- token: SHA-256 of the token. roles: bits, 1 viewer, 2 checker, 4 operator, 8 treasurer,
-- 16 approver, 32 admin, 64 auditor, 128 loopback.
CREATE TABLE identities (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
	roles INTEGER NOT NULL CHECK (roles BETWEEN 0 AND 255),
	token BLOB NOT NULL UNIQUE CHECK (length(token) = 32),
	created_ms INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL CHECK (expires_ms >= 0),
	revoked_ms INTEGER NOT NULL CHECK (revoked_ms >= 0)
) STRICT;

-- id: the epoch. kind: 1 plain, 2 lockdown. Never removed; lifted_ms 0: it holds.
CREATE TABLE pauses (
	id INTEGER PRIMARY KEY,
	kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
	scope TEXT NOT NULL CHECK (length(scope) BETWEEN 1 AND 200),
	actor TEXT NOT NULL CHECK (length(actor) <= 200),
	reason TEXT NOT NULL CHECK (length(reason) <= 500),
	at_ms INTEGER NOT NULL,
	lifted_ms INTEGER NOT NULL CHECK (lifted_ms >= 0),
	lifted_by TEXT NOT NULL CHECK (length(lifted_by) <= 200)
) STRICT;
CREATE INDEX pauses_held ON pauses (scope, id) WHERE lifted_ms = 0;
