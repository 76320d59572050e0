/* Good configurations: what is read, from where, and what wins. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/eth/addr.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/wei.h"
#include "tests/support/one_config.h"
#include "tests/support/stop.h"
#include "tests/support/test.h"

#define KEY_1  "0x0000000000000000000000000000000000000000000000000000000000000001"
#define CORE_1 "0x1111111111111111111111111111111111111111"
#define CORE_2 "0x2222222222222222222222222222222222222222"

static void says(const char *key, const char *text, enum config_from from)
{
	const struct config_value *v = configs_value(&f, key);

	if (strcmp(v->text, text) != 0 || v->at.from != from)
		stop_test("%s is \"%s\" from %d", key, v->text, (int)v->at.from);
}

/* Every key of the earlier service, as its users have it. */
static void the_runbooks_file_is_taken_as_it_is(void **state)
{
	const struct config_profile *p;
	struct config_env env = { 0 };
	struct wei ten;

	(void)state;
	f.said = config_load(&f.t, "tests/data/config/runbook.toml", &env, &f.c, &f.problems);
	configs_count(&f, 0, 0);
	assert_int_equal(f.said, OK);
	(void)configs_problem(&f, PROBLEM_NOTE, 10, 1, "chain.use_realtime", "12 settings");
	assert_int_equal(f.c->chain.id, 6343);
	assert_int_equal(f.c->chain.type, CHAIN_MEGAETH);
	assert_int_equal(f.c->chain.in_flight, 400);
	assert_int_equal(f.c->doors.http_port, 8080);
	assert_int_equal(f.c->doors.grpc_port, 50051);
	assert_int_equal(f.c->safety.cooldown_ms, 3600000);
	assert_int_equal(f.c->n_wallets, 1);
	assert_string_equal(f.c->wallets[0].id, "wallet-001");
	assert_true(f.c->wallets[0].enabled);
	assert_false(f.c->wallets[0].private_key.given);
	assert_int_equal(f.c->wallets[0].line, 48);

	p = config_profile(f.c, "degen");
	assert_non_null(p);
	assert_null(config_profile(f.c, "whale"));
	assert_int_equal(p->interval_ms, 1800000);
	assert_true(p->action.given);
	assert_true(addr_eq(p->action.contract, f.c->ghostnet.ghost_core));
	assert_true(addr_eq(p->action.spend_token, f.c->ghostnet.data_token));
	assert_string_equal(p->action.call, "jackIn(uint256,uint8)");
	assert_int_equal(p->action.args.n, 2);
	assert_string_equal(p->action.args.v[0], "10ether");
	assert_string_equal(p->action.args.v[1], "1");
	assert_true(wei_mul_u64(wei_u64(1000000000000000000u), 10, &ten));
	assert_int_equal(wei_cmp(p->action.spend_amount, ten), 0);
}

static void what_is_not_written_has_a_default(void **state)
{
	(void)state;
	configs_read(&f, CONFIGS_GOOD, NULL, NULL, 0);
	configs_count(&f, 0, 0);
	assert_string_equal(f.c->doors.grpc_address, "127.0.0.1");
	assert_string_equal(f.c->store.path, "data/ghost-fleet.db");
	assert_int_equal(f.c->store.reserve, 64 << 20);
	assert_int_equal(f.c->chain.in_flight, 1000);
	assert_int_equal(f.c->chain.block_time_ms, 1000);
	assert_int_equal(f.c->chain.urls.n, 1);
	assert_int_equal(f.c->service.policy, POLICY_SOLO);
	says("chain.max_fee", "100gwei", FROM_DEFAULT);
	says("funding.target", "0.05ether", FROM_DEFAULT);
	assert_false(f.c->profiles[0].action.given);
}

static void the_environment_wins_and_each_value_knows_its_source(void **state)
{
	const char *const vars[] = { "RPC_URL=https://rpc.example/key",
				     "BACKUP_RPC_URLS=http://b.example, http://c.example",
				     "GHOST_FLEET_LOG_LEVEL=debug",
				     "GHOST_CORE=" CORE_2,
				     "FUNDER_KEY=" KEY_1,
				     "CHAIN_ID=",
				     NULL };

	(void)state;
	configs_read(&f, CONFIGS_GOOD "[plugins.ghostnet]\nghost_core = \"" CORE_1 "\"\n", vars,
		     NULL, 0);
	configs_count(&f, 0, 0);
	assert_int_equal(f.c->chain.urls.n, 3);
	assert_string_equal(f.c->chain.urls.v[0], "https://rpc.example/key");
	assert_string_equal(f.c->chain.urls.v[2], "http://c.example");
	assert_int_equal(f.c->log.level, LOG_DEBUG);
	assert_int_equal(f.c->chain.id, 31337);
	assert_true(f.c->funding.key.key.given);
	says("plugins.ghostnet.ghost_core", CORE_2, FROM_ENV);
	says("funding.key_file", "(set)", FROM_ENV);
	says("log.level", "debug", FROM_ENV);
	says("chain.chain_id", "31337", FROM_FILE);
	assert_string_equal(configs_value(&f, "log.level")->at.name, "GHOST_FLEET_LOG_LEVEL");
	assert_int_equal(configs_value(&f, "chain.chain_id")->at.line, 2);
	assert_int_equal(configs_value(&f, "chain.chain_id")->at.column, 12);
}

static void a_variable_that_is_wrong_is_named(void **state)
{
	const char *const vars[] = { "CHAIN_ID=six",
				     "FUNDER_KEY=/nowhere/key",
				     "GHOST_FLEET_LOG_LEVL=debug",
				     "GHOST_FLEET_DRY_RUN=true",
				     "GHOST_FLEET_RPC_URL=http://x",
				     "HOME=/root",
				     NULL };
	const struct config_problem *p;

	(void)state;
	configs_read(&f, CONFIGS_GOOD, vars, NULL, 0);
	configs_count(&f, 2, 3);
	(void)configs_problem(&f, PROBLEM_WARNING, 0, 0, "GHOST_FLEET_RPC_URL",
			      "did you mean RPC_URL?");
	p = configs_problem(&f, PROBLEM_ERROR, 0, 0, "CHAIN_ID", "is \"six\"");
	assert_string_equal(p->file, "environment");
	(void)configs_problem(&f, PROBLEM_ERROR, 0, 0, "GHOST_FLEET_DRY_RUN", "--start-paused");
	(void)configs_problem(&f, PROBLEM_WARNING, 0, 0, "GHOST_FLEET_LOG_LEVL",
			      "did you mean GHOST_FLEET_LOG_LEVEL?");
	(void)configs_problem(&f, PROBLEM_WARNING, 0, 0, "funding.key_file", "/nowhere/key");
}

/* A mistyped key in FUNDER_KEY looks like a path. */
static void a_mistyped_key_in_the_environment_is_not_repeated(void **state)
{
	const char *const vars[] = { "FUNDER_KEY=0xabcdefabcdefabcdefabcdefabcdefabcdefab", NULL };
	struct buf report = buf_in(f.mem, 1 << 20);

	(void)state;
	configs_read(&f, CONFIGS_GOOD, vars, NULL, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 0, 0, "FUNDER_KEY", "is no private key");
	config_report(f.c, &f.problems, true, &report);
	assert_null(strstr(buf_text(&report), "abcdef"));
}

static void environment_files_are_read_as_they_are(void **state)
{
	const char *const vars[] = { "GHOST_FLEET_LOG_LEVEL=warn", NULL };
	const char *files[2];

	(void)state;
	files[0] = configs_file(&f, ".env", 0600,
				"# Ghost Fleet\n"
				"export RPC_URL=http://one.example   # the first\n"
				"\n"
				"CHAIN_ID=\"31337\"\r\n"
				"GHOST_FLEET_LOG_LEVEL=debug\n"
				"GHOST_FLEET_PASSPHRASE='a $b # c'\n"
				"MIN_STAKE_AMOUNT=32\n");
	files[1] = configs_file(&f, "monitoring.env", 0644,
				"GHOST_FLEET_LOG_FORMAT=json\n"
				"ALERT_DOWNTIME_MINUTES=5       # Alert if down >5 min\n"
				"ALERT_BALANCE_THRESHOLD=32     # Alert if balance <32 ETH\n"
				"ALERT_PARTICIPATION=95         # Alert if <95% participating\n"
				"ALERT_EMAIL=ops@team.com       # Recipient\n");
	configs_read(&f, CONFIGS_GOOD, vars, files, 2);
	configs_count(&f, 0, 0);
	assert_string_equal(f.c->chain.rpc_url, "http://one.example");
	assert_string_equal(f.c->keys.passphrase, "a $b # c");
	assert_true(f.c->alerts.downtime_minutes > 4 && f.c->alerts.downtime_minutes < 6);
	assert_true(f.c->alerts.balance > 31 && f.c->alerts.balance < 33);
	assert_true(f.c->alerts.participation > 94 && f.c->alerts.participation < 96);
	assert_string_equal(f.c->alerts.email, "ops@team.com");
	assert_int_equal(f.c->log.format, LOG_FORMAT_JSON);
	assert_int_equal(f.c->log.level, LOG_WARN);
	says("chain.rpc_url", "http://one.example", FROM_ENV_FILE);
	assert_int_equal(configs_value(&f, "chain.rpc_url")->at.line, 2);
}

static void an_environment_file_needs_no_shell(void **state)
{
	const char *file = configs_file(&f, ".env", 0600,
					"CHAIN_ID=31337\n"
					"RPC_URL=https://$HOST/rpc\n"
					"not a variable\n"
					"LOG=\"open\n"
					"RCP_URL=http://x\n"
					"GHOST_CORE='" CORE_1 "' x\n");

	(void)state;
	configs_read(&f, CONFIGS_GOOD, NULL, &file, 1);
	configs_count(&f, 4, 1);
	(void)configs_problem(&f, PROBLEM_ERROR, 2, 17, "RPC_URL", "expanded by a shell");
	(void)configs_problem(&f, PROBLEM_ERROR, 3, 1, "line", "write NAME=VALUE");
	(void)configs_problem(&f, PROBLEM_ERROR, 4, 5, "LOG", "does not close it");
	(void)configs_problem(&f, PROBLEM_WARNING, 5, 1, "RCP_URL", "did you mean RPC_URL?");
	(void)configs_problem(&f, PROBLEM_ERROR, 6, 57, "GHOST_CORE", "after its closing quote");
}

static void a_key_in_an_environment_file_is_the_owners_alone(void **state)
{
	const char *file = configs_file(&f, ".env", 0644, "FUNDER_KEY=" KEY_1 "\n");

	(void)state;
	configs_read(&f, CONFIGS_GOOD, NULL, &file, 1);
	configs_count(&f, 1, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 1, 1, "FUNDER_KEY", "run: chmod 600");
}

/* The validator runbook has a .env and no more. */
static void the_environment_alone_can_be_checked(void **state)
{
	const char *file = configs_file(&f, ".env", 0600,
					"RPC_URL=http://127.0.0.1:8545\nCHAIN_ID=1\n"
					"VALIDATOR_PUBKEY=0x" CORE_1 "\n");

	(void)state;
	configs_read(&f, NULL, NULL, &file, 1);
	configs_count(&f, 1, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 3, 1, "VALIDATOR_PUBKEY[0]",
			      "is no BLS public key");
	assert_null(f.c->file);
}

static void the_chain_of_the_environment_does_not_get_the_files_safe_list(void **state)
{
	const char *const vars[] = { "CHAIN_ID=1", NULL };

	(void)state;
	configs_read(&f, CONFIGS_GOOD, vars, NULL, 0);
	(void)configs_problem(&f, PROBLEM_WARNING, 0, 0, "chain.chain_id", "31337 in the file");
	configs_read(&f,
		     "[chain]\nchain_id = 31337\nrpc_url = \"http://x\"\nsafe_list = [\"" CORE_1
		     "\"]\n",
		     vars, NULL, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 0, 0, "chain.chain_id", "safe list was written");
}

static void paths_of_the_file_begin_at_its_folder(void **state)
{
	const char *const vars[] = { "FUNDER_KEY=here.key", NULL };
	char want[256];

	(void)state;
	configs_read(&f, CONFIGS_GOOD "[store]\npath = \"data/fleet.db\"\n", vars, NULL, 0);
	(void)snprintf(want, sizeof(want), "%s/data/fleet.db", f.dir);
	assert_string_equal(f.c->store.path, want);
	assert_string_equal(f.c->funding.key.file, "here.key");
}

static void the_hash_follows_the_file_and_the_environment(void **state)
{
	const char *const vars[] = { "GHOST_FLEET_LOG_LEVEL=debug", NULL };
	struct eth_hash plain;

	(void)state;
	configs_read(&f, CONFIGS_GOOD, NULL, NULL, 0);
	plain = f.c->hash;
	configs_read(&f, CONFIGS_GOOD, NULL, NULL, 0);
	assert_true(hash_eq(plain, f.c->hash));
	configs_read(&f, CONFIGS_GOOD "# more\n", NULL, NULL, 0);
	assert_false(hash_eq(plain, f.c->hash));
	configs_read(&f, CONFIGS_GOOD, vars, NULL, 0);
	assert_false(hash_eq(plain, f.c->hash));
}

/* As many as design allows, within the time a start may take. */
static void ten_thousand_wallets_are_read(void **state)
{
	struct buf text = buf_in(f.mem, 16 << 20);
	int64_t began = clock_mono_ms();

	(void)state;
	buf_str(&text, CONFIGS_GOOD);
	for (unsigned i = 1; i <= 10000; i++)
		buf_printf(&text,
			   "[[wallets]]\nid = \"wallet-%03u\"\naddress = \"0x%040x\"\nprofile = "
			   "\"degen\"\n",
			   i, i);
	configs_read(&f, buf_text(&text), NULL, NULL, 0);
	configs_count(&f, 0, 0);
	assert_int_equal(f.c->n_wallets, 10000);
	assert_true(clock_mono_ms() - began < 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(the_runbooks_file_is_taken_as_it_is),
		TEST(what_is_not_written_has_a_default),
		TEST(the_environment_wins_and_each_value_knows_its_source),
		TEST(a_variable_that_is_wrong_is_named),
		TEST(a_mistyped_key_in_the_environment_is_not_repeated),
		TEST(environment_files_are_read_as_they_are),
		TEST(an_environment_file_needs_no_shell),
		TEST(a_key_in_an_environment_file_is_the_owners_alone),
		TEST(the_environment_alone_can_be_checked),
		TEST(the_chain_of_the_environment_does_not_get_the_files_safe_list),
		TEST(paths_of_the_file_begin_at_its_folder),
		TEST(the_hash_follows_the_file_and_the_environment),
		TEST(ten_thousand_wallets_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
