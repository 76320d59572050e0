/* The chain takes back what was final: reorganisations deeper than chain.confirmations, and what a
 * person gave up and happens after all. Nothing is paid twice, and what is said is the truth. */
#include <stdio.h>
#include <string.h>

#include "server/core/journal.h"
#include "store/base/wei.h"
#include "store/events.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;
static const uint64_t GWEI = 1000000000u;

static void ticks(struct stage *w, int n)
{
	for (int k = 0; k < n; k++)
		stage_tick(w, 1000);
}

static struct intent intent_of(struct stage *w, int64_t id)
{
	struct intent i;

	assert_ok(&w->f, intent_get(stage_turn(w), id, &i));
	return i;
}

static size_t attempts(struct stage *w, int64_t intent, struct attempt **out)
{
	size_t n;

	assert_ok(&w->f, attempt_list(stage_turn(w), intent, 32, out, &n));
	return n;
}

static size_t events(struct stage *w, const char *kind)
{
	struct event *e;
	size_t n, of = 0;

	assert_ok(&w->f,
		  event_list(stage_turn(w), 0, TOPIC_TX | TOPIC_OPERATION, NULL, 2000, &e, &n));
	for (size_t k = 0; k < n; k++)
		of += strcmp(e[k].kind, kind) == 0;
	return of;
}

struct wishing {
	int64_t intent;
	enum wish wish;
	enum resolution how;
	struct intent out;
};

static enum err wish(struct turn *t, void *arg)
{
	struct wishing *a = arg;

	return journal_wish(t, a->intent, a->wish, false, "", &a->out);
}

static enum err resolve(struct turn *t, void *arg)
{
	struct wishing *a = arg;

	return journal_resolve(t, a->intent, a->how, "looked at the chain", &a->out);
}

/* What the operation says was moved and paid is what the chain says. */
static void expect_books(struct stage *w, int64_t op, size_t paid)
{
	struct operation o = stage_op(w, op);
	struct wei moved = wei_mul_sat(wei_u64(ETHER), paid);
	struct wei fees = { 0 };

	assert_memory_equal(&o.moved, &moved, sizeof(moved));
	for (size_t k = 0; k < w->chain->n_txs; k++)
		if (w->chain->txs[k].block)
			fees = wei_add_sat(fees, wei_mul_sat(w->chain->txs[k].price,
							     w->chain->txs[k].gas_used));
	assert_memory_equal(&o.fees_paid, &fees, sizeof(fees));
}

/* Case 17: deeper than what counts as final; the blocks' transactions lost or in the pool again. */
static void what_was_final_and_is_gone_is_sent_again_and_said(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct stage w;

		stage_open(&w, 5);
		ticks(&w, 12);
		w.policy.confirmations = 2;
		int64_t op = stage_fund(&w, wei_u64(ETHER));

		assert_int_equal(stage_until(&w, op, 60), OP_DONE);
		expect_books(&w, op, 5);
		ticks(&w, 3);
		fake_chain_reorg(w.chain, 8, lost);
		w.chain->base_fee = wei_u64(300 * GWEI); /* nothing is mined for a while */
		ticks(&w, 32);
		assert_int_equal(events(&w, "transaction.undone"), 5);
		assert_int_not_equal(intent_of(&w, 1).state, TX_CONFIRMED);
		assert_int_equal(intent_of(&w, 1).undone, TX_CONFIRMED);
		assert_non_null(strstr(stage_op(&w, op).text, "not final any more"));
		struct wei none = { 0 }, moved = stage_op(&w, op).moved;

		assert_memory_equal(&moved, &none, sizeof(none));
		w.chain->base_fee = wei_u64(GWEI);
		ticks(&w, 60);
		for (size_t k = 0; k < 5; k++)
			assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[k]), 1);
		assert_int_equal(stage_op(&w, op).state, OP_DONE);
		assert_int_equal(stage_steps(&w, op).done, 5);
		assert_int_equal(events(&w, "transaction.fate_changed"), 0);
		expect_books(&w, op, 5);
		stage_check(&w);
		stage_close(&w);
	}
}

/* One payment, raised, and the raised one is final. */
static int64_t raised_and_done(struct stage *w)
{
	struct attempt *a;

	stage_open(w, 1);
	ticks(w, 12);
	w->policy.confirmations = 2;
	int64_t op = stage_plan_fund(w, wei_u64(ETHER), NULL, 0);

	w->dead_jobs = 1u << JOB_SEND;
	assert_ok(&w->f, stage_run(w, op, false));
	ticks(w, 1);
	w->chain->base_fee = wei_u64(20 * GWEI);
	w->dead_jobs = 0;
	assert_int_equal(stage_until(w, op, 90), OP_DONE);
	assert_int_equal(attempts(w, 1, &a), 2);
	assert_int_equal(a[1].state, TX_CONFIRMED);
	return op;
}

/* Case 17: the nonce does not even fall; only the receipts of the siblings tell. */
static void a_sibling_that_wins_after_the_end_is_found_by_its_receipt(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = raised_and_done(&w);

	(void)attempts(&w, 1, &a);
	struct eth_hash first = a[0].hash;

	w.dead_jobs = 1u << JOB_SEND | 1u << JOB_ACCOUNTS | 1u << JOB_RECEIPTS;
	fake_chain_reorg(w.chain, w.chain->head - intent_of(&w, 1).block + 1, true);
	fake_tx_of(w.chain, first)->gone = false;
	w.chain->base_fee = wei_u64(GWEI);
	ticks(&w, 20);
	w.dead_jobs = 0;
	ticks(&w, 60);
	assert_int_equal(attempts(&w, 1, &a), 2);
	assert_int_equal(a[0].state, TX_CONFIRMED);
	assert_int_equal(a[1].state, TX_SUPERSEDED);
	assert_int_equal(intent_of(&w, 1).state, TX_CONFIRMED);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 1);
	assert_int_equal(stage_op(&w, op).state, OP_DONE);
	expect_books(&w, op, 1);
	stage_check(&w);
	stage_close(&w);
}

/* Cancelled and final; the chain goes back and the payment wins, or the other way round. */
static void what_ended_otherwise_is_corrected_and_said_loudly(void **state)
{
	(void)state;
	for (int paid_first = 0; paid_first < 2; paid_first++) {
		struct stage w;
		struct attempt *a;
		struct wishing ask = { .intent = 1, .wish = WISH_CANCEL };

		stage_open(&w, 1);
		w.policy.confirmations = 2;
		int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

		assert_ok(&w.f, stage_run(&w, op, false));
		w.dead_jobs = 1u << JOB_SEND;
		ticks(&w, 1);
		w.chain->base_fee = wei_u64(3 * GWEI); /* above what the payment offers */
		w.dead_jobs = 0;
		ticks(&w, 1);
		assert_ok(&w.f, stage_lane(&w, wish, &ask));
		for (int k = 0; k < 30 && attempts(&w, 1, &a) < 2; k++)
			stage_tick(&w, 1000);
		ticks(&w, 1);
		(void)attempts(&w, 1, &a);
		struct fake_tx *payment = fake_tx_of(w.chain, a[0].hash),
			       *cancel = fake_tx_of(w.chain, a[1].hash);

		if (paid_first && !cancel->block) {
			cancel->gone = true;
			payment->gone = false;
			w.chain->base_fee = wei_u64(GWEI);
		}
		if (paid_first && cancel->block) {
			fake_chain_reorg(w.chain, w.chain->head - cancel->block + 1, true);
			payment->gone = false;
			w.chain->base_fee = wei_u64(GWEI);
		}
		stage_until(&w, op, 60);
		assert_int_equal(stage_op(&w, op).state, paid_first ? OP_DONE : OP_CANCELLED);
		uint64_t depth = w.chain->head - intent_of(&w, 1).block + 1;

		w.dead_jobs = 1u << JOB_SEND | 1u << JOB_REPLACE;
		fake_chain_reorg(w.chain, depth, true);
		(paid_first ? cancel : payment)->gone = false;
		w.chain->base_fee = wei_u64(GWEI);
		ticks(&w, 20);
		w.dead_jobs = 0;
		ticks(&w, 60);
		assert_int_equal(intent_of(&w, 1).state, paid_first ? TX_CANCELLED : TX_CONFIRMED);
		assert_int_equal(events(&w, "transaction.fate_changed"), 1);
		assert_int_equal(events(&w, "operation.corrected"), 1);
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), !paid_first);
		assert_int_equal(stage_step(&w, op, 0).state, paid_first ? STEP_FAILED : STEP_DONE);
		assert_int_equal(stage_op(&w, op).state, paid_first ? OP_FAILED : OP_DONE);
		expect_books(&w, op, !paid_first);
		stage_check(&w);
		stage_close(&w);
	}
}

/* A stranger has the nonce, and a person gave ours up. */
static uint64_t stolen_at;

static int64_t given_up(struct stage *w)
{
	struct wishing ask = { .intent = 1, .how = RESOLVE_GIVE_UP };

	stage_open(w, 1);
	ticks(w, 12);
	w->policy.confirmations = 2;
	int64_t op = stage_plan_fund(w, wei_u64(ETHER), NULL, 0);

	w->dead_jobs = 1u << JOB_SEND;
	assert_ok(&w->f, stage_run(w, op, false));
	ticks(w, 1);
	w->chain->base_fee = wei_u64(3 * GWEI);
	w->dead_jobs = 0;
	ticks(w, 3);
	stolen_at = w->chain->head - 1;
	fake_chain_steal_nonce(w->chain, w->funder);
	for (int k = 0; k < 30 && intent_of(w, 1).state != TX_REVIEW; k++)
		stage_tick(w, 1000);
	ticks(w, 3);
	assert_ok(&w->f, stage_lane(w, resolve, &ask));
	assert_int_equal(intent_of(w, 1).state, TX_SUPERSEDED);
	ticks(w, 2);
	return op;
}

static void what_was_given_up_and_happened_after_all_is_found_and_said(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = given_up(&w);

	(void)attempts(&w, 1, &a);
	w.dead_jobs = 1u << JOB_ACCOUNTS | 1u << JOB_RECEIPTS | 1u << JOB_REPLACE;
	fake_chain_reorg(w.chain, w.chain->head - stolen_at, true);
	fake_tx_of(w.chain, a[0].hash)->gone = false;
	w.chain->base_fee = wei_u64(GWEI);
	ticks(&w, 20);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 1);
	w.dead_jobs = 0;
	ticks(&w, 120);
	assert_int_equal(intent_of(&w, 1).state, TX_CONFIRMED);
	assert_int_equal(intent_of(&w, 1).undone, TX_SUPERSEDED);
	assert_int_equal(events(&w, "transaction.fate_changed"), 1);
	assert_int_equal(stage_op(&w, op).state, OP_DONE);
	expect_books(&w, op, 1);
	stage_check(&w);
	stage_close(&w);
}

/* Its money may have been paid again meanwhile: its own bytes must not have their way. */
static void what_was_given_up_and_is_possible_again_is_cancelled(void **state)
{
	struct stage w;

	(void)state;
	int64_t op = given_up(&w);

	w.chain->base_fee = wei_u64(3 * GWEI);
	fake_chain_reorg(w.chain, w.chain->head - stolen_at, true);
	ticks(&w, 200);
	assert_int_equal(intent_of(&w, 1).state, TX_CANCELLED);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 0);
	assert_int_equal(stage_op(&w, op).state, OP_FAILED);
	stage_check(&w);
	stage_close(&w);
}

/* It failed, a person paid again, and then both blocks are gone. */
static void a_payment_that_failed_is_not_made_when_its_block_is_gone(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	ticks(&w, 12);
	w.policy.confirmations = 2;
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	fake_account(w.chain, w.wallets[0])->refuses = true;
	uint64_t before = w.chain->head;

	assert_ok(&w.f, stage_run(&w, op, false));
	assert_int_equal(stage_until(&w, op, 60), OP_FAILED);
	assert_int_equal(intent_of(&w, 1).state, TX_REVERTED);
	fake_account(w.chain, w.wallets[0])->refuses = false;
	int64_t again = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, again, 60), OP_DONE);
	fake_chain_reorg(w.chain, w.chain->head - before, true);
	fake_account(w.chain, w.wallets[0])->refuses = false;
	ticks(&w, 200);
	assert_int_equal(intent_of(&w, 1).state, TX_CANCELLED);
	assert_int_equal(intent_of(&w, 2).state, TX_CONFIRMED);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 1);
	assert_int_equal(stage_op(&w, op).state, OP_FAILED);
	assert_int_equal(stage_op(&w, again).state, OP_DONE);
	stage_check(&w);
	stage_close(&w);
}

/* It failed, and may be mined well for as long as its block may go: it counts for the day. */
static void a_payment_that_failed_counts_for_the_day_while_it_is_watched(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	w.policy.confirmations = 2;
	w.policy.cap_day = wei_u64(ETHER + ETHER / 2);
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	fake_account(w.chain, w.wallets[0])->refuses = true;
	assert_ok(&w.f, stage_run(&w, op, false));
	assert_int_equal(stage_until(&w, op, 60), OP_FAILED);
	assert_int_equal(intent_of(&w, 1).state, TX_REVERTED);
	fake_account(w.chain, w.wallets[0])->refuses = false;
	op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);
	assert_int_equal(stage_op(&w, op).state, OP_FAILED);
	assert_non_null(strstr(stage_op(&w, op).text, "a day"));
	w.now_ms += 7200000;
	ticks(&w, 60);
	op = stage_fund(&w, wei_u64(ETHER));
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 1);
	stage_check(&w);
	stage_close(&w);
}

/* Paid and done; the chain goes back, and a stranger's transaction has the nonce. */
static void an_operation_is_corrected_as_soon_as_what_it_did_needs_review(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	stage_open(&w, 1);
	ticks(&w, 12);
	w.policy.confirmations = 2;
	int64_t op = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	uint64_t before = intent_of(&w, 1).block - 1;

	fake_chain_reorg(w.chain, w.chain->head - before, true);
	fake_chain_steal_nonce(w.chain, w.funder);
	for (int k = 0; k < 120 && intent_of(&w, 1).state != TX_REVIEW; k++)
		stage_tick(&w, 1000);
	assert_int_equal(intent_of(&w, 1).state, TX_REVIEW);
	assert_int_equal(stage_step(&w, op, 0).state, STEP_FAILED);
	assert_int_equal(stage_op(&w, op).state, OP_FAILED);
	assert_int_equal(events(&w, "operation.corrected"), 1);
	expect_books(&w, op, 0);

	/* And back once more: ours has it after all. */
	(void)attempts(&w, 1, &a);
	w.dead_jobs = 1u << JOB_ACCOUNTS | 1u << JOB_RECEIPTS | 1u << JOB_REPLACE;
	fake_chain_reorg(w.chain, w.chain->head - before + 1, true);
	fake_tx_of(w.chain, a[0].hash)->gone = false;
	ticks(&w, 3);
	w.dead_jobs = 0;
	ticks(&w, 60);
	assert_int_equal(intent_of(&w, 1).state, TX_CONFIRMED);
	assert_int_equal(stage_step(&w, op, 0).state, STEP_DONE);
	assert_int_equal(stage_op(&w, op).state, OP_DONE);
	expect_books(&w, op, 1);
	stage_check(&w);
	stage_close(&w);
}

static enum err unseal(struct turn *t, void *arg)
{
	struct intent i;

	(void)arg;
	TRY(intent_get(t, 1, &i));
	i.block_hash = (struct eth_hash){ 0 };
	return intent_save(t, &i);
}

static void a_block_that_is_sealed_after_its_receipt_was_told_is_no_other_block(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	int64_t op = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_ok(&w.f, stage_lane(&w, unseal, NULL));
	ticks(&w, 60);
	assert_int_equal(events(&w, "transaction.undone"), 0);
	assert_int_equal(intent_of(&w, 1).state, TX_CONFIRMED);
	stage_check(&w);
	stage_close(&w);
}

/* Case 17: what depends on it waits until it is deep enough. */
static void a_sweep_waits_until_the_unstake_is_final(void **state)
{
	struct stage w;
	struct intent_filter any = { 0 };
	struct intent *i;
	size_t n, taken_back = 0;

	(void)state;
	stage_open(&w, 1);
	w.policy.confirmations = 5;
	w.policy.has_ghost_core = true;
	w.policy.ghost_core = w.chain->core;
	struct fake_account *a = fake_account(w.chain, w.wallets[0]);

	a->balance = wei_u64(ETHER);
	a->staked = wei_u64(1000);
	a->stake = FAKE_STAKE_OPEN;
	ticks(&w, 2);
	int64_t op = stage_plan_extract(&w, false);

	assert_ok(&w.f, stage_run(&w, op, true));
	for (int k = 0; k < 200 && stage_op(&w, op).state == OP_RUNNING; k++) {
		stage_tick(&w, 1000);
		assert_ok(&w.f, intent_list(stage_turn(&w), &any, 0, 20, &i, &n));
		for (size_t at = 1; at < n; at++) /* the newest first */
			assert_true(tx_is_final(i[at].state));
		if (n == 1 && i[0].state == TX_MINED && taken_back < 3) {
			fake_chain_reorg(w.chain, 1, true);
			taken_back++;
		}
	}
	assert_int_equal(taken_back, 3);
	assert_int_equal(stage_op(&w, op).state, OP_DONE);
	assert_true(n >= 2);
	stage_check(&w);
	stage_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_final_and_is_gone_is_sent_again_and_said),
		cmocka_unit_test(a_sibling_that_wins_after_the_end_is_found_by_its_receipt),
		cmocka_unit_test(what_ended_otherwise_is_corrected_and_said_loudly),
		cmocka_unit_test(what_was_given_up_and_happened_after_all_is_found_and_said),
		cmocka_unit_test(what_was_given_up_and_is_possible_again_is_cancelled),
		cmocka_unit_test(a_payment_that_failed_is_not_made_when_its_block_is_gone),
		cmocka_unit_test(a_payment_that_failed_counts_for_the_day_while_it_is_watched),
		cmocka_unit_test(an_operation_is_corrected_as_soon_as_what_it_did_needs_review),
		cmocka_unit_test(
			a_block_that_is_sealed_after_its_receipt_was_told_is_no_other_block),
		cmocka_unit_test(a_sweep_waits_until_the_unstake_is_final),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
