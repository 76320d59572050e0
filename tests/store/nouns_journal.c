/* Operations, steps, intents and attempts: what the tables promise to the rules. */
#include <string.h>

#include "store/attempts.h"
#include "store/base/wei.h"
#include "store/operations.h"
#include "store/pauses.h"
#include "store/wallets.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

enum { CHAIN = 31337 };

/* One wallet, one RUNNING operation with one step; a lane turn adds what a test asks for. */
struct rig {
	struct fixture f;
	struct wallet w, v;
	struct operation o;
	struct step s;
	enum op_kind kind; /* of the operation */
};

static enum err set_up(struct turn *t, void *arg)
{
	struct rig *r = arg;

	r->w = (struct wallet){ .name = "a",
				.addr = { { 1 } },
				.profile = "",
				.role = WALLET_FLEET,
				.key_kind = KEY_WATCH_ONLY,
				.hd_index = -1,
				.state = WALLET_ACTIVE };
	r->v = r->w;
	r->v.name = "b";
	r->v.addr = (struct eth_addr){ { 2 } };
	TRY(wallet_add(t, &r->w));
	TRY(wallet_add(t, &r->v));
	r->o = (struct operation){ .kind = r->kind,
				   .state = OP_RUNNING,
				   .actor = "me",
				   .profile = "",
				   .text = "",
				   .warnings = "",
				   .source = r->w.id };
	TRY(operation_add(t, &r->o));
	r->s = (struct step){
		.operation = r->o.id, .wallet = r->w.id, .state = STEP_PLANNED, .text = ""
	};
	return step_add(t, &r->s);
}

static void rig_open_with(struct rig *r, enum op_kind kind)
{
	memset(r, 0, sizeof(*r));
	r->kind = kind;
	fixture_open(&r->f, (struct store_options){ .no_lane_thread = true });
	assert_ok(&r->f, fixture_lane(&r->f, set_up, r));
}

static void rig_open(struct rig *r)
{
	rig_open_with(r, OP_FUND);
}

static struct intent an_intent(const struct rig *r, uint64_t nonce)
{
	return (struct intent){ .operation = r->o.id,
				.step = r->s.id,
				.wallet = r->w.id,
				.chain_id = CHAIN,
				.purpose = PURPOSE_FUND,
				.dest = r->v.addr,
				.value = wei_u64(5),
				.has_nonce = true,
				.nonce = nonce,
				.state = TX_SIGNED,
				.text = "" };
}

static enum err add_intent(struct turn *t, void *arg)
{
	return intent_add(t, arg);
}

static enum err save_intent(struct turn *t, void *arg)
{
	return intent_save(t, arg);
}

static enum err add_attempt(struct turn *t, void *arg)
{
	return attempt_add(t, arg);
}

static enum err save_attempt(struct turn *t, void *arg)
{
	return attempt_save(t, arg);
}

static enum err hand(struct turn *t, void *arg)
{
	return attempt_hand(t, arg);
}

static enum err save_op(struct turn *t, void *arg)
{
	return operation_save(t, arg);
}

static enum err save_step(struct turn *t, void *arg)
{
	return step_save(t, arg);
}

static enum err set_account(struct turn *t, void *arg)
{
	const struct rig *r = arg;
	struct account a = { wei_u64(1), 4, 1000, 10 };

	return account_set(t, r->w.id, &a);
}

/* ---- nonces ---- */

static void the_next_nonce_is_the_higher_of_chain_and_rows_and_unknown_means_wait(void **state)
{
	struct rig r;
	uint64_t nonce;

	(void)state;
	rig_open(&r);
	assert_fails(&r.f, intent_next_nonce(fixture_turn(&r.f), r.w.id, CHAIN, &nonce), ERR_AWAY,
		     "never heard");
	assert_ok(&r.f, fixture_lane(&r.f, set_account, &r));
	assert_ok(&r.f, intent_next_nonce(fixture_turn(&r.f), r.w.id, CHAIN, &nonce));
	assert_int_equal(nonce, 4);
	struct intent i = an_intent(&r, 7);

	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
	assert_ok(&r.f, intent_next_nonce(fixture_turn(&r.f), r.w.id, CHAIN, &nonce));
	assert_int_equal(nonce, 8);
	/* Another chain's rows say nothing here. */
	assert_ok(&r.f, intent_next_nonce(fixture_turn(&r.f), r.w.id, CHAIN + 1, &nonce));
	assert_int_equal(nonce, 4);
	fixture_close(&r.f);
}

static void one_nonce_has_one_row_and_one_step_one_live_intent(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	struct intent i = an_intent(&r, 0), twin = an_intent(&r, 1), thief = an_intent(&r, 0);

	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
	assert_fails(&r.f, fixture_lane(&r.f, add_intent, &twin), ERR_EXISTS, "live transaction");
	thief.step = thief.operation = 0;
	assert_int_equal(fixture_lane(&r.f, add_intent, &thief), ERR_EXISTS);
	/* A review still is live: nothing is ordered beside it. */
	i.state = TX_REVIEW;
	assert_ok(&r.f, fixture_lane(&r.f, save_intent, &i));
	assert_int_equal(fixture_lane(&r.f, add_intent, &twin), ERR_EXISTS);
	i.state = TX_CONFIRMED;
	assert_ok(&r.f, fixture_lane(&r.f, save_intent, &i));
	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &twin));
	fixture_close(&r.f);
}

static void every_state_of_an_attempt_can_be_stored(void **state)
{
	static const enum tx_state states[] = { TX_SIGNED,    TX_UNKNOWN,    TX_IN_POOL,
						TX_MINED,     TX_CONFIRMED,  TX_REVERTED,
						TX_CANCELLED, TX_SUPERSEDED, TX_REVIEW };
	struct rig r;

	(void)state;
	rig_open(&r);
	struct intent i = an_intent(&r, 0);

	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
	struct attempt a = { .kind = ATTEMPT_ORDER,
			     .intent = i.id,
			     .state = TX_SIGNED,
			     .raw = { (const uint8_t *)"x", 1 },
			     .said = "" };

	assert_ok(&r.f, fixture_lane(&r.f, add_attempt, &a));
	for (size_t k = 0; k < sizeof(states) / sizeof(states[0]); k++) {
		a.state = i.state = states[k];
		assert_ok(&r.f, fixture_lane(&r.f, save_attempt, &a));
		assert_ok(&r.f, fixture_lane(&r.f, save_intent, &i));
	}
	fixture_close(&r.f);
}

static void texts_of_any_length_are_cut_and_break_no_commit(void **state)
{
	struct rig r;
	static char text[6000];

	(void)state;
	rig_open(&r);
	for (size_t k = 0; k + 3 < sizeof(text); k += 3)
		memcpy(text + k, "\xe2\x82\xac", 3);
	struct intent i = an_intent(&r, 0);

	i.text = text;
	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
	assert_ok(&r.f, fixture_lane(&r.f, save_intent, &i));
	struct attempt a = { .kind = ATTEMPT_ORDER,
			     .intent = i.id,
			     .state = TX_SIGNED,
			     .raw = { (const uint8_t *)"x", 1 },
			     .said = text };

	assert_ok(&r.f, fixture_lane(&r.f, add_attempt, &a));
	assert_ok(&r.f, fixture_lane(&r.f, save_attempt, &a));
	r.o.text = r.o.warnings = r.s.text = text;
	assert_ok(&r.f, fixture_lane(&r.f, save_op, &r.o));
	assert_ok(&r.f, fixture_lane(&r.f, save_step, &r.s));
	struct operation got;

	assert_ok(&r.f, operation_get(fixture_turn(&r.f), r.o.id, &got));
	assert_int_equal(strlen(got.text), 399); /* at a whole character */
	assert_int_equal(strlen(got.warnings), 3999);
	fixture_close(&r.f);
}

static void a_text_that_is_not_there_is_empty(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	r.o.text = r.s.text = NULL;
	assert_ok(&r.f, fixture_lane(&r.f, save_op, &r.o));
	assert_ok(&r.f, fixture_lane(&r.f, save_step, &r.s));
	fixture_close(&r.f);
}

/* ---- steps ---- */

static size_t due(struct rig *r, bool any)
{
	struct step *s;
	size_t n;

	assert_ok(&r->f, any ? step_due_any(fixture_turn(&r->f), r->o.id, 10, &s, &n)
			     : step_due(fixture_turn(&r->f), r->o.id, 10, &s, &n));
	return n;
}

static void a_step_is_due_in_time_and_only_without_a_live_intent(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	assert_int_equal(due(&r, false), 1);
	r.s.next_ms = fixture_turn(&r.f)->now_ms + 60000;
	assert_ok(&r.f, fixture_lane(&r.f, save_step, &r.s));
	assert_int_equal(due(&r, false), 0);
	assert_int_equal(due(&r, true), 1);
	r.s.next_ms = 0;
	r.s.state = STEP_BLOCKED;
	assert_ok(&r.f, fixture_lane(&r.f, save_step, &r.s));
	assert_int_equal(due(&r, false), 1);
	struct intent i = an_intent(&r, 0);

	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
	assert_int_equal(due(&r, false) + due(&r, true), 0);
	bool open;

	assert_ok(&r.f, step_any_open(fixture_turn(&r.f), r.o.id, &open));
	assert_true(open); /* it is under way */
	i.state = TX_REVERTED;
	assert_ok(&r.f, fixture_lane(&r.f, save_intent, &i));
	assert_int_equal(due(&r, false), 1);
	r.s.state = STEP_DONE;
	assert_ok(&r.f, fixture_lane(&r.f, save_step, &r.s));
	assert_int_equal(due(&r, false), 0);
	assert_ok(&r.f, step_any_open(fixture_turn(&r.f), r.o.id, &open));
	assert_false(open);
	fixture_close(&r.f);
}

static enum err add_step(struct turn *t, void *arg)
{
	return step_add(t, arg);
}

static void one_operation_has_one_step_a_wallet(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	struct step twin = r.s;

	assert_int_equal(fixture_lane(&r.f, add_step, &twin), ERR_EXISTS);
	fixture_close(&r.f);
}

static void an_operation_of_an_old_version_is_stale(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r);
	struct operation old = r.o;

	assert_ok(&r.f, fixture_lane(&r.f, save_op, &r.o));
	assert_fails(&r.f, fixture_lane(&r.f, save_op, &old), ERR_STALE, "read it again");
	fixture_close(&r.f);
}

static void live_operations_come_page_by_page(void **state)
{
	struct rig r;
	struct operation *o;
	size_t n;

	(void)state;
	rig_open(&r);
	assert_ok(&r.f, operation_live(fixture_turn(&r.f), OP_RUNNING, 0, 10, &o, &n));
	assert_int_equal(n, 1);
	assert_ok(&r.f, operation_live(fixture_turn(&r.f), OP_RUNNING, r.o.id, 10, &o, &n));
	assert_int_equal(n, 0);
	assert_ok(&r.f, operation_live(fixture_turn(&r.f), OP_PLANNED, 0, 10, &o, &n));
	assert_int_equal(n, 0);
	fixture_close(&r.f);
}

/* ---- what is on its way ---- */

static void what_the_balance_holds_already_is_not_on_its_way(void **state)
{
	struct rig r;
	struct incoming in;

	(void)state;
	rig_open(&r);
	struct intent i = an_intent(&r, 0);

	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
	assert_ok(&r.f, intent_incoming(fixture_turn(&r.f), r.v.addr, 50, &in));
	assert_int_equal(wei_cmp(in.sum, wei_u64(5)), 0);
	assert_int_equal(in.moving, 1);
	i.state = TX_MINED;
	i.block = 40;
	assert_ok(&r.f, fixture_lane(&r.f, save_intent, &i));
	assert_ok(&r.f, intent_incoming(fixture_turn(&r.f), r.v.addr, 39, &in));
	assert_int_equal(in.moving, 1);
	assert_ok(&r.f, intent_incoming(fixture_turn(&r.f), r.v.addr, 40, &in));
	assert_int_equal(in.moving, 0);
	assert_true(wei_is_zero(in.sum));
	i.state = TX_REVIEW;
	i.block = 0;
	assert_ok(&r.f, fixture_lane(&r.f, save_intent, &i));
	assert_ok(&r.f, intent_incoming(fixture_turn(&r.f), r.v.addr, 50, &in));
	assert_int_equal(in.moving, 0);
	assert_int_equal(wei_cmp(in.sum, wei_u64(5)), 0);
	fixture_close(&r.f);
}

static void what_was_spent_today_counts_funding_that_may_have_happened(void **state)
{
	struct rig r;
	struct wei sum;

	(void)state;
	rig_open(&r);
	struct intent i = an_intent(&r, 0);

	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
	assert_ok(&r.f, intent_spent_since(fixture_turn(&r.f), i.created_ms, &sum));
	assert_int_equal(wei_cmp(sum, wei_u64(5)), 0);
	assert_ok(&r.f, intent_spent_since(fixture_turn(&r.f), i.created_ms + 1, &sum));
	assert_true(wei_is_zero(sum));
	struct attempt a = { .kind = ATTEMPT_ORDER,
			     .intent = i.id,
			     .state = TX_REVERTED,
			     .raw = { (const uint8_t *)"x", 1 },
			     .said = "" };

	assert_ok(&r.f, fixture_lane(&r.f, add_attempt, &a));
	a.watch_ms = 1;
	assert_ok(&r.f, fixture_lane(&r.f, save_attempt, &a));
	i.state = TX_REVERTED;
	assert_ok(&r.f, fixture_lane(&r.f, save_intent, &i));
	assert_ok(&r.f, intent_spent_since(fixture_turn(&r.f), i.created_ms, &sum));
	assert_int_equal(wei_cmp(sum, wei_u64(5)), 0); /* the chain may change its mind */
	a.watch_ms = 0;
	assert_ok(&r.f, fixture_lane(&r.f, save_attempt, &a));
	assert_ok(&r.f, intent_spent_since(fixture_turn(&r.f), i.created_ms, &sum));
	assert_true(wei_is_zero(sum));
	fixture_close(&r.f);
}

static void transactions_are_listed_by_wallet_operation_and_state(void **state)
{
	struct rig r;
	struct intent *list;
	size_t n;

	(void)state;
	rig_open(&r);
	struct intent i = an_intent(&r, 0), own = an_intent(&r, 1);

	own.operation = own.step = 0;
	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
	assert_ok(&r.f, fixture_lane(&r.f, add_intent, &own));
	const struct {
		struct intent_filter filter;
		size_t n;
	} want[] = {
		{ { 0 }, 2 },
		{ { .wallet = r.w.id }, 2 },
		{ { .wallet = r.v.id }, 0 },
		{ { .operation = r.o.id }, 1 },
		{ { .wallet = r.w.id, .operation = r.o.id }, 1 },
		{ { .states = 1u << TX_SIGNED }, 2 },
		{ { .operation = r.o.id, .states = 1u << TX_MINED }, 0 },
	};

	for (size_t k = 0; k < sizeof(want) / sizeof(want[0]); k++) {
		assert_ok(&r.f, intent_list(fixture_turn(&r.f), &want[k].filter, 0, 10, &list, &n));
		assert_int_equal(n, want[k].n);
	}
	assert_ok(&r.f, intent_list(fixture_turn(&r.f), &want[0].filter, 0, 1, &list, &n));
	assert_int_equal(list[0].id, own.id); /* the newest first */
	assert_ok(&r.f, intent_list(fixture_turn(&r.f), &want[0].filter, own.id, 10, &list, &n));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].id, i.id);
	fixture_close(&r.f);
}

/* ---- what goes out ---- */

static void only_what_was_never_handed_out_can_be_withdrawn_and_only_from_the_top(void **state)
{
	struct rig r;
	struct attempt a[4];
	struct intent *list;
	uint64_t *nonces;
	size_t n;

	(void)state;
	rig_open(&r);
	for (uint64_t k = 0; k < 4; k++) {
		struct intent i = an_intent(&r, k);

		i.operation = i.step = 0;
		assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
		a[k] = (struct attempt){ .kind = ATTEMPT_ORDER,
					 .intent = i.id,
					 .state = TX_SIGNED,
					 .hash = { { (uint8_t)k } },
					 .raw = { (const uint8_t *)"x", 1 },
					 .said = "" };
		assert_ok(&r.f, fixture_lane(&r.f, add_attempt, &a[k]));
	}
	assert_ok(&r.f, intent_unsent(fixture_turn(&r.f), r.w.id, CHAIN, 10, &list, &n));
	assert_int_equal(n, 4);
	assert_int_equal(list[0].nonce, 3);
	assert_ok(&r.f, fixture_lane(&r.f, hand, &a[1]));
	assert_ok(&r.f, intent_unsent(fixture_turn(&r.f), r.w.id, CHAIN, 10, &list, &n));
	assert_int_equal(n, 2); /* 3 and 2; 0 stands below what was sent */
	assert_ok(&r.f, attempt_waiting_nonces(fixture_turn(&r.f), r.w.id, 10, &nonces, &n));
	assert_int_equal(n, 3);
	assert_true(nonces[0] == 0 && nonces[1] == 2 && nonces[2] == 3);
	fixture_close(&r.f);
}

static size_t going(struct rig *r, bool firsts)
{
	struct attempt *a;
	size_t n;

	assert_ok(&r->f, attempt_due(fixture_turn(&r->f), firsts, 10, &a, &n));
	return n;
}

struct stopping {
	enum pause_kind kind;
	const char *scope;
	struct pause out;
};

static enum err stop(struct turn *t, void *arg)
{
	struct stopping *s = arg;

	return pause_add(t, s->kind, s->scope, "", &s->out);
}

static enum err lift(struct turn *t, void *arg)
{
	size_t n;

	return pause_lift(t, arg, &n);
}

/* The same rule as core's stop_holds, for every kind of operation, pause and scope. */
static void a_first_broadcast_is_held_by_kind_epoch_and_scope(void **state)
{
	static const struct {
		enum op_kind kind; /* 0: the engine's own */
		enum pause_kind pause;
		const char *scope;
		bool run_after;
		bool held;
	} cases[] = {
		{ 0, PAUSE_PLAIN, "fleet", false, true },
		{ 0, PAUSE_LOCKDOWN, "fleet", false, true },
		{ 0, PAUSE_PLAIN, "wallets/a", false, true },
		{ 0, PAUSE_PLAIN, "wallets/b", false, false },
		{ OP_FUND, PAUSE_PLAIN, "fleet", false, true },
		{ OP_FUND, PAUSE_PLAIN, "fleet", true, false },
		{ OP_FUND, PAUSE_LOCKDOWN, "fleet", true, true },
		{ OP_FUND, PAUSE_PLAIN, "wallets/a", false, true },
		{ OP_FUND, PAUSE_PLAIN, "wallets/b", false, false },
		{ OP_EXTRACT, PAUSE_PLAIN, "fleet", false, true },
		{ OP_EXTRACT, PAUSE_PLAIN, "fleet", true, false },
		{ OP_EXTRACT, PAUSE_LOCKDOWN, "fleet", false, false },
		{ OP_EVACUATE, PAUSE_LOCKDOWN, "wallets/a", false, false },
		{ OP_ROTATE, PAUSE_LOCKDOWN, "fleet", true, true },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		struct stopping s = { cases[k].pause, cases[k].scope, { 0 } };
		struct rig r;

		rig_open_with(&r, cases[k].kind ? cases[k].kind : OP_FUND);
		struct intent i = an_intent(&r, 0);

		if (cases[k].kind == 0)
			i.operation = i.step = 0;
		assert_ok(&r.f, fixture_lane(&r.f, add_intent, &i));
		struct attempt a = { .kind = ATTEMPT_ORDER,
				     .intent = i.id,
				     .state = TX_SIGNED,
				     .raw = { (const uint8_t *)"x", 1 },
				     .said = "" };

		assert_ok(&r.f, fixture_lane(&r.f, add_attempt, &a));
		assert_int_equal(going(&r, true), 1);
		assert_int_equal(going(&r, false), 0);
		assert_ok(&r.f, fixture_lane(&r.f, stop, &s));
		if (cases[k].run_after)
			r.o.run_epoch = s.out.id;
		assert_ok(&r.f, fixture_lane(&r.f, save_op, &r.o));
		assert_int_equal(going(&r, true), !cases[k].held);
		/* What was handed out before goes out again, whatever holds. */
		assert_ok(&r.f, fixture_lane(&r.f, hand, &a));
		assert_int_equal(going(&r, false), 1);
		assert_ok(&r.f, fixture_lane(&r.f, lift, (void *)(uintptr_t)cases[k].scope));
		assert_int_equal(going(&r, true), 1);
		fixture_close(&r.f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_next_nonce_is_the_higher_of_chain_and_rows_and_unknown_means_wait),
		cmocka_unit_test(one_nonce_has_one_row_and_one_step_one_live_intent),
		cmocka_unit_test(every_state_of_an_attempt_can_be_stored),
		cmocka_unit_test(texts_of_any_length_are_cut_and_break_no_commit),
		cmocka_unit_test(a_text_that_is_not_there_is_empty),
		cmocka_unit_test(a_step_is_due_in_time_and_only_without_a_live_intent),
		cmocka_unit_test(one_operation_has_one_step_a_wallet),
		cmocka_unit_test(an_operation_of_an_old_version_is_stale),
		cmocka_unit_test(live_operations_come_page_by_page),
		cmocka_unit_test(what_the_balance_holds_already_is_not_on_its_way),
		cmocka_unit_test(what_was_spent_today_counts_funding_that_may_have_happened),
		cmocka_unit_test(transactions_are_listed_by_wallet_operation_and_state),
		cmocka_unit_test(
			only_what_was_never_handed_out_can_be_withdrawn_and_only_from_the_top),
		cmocka_unit_test(a_first_broadcast_is_held_by_kind_epoch_and_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
