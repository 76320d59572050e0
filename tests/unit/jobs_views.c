/* Token balances: through Multicall3 where the chain has it, and the same answers whatever it
 * does. */
#include "server/eth/abi.h"
#include "server/jobs/views.h"
#include "store/base/wei.h"
#include "store/wallets.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

enum { N = 250 };

static struct stage w;

static int open_stage(void **state)
{
	(void)state;
	stage_open(&w, N);
	w.chain->has_token = true;
	for (size_t i = 0; i < N; i++)
		fake_account(w.chain, w.wallets[i])->token = wei_u64(1000 + i);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&w);
	return 0;
}

static void ask(struct views *v, size_t n)
{
	struct turn *t = stage_turn(&w);
	struct el_call *calls = turn_array(t, n, sizeof(*calls));
	struct el_call_result *out = turn_array(t, n, sizeof(*out));

	for (size_t i = 0; i < n; i++) {
		struct abi_value arg = abi_addr(w.wallets[i]);

		calls[i] = (struct el_call){ .from = w.wallets[i],
					     .to = w.chain->token,
					     .data = abi_call(t, "balanceOf(address)", &arg, 1) };
	}
	assert_ok(&w.f, views_ask(t, w.jobs->el[JOB_ACCOUNTS], v, calls, n, out));
	for (size_t i = 0; i < n; i++) {
		struct wei got;

		assert_int_equal(out[i].outcome, EL_CALL_OK);
		assert_true(abi_word_wei(out[i].data, 0, &got));
		assert_int_equal(wei_cmp(got, wei_u64(1000 + i)), 0);
	}
}

static void with_the_contract_a_hundred_go_in_one_call(void **state)
{
	struct views v = { 0 };
	size_t before;

	(void)state;
	w.chain->has_multicall = true;
	ask(&v, N);
	assert_true(v.there);
	assert_int_equal(w.chain->multicalls, 3);
	before = w.chain->questions;
	ask(&v, N);
	assert_int_equal(w.chain->questions, before + 1); /* it is not looked for again */
}

static void without_it_they_are_asked_one_by_one(void **state)
{
	struct views v = { 0 };

	(void)state;
	ask(&v, N);
	assert_false(v.there);
	assert_int_equal(w.chain->multicalls, 0);
	w.chain->has_multicall = true;
	ask(&v, N);
	assert_int_equal(w.chain->multicalls, 0);
	w.now_ms += 11 * 60 * 1000; /* it may have been deployed meanwhile */
	ask(&v, N);
	assert_int_equal(w.chain->multicalls, 3);
}

static void few_are_not_worth_the_detour(void **state)
{
	struct views v = { 0 };

	(void)state;
	w.chain->has_multicall = true;
	ask(&v, 5);
	assert_int_equal(w.chain->multicalls, 0);
	assert_int_equal(v.asked_ms, 0);
}

static void what_fails_in_company_is_asked_alone(void **state)
{
	struct views v = { 0 };

	(void)state;
	w.chain->has_multicall = true;
	w.chain->multicall_gas_burned = 7;
	ask(&v, N);
	assert_int_equal(w.chain->multicalls, 3);
}

static void a_contract_that_says_nonsense_is_gone_around(void **state)
{
	struct views v = { .there = true };

	(void)state;
	v.asked_ms = stage_turn(&w)->now_ms;
	ask(&v, N); /* nothing stands there: the answer is empty */
}

static void the_accounts_are_kept_with_their_tokens(void **state)
{
	struct wallet wallet;

	(void)state;
	w.chain->has_multicall = true;
	w.policy.tokens[0].addr = w.chain->token;
	w.policy.n_tokens = 1;
	assert_ok(&w.f, stage_job(&w, JOB_ACCOUNTS));
	assert_true(w.chain->multicalls > 0);
	wallet = stage_wallet(&w, "w-007");
	struct token_balance *b;
	size_t n;

	assert_ok(&w.f, token_balance_list(stage_turn(&w), wallet.id, 8, &b, &n));
	assert_int_equal(n, 1);
	assert_int_equal(wei_cmp(b[0].amount, wei_u64(1007)), 0);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(with_the_contract_a_hundred_go_in_one_call),
		ON_STAGE(without_it_they_are_asked_one_by_one),
		ON_STAGE(few_are_not_worth_the_detour),
		ON_STAGE(what_fails_in_company_is_asked_alone),
		ON_STAGE(a_contract_that_says_nonsense_is_gone_around),
		ON_STAGE(the_accounts_are_kept_with_their_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
