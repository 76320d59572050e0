#include "tests/support/stage.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/chain.h"
#include "server/core/fleet.h"
#include "server/core/journal.h"
#include "server/core/wallet.h"
#include "server/eth/key.h"
#include "server/sched/sched.h"
#include "store/base/wei.h"
#include "store/safe_list.h"
#include "tests/support/test.h"

enum { CHAIN_ID = 31337, GO_ON_MOST = 200, PAGE = 500 };

static const struct keyring_cost cheap = { 4, 1, 1 };

struct turn *stage_turn(struct stage *w)
{
	struct turn *t = fixture_turn(&w->f);

	t->now_ms = w->now_ms;
	if (w->chance.fill)
		t->chance = w->chance;
	return t;
}

enum err stage_lane(struct stage *w, store_fn *fn, void *arg)
{
	return lane_run(stage_turn(w), fn, arg);
}

/* ---- opening ---- */

static void jobs_new(struct stage *w)
{
	struct el_options o = { 0 };

	assert_ok(&w->f, jobs_open(stage_turn(w), (struct endpoints *)(void *)w->chain, &o, NULL, 0,
				   &w->jobs));
}

struct adding {
	struct wallet *w;
	size_t n;
};

static enum err add(struct turn *t, void *arg)
{
	struct adding *a = arg;

	return wallet_add_prepared(t, a->w, a->n, "wallets.imported");
}

static void add_wallets(struct stage *w, size_t n, enum wallet_role role)
{
	struct turn *t = stage_turn(w);
	struct import_ask *asks = turn_array(t, n, sizeof(*asks));
	struct secret *keys = turn_array(t, n, sizeof(*keys));
	struct adding a = { .n = n };

	for (size_t i = 0; i < n; i++) {
		key_random(t, &keys[i]);
		asks[i] = (struct import_ask){
			.name = role == WALLET_FUNDER ? "funder"
						      : turn_printf(t, "w-%03zu", w->n_wallets + i),
			.key = &keys[i],
			.profile = "",
			.enabled = true,
			.role = role,
		};
	}
	assert_ok(&w->f, wallet_prepare_imported(t, asks, n, "wallet", &a.w));
	if (role == WALLET_FUNDER)
		w->funder = a.w[0].addr;
	else
		for (size_t i = 0; i < n; i++)
			w->wallets[w->n_wallets++] = a.w[i].addr;
	assert_ok(&w->f, lane_run(t, add, &a));
}

static enum err put_safe(struct turn *t, void *arg)
{
	struct safe_address s = { .chain_id = CHAIN_ID,
				  .addr = *(struct eth_addr *)arg,
				  .label = "home",
				  .state = SAFE_ACTIVE,
				  .actor = "tester" };

	return safe_put(t, &s);
}

static enum err hear_chain(struct turn *t, void *arg)
{
	struct fake_chain *c = arg;
	struct chain now = { .chain_id = c->chain_id,
			     .genesis = { { 1 } },
			     .head = c->head - c->lag,
			     .head_ms = t->now_ms,
			     .base_fee = c->base_fee,
			     .tip = c->tip,
			     .seen_ms = t->now_ms };

	return chain_heard(t, &now);
}

void stage_open(struct stage *w, size_t n)
{
	stage_open_by(w, n, (struct chance){ 0 }, (struct store_options){ 0 });
}

void stage_open_by(struct stage *w, size_t n, struct chance chance, struct store_options o)
{
	struct bytes sealed;

	memset(w, 0, sizeof(*w));
	w->chance = chance;
	w->now_ms = INT64_C(1700000000000);
	o.no_lane_thread = true;
	fixture_open(&w->f, o);
	w->chain = calloc(1, sizeof(*w->chain));
	w->wallets = calloc(n ? n : 1, sizeof(*w->wallets));
	assert_non_null(w->chain);
	assert_non_null(w->wallets);
	fake_chain_init(w->chain, CHAIN_ID);
	w->chain->time_ms = w->now_ms;
	policy_defaults(&w->policy, CHAIN_ID);
	w->policy.funder = "funder";
	w->policy.engine = false;
	w->policy.require_backup = false;
	assert_ok(&w->f, keyring_create_at(stage_turn(w), cheap, "pass", 4, &sealed, &w->keyring));
	w->shared = (struct shared){ .policy = &w->policy, .keyring = w->keyring };
	shared_set(&w->shared);
	add_wallets(w, 1, WALLET_FUNDER);
	for (size_t at = 0; at < n; at += PAGE)
		add_wallets(w, n - at < PAGE ? n - at : PAGE, WALLET_FLEET);
	memset(w->safe.b, 0x5a, sizeof(w->safe.b));
	assert_ok(&w->f, stage_lane(w, put_safe, &w->safe));
	fake_account(w->chain, w->funder)->balance =
		wei_mul_sat(wei_u64(1000000000000000000u), 1000);
	assert_ok(&w->f, stage_lane(w, hear_chain, w->chain));
	jobs_new(w);
}

void stage_close(struct stage *w)
{
	jobs_close(w->jobs);
	keyring_close(w->keyring);
	fixture_close(&w->f);
	fake_chain_clear(w->chain);
	free(w->chain);
	free(w->wallets);
}

void stage_crash(struct stage *w)
{
	jobs_close(w->jobs);
	assert_ok(&w->f, fixture_reopen(&w->f));
	jobs_new(w);
}

/* ---- time ---- */

enum err stage_job_once(struct stage *w, enum job_id job)
{
	size_t n;
	const struct job *row = &jobs_rows(&n)[job];
	bool more;

	return sched_run_once(stage_turn(w), row, w->jobs, &more);
}

enum err stage_job(struct stage *w, enum job_id job)
{
	size_t n;
	const struct job *row = &jobs_rows(&n)[job];
	enum err e = OK;
	bool more = true;

	for (int i = 0; more; i++) {
		if (i == GO_ON_MOST)
			fail_msg("job %s goes on for ever\n", row->name);
		e = sched_run_once(stage_turn(w), row, w->jobs, &more);
		if (w->crash_often)
			stage_crash(w);
	}
	return e;
}

static void run(struct stage *w, enum job_id job)
{
	if (w->dead_jobs & 1u << job)
		return;
	enum err e = stage_job(w, job);

	if (e != OK && e != ERR_AWAY)
		fixture_ok(&w->f, e, __FILE__, __LINE__);
}

void stage_pass(struct stage *w, int64_t ms)
{
	w->now_ms += ms;
	w->chain->time_ms = w->now_ms;
	if (!w->chain->away)
		assert_ok(&w->f, stage_lane(w, hear_chain, w->chain));
}

void stage_tick(struct stage *w, int64_t ms)
{
	static const enum job_id in_turn[] = { JOB_PLAN,     JOB_DRIVE, JOB_SEND,
					       JOB_RECEIPTS, JOB_DRIVE, JOB_SEND };

	stage_pass(w, ms);
	for (size_t i = 0; i < sizeof(in_turn) / sizeof(in_turn[0]); i++)
		run(w, in_turn[i]);
	fake_chain_mine(w->chain);
	run(w, JOB_RECEIPTS);
	run(w, JOB_REPLACE);
	if (w->policy.engine)
		run(w, JOB_ENGINE);
	run(w, JOB_ACCOUNTS);
}

struct operation stage_op(struct stage *w, int64_t op)
{
	struct operation o;

	assert_ok(&w->f, operation_get(stage_turn(w), op, &o));
	return o;
}

static bool ended(enum op_state s)
{
	return s != OP_PLANNING && s != OP_PLANNED && s != OP_RUNNING;
}

enum op_state stage_until(struct stage *w, int64_t op, int most)
{
	for (int i = 0; i < most && !ended(stage_op(w, op).state); i++)
		stage_tick(w, 1000);
	return stage_op(w, op).state;
}

void stage_settle(struct stage *w, int most)
{
	int64_t counts[TX_REVIEW + 1], live = 1;

	for (int i = 0; i < most && live > 0; i++) {
		stage_tick(w, 1000);
		assert_ok(&w->f, intent_count(stage_turn(w), counts));
		live = 0;
		for (int s = TX_PLANNED; s < TX_REVIEW; s++)
			live += counts[s];
	}
}

/* ---- what people do ---- */

struct asking {
	struct selection sel;
	struct wei target;
	bool native_only, accept_tax, lockdown;
	int64_t op;
	struct eth_hash hash;
	const char *scope;
	struct operation out;
};

static enum err plan_fund(struct turn *t, void *arg)
{
	struct asking *a = arg;

	return operation_plan_fund(t, &a->sel, a->target, NULL, &a->out);
}

static enum err plan_extract(struct turn *t, void *arg)
{
	struct asking *a = arg;

	return operation_plan_extract(t, &a->sel, NULL, a->native_only, &a->out);
}

static int64_t planned(struct stage *w, int64_t op)
{
	for (int i = 0; i < 300 && stage_op(w, op).state == OP_PLANNING; i++)
		stage_tick(w, 1000);
	return op;
}

int64_t stage_order_fund(struct stage *w, struct wei target)
{
	struct asking a = { .target = target };

	assert_ok(&w->f, stage_lane(w, plan_fund, &a));
	return a.out.id;
}

int64_t stage_order_extract(struct stage *w, bool native_only)
{
	struct asking a = { .native_only = native_only };

	assert_ok(&w->f, stage_lane(w, plan_extract, &a));
	return a.out.id;
}

int64_t stage_plan_fund(struct stage *w, struct wei target, const char *const *names, size_t n)
{
	struct asking a = { .sel = { .names = names, .n_names = n }, .target = target };

	assert_ok(&w->f, stage_lane(w, plan_fund, &a));
	return planned(w, a.out.id);
}

int64_t stage_plan_extract(struct stage *w, bool native_only)
{
	struct asking a = { .native_only = native_only };

	assert_ok(&w->f, stage_lane(w, plan_extract, &a));
	return planned(w, a.out.id);
}

static enum err run_op(struct turn *t, void *arg)
{
	struct asking *a = arg;

	return operation_run(t, a->op, &a->hash, a->accept_tax, &a->out);
}

enum err stage_run(struct stage *w, int64_t op, bool accept_tax)
{
	struct asking a = { .op = op, .hash = stage_op(w, op).plan_hash, .accept_tax = accept_tax };

	return stage_lane(w, run_op, &a);
}

int64_t stage_fund(struct stage *w, struct wei target)
{
	int64_t op = stage_plan_fund(w, target, NULL, 0);

	assert_ok(&w->f, stage_run(w, op, false));
	return op;
}

int64_t stage_extract(struct stage *w)
{
	int64_t op = stage_plan_extract(w, false);

	assert_ok(&w->f, stage_run(w, op, true));
	return op;
}

static enum err cancel_op(struct turn *t, void *arg)
{
	struct asking *a = arg;

	return operation_cancel(t, a->op, "", &a->out);
}

enum err stage_cancel(struct stage *w, int64_t op)
{
	struct asking a = { .op = op };

	return stage_lane(w, cancel_op, &a);
}

static enum err pause_it(struct turn *t, void *arg)
{
	struct asking *a = arg;
	struct pause p;

	return fleet_pause(t, a->scope, a->lockdown ? PAUSE_LOCKDOWN : PAUSE_PLAIN, "test", &p);
}

enum err stage_pause(struct stage *w, const char *scope, bool lockdown)
{
	struct asking a = { .scope = scope, .lockdown = lockdown };

	return stage_lane(w, pause_it, &a);
}

static enum err resume_it(struct turn *t, void *arg)
{
	struct asking *a = arg;
	bool changed;

	return fleet_resume(t, a->scope, "", true, &changed);
}

enum err stage_resume(struct stage *w, const char *scope)
{
	struct asking a = { .scope = scope };

	return stage_lane(w, resume_it, &a);
}

/* ---- looking ---- */

struct step_counts stage_steps(struct stage *w, int64_t op)
{
	struct step_counts c;

	assert_ok(&w->f, step_count(stage_turn(w), op, &c));
	return c;
}

struct step stage_step(struct stage *w, int64_t op, size_t nth)
{
	struct step *s;
	size_t n;

	assert_ok(&w->f, step_list(stage_turn(w), op, 0, 0, nth + 1, &s, &n));
	if (n != nth + 1)
		fail_msg("operation %lld has no step %zu\n", (long long)op, nth);
	return s[nth];
}

struct wallet stage_wallet(struct stage *w, const char *name)
{
	struct wallet out;

	assert_ok(&w->f, wallet_get(stage_turn(w), name, &out));
	return out;
}

/* Of all attempts at most one happened, and it says what the intent says. */
static void check_fate(const struct intent *i, const struct attempt *a, size_t n, size_t mined)
{
	bool happened = i->state == TX_CONFIRMED || i->state == TX_REVERTED ||
			(i->state == TX_CANCELLED && i->has_nonce);
	size_t superseded = 0;

	assert_true(mined <= 1);
	if (!tx_is_final(i->state))
		return;
	assert_int_equal(mined, happened);
	for (size_t k = 0; k < n; k++)
		superseded += a[k].state == TX_SUPERSEDED;
	assert_int_equal(superseded, happened ? n - 1 : n);
}

/* The intent and its attempts tell one story, and the chain the same. */
static void check_intent(struct stage *w, struct turn *t, const struct intent *i)
{
	bool withdrawn = i->state == TX_CANCELLED && !i->has_nonce;
	struct attempt *a;
	size_t n, mined = 0;

	assert_ok(&w->f, attempt_list(t, i->id, 32, &a, &n));
	assert_int_equal(n == 0, withdrawn);
	for (size_t k = 0; k < n; k++) {
		const struct fake_tx *x = fake_tx_of(w->chain, a[k].hash);

		if (x && a[k].first_ms == 0)
			fail_msg("transaction %lld came to the chain and the store thinks it was "
				 "never sent\n",
				 (long long)i->id);
		mined += x && x->block;
		assert_int_equal(a[k].newest, k + 1 == n);
	}
	if (n == 1 && a->kind == ATTEMPT_ORDER && i->state != TX_FEE_WAIT)
		assert_int_equal(a->state, i->state);
	check_fate(i, a, n, mined);
	assert_int_equal(i->has_nonce, !withdrawn);
	assert_int_equal(i->final_ms != 0, tx_is_final(i->state));
}

/* Every transaction of ours that the chain ever saw is one of the store's. */
static void check_known(struct stage *w, struct turn *t, const struct intent *list, size_t n)
{
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		struct attempt *a;
		size_t m;

		assert_ok(&w->f, attempt_list(t, list[i].id, 32, &a, &m));
		for (size_t k = 0; k < m; k++)
			known += fake_tx_of(w->chain, a[k].hash) != NULL;
	}
	for (size_t k = 0; k < w->chain->n_txs; k++)
		known += w->chain->txs[k].foreign;
	assert_int_equal(known, w->chain->n_txs);
}

void stage_check(struct stage *w)
{
	struct turn *t = stage_turn(w);
	struct intent_filter any = { 0 };
	struct intent *i;
	size_t n;

	assert_ok(&w->f, intent_list(t, &any, 0, 20000, &i, &n));
	for (size_t k = 0; k < n; k++)
		check_intent(w, t, &i[k]);
	check_known(w, t, i, n);
}
