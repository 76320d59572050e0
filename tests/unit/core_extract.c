/* The next move on the way home, for everything that a chain can show. */
#include <string.h>

#include "server/core/extract.h"
#include "server/eth/abi.h"
#include "store/base/wei.h"
#include "tests/support/test.h"

static struct turn t;
static struct policy pol;
static struct shared all = { .policy = &pol };
static struct operation op;
static struct holding h;
static struct extract_fees fees;
static struct move m;

static int begin(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(1 << 20), "test", "tester", 1000);
	policy_defaults(&pol, 31337);
	memset(pol.ghost_core.b, 0xc0, 20);
	shared_set(&all);
	op = (struct operation){ .kind = OP_EXTRACT, .state = OP_RUNNING, .has_dest = true };
	memset(op.dest.b, 0x5a, 20);
	fees.call = (struct fees){ wei_u64(10), wei_u64(1) };
	fees.sweep = (struct fees){ wei_u64(8), wei_u64(8) };
	h = (struct holding){ .known = true,
			      .sweep_gas = 21000,
			      .account = { .balance = wei_u64(100000000) } };
	return 0;
}

static int end(void **state)
{
	struct arena *mem = t.mem;

	(void)state;
	turn_end(&t);
	arena_free(mem);
	return 0;
}

static void one_token(uint64_t amount, uint64_t gas)
{
	h.n_tokens = 1;
	memset(h.tokens[0].token.b, 0x70, 20);
	h.tokens[0].amount = wei_u64(amount);
	h.tokens[0].gas = gas;
	h.tokens[0].why = gas ? NULL : "AccountBlocked()";
}

static void next(bool moved)
{
	extract_next(&t, &op, &h, &fees, moved, &m);
}

static void expect_order(enum purpose p, uint64_t value)
{
	assert_int_equal(m.kind, MOVE_ORDER);
	assert_int_equal(m.purpose, p);
	assert_int_equal(wei_cmp(m.value, wei_u64(value)), 0);
}

static void an_open_stake_is_taken_out_first(void **state)
{
	(void)state;
	h.stake_view = STAKE_OPEN;
	h.stake = wei_u64(5);
	h.stake_gas = 80000;
	one_token(7, 50000);
	next(false);
	expect_order(PURPOSE_EXTRACT, 0);
	assert_true(addr_eq(m.dest, pol.ghost_core));
	assert_true(abi_selector_is(m.data, "extract()"));
	assert_int_equal(m.gas, 100000); /* a quarter more than estimated */
}

static void a_paused_contract_pays_by_its_emergency_exit(void **state)
{
	(void)state;
	h.stake_view = STAKE_EMERGENCY;
	h.stake_gas = 80000;
	next(false);
	expect_order(PURPOSE_EMERGENCY, 0);
	assert_true(abi_selector_is(m.data, "emergencyWithdraw()"));
}

static void tokens_follow_and_go_to_the_safe_address(void **state)
{
	struct eth_addr to;
	struct wei amount;

	(void)state;
	one_token(7, 50000);
	next(false);
	expect_order(PURPOSE_TOKEN, 0);
	assert_true(addr_eq(m.dest, h.tokens[0].token));
	struct bytes args = { m.data.p + 4, m.data.n - 4 };

	assert_true(abi_word_addr(args, 0, &to) && addr_eq(to, op.dest));
	assert_true(abi_word_wei(args, 1, &amount) && wei_cmp(amount, wei_u64(7)) == 0);
}

static void ether_goes_last_and_whole(void **state)
{
	(void)state;
	next(false);
	expect_order(PURPOSE_SWEEP, 100000000 - 21000 * 8);
	assert_true(addr_eq(m.dest, op.dest));
	assert_int_equal(m.gas, 21000);
	h.l1_fee = wei_u64(1000);
	next(false);
	expect_order(PURPOSE_SWEEP, 100000000 - 21000 * 8 - 1000);
}

static void without_gas_money_a_loan_comes_first_of_exactly_what_is_missing(void **state)
{
	(void)state;
	h.stake_view = STAKE_OPEN;
	h.stake_gas = 80000;
	h.account.balance = wei_u64(400000);
	next(false);
	expect_order(PURPOSE_GAS_LOAN, 100000 * 10 - 400000);
	assert_true(m.from_funder);
	h.l1_fee = wei_u64(1000); /* of each of two transactions */
	one_token(0, 40000);
	next(false);
	expect_order(PURPOSE_GAS_LOAN, 150000 * 10 + 2 * 1000 - 400000);
	h.l1_fee = wei_u64(0);
	h.n_tokens = 0;
	h.account.balance = wei_u64(1000000);
	next(false);
	expect_order(PURPOSE_EXTRACT, 0);
}

static void a_locked_stake_waits_and_an_unreadable_one_too(void **state)
{
	(void)state;
	h.stake_view = STAKE_LOCKED;
	h.locked_until_ms = 777;
	next(false);
	assert_int_equal(m.kind, MOVE_WAIT);
	assert_int_equal(m.until_ms, 777);
	one_token(7, 50000); /* tokens need not wait for it */
	next(false);
	expect_order(PURPOSE_TOKEN, 0);
	h.n_tokens = 0;
	h.stake_view = STAKE_UNKNOWN;
	h.stake_why = "Panic";
	next(false);
	assert_int_equal(m.kind, MOVE_WAIT);
	assert_non_null(strstr(m.text, "Panic"));
}

static void a_dead_position_holds_nothing_up(void **state)
{
	(void)state;
	h.stake_view = STAKE_DEAD;
	next(false);
	expect_order(PURPOSE_SWEEP, 100000000 - 21000 * 8);
}

static void ether_only_looks_at_nothing_else(void **state)
{
	static const enum stake_view views[] = { STAKE_OPEN, STAKE_EMERGENCY, STAKE_LOCKED,
						 STAKE_UNKNOWN };

	(void)state;
	op.native_only = true;
	one_token(7, 50000);
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		h.stake_view = views[i];
		h.stake_gas = 80000;
		next(false);
		expect_order(PURPOSE_SWEEP, 100000000 - 21000 * 8);
	}
	h.account.balance = wei_u64(0);
	next(false);
	assert_int_equal(m.kind, MOVE_SKIP); /* and the token is nobody's business */
}

static void a_token_that_reverts_is_passed_by_and_named_at_the_end(void **state)
{
	(void)state;
	one_token(7, 0);
	next(false);
	expect_order(PURPOSE_SWEEP, 100000000 - 21000 * 8);
	h.account.balance = wei_u64(0);
	next(true);
	assert_int_equal(m.kind, MOVE_FAIL);
	assert_non_null(strstr(m.text, "7 of token"));
	assert_non_null(strstr(m.text, "AccountBlocked()"));
	h.account.balance = wei_u64(5);
	next(true);
	assert_int_equal(m.kind, MOVE_FAIL);
}

static void a_token_that_is_left_needs_no_gas(void **state)
{
	(void)state;
	one_token(7, 50000);
	h.tokens[0].left = true;
	h.tokens[0].why = "its tax";
	h.account.balance = wei_u64(0);
	assert_true(wei_is_zero(extract_call_fees(&op, &h, &fees)));
	next(false);
	assert_int_equal(m.kind, MOVE_FAIL);
}

static void dust_and_nothing_are_skipped_or_done(void **state)
{
	(void)state;
	h.account.balance = wei_u64(21000 * 8); /* exactly the fee */
	next(false);
	assert_int_equal(m.kind, MOVE_SKIP);
	assert_non_null(strstr(m.text, "168000 wei stay"));
	next(true);
	assert_int_equal(m.kind, MOVE_DONE);
	h.account.balance = wei_u64(21000 * 8 + 1);
	next(false);
	expect_order(PURPOSE_SWEEP, 1);
	h.account.balance = wei_u64(0);
	next(false);
	assert_int_equal(m.kind, MOVE_SKIP);
}

static void a_safe_address_that_takes_no_ether_is_said(void **state)
{
	(void)state;
	h.sweep_gas = 0;
	h.sweep_why = "no receive function";
	next(false);
	assert_int_equal(m.kind, MOVE_FAIL);
	assert_non_null(strstr(m.text, "no receive function"));
}

static void absurd_prices_saturate_and_ask_for_a_loan_that_no_cap_lets_through(void **state)
{
	(void)state;
	memset(&fees.call.max_fee, 0xff, sizeof(fees.call.max_fee));
	h.stake_view = STAKE_OPEN;
	h.stake_gas = 80000;
	next(false);
	assert_int_equal(m.purpose, PURPOSE_GAS_LOAN);
	assert_true(wei_cmp(m.value, pol.cap_loan) > 0);
}

#define ON_FRESH(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_FRESH(an_open_stake_is_taken_out_first),
		ON_FRESH(a_paused_contract_pays_by_its_emergency_exit),
		ON_FRESH(tokens_follow_and_go_to_the_safe_address),
		ON_FRESH(ether_goes_last_and_whole),
		ON_FRESH(without_gas_money_a_loan_comes_first_of_exactly_what_is_missing),
		ON_FRESH(a_locked_stake_waits_and_an_unreadable_one_too),
		ON_FRESH(a_dead_position_holds_nothing_up),
		ON_FRESH(ether_only_looks_at_nothing_else),
		ON_FRESH(a_token_that_reverts_is_passed_by_and_named_at_the_end),
		ON_FRESH(a_token_that_is_left_needs_no_gas),
		ON_FRESH(dust_and_nothing_are_skipped_or_done),
		ON_FRESH(a_safe_address_that_takes_no_ether_is_said),
		ON_FRESH(absurd_prices_saturate_and_ask_for_a_loan_that_no_cap_lets_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
