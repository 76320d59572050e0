/* tests/unit/demo_contracts.c - the demonstration contracts behave as the fleet believes, on a
 * real node: stake, earn, lock, death, pause, tax. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/hex.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/anvil.h"

#include <cmocka.h>

static const struct eth_addr ALICE = { { 0xa1 } }, BOB = { { 0xb0 } };

static struct wei ether(uint64_t n)
{
	return wei_mul_sat(wei_u64(1000000000000000000ULL), n);
}

static void assert_wei(struct wei got, struct wei want)
{
	char a[WEI_TEXT], b[WEI_TEXT];
	wei_text(got, a);
	wei_text(want, b);
	assert_string_equal(a, b);
}

static int up(void **state)
{
	struct anvil *a = anvil_start(&(struct anvil_options){ .contracts = true });
	*state = a;
	struct wei core = anvil_word(a->ghost_core), all = ether(1000000);
	const struct eth_addr *both[] = { &ALICE, &BOB };
	for (size_t i = 0; i < 2; i++) {
		anvil_set_balance(a, *both[i], ether(1));
		anvil_mint(a, *both[i], ether(1000));
		anvil_send(a, *both[i], a->data_token, wei_u64(0),
			   anvil_data("095ea7b3", &core, &all));
	}
	return 0;
}

static int down(void **state)
{
	anvil_stop(*state);
	return 0;
}

static void jack_in(struct anvil *a, struct eth_addr who, uint64_t amount, uint64_t level)
{
	struct wei stake = ether(amount), on = wei_u64(level);
	anvil_send(a, who, a->ghost_core, wei_u64(0), anvil_data("440ad4e2", &stake, &on));
}

/* The four bytes a call from `who` reverts with. */
static void assert_reverts(struct anvil *a, struct eth_addr who, const char *data,
			   const char *selector)
{
	char from[43] = "0x", to[43] = "0x";
	json_t *error = NULL;

	hex_put(who.b, 20, from + 2);
	hex_put(a->ghost_core.b, 20, to + 2);
	json_t *said = anvil_try(
		a, "eth_call",
		json_pack("[{s:s, s:s, s:s}, s]", "from", from, "to", to, "data", data, "latest"),
		&error);
	assert_null(said);
	assert_int_equal(json_integer_value(json_object_get(error, "code")), 3);
	const char *bytes = json_string_value(json_object_get(error, "data"));
	assert_non_null(bytes);
	assert_memory_equal(bytes + 2, selector, 8);
	json_decref(error);
}

static void extract_pays_stake_and_earnings_and_leaves_nothing(void **state)
{
	struct anvil *a = *state;
	struct wei before = anvil_data_balance(a, ALICE);

	jack_in(a, ALICE, 10, 1);
	assert_wei(anvil_stake(a, ALICE), ether(10));
	json_decref(anvil_ask(a, "evm_increaseTime", json_pack("[i]", 100)));
	anvil_mine(a, 1);
	anvil_send(a, ALICE, a->ghost_core, wei_u64(0), "0x1e83cdab");
	assert_wei(anvil_stake(a, ALICE), wei_u64(0));
	assert_true(wei_cmp(anvil_data_balance(a, ALICE), before) > 0);
	assert_reverts(a, ALICE, "0x1e83cdab", "338cffd2"); /* NoPositionExists */
}

static void a_stake_below_the_minimum_is_refused(void **state)
{
	struct wei one = ether(1), level = wei_u64(5);
	assert_reverts(*state, ALICE, anvil_data("440ad4e2", &one, &level), "8ecf3d03");
}

static void nothing_leaves_in_the_minute_before_a_scan(void **state)
{
	struct anvil *a = *state;
	struct wei level = wei_u64(1), scan;
	json_t *block = anvil_ask(a, "eth_getBlockByNumber", json_pack("[s, b]", "latest", 0));
	uint64_t now = 0;

	assert_true(hex_quantity_u64(json_string_value(json_object_get(block, "timestamp")), &now));
	json_decref(block);
	jack_in(a, ALICE, 10, 1);
	scan = wei_u64(now + 50);
	anvil_core(a, "f74d08c8", &level, &scan);
	assert_reverts(a, ALICE, "0x1e83cdab", "c7d26d72"); /* PositionLocked */
	json_decref(anvil_ask(a, "evm_increaseTime", json_pack("[i]", 60)));
	anvil_mine(a, 1);
	anvil_send(a, ALICE, a->ghost_core, wei_u64(0), "0x1e83cdab");
}

static void the_dead_get_nothing_and_cannot_return(void **state)
{
	struct anvil *a = *state;
	struct wei who = anvil_word(BOB), stake = ether(10), level = wei_u64(1);

	jack_in(a, BOB, 10, 1);
	anvil_core(a, "cbf0b0c0", &who, NULL);
	assert_reverts(a, BOB, "0x1e83cdab", "48d4c00f"); /* PositionDead */
	assert_reverts(a, BOB, anvil_data("440ad4e2", &stake, &level), "6e8de458");
}

static void a_paused_contract_gives_back_the_stake_alone(void **state)
{
	struct anvil *a = *state;
	struct wei before = anvil_data_balance(a, ALICE);

	assert_reverts(a, ALICE, "0xdb2e21bc", "8dfc202b"); /* ExpectedPause */
	jack_in(a, ALICE, 10, 1);
	anvil_core(a, "8456cb59", NULL, NULL);
	assert_reverts(a, ALICE, "0x1e83cdab", "d93c0665"); /* EnforcedPause */
	anvil_send(a, ALICE, a->ghost_core, wei_u64(0), "0xdb2e21bc");
	assert_wei(anvil_data_balance(a, ALICE), before);
	anvil_core(a, "3f4ba83a", NULL, NULL);
}

static void a_tenth_of_a_transfer_is_kept_unless_one_side_is_excluded(void **state)
{
	struct anvil *a = *state;
	struct eth_addr carol = { { 0xca } }, dead = { { 0 } };
	struct wei to = anvil_word(carol), ten = ether(10), yes = wei_u64(1);

	dead.b[18] = 0xde;
	dead.b[19] = 0xad;
	anvil_send(a, ALICE, a->data_token, wei_u64(0), anvil_data("a9059cbb", &to, &ten));
	assert_wei(anvil_data_balance(a, carol), ether(9));
	assert_wei(anvil_data_balance(a, dead), wei_u64(900000000000000000ULL));
	assert_wei(anvil_data_balance(a, a->owner), wei_u64(100000000000000000ULL));
	anvil_send(a, a->owner, a->data_token, wei_u64(0), anvil_data("2836be24", &to, &yes));
	assert_wei(anvil_read(a, a->data_token, anvil_data("cb4ca631", &to, NULL)), wei_u64(1));
	anvil_send(a, ALICE, a->data_token, wei_u64(0), anvil_data("a9059cbb", &to, &ten));
	assert_wei(anvil_data_balance(a, carol), ether(19));
}

static void some_contracts_refuse_ether_and_some_want_more_gas(void **state)
{
	struct anvil *a = *state;
	struct eth_addr rejector = anvil_deploy(a, "Rejector", NULL);
	struct eth_addr wallet = anvil_deploy(a, "Wallet", NULL);
	char text[43] = "0x";
	json_t *error = NULL;

	hex_put(rejector.b, 20, text + 2);
	json_t *said = anvil_try(a, "eth_estimateGas",
				 json_pack("[{s:s, s:s}]", "to", text, "value", "0x1"), &error);
	assert_null(said);
	assert_int_equal(json_integer_value(json_object_get(error, "code")), 3);
	json_decref(error);
	hex_put(wallet.b, 20, text + 2);
	said = anvil_ask(a, "eth_estimateGas",
			 json_pack("[{s:s, s:s}]", "to", text, "value", "0x1"));
	uint64_t gas = 0;
	assert_true(hex_quantity_u64(json_string_value(said), &gas));
	assert_true(gas > 21000);
	json_decref(said);
}

static void without_mining_a_block_comes_only_when_asked(void **state)
{
	struct anvil *a = anvil_start(&(struct anvil_options){ .no_mining = true });
	(void)state;

	uint64_t before = anvil_block(a);
	anvil_set_balance(a, ALICE, ether(1));
	anvil_send(a, ALICE, BOB, wei_u64(5), NULL);
	assert_int_equal(anvil_block(a), before + 1);
	assert_int_equal(anvil_nonce(a, ALICE), 1);
	assert_wei(anvil_balance(a, BOB), wei_u64(5));
	anvil_stop(a);
}

static void the_state_file_brings_the_chain_back(void **state)
{
	char path[] = "/tmp/anvil-state-XXXXXX";
	int fd = mkstemp(path);
	(void)state;

	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	struct anvil *a = anvil_start(&(struct anvil_options){ .contracts = true, .state = path });
	struct eth_addr token = a->data_token;
	anvil_mint(a, ALICE, ether(3));
	anvil_stop(a);
	a = anvil_start(&(struct anvil_options){ .state = path });
	a->data_token = token;
	assert_wei(anvil_data_balance(a, ALICE), ether(3));
	anvil_stop(a);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extract_pays_stake_and_earnings_and_leaves_nothing),
		cmocka_unit_test(a_stake_below_the_minimum_is_refused),
		cmocka_unit_test(nothing_leaves_in_the_minute_before_a_scan),
		cmocka_unit_test(the_dead_get_nothing_and_cannot_return),
		cmocka_unit_test(a_paused_contract_gives_back_the_stake_alone),
		cmocka_unit_test(a_tenth_of_a_transfer_is_kept_unless_one_side_is_excluded),
		cmocka_unit_test(some_contracts_refuse_ether_and_some_want_more_gas),
		cmocka_unit_test(without_mining_a_block_comes_only_when_asked),
		cmocka_unit_test(the_state_file_brings_the_chain_back),
	};
	return cmocka_run_group_tests(tests, up, down);
}
