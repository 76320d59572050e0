/* An evacuation: at once, most valuable first, everything, to an ACTIVE safe address only. */
#include <stdlib.h>
#include <string.h>

#include "server/core/journal.h"
#include "server/core/safe.h"
#include "server/core/standing.h"
#include "server/core/wallet.h"
#include "store/base/wei.h"
#include "store/chain.h"
#include "store/pauses.h"
#include "store/safe_list.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;

struct asking {
	const struct eth_addr *to;
	struct operation out;
};

static enum err evacuate(struct turn *t, void *arg)
{
	struct asking *a = arg;

	return operation_evacuate(t, a->to, "drill", &a->out);
}

static int64_t begin(struct stage *w)
{
	struct asking a = { 0 };

	assert_ok(&w->f, stage_lane(w, evacuate, &a));
	return a.out.id;
}

static struct fake_account *on_chain(struct stage *w, size_t i)
{
	return fake_account(w->chain, w->wallets[i]);
}

/* Wallet i holds i + 1 ether, and the fleet knows it and has its standing plan. */
static void open_with(struct stage *w, size_t n)
{
	stage_open(w, n);
	for (size_t i = 0; i < n; i++)
		on_chain(w, i)->balance = wei_mul_sat(wei_u64(ETHER), i + 1);
	assert_ok(&w->f, stage_job(w, JOB_ACCOUNTS));
	assert_ok(&w->f, stage_job(w, JOB_STANDING));
}

static void with_contracts(struct stage *w)
{
	w->chain->has_token = true;
	w->policy.n_tokens = 1;
	w->policy.tokens[0] = (struct token){ .addr = w->chain->token, .symbol = "DATA" };
	w->policy.has_ghost_core = true;
	w->policy.ghost_core = w->chain->core;
	w->policy.cap_loan = wei_u64(ETHER / 100);
}

static void expect_empty(struct stage *w, size_t i)
{
	assert_true(wei_is_zero(on_chain(w, i)->balance));
	assert_true(wei_is_zero(on_chain(w, i)->token));
	assert_true(wei_is_zero(on_chain(w, i)->staked));
}

static void expect_step_of(struct stage *w, int64_t op, const char *wallet, enum step_state state,
			   const char *word)
{
	struct step *s;
	size_t n;

	assert_ok(&w->f, step_list(stage_turn(w), op, 0, 0, 2000, &s, &n));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(s[i].wallet_name, wallet) != 0)
			continue;
		if (s[i].state != state || !strstr(s[i].text, word))
			fail_msg("%s: want state %d and '%s', got %d '%s'\n", wallet, state, word,
				 s[i].state, s[i].text);
		return;
	}
	fail_msg("no step of %s\n", wallet);
}

/* ---- what it is for ---- */

static void it_runs_at_once_and_the_most_valuable_go_first(void **state)
{
	struct stage w;
	struct intent_filter any = { 0 };
	struct intent *i;
	size_t n;

	(void)state;
	open_with(&w, 60);
	int64_t op = begin(&w);

	assert_int_equal(stage_op(&w, op).state, OP_RUNNING);
	assert_non_null(strstr(stage_op(&w, op).text, "60 wallets with about 1830 ether"));
	/* One look, one lane turn: the dearest half of them is signed. */
	assert_ok(&w.f, stage_job_once(&w, JOB_DRIVE));
	assert_ok(&w.f, intent_list(stage_turn(&w), &any, 0, 100, &i, &n));
	assert_int_equal(n, 32);
	assert_string_equal(i[n - 1].wallet_name, "w-059");
	assert_string_equal(i[n - 2].wallet_name, "w-058");
	assert_string_equal(i[0].wallet_name, "w-028");
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	for (size_t k = 0; k < 60; k++)
		expect_empty(&w, k);
	stage_check(&w);
	stage_close(&w);
}

static void tokens_and_stakes_count_for_who_goes_first(void **state)
{
	struct stage w;
	struct standing s;

	(void)state;
	stage_open(&w, 3);
	with_contracts(&w);
	on_chain(&w, 0)->balance = wei_u64(ETHER);
	on_chain(&w, 1)->balance = wei_u64(2 * ETHER);
	on_chain(&w, 2)->token = wei_u64(500);
	assert_ok(&w.f, stage_job(&w, JOB_ACCOUNTS));
	assert_ok(&w.f, stage_job(&w, JOB_STANDING));
	int64_t id[3] = { stage_wallet(&w, "w-000").id, stage_wallet(&w, "w-001").id,
			  stage_wallet(&w, "w-002").id };

	assert_ok(&w.f, standing_get(stage_turn(&w), &s));
	assert_int_equal(s.n, 3);
	assert_int_equal(s.wallets, 3);
	/* All of the tokens, two thirds of the ether, one third of it. */
	assert_int_equal(s.places[0].wallet, id[2]);
	assert_int_equal(s.places[1].wallet, id[1]);
	assert_int_equal(s.places[2].wallet, id[0]);
	stage_close(&w);
}

static void more_wallets_than_the_standing_plan_names_all_come_home(void **state)
{
	enum { N = STANDING_MOST + 80 };
	struct stage w;

	(void)state;
	open_with(&w, N);
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t i = 0; i < N; i++)
		expect_empty(&w, i);
	assert_int_equal(stage_steps(&w, op).total, N + 1);
	stage_close(&w);
}

static void without_a_standing_plan_it_goes_wallet_by_wallet(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 5);
	for (size_t i = 0; i < 5; i++)
		on_chain(&w, i)->balance = wei_u64(ETHER);
	int64_t op = begin(&w);

	assert_non_null(strstr(stage_op(&w, op).text, "no standing plan yet"));
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	for (size_t i = 0; i < 5; i++)
		expect_empty(&w, i);
	stage_close(&w);
}

static void the_funder_lends_first_and_comes_home_last(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 4);
	with_contracts(&w);
	on_chain(&w, 1)->balance = wei_u64(0);
	on_chain(&w, 1)->token = wei_u64(700);
	on_chain(&w, 2)->staked = wei_u64(300);
	on_chain(&w, 2)->stake = FAKE_STAKE_OPEN;
	w.chain->core_paused = true; /* emergencyWithdraw() is the only way */
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t i = 0; i < 4; i++)
		expect_empty(&w, i);
	uint64_t tokens;

	assert_true(wei_to_u64(fake_account(w.chain, w.safe)->token, &tokens));
	assert_int_equal(tokens, 1000);
	assert_true(wei_is_zero(fake_account(w.chain, w.funder)->balance));
	stage_check(&w);
	stage_close(&w);
}

static void a_crash_after_every_turn_changes_nothing(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 5);
	w.crash_often = true;
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 40), OP_DONE);
	for (size_t i = 0; i < 5; i++)
		expect_empty(&w, i);
	stage_check(&w);
	stage_close(&w);
}

static enum err retire(struct turn *t, void *arg)
{
	struct wallet *w = arg;

	return wallet_update(t, w->id, w->version, w->profile, w->enabled, WALLET_RETIRED);
}

static void what_came_late_to_a_retired_wallet_comes_home_too(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2);
	struct wallet old = stage_wallet(&w, "w-000");

	assert_ok(&w.f, stage_lane(&w, retire, &old));
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_empty(&w, 0);
	expect_empty(&w, 1);
	stage_close(&w);
}

static void it_works_in_a_pause_and_in_a_lockdown_that_stood_before(void **state)
{
	(void)state;
	for (int lockdown = 0; lockdown < 2; lockdown++) {
		struct stage w;

		open_with(&w, 3);
		assert_ok(&w.f, stage_pause(&w, "fleet", lockdown));
		int64_t op = begin(&w);

		assert_int_equal(stage_until(&w, op, 30), OP_DONE);
		for (size_t i = 0; i < 3; i++)
			expect_empty(&w, i);
		stage_close(&w);
	}
}

static void a_wallet_that_cannot_stops_no_other(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 4);
	with_contracts(&w);
	on_chain(&w, 3)->token = wei_u64(10);
	w.chain->token_reverts = true;
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_PARTLY);
	expect_step_of(&w, op, "w-003", STEP_FAILED, "stay behind");
	for (size_t i = 0; i < 3; i++)
		expect_empty(&w, i);
	assert_true(wei_is_zero(on_chain(&w, 3)->balance));
	stage_close(&w);
}

static size_t late;

static void pay_late(struct fake_chain *c)
{
	/* Once, while the sweep of the wallet is in the pool. */
	if (late != SIZE_MAX && c->n_txs > 0 && c->txs[0].block == 0) {
		c->accounts[late].balance =
			wei_add_sat(c->accounts[late].balance, wei_u64(ETHER / 4));
		late = SIZE_MAX;
	}
}

static void money_that_comes_late_is_looked_for_once_more(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2);
	late = (size_t)(on_chain(&w, 0) - w.chain->accounts);
	w.chain->before_mine = pay_late;
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_empty(&w, 0);
	expect_empty(&w, 1);
	assert_int_equal(fake_chain_paid(w.chain, w.wallets[0], w.safe), 2);
	stage_close(&w);
}

/* ---- caps ---- */

static void caps_of_funding_do_not_hold_it_up_and_the_ceiling_of_fees_does(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3);
	w.policy.cap_tx = w.policy.cap_operation = w.policy.cap_day = wei_u64(1);
	w.policy.max_fee = wei_u64(2000000000);
	w.policy.max_fee_urgent = wei_u64(50000000000);
	w.chain->base_fee = wei_u64(60000000000);
	stage_tick(&w, 1000);
	int64_t op = begin(&w);

	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 0);
	assert_non_null(strstr(stage_op(&w, op).text, "the ceiling is 50000000000"));
	/* Above the usual ceiling, below the one for emergencies. */
	w.chain->base_fee = wei_u64(30000000000);
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	for (size_t i = 0; i < 3; i++)
		expect_empty(&w, i);
	for (size_t i = 0; i < w.chain->n_txs; i++)
		assert_true(wei_cmp(w.chain->txs[i].tx.max_fee, w.policy.max_fee_urgent) <= 0);
	stage_close(&w);
}

/* ---- where home is ---- */

static enum err add_pending(struct turn *t, void *arg)
{
	struct safe_ask ask = { .addr = { { 0x66 } }, .label = "other" };

	return safe_add(t, &ask, arg);
}

static enum err remove_it(struct turn *t, void *arg)
{
	struct safe_address s;

	return safe_remove(t, *(struct eth_addr *)arg, &s);
}

static enum err put_contract(struct turn *t, void *arg)
{
	struct safe_address s = { .chain_id = 31337,
				  .addr = *(struct eth_addr *)arg,
				  .label = "a safe",
				  .state = SAFE_ACTIVE,
				  .contract = true,
				  .actor = "tester" };

	return safe_put(t, &s);
}

static void only_an_active_address_with_its_code_is_home(void **state)
{
	struct stage w;
	struct safe_address s;
	struct eth_addr pending = { { 0x66 } }, stranger = { { 0x67 } }, contract = { { 0x68 } };
	struct asking a = { .to = &pending };

	(void)state;
	open_with(&w, 2);
	assert_ok(&w.f, stage_lane(&w, add_pending, &s));
	assert_fails(&w.f, stage_lane(&w, evacuate, &a), ERR_REFUSED, "is PENDING for");
	a.to = &stranger;
	assert_fails(&w.f, stage_lane(&w, evacuate, &a), ERR_REFUSED, "not on the safe list");
	assert_ok(&w.f, stage_lane(&w, put_contract, &contract));
	assert_ok(&w.f, stage_job(&w, JOB_SAFE)); /* the chain has no code there */
	a.to = &contract;
	assert_fails(&w.f, stage_lane(&w, evacuate, &a), ERR_REFUSED, "no code there");
	assert_ok(&w.f, stage_lane(&w, remove_it, &w.safe));
	a.to = &w.safe;
	assert_fails(&w.f, stage_lane(&w, evacuate, &a), ERR_REFUSED, "not on the safe list");
	/* Refused is refused: no pause either, and nothing moved. */
	struct pause *p;
	size_t n;

	assert_ok(&w.f, pause_active(stage_turn(&w), NULL, 1, &p, &n));
	assert_int_equal(n, 0);
	stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 0);
	stage_close(&w);
}

static void an_address_that_is_removed_on_the_way_gets_nothing_more(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3);
	int64_t op = begin(&w);

	assert_ok(&w.f, stage_lane(&w, remove_it, &w.safe));
	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 0);
	assert_non_null(strstr(stage_op(&w, op).text, "no ACTIVE safe address any more"));
	stage_close(&w);
}

/* ---- what stands before it ---- */

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

/* Case 34: an action of the engine is in the pool and offers too little when the money must go. The
 * pause holds better offers for it; it is cancelled, and the whole balance goes home. */
static void an_action_stuck_in_the_pool_is_cancelled_and_all_of_the_ether_goes_home(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2);
	assert_ok(&w.f, stage_lane(&w, engine_signs, &w));
	assert_ok(&w.f, stage_job(&w, JOB_SEND));
	assert_int_equal(w.chain->n_txs, 1);
	w.chain->base_fee = wei_mul_sat(w.chain->base_fee, 5);
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	expect_empty(&w, 0);
	expect_empty(&w, 1);
	assert_true(wei_is_zero(fake_account(w.chain, w.chain->core)->balance));
	stage_check(&w);
	stage_close(&w);
}

/* Case 34: what is in the pool and does get mined is waited for, and not counted twice. */
static void an_action_in_the_pool_is_settled_first(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1);
	assert_ok(&w.f, stage_lane(&w, engine_signs, &w));
	assert_ok(&w.f, stage_job(&w, JOB_SEND));
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	expect_empty(&w, 0);
	assert_int_equal(wei_cmp(fake_account(w.chain, w.chain->core)->balance, wei_u64(ETHER / 2)),
			 0);
	stage_check(&w);
	stage_close(&w);
}

/* Case 37: the wall clock goes a day ahead, a minute back, an hour ahead, seconds back while money
 * is on its way: old numbers authorise nothing, each is paid once, and all of it ends. */
static void a_clock_that_jumps_pays_nothing_twice(void **state)
{
	static const int64_t jumps[] = { 86400000, -60000, 3600000, -5000 };
	struct stage w;

	(void)state;
	open_with(&w, 6);
	int64_t op = begin(&w);

	for (size_t k = 0; k < sizeof(jumps) / sizeof(jumps[0]); k++) {
		assert_ok(&w.f, stage_job(&w, JOB_DRIVE));
		assert_ok(&w.f, stage_job(&w, JOB_SEND));
		w.now_ms += jumps[k];
		stage_tick(&w, 1000);
	}
	assert_int_equal(stage_until(&w, op, 200), OP_DONE);
	for (size_t i = 0; i < 6; i++) {
		expect_empty(&w, i);
		assert_int_equal(fake_chain_paid(w.chain, w.wallets[i], w.safe), 1);
	}
	stage_check(&w);
	stage_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_runs_at_once_and_the_most_valuable_go_first),
		cmocka_unit_test(tokens_and_stakes_count_for_who_goes_first),
		cmocka_unit_test(more_wallets_than_the_standing_plan_names_all_come_home),
		cmocka_unit_test(without_a_standing_plan_it_goes_wallet_by_wallet),
		cmocka_unit_test(the_funder_lends_first_and_comes_home_last),
		cmocka_unit_test(a_crash_after_every_turn_changes_nothing),
		cmocka_unit_test(what_came_late_to_a_retired_wallet_comes_home_too),
		cmocka_unit_test(it_works_in_a_pause_and_in_a_lockdown_that_stood_before),
		cmocka_unit_test(a_wallet_that_cannot_stops_no_other),
		cmocka_unit_test(money_that_comes_late_is_looked_for_once_more),
		cmocka_unit_test(caps_of_funding_do_not_hold_it_up_and_the_ceiling_of_fees_does),
		cmocka_unit_test(only_an_active_address_with_its_code_is_home),
		cmocka_unit_test(an_address_that_is_removed_on_the_way_gets_nothing_more),
		cmocka_unit_test(
			an_action_stuck_in_the_pool_is_cancelled_and_all_of_the_ether_goes_home),
		cmocka_unit_test(an_action_in_the_pool_is_settled_first),
		cmocka_unit_test(a_clock_that_jumps_pays_nothing_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
