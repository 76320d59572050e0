/* Whatever answers and receipts come, in whatever order, the journal stays one story: no illegal
 * move, no second nonce, nothing final that changes unless the chain takes it back, and what was
 * mined wins in the end. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/core/fleet.h"
#include "server/core/journal.h"
#include "server/core/shared.h"
#include "server/core/wallet.h"
#include "server/eth/key.h"
#include "store/base/wei.h"
#include "store/chain.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

enum { CHAIN = 31337, INTENTS = 6, EVENTS = 400, SEEDS = 12 };

static struct fixture f;
static struct policy pol;
static struct keyring *keys;
static struct shared all = { .policy = &pol };
static struct wallet w;
static int64_t now;
static uint64_t seed;

static uint64_t chance(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

static enum err in_lane(store_fn *fn, void *arg)
{
	struct turn *t = fixture_turn(&f);

	t->now_ms = now;
	return lane_run(t, fn, arg);
}

static enum err add_wallet(struct turn *t, void *arg)
{
	return wallet_add_prepared(t, arg, 1, "wallets.imported");
}

static void open_store(void)
{
	struct bytes sealed;
	struct wallet *made;

	now = INT64_C(1700000000000);
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	struct turn *t = fixture_turn(&f);

	assert_ok(&f,
		  keyring_create_at(t, (struct keyring_cost){ 4, 1, 1 }, "p", 1, &sealed, &keys));
	policy_defaults(&pol, CHAIN);
	pol.confirmations = 3;
	all.keyring = keys;
	shared_set(&all);
	SECRET struct secret key;

	key_random(t, &key);
	struct import_ask ask = {
		.name = "a", .key = &key, .profile = "", .enabled = true, .role = WALLET_FLEET
	};

	assert_ok(&f, wallet_prepare_imported(t, &ask, 1, "wallet", &made));
	assert_ok(&f, lane_run(t, add_wallet, made));
	assert_ok(&f, wallet_get(fixture_turn(&f), "a", &w));
}

static void close_store(void)
{
	keyring_close(keys);
	fixture_close(&f);
}

static enum err order_all(struct turn *t, void *arg)
{
	struct account account = { wei_mul_sat(wei_u64(1000000000000000000u), 10), 0, t->now_ms,
				   100 };
	struct purse p;
	struct intent i;

	(void)arg;
	TRY(account_set(t, w.id, &account));
	TRY(purse_open(t, w.id, &p));
	for (int k = 0; k < INTENTS; k++) {
		struct order o = { .purpose = PURPOSE_ACTION,
				   .dest = { { 0xc0 } },
				   .value = wei_u64(1),
				   .gas = 21000,
				   .fees = { wei_u64(1000000000), wei_u64(1) } };

		TRY(journal_order(t, &p, &o, &i));
	}
	return OK;
}

struct handing {
	struct attempt *a;
	size_t n;
	bool more;
};

static enum err hand_out(struct turn *t, void *arg)
{
	struct handing *h = arg;

	return journal_hand_out(t, 100, &h->a, &h->n, &h->more);
}

static enum err answer(struct turn *t, void *arg)
{
	return journal_answer(t, arg);
}

static enum err sight(struct turn *t, void *arg)
{
	return journal_sighting(t, arg);
}

static const char *any_refusal(void)
{
	static const char *const texts[] = { "already known",
					     "nonce too low",
					     "txpool is full",
					     "insufficient funds",
					     "what?",
					     "invalid chain id",
					     "replacement transaction underpriced" };

	return texts[chance(sizeof(texts) / sizeof(texts[0]))];
}

/* One thing that a world may do to one attempt. */
static void something_happens(int64_t attempt, uint64_t head)
{
	struct answer a = { .attempt = attempt,
			    .heard = (enum heard)chance(4),
			    .code = -32000,
			    .message = any_refusal(),
			    .endpoint = "e" };
	struct sighting s = { .attempt = attempt,
			      .head = head - chance(3),
			      .mined = chance(3) == 0,
			      .block = head - chance(4),
			      .succeeded = chance(4) != 0,
			      .fee = wei_u64(21000),
			      .nonce_known = chance(2) == 0,
			      .nonce = chance(INTENTS + 1) };

	if (chance(2) == 0)
		assert_ok(&f, in_lane(answer, &a));
	else
		assert_ok(&f, in_lane(sight, &s));
}

static void check_story(enum tx_state *last)
{
	struct turn *t = fixture_turn(&f);

	for (int64_t id = 1; id <= INTENTS; id++) {
		struct intent i;
		struct attempt *a;
		size_t n;

		assert_ok(&f, intent_get(t, id, &i));
		assert_ok(&f, attempt_list(t, id, 4, &a, &n));
		assert_int_equal(n, 1);
		assert_int_equal(a->state, i.state);
		assert_true(i.has_nonce && i.nonce == (uint64_t)id - 1);
		if (tx_is_final(last[id]) && i.state != last[id])
			assert_true(i.undone != 0); /* the chain took it back */
		if (i.state == TX_CONFIRMED || i.state == TX_REVERTED || i.state == TX_MINED)
			assert_true(i.block > 0);
		last[id] = i.state;
	}
}

static void any_order_of_answers_and_receipts_is_one_story(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= SEEDS; s++) {
		enum tx_state last[INTENTS + 1] = { 0 };
		struct handing h;

		seed = s;
		open_store();
		assert_ok(&f, in_lane(order_all, NULL));
		for (int e = 0; e < EVENTS; e++) {
			now += (int64_t)chance(3000);
			assert_ok(&f, in_lane(hand_out, &h));
			something_happens((int64_t)chance(INTENTS) + 1, 200 + (uint64_t)e / 10);
			if (e % 16 == 0)
				check_story(last);
			if (e % 100 == 99)
				assert_ok(&f, fixture_reopen(&f));
		}
		/* At last every one of them is seen, deep enough. */
		for (int64_t id = 1; id <= INTENTS; id++) {
			struct sighting seen = { .attempt = id,
						 .mined = true,
						 .head = 1000,
						 .block = 900,
						 .succeeded = true,
						 .fee = wei_u64(21000) };

			assert_ok(&f, in_lane(sight, &seen));
		}
		check_story(last);
		for (int64_t id = 1; id <= INTENTS; id++)
			assert_true(tx_is_final(last[id]));
		close_store();
	}
}

/* ---- what no table has ---- */

static enum err forbidden_move(struct turn *t, void *arg)
{
	struct intent i;

	(void)arg;
	TRY(intent_get(t, 1, &i));
	return intent_move(t, &i, TX_CONFIRMED, "by nobody's leave");
}

static void a_move_that_no_table_has_ends_the_process_here(void **state)
{
	int how;

	(void)state;
	open_store();
	assert_ok(&f, in_lane(order_all, NULL));
	(void)fflush(NULL);
	pid_t child = fork();

	if (child == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		(void)in_lane(forbidden_move, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &how, 0), child);
	assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT);
	close_store();
}

/* ---- handing out ---- */

static void nothing_is_handed_out_twice_as_a_first_and_none_before_a_lower_nonce(void **state)
{
	struct handing h;
	struct answer not_sent = {
		.attempt = 1, .heard = HEARD_NOT_SENT, .message = "refused", .first = true
	};

	(void)state;
	open_store();
	assert_ok(&f, in_lane(order_all, NULL));
	assert_ok(&f, in_lane(hand_out, &h));
	assert_int_equal(h.n, INTENTS);
	for (size_t i = 0; i < h.n; i++) {
		assert_int_equal(h.a[i].first_ms, 0);
		assert_int_equal(h.a[i].nonce, i);
	}
	/* The first never left this machine: it waits, and what was handed out goes again. */
	assert_ok(&f, in_lane(answer, &not_sent));
	assert_ok(&f, in_lane(hand_out, &h));
	for (size_t i = 0; i < h.n; i++)
		assert_true(h.a[i].first_ms > 0);
	close_store();

	open_store();
	assert_ok(&f, in_lane(order_all, NULL));
	struct attempt a;

	assert_ok(&f, attempt_get(fixture_turn(&f), 1, &a));
	not_sent.first = true;
	assert_ok(&f, in_lane(answer, &not_sent)); /* due a second later than the others */
	assert_ok(&f, in_lane(hand_out, &h));
	assert_int_equal(h.n, 0); /* all stand behind it */
	now += 1000;
	assert_ok(&f, in_lane(hand_out, &h));
	assert_true(h.n >= 1);
	close_store();
}

/* ---- who may lift what ---- */

struct asking {
	const char *actor;
	bool admin, changed;
	enum pause_kind kind;
};

static enum err pause_as(struct turn *t, void *arg)
{
	const struct asking *a = arg;
	struct pause p;

	t->actor = a->actor;
	return fleet_pause(t, "", a->kind, "why", &p);
}

static enum err resume_as(struct turn *t, void *arg)
{
	struct asking *a = arg;

	t->actor = a->actor;
	return fleet_resume(t, "", "", a->admin, &a->changed);
}

static void many_small_pauses_do_not_hide_a_lockdown_or_somebody_elses_pause(void **state)
{
	struct asking boss = { .actor = "boss", .admin = true, .kind = PAUSE_LOCKDOWN },
		      loop = { .actor = "loopback", .kind = PAUSE_PLAIN },
		      op = { .actor = "operator", .kind = PAUSE_PLAIN };
	enum fleet_state now_is;

	(void)state;
	open_store();
	assert_ok(&f, in_lane(pause_as, &boss));
	for (int i = 0; i < 40; i++)
		assert_ok(&f, in_lane(pause_as, &loop));
	assert_ok(&f, fleet_state_now(fixture_turn(&f), &now_is));
	assert_int_equal(now_is, FLEET_LOCKDOWN);
	assert_fails(&f, in_lane(resume_as, &loop), ERR_DENIED, "lockdown by boss");
	assert_fails(&f, in_lane(resume_as, &op), ERR_DENIED, "lockdown by boss");
	struct errand fund = { .home = false, .run_epoch = INT64_MAX };

	assert_fails(&f, stop_check(fixture_turn(&f), &fund, "a"), ERR_REFUSED, "locked down");
	assert_ok(&f, in_lane(resume_as, &boss));
	assert_true(boss.changed);

	assert_ok(&f, in_lane(pause_as, &op));
	for (int i = 0; i < 40; i++)
		assert_ok(&f, in_lane(pause_as, &loop));
	assert_fails(&f, in_lane(resume_as, &loop), ERR_DENIED, "paused by operator");
	assert_ok(&f, in_lane(resume_as, &op));
	assert_ok(&f, fleet_state_now(fixture_turn(&f), &now_is));
	assert_int_equal(now_is, FLEET_RUNNING);
	assert_ok(&f, in_lane(resume_as, &op));
	assert_false(op.changed);
	close_store();
}

static enum err open_purse(struct turn *t, void *arg)
{
	return purse_open(t, w.id, arg);
}

/* Case 41: on a fast chain a block comes between the look and the lane, always. What it took is
 * known from the journal, so the purse is not too old to be spent from. */
static void a_balance_read_before_the_last_block_is_spent_from_with_what_the_block_took(
	void **state)
{
	struct handing h;
	struct purse p;

	(void)state;
	open_store();
	assert_ok(&f, in_lane(order_all, NULL));
	assert_ok(&f, in_lane(hand_out, &h));
	assert_int_equal(h.n, INTENTS);
	for (int64_t id = 1; id <= INTENTS; id++) {
		struct sighting s = { .attempt = id,
				      .head = 104,
				      .mined = true,
				      .block = 101,
				      .succeeded = id > 1,
				      .fee = wei_u64(21000) };

		assert_ok(&f, in_lane(sight, &s));
	}
	assert_ok(&f, in_lane(open_purse, &p));
	assert_int_equal(p.live, 0);
	assert_int_equal(p.last_block, 101);
	assert_int_equal(p.wallet.account.seen_block, 100);
	/* All paid their fees, all but the one that failed their value. */
	struct wei took = wei_u64(INTENTS * 21000 + INTENTS - 1);

	assert_int_equal(wei_cmp(p.available, wei_sub_sat(p.wallet.account.balance, took)), 0);
	close_store();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_balance_read_before_the_last_block_is_spent_from_with_what_the_block_took),
		cmocka_unit_test(any_order_of_answers_and_receipts_is_one_story),
		cmocka_unit_test(a_move_that_no_table_has_ends_the_process_here),
		cmocka_unit_test(
			nothing_is_handed_out_twice_as_a_first_and_none_before_a_lower_nonce),
		cmocka_unit_test(many_small_pauses_do_not_hide_a_lockdown_or_somebody_elses_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
