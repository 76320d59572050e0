/* Somebody else holds the same keys: what is left comes home, and nothing is fed to him. */
#include <string.h>

#include "server/core/breaker.h"
#include "server/core/operation.h"
#include "store/attempts.h"
#include "store/base/wei.h"
#include "store/events.h"
#include "store/ledger.h"
#include "store/wallets.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

static const uint64_t ETHER = 1000000000000000000u;
static const struct eth_addr thief = { { 0x7e, 0x1e, 0xf0 } };

static enum err evacuate(struct turn *t, void *arg)
{
	return operation_evacuate(t, NULL, "drill", arg);
}

static int64_t begin(struct stage *w)
{
	struct operation o;

	assert_ok(&w->f, stage_lane(w, evacuate, &o));
	return o.id;
}

static void open_with(struct stage *w, size_t n)
{
	stage_open(w, n);
	w->chain->has_token = true;
	w->policy.n_tokens = 1;
	w->policy.tokens[0] = (struct token){ .addr = w->chain->token, .symbol = "DATA" };
	w->policy.cap_loan = wei_u64(ETHER / 100);
	for (size_t i = 0; i < n; i++)
		fake_account(w->chain, w->wallets[i])->balance = wei_u64(ETHER);
	assert_ok(&w->f, stage_job(w, JOB_ACCOUNTS));
}

static size_t events(struct stage *w, const char *kind)
{
	struct event *e;
	size_t n, found = 0;

	assert_ok(&w->f, event_list(stage_turn(w), 0, TOPIC_ALL, NULL, 1000, &e, &n));
	for (size_t i = 0; i < n; i++)
		found += strcmp(e[i].kind, kind) == 0;
	return found;
}

static struct wei home(struct stage *w)
{
	return fake_account(w->chain, w->safe)->balance;
}

/* ---- his transaction has the nonce ---- */

static struct {
	struct eth_addr from;
	int left; /* so often he takes half of what is there */
} his;

/* In each block that would take a transaction of the wallet his is first. */
static void take_half(struct fake_chain *c)
{
	struct fake_account *a = fake_account(c, his.from);
	bool ours = false;

	for (size_t i = 0; i < c->n_txs; i++)
		ours = ours || (!c->txs[i].gone && !c->txs[i].block &&
				memcmp(&c->txs[i].from, &his.from, sizeof(his.from)) == 0 &&
				c->txs[i].tx.nonce == a->nonce);
	if (!ours || his.left == 0)
		return;
	his.left--;
	struct wei half = wei_div_u64(a->balance, 2, NULL);

	a->nonce++;
	a->balance = wei_sub_sat(a->balance, half);
	fake_account(c, thief)->balance = wei_add_sat(fake_account(c, thief)->balance, half);
}

static void the_nonce_he_takes_is_given_up_and_the_rest_goes_home_on_the_next(void **state)
{
	struct stage w;
	struct intent_filter any = { .states = 1u << TX_SUPERSEDED };
	struct intent *i;
	size_t n;
	uint64_t got;

	(void)state;
	open_with(&w, 2);
	his.from = w.wallets[0];
	his.left = 3;
	w.chain->before_mine = take_half;
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(his.left, 0);
	/* An eighth is left of the first wallet; the other lost nothing. */
	assert_true(wei_to_u64(wei_sub_sat(home(&w), wei_mul_sat(wei_u64(ETHER), 999)), &got));
	assert_true(got > ETHER + ETHER / 9);
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[0])->balance));
	assert_ok(&w.f, intent_list(stage_turn(&w), &any, 0, 10, &i, &n));
	assert_int_equal(n, 3);
	int64_t lost[3] = { i[0].id, i[1].id, i[2].id };

	for (size_t k = 0; k < 3; k++) {
		struct ledger_line line;

		assert_ok(&w.f, ledger_get(stage_turn(&w), lost[k], &line));
		assert_int_equal(line.state, TX_SUPERSEDED);
	}
	assert_int_equal(stage_wallet(&w, "w-000").breaker.state, BREAKER_OPEN);
	assert_int_equal(stage_wallet(&w, "w-001").breaker.state, BREAKER_CLOSED);
	assert_true(events(&w, "wallet.key_used_elsewhere") >= 1);
	stage_check(&w);
	stage_close(&w);
}

/* An endpoint that is behind, and one that tells the nonce of a newer block than the receipts, are
 * no thief: nothing is given up that happened. */
static void our_own_transaction_in_the_next_block_is_no_thief(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 5);
	w.chain->lag = 1;
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(events(&w, "wallet.key_used_elsewhere"), 0);
	stage_check(&w);
	stage_close(&w);
}

static enum fake_fault too_high_at_first(struct fake_chain *c, size_t nth)
{
	c->refusal = "nonce too high";
	return nth < 4 ? FAKE_REFUSED : FAKE_FINE;
}

static void a_node_that_wants_earlier_nonces_first_accuses_nobody(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1);
	w.chain->on_send = too_high_at_first;
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(events(&w, "wallet.key_used_elsewhere"), 0);
	assert_int_equal(stage_wallet(&w, "w-000").breaker.state, BREAKER_CLOSED);
	stage_check(&w);
	stage_close(&w);
}

/* ---- he outbids in the pool ---- */

static int refusals;

static enum fake_fault refuse_some(struct fake_chain *c, size_t nth)
{
	(void)nth;
	c->refusal = "replacement transaction underpriced";
	return refusals-- > 0 ? FAKE_REFUSED : FAKE_FINE;
}

/* Case 8: what stands in the pool on our nonce is not ours. */
static void who_outbids_in_the_pool_is_outbid_within_seconds(void **state)
{
	struct stage w;
	struct attempt *a;
	size_t n;

	(void)state;
	open_with(&w, 1);
	w.policy.funder = NULL;
	int64_t op = begin(&w);

	stage_pass(&w, 1000);
	assert_ok(&w.f, stage_job(&w, JOB_DRIVE));
	assert_ok(&w.f, stage_job(&w, JOB_SEND));
	assert_int_equal(w.chain->n_txs, 1);
	struct wei price = wei_mul_sat(w.chain->txs[0].tx.max_fee, 3);
	struct eth_tx his_tx = {
		.type = ETH_TX_FEE_MARKET,
		.chain_id = w.chain->chain_id,
		.gas = 21000,
		.has_to = true,
		.to = thief,
		.value = wei_u64(ETHER / 2),
		.max_fee = price,
		.max_tip = price,
	};

	assert_null(fake_chain_forge(w.chain, w.wallets[0], &his_tx));
	assert_true(w.chain->txs[0].gone);
	/* No block comes: the same bytes are refused, four times the price is taken. */
	for (int k = 0; k < 4; k++) {
		stage_pass(&w, 1000);
		assert_ok(&w.f, stage_job(&w, JOB_SEND));
		assert_ok(&w.f, stage_job(&w, JOB_REPLACE));
		assert_ok(&w.f, stage_job(&w, JOB_SEND));
	}
	assert_true(w.chain->txs[1].gone);
	assert_ok(&w.f, attempt_list(stage_turn(&w), 1, 32, &a, &n));
	assert_true(n >= 2);
	assert_int_equal(wei_cmp(a[1].max_fee, wei_mul_sat(a[0].max_fee, 4)), 0);
	/* He answers, and we answer him. */
	size_t before = n;
	his_tx.max_fee = his_tx.max_tip = wei_mul_sat(a[n - 1].max_fee, 2);
	assert_null(fake_chain_forge(w.chain, w.wallets[0], &his_tx));
	for (int k = 0; k < 4; k++) {
		stage_pass(&w, 250);
		assert_ok(&w.f, stage_job(&w, JOB_SEND));
		assert_ok(&w.f, stage_job(&w, JOB_REPLACE));
		assert_ok(&w.f, stage_job(&w, JOB_SEND));
	}
	assert_ok(&w.f, attempt_list(stage_turn(&w), 1, 32, &a, &n));
	assert_true(n > before);
	assert_true(wei_cmp(a[n - 1].max_fee, his_tx.max_fee) > 0);
	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_true(wei_is_zero(fake_account(w.chain, thief)->balance));
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[0])->balance));
	stage_close(&w);
}

static void above_the_ceiling_it_is_parked_and_not_paid(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1);
	w.policy.funder = NULL;
	refusals = 1000000;
	w.chain->on_send = refuse_some;
	int64_t op = begin(&w);
	struct intent_filter any = { 0 };
	struct intent *i;
	size_t n;

	for (int k = 0; k < 40; k++)
		stage_tick(&w, 1000);
	assert_int_equal(stage_op(&w, op).state, OP_RUNNING);
	assert_ok(&w.f, intent_list(stage_turn(&w), &any, 0, 10, &i, &n));
	assert_int_equal(n, 1);
	assert_true(wei_cmp(i[0].max_fee, w.policy.max_fee_urgent) <= 0);
	stage_close(&w);
}

/* ---- gas ---- */

static void needs_a_loan(struct stage *w, size_t i)
{
	fake_account(w->chain, w->wallets[i])->balance = wei_u64(0);
	fake_account(w->chain, w->wallets[i])->token = wei_u64(500);
}

/* A contract at the address hands on what comes in (EIP-7702): no nonce is spent. */
static void hand_on(struct fake_chain *c)
{
	struct fake_account *a = fake_account(c, his.from);

	fake_account(c, thief)->balance = wei_add_sat(fake_account(c, thief)->balance, a->balance);
	a->balance = wei_u64(0);
}

static void a_loan_that_is_gone_is_not_sent_again(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2);
	needs_a_loan(&w, 0);
	his.from = w.wallets[0];
	w.chain->before_mine = hand_on;
	int64_t op = begin(&w);

	/* The hook runs before a block: the loan of one is gone before the next. */
	for (int i = 0; i < 60 && stage_op(&w, op).state == OP_RUNNING; i++) {
		stage_tick(&w, 1000);
		hand_on(w.chain);
	}
	assert_int_equal(stage_op(&w, op).state, OP_PARTLY);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 1);
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[1])->balance));
	struct step *s;
	size_t n, failed = 0;

	assert_ok(&w.f, step_list(stage_turn(&w), op, 1u << STEP_FAILED, 0, 10, &s, &n));
	for (size_t i = 0; i < n; i++)
		failed += strstr(s[i].text, "the gas loan arrived and is gone") != NULL;
	assert_int_equal(failed, 1);
	stage_close(&w);
}

static enum err reset(struct turn *t, void *arg)
{
	bool changed;
	struct wallet out;

	return breaker_reset(t, arg, true, "looked at", &changed, &out);
}

static void a_key_that_others_use_is_lent_nothing_until_a_person_has_looked(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 2);
	needs_a_loan(&w, 0);
	/* He sent something from it: the chain's nonce is ahead of the journal. */
	fake_chain_steal_nonce(w.chain, w.wallets[0]);
	for (int i = 0; i < 25; i++)
		stage_tick(&w, 1000);
	int64_t op = stage_plan_extract(&w, false);
	struct step s = stage_step(&w, op, 0);

	assert_non_null(strstr(s.text, "gets none"));
	assert_true(wei_is_zero(stage_op(&w, op).total_loan));
	assert_ok(&w.f, stage_run(&w, op, true));
	assert_int_equal(stage_until(&w, op, 40), OP_PARTLY);
	s = stage_step(&w, op, 0);
	assert_non_null(strstr(s.text, "none is sent: somebody else sends with its key"));
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 0);

	assert_ok(&w.f, stage_lane(&w, reset, (void *)(uintptr_t) "w-000"));
	op = stage_extract(&w);
	assert_int_equal(stage_until(&w, op, 40), OP_DONE);
	assert_int_equal(fake_chain_paid(w.chain, w.funder, w.wallets[0]), 1);
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[0])->token));
	stage_close(&w);
}

/* He pays for the gas of his own transfer: whoever is first uses it. */
static void gas_that_he_sends_pays_for_our_way_home(void **state)
{
	struct stage w;
	uint64_t tokens;

	(void)state;
	open_with(&w, 1);
	needs_a_loan(&w, 0);
	fake_account(w.chain, w.funder)->balance = wei_u64(5); /* nobody lends */
	int64_t op = begin(&w);

	for (int i = 0; i < 5; i++)
		stage_tick(&w, 1000);
	assert_int_equal(stage_op(&w, op).state, OP_RUNNING);
	fake_account(w.chain, w.wallets[0])->balance = wei_u64(ETHER / 100);
	assert_int_equal(stage_until(&w, op, 30), OP_DONE);
	assert_true(wei_to_u64(fake_account(w.chain, w.safe)->token, &tokens));
	assert_int_equal(tokens, 500);
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[0])->balance));
	stage_close(&w);
}

/* All of it is gone before our sweep: a person is told, and the others are not held up. */
static void take_all(struct fake_chain *c)
{
	if (c->n_txs > 0)
		hand_on(c);
}

static void a_wallet_that_was_emptied_is_said_and_holds_nothing_up(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 3);
	his.from = w.wallets[0];
	w.chain->before_mine = take_all;
	int64_t op = begin(&w);

	assert_int_equal(stage_until(&w, op, 120), OP_PARTLY);
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[1])->balance));
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[2])->balance));
	assert_true(events(&w, "transaction.review") >= 1);
	stage_close(&w);
}

static void one_look_that_finds_nothing_does_not_set_a_sweep_aside(void **state)
{
	struct stage w;

	(void)state;
	open_with(&w, 1);
	struct wei cheap = w.chain->base_fee;
	int64_t op = begin(&w);

	assert_ok(&w.f, stage_job(&w, JOB_PLAN));
	w.chain->base_fee = wei_u64(2000000000000u); /* nothing is mined for a while */
	for (int i = 0; i < 11; i++)
		stage_tick(&w, 1000);
	w.dead_jobs = 1u << JOB_ACCOUNTS;
	w.chain->poor = true;
	for (int i = 0; i < 4; i++)
		stage_tick(&w, 1000);
	w.chain->poor = false;
	assert_int_equal(events(&w, "transaction.review"), 0);
	w.dead_jobs = 0;
	w.chain->base_fee = cheap;
	assert_int_equal(stage_until(&w, op, 120), OP_DONE);
	assert_true(wei_is_zero(fake_account(w.chain, w.wallets[0])->balance));
	stage_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nonce_he_takes_is_given_up_and_the_rest_goes_home_on_the_next),
		cmocka_unit_test(our_own_transaction_in_the_next_block_is_no_thief),
		cmocka_unit_test(a_node_that_wants_earlier_nonces_first_accuses_nobody),
		cmocka_unit_test(who_outbids_in_the_pool_is_outbid_within_seconds),
		cmocka_unit_test(above_the_ceiling_it_is_parked_and_not_paid),
		cmocka_unit_test(a_loan_that_is_gone_is_not_sent_again),
		cmocka_unit_test(a_key_that_others_use_is_lent_nothing_until_a_person_has_looked),
		cmocka_unit_test(gas_that_he_sends_pays_for_our_way_home),
		cmocka_unit_test(a_wallet_that_was_emptied_is_said_and_holds_nothing_up),
		cmocka_unit_test(one_look_that_finds_nothing_does_not_set_a_sweep_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
