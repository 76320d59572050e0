/* What is read from files: contexts, tokens, wallets to import. */
#include "tests/support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/call.h"
#include "client/context.h"
#include "client/file.h"
#include "client/import.h"
#include "store/base/turn.h"

static struct turn turn;
static char home[] = "/tmp/ghostctl-test-XXXXXX";

static int setup(void **state)
{
	char path[200];

	(void)state;
	turn_begin(&turn, NULL, NULL, arena_new(16 << 20), "test", "", 1000);
	if (!mkdtemp(home))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/.config", home);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/.config/ghostctl", home);
	return mkdir(path, 0700);
}

static const char *in_home(const char *name)
{
	return turn_printf(&turn, "%s/%s", home, name);
}

static void put(const char *name, const char *text, mode_t mode)
{
	const char *path = in_home(name);

	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static const char config_name[] = ".config/ghostctl/config";
static const char token_name[] = ".config/ghostctl/token";

static int clear(void **state)
{
	(void)state;
	(void)unlink(in_home(config_name));
	(void)unlink(in_home(token_name));
	(void)unlink(in_home("prod.token"));
	(void)unlink(in_home("ca.crt"));
	(void)unlink(in_home("alice.key"));
	(void)unlink(in_home("admin.token"));
	return 0;
}

static int teardown(void **state)
{
	(void)clear(state);
	(void)rmdir(in_home(".config/ghostctl"));
	(void)rmdir(in_home(".config"));
	(void)rmdir(home);
	arena_free(turn.mem);
	return 0;
}

static void refused(enum err e, enum err wanted, const char *word)
{
	assert_int_equal(e, wanted);
	if (!strstr(turn.why, word))
		print_error("'%s' is not in: %s\n", word, turn.why);
	assert_non_null(strstr(turn.why, word));
}

static void without_a_file_the_defaults_hold(void **state)
{
	struct context_ask ask = { .home = home };
	struct context c;
	const char *token;

	(void)state;
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_string_equal(c.address, "127.0.0.1:50051");
	assert_string_equal(c.name, "");
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_null(token);
}

static const char two_fleets[] = "# fleets\ncurrent = prod\n\n[prod]\naddress = 127.0.0.1:6000\n"
				 "token_file = ~/prod.token\n[test]\n address=localhost:7000 \n";

static void the_current_context_is_taken_unless_another_is_named(void **state)
{
	struct context_ask ask = { .home = home };
	struct context c;

	(void)state;
	put(config_name, two_fleets, 0644);
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_string_equal(c.name, "prod");
	assert_string_equal(c.address, "127.0.0.1:6000");
	assert_string_equal(c.token_file, in_home("prod.token"));
	ask.context = "test";
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_string_equal(c.address, "localhost:7000");
	assert_null(c.token_file);
	ask.address = "127.0.0.1:1";
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_string_equal(c.address, "127.0.0.1:1");
}

static void a_wrong_config_is_refused_with_its_line(void **state)
{
	struct context_ask ask = { .home = home, .context = "staging" };
	struct context c;

	(void)state;
	refused(context_find(&turn, &ask, &c), ERR_MISSING, "there is no file");
	put(config_name, two_fleets, 0644);
	refused(context_find(&turn, &ask, &c), ERR_MISSING, "no context 'staging'");
	put(config_name, "[prod]\nadress = x\n", 0644);
	refused(context_find(&turn, &ask, &c), ERR_INVALID, "line 2: there is no key 'adress'");
	put(config_name, "address = x\n", 0644);
	refused(context_find(&turn, &ask, &c), ERR_INVALID, "line 1: 'address' stands above");
	put(config_name, "[prod]\nhello\n", 0644);
	refused(context_find(&turn, &ask, &c), ERR_INVALID, "line 2: write `key = value`");
}

static void the_environment_names_an_address_over_the_current_fleet_only(void **state)
{
	struct context_ask ask = { .home = home, .env_address = "127.0.0.1:1" };
	struct context c;

	(void)state;
	put(config_name, "current = prod\n[prod]\naddress = 127.0.0.1:2\n", 0644);
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_string_equal(c.address, "127.0.0.1:1");
	ask.context = "prod";
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_string_equal(c.address, "127.0.0.1:2");
	ask.address = "127.0.0.1:3";
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_string_equal(c.address, "127.0.0.1:3");
}

static void the_nearest_token_wins(void **state)
{
	struct context_ask ask = { .home = home };
	struct context c = { .name = "", .address = "x", .data_dir = home };
	const char *token;

	(void)state;
	put("admin.token", "from-admin\n", 0600);
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_string_equal(token, "from-admin");
	put(token_name, "from-home\n", 0600);
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_string_equal(token, "from-home");
	put("prod.token", "from-context", 0640);
	c.token_file = in_home("prod.token");
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_string_equal(token, "from-context");
	ask.env_token_file = in_home("admin.token");
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_string_equal(token, "from-admin");
	ask.token_file = "~/.config/ghostctl/token";
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_string_equal(token, "from-home");
}

static void a_token_file_must_be_ours_and_hold_one_word(void **state)
{
	struct context_ask ask = { .home = home };
	struct context c = { .name = "", .address = "x" };
	const char *token;

	(void)state;
	put(token_name, "secret\n", 0644);
	refused(context_token(&turn, &ask, &c, &token), ERR_REFUSED, "chmod 600");
	put(token_name, "\n", 0600);
	refused(context_token(&turn, &ask, &c, &token), ERR_INVALID, "is empty");
	put(token_name, "two words\n", 0600);
	refused(context_token(&turn, &ask, &c, &token), ERR_INVALID, "one word on one line");
	assert_null(strstr(turn.why, "two words"));
	ask.token_file = in_home("nowhere");
	refused(context_token(&turn, &ask, &c, &token), ERR_MISSING, "there is no file");
	ask.token_file = home;
	refused(context_token(&turn, &ask, &c, &token), ERR_INVALID, "is not a file");
}

static void only_this_machine_is_local(void **state)
{
	(void)state;
	assert_true(address_is_local("127.0.0.1:50051"));
	assert_true(address_is_local("127.8.8.8:1"));
	assert_true(address_is_local("localhost:1"));
	assert_true(address_is_local("[::1]:1"));
	assert_true(address_is_local("unix:/run/x"));
	assert_false(address_is_local("127.evil.example:1"));
	assert_false(address_is_local("localhost.example:1"));
	assert_false(address_is_local("10.0.0.1:50051"));
	assert_false(address_is_local("dns:///x"));
}

#define KEY_A "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
#define ADDR  "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"

static enum err read_wallets(const char *text, struct imports *out)
{
	return import_read(&turn, turn_strdup(&turn, text), false, out);
}

static void csv_is_read_with_and_without_a_head(void **state)
{
	struct imports im;

	(void)state;
	assert_int_equal(read_wallets("address,private_key,profile\r\n" ADDR ",0x" KEY_A
				      ",degen\r\n"
				      "\n# watched\n" ADDR ",,\n",
				      &im),
			 OK);
	assert_int_equal(im.n, 2);
	assert_int_equal(im.keys, 1);
	assert_string_equal(im.wallet[0]->address, ADDR);
	assert_string_equal(im.wallet[0]->profile, "degen");
	assert_int_equal(im.wallet[0]->private_key.len, 32);
	assert_int_equal(im.wallet[0]->private_key.data[0], 0x4c);
	assert_int_equal(im.wallet[1]->private_key.len, 0);
	assert_int_equal(read_wallets(ADDR ", " KEY_A " ,degen,main", &im), OK);
	assert_string_equal(im.wallet[0]->name, "main");
	assert_int_equal(read_wallets("name,private_key\nw1," KEY_A "\n", &im), OK);
	assert_string_equal(im.wallet[0]->name, "w1");
	assert_string_equal(im.wallet[0]->address, "");
}

static void wrong_csv_is_refused_with_its_line_and_without_the_key(void **state)
{
	struct imports im;

	(void)state;
	refused(read_wallets("", &im), ERR_INVALID, "holds no wallets");
	refused(read_wallets("address,private_key\n", &im), ERR_INVALID, "holds no wallets");
	refused(read_wallets(ADDR ",\n" ADDR "," KEY_A "00,x\n", &im), ERR_INVALID,
		"line 2: private_key is not 64 hex digits");
	assert_null(strstr(turn.why, "4c0883"));
	refused(read_wallets("0x123,,\n", &im), ERR_INVALID, "line 1: address is not 0x and 40");
	refused(read_wallets(ADDR ",sealed,degen\n", &im), ERR_INVALID,
		"sealed in the fleet's store");
	refused(read_wallets(",,degen\n", &im), ERR_INVALID, "needs an address, a private_key");
	refused(read_wallets("address,colour\n", &im), ERR_INVALID,
		"a column 'colour' that is none of");
	refused(read_wallets("address,address\n", &im), ERR_INVALID, "a column twice");
	refused(read_wallets("address,profile\n" ADDR ",a,b\n", &im), ERR_INVALID,
		"line 2: more fields");
	refused(read_wallets("a,b,c,d,e\n", &im), ERR_INVALID, "more fields than address");
	refused(read_wallets("\"" ADDR "\",,\n", &im), ERR_INVALID, "without quotes");
}

static void toml_wallets_are_read_out_of_a_whole_config(void **state)
{
	struct imports im;

	(void)state;
	assert_int_equal(read_wallets("[service]\nname = \"x\"\nlist = [\n 1,\n]\n"
				      "[[wallets]] # the first\nid = \"wallet-001\"\n"
				      "private_key = '" KEY_A "' # secret\nprofile = \"degen\"\n"
				      "enabled = true\n\n[[wallets]]\naddress = \"" ADDR "\"\n"
				      "[chain]\nid = 1\n",
				      &im),
			 OK);
	assert_int_equal(im.n, 2);
	assert_string_equal(im.wallet[0]->name, "wallet-001");
	assert_true(im.wallet[0]->enabled);
	assert_int_equal(im.wallet[0]->private_key.len, 32);
	assert_string_equal(im.wallet[1]->address, ADDR);
	assert_false(im.wallet[1]->enabled);
}

static void wrong_toml_is_refused_with_its_line(void **state)
{
	struct imports im;

	(void)state;
	refused(read_wallets("[[wallets]]\nid = \"a\"\n", &im), ERR_INVALID, "needs an address");
	refused(read_wallets("[[wallets]]\nid = \"a\"\n[[wallets]]\n", &im), ERR_INVALID,
		"line 3: a wallet needs");
	refused(read_wallets("[[wallets]]\ncolour = \"a\"\n", &im), ERR_INVALID,
		"line 2: [[wallets]] has no key 'colour'");
	refused(read_wallets("[[wallets]]\nid = 7\n", &im), ERR_INVALID,
		"write the value as \"text\"");
	refused(read_wallets("[[wallets]]\nid = \"a\\n\"\n", &im), ERR_INVALID, "write the value");
	refused(read_wallets("[[wallets]]\nid = \"a\" b\n", &im), ERR_INVALID, "write the value");
	refused(read_wallets("[[wallets]]\nid\n", &im), ERR_INVALID, "write key = \"value\"");
}

static void files_are_bounded_and_text(void **state)
{
	struct file f;

	(void)state;
	put("prod.token", "0123456789", 0604);
	assert_int_equal(file_read(&turn, in_home("prod.token"), 10, &f), OK);
	assert_int_equal(f.n, 10);
	assert_true(f.world_readable);
	refused(file_read(&turn, in_home("prod.token"), 9, &f), ERR_INVALID, "larger than 9 bytes");
	put("prod.token", "", 0600);
	assert_int_equal(file_read(&turn, in_home("prod.token"), 9, &f), OK);
	assert_int_equal(f.n, 0);
	assert_false(f.world_readable);
	refused(file_read(&turn, "/dev/zero", 100000, &f), ERR_INVALID, "larger than");
}

static void tls_is_spoken_where_a_ca_a_certificate_or_https_says_so(void **state)
{
	struct context_ask ask = { .home = home };
	struct channel_tls tls;
	struct context c;

	(void)state;
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_false(c.tls);
	ask.address = "https://fleet.example:50051";
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_true(c.tls);
	assert_string_equal(c.address, "fleet.example:50051");
	assert_int_equal(context_tls(&turn, &c, &tls), OK);
	assert_true(tls.on && !tls.ca && !tls.cert);
	put("ca.crt", "-----BEGIN CERTIFICATE-----\n", 0644);
	put("alice.key", "-----BEGIN PRIVATE KEY-----\n", 0644);
	put(config_name,
	    "current = prod\n[prod]\naddress = 10.0.0.5:50051\ntls_ca = ~/ca.crt\n"
	    "tls_server_name = fleet.example\n",
	    0600);
	ask.address = NULL;
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_true(c.tls);
	assert_int_equal(context_tls(&turn, &c, &tls), OK);
	assert_string_equal(tls.ca, "-----BEGIN CERTIFICATE-----\n");
	assert_string_equal(tls.server_name, "fleet.example");
	/* Flags over the environment over the context. */
	ask.env_tls.ca = "/nothing/env.crt";
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	refused(context_tls(&turn, &c, &tls), ERR_MISSING, "/nothing/env.crt");
	ask.tls.ca = "~/ca.crt";
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	assert_int_equal(context_tls(&turn, &c, &tls), OK);
	/* A certificate wants its key, and the key wants to be ours. */
	ask.tls.cert = "~/ca.crt";
	refused(context_find(&turn, &ask, &c), ERR_INVALID, "--tls-cert and --tls-key");
	ask.tls.key = "~/alice.key";
	assert_int_equal(context_find(&turn, &ask, &c), OK);
	refused(context_tls(&turn, &c, &tls), ERR_REFUSED, "chmod 600");
	put("alice.key", "a word", 0600);
	refused(context_tls(&turn, &c, &tls), ERR_INVALID, "is not PEM");
}

static void beside_a_certificate_only_a_token_that_was_named_goes_along(void **state)
{
	struct context_ask ask = { .home = home };
	struct context c = { .name = "", .address = "x", .tls = true };
	const char *token;

	(void)state;
	put(token_name, "left-behind", 0600);
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_string_equal(token, "left-behind");
	c.files.cert = "alice.crt";
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_null(token);
	ask.token_file = in_home(token_name);
	assert_int_equal(context_token(&turn, &ask, &c, &token), OK);
	assert_string_equal(token, "left-behind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_a_file_the_defaults_hold, clear),
		cmocka_unit_test_setup(the_current_context_is_taken_unless_another_is_named, clear),
		cmocka_unit_test_setup(tls_is_spoken_where_a_ca_a_certificate_or_https_says_so,
				       clear),
		cmocka_unit_test_setup(beside_a_certificate_only_a_token_that_was_named_goes_along,
				       clear),
		cmocka_unit_test_setup(a_wrong_config_is_refused_with_its_line, clear),
		cmocka_unit_test_setup(the_environment_names_an_address_over_the_current_fleet_only,
				       clear),
		cmocka_unit_test_setup(the_environment_names_an_address_over_the_current_fleet_only,
				       clear),
		cmocka_unit_test_setup(the_nearest_token_wins, clear),
		cmocka_unit_test_setup(a_token_file_must_be_ours_and_hold_one_word, clear),
		cmocka_unit_test(only_this_machine_is_local),
		cmocka_unit_test(csv_is_read_with_and_without_a_head),
		cmocka_unit_test(wrong_csv_is_refused_with_its_line_and_without_the_key),
		cmocka_unit_test(toml_wallets_are_read_out_of_a_whole_config),
		cmocka_unit_test(wrong_toml_is_refused_with_its_line),
		cmocka_unit_test(files_are_bounded_and_text),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
