/* What was sent and does not get mined: fees raised, parked, cancelled, reviewed. Of all attempts
 * on a nonce one happens, whatever the pool does. */
#include <stdio.h>
#include <string.h>

#include "server/core/account.h"
#include "server/core/fees.h"
#include "server/core/fleet.h"
#include "server/core/journal.h"
#include "server/core/safe.h"
#include "store/backup.h"
#include "store/base/wei.h"
#include "store/events.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;
static const uint64_t GWEI = 1000000000u;

static struct intent the_only(struct stage *w)
{
	struct intent_filter any = { 0 };
	struct intent *i;
	size_t n;

	assert_ok(&w->f, intent_list(stage_turn(w), &any, 0, 2, &i, &n));
	assert_int_equal(n, 1);
	return *i;
}

static size_t attempts(struct stage *w, int64_t intent, struct attempt **out)
{
	size_t n;

	assert_ok(&w->f, attempt_list(stage_turn(w), intent, 32, out, &n));
	return n;
}

static void ticks(struct stage *w, int n)
{
	for (int k = 0; k < n; k++)
		stage_tick(w, 1000);
}

struct wishing {
	int64_t intent;
	enum wish wish;
	bool urgent;
	enum resolution how;
	const char *reason;
	struct intent out;
};

static enum err wish(struct turn *t, void *arg)
{
	struct wishing *a = arg;

	return journal_wish(t, a->intent, a->wish, a->urgent, "", &a->out);
}

static enum err resolve(struct turn *t, void *arg)
{
	struct wishing *a = arg;

	return journal_resolve(t, a->intent, a->how, a->reason, &a->out);
}

/* One payment in the pool and a base fee that jumped above what it offers. */
static int64_t stuck(struct stage *w, uint64_t base_fee_gwei)
{
	stage_open(w, 1);
	int64_t op = stage_plan_fund(w, wei_u64(ETHER), NULL, 0);

	w->chain->per_block = 0;
	w->dead_jobs = 1u << JOB_SEND;
	assert_ok(&w->f, stage_run(w, op, false));
	ticks(w, 1); /* signed with today's fees */
	w->chain->base_fee = wei_u64(base_fee_gwei * GWEI);
	w->dead_jobs = 0;
	ticks(w, 2); /* sent into a pool that cannot mine it */
	return op;
}

static void expect_paid_once(struct stage *w)
{
	assert_int_equal(fake_chain_paid(w->chain, w->funder, w->wallets[0]), 1);
	stage_check(w);
}

static void a_fee_that_fell_behind_is_raised_and_paid_once(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = stuck(&w, 20);

	assert_int_equal(the_only(&w).state, TX_IN_POOL);
	ticks(&w, 10);
	assert_int_equal(attempts(&w, the_only(&w).id, &a), 1); /* not yet */
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(attempts(&w, the_only(&w).id, &a), 2);
	assert_int_equal(a[0].state, TX_SUPERSEDED);
	assert_int_equal(a[1].state, TX_CONFIRMED);
	assert_int_equal(a[1].kind, ATTEMPT_RAISED);
	assert_true(wei_cmp(wei_mul_sat(a[1].max_fee, 10), wei_mul_sat(a[0].max_fee, 11)) >= 0);
	assert_true(wei_cmp(wei_mul_sat(a[1].max_tip, 10), wei_mul_sat(a[0].max_tip, 11)) >= 0);
	expect_paid_once(&w);
	stage_close(&w);
}

static void a_spike_above_the_ceiling_parks_and_nothing_overtakes_it(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = stuck(&w, 300);

	ticks(&w, 45);
	struct intent i = the_only(&w);

	assert_int_equal(i.state, TX_FEE_WAIT);
	assert_non_null(strstr(i.text, "chain.max_fee"));
	assert_int_equal(attempts(&w, i.id, &a), 1);
	w.chain->base_fee = wei_u64(10 * GWEI); /* affordable, but above what was offered */
	int64_t second = stage_fund(&w, wei_u64(2 * ETHER));

	assert_int_equal(stage_until(&w, op, 90), OP_DONE);
	assert_int_equal(stage_until(&w, second, 90), OP_DONE);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 2);
	stage_check(&w);
	stage_close(&w);
}

static void a_spike_that_passes_lets_the_same_bytes_through(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = stuck(&w, 300);

	ticks(&w, 45);
	assert_int_equal(the_only(&w).state, TX_FEE_WAIT);
	w.chain->base_fee = wei_u64(GWEI);
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	assert_int_equal(attempts(&w, the_only(&w).id, &a), 1);
	expect_paid_once(&w);
	stage_close(&w);
}

static void an_urgent_one_goes_up_to_its_own_ceiling(void **state)
{
	struct stage w;

	(void)state;
	int64_t op = stuck(&w, 300);

	ticks(&w, 45);
	struct wishing ask = { .intent = the_only(&w).id, .wish = WISH_RAISE, .urgent = true };

	assert_ok(&w.f, stage_lane(&w, wish, &ask));
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_paid_once(&w);
	stage_close(&w);
}

static void only_the_lowest_nonce_is_raised(void **state)
{
	struct stage w;
	struct intent_filter any = { 0 };
	struct intent *i;
	struct attempt *a;
	size_t n, raised = 0;

	(void)state;
	stage_open(&w, 8);
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	w.dead_jobs = 1u << JOB_SEND;
	assert_ok(&w.f, stage_run(&w, op, false));
	ticks(&w, 1);
	w.chain->base_fee = wei_u64(20 * GWEI);
	w.dead_jobs = 0;
	ticks(&w, 32);
	assert_ok(&w.f, intent_list(stage_turn(&w), &any, 0, 20, &i, &n));
	assert_int_equal(n, 8);
	for (size_t k = 0; k < n; k++)
		raised += attempts(&w, i[k].id, &a) > 1;
	assert_true(raised <= 1);
	assert_int_equal(stage_until(&w, op, 600), OP_DONE);
	for (size_t k = 0; k < 8; k++)
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[k]), 1);
	stage_check(&w);
	stage_close(&w);
}

static void a_raise_whose_older_bytes_are_mined_after_all_pays_once(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = stuck(&w, 20);

	w.dead_jobs = 1u << JOB_RECEIPTS;
	for (int k = 0; k < 60 && attempts(&w, the_only(&w).id, &a) < 2; k++)
		stage_tick(&w, 1000);
	/* The pool forgot the raised one; the first comes through when the fee falls. */
	fake_chain_forget_pool(w.chain);
	int64_t id = a[0].id;
	struct turn *t = stage_turn(&w);
	struct attempt first;

	assert_ok(&w.f, attempt_get(t, id, &first));
	assert_null(fake_chain_send(w.chain, t, first.raw));
	w.chain->base_fee = wei_u64(GWEI);
	fake_chain_mine(w.chain);
	w.dead_jobs = 0;
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(attempts(&w, the_only(&w).id, &a), 2);
	assert_int_equal(a[0].state, TX_CONFIRMED);
	assert_int_equal(a[1].state, TX_SUPERSEDED);
	expect_paid_once(&w);
	stage_close(&w);
}

static void a_reorganisation_may_choose_the_other_attempt(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = stuck(&w, 20);

	w.policy.confirmations = 5;
	for (int k = 0; k < 90 && the_only(&w).state != TX_MINED; k++)
		stage_tick(&w, 1000);
	assert_int_equal(attempts(&w, the_only(&w).id, &a), 2);
	/* The block with the raised one never was; the next block takes the first. */
	struct eth_hash first = a[0].hash;

	fake_chain_reorg(w.chain, w.chain->head - the_only(&w).block + 1, true);
	fake_chain_again(w.chain, first);
	w.chain->base_fee = wei_u64(GWEI);
	assert_int_equal(stage_until(&w, op, 90), OP_DONE);
	expect_paid_once(&w);
	stage_close(&w);
}

static void what_was_sent_is_cancelled_on_its_own_nonce(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = stuck(&w, 20);
	struct wishing ask = { .intent = the_only(&w).id, .wish = WISH_CANCEL, .urgent = false };

	assert_ok(&w.f, stage_lane(&w, wish, &ask));
	stage_until(&w, op, 60);
	struct intent i = the_only(&w);

	assert_int_equal(i.state, TX_CANCELLED);
	assert_true(i.has_nonce);
	assert_int_equal(attempts(&w, i.id, &a), 2);
	assert_int_equal(a[1].kind, ATTEMPT_CANCEL);
	assert_int_equal(a[1].state, TX_CONFIRMED);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 0);
	assert_int_equal(stage_step(&w, op, 0).state, STEP_CANCELLED);
	stage_check(&w);
	/* The wallet goes on. */
	int64_t again = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, again, 60), OP_DONE);
	expect_paid_once(&w);
	stage_close(&w);
}

static void a_cancel_that_loses_the_race_is_a_payment(void **state)
{
	struct stage w;

	(void)state;
	int64_t op = stuck(&w, 20);
	struct wishing ask = { .intent = the_only(&w).id, .wish = WISH_CANCEL, .urgent = false };

	w.chain->base_fee = wei_u64(GWEI);
	fake_chain_mine(w.chain);
	assert_ok(&w.f, stage_lane(&w, wish, &ask));
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(the_only(&w).state, TX_CONFIRMED);
	assert_int_equal(the_only(&w).wish, WISH_NONE);
	expect_paid_once(&w);
	stage_close(&w);
}

static void what_never_left_is_withdrawn_at_once(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	w.dead_jobs = 1u << JOB_SEND;
	assert_ok(&w.f, stage_run(&w, op, false));
	ticks(&w, 1);
	struct wishing ask = { .intent = the_only(&w).id, .wish = WISH_CANCEL, .urgent = false };

	assert_ok(&w.f, stage_lane(&w, wish, &ask));
	assert_int_equal(ask.out.state, TX_CANCELLED);
	assert_false(ask.out.has_nonce);
	stage_check(&w);
	stage_close(&w);
}

static void what_a_person_cancelled_before_it_left_is_never_sent(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	stage_open(&w, 2);
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	w.dead_jobs = 1u << JOB_SEND;
	assert_ok(&w.f, stage_run(&w, op, false));
	ticks(&w, 1);
	assert_ok(&w.f, stage_pause(&w, "fleet", false));
	assert_int_equal(attempts(&w, 1, &a), 1);
	struct eth_hash payment = a[0].hash;
	struct wishing ask = { .intent = 1, .wish = WISH_CANCEL };

	/* Another stands behind it: its nonce is needed. */
	assert_ok(&w.f, stage_lane(&w, wish, &ask));
	assert_int_equal(ask.out.state, TX_SIGNED);
	assert_ok(&w.f, stage_resume(&w, "fleet"));
	w.dead_jobs = 1u << JOB_REPLACE;
	ticks(&w, 3);
	assert_null(fake_tx_of(w.chain, payment));
	w.dead_jobs = 0;
	stage_until(&w, op, 60);
	assert_null(fake_tx_of(w.chain, payment));
	assert_int_equal(attempts(&w, 1, &a), 1);
	assert_int_equal(a[0].kind, ATTEMPT_CANCEL);
	assert_int_equal(a[0].state, TX_CONFIRMED);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]) +
				 fake_chain_paid(w.chain, w.funder, w.wallets[1]),
			 1);
	stage_check(&w);
	stage_close(&w);
}

static enum err remove_home(struct turn *t, void *arg)
{
	struct stage *w = arg;
	struct safe_address s;

	return safe_remove(t, w->safe, &s);
}

/* One sweep that is signed, and fees above what it offers once it is sent. */
static int64_t sweep_of_an_ether(struct stage *w)
{
	stage_open(w, 1);
	fake_account(w->chain, w->wallets[0])->balance = wei_u64(ETHER);
	ticks(w, 2);
	int64_t op = stage_plan_extract(w, true);

	w->dead_jobs = 1u << JOB_SEND;
	assert_ok(&w->f, stage_run(w, op, true));
	ticks(w, 1);
	w->chain->base_fee = wei_u64(20 * GWEI);
	w->dead_jobs = 0;
	return op;
}

static void nothing_more_is_offered_for_a_home_that_was_removed(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	for (int sent = 0; sent < 2; sent++) {
		int64_t op = sweep_of_an_ether(&w);

		if (sent)
			ticks(&w, 2);
		assert_ok(&w.f, stage_lane(&w, remove_home, &w));
		ticks(&w, 60);
		assert_int_equal(attempts(&w, 1, &a), 1);
		assert_int_equal(w.chain->n_txs, sent);
		if (sent)
			assert_non_null(strstr(the_only(&w).text, "not an ACTIVE safe address"));
		struct wishing ask = { .intent = 1, .wish = WISH_CANCEL };

		assert_ok(&w.f, stage_lane(&w, wish, &ask));
		assert_ok(&w.f, stage_cancel(&w, op));
		stage_until(&w, op, 60);
		assert_int_equal(the_only(&w).state, TX_CANCELLED);
		assert_int_equal(fake_chain_paid(w.chain, w.wallets[0], w.safe), 0);
		stage_check(&w);
		stage_close(&w);
	}
}

static void a_sweep_gives_up_what_the_higher_fee_takes(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	fake_account(w.chain, w.wallets[0])->balance = wei_u64(ETHER);
	ticks(&w, 2);
	int64_t op = stage_plan_extract(&w, true);

	w.dead_jobs = 1u << JOB_SEND;
	assert_ok(&w.f, stage_run(&w, op, true));
	ticks(&w, 1);
	w.chain->base_fee = wei_u64(20 * GWEI);
	w.dead_jobs = 0;
	assert_int_equal(stage_until(&w, op, 120), OP_DONE);
	struct intent i = the_only(&w);
	struct wei home = fake_account(w.chain, w.safe)->balance;

	assert_int_equal(i.state, TX_CONFIRMED);
	assert_memory_equal(&i.value, &home, sizeof(home));
	struct wei left = fake_account(w.chain, w.wallets[0])->balance;

	assert_true(wei_is_zero(left));
	struct operation o = stage_op(&w, op);

	assert_memory_equal(&o.moved, &home, sizeof(home));
	stage_check(&w);
	stage_close(&w);
}

/* Whatever is offered, the next block asks a little more; three times over. */
static void outbid(struct fake_chain *c)
{
	if (wei_cmp(c->base_fee, wei_u64(30 * GWEI)) > 0)
		return;
	for (size_t k = 0; k < c->n_txs; k++)
		if (!c->txs[k].gone && !c->txs[k].block &&
		    wei_cmp(c->txs[k].tx.max_fee, c->base_fee) >= 0)
			c->base_fee = wei_mul_sat(c->txs[k].tx.max_fee, 2);
}

static void a_sweep_is_raised_as_often_as_it_takes(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	stage_open(&w, 1);
	fake_account(w.chain, w.wallets[0])->balance = wei_u64(ETHER);
	ticks(&w, 2);
	int64_t op = stage_plan_extract(&w, true);

	w.chain->before_mine = outbid;
	assert_ok(&w.f, stage_run(&w, op, true));
	assert_int_equal(stage_until(&w, op, 300), OP_DONE);
	struct intent i = the_only(&w);
	struct wei home = fake_account(w.chain, w.safe)->balance;

	assert_true(attempts(&w, i.id, &a) >= 3);
	assert_int_equal(i.state, TX_CONFIRMED);
	assert_memory_equal(&i.value, &home, sizeof(home));
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[0])->balance));
	stage_check(&w);
	stage_close(&w);
}

static void a_pause_holds_a_raise_and_lets_a_cancel_through(void **state)
{
	struct stage w;
	struct attempt *a;

	(void)state;
	int64_t op = stuck(&w, 20);

	assert_ok(&w.f, stage_pause(&w, "", false));
	ticks(&w, 60);
	assert_int_equal(attempts(&w, the_only(&w).id, &a), 1);
	struct wishing ask = { .intent = the_only(&w).id, .wish = WISH_CANCEL, .urgent = false };

	assert_ok(&w.f, stage_lane(&w, wish, &ask));
	ticks(&w, 10);
	assert_int_equal(the_only(&w).state, TX_CANCELLED);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 0);
	stage_check(&w);
	(void)op;
	stage_close(&w);
}

/* ---- a key that somebody else uses ---- */

static void a_stolen_nonce_opens_the_breaker_and_is_given_up_by_a_person(void **state)
{
	struct stage w;

	(void)state;
	int64_t op = stuck(&w, 20);

	fake_chain_steal_nonce(w.chain, w.funder);
	ticks(&w, 45);
	struct intent i = the_only(&w);

	assert_int_equal(i.state, TX_REVIEW);
	assert_int_equal(stage_wallet(&w, "funder").breaker.state, BREAKER_OPEN);
	struct wishing ask = { .intent = i.id,
			       .how = RESOLVE_GIVE_UP,
			       .reason = "seen on the chain" };

	assert_ok(&w.f, stage_lane(&w, resolve, &ask));
	assert_int_equal(ask.out.state, TX_SUPERSEDED);
	ask.how = RESOLVE_RESEND;
	assert_fails(&w.f, stage_lane(&w, resolve, &ask), ERR_REFUSED, "needs no review");
	stage_check(&w);
	(void)op;
	stage_close(&w);
}

static void a_nonce_ahead_of_the_journal_is_said_at_once(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 2);
	ticks(&w, 2);
	fake_chain_steal_nonce(w.chain, w.wallets[1]);
	ticks(&w, 25);
	assert_int_equal(stage_wallet(&w, "w-000").breaker.state, BREAKER_CLOSED);
	struct wallet other = stage_wallet(&w, "w-001");

	assert_int_equal(other.breaker.state, BREAKER_OPEN);
	assert_non_null(strstr(other.breaker.cause, "used elsewhere"));
	stage_close(&w);
}

struct hearing {
	int64_t wallet;
	struct account account;
};

static enum err hear(struct turn *t, void *arg)
{
	const struct hearing *h = arg;

	return account_heard(t, h->wallet, &h->account);
}

/* The funder is told of at a head so many blocks on. */
static struct wallet told(struct stage *w, uint64_t nonce, uint64_t blocks)
{
	struct wallet funder = stage_wallet(w, "funder");
	struct hearing h = { .wallet = funder.id, .account = funder.account };

	h.account.nonce = nonce;
	h.account.seen_ms = w->now_ms;
	h.account.seen_block = w->chain->head + blocks;
	assert_ok(&w->f, stage_lane(w, hear, &h));
	return stage_wallet(w, "funder");
}

static enum err open_purse(struct turn *t, void *arg)
{
	struct purse p;

	return purse_open(t, *(int64_t *)arg, &p);
}

static size_t told_of(struct stage *w, const char *kind)
{
	struct event *e;
	size_t n, of = 0;

	assert_ok(&w->f, event_list(stage_turn(w), 0, TOPIC_WALLET | TOPIC_TX, NULL, 1000, &e, &n));
	for (size_t k = 0; k < n; k++)
		of += strcmp(e[k].kind, kind) == 0;
	return of;
}

/* One look of a broken endpoint must not decide what the funder signs with from then on. */
static void a_nonce_far_too_high_holds_the_wallet_until_it_is_denied_and_burns_nothing(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 2);
	ticks(&w, 2);
	struct wallet funder = told(&w, 1000000, 1);

	assert_int_equal(funder.account.nonce, 0);
	assert_fails(&w.f, stage_lane(&w, open_purse, &funder.id), ERR_AWAY, "asking again");
	(void)told(&w, 1000000, 1); /* the same head again proves nothing */
	funder = told(&w, 1000000, 2);
	assert_int_equal(funder.account.nonce, 0);
	assert_int_equal(funder.claim.looks, 2);
	funder = told(&w, 0, 3);
	assert_int_equal(funder.claim.looks, 0);
	assert_int_equal(told_of(&w, "wallet.claim_dropped"), 1);
	assert_ok(&w.f, stage_lane(&w, open_purse, &funder.id));
	ticks(&w, 4);
	int64_t op = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(w.chain->n_txs, 2);
	assert_int_equal(told_of(&w, "transaction.fills_gap"), 0);
	assert_int_equal(funder.breaker.state, BREAKER_CLOSED);
	stage_check(&w);
	stage_close(&w);
}

static void a_nonce_that_later_heads_tell_again_is_believed_at_what_all_bear_out(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	ticks(&w, 2);
	(void)told(&w, 1000000, 1);
	struct wallet funder = told(&w, 3, 2);

	assert_int_equal(funder.account.nonce, 3);
	assert_int_equal(funder.claim.looks, 0);
	assert_int_equal(funder.breaker.state, BREAKER_OPEN);
	(void)told(&w, 1000000, 3);
	(void)told(&w, 1000001, 4);
	assert_int_equal(stage_wallet(&w, "funder").account.nonce, 3);
	assert_int_equal(told(&w, 1000001, 5).account.nonce, 1000000);
	stage_close(&w);
}

static void one_look_that_tells_less_undoes_nothing(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 3);
	int64_t op = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	ticks(&w, 40);
	struct wallet funder = told(&w, 0, 1);

	assert_int_equal(funder.account.nonce, 3);
	assert_int_equal(told_of(&w, "transaction.undone"), 0);
	(void)told(&w, 3, 2);
	assert_int_equal(told_of(&w, "wallet.claim_dropped"), 1);
	(void)told(&w, 0, 3);
	(void)told(&w, 0, 3);
	assert_int_equal(told_of(&w, "transaction.undone"), 0);
	(void)told(&w, 1, 4);
	assert_int_equal(told_of(&w, "transaction.undone"), 2); /* what both bear out */
	assert_int_equal(told_of(&w, "wallet.chain_went_back"), 1);
	stage_close(&w);
}

/* ---- a store that is older than the chain ---- */

static void back_to(struct stage *w, const char *copy)
{
	fixture_shut(&w->f);
	assert_int_equal(rename(copy, w->f.path), 0);
	stage_crash(w);
}

static void a_store_of_yesterday_locks_the_fleet_down_and_signs_nothing_again(void **state)
{
	struct stage w;
	char copy[200];
	uint64_t bytes;

	(void)state;
	stage_open(&w, 6);
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	w.chain->per_block = 2;
	assert_ok(&w.f, stage_run(&w, op, false));
	ticks(&w, 1); /* two of six are mined */
	(void)snprintf(copy, sizeof(copy), "%s/copy", w.f.dir);
	assert_ok(&w.f, store_backup(stage_turn(&w), w.f.store, copy, &bytes));
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	int64_t second = stage_fund(&w, wei_u64(2 * ETHER));

	assert_int_equal(stage_until(&w, second, 30), OP_DONE);
	w.now_ms += 3600000;
	back_to(&w, copy);
	size_t sent = w.chain->n_txs;

	ticks(&w, 60);
	enum fleet_state fleet;

	assert_ok(&w.f, fleet_state_now(stage_turn(&w), &fleet));
	assert_int_equal(fleet, FLEET_LOCKDOWN);
	assert_int_equal(w.chain->n_txs, sent); /* nothing new was signed */
	/* What it had sent was found by its receipts; nobody was paid twice. */
	int64_t counts[TX_REVIEW + 1];

	assert_ok(&w.f, intent_count(stage_turn(&w), counts));
	assert_int_equal(counts[TX_REVIEW], 0);
	for (size_t i = 0; i < w.n_wallets; i++)
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[i]), 2);
	/* Lifted by a person, a top-up finds nothing to pay. */
	assert_ok(&w.f, stage_resume(&w, ""));
	int64_t again = stage_plan_fund(&w, wei_u64(2 * ETHER), NULL, 0);

	assert_int_equal(stage_op(&w, again).state, OP_DONE);
	for (size_t i = 0; i < w.n_wallets; i++)
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[i]), 2);
	stage_close(&w);
}

/* ---- review ---- */

static enum fake_fault invalid_first(struct fake_chain *c, size_t nth)
{
	c->refusal = "intrinsic gas too low";
	return nth == 0 ? FAKE_REFUSED : FAKE_FINE;
}

static void what_a_node_will_never_take_is_reviewed_and_then_cancelled_or_sent_again(void **state)
{
	(void)state;
	for (int way = 0; way < 3; way++) { /* the last: a cancel was wished for before */
		struct stage w;

		stage_open(&w, 1);
		w.chain->on_send = invalid_first;
		int64_t op = stage_fund(&w, wei_u64(ETHER));

		ticks(&w, 5);
		struct intent i = the_only(&w);

		assert_int_equal(i.state, TX_REVIEW);
		struct wishing ask = { .intent = i.id, .how = RESOLVE_GIVE_UP, .reason = "" };

		assert_fails(&w.f, stage_lane(&w, resolve, &ask), ERR_INVALID, "reason");
		ask.reason = "looked at it";
		assert_fails(&w.f, stage_lane(&w, resolve, &ask), ERR_REFUSED, "cancel it instead");
		ask.how = way ? RESOLVE_RESEND : RESOLVE_CANCEL;
		ask.wish = WISH_CANCEL;
		if (way == 2)
			assert_ok(&w.f, stage_lane(&w, wish, &ask));
		assert_ok(&w.f, stage_lane(&w, resolve, &ask));
		assert_int_equal(ask.out.wish, way ? WISH_NONE : WISH_CANCEL);
		ticks(&w, 10);
		assert_int_equal(the_only(&w).state, way ? TX_CONFIRMED : TX_CANCELLED);
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), way > 0);
		stage_check(&w);
		(void)op;
		stage_close(&w);
	}
}

static enum err answer(struct turn *t, void *arg)
{
	return journal_answer(t, arg);
}

static bool is_outbid_by(struct stage *w, enum heard heard, const char *message, const char *others)
{
	struct answer an = {
		.heard = heard, .message = message, .endpoint = "underpriced node", .others = others
	};
	struct attempt *a;

	(void)attempts(w, 1, &a);
	an.attempt = a[0].id;
	assert_ok(&w->f, stage_lane(w, answer, &an));
	(void)attempts(w, 1, &a);
	return a[0].outbid;
}

static void only_the_answer_that_counts_says_that_it_was_outbid(void **state)
{
	static const char other[] = "; other: replacement transaction underpriced";
	struct stage w;

	(void)state;
	stuck(&w, 20);
	assert_false(is_outbid_by(&w, HEARD_REFUSED, "txpool is full", other));
	assert_true(is_outbid_by(&w, HEARD_REFUSED, "replacement transaction underpriced", NULL));
	assert_true(is_outbid_by(&w, HEARD_NOT_SENT, "no route", NULL)); /* nobody said more */
	assert_false(is_outbid_by(&w, HEARD_ACCEPTED, NULL, other));
	stage_close(&w);
}

/* ---- the arithmetic ---- */

static void a_replacement_is_a_tenth_above_both_rounded_up(void **state)
{
	struct fees none = { 0 };

	(void)state;
	for (uint64_t p = 1; p < 200; p++) {
		struct fees last = { wei_u64(p * 7 + 3), wei_u64(p) };
		struct fees f = fees_raised(last, none);

		assert_true(wei_cmp(wei_mul_sat(f.max_fee, 10), wei_mul_sat(last.max_fee, 11)) >=
			    0);
		assert_true(wei_cmp(wei_mul_sat(f.max_tip, 10), wei_mul_sat(last.max_tip, 11)) >=
			    0);
		assert_true(wei_cmp(f.max_fee, f.max_tip) >= 0);
	}
	struct fees wanted = { wei_u64(1000), wei_u64(500) };
	struct fees f = fees_raised((struct fees){ wei_u64(10), wei_u64(1) }, wanted);

	assert_memory_equal(&f, &wanted, sizeof(f));
}

static uint64_t some(uint64_t *seed, unsigned bits)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> (64 - bits);
}

/* Case 9, as a node checks it: geth wants ten percent more of both, in whole wei, of the last one.
 */
static void any_chain_of_replacements_is_taken_by_a_strict_pool(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int k = 0; k < 2000; k++) {
		unsigned bits = 1 + (unsigned)some(&seed, 6) % 62;
		uint64_t tip = some(&seed, bits);
		struct fees last = { wei_add_sat(wei_u64(some(&seed, bits)), wei_u64(tip)),
				     wei_u64(tip) };

		for (int times = 0; times < 30; times++) {
			struct fees want = { .max_fee = wei_u64(some(&seed, bits)) };
			struct fees f = fees_raised(last, want);

			assert_true(wei_cmp(f.max_tip, f.max_fee) <= 0);
			assert_true(wei_cmp(f.max_fee, want.max_fee) >= 0);
			assert_true(wei_cmp(f.max_fee, last.max_fee) > 0);
			assert_true(wei_cmp(f.max_tip, last.max_tip) > 0);
			assert_true(wei_cmp(wei_mul_sat(f.max_fee, 100),
					    wei_mul_sat(last.max_fee, 110)) >= 0);
			assert_true(wei_cmp(wei_mul_sat(f.max_tip, 100),
					    wei_mul_sat(last.max_tip, 110)) >= 0);
			last = f;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fee_that_fell_behind_is_raised_and_paid_once),
		cmocka_unit_test(a_spike_above_the_ceiling_parks_and_nothing_overtakes_it),
		cmocka_unit_test(a_spike_that_passes_lets_the_same_bytes_through),
		cmocka_unit_test(an_urgent_one_goes_up_to_its_own_ceiling),
		cmocka_unit_test(only_the_lowest_nonce_is_raised),
		cmocka_unit_test(a_raise_whose_older_bytes_are_mined_after_all_pays_once),
		cmocka_unit_test(a_reorganisation_may_choose_the_other_attempt),
		cmocka_unit_test(what_was_sent_is_cancelled_on_its_own_nonce),
		cmocka_unit_test(a_cancel_that_loses_the_race_is_a_payment),
		cmocka_unit_test(what_never_left_is_withdrawn_at_once),
		cmocka_unit_test(what_a_person_cancelled_before_it_left_is_never_sent),
		cmocka_unit_test(nothing_more_is_offered_for_a_home_that_was_removed),
		cmocka_unit_test(only_the_answer_that_counts_says_that_it_was_outbid),
		cmocka_unit_test(a_sweep_gives_up_what_the_higher_fee_takes),
		cmocka_unit_test(a_sweep_is_raised_as_often_as_it_takes),
		cmocka_unit_test(a_pause_holds_a_raise_and_lets_a_cancel_through),
		cmocka_unit_test(a_stolen_nonce_opens_the_breaker_and_is_given_up_by_a_person),
		cmocka_unit_test(a_nonce_ahead_of_the_journal_is_said_at_once),
		cmocka_unit_test(
			a_nonce_far_too_high_holds_the_wallet_until_it_is_denied_and_burns_nothing),
		cmocka_unit_test(
			a_nonce_that_later_heads_tell_again_is_believed_at_what_all_bear_out),
		cmocka_unit_test(one_look_that_tells_less_undoes_nothing),
		cmocka_unit_test(a_store_of_yesterday_locks_the_fleet_down_and_signs_nothing_again),
		cmocka_unit_test(
			what_a_node_will_never_take_is_reviewed_and_then_cancelled_or_sent_again),
		cmocka_unit_test(a_replacement_is_a_tenth_above_both_rounded_up),
		cmocka_unit_test(any_chain_of_replacements_is_taken_by_a_strict_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
