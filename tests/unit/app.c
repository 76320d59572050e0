/* The daemon as a whole, opened and closed in one process; its chain does not answer. */
#include "server/app.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/chain.h"
#include "store/pauses.h"
#include "store/safe_list.h"
#include "store/wallets.h"
#include "tests/support/configs.h"
#include "tests/support/stop.h"
#include "tests/support/test.h"

static struct configs f;
static struct app *app;

#define KEY_1  "0x0000000000000000000000000000000000000000000000000000000000000001"
#define ADDR_1 "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
#define KEY_2  "0x0000000000000000000000000000000000000000000000000000000000000002"
#define ADDR_2 "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
#define ADDR_3 "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69"
#define HEAD                                                                                       \
	"[doors]\ngrpc_port = 0\nhttp_port = 0\n"                                                  \
	"[store]\npath = \"data/fleet.db\"\nreserve = \"1MiB\"\n"                                  \
	"[chain]\nchain_id = 31337\nrpc_url = \"http://127.0.0.1:1\"\n"                            \
	"safe_list = [\"" ADDR_3 "\"]\n"                                                           \
	"[profiles.degen]\n[profiles.whale]\n"
#define WALLET(id, address, rest)                                                                  \
	"[[wallets]]\nid = \"" id "\"\naddress = \"" address "\"\n" rest "\n"

static const char *const passphrase[] = { "GHOST_FLEET_PASSPHRASE=correct horse", NULL };

/* Open the daemon with this configuration; the one of before is closed first. */
static enum err start(const char *text, const char *const *vars, bool paused)
{
	app_close(app);
	app = NULL;
	turn_end(&f.t);
	turn_begin(&f.t, NULL, NULL, f.mem, "test", "tester", 60000);
	configs_read(&f, text, vars, NULL, 0);
	return app_open(&f.t, configs_take(&f), paused, &app);
}

static void started(const char *text, const char *const *vars)
{
	if (start(text, vars, false) != OK)
		stop_test("it did not start: %s", f.t.why);
}

static void refused(const char *text, const char *const *vars, enum err want, const char *word)
{
	enum err e = start(text, vars, false);

	if (e != want || !strstr(f.t.why, word))
		stop_test("%s: %s", err_name(e), e == OK ? "it started" : f.t.why);
	assert_null(app);
}

static struct wallet wallet(const char *name)
{
	struct wallet w;

	if (wallet_get(&f.t, name, &w) != OK)
		stop_test("there is no wallet %s", name);
	return w;
}

static void the_wallets_of_the_file_are_imported_once(void **state)
{
	static const char text[] = HEAD WALLET("wallet-001", ADDR_1,
					       "profile = \"degen\"\nprivate_key = \"" KEY_1 "\"")
		WALLET("wallet-002", ADDR_2, "profile = \"whale\"\nenabled = false");
	struct wallet_counts counts;

	(void)state;
	for (int i = 0; i < 2; i++) {
		started(text, passphrase);
		assert_int_equal(wallet_count(&f.t, &counts), OK);
		assert_int_equal(counts.total, 2);
		assert_int_equal(wallet("wallet-001").key_kind, KEY_IMPORTED);
		assert_true(wallet("wallet-001").enabled);
		assert_int_equal(wallet("wallet-002").key_kind, KEY_WATCH_ONLY);
		assert_string_equal(wallet("wallet-002").profile, "whale");
	}
}

static void a_changed_file_changes_profile_and_enabled(void **state)
{
	(void)state;
	started(HEAD WALLET("wallet-001", ADDR_1,
			    "profile = \"degen\"\nprivate_key = \"" KEY_1 "\""),
		passphrase);
	started(HEAD WALLET("wallet-001", ADDR_1, "profile = \"whale\"\nenabled = false"),
		passphrase);
	assert_string_equal(wallet("wallet-001").profile, "whale");
	assert_false(wallet("wallet-001").enabled);
	assert_int_equal(wallet("wallet-001").key_kind, KEY_IMPORTED);
	/* What is gone from the file is still ours. */
	started(HEAD, passphrase);
	assert_int_equal(wallet("wallet-001").state, WALLET_ACTIVE);
}

static void a_name_or_an_address_that_the_store_has_otherwise_is_refused(void **state)
{
	(void)state;
	started(HEAD WALLET("wallet-001", ADDR_1, "profile = \"degen\""), NULL);
	refused(HEAD WALLET("wallet-001", ADDR_2, "profile = \"degen\""), NULL, ERR_REFUSED,
		"give it another id");
	refused(HEAD WALLET("wallet-009", ADDR_1, "profile = \"degen\""), NULL, ERR_REFUSED,
		"use that id");
}

static void a_key_needs_a_passphrase_to_be_sealed_with(void **state)
{
	static const char text[] = HEAD WALLET("wallet-001", ADDR_1,
					       "profile = \"degen\"\nprivate_key = \"" KEY_1 "\"");
	static const char *const wrong[] = { "GHOST_FLEET_PASSPHRASE=wrong", NULL };

	(void)state;
	refused(text, NULL, ERR_REFUSED, "the keys are locked");
	started(text, passphrase);
	assert_non_null(app->keyring);
	refused(text, wrong, ERR_REFUSED, "passphrase does not open");
	/* Without one all else works. */
	started(text, NULL);
	assert_null(app->keyring);
}

static void the_passphrase_may_come_from_a_file_or_from_systemd(void **state)
{
	(void)state;
	(void)configs_file(&f, "pass", 0600, "correct horse\n");
	started(HEAD "[keys]\npassphrase_file = \"pass\"\n", NULL);
	started(HEAD, passphrase);
	assert_non_null(app->keyring);
	refused(HEAD "[keys]\ncredential = \"fleet\"\n", NULL, ERR_REFUSED, "LoadCredential=fleet");
	(void)configs_file(&f, "pass", 0600, "\n");
	refused(HEAD "[keys]\npassphrase_file = \"pass\"\n", NULL, ERR_REFUSED, "is empty");
}

static void the_funder_is_a_wallet_of_its_own(void **state)
{
	const char *const value[] = { passphrase[0], "FUNDER_KEY=" KEY_2, NULL };

	(void)state;
	(void)configs_file(&f, "funder.key", 0600, KEY_1 "\n");
	started(HEAD "[funding]\nkey_file = \"funder.key\"\n", passphrase);
	assert_int_equal(wallet(FUNDER_NAME).role, WALLET_FUNDER);
	assert_string_equal(app->policy.funder, FUNDER_NAME);
	/* Another key behind the same name is a mistake that is said. */
	refused(HEAD "[funding]\nkey_file = \"funder.key\"\n", value, ERR_REFUSED, FUNDER_NAME);
	(void)configs_file(&f, "funder.key", 0600, "0x12\n");
	refused(HEAD "[funding]\nkey_file = \"funder.key\"\n", passphrase, ERR_REFUSED,
		"holds no private key");
}

static void the_safe_list_of_the_file_seeds_the_store(void **state)
{
	struct safe_address *list;
	size_t n;

	(void)state;
	started(HEAD, NULL);
	assert_int_equal(safe_list(&f.t, 31337, 10, &list, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].state, SAFE_ACTIVE);
}

static void it_starts_paused_when_it_is_told_to(void **state)
{
	struct pause *p;
	size_t n;

	(void)state;
	assert_int_equal(start(HEAD, NULL, true), OK);
	assert_int_equal(pause_active(&f.t, "fleet", 10, &p, &n), OK);
	assert_int_equal(n, 1);
	assert_non_null(strstr(p[0].reason, "--start-paused"));
}

static enum err heard(struct turn *t, void *arg)
{
	return chain_set(t, arg);
}

static void a_store_of_another_chain_is_refused(void **state)
{
	struct chain c = { .chain_id = 6343, .head = 1 };

	(void)state;
	started(HEAD, NULL);
	c.seen_ms = f.t.now_ms;
	assert_int_equal(lane_run(&f.t, heard, &c), OK);
	refused(HEAD, NULL, ERR_REFUSED, "belongs to chain 6343, the configuration says 31337");
}

static void a_second_daemon_is_refused(void **state)
{
	struct app *second;

	(void)state;
	started(HEAD, NULL);
	configs_read(&f, HEAD, NULL, NULL, 0);
	assert_int_equal(app_open(&f.t, configs_take(&f), false, &second), ERR_REFUSED);
	assert_null(second);
}

static void the_token_of_the_admin_is_the_owners_alone(void **state)
{
	char path[256];
	struct stat st;

	(void)state;
	started(HEAD, NULL);
	(void)snprintf(path, sizeof(path), "%s/data/admin.token", f.dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static int begin(void **state)
{
	(void)state;
	configs_begin(&f);
	return 0;
}

static int end(void **state)
{
	(void)state;
	app_close(app);
	app = NULL;
	configs_end(&f);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(the_wallets_of_the_file_are_imported_once),
		TEST(a_changed_file_changes_profile_and_enabled),
		TEST(a_name_or_an_address_that_the_store_has_otherwise_is_refused),
		TEST(a_key_needs_a_passphrase_to_be_sealed_with),
		TEST(the_passphrase_may_come_from_a_file_or_from_systemd),
		TEST(the_funder_is_a_wallet_of_its_own),
		TEST(the_safe_list_of_the_file_seeds_the_store),
		TEST(it_starts_paused_when_it_is_told_to),
		TEST(a_store_of_another_chain_is_refused),
		TEST(a_second_daemon_is_refused),
		TEST(the_token_of_the_admin_is_the_owners_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
