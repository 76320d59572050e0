/* Jobs when answers are late, old, partial or absent: nothing spins, nothing starves, nothing is
 * forgotten. And the engine, which acts by itself. */
#include <string.h>

#include "server/core/breaker.h"
#include "server/core/engine.h"
#include "store/base/wei.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;

static bool run_once(struct stage *s, enum job_id job)
{
	size_t n;
	const struct job *row = &jobs_rows(&n)[job];
	bool more;

	assert_ok(&s->f, sched_run_once(stage_turn(s), row, s->jobs, &more));
	return more;
}

static void more_than_a_page_of_wallets_is_planned_and_paid(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 1100);
	int64_t op = stage_fund(&s, wei_u64(ETHER / 100));

	assert_int_equal(stage_until(&s, op, 60), OP_DONE);
	assert_int_equal(stage_steps(&s, op).done, 1100);
	stage_check(&s);
	stage_close(&s);
}

/* ---- balances ---- */

static void balances_of_an_endpoint_that_lags_are_not_asked_in_a_loop(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 600);
	while (run_once(&s, JOB_ACCOUNTS))
		;
	s.chain->lag = 50;
	s.now_ms += 60000;
	assert_false(run_once(&s, JOB_ACCOUNTS));
	s.chain->lag = 0;
	assert_true(run_once(&s, JOB_ACCOUNTS));
	stage_close(&s);
}

static void wallets_that_nobody_answers_for_are_not_asked_in_a_loop(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 600);
	s.chain->mute_every = 1;
	s.chain->mute_until = SIZE_MAX;
	assert_false(run_once(&s, JOB_ACCOUNTS));
	stage_close(&s);
}

static void a_running_step_that_nobody_answers_for_is_not_asked_in_a_loop(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 300);
	int64_t op = stage_fund(&s, wei_u64(ETHER / 100));

	s.chain->mute_every = 1;
	s.chain->mute_until = SIZE_MAX;
	s.now_ms += 100;
	assert_false(run_once(&s, JOB_DRIVE)); /* the payer itself is not told */
	s.chain->mute_every = 2;
	for (int i = 0; i < 3; i++) {
		s.now_ms += 2000;
		(void)run_once(&s, JOB_DRIVE);
	}
	s.chain->mute_every = 0;
	assert_int_equal(stage_until(&s, op, 60), OP_DONE);
	stage_close(&s);
}

/* ---- receipts ---- */

static void receipts_beyond_one_turn_are_asked_in_the_next(void **state)
{
	struct stage s;
	int64_t counts[TX_REVIEW + 1];

	(void)state;
	stage_open(&s, 700);
	int64_t op = stage_fund(&s, wei_u64(ETHER / 100));

	s.dead_jobs = 1u << JOB_RECEIPTS;
	for (int i = 0; i < 5; i++)
		stage_tick(&s, 1000);
	assert_ok(&s.f, intent_count(stage_turn(&s), counts));
	assert_int_equal(counts[TX_IN_POOL], 700);
	s.dead_jobs = 0;
	assert_int_equal(stage_until(&s, op, 20), OP_DONE);
	stage_check(&s);
	stage_close(&s);
}

/* Case 41. */
static void receipts_are_looked_for_at_the_pace_of_the_blocks(void **state)
{
	(void)state;
	assert_int_equal(receipts_period_ms(10), 20);
	assert_int_equal(receipts_period_ms(250), 25);
	assert_int_equal(receipts_period_ms(1000), 100);
	assert_int_equal(receipts_period_ms(12000), 500);
}

/* ---- the engine ---- */

static void open_acting(struct stage *s)
{
	stage_open(s, 3);
	s->policy.engine = true;
	s->policy.n_profiles = 1;
	s->policy.profiles[0] =
		(struct profile){ .name = "",
				  .interval_ms = 60000,
				  .has_action = true,
				  .action = { .name = "ping()",
					      .contract = { { 0x99 } },
					      .data = { (const uint8_t *)"\1\2\3\4", 4 } } };
	s->policy.max_failures = 2;
	s->policy.cooldown_ms = 600000;
	for (size_t i = 0; i < 3; i++)
		fake_account(s->chain, s->wallets[i])->balance = wei_u64(ETHER);
}

static size_t acted(struct stage *s, size_t wallet)
{
	size_t n = 0;

	for (size_t i = 0; i < s->chain->n_txs; i++)
		n += s->chain->txs[i].block && addr_eq(s->chain->txs[i].from, s->wallets[wallet]);
	return n;
}

static void wallets_act_at_their_pace_and_not_while_paused(void **state)
{
	struct stage s;

	(void)state;
	open_acting(&s);
	for (int i = 0; i < 5; i++)
		stage_tick(&s, 1000);
	for (size_t w = 0; w < 3; w++)
		assert_int_equal(acted(&s, w), 1);
	assert_ok(&s.f, stage_pause(&s, "wallets/w-001", false));
	for (int i = 0; i < 100; i++)
		stage_tick(&s, 1000);
	assert_int_equal(acted(&s, 0), 2);
	assert_int_equal(acted(&s, 1), 1);
	assert_ok(&s.f, stage_pause(&s, "fleet", false));
	for (int i = 0; i < 100; i++)
		stage_tick(&s, 1000);
	assert_int_equal(acted(&s, 0), 2);
	assert_ok(&s.f, stage_resume(&s, "fleet"));
	assert_ok(&s.f, stage_resume(&s, "wallets/w-001"));
	for (int i = 0; i < 30; i++)
		stage_tick(&s, 1000);
	assert_int_equal(acted(&s, 0), 3);
	assert_int_equal(acted(&s, 1), 2);
	stage_check(&s);
	stage_close(&s);
}

static void an_endpoint_that_is_away_trips_no_breaker(void **state)
{
	struct stage s;

	(void)state;
	open_acting(&s);
	s.chain->mute_every = 1;
	s.chain->mute_until = SIZE_MAX;
	for (int i = 0; i < 100; i++)
		stage_tick(&s, 1000);
	for (size_t w = 0; w < 3; w++)
		assert_int_equal(acted(&s, w), 0);
	assert_int_equal(stage_wallet(&s, "w-000").breaker.state, BREAKER_CLOSED);
	assert_int_equal(stage_wallet(&s, "w-000").breaker.failures, 0);
	s.chain->mute_every = 0;
	for (int i = 0; i < 30; i++)
		stage_tick(&s, 1000);
	assert_int_equal(acted(&s, 0), 1);
	stage_close(&s);
}

static void a_wallet_that_cannot_pay_trips_its_own_breaker_and_comes_back_by_one_probe(void **state)
{
	struct stage s;

	(void)state;
	open_acting(&s);
	fake_account(s.chain, s.wallets[0])->balance = wei_u64(5);
	for (int i = 0; i < 200; i++)
		stage_tick(&s, 1000);
	assert_int_equal(stage_wallet(&s, "w-000").breaker.state, BREAKER_OPEN);
	assert_int_equal(stage_wallet(&s, "w-001").breaker.state, BREAKER_CLOSED);
	assert_true(acted(&s, 1) >= 3);
	stage_crash(&s);
	assert_int_equal(stage_wallet(&s, "w-000").breaker.state, BREAKER_OPEN);
	fake_account(s.chain, s.wallets[0])->balance = wei_u64(ETHER);
	s.now_ms += 600000;
	for (int i = 0; i < 30; i++)
		stage_tick(&s, 1000);
	assert_int_equal(stage_wallet(&s, "w-000").breaker.state, BREAKER_CLOSED);
	assert_int_equal(acted(&s, 0), 1);
	stage_check(&s);
	stage_close(&s);
}

static void the_engine_keeps_off_wallets_that_are_being_emptied(void **state)
{
	struct stage s;

	(void)state;
	open_acting(&s);
	int64_t op = stage_extract(&s);

	assert_int_equal(stage_until(&s, op, 60), OP_DONE);
	for (size_t w = 0; w < 3; w++)
		assert_true(wei_is_zero(fake_account(s.chain, s.wallets[w])->balance));
	stage_check(&s);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_a_page_of_wallets_is_planned_and_paid),
		cmocka_unit_test(balances_of_an_endpoint_that_lags_are_not_asked_in_a_loop),
		cmocka_unit_test(wallets_that_nobody_answers_for_are_not_asked_in_a_loop),
		cmocka_unit_test(a_running_step_that_nobody_answers_for_is_not_asked_in_a_loop),
		cmocka_unit_test(receipts_beyond_one_turn_are_asked_in_the_next),
		cmocka_unit_test(receipts_are_looked_for_at_the_pace_of_the_blocks),
		cmocka_unit_test(wallets_act_at_their_pace_and_not_while_paused),
		cmocka_unit_test(an_endpoint_that_is_away_trips_no_breaker),
		cmocka_unit_test(
			a_wallet_that_cannot_pay_trips_its_own_breaker_and_comes_back_by_one_probe),
		cmocka_unit_test(the_engine_keeps_off_wallets_that_are_being_emptied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
