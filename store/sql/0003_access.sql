-- An identity proves itself by a token, or by a client certificate with its URI.
-- token: SHA-256 of the token. uri: of the certificate's one URI name, uri_hash: SHA-256 of it.
-- roles: bits, as before.

CREATE TABLE identities_3 (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
	roles INTEGER NOT NULL CHECK (roles BETWEEN 0 AND 255),
	token BLOB UNIQUE CHECK (length(token) = 32),
	uri TEXT UNIQUE CHECK (length(uri) BETWEEN 1 AND 512),
	uri_hash BLOB UNIQUE CHECK (length(uri_hash) = 32),
	created_ms INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL CHECK (expires_ms >= 0),
	revoked_ms INTEGER NOT NULL CHECK (revoked_ms >= 0),
	CHECK (token IS NOT NULL OR uri IS NOT NULL),
	CHECK ((uri IS NULL) = (uri_hash IS NULL))
) STRICT;
INSERT INTO identities_3 (id, name, roles, token, uri, uri_hash, created_ms, expires_ms, revoked_ms)
SELECT id, name, roles, token, NULL, NULL, created_ms, expires_ms, revoked_ms FROM identities;
DROP TABLE identities;
ALTER TABLE identities_3 RENAME TO identities;
