/* The ledger: one line for what had a nonce and is final, whatever the chain takes back; its bytes
 * are forgotten after a while, and nothing is lost by that. */
#include <stdio.h>
#include <string.h>

#include "server/core/journal.h"
#include "server/core/ledger.h"
#include "server/core/nonces.h"
#include "store/base/wei.h"
#include "store/events.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;

static void ticks(struct stage *w, int n)
{
	for (int k = 0; k < n; k++)
		stage_tick(w, 1000);
}

static size_t lines(struct stage *w, int64_t operation, struct ledger_line **out)
{
	struct ledger_filter f = { .operation = operation };
	size_t n;

	assert_ok(&w->f, ledger_list(stage_turn(w), &f, 0, 100, out, &n));
	return n;
}

static void expect_sum(struct stage *w, struct ledger_filter f, enum ledger_grouping by,
		       size_t groups, int64_t n, const struct operation *o)
{
	struct ledger_sums s;

	assert_ok(&w->f, ledger_add_up(stage_turn(w), &f, by, &s));
	assert_int_equal(s.n, groups);
	assert_int_equal(s.total.lines, n);
	assert_false(s.truncated);
	if (!o)
		return;
	assert_memory_equal(&s.total.value, &o->moved, sizeof(o->moved));
	assert_memory_equal(&s.total.fee, &o->fees_paid, sizeof(o->fees_paid));
}

static void a_line_for_each_and_sums_that_are_the_operations_own(void **state)
{
	struct stage w;
	struct ledger_line *l;

	(void)state;
	stage_open(&w, 4);
	int64_t fund = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, fund, 60), OP_DONE);
	ticks(&w, 3);
	int64_t home = stage_plan_extract(&w, true);

	assert_ok(&w.f, stage_run(&w, home, true));
	assert_int_equal(stage_until(&w, home, 60), OP_DONE);
	assert_int_equal(lines(&w, fund, &l), 4);
	for (size_t k = 0; k < 4; k++) {
		assert_int_equal(l[k].state, TX_CONFIRMED);
		assert_int_equal(l[k].nonce, 3 - k);
		assert_true(l[k].has_hash && fake_tx_of(w.chain, l[k].hash)->block == l[k].block);
		assert_string_equal(l[k].wallet_name, "funder");
	}
	struct operation o = stage_op(&w, fund), h = stage_op(&w, home);
	struct wallet one = stage_wallet(&w, "w-000");

	expect_sum(&w, (struct ledger_filter){ .operation = fund }, BY_WALLET, 1, 4, &o);
	expect_sum(&w, (struct ledger_filter){ .operation = home }, BY_WALLET, 4, 4, &h);
	expect_sum(&w, (struct ledger_filter){ 0 }, BY_PURPOSE, 2, 8, NULL);
	expect_sum(&w, (struct ledger_filter){ 0 }, BY_OPERATION, 2, 8, NULL);
	expect_sum(&w, (struct ledger_filter){ 0 }, BY_DAY, 1, 8, NULL);
	expect_sum(&w, (struct ledger_filter){ .wallet = one.id }, BY_DAY, 1, 1, NULL);
	expect_sum(&w, (struct ledger_filter){ .from_ms = w.now_ms + 1 }, BY_DAY, 0, 0, NULL);
	stage_close(&w);
}

static void what_the_chain_takes_back_leaves_the_ledger_until_it_is_final_again(void **state)
{
	struct stage w;
	struct ledger_line *l;

	(void)state;
	stage_open(&w, 3);
	ticks(&w, 12);
	w.policy.confirmations = 2;
	int64_t op = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(lines(&w, op, &l), 3);
	fake_chain_reorg(w.chain, 6, true);
	w.chain->base_fee = wei_u64(UINT64_C(300000000000));
	ticks(&w, 40);
	assert_int_equal(lines(&w, op, &l), 0);
	w.chain->base_fee = wei_u64(1000000000);
	ticks(&w, 60);
	assert_int_equal(lines(&w, op, &l), 3);
	struct operation o = stage_op(&w, op);

	expect_sum(&w, (struct ledger_filter){ .operation = op }, BY_PURPOSE, 1, 3, &o);
	stage_close(&w);
}

struct pruning {
	int64_t before_ms;
	size_t n;
};

static enum err prune(struct turn *t, void *arg)
{
	struct pruning *p = arg;

	return ledger_prune(t, p->before_ms, 100, &p->n);
}

static void bytes_are_forgotten_and_the_line_the_nonce_and_the_explanation_stay(void **state)
{
	struct stage w;
	struct attempt *a;
	struct intent i;
	struct ledger_line x;
	const char **text;
	size_t n;

	(void)state;
	stage_open(&w, 3);
	int64_t op = stage_fund(&w, wei_u64(ETHER));

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	struct pruning p = { .before_ms = w.now_ms + 1 };

	assert_ok(&w.f, stage_lane(&w, prune, &p));
	assert_int_equal(p.n, 0); /* its receipts are still asked */
	for (int k = 0; k < 200; k++)
		stage_tick(&w, 120000);
	p.before_ms = w.now_ms;
	assert_ok(&w.f, stage_lane(&w, prune, &p));
	assert_int_equal(p.n, 3);
	assert_ok(&w.f, attempt_list(stage_turn(&w), 1, 32, &a, &n));
	assert_int_equal(n, 0);
	assert_ok(&w.f, ledger_get(stage_turn(&w), 1, &x));
	assert_true(x.has_hash);
	assert_ok(&w.f, intent_get(stage_turn(&w), 1, &i));
	assert_ok(&w.f, journal_explain(stage_turn(&w), &i, &text, &n));
	assert_non_null(strstr(text[n - 2], "is what happened"));
	assert_non_null(strstr(text[n - 1], "stays"));
	/* The nonces are not given again, and nothing is undone that cannot be done. */
	uint64_t next;

	assert_ok(&w.f, intent_next_nonce(stage_turn(&w), i.wallet, w.policy.chain_id, &next));
	assert_int_equal(next, 3);
	assert_ok(&w.f, stage_lane(&w, prune, &p));
	assert_int_equal(p.n, 0);
	op = stage_fund(&w, wei_u64(2 * ETHER));
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	for (size_t k = 0; k < 3; k++)
		assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[k]), 2);
	stage_close(&w);
}

static void an_explanation_says_why_nothing_goes_out(void **state)
{
	struct stage w;
	struct intent i;
	const char **text;
	size_t n;

	(void)state;
	stage_open(&w, 2);
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	w.dead_jobs = 1u << JOB_SEND;
	assert_ok(&w.f, stage_run(&w, op, false));
	ticks(&w, 1);
	assert_ok(&w.f, intent_get(stage_turn(&w), 2, &i));
	assert_ok(&w.f, journal_explain(stage_turn(&w), &i, &text, &n));
	assert_non_null(strstr(text[n - 1], "behind nonce 0 of the wallet: transaction 1"));
	assert_ok(&w.f, stage_pause(&w, "", false));
	assert_ok(&w.f, journal_explain(stage_turn(&w), &i, &text, &n));
	assert_non_null(strstr(text[n - 1], "will not be sent because"));
	assert_ok(&w.f, stage_resume(&w, ""));
	w.dead_jobs = 1u << JOB_RECEIPTS;
	ticks(&w, 2);
	assert_ok(&w.f, intent_get(stage_turn(&w), 1, &i));
	assert_ok(&w.f, journal_explain(stage_turn(&w), &i, &text, &n));
	assert_non_null(strstr(text[n - 1], "no second transaction: these may be mined"));
	stage_close(&w);
}

static enum err audit(struct turn *t, void *arg)
{
	(void)arg;
	return nonces_audit(t);
}

static size_t unsent_events(struct stage *w)
{
	struct event *e;
	size_t n, of = 0;

	assert_ok(&w->f, event_list(stage_turn(w), 0, TOPIC_TX, NULL, 500, &e, &n));
	for (size_t k = 0; k < n; k++)
		of += strcmp(e[k].kind, "transaction.not_sent") == 0;
	return of;
}

/* Case 13: rows from the chain's nonce up to the next one were all handed out, or it is said. */
static void what_is_signed_and_never_handed_out_is_said_once(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 2);
	int64_t op = stage_plan_fund(&w, wei_u64(ETHER), NULL, 0);

	w.dead_jobs = 1u << JOB_SEND;
	assert_ok(&w.f, stage_run(&w, op, false));
	ticks(&w, 60);
	assert_ok(&w.f, stage_lane(&w, audit, NULL));
	assert_int_equal(unsent_events(&w), 0);
	ticks(&w, 70);
	assert_ok(&w.f, stage_pause(&w, "", false));
	assert_ok(&w.f, stage_lane(&w, audit, NULL));
	assert_int_equal(unsent_events(&w), 0); /* a pause is a reason */
	assert_ok(&w.f, stage_resume(&w, ""));
	assert_ok(&w.f, stage_lane(&w, audit, NULL));
	assert_ok(&w.f, stage_lane(&w, audit, NULL));
	assert_int_equal(unsent_events(&w), 2);
	w.dead_jobs = 0;
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	stage_check(&w);
	stage_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_for_each_and_sums_that_are_the_operations_own),
		cmocka_unit_test(
			what_the_chain_takes_back_leaves_the_ledger_until_it_is_final_again),
		cmocka_unit_test(
			bytes_are_forgotten_and_the_line_the_nonce_and_the_explanation_stay),
		cmocka_unit_test(an_explanation_says_why_nothing_goes_out),
		cmocka_unit_test(what_is_signed_and_never_handed_out_is_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
