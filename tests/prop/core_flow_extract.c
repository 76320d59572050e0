/* Bringing money home in bad weather: all that can come home does, once, and what cannot is said.
 */
#include <string.h>

#include "server/core/engine.h"
#include "server/core/journal.h"
#include "server/core/safe.h"
#include "server/core/wallet.h"
#include "store/base/wei.h"
#include "store/chain.h"
#include "store/safe_list.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;

static struct fake_account *wallet_on_chain(struct stage *w, size_t i)
{
	return fake_account(w->chain, w->wallets[i]);
}

static void open_with(struct stage *w, size_t n, bool contracts)
{
	stage_open(w, n);
	for (size_t i = 0; i < n; i++)
		wallet_on_chain(w, i)->balance = wei_u64(ETHER);
	if (!contracts)
		return;
	w->chain->has_token = true;
	w->policy.n_tokens = 1;
	w->policy.tokens[0] = (struct token){ .addr = w->chain->token, .symbol = "DATA" };
	w->policy.has_ghost_core = true;
	w->policy.ghost_core = w->chain->core;
	w->policy.cap_loan = wei_u64(ETHER / 100);
}

static void give(struct stage *w, size_t i, uint64_t tokens, uint64_t staked)
{
	struct fake_account *a = wallet_on_chain(w, i);

	a->token = wei_u64(tokens);
	a->staked = wei_u64(staked);
	a->stake = staked ? FAKE_STAKE_OPEN : FAKE_STAKE_NONE;
}

static void expect_empty(struct stage *w, size_t i)
{
	struct fake_account *a = wallet_on_chain(w, i);

	assert_true(wei_is_zero(a->balance));
	assert_true(wei_is_zero(a->token));
	assert_true(wei_is_zero(a->staked));
}

static void expect_home(struct stage *w, uint64_t tokens)
{
	uint64_t got;

	assert_true(wei_to_u64(fake_account(w->chain, w->safe)->token, &got));
	assert_int_equal(got, tokens);
}

static void expect_step(struct stage *w, int64_t op, size_t i, enum step_state state,
			const char *word)
{
	struct step s = stage_step(w, op, i);

	if (s.state != state || !strstr(s.text, word))
		fail_msg("step %zu: want state %d and '%s', got %d '%s'\n", i, state, word, s.state,
			 s.text);
}

static void ether_comes_home_to_the_last_wei(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 50, false);
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	for (size_t i = 0; i < 50; i++)
		expect_empty(&w, i);
	stage_check(&w);
	stage_close(&w);
}

static void stake_and_tokens_come_first_and_ether_last(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 6, true);
	for (size_t i = 0; i < 6; i++)
		give(&w, i, 100, i % 2 ? 500 : 0);
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t i = 0; i < 6; i++)
		expect_empty(&w, i);
	expect_home(&w, 6 * 100 + 3 * 500);
	stage_check(&w);
	stage_close(&w);
}

static void a_crash_after_every_turn_changes_nothing(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 5, true);
	w.crash_often = true;
	for (size_t i = 0; i < 5; i++)
		give(&w, i, 100, 500);
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t i = 0; i < 5; i++)
		expect_empty(&w, i);
	expect_home(&w, 5 * 600);
	stage_check(&w);
	stage_close(&w);
}

static void a_wallet_without_gas_is_lent_some_and_pays_the_rest_back_home(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 4, true);
	for (size_t i = 0; i < 4; i++) {
		give(&w, i, 0, 500);
		wallet_on_chain(&w, i)->balance = wei_u64(0);
	}
	int64_t op = stage_plan_extract(&w, false);

	assert_false(wei_is_zero(stage_op(&w, op).total_loan));
	assert_ok(&w.f, stage_run(&w, op, true));
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t i = 0; i < 4; i++)
		expect_empty(&w, i);
	expect_home(&w, 4 * 500);
	stage_check(&w);
	stage_close(&w);
}

static void without_a_funder_those_who_need_a_loan_fail_and_the_others_come_home(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3, true);
	w.policy.funder = NULL;
	give(&w, 0, 0, 500);
	wallet_on_chain(&w, 0)->balance = wei_u64(0);
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 40), OP_PARTLY);
	expect_step(&w, op, 0, STEP_FAILED, "no funder");
	expect_empty(&w, 1);
	expect_empty(&w, 2);
	stage_close(&w);
}

static void a_funder_without_money_holds_up_only_those_who_need_a_loan(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3, true);
	give(&w, 0, 0, 500);
	wallet_on_chain(&w, 0)->balance = wei_u64(0);
	int64_t op = stage_plan_extract(&w, false);

	fake_account(w.chain, w.funder)->balance = wei_u64(5);
	assert_ok(&w.f, stage_run(&w, op, true));
	for (int i = 0; i < 10; i++)
		stage_tick(&w, 1000);
	assert_int_equal(stage_op(&w, op).state, OP_RUNNING);
	expect_step(&w, op, 0, STEP_BLOCKED, "needs a gas loan");
	expect_empty(&w, 1);
	expect_empty(&w, 2);
	fake_account(w.chain, w.funder)->balance = wei_u64(ETHER);
	assert_int_equal(stage_until(&w, op, 40), OP_DONE);
	expect_empty(&w, 0);
	expect_home(&w, 500);
	stage_close(&w);
}

/* ---- contracts that misbehave ---- */

static void a_token_that_reverts_stays_and_is_named_and_the_rest_comes_home(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2, true);
	give(&w, 0, 100, 0);
	w.chain->token_reverts = true;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 40), OP_PARTLY);
	expect_step(&w, op, 0, STEP_FAILED, "stay behind");
	assert_true(wei_is_zero(wallet_on_chain(&w, 0)->balance));
	expect_empty(&w, 1);
	stage_close(&w);
}

static void a_token_that_cannot_be_read_is_waited_for_before_the_ether_goes(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3, true);
	for (size_t i = 0; i < 3; i++)
		give(&w, i, 500, 0);
	int64_t op = stage_extract(&w);

	w.chain->token_unread = true;
	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 0);
	expect_step(&w, op, 1, STEP_BLOCKED, "cannot be read: header not found");
	w.chain->token_unread = false;
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	expect_home(&w, 3 * 500);
	for (size_t i = 0; i < 3; i++)
		expect_empty(&w, i);
	stage_check(&w);
	stage_close(&w);
}

static void a_token_that_takes_the_gas_and_moves_nothing_is_given_up(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1, true);
	give(&w, 0, 100, 0);
	w.chain->token_swallows = true;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_FAILED);
	expect_step(&w, op, 0, STEP_FAILED, "stay behind");
	assert_true(wei_is_zero(wallet_on_chain(&w, 0)->balance));
	assert_true(w.chain->n_txs <= 5);
	stage_close(&w);
}

static void a_tax_above_one_percent_must_be_accepted(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2, true);
	give(&w, 0, 1000, 0);
	w.chain->tax_bps = 1000;
	w.policy.tokens[0].tax_bps = 1000;
	int64_t op = stage_plan_extract(&w, false);

	assert_non_null(strstr(stage_op(&w, op).warnings, "takes 100 DATA of 1000 DATA"));
	assert_fails(&w.f, stage_run(&w, op, false), ERR_REFUSED, "accept_token_tax");
	assert_ok(&w.f, stage_run(&w, op, true));
	assert_int_equal(stage_until(&w, op, 40), OP_DONE);
	expect_home(&w, 900);
	stage_close(&w);
}

static void a_tax_that_came_after_the_plan_is_not_paid(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1, true);
	give(&w, 0, 1000, 0);
	w.chain->tax_bps = 1000;
	w.policy.tokens[0].tax_bps = 1000;
	w.chain->excluded = w.safe; /* at the time of the plan home pays none */
	int64_t op = stage_plan_extract(&w, false);

	assert_ok(&w.f, stage_run(&w, op, false));
	w.chain->excluded = (struct eth_addr){ 0 };
	assert_int_equal(stage_until(&w, op, 40), OP_FAILED);
	expect_step(&w, op, 0, STEP_FAILED, "not accepted");
	expect_home(&w, 0);
	assert_true(wei_is_zero(wallet_on_chain(&w, 0)->balance));
	stage_close(&w);
}

static void a_paused_contract_pays_by_emergency(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2, true);
	give(&w, 0, 0, 500);
	w.chain->core_paused = true;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 40), OP_DONE);
	expect_empty(&w, 0);
	expect_home(&w, 500);
	stage_close(&w);
}

static void a_locked_stake_is_waited_for(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2, true);
	give(&w, 0, 0, 500);
	wallet_on_chain(&w, 0)->stake = FAKE_STAKE_LOCKED;
	int64_t op = stage_extract(&w);

	for (int i = 0; i < 20; i++)
		stage_tick(&w, 1000);
	expect_step(&w, op, 0, STEP_BLOCKED, "locked");
	expect_empty(&w, 1);
	wallet_on_chain(&w, 0)->stake = FAKE_STAKE_OPEN;
	assert_int_equal(stage_until(&w, op, 120), OP_DONE);
	expect_empty(&w, 0);
	stage_close(&w);
}

static void a_dead_position_is_lost_and_the_ether_comes_home(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1, true);
	give(&w, 0, 0, 500);
	wallet_on_chain(&w, 0)->stake = FAKE_STAKE_DEAD;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 40), OP_DONE);
	assert_true(wei_is_zero(wallet_on_chain(&w, 0)->balance));
	stage_close(&w);
}

static void a_contract_that_cannot_be_read_ends_the_step_and_not_the_others(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2, true);
	give(&w, 0, 0, 500);
	w.chain->core_broken = true;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 600), OP_FAILED);
	expect_step(&w, op, 0, STEP_FAILED, "--native-only");

	op = stage_plan_extract(&w, true);
	assert_ok(&w.f, stage_run(&w, op, false));
	assert_int_equal(stage_until(&w, op, 40), OP_DONE);
	assert_true(wei_is_zero(wallet_on_chain(&w, 0)->balance));
	stage_close(&w);
}

static void an_endpoint_that_lies_about_gas_costs_nothing(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2, true);
	give(&w, 0, 0, 500);
	w.chain->gas_lie = UINT64_C(1) << 50;
	int64_t op = stage_plan_extract(&w, false);

	assert_int_equal(w.chain->n_txs, 0);
	assert_true(stage_op(&w, op).state != OP_RUNNING);
	stage_close(&w);
}

/* ---- what stays ---- */

static void dust_is_skipped_with_its_numbers(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3, false);
	wallet_on_chain(&w, 0)->balance = wei_u64(2);
	wallet_on_chain(&w, 1)->balance = wei_u64(0);
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_step(&w, op, 0, STEP_SKIPPED, "dust: 2 wei");
	expect_step(&w, op, 1, STEP_SKIPPED, "empty");
	expect_empty(&w, 2);
	stage_close(&w);
}

static size_t late_arrival;

static void pay_late(struct fake_chain *c)
{
	struct fake_account *a = &c->accounts[late_arrival];

	/* While the sweep is under way, somebody pays the wallet. */
	if (c->n_txs == 1 && c->txs[0].block == 0)
		a->balance = wei_add_sat(a->balance, wei_u64(ETHER / 2));
}

static void money_that_arrives_during_the_sweep_comes_home_too(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1, false);
	late_arrival = (size_t)(wallet_on_chain(&w, 0) - w.chain->accounts);
	w.chain->before_mine = pay_late;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_empty(&w, 0);
	assert_int_equal(fake_chain_paid(w.chain, w.wallets[0], w.safe), 2);
	stage_check(&w);
	stage_close(&w);
}

/* ---- where home is ---- */

static enum err remove_home(struct turn *t, void *arg)
{
	struct stage *w = arg;
	struct safe_address s;

	return safe_remove(t, w->safe, &s);
}

static void an_address_that_is_taken_off_the_list_gets_nothing_more(void **state)
{
	struct stage w;
	struct asking {
		int64_t op;
	} x;

	(void)state;
	open_with(&w, 4, true);
	for (size_t i = 0; i < 4; i++)
		give(&w, i, 100, 0);
	x.op = stage_plan_extract(&w, false);
	assert_ok(&w.f, stage_lane(&w, remove_home, &w));
	assert_fails(&w.f, stage_run(&w, x.op, true), ERR_REFUSED, "safe list");

	stage_close(&w);

	open_with(&w, 4, true);
	for (size_t i = 0; i < 4; i++)
		give(&w, i, 100, 0);
	x.op = stage_extract(&w);
	assert_ok(&w.f, stage_lane(&w, remove_home, &w));
	for (int i = 0; i < 10; i++)
		stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 0);
	assert_non_null(strstr(stage_op(&w, x.op).text, "no ACTIVE safe address any more"));
	assert_ok(&w.f, stage_cancel(&w, x.op));
	assert_int_equal(stage_until(&w, x.op, 5), OP_CANCELLED);
	stage_close(&w);
}

/* The home of a token's transfer is in its call. */
static void a_token_that_was_signed_and_not_sent_stays_when_its_home_is_removed(void **state)
{
	struct intent_filter any = { 0 };
	struct intent *i;
	struct stage w;
	size_t n;

	(void)state;
	open_with(&w, 1, true);
	give(&w, 0, 100, 0);
	stage_extract(&w);
	w.dead_jobs = 1u << JOB_SEND;
	for (int k = 0; k < 3; k++)
		stage_tick(&w, 1000);
	assert_ok(&w.f, intent_list(stage_turn(&w), &any, 0, 5, &i, &n));
	assert_int_equal(n, 1);
	assert_int_equal(i[0].purpose, PURPOSE_TOKEN);
	assert_int_equal(i[0].state, TX_SIGNED);
	assert_ok(&w.f, stage_lane(&w, remove_home, &w));
	w.dead_jobs = 0;
	for (int k = 0; k < 30; k++)
		stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 0);
	stage_check(&w);
	stage_close(&w);
}

static enum err add_other(struct turn *t, void *arg)
{
	struct safe_ask ask = { .addr = { { 0x66 } }, .label = "other" };

	return safe_add(t, &ask, arg);
}

static void who_removes_home_cannot_set_another_at_once(void **state)
{
	struct stage w;
	struct safe_address s;

	(void)state;
	open_with(&w, 1, false);
	assert_ok(&w.f, stage_lane(&w, remove_home, &w));
	assert_ok(&w.f, stage_lane(&w, add_other, &s));
	assert_int_equal(s.state, SAFE_PENDING);
	w.now_ms += w.policy.safe_delay_ms - 1;
	struct eth_addr other = { { 0x66 } };

	assert_ok(&w.f, safe_get(stage_turn(&w), w.policy.chain_id, other, &s));
	assert_int_equal(s.state, SAFE_PENDING);
	w.now_ms += 1;
	assert_ok(&w.f, safe_get(stage_turn(&w), w.policy.chain_id, other, &s));
	assert_int_equal(s.state, SAFE_ACTIVE);
	stage_close(&w);
}

/* ---- pauses ---- */

static enum err engine_signs(struct turn *t, void *arg)
{
	struct stage *w = arg;
	struct wallet wallet;
	struct purse p;
	struct intent i;
	struct chain c;
	struct order o = { .purpose = PURPOSE_ACTION,
			   .dest = w->chain->core,
			   .value = wei_u64(ETHER / 2),
			   .gas = 90000 };

	TRY(wallet_get(t, "w-000", &wallet));
	TRY(chain_get(t, &c));
	TRY(fees_choose(t, &c, FEE_NORMAL, policy()->max_fee, 15000, &o.fees));
	TRY(purse_open(t, wallet.id, &p));
	return journal_order(t, &p, &o, &i);
}

static void extract_works_while_paused_and_locked_down_and_what_the_engine_had_signed_is_withdrawn(
	void **state)
{
	(void)state;
	for (int lockdown = 0; lockdown < 2; lockdown++) {
		struct stage w;

		open_with(&w, 3, false);
		assert_ok(&w.f, stage_job(&w, JOB_ACCOUNTS));
		assert_ok(&w.f, stage_lane(&w, engine_signs, &w));
		assert_ok(&w.f, stage_pause(&w, "fleet", lockdown));
		int64_t op = stage_extract(&w);

		assert_int_equal(stage_until(&w, op, 30), OP_DONE);
		for (size_t i = 0; i < 3; i++)
			expect_empty(&w, i);
		assert_true(wei_is_zero(fake_account(w.chain, w.chain->core)->balance));
		stage_check(&w);
		stage_close(&w);
	}
}

static void loans_are_given_in_a_lockdown_although_funding_is_held(void **state)
{
	struct stage w;
	static const char *const some[] = { "w-001", "w-002" };

	(void)state;
	open_with(&w, 3, true);
	give(&w, 0, 0, 500);
	wallet_on_chain(&w, 0)->balance = wei_u64(0);
	int64_t fund = stage_plan_fund(&w, wei_mul_sat(wei_u64(ETHER), 2), some, 2);

	assert_ok(&w.f, stage_run(&w, fund, false));
	w.dead_jobs = 1u << JOB_SEND;
	stage_tick(&w, 1000);
	assert_ok(&w.f, stage_pause(&w, "fleet", true));
	w.dead_jobs = 0;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 40), OP_DONE);
	expect_empty(&w, 0);
	expect_home(&w, 500);
	assert_int_equal(stage_op(&w, fund).state, OP_RUNNING);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[1]), 0);
	assert_ok(&w.f, stage_resume(&w, "fleet"));
	assert_int_equal(stage_until(&w, fund, 30), OP_DONE);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[1]), 1);
	stage_check(&w);
	stage_close(&w);
}

static void a_pause_of_one_wallet_stops_no_other(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 4, false);
	int64_t op = stage_extract(&w);

	assert_ok(&w.f, stage_pause(&w, "wallets/w-000", false));
	for (int i = 0; i < 10; i++)
		stage_tick(&w, 1000);
	for (size_t i = 1; i < 4; i++)
		expect_empty(&w, i);
	assert_false(wei_is_zero(wallet_on_chain(&w, 0)->balance));
	expect_step(&w, op, 0, STEP_BLOCKED, "paused by tester");
	assert_ok(&w.f, stage_resume(&w, "wallets/w-000"));
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_empty(&w, 0);
	stage_close(&w);
}

static void many_operations_that_wait_do_not_hold_up_the_one_that_brings_money_home(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2, false);
	w.dead_jobs = 1u << JOB_DRIVE;
	for (int i = 0; i < 40; i++)
		(void)stage_fund(&w, wei_mul_sat(wei_u64(ETHER), 3));
	assert_ok(&w.f, stage_pause(&w, "fleet", false));
	w.dead_jobs = 0;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_empty(&w, 0);
	expect_empty(&w, 1);
	stage_close(&w);
}

static enum err spoil_key(struct turn *t, void *arg)
{
	uint8_t junk[78] = { 1 };
	struct wallet w = { .name = "w-spoilt",
			    .addr = *(struct eth_addr *)arg,
			    .profile = "",
			    .role = WALLET_FLEET,
			    .key_kind = KEY_IMPORTED,
			    .hd_index = -1,
			    .sealed = { junk, sizeof(junk) },
			    .state = WALLET_ACTIVE };

	return wallet_add(t, &w);
}

static void a_key_that_does_not_open_stops_no_other(void **state)
{
	struct stage w;
	struct eth_addr a = { { 0x77 } };

	(void)state;
	open_with(&w, 2, false);
	assert_ok(&w.f, stage_lane(&w, spoil_key, &a));
	fake_account(w.chain, a)->balance = wei_u64(ETHER);
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 30), OP_PARTLY);
	expect_empty(&w, 0);
	expect_empty(&w, 1);
	expect_step(&w, op, 2, STEP_FAILED, "cannot sign");
	stage_close(&w);
}

static void a_wallet_that_is_the_safe_address_is_not_emptied_into_itself(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1, false);
	assert_ok(&w.f, stage_lane(&w, spoil_key, &w.safe));
	fake_account(w.chain, w.safe)->balance = wei_u64(ETHER);
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_step(&w, op, 1, STEP_SKIPPED, "the safe address itself");
	stage_close(&w);
}

/* ---- endpoints ---- */

static void endpoints_that_are_away_are_waited_for(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3, false);
	int64_t op = stage_extract(&w);

	w.chain->away = true;
	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_non_null(strstr(stage_op(&w, op).text, "waits: no endpoint answers"));
	w.chain->away = false;
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	assert_null(strstr(stage_op(&w, op).text, "waits"));
	stage_close(&w);
}

static void answers_that_lack_some_wallets_stop_no_other(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 9, true);
	for (size_t i = 0; i < 9; i++)
		give(&w, i, 100, 500);
	w.chain->mute_every = 3;
	w.chain->mute_until = 150;
	int64_t op = stage_extract(&w);

	assert_int_equal(stage_until(&w, op, 100), OP_DONE);
	for (size_t i = 0; i < 9; i++)
		expect_empty(&w, i);
	stage_check(&w);
	stage_close(&w);
}

static void a_plan_that_nobody_answers_says_why_and_ends(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3, false);
	w.chain->mute_every = 1;
	w.chain->mute_until = SIZE_MAX;
	int64_t op = stage_plan_extract(&w, false);

	assert_int_equal(stage_op(&w, op).state, OP_FAILED);
	assert_non_null(strstr(stage_op(&w, op).text, "planning: "));
	assert_non_null(strstr(stage_op(&w, op).text, "no endpoint"));
	stage_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ether_comes_home_to_the_last_wei),
		cmocka_unit_test(stake_and_tokens_come_first_and_ether_last),
		cmocka_unit_test(a_crash_after_every_turn_changes_nothing),
		cmocka_unit_test(a_wallet_without_gas_is_lent_some_and_pays_the_rest_back_home),
		cmocka_unit_test(
			without_a_funder_those_who_need_a_loan_fail_and_the_others_come_home),
		cmocka_unit_test(a_funder_without_money_holds_up_only_those_who_need_a_loan),
		cmocka_unit_test(a_token_that_reverts_stays_and_is_named_and_the_rest_comes_home),
		cmocka_unit_test(a_token_that_cannot_be_read_is_waited_for_before_the_ether_goes),
		cmocka_unit_test(a_token_that_takes_the_gas_and_moves_nothing_is_given_up),
		cmocka_unit_test(a_tax_above_one_percent_must_be_accepted),
		cmocka_unit_test(a_tax_that_came_after_the_plan_is_not_paid),
		cmocka_unit_test(a_paused_contract_pays_by_emergency),
		cmocka_unit_test(a_locked_stake_is_waited_for),
		cmocka_unit_test(a_dead_position_is_lost_and_the_ether_comes_home),
		cmocka_unit_test(a_contract_that_cannot_be_read_ends_the_step_and_not_the_others),
		cmocka_unit_test(an_endpoint_that_lies_about_gas_costs_nothing),
		cmocka_unit_test(dust_is_skipped_with_its_numbers),
		cmocka_unit_test(money_that_arrives_during_the_sweep_comes_home_too),
		cmocka_unit_test(an_address_that_is_taken_off_the_list_gets_nothing_more),
		cmocka_unit_test(
			a_token_that_was_signed_and_not_sent_stays_when_its_home_is_removed),
		cmocka_unit_test(who_removes_home_cannot_set_another_at_once),
		cmocka_unit_test(
			extract_works_while_paused_and_locked_down_and_what_the_engine_had_signed_is_withdrawn),
		cmocka_unit_test(loans_are_given_in_a_lockdown_although_funding_is_held),
		cmocka_unit_test(a_pause_of_one_wallet_stops_no_other),
		cmocka_unit_test(
			many_operations_that_wait_do_not_hold_up_the_one_that_brings_money_home),
		cmocka_unit_test(a_key_that_does_not_open_stops_no_other),
		cmocka_unit_test(a_wallet_that_is_the_safe_address_is_not_emptied_into_itself),
		cmocka_unit_test(endpoints_that_are_away_are_waited_for),
		cmocka_unit_test(answers_that_lack_some_wallets_stop_no_other),
		cmocka_unit_test(a_plan_that_nobody_answers_says_why_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
