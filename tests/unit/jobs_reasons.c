/* A receipt says that it failed (cases 31 and 32): the reason is looked up and kept, a
 * payment is not repeated, and what is on its way home is tried once more. */
#include <string.h>

#include "server/core/breaker.h"
#include "store/base/wei.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;

static void has(const char *text, const char *word)
{
	if (!strstr(text, word))
		fail_msg("'%s' is not in '%s'\n", word, text);
}

/* Transactions to this address that are in blocks. */
static size_t mined_to(const struct stage *w, struct eth_addr to)
{
	size_t n = 0;

	for (size_t i = 0; i < w->chain->n_txs; i++)
		n += w->chain->txs[i].block && addr_eq(w->chain->txs[i].tx.to, to);
	return n;
}

static struct intent newest_reverted(struct stage *w)
{
	struct intent *i;
	size_t n;

	assert_ok(&w->f,
		  intent_list(stage_turn(w), &(struct intent_filter){ .states = 1u << TX_REVERTED },
			      0, 1, &i, &n));
	assert_int_equal(n, 1);
	return *i;
}

static struct eth_addr moody;

static void refuse_from_now_on(struct fake_chain *c)
{
	fake_account(c, moody)->refuses = true;
}

static void refuse_once(struct fake_chain *c)
{
	bool mined = false;

	for (size_t i = 0; i < c->n_txs; i++)
		mined = mined || (c->txs[i].block && addr_eq(c->txs[i].tx.to, moody));
	fake_account(c, moody)->refuses = !mined;
}

static void a_transfer_that_failed_says_why_and_is_not_repeated(void **state)
{
	struct stage w;
	int64_t op;

	(void)state;
	stage_open(&w, 3);
	moody = w.wallets[0];
	op = stage_fund(&w, wei_u64(ETHER / 100));
	w.chain->before_mine = refuse_from_now_on;
	assert_int_equal(stage_until(&w, op, 60), OP_PARTLY);
	assert_int_equal(mined_to(&w, moody), 1);
	has(newest_reverted(&w).text, ": out of gas: all of 21000");
	has(stage_step(&w, op, 0).text, "does the recipient take ether?");
	assert_int_equal(stage_steps(&w, op).done, 2);
	stage_check(&w);
	stage_close(&w);
}

/* Its receipt is one endpoint's word: a second payment could be mined beside the first. */
static void a_transfer_that_failed_is_paid_when_a_person_funds_again(void **state)
{
	struct stage w;
	int64_t op;

	(void)state;
	stage_open(&w, 3);
	moody = w.wallets[0];
	op = stage_fund(&w, wei_u64(ETHER / 100));
	w.chain->before_mine = refuse_once;
	assert_int_equal(stage_until(&w, op, 60), OP_PARTLY);
	assert_int_equal(mined_to(&w, moody), 1);
	op = stage_fund(&w, wei_u64(ETHER / 100));
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(mined_to(&w, moody), 2);
	stage_check(&w);
	stage_close(&w);
}

static void locked_when_mined(struct fake_chain *c)
{
	struct fake_account *who = fake_account(c, moody);

	if (c->n_txs > 0 && who->stake == FAKE_STAKE_OPEN)
		who->stake = FAKE_STAKE_LOCKED;
}

/* The contract is dead by the time: its word for that stands in the transaction. */
static void the_contracts_own_word_is_kept(void **state)
{
	struct stage w;
	int64_t op;

	(void)state;
	stage_open(&w, 1);
	moody = w.wallets[0];
	w.policy.has_ghost_core = true;
	w.policy.ghost_core = w.chain->core;
	fake_account(w.chain, moody)->balance = wei_u64(ETHER);
	fake_account(w.chain, moody)->stake = FAKE_STAKE_OPEN;
	fake_account(w.chain, moody)->staked = wei_u64(5);
	op = stage_extract(&w);
	w.chain->before_mine = locked_when_mined;
	(void)stage_until(&w, op, 20);
	has(newest_reverted(&w).text, "PositionLocked()");
	stage_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transfer_that_failed_says_why_and_is_not_repeated),
		cmocka_unit_test(a_transfer_that_failed_is_paid_when_a_person_funds_again),
		cmocka_unit_test(the_contracts_own_word_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
