/* Fund, from the plan to the last receipt, by the jobs themselves on a fake chain. */
#include "server/core/fleet.h"
#include "store/base/wei.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;

static struct wei tenth(void)
{
	return wei_u64(ETHER / 10);
}

static void expect_balance(struct stage *w, size_t wallet, struct wei want)
{
	assert_memory_equal(&fake_account(w->chain, w->wallets[wallet])->balance, &want,
			    sizeof(want));
}

static void fund_pays_every_wallet_once_and_ends(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 100);
	int64_t op = stage_fund(&w, tenth());

	assert_int_equal(stage_until(&w, op, 20), OP_DONE);
	assert_int_equal(stage_steps(&w, op).done, 100);
	for (size_t i = 0; i < 100; i++) {
		expect_balance(&w, i, tenth());
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[i]), 1);
	}
	stage_check(&w);
	stage_close(&w);
}

static struct stage *sending;

static enum err pause_it(struct turn *t, void *arg)
{
	struct pause p;

	(void)arg;
	return fleet_pause(t, "fleet", PAUSE_PLAIN, "enough", &p);
}

/* Somebody pauses while the third of them is on its way. */
static enum fake_fault pause_at_the_third(struct fake_chain *c, size_t nth)
{
	struct arena *mem = arena_new(1 << 20);
	struct turn t;

	(void)c;
	if (nth == 2) {
		turn_begin(&t, sending->f.store, NULL, mem, "test", "tester", 1000);
		t.urgent = t.emergency = true;
		assert_int_equal(lane_run(&t, pause_it, NULL), OK);
		turn_end(&t);
	}
	arena_free(mem);
	return FAKE_FINE;
}

static void a_pause_holds_what_was_handed_out_and_has_not_left(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 100);
	sending = &w;
	w.chain->on_send = pause_at_the_third;
	int64_t op = stage_fund(&w, tenth());

	for (int i = 0; i < 40; i++)
		stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 3);
	w.chain->on_send = NULL;
	assert_int_equal(stage_resume(&w, "fleet"), OK);
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[i]), 1);
	stage_check(&w);
	stage_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fund_pays_every_wallet_once_and_ends),
		cmocka_unit_test(a_pause_holds_what_was_handed_out_and_has_not_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
