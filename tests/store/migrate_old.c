/* A store as version 0.1.0 left it, opened by this version: what it held is still there. */
#include <nettle/sha2.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/identities.h"
#include "store/inside.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

static void run(sqlite3 *db, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %.80s", why, sql);
}

static char *text_of(const char *path, char room[64 * 1024])
{
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	size_t n = fread(room, 1, 64 * 1024 - 1, f);

	room[n] = 0;
	(void)fclose(f);
	return room;
}

static void migration(sqlite3 *db, int number, const char *name)
{
	static char text[64 * 1024];
	char path[128], sql[300], hex[65] = "";
	struct sha256_ctx sha;
	uint8_t hash[32];

	(void)snprintf(path, sizeof(path), "store/sql/%04d_%s.sql", number, name);
	run(db, text_of(path, text));
	sha256_init(&sha);
	sha256_update(&sha, strlen(text), (const uint8_t *)text);
	sha256_digest(&sha, sizeof(hash), hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO migrations VALUES (%d, '%s', x'%s', 1); "
		       "PRAGMA user_version = %d",
		       number, name, hex, number);
	run(db, sql);
}

#define Z "00000000000000000000000000000000000000000000000000000000000000"

static void make_old(const char *path)
{
	char sql[300];
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	(void)snprintf(
		sql, sizeof(sql),
		"PRAGMA application_id = %d; CREATE TABLE migrations ("
		"number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
		"hash BLOB NOT NULL CHECK (length(hash) = 32), at_ms INTEGER NOT NULL) STRICT",
		APPLICATION_ID);
	run(db, sql);
	migration(db, 1, "mechanics");
	migration(db, 2, "fleet");
	run(db, "INSERT INTO identities (name, roles, token, created_ms, expires_ms, revoked_ms) "
		"VALUES ('admin', 32, x'" Z "01', 5, 0, 0), "
		"('gone', 1, x'" Z "02', 6, 7, 8)");
	(void)sqlite3_close(db);
}

static void who_could_call_still_can(void **state)
{
	struct eth_hash token = { { 0 } };
	struct identity i;
	struct fixture f;
	char dir[128], path[200];

	(void)state;
	test_dir(dir, sizeof(dir));
	(void)snprintf(path, sizeof(path), "%s/fleet.db", dir);
	make_old(path);
	fixture_open_in(&f, dir, (struct store_options){ 0 });
	token.b[31] = 1;
	assert_ok(&f, identity_by_token(fixture_turn(&f), &token, &i));
	assert_string_equal(i.name, "admin");
	assert_int_equal(i.roles, ROLE_ADMIN);
	assert_int_equal(i.created_ms, 5);
	assert_null(i.uri);
	token.b[31] = 2;
	assert_ok(&f, identity_by_token(fixture_turn(&f), &token, &i));
	assert_int_equal(i.expires_ms, 7);
	assert_int_equal(i.revoked_ms, 8);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_could_call_still_can),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
