/* Funding in bad weather. Whatever happens on the way: every wallet is paid once, none twice, and
 * what the store says is what the chain shows. */
#include <string.h>

#include "server/core/journal.h"
#include "store/audit.h"
#include "store/base/wei.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;

static struct wei tenth(void)
{
	return wei_u64(ETHER / 10);
}

static struct wei *balance(struct stage *w, struct eth_addr a)
{
	return &fake_account(w->chain, a)->balance;
}

static void expect_all_paid_once(struct stage *w)
{
	struct wei want = tenth();

	for (size_t i = 0; i < w->n_wallets; i++) {
		assert_int_equal(fake_chain_paid(w->chain, w->funder, w->wallets[i]), 1);
		assert_memory_equal(balance(w, w->wallets[i]), &want, sizeof(want));
	}
	stage_check(w);
}

static size_t paid(struct stage *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_wallets; i++)
		n += fake_chain_paid(w->chain, w->funder, w->wallets[i]);
	return n;
}

static void expect_text(struct stage *w, int64_t op, const char *word)
{
	struct operation o = stage_op(w, op);

	if (!strstr(o.text, word))
		fail_msg("want '%s' in '%s'\n", word, o.text);
}

/* ---- sends ---- */

static uint64_t seed;

static uint64_t chance(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

static enum fake_fault any_fault(struct fake_chain *c, size_t nth)
{
	static const char *const refusals[] = {
		"internal error",
		"permanent error forwarding request context deadline exceeded",
		"txpool is full",
		"transaction underpriced",
		"rate limit, retry in 3 seconds",
		"nonce too low",
		"already known",
	};

	(void)nth;
	c->refusal = refusals[chance(sizeof(refusals) / sizeof(refusals[0]))];
	switch (chance(10)) {
	case 0:
	case 1:
		return FAKE_LOST;
	case 2:
		return FAKE_DROPPED;
	case 3:
		return FAKE_NOT_SENT;
	case 4:
		return FAKE_REFUSED;
	default:
		return FAKE_FINE;
	}
}

static void sends_that_are_lost_dropped_or_refused_pay_once(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= 6; s++) {
		struct stage w;

		seed = s;
		stage_open(&w, 40);
		w.chain->on_send = any_fault;
		int64_t op = stage_fund(&w, tenth());

		assert_int_equal(stage_until(&w, op, 400), OP_DONE);
		expect_all_paid_once(&w);
		stage_close(&w);
	}
}

static void a_crash_after_every_turn_changes_nothing(void **state)
{
	struct stage w;

	(void)state;
	seed = 7;
	stage_open(&w, 12);
	w.crash_often = true;
	w.chain->on_send = any_fault;
	int64_t op = stage_fund(&w, tenth());

	assert_int_equal(stage_until(&w, op, 200), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void what_was_sent_before_a_crash_that_forgot_the_answer_is_found_by_its_hash(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 5);
	int64_t op = stage_fund(&w, tenth());

	/* Handed out and taken by the node, and then the daemon died before it wrote a word. */
	w.dead_jobs = 1u << JOB_SEND | 1u << JOB_RECEIPTS;
	stage_tick(&w, 1000);
	struct turn *t = stage_turn(&w);
	struct attempt *a;
	size_t n;

	assert_ok(&w.f, attempt_due(t, true, 100, &a, &n));
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++)
		assert_null(fake_chain_send(w.chain, t, a[i].raw));
	stage_crash(&w);
	w.dead_jobs = 0;
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void a_pool_that_forgets_is_told_again(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 6);
	w.chain->per_block = 1;
	int64_t op = stage_fund(&w, tenth());

	stage_tick(&w, 1000);
	fake_chain_forget_pool(w.chain);
	assert_int_equal(stage_until(&w, op, 120), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void a_reorganisation_before_the_depth_sends_the_same_bytes_again(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct stage w;

		stage_open(&w, 8);
		w.policy.confirmations = 4;
		int64_t op = stage_fund(&w, tenth());

		stage_tick(&w, 1000);
		stage_tick(&w, 1000);
		assert_int_equal(stage_op(&w, op).state, OP_RUNNING);
		fake_chain_reorg(w.chain, 2, lost);
		assert_int_equal(paid(&w), 0);
		assert_int_equal(stage_until(&w, op, 120), OP_DONE);
		expect_all_paid_once(&w);
		stage_close(&w);
	}
}

static void an_endpoint_that_lags_proves_nothing(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 5);
	int64_t op = stage_fund(&w, tenth());

	stage_tick(&w, 1000);
	w.chain->lag = 3;
	for (int i = 0; i < 3; i++)
		stage_tick(&w, 1000);
	w.chain->lag = 0;
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static enum fake_fault swallows(struct fake_chain *c, size_t nth)
{
	(void)c, (void)nth;
	return FAKE_DROPPED;
}

static size_t confirmed(struct stage *w, int64_t op)
{
	struct intent_filter f = { .operation = op };
	struct intent *list;
	size_t n, k = 0;

	assert_ok(&w->f, intent_list(stage_turn(w), &f, 0, 20, &list, &n));
	for (size_t i = 0; i < n; i++)
		k += list[i].state == TX_CONFIRMED;
	return k;
}

/* Case 18: an absurd block at an absurd head would be deep at once, and no later head ever is. */
static void a_liar_alone_confirms_nothing(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 5);
	w.chain->seconded = w.chain->invents = true;
	w.chain->absurd = UINT64_C(1) << 40;
	w.chain->per_block = 1;
	int64_t op = stage_fund(&w, tenth());

	for (size_t i = 0; i < 4; i++) {
		stage_tick(&w, 1000);
		assert_true(confirmed(&w, op) <= (size_t)paid(&w));
	}
	assert_true(paid(&w) < 5);
	w.chain->invents = false;
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

/* Case 18. */
static void a_spent_nonce_on_one_word_accuses_nobody(void **state)
{
	struct stage w;
	int64_t counts[TX_REVIEW + 1];

	(void)state;
	stage_open(&w, 3);
	w.chain->seconded = true;
	w.chain->on_send = swallows;
	w.dead_jobs = 1U << JOB_ACCOUNTS;
	int64_t op = stage_fund(&w, tenth());

	for (int i = 0; i < 8; i++) {
		stage_tick(&w, 1000);
		w.chain->nonce_lie = 10;
	}
	assert_ok(&w.f, intent_count(stage_turn(&w), counts));
	assert_int_equal(counts[TX_REVIEW], 0);
	assert_true(counts[TX_UNKNOWN] > 0);
	w.chain->nonce_lie = w.dead_jobs = 0;
	w.chain->on_send = NULL;
	assert_int_equal(stage_until(&w, op, 90), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

/* ---- somebody else has the key ---- */

static enum fake_fault first_is_dropped(struct fake_chain *c, size_t nth)
{
	(void)c;
	return nth == 0 ? FAKE_DROPPED : FAKE_FINE;
}

static void a_nonce_that_a_stranger_spent_needs_review_after_three_heads_and_is_never_paid_again(
	void **state)
{
	struct stage w;
	int64_t counts[TX_REVIEW + 1];

	(void)state;
	stage_open(&w, 3);
	w.chain->on_send = first_is_dropped;
	int64_t op = stage_fund(&w, tenth());

	w.now_ms += 1000;
	assert_ok(&w.f, stage_job(&w, JOB_DRIVE));
	assert_ok(&w.f, stage_job(&w, JOB_SEND));
	fake_chain_steal_nonce(w.chain, w.funder);
	stage_tick(&w, 1000);
	stage_tick(&w, 1000);
	assert_ok(&w.f, intent_count(stage_turn(&w), counts));
	assert_int_equal(counts[TX_REVIEW], 0); /* not at the first sight of it */
	assert_int_equal(stage_until(&w, op, 60), OP_PARTLY);
	assert_ok(&w.f, intent_count(stage_turn(&w), counts));
	assert_int_equal(counts[TX_REVIEW], 1);
	assert_int_equal(paid(&w), 2);
	assert_non_null(strstr(stage_step(&w, op, 0).text, "needs review"));
	stage_check(&w);

	/* It may have been paid: until somebody has looked, it counts as if it were. */
	int64_t again = stage_plan_fund(&w, tenth(), NULL, 0);

	assert_int_equal(stage_op(&w, again).state, OP_DONE);
	assert_int_equal(paid(&w), 2);

	/* And the others can be paid more, although the review is not done. */
	int64_t more = stage_fund(&w, wei_u64(ETHER / 5));

	assert_int_equal(stage_until(&w, more, 30), OP_DONE);
	assert_int_equal(paid(&w), 2 + 3);
	stage_close(&w);
}

static void a_receipt_that_comes_late_ends_a_review(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	w.chain->on_send = first_is_dropped;
	int64_t op = stage_fund(&w, tenth());

	w.now_ms += 1000;
	assert_ok(&w.f, stage_job(&w, JOB_DRIVE));
	assert_ok(&w.f, stage_job(&w, JOB_SEND));
	struct turn *t = stage_turn(&w);
	struct attempt *a;
	size_t n;

	assert_ok(&w.f, attempt_due(t, true, 1, &a, &n));
	w.now_ms += 1000;
	t = stage_turn(&w);
	assert_ok(&w.f, attempt_due(t, true, 1, &a, &n));
	assert_int_equal(n, 1);
	struct eth_hash hash = a->hash;
	struct fake_account before = *fake_account(w.chain, w.funder);

	assert_null(fake_chain_send(w.chain, t, a->raw));
	fake_chain_steal_nonce(w.chain, w.funder);
	w.dead_jobs = 1u << JOB_SEND;
	assert_int_equal(stage_until(&w, op, 30), OP_FAILED);

	/* The branch with the stranger's transaction is gone. */
	*fake_account(w.chain, w.funder) = before;
	fake_chain_again(w.chain, hash);
	for (int i = 0; i < 3; i++)
		stage_tick(&w, 1000);
	assert_int_equal(stage_step(&w, op, 0).state, STEP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static enum fake_fault all_refused(struct fake_chain *c, size_t nth)
{
	(void)nth;
	return c->refusal ? FAKE_REFUSED : FAKE_FINE;
}

static void bytes_that_no_node_will_take_are_reviewed_and_the_operation_says_so(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 2);
	w.policy.in_flight = 1;
	w.chain->refusal = "intrinsic gas too low: have 21000, want 60000";
	w.chain->on_send = all_refused;
	int64_t op = stage_fund(&w, tenth());

	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_non_null(strstr(stage_step(&w, op, 0).text, "intrinsic gas too low"));
	assert_int_equal(stage_step(&w, op, 0).state, STEP_FAILED);
	expect_text(&w, op, "needs review and holds nonce");
	assert_ok(&w.f, stage_cancel(&w, op));
	assert_int_equal(stage_until(&w, op, 10), OP_CANCELLED);
	stage_check(&w);
	stage_close(&w);
}

/* ---- twice ---- */

static void funding_again_pays_nothing(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 20);
	assert_int_equal(stage_until(&w, stage_fund(&w, tenth()), 30), OP_DONE);
	int64_t again = stage_plan_fund(&w, tenth(), NULL, 0);

	assert_int_equal(stage_op(&w, again).state, OP_DONE);
	assert_int_equal(stage_steps(&w, again).skipped, 20);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void two_plans_made_before_either_ran_pay_once(void **state)
{
	(void)state;
	for (int confirmations = 1; confirmations < 4; confirmations += 2) {
		struct stage w;

		stage_open(&w, 20);
		w.policy.confirmations = confirmations;
		w.policy.in_flight = 7;
		int64_t a = stage_plan_fund(&w, tenth(), NULL, 0);
		int64_t b = stage_plan_fund(&w, tenth(), NULL, 0);

		assert_ok(&w.f, stage_run(&w, a, false));
		assert_ok(&w.f, stage_run(&w, b, false));
		assert_int_equal(stage_until(&w, a, 200), OP_DONE);
		assert_int_equal(stage_until(&w, b, 200), OP_DONE);
		expect_all_paid_once(&w);
		stage_close(&w);
	}
}

static void a_plan_runs_once_with_its_own_hash_and_in_time(void **state)
{
	struct stage w;
	int64_t op;

	(void)state;
	stage_open(&w, 2);
	op = stage_plan_fund(&w, tenth(), NULL, 0);
	assert_ok(&w.f, stage_run(&w, op, false));
	assert_fails(&w.f, stage_run(&w, op, false), ERR_REFUSED, "was run already");

	op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);
	w.now_ms += w.policy.plan_ttl_ms + 1;
	assert_fails(&w.f, stage_run(&w, op, false), ERR_REFUSED, "expired");
	assert_int_equal(w.f.t.reason, REASON_PLAN_EXPIRED);

	/* Nobody comes for it any more. */
	w.now_ms += 3600000 + 1000;
	assert_ok(&w.f, stage_job(&w, JOB_UPKEEP));
	assert_int_equal(stage_op(&w, op).state, OP_CANCELLED);
	assert_int_equal(stage_steps(&w, op).cancelled, 2);
	assert_fails(&w.f, stage_run(&w, op, false), ERR_REFUSED, "plan again");
	stage_close(&w);
}

struct tamper {
	int64_t op;
};

static enum err raise_a_step(struct turn *t, void *arg)
{
	struct tamper *x = arg;
	struct operation o;
	struct step *s;
	size_t n;

	TRY(step_list(t, x->op, 0, 0, 1, &s, &n));
	s->value = wei_mul_sat(s->value, 2);
	TRY(step_save(t, s));
	TRY(operation_get(t, x->op, &o));
	struct survey now;

	TRY(operation_survey(t, &o, &now));
	return hash_eq(now.hash, o.plan_hash) ? fail(t, ERR_BROKEN, "the hash does not see it")
					      : OK;
}

static void the_hash_covers_what_is_paid(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 2);
	struct tamper x = { stage_plan_fund(&w, tenth(), NULL, 0) };

	assert_ok(&w.f, stage_lane(&w, raise_a_step, &x));
	stage_close(&w);
}

/* ---- money ---- */

static void a_funder_that_runs_dry_waits_and_goes_on_when_topped_up(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 10);
	int64_t op = stage_fund(&w, tenth());

	/* Between plan and run somebody took most of it: enough for four. */
	*balance(&w, w.funder) = wei_u64(ETHER / 10 * 4 + ETHER / 100);
	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_int_equal(paid(&w), 4);
	assert_int_equal(stage_op(&w, op).state, OP_RUNNING);
	expect_text(&w, op, "waits: 'funder' can spend");
	*balance(&w, w.funder) = wei_u64(ETHER * 2);
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void a_plan_above_what_the_funder_holds_is_refused(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 10);
	*balance(&w, w.funder) = wei_u64(ETHER);
	w.policy.reserve = tenth();
	int64_t op = stage_plan_fund(&w, tenth(), NULL, 0);

	assert_int_equal(stage_op(&w, op).state, OP_FAILED);
	expect_text(&w, op, "this needs");
	stage_close(&w);
}

static enum err plan_for_nobody(struct turn *t, void *arg)
{
	struct selection sel = { .profile = "degne" };

	return operation_plan_fund(t, &sel, tenth(), NULL, arg);
}

static void a_profile_that_no_wallet_has_is_refused(void **state)
{
	struct operation o;
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	assert_fails(&w.f, stage_lane(&w, plan_for_nobody, &o), ERR_MISSING, "degne");
	stage_close(&w);
}

static void caps_hold_at_the_plan_at_the_run_and_at_the_signature(void **state)
{
	struct stage w;
	int64_t a, b;

	(void)state;
	stage_open(&w, 10);
	w.policy.cap_tx = wei_u64(ETHER / 20);
	a = stage_plan_fund(&w, tenth(), NULL, 0);
	assert_int_equal(stage_op(&w, a).state, OP_FAILED);
	assert_non_null(strstr(stage_step(&w, a, 0).text, "above the cap"));
	w.policy.cap_tx = (struct wei){ 0 };

	w.policy.cap_operation = wei_u64(ETHER / 2);
	a = stage_plan_fund(&w, tenth(), NULL, 0);
	assert_int_equal(stage_op(&w, a).state, OP_FAILED);
	expect_text(&w, a, "an operation");
	w.policy.cap_operation = (struct wei){ 0 };

	/* Each plan is below the day's cap, both together are not. */
	w.policy.cap_day = wei_u64(ETHER + ETHER / 2);
	a = stage_plan_fund(&w, tenth(), NULL, 0);
	b = stage_plan_fund(&w, wei_u64(ETHER / 5), NULL, 0); /* a tenth more each, were a done */
	assert_int_equal(stage_op(&w, b).state, OP_FAILED);
	b = stage_plan_fund(&w, tenth(), NULL, 0);
	assert_ok(&w.f, stage_run(&w, a, false));
	assert_int_equal(stage_until(&w, a, 30), OP_DONE);
	assert_fails(&w.f, stage_run(&w, b, false), ERR_REFUSED, "a day");
	assert_int_equal(w.f.t.reason, REASON_CAP_EXCEEDED);

	/* Lowered while it runs: it waits, and the day after it goes on. */
	w.policy.cap_day = (struct wei){ 0 };
	b = stage_fund(&w, wei_u64(ETHER / 5));
	w.policy.cap_day = wei_u64(ETHER + ETHER / 4);
	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	expect_text(&w, b, "a day");
	assert_int_equal(paid(&w), 12);
	w.now_ms += 86400000;
	assert_int_equal(stage_until(&w, b, 60), OP_DONE);
	assert_int_equal(paid(&w), 20);
	stage_check(&w);
	stage_close(&w);
}

static void a_fee_above_the_plan_is_waited_out(void **state)
{
	struct wei calm;
	struct stage w;

	(void)state;
	stage_open(&w, 3);
	calm = w.chain->base_fee;
	int64_t op = stage_plan_fund(&w, tenth(), NULL, 0);

	assert_ok(&w.f, stage_run(&w, op, false));
	w.chain->base_fee = wei_mul_sat(calm, 5);
	for (int i = 0; i < 8; i++)
		stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 0);
	assert_non_null(strstr(stage_step(&w, op, 0).text, "more than the planned fee"));
	w.chain->base_fee = calm;
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void fees_count_for_the_cap_of_an_operation(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 5);
	w.policy.cap_operation = wei_u64(ETHER / 2);
	int64_t op = stage_plan_fund(&w, tenth(), NULL, 0);

	assert_int_equal(stage_op(&w, op).state, OP_FAILED);
	expect_text(&w, op, "fees included");
	stage_close(&w);
}

static void a_recipient_that_takes_no_ether_stops_no_other(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 5);
	fake_account(w.chain, w.wallets[0])->refuses = true;
	int64_t op = stage_fund(&w, tenth());

	assert_int_equal(stage_until(&w, op, 30), OP_PARTLY);
	assert_int_equal(paid(&w), 4);
	assert_int_equal(stage_steps(&w, op).failed, 1);
	stage_check(&w);
	stage_close(&w);
}

/* ---- stopping ---- */

static void a_pause_between_signature_and_first_broadcast_holds_it(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 5);
	int64_t op = stage_fund(&w, tenth());

	w.dead_jobs = 1u << JOB_SEND;
	stage_tick(&w, 1000);
	assert_ok(&w.f, stage_pause(&w, "fleet", false));
	w.dead_jobs = 0;
	for (int i = 0; i < 10; i++)
		stage_tick(&w, 1000);
	assert_int_equal(w.chain->n_txs, 0);
	assert_ok(&w.f, stage_resume(&w, "fleet"));
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void what_was_sent_before_a_pause_is_sent_again_during_it(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 1);
	w.chain->on_send = first_is_dropped;
	int64_t op = stage_fund(&w, tenth());

	stage_tick(&w, 100);
	assert_ok(&w.f, stage_pause(&w, "fleet", true));
	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_ok(&w.f, stage_resume(&w, "fleet"));
	assert_int_equal(stage_until(&w, op, 10), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void an_operation_run_after_the_pause_goes_on_and_takes_the_held_nonces(void **state)
{
	struct stage w;
	static const char *const some[] = { "w-003", "w-004" };

	(void)state;
	stage_open(&w, 5);
	int64_t before = stage_fund(&w, tenth());

	w.dead_jobs = 1u << JOB_SEND;
	stage_tick(&w, 1000);
	assert_ok(&w.f, stage_pause(&w, "fleet", false));
	w.dead_jobs = 0;

	/* The old ones are signed and held. Their nonces must not stand before the new ones. */
	int64_t after = stage_plan_fund(&w, wei_u64(ETHER / 5), some, 2);

	assert_ok(&w.f, stage_run(&w, after, false));
	for (int i = 0; i < 10; i++)
		stage_tick(&w, 1000);
	assert_int_equal(stage_op(&w, before).state, OP_RUNNING);
	assert_int_equal(stage_op(&w, after).state, OP_DONE);
	assert_ok(&w.f, stage_resume(&w, "fleet"));
	assert_int_equal(stage_until(&w, before, 30), OP_DONE);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[i]), 1);
	stage_check(&w);
	stage_close(&w);
}

static void lockdown_refuses_and_holds_funding(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 3);
	int64_t running = stage_fund(&w, tenth());
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	stage_until(&w, running, 20);
	assert_ok(&w.f, stage_pause(&w, "fleet", true));
	assert_fails(&w.f, stage_run(&w, op, false), ERR_REFUSED, "locked down");
	assert_int_equal(w.f.t.reason, REASON_FLEET_PAUSED);
	stage_close(&w);
}

static void cancelled_while_nothing_gets_out_pays_nobody(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 10);
	w.policy.in_flight = 4;
	int64_t op = stage_fund(&w, tenth());

	w.dead_jobs = 1u << JOB_SEND;
	stage_tick(&w, 1000);
	assert_ok(&w.f, stage_cancel(&w, op));
	w.dead_jobs = 0;
	assert_int_equal(stage_until(&w, op, 10), OP_CANCELLED);
	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_int_equal(paid(&w), 0);
	assert_int_equal(stage_steps(&w, op).cancelled, 10);
	stage_check(&w);

	/* The nonces are free again. */
	assert_int_equal(stage_until(&w, stage_fund(&w, tenth()), 40), OP_DONE);
	expect_all_paid_once(&w);
	stage_close(&w);
}

static void cancelled_half_way_follows_what_is_out(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 30);
	w.policy.in_flight = 4;
	int64_t op = stage_fund(&w, tenth());

	stage_tick(&w, 1000);
	stage_tick(&w, 1000);
	assert_ok(&w.f, stage_cancel(&w, op));
	assert_ok(&w.f, stage_cancel(&w, op)); /* twice is fine */
	assert_int_equal(stage_until(&w, op, 20), OP_CANCELLED);
	struct step_counts c = stage_steps(&w, op);

	assert_true(c.done > 0 && c.cancelled > 0);
	assert_int_equal(c.done + c.cancelled, 30);
	assert_int_equal(paid(&w), c.done);
	assert_fails(&w.f, stage_cancel(&w, op), ERR_REFUSED, "has ended");
	stage_check(&w);
	stage_close(&w);
}

static void every_signature_of_an_operation_is_on_the_record(void **state)
{
	struct stage w;
	struct audit_record *a;
	size_t n, signed_ones = 0;

	(void)state;
	stage_open(&w, 4);
	assert_int_equal(stage_until(&w, stage_fund(&w, tenth()), 20), OP_DONE);
	assert_ok(&w.f, audit_list(stage_turn(&w), 0, 100, &a, &n));
	for (size_t i = 0; i < n; i++)
		signed_ones += strcmp(a[i].action, "transaction.signed") == 0;
	assert_int_equal(signed_ones, 4);
	stage_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_that_are_lost_dropped_or_refused_pay_once),
		cmocka_unit_test(a_crash_after_every_turn_changes_nothing),
		cmocka_unit_test(
			what_was_sent_before_a_crash_that_forgot_the_answer_is_found_by_its_hash),
		cmocka_unit_test(a_pool_that_forgets_is_told_again),
		cmocka_unit_test(a_reorganisation_before_the_depth_sends_the_same_bytes_again),
		cmocka_unit_test(an_endpoint_that_lags_proves_nothing),
		cmocka_unit_test(a_liar_alone_confirms_nothing),
		cmocka_unit_test(a_spent_nonce_on_one_word_accuses_nobody),
		cmocka_unit_test(
			a_nonce_that_a_stranger_spent_needs_review_after_three_heads_and_is_never_paid_again),
		cmocka_unit_test(a_receipt_that_comes_late_ends_a_review),
		cmocka_unit_test(
			bytes_that_no_node_will_take_are_reviewed_and_the_operation_says_so),
		cmocka_unit_test(funding_again_pays_nothing),
		cmocka_unit_test(two_plans_made_before_either_ran_pay_once),
		cmocka_unit_test(a_plan_runs_once_with_its_own_hash_and_in_time),
		cmocka_unit_test(the_hash_covers_what_is_paid),
		cmocka_unit_test(a_funder_that_runs_dry_waits_and_goes_on_when_topped_up),
		cmocka_unit_test(a_plan_above_what_the_funder_holds_is_refused),
		cmocka_unit_test(a_profile_that_no_wallet_has_is_refused),
		cmocka_unit_test(caps_hold_at_the_plan_at_the_run_and_at_the_signature),
		cmocka_unit_test(a_fee_above_the_plan_is_waited_out),
		cmocka_unit_test(fees_count_for_the_cap_of_an_operation),
		cmocka_unit_test(a_recipient_that_takes_no_ether_stops_no_other),
		cmocka_unit_test(a_pause_between_signature_and_first_broadcast_holds_it),
		cmocka_unit_test(what_was_sent_before_a_pause_is_sent_again_during_it),
		cmocka_unit_test(
			an_operation_run_after_the_pause_goes_on_and_takes_the_held_nonces),
		cmocka_unit_test(lockdown_refuses_and_holds_funding),
		cmocka_unit_test(cancelled_while_nothing_gets_out_pays_nobody),
		cmocka_unit_test(cancelled_half_way_follows_what_is_out),
		cmocka_unit_test(every_signature_of_an_operation_is_on_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
