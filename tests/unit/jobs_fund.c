/* Fund, from the plan to the last receipt, by the jobs themselves on a fake chain. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fund_pays_every_wallet_once_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
