/* A chain that takes a fee for its data on top of gas: what is set aside is enough, and what stays
 * behind is known. */
#include <string.h>

#include "store/base/wei.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u, L1_FEE = 40000000000000u;

enum { N = 4 };

static struct stage w;

static struct fake_account *on_chain(size_t i)
{
	return fake_account(w.chain, w.wallets[i]);
}

static int open_stage(void **state)
{
	(void)state;
	stage_open(&w, N);
	w.chain->l1_fee = wei_u64(L1_FEE);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_check(&w);
	stage_close(&w);
	return 0;
}

static void endow(void)
{
	w.chain->has_token = true;
	w.policy.n_tokens = 1;
	w.policy.tokens[0] = (struct token){ .addr = w.chain->token, .symbol = "DATA" };
	w.policy.has_ghost_core = true;
	w.policy.ghost_core = w.chain->core;
	w.policy.cap_loan = wei_u64(ETHER / 100);
	for (size_t i = 0; i < N; i++) {
		on_chain(i)->token = wei_u64(100);
		on_chain(i)->staked = wei_u64(500);
		on_chain(i)->stake = FAKE_STAKE_OPEN;
	}
}

static void bring_home(uint64_t residue)
{
	int64_t op = stage_plan_extract(&w, false);

	assert_non_null(strstr(stage_op(&w, op).warnings, "an L1 fee on top of gas"));
	assert_ok(&w.f, stage_run(&w, op, true));
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(wei_cmp(on_chain(i)->balance, wei_u64(residue)), 0);
		assert_true(wei_is_zero(on_chain(i)->token));
	}
}

static void a_sweep_leaves_what_the_margin_was_too_much(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		on_chain(i)->balance = wei_u64(ETHER);
	bring_home(L1_FEE / 4);
}

static void an_oracle_of_before_fjord_is_asked_for_a_transaction(void **state)
{
	(void)state;
	w.chain->before_fjord = true;
	for (size_t i = 0; i < N; i++)
		on_chain(i)->balance = wei_u64(ETHER);
	bring_home(L1_FEE / 4);
}

static void dearer_meanwhile(struct fake_chain *c)
{
	c->l1_fee = wei_u64(L1_FEE + L1_FEE / 4);
}

static void a_price_that_rises_by_the_margin_takes_it_all(void **state)
{
	int64_t op;

	(void)state;
	for (size_t i = 0; i < N; i++)
		on_chain(i)->balance = wei_u64(ETHER);
	op = stage_extract(&w);
	w.chain->before_mine = dearer_meanwhile;
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t i = 0; i < N; i++)
		assert_true(wei_is_zero(on_chain(i)->balance));
}

static void a_sweep_that_is_raised_keeps_the_l1_fee_when_the_balance_fell(void **state)
{
	int64_t op;

	(void)state;
	for (size_t i = 0; i < N; i++)
		on_chain(i)->balance = wei_u64(ETHER);
	op = stage_plan_extract(&w, true);
	w.dead_jobs = 1u << JOB_SEND;
	assert_ok(&w.f, stage_run(&w, op, false));
	stage_tick(&w, 1000);
	w.chain->base_fee = wei_u64(20 * UINT64_C(1000000000));
	w.dead_jobs = 0;
	stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, N);
	for (size_t i = 0; i < N; i++)
		on_chain(i)->balance = wei_sub_sat(on_chain(i)->balance, wei_u64(L1_FEE / 2));
	assert_int_equal(stage_until(&w, op, 120), OP_DONE);
	assert_true(w.chain->n_txs > N);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(wei_cmp(on_chain(i)->balance, wei_u64(L1_FEE / 4)), 0);
}

static void a_loan_is_enough_for_every_call_on_the_way(void **state)
{
	(void)state;
	endow();
	bring_home(L1_FEE / 4);
}

static void the_funder_of_a_plan_needs_it_too(void **state)
{
	struct wei all, gas, l1 = wei_u64(N * (L1_FEE + L1_FEE / 4));
	struct operation o;
	int64_t op;

	(void)state;
	op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);
	o = stage_op(&w, op);
	gas = wei_sub_sat(o.total_fee, l1);
	assert_int_equal(wei_cmp(gas, wei_mul_sat(wei_u64(21000 * UINT64_C(2100000000)), N)), 0);
	assert_non_null(strstr(o.warnings, "part of the fees"));
	all = wei_add_sat(wei_add_sat(o.total_value, o.total_fee), w.policy.reserve);
	fake_account(w.chain, w.funder)->balance = all;
	assert_ok(&w.f, stage_run(&w, op, false));
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(wei_cmp(on_chain(i)->balance, wei_u64(ETHER)), 0);

	/* One wei less than the next plan takes. */
	fake_account(w.chain, w.funder)->balance = wei_sub_sat(all, wei_u64(1));
	op = stage_plan_fund(&w, wei_mul_sat(wei_u64(ETHER), 2), NULL, 0);
	assert_int_equal(stage_op(&w, op).state, OP_FAILED);
	assert_non_null(strstr(stage_op(&w, op).text, "and this needs"));
}

static void where_there_is_no_oracle_nothing_is_kept_back_or_said(void **state)
{
	int64_t op;

	(void)state;
	w.chain->l1_fee = wei_u64(0);
	on_chain(0)->balance = wei_u64(ETHER);
	op = stage_plan_extract(&w, false);
	assert_null(strstr(stage_op(&w, op).warnings, "L1"));
	assert_ok(&w.f, stage_run(&w, op, false));
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	assert_true(wei_is_zero(on_chain(0)->balance));
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(a_sweep_leaves_what_the_margin_was_too_much),
		ON_STAGE(an_oracle_of_before_fjord_is_asked_for_a_transaction),
		ON_STAGE(a_price_that_rises_by_the_margin_takes_it_all),
		ON_STAGE(a_sweep_that_is_raised_keeps_the_l1_fee_when_the_balance_fell),
		ON_STAGE(a_loan_is_enough_for_every_call_on_the_way),
		ON_STAGE(the_funder_of_a_plan_needs_it_too),
		ON_STAGE(where_there_is_no_oracle_nothing_is_kept_back_or_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
