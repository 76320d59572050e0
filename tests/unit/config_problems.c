/* Bad configurations: each problem at its line and column, with a word of what is wrong or of
 * what to write instead. */
#include <stdio.h>
#include <string.h>

#include "tests/support/one_config.h"
#include "tests/support/test.h"

/* `text` follows CONFIGS_GOOD (or stands alone), so its first line is line 5 (or 1). */
struct bad {
	const char *name; /* of the behaviour */
	bool alone;
	const char *text;
	unsigned line, column;
	const char *key, *word;
};

#define KEY_1  "0x0000000000000000000000000000000000000000000000000000000000000001"
#define ADDR_1 "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
#define ADDR_2 "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
#define ANVIL  "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

static const struct bad table[] = {
	{ "a file that is no TOML", true, "[chain]\nchain_id = = 3\n", 2, 12, "TOML",
	  "correct this first" },
	{ "a key twice", true, "[chain]\nchain_id = 1\nchain_id = 2\n", 3, 12, "TOML",
	  "cannot redefine" },
	{ "a stray bracket in a list", true, "[plugins]\nenabled = [}\"ghostnet\"]\n", 2, 1, "TOML",
	  "is missing here" },
	{ "a header that ends too soon", true, "[chain]\nchain_id = 1\n[[\nid = \"w-1\"\n", 3, 1,
	  "TOML", "is missing here" },
	{ "a mistyped setting", false, "[safety]\ncooldown_sec = 3\n", 6, 1, "safety.cooldown_sec",
	  "did you mean safety.cooldown_secs?" },
	{ "letters swapped", false, "[service]\nnmae = \"x\"\n", 6, 1, "service.nmae",
	  "did you mean service.name?" },
	{ "a setting of another section", false, "[engine]\ntick_interval_ms = 3\n", 5, 2, "engine",
	  "is no section we know" },
	{ "a setting above all sections", true,
	  "rpc_url = \"http://x\"\n[chain]\nchain_id = 31337\n", 1, 1, "rpc_url",
	  "did you mean chain.rpc_url?" },
	{ "a mistyped section", false, "[savety]\ncooldown_secs = 3\n", 5, 2, "savety",
	  "did you mean safety?" },
	{ "a setting like no other", false, "[log]\ncolour = true\n", 6, 1, "log.colour",
	  "known here: level, format" },
	{ "a mistyped setting of a wallet", false,
	  "[[wallets]]\nid = \"w-1\"\nadress = \"" ADDR_1 "\"\n", 7, 1, "wallets.w-1.adress",
	  "did you mean wallets.w-1.address?" },
	{ "a mistyped setting of a profile", false, "action_intervall_secs = 3\n", 5, 1,
	  "profiles.degen.action_intervall_secs", "did you mean" },
	{ "text for a number", false, "[safety]\ncooldown_secs = \"3600\"\n", 6, 17,
	  "safety.cooldown_secs", "is text; write a whole number" },
	{ "a number for text", false, "[service]\nname = 3\n", 6, 8, "service.name",
	  "is a whole number; write text" },
	{ "a number below its range", false, "[service]\ntick_interval_ms = 0\n", 6, 20,
	  "service.tick_interval_ms", "is 0; write a whole number from 10 to 3600000" },
	{ "a number below zero", false, "[safety]\nmax_consecutive_errors = -1\n", 6, 26,
	  "safety.max_consecutive_errors", "is -1" },
	{ "a port above its range", false, "[doors]\ngrpc_port = 65536\n", 6, 13, "doors.grpc_port",
	  "is 65536" },
	{ "a number with a point", false, "[safety]\ncooldown_secs = 3.5\n", 6, 17,
	  "safety.cooldown_secs", "is a number with a point" },
	{ "a factor out of range", false, "risk_tolerance = 1.5\n", 5, 18,
	  "profiles.degen.risk_tolerance", "is 1.5" },
	{ "hours above 24", false, "active_hours_end = 25\n", 5, 20,
	  "profiles.degen.active_hours_end", "from 0 to 24" },
	{ "an amount without a unit", false, "[funding]\ntarget = \"0.05\"\n", 6, 10,
	  "funding.target", "a unit is missing" },
	{ "an amount that is a number", false, "[funding]\ntarget = 5\n", 6, 10, "funding.target",
	  "without a unit; write an amount with its unit" },
	{ "an amount in a strange unit", false, "[funding]\ntarget = \"1 dollar\"\n", 6, 10,
	  "funding.target", "unknown unit" },
	{ "a fee of nothing", false, "[funding]\ncap_per_day = \"0wei\"\n", 6, 15,
	  "funding.cap_per_day", "is 0" },
	{ "caps upside down", false, "[funding]\ncap_per_transaction = \"30ether\"\n", 6, 23,
	  "funding.cap_per_transaction", "is above funding.cap_per_operation" },
	{ "a duration without a unit", false, "[store]\nreserve = 64\n", 6, 11, "store.reserve",
	  "without a unit" },
	{ "an unknown word", false, "[log]\nlevel = \"loud\"\n", 6, 9, "log.level",
	  "write \"debug\" or \"info\" or \"warn\" or \"error\"" },
	{ "yes for true", false, "[safety]\nglobal_pause = \"yes\"\n", 6, 16, "safety.global_pause",
	  "is text; write true or false" },
	{ "a door for everybody", false, "[doors]\ngrpc_address = \"0.0.0.0\"\n", 6, 16,
	  "doors.grpc_address", "anything but loopback needs TLS" },
	{ "the other door for everybody", false,
	  "[doors]\nhttp_address = \"0.0.0.0\"\n[doors.tls]\ncert = \"a.crt\"\nkey = \"a.key\"\n"
	  "doors = \"grpc\"\n",
	  6, 16, "doors.http_address", "anything but loopback needs TLS" },
	{ "a certificate without its key", false, "[doors.tls]\ncert = \"a.crt\"\n", 6, 8,
	  "doors.tls.key", "write key = \"...\" beside cert" },
	{ "callers of a CA nobody named", false,
	  "[doors.tls]\ncert = \"a.crt\"\nkey = \"a.key\"\nclient_auth = \"required\"\n", 8, 15,
	  "doors.tls.client_ca", "name the CA" },
	{ "a CA of callers nobody asks", false,
	  "[doors.tls]\ncert = \"a.crt\"\nkey = \"a.key\"\nclient_ca = \"ca.crt\"\n", 8, 13,
	  "doors.tls.client_auth", "write \"optional\" or \"required\"" },
	{ "a door with a name", false, "[doors]\nhttp_address = \"fleet.example\"\n", 6, 16,
	  "doors.http_address", "write an IP address" },
	{ "two doors with one port", false, "[doors]\nhttp_port = 50051\n", 6, 13,
	  "doors.http_port", "is 50051, and so is doors.grpc_port" },
	{ "the old port and the new one", false,
	  "[service]\nhealth_port = 9000\n[doors]\nhttp_port = 9001\n", 6, 15,
	  "service.health_port", "doors.http_port is its name now" },
	{ "no chain id", true, "[chain]\nrpc_url = \"http://127.0.0.1:8545\"\n", 1, 1,
	  "chain.chain_id", "is missing; write a whole number, or set CHAIN_ID" },
	{ "no endpoint", true, "[chain]\nchain_id = 31337\n", 1, 1, "chain.rpc_url",
	  "or set RPC_URL" },
	{ "an endpoint without http", true,
	  "[chain]\nchain_id = 31337\nrpc_url = \"localhost:8545\"\n", 3, 11, "chain.rpc_url",
	  "does not begin with http" },
	{ "a websocket endpoint", true,
	  "[chain]\nchain_id = 6343\nrpc_url = \"wss://carrot.megaeth.com/ws\"\n", 3, 11,
	  "chain.rpc_url", "is a websocket address" },
	{ "a well-known endpoint of another chain", true,
	  "[chain]\nchain_id = 6343\nrpc_url = \"https://mainnet.megaeth.com/rpc\"\n", 3, 11,
	  "chain.rpc_url", "serves chain 4326" },
	{ "a pretended chain", true,
	  "[chain]\nchain_id = 6343\nrpc_url = \"http://x\"\nchain_type = \"mock\"\n", 4, 14,
	  "chain.chain_type", "transactions would be real" },
	{ "a genesis hash cut off", true,
	  "[chain]\nchain_id = 31337\nrpc_url = \"http://x\"\ngenesis_hash = \"0x12\"\n", 4, 16,
	  "chain.genesis_hash", "64 hex digits" },
	{ "a safe address with a mistyped digit", true,
	  "[chain]\nchain_id = 31337\nrpc_url = \"http://x\"\n"
	  "safe_list = [\"" ADDR_1 "\",\n  \"0x2B5AD5c4795c026514f8317c7a215E218DcCD6cf\"]\n",
	  5, 3, "chain.safe_list[1]", "checksum" },
	{ "a safe address twice", true,
	  "[chain]\nchain_id = 31337\nrpc_url = \"http://x\"\n"
	  "safe_list = [\"" ADDR_1 "\", \"" ADDR_1 "\"]\n",
	  4, 13, "chain.safe_list[1]", "twice" },
	{ "nothing as a safe address", true,
	  "[chain]\nchain_id = 31337\nrpc_url = \"http://x\"\n"
	  "safe_list = [\"0x0000000000000000000000000000000000000000\"]\n",
	  4, 14, "chain.safe_list[0]", "zero address" },
	{ "a wallet of the fleet as a safe address", true,
	  "[chain]\nchain_id = 31337\nrpc_url = \"http://x\"\nsafe_list = [\"" ADDR_1 "\"]\n"
	  "[profiles.degen]\n[[wallets]]\nid = \"w-1\"\naddress = \"" ADDR_1
	  "\"\nprofile = \"degen\"\n",
	  4, 13, "chain.safe_list[0]", "is the address of wallet w-1" },
	{ "a plugin without its contracts", false, "[plugins]\nenabled = [\"ghostnet\"]\n", 6, 11,
	  "plugins.enabled", "contracts are missing" },
	{ "a plugin there is not", false, "[plugins]\nenabled = [\"spooknet\"]\n", 6, 11,
	  "plugins.enabled", "spooknet" },
	{ "one bracket for wallets", false, "[wallets]\nid = \"w-1\"\n", 5, 1, "wallets",
	  "two brackets" },
	{ "a wallet without an address", false, "[[wallets]]\nid = \"w-1\"\nprofile = \"degen\"\n",
	  5, 1, "wallets.w-1.address", "is missing" },
	{ "a wallet without an id", false, "[[wallets]]\naddress = \"" ADDR_1 "\"\n", 5, 1,
	  "wallets[0].id", "is missing" },
	{ "a wallet's name in capitals", false,
	  "[[wallets]]\nid = \"W 1\"\naddress = \"" ADDR_1 "\"\nprofile = \"degen\"\n", 6, 6,
	  "wallets[0].id", "small letters" },
	{ "a wallet with the funder's name", false,
	  "[[wallets]]\nid = \"funder\"\naddress = \"" ADDR_1 "\"\nprofile = \"degen\"\n", 6, 6,
	  "wallets.funder.id", "is the name of the wallet that pays" },
	{ "a profile there is not", false,
	  "[[wallets]]\nid = \"w-1\"\naddress = \"" ADDR_1 "\"\nprofile = \"degn\"\n", 8, 11,
	  "wallets.w-1.profile", "did you mean \"degen\"?" },
	{ "a key of another address", false,
	  "[[wallets]]\nid = \"w-1\"\naddress = \"" ADDR_2
	  "\"\nprofile = \"degen\"\nprivate_key = \"" KEY_1 "\"\n",
	  9, 15, "wallets.w-1.private_key", "write address = \"" ADDR_1 "\"" },
	{ "a key cut off", false,
	  "[[wallets]]\nid = \"w-1\"\naddress = \"" ADDR_2
	  "\"\nprofile = \"degen\"\nprivate_key = \"0x1234\"\n",
	  9, 15, "wallets.w-1.private_key", "is no private key" },
	{ "a key and a key file", false,
	  "[[wallets]]\nid = \"w-1\"\naddress = \"" ADDR_1
	  "\"\nprofile = \"degen\"\nprivate_key = \"" KEY_1 "\"\nkeyfile = \"k\"\n",
	  10, 11, "wallets.w-1.keyfile", "keep one of them" },
	{ "a wallet twice", false,
	  "[[wallets]]\nid = \"wallet-001\"\naddress = \"" ADDR_1 "\"\nprofile = \"degen\"\n"
	  "[[wallets]]\nid = \"wallet-001\"\naddress = \"" ADDR_2 "\"\nprofile = \"degen\"\n"
	  "[[wallets]]\nid = \"wallet-007\"\naddress = \"" ANVIL "\"\nprofile = \"degen\"\n",
	  10, 6, "wallets.wallet-001.id", "wallet-001 is defined twice, lines 5 and 9" },
	{ "a wallet twice, and what to call it", false,
	  "[[wallets]]\nid = \"wallet-001\"\naddress = \"" ADDR_1 "\"\nprofile = \"degen\"\n"
	  "[[wallets]]\nid = \"wallet-001\"\naddress = \"" ADDR_2 "\"\nprofile = \"degen\"\n"
	  "[[wallets]]\nid = \"wallet-007\"\naddress = \"" ANVIL "\"\nprofile = \"degen\"\n",
	  10, 6, "wallets.wallet-001.id",
	  "write \"wallet-008\": ids go on from the highest, which is wallet-007" },
	{ "an address twice", false,
	  "[[wallets]]\nid = \"w-1\"\naddress = \"" ADDR_1 "\"\nprofile = \"degen\"\n"
	  "[[wallets]]\nid = \"w-2\"\naddress = \"" ADDR_1 "\"\nprofile = \"degen\"\n",
	  11, 11, "wallets.w-2.address", "is the address of wallet w-1 in line 5 as well" },
	{ "a public account on a real network", true,
	  "[chain]\nchain_id = 6343\nrpc_url = \"https://carrot.megaeth.com/rpc\"\n"
	  "[profiles.degen]\n[[wallets]]\nid = \"w-1\"\naddress = \"" ANVIL
	  "\"\nprofile = \"degen\"\n",
	  7, 11, "wallets.w-1.address", "everybody has its key" },
	{ "an action without its contract", false, "action = { call = \"extract()\" }\n", 4, 11,
	  "profiles.degen.action.contract", "is missing" },
	{ "an action on a contract without an address", false,
	  "action = { contract = \"ghost_core\", call = \"extract()\" }\n", 5, 23,
	  "profiles.degen.action.contract", "whose address is missing" },
	{ "an action that is no signature", false,
	  "action = { contract = \"" ADDR_1 "\", call = \"extract(\" }\n", 5, 76,
	  "profiles.degen.action.call", "as the contract has it" },
	{ "an action with an argument too few", false,
	  "action = { contract = \"" ADDR_1 "\", call = \"jackIn(uint256,uint8)\", args = [1] }\n",
	  5, 108, "profiles.degen.action.args", "one argument for each type" },
	{ "an action whose argument does not fit", false,
	  "action = { contract = \"" ADDR_1 "\", call = \"f(uint8)\", args = [256] }\n", 5, 95,
	  "profiles.degen.action.args", "256" },
	{ "a spend without an amount", false,
	  "action = { contract = \"" ADDR_1 "\", call = \"f()\", spends = { token = \"" ADDR_2
	  "\" } }\n",
	  4, 11, "profiles.degen.action.spends.amount", "is missing" },
	{ "a validator key of 32 bytes", false, "[validators]\npubkey = \"" KEY_1 "\"\n", 6, 10,
	  "validators.pubkey[0]", "has 32 bytes; the BLS key of a validator has 48" },
};

static void problems_say_where_and_what_to_write(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct bad *b = &table[i];
		char text[2048];

		(void)snprintf(text, sizeof(text), "%s%s", b->alone ? "" : CONFIGS_GOOD, b->text);
		configs_read(&f, text, NULL, NULL, 0);
		if (f.said != ERR_INVALID ||
		    !configs_find(&f, PROBLEM_ERROR, b->line, b->column, b->key, b->word)) {
			(void)fprintf(stderr, "not said as expected: %s\n", b->name);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void every_problem_is_said_at_once(void **state)
{
	(void)state;
	configs_read(&f,
		     CONFIGS_GOOD "[safety]\ncooldown_secs = 0\nmax_actions_per_hour = 0\n"
				  "[log]\nlevel = \"loud\"\n",
		     NULL, NULL, 0);
	configs_count(&f, 3, 0);
	assert_non_null(strstr(f.t.why, "config.toml:6:17: safety.cooldown_secs"));
	assert_non_null(strstr(f.t.why, "3 errors"));
	for (size_t i = 1; i < f.problems.n; i++)
		assert_true(f.problems.v[i - 1].line <= f.problems.v[i].line);
}

static void problems_are_counted_beyond_those_that_are_kept(void **state)
{
	struct buf text = buf_in(f.mem, 1 << 20);

	(void)state;
	buf_str(&text, CONFIGS_GOOD "[log]\n");
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "colour%d = 1\n", i);
	configs_read(&f, buf_text(&text), NULL, NULL, 0);
	configs_count(&f, 300, 0);
	assert_int_equal(f.problems.n, CONFIG_PROBLEMS_MAX);
}

/* A second run of an earlier generate-wallets numbered from 001 again. */
static void colliding_ids_go_on_from_the_highest(void **state)
{
	struct buf text = buf_in(f.mem, 1 << 20);

	(void)state;
	buf_str(&text, CONFIGS_GOOD);
	for (unsigned i = 0; i < 20; i++)
		buf_printf(&text,
			   "[[wallets]]\nid = \"wallet-%03u\"\naddress = \"0x%040x\"\nprofile = "
			   "\"degen\"\n",
			   i % 10 + 1, i + 1);
	configs_read(&f, buf_text(&text), NULL, NULL, 0);
	configs_count(&f, 10, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 46, 6, "wallets.wallet-001.id",
			      "write \"wallet-011\"");
	(void)configs_problem(
		&f, PROBLEM_ERROR, 82, 6, "wallets.wallet-010.id",
		"write \"wallet-020\": ids go on from the highest, which is wallet-010");
}

static void a_file_that_holds_keys_and_others_may_read_is_refused(void **state)
{
	static const char text[] =
		CONFIGS_GOOD "[[wallets]]\nid = \"w-1\"\naddress = \"" ADDR_1
			     "\"\nprofile = \"degen\"\nprivate_key = \"" KEY_1 "\"\n";
	struct config_env env = { 0 };
	const char *path;

	(void)state;
	configs_read(&f, text, NULL, NULL, 0);
	configs_count(&f, 0, 1);
	(void)configs_problem(&f, PROBLEM_WARNING, 9, 15, "config", "private keys in the open");

	path = configs_file(&f, "open.toml", 0640, text);
	config_free(f.c);
	f.said = config_load(&f.t, path, &env, &f.c, &f.problems);
	configs_count(&f, 1, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 9, 15, "config", "run: chmod 600");
	(void)configs_problem(&f, PROBLEM_ERROR, 9, 15, "config", "mode 640");
}

static void key_files_are_the_owners_alone_and_may_be_elsewhere(void **state)
{
	(void)state;
	(void)configs_file(&f, "funder.key", 0644, KEY_1 "\n");
	configs_read(&f, CONFIGS_GOOD "[funding]\nkey_file = \"funder.key\"\n", NULL, NULL, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 6, 12, "funding.key_file", "run: chmod 600");

	(void)configs_file(&f, "funder.key", 0600, KEY_1 "\n");
	configs_read(&f, CONFIGS_GOOD "[funding]\nkey_file = \"funder.key\"\n", NULL, NULL, 0);
	configs_count(&f, 0, 0);

	configs_read(&f, CONFIGS_GOOD "[keys]\npassphrase_file = \"/nowhere/pass\"\n", NULL, NULL,
		     0);
	configs_count(&f, 1, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 6, 19, "keys.passphrase_file",
			      "or check with --offline");

	configs_read(&f, CONFIGS_GOOD "[funding]\nkey_file = \"/nowhere/key\"\n", NULL, NULL, 0);
	configs_count(&f, 0, 1);

	configs_read(&f,
		     CONFIGS_GOOD "[doors.tls]\ncert = \"/nowhere/crt\"\nkey = \"/nowhere/key\"\n",
		     NULL, NULL, 0);
	configs_count(&f, 2, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 6, 8, "doors.tls.cert", "or check with --offline");
}

#define BLS_KEY                                                                                    \
	"0xa99a76ed7796f7be22d5b7e85deeb7c5677e88e511e0b337618f8c4eb61349b4"                       \
	"bf2d153f649f7b53359fe8b94a38e44c"

/* "Down for 5 minutes" cannot be seen by the chain alone, whose epochs are longer. */
static void what_beacon_nodes_alone_cannot_tell_is_said(void **state)
{
	(void)state;
	configs_read(&f, CONFIGS_GOOD "[validators]\npubkey = \"" BLS_KEY "\"\n", NULL, NULL, 0);
	(void)configs_problem(&f, PROBLEM_WARNING, 0, 0, "beacon.urls", "nobody tells");
	configs_read(&f,
		     CONFIGS_GOOD "[beacon]\nurls = [\"http://127.0.0.1:5052\"]\n[validators]\n"
				  "pubkey = \"" BLS_KEY "\"\n",
		     NULL, NULL, 0);
	(void)configs_problem(&f, PROBLEM_WARNING, 6, 8, "validators.client_metrics_url",
			      "12.8 minutes on mainnet");
	configs_read(&f,
		     CONFIGS_GOOD "[beacon]\nurls = [\"http://127.0.0.1:5052\"]\nquorum = 2\n"
				  "[validators]\npubkey = \"" BLS_KEY
				  "\"\nclient_process = \"lighthouse vc\"\n",
		     NULL, NULL, 0);
	configs_count(&f, 1, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 7, 10, "beacon.quorum", "there are 1 nodes");
}

static void a_key_is_never_repeated(void **state)
{
	struct buf report = buf_in(f.mem, 1 << 20);

	(void)state;
	configs_read(&f,
		     CONFIGS_GOOD "[funding]\nkey_file = \"" KEY_1
				  "\"\n[[wallets]]\nid = \"w-1\"\naddress = \"" ADDR_1
				  "\"\nprofile = \"degen\"\nprivate_key = \"" KEY_1 "ff\"\n",
		     NULL, NULL, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 6, 12, "funding.key_file",
			      "does not belong in this file");
	(void)configs_problem(&f, PROBLEM_ERROR, 11, 15, "wallets.w-1.private_key",
			      "is no private key");
	config_report(f.c, &f.problems, false, &report);
	config_show(f.c, true, true, &report);
	assert_null(strstr(buf_text(&report), "00000000000001"));
	assert_null(strstr(f.t.why, "00000000000001"));
}

static void a_file_that_cannot_be_read_is_one_clear_line(void **state)
{
	struct config_env env = { 0 };

	(void)state;
	config_free(f.c);
	f.said = config_load(&f.t, "/nowhere/config.toml", &env, &f.c, &f.problems);
	configs_count(&f, 1, 0);
	(void)configs_problem(&f, PROBLEM_ERROR, 0, 0, "config", "No such file");
	config_free(f.c);
	f.said = config_load(&f.t, "/dev", &env, &f.c, &f.problems);
	(void)configs_problem(&f, PROBLEM_ERROR, 0, 0, "config", "is no regular file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(problems_say_where_and_what_to_write),
		TEST(every_problem_is_said_at_once),
		TEST(problems_are_counted_beyond_those_that_are_kept),
		TEST(colliding_ids_go_on_from_the_highest),
		TEST(a_file_that_holds_keys_and_others_may_read_is_refused),
		TEST(key_files_are_the_owners_alone_and_may_be_elsewhere),
		TEST(what_beacon_nodes_alone_cannot_tell_is_said),
		TEST(a_key_is_never_repeated),
		TEST(a_file_that_cannot_be_read_is_one_clear_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
