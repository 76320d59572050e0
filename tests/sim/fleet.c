/* The fleet in a world that does its worst, from one seed.
 *
 * The real core, its jobs and a real store, the lane inline; time, chance, the chain, the network
 * between and the people are played by this program, one small thing after the other: a job's
 * turn, a block, a lost or doubled or late answer, a reorganisation, an endpoint that lags or is
 * silent, a fee that jumps, a death of the process, a thief, an operator who changes his mind.
 * What must hold holds after every step; at last the weather clears, and everything ends.
 *
 *     sim_fleet                                 the fixed set
 *     GF_SEED=17 GF_STEPS=3000 sim_fleet        one of them again, the same to the byte
 *     GF_SEED=1000 GF_SEEDS=400 GF_STEPS=20000  a campaign
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/core/journal.h"
#include "server/core/progress.h"
#include "store/base/wei.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

enum {
	WALLETS = 6,
	OPS = 400,
	SEEDS = 24,
	STEPS = 1500,
	CHECK_EVERY = 40,
	CALM_MOST = 900, /* ticks of a second until everything has ended */
	CONFIRMATIONS = 3,
	DEEPEST = 9,
	DEEP_SEEDS = 12,
	CAP_DAY_MILLI = 20000,
};

static const uint64_t GWEI = 1000000000u, MILLI = 1000000000000000u;

struct sim {
	struct stage w;
	uint64_t state; /* of chance */
	uint64_t keys;  /* of the turns' chance */
	int64_t ops[OPS];
	size_t n_ops;
	size_t step;
	uint64_t highest; /* head */
	unsigned faults;  /* of a hundred sends, so many go wrong */
	bool stolen;      /* a thief was there: somebody else moved money */
	bool deep;        /* blocks go that counted as final */
};

static uint64_t seed_now;
static struct sim *sim_now;

static uint64_t next(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t chance(struct sim *s, uint64_t below)
{
	return next(&s->state) % below;
}

static void fill(void *state, void *out, size_t n)
{
	uint8_t *p = out;

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)next(state);
}

/* ---- what the network does to a send ---- */

static enum fake_fault weather(struct fake_chain *c, size_t nth)
{
	static const char *const refusals[] = {
		"already known",
		"nonce too low",
		"txpool is full",
		"internal error",
		"transaction underpriced",
		"insufficient funds for gas * price + value",
		"rate limit, retry in 3 seconds",
		"execution reverted: invalid nonce",
		"intrinsic gas too low",
	};
	static const enum fake_fault faults[] = { FAKE_LOST,  FAKE_DROPPED,  FAKE_DELAYED,
						  FAKE_TWICE, FAKE_NOT_SENT, FAKE_REFUSED };
	struct sim *s = sim_now;

	(void)nth;
	if (chance(s, 100) >= s->faults)
		return FAKE_FINE;
	/* The last two are said of bytes that are in order only now and then. */
	c->refusal = refusals[chance(s, chance(s, 20) ? 7 : 9)];
	return faults[chance(s, sizeof(faults) / sizeof(faults[0]))];
}

/* ---- what may happen ---- */

typedef void act_fn(struct sim *s);

static void a_job_runs(struct sim *s)
{
	static const enum job_id jobs[] = { JOB_PLAN,     JOB_DRIVE,   JOB_DRIVE,
					    JOB_SEND,     JOB_SEND,    JOB_RECEIPTS,
					    JOB_RECEIPTS, JOB_REPLACE, JOB_ACCOUNTS };
	enum err e = stage_job_once(&s->w, jobs[chance(s, sizeof(jobs) / sizeof(jobs[0]))]);

	if (e != OK && e != ERR_AWAY)
		fixture_ok(&s->w.f, e, __FILE__, __LINE__);
}

static void time_passes(struct sim *s)
{
	stage_pass(&s->w, (int64_t)chance(s, chance(s, 10) ? 1500 : 40000));
}

static void a_block_comes(struct sim *s)
{
	s->w.chain->per_block = chance(s, 4) ? 0 : 1 + chance(s, 3);
	fake_chain_mine(s->w.chain);
	if (s->w.chain->head > s->highest)
		s->highest = s->w.chain->head;
}

static void late_bytes_arrive(struct sim *s)
{
	struct fake_chain *c = s->w.chain;

	if (c->n_letters > 0)
		fake_chain_deliver(c, stage_turn(&s->w), chance(s, c->n_letters));
}

static void fees_move(struct sim *s)
{
	static const uint64_t gwei[] = { 1, 1, 2, 5, 20, 60, 150, 400 };

	s->w.chain->base_fee = wei_u64(GWEI * gwei[chance(s, sizeof(gwei) / sizeof(gwei[0]))]);
	s->w.chain->tip = wei_u64(GWEI / 10 * (1 + chance(s, 5)));
}

static void the_endpoint_sickens(struct sim *s)
{
	struct fake_chain *c = s->w.chain;

	c->away = chance(s, 6) == 0;
	c->lag = chance(s, 4) ? 0 : chance(s, 3);
	c->mute_every = chance(s, 4) ? 0 : 1 + (unsigned)chance(s, 5);
	c->mute_until = c->questions + chance(s, 30);
}

static void the_wire_worsens(struct sim *s)
{
	s->faults = (unsigned)chance(s, 60);
}

static void the_pool_forgets(struct sim *s)
{
	fake_chain_forget_pool(s->w.chain);
}

/* Deeper than what counts as final only where that is what is tried: until it is found out, the
 * store says what is not so any more. */
static void a_block_never_was(struct sim *s)
{
	uint64_t depth = 1 + chance(s, CONFIRMATIONS - 1), head = s->w.chain->head;

	if (s->deep)
		depth = 1 + chance(s, DEEPEST);
	if (head > 100 + depth + (s->deep ? 1 : FAKE_BLOCKS / 2) &&
	    (s->deep || head - depth + CONFIRMATIONS > s->highest))
		fake_chain_reorg(s->w.chain, depth, chance(s, 2));
}

static void the_process_dies(struct sim *s)
{
	stage_crash(&s->w);
}

static void somebody_funds(struct sim *s)
{
	if (s->n_ops == OPS)
		return;
	struct wei target = wei_u64(MILLI * (1 + chance(s, 300)));

	s->ops[s->n_ops++] = stage_order_fund(&s->w, target);
}

static void somebody_extracts(struct sim *s)
{
	if (s->n_ops < OPS)
		s->ops[s->n_ops++] = stage_order_extract(&s->w, chance(s, 2));
}

static int64_t any_op(struct sim *s)
{
	return s->ops[chance(s, s->n_ops)];
}

/* What is refused is refused: the state may be any. */
static void may_be_refused(struct sim *s, enum err e)
{
	if (e != OK && e != ERR_REFUSED && e != ERR_MISSING && e != ERR_AWAY && e != ERR_EXISTS &&
	    e != ERR_STALE)
		fixture_ok(&s->w.f, e, __FILE__, __LINE__);
}

static void somebody_runs(struct sim *s)
{
	if (s->n_ops > 0)
		may_be_refused(s, stage_run(&s->w, any_op(s), true));
}

static void somebody_cancels(struct sim *s)
{
	if (s->n_ops > 0 && chance(s, 3) == 0)
		may_be_refused(s, stage_cancel(&s->w, any_op(s)));
}

static void somebody_pauses(struct sim *s)
{
	may_be_refused(s, stage_pause(&s->w, "", chance(s, 4) == 0));
}

static void somebody_resumes(struct sim *s)
{
	may_be_refused(s, stage_resume(&s->w, ""));
}

struct wishing {
	int64_t intent;
	enum wish wish;
	bool urgent;
	enum resolution how;
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

	return journal_resolve(t, a->intent, a->how, "the simulation looked", &a->out);
}

static size_t intents(struct sim *s, unsigned states, struct intent **out)
{
	struct intent_filter f = { .states = states };
	size_t n;

	assert_ok(&s->w.f, intent_list(stage_turn(&s->w), &f, 0, 5000, out, &n));
	return n;
}

static void somebody_wishes(struct sim *s)
{
	struct intent *i;
	size_t n = intents(
		s, 1u << TX_SIGNED | 1u << TX_UNKNOWN | 1u << TX_IN_POOL | 1u << TX_FEE_WAIT, &i);

	if (n == 0)
		return;
	struct wishing a = { .intent = i[chance(s, n)].id,
			     .wish = chance(s, 3) ? WISH_RAISE : WISH_CANCEL,
			     .urgent = chance(s, 2) };

	may_be_refused(s, stage_lane(&s->w, wish, &a));
}

static void somebody_reviews(struct sim *s)
{
	struct intent *i;
	size_t n = intents(s, 1u << TX_REVIEW, &i);

	if (n == 0)
		return;
	struct wishing a = { .intent = i[chance(s, n)].id,
			     .how = (enum resolution)(1 + chance(s, 3)) };

	may_be_refused(s, stage_lane(&s->w, resolve, &a));
}

/* A fleet wallet's key is used elsewhere; the funder's is not, or nothing would be left to see. */
static void a_thief_comes(struct sim *s)
{
	if (chance(s, 8))
		return;
	fake_chain_steal_nonce(s->w.chain, s->w.wallets[chance(s, WALLETS)]);
	s->stolen = true;
}

static const struct {
	unsigned weight;
	act_fn *act;
} acts[] = {
	{ 600, a_job_runs },       { 140, time_passes },    { 110, a_block_comes },
	{ 12, late_bytes_arrive }, { 10, fees_move },       { 10, the_endpoint_sickens },
	{ 8, the_wire_worsens },   { 5, the_pool_forgets }, { 6, a_block_never_was },
	{ 8, the_process_dies },   { 9, somebody_funds },   { 4, somebody_extracts },
	{ 25, somebody_runs },     { 3, somebody_cancels }, { 3, somebody_pauses },
	{ 6, somebody_resumes },   { 10, somebody_wishes }, { 8, somebody_reviews },
	{ 3, a_thief_comes },
};

static void one_step(struct sim *s)
{
	unsigned total = 0;

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		total += acts[i].weight;
	uint64_t pick = chance(s, total);

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (pick < acts[i].weight) {
			acts[i].act(s);
			return;
		}
		pick -= acts[i].weight;
	}
}

/* ---- what must hold ---- */

/* To the wei: what everybody holds and what was burned is what there was. */
static void value_is_conserved(struct sim *s, struct wei before)
{
	const struct fake_chain *c = s->w.chain;
	struct wei sum = { 0 };

	for (size_t i = 0; i < c->n_accounts; i++)
		sum = wei_add_sat(sum, c->accounts[i].balance);
	for (size_t i = 0; i < c->n_txs; i++)
		if (c->txs[i].block)
			sum = wei_add_sat(sum, wei_mul_sat(c->txs[i].price, c->txs[i].gas_used));
	assert_memory_equal(&sum, &before, sizeof(sum));
}

/* What an operation says it paid is what its confirmed transactions carried, and the cap of a day
 * was never crossed by what may have left. */
static void the_books_agree(struct sim *s)
{
	struct wei day = { 0 }, cap = s->w.policy.cap_day;
	struct intent *i;
	size_t n = intents(s, 0, &i);

	for (size_t k = 0; k < n; k++)
		if (i[k].purpose == PURPOSE_FUND && i[k].state != TX_REVERTED &&
		    i[k].state != TX_CANCELLED && i[k].created_ms > s->w.now_ms - INT64_C(86400000))
			day = wei_add_sat(day, i[k].value);
	assert_true(wei_cmp(day, cap) <= 0);
	for (size_t o = 0; o < s->n_ops; o++) {
		struct operation op;
		struct wei moved = { 0 };

		n = intents(s, 1u << TX_CONFIRMED, &i);
		for (size_t k = 0; k < n; k++)
			if (i[k].operation == s->ops[o] &&
			    (i[k].purpose == PURPOSE_FUND || i[k].purpose == PURPOSE_SWEEP))
				moved = wei_add_sat(moved, i[k].value);
		op = stage_op(&s->w, s->ops[o]);
		assert_memory_equal(&op.moved, &moved, sizeof(moved));
	}
}

/* ---- the end ---- */

static void calm(struct sim *s)
{
	struct fake_chain *c = s->w.chain;

	s->faults = 0;
	c->away = false;
	c->lag = 0;
	c->mute_every = 0;
	c->per_block = 0;
	c->base_fee = wei_u64(GWEI);
	c->tip = wei_u64(GWEI / 10);
	while (c->n_letters > 0)
		late_bytes_arrive(s);
	may_be_refused(s, stage_resume(&s->w, ""));
}

static bool all_ended(struct sim *s)
{
	struct intent *i;

	if (intents(s,
		    1u << TX_SIGNED | 1u << TX_UNKNOWN | 1u << TX_IN_POOL | 1u << TX_MINED |
			    1u << TX_FEE_WAIT | 1u << TX_REVIEW,
		    &i) > 0)
		return false;
	for (size_t o = 0; o < s->n_ops; o++) {
		enum op_state st = stage_op(&s->w, s->ops[o]).state;

		if (st == OP_PLANNING || st == OP_RUNNING)
			return false;
	}
	return true;
}

/* A person looks at each: what is spent elsewhere is given up, the rest goes out again. */
static void review_all(struct sim *s)
{
	struct intent *i;
	size_t n = intents(s, 1u << TX_REVIEW, &i);
	int64_t ids[64];
	size_t m = n < 64 ? n : 64;

	for (size_t k = 0; k < m; k++)
		ids[k] = i[k].id;
	for (size_t k = 0; k < m; k++) {
		struct wishing a = { .intent = ids[k], .how = RESOLVE_GIVE_UP };

		if (stage_lane(&s->w, resolve, &a) == OK)
			continue;
		a.how = RESOLVE_RESEND;
		may_be_refused(s, stage_lane(&s->w, resolve, &a));
	}
}

static uint64_t chain_nonce(struct sim *s, const struct intent *i)
{
	struct wallet w;

	assert_ok(&s->w.f, wallet_by_id(&s->w.f.t, i->wallet, &w));
	return fake_account(s->w.chain, w.addr)->nonce;
}

static void say_what_hangs(struct sim *s)
{
	struct intent *i;
	size_t n = intents(s,
			   1u << TX_SIGNED | 1u << TX_UNKNOWN | 1u << TX_IN_POOL | 1u << TX_MINED |
				   1u << TX_FEE_WAIT | 1u << TX_REVIEW,
			   &i);

	for (size_t k = 0; k < n; k++)
		(void)fprintf(
			stderr,
			"transaction %lld of %s, nonce %llu (the chain's is %llu), is %s: %s\n",
			(long long)i[k].id, i[k].wallet_name, (unsigned long long)i[k].nonce,
			(unsigned long long)chain_nonce(s, &i[k]), tx_state_name(i[k].state),
			i[k].text);
	for (size_t o = 0; o < s->n_ops; o++) {
		struct operation op = stage_op(&s->w, s->ops[o]);

		if (op.state == OP_PLANNING || op.state == OP_RUNNING)
			(void)fprintf(stderr, "operation %lld is in state %d: %s\n",
				      (long long)op.id, op.state, op.text);
	}
}

static void everything_ends(struct sim *s)
{
	calm(s);
	for (int k = 0; k < CALM_MOST && !all_ended(s); k++) {
		stage_tick(&s->w, 1000);
		if (k % 20 == 19)
			review_all(s);
		if (k == CALM_MOST / 3) /* what still waits for money or tax is called off */
			for (size_t o = 0; o < s->n_ops; o++)
				may_be_refused(s, stage_cancel(&s->w, s->ops[o]));
	}
	if (!all_ended(s))
		say_what_hangs(s);
	assert_true(all_ended(s));
}

/* What a life was made of: a simulation in which nothing happens proves nothing. */
static struct {
	size_t ops, done, intents, attempts, mined, confirmed, reverted, cancelled, superseded,
		undone;
} lived;

static void tell(struct sim *s)
{
	struct intent *i;
	size_t n = intents(s, 0, &i);

	lived.ops += s->n_ops;
	lived.intents += n;
	for (size_t k = 0; k < n; k++) {
		lived.confirmed += i[k].state == TX_CONFIRMED;
		lived.reverted += i[k].state == TX_REVERTED;
		lived.cancelled += i[k].state == TX_CANCELLED;
		lived.superseded += i[k].state == TX_SUPERSEDED;
		lived.undone += i[k].undone != 0;
	}
	lived.attempts += s->w.chain->n_txs;
	for (size_t k = 0; k < s->w.chain->n_txs; k++)
		lived.mined += s->w.chain->txs[k].block > 0;
	for (size_t o = 0; o < s->n_ops; o++)
		lived.done += stage_op(&s->w, s->ops[o]).state == OP_DONE;
}

/* ---- a life ---- */

/* Receipts of what is final are asked again for two hours. */
static void look_back(struct sim *s)
{
	for (int k = 0; k < 100; k++)
		stage_tick(&s->w, 1000);
	for (int k = 0; k < 60; k++)
		stage_tick(&s->w, 120000);
	everything_ends(s);
}

static void live(uint64_t seed, size_t steps, bool deep)
{
	static struct sim s;
	struct wei before = { 0 };

	s = (struct sim){ .state = seed * 2 + 1, .keys = seed, .deep = deep };
	seed_now = seed;
	sim_now = &s;
	stage_open_by(&s.w, WALLETS, (struct chance){ fill, &s.keys });
	s.w.policy.confirmations = CONFIRMATIONS;
	s.w.policy.cap_day = wei_mul_sat(wei_u64(MILLI), CAP_DAY_MILLI);
	s.w.chain->on_send = weather;
	for (size_t i = 0; i < s.w.chain->n_accounts; i++)
		before = wei_add_sat(before, s.w.chain->accounts[i].balance);
	for (s.step = 0; s.step < steps; s.step++) {
		one_step(&s);
		if (deep && chance(&s, 80) == 0)
			a_block_never_was(&s);
		if (s.step % CHECK_EVERY || deep)
			continue;
		stage_check(&s.w);
		value_is_conserved(&s, before);
		the_books_agree(&s);
	}
	everything_ends(&s);
	if (deep)
		look_back(&s);
	stage_check(&s.w);
	value_is_conserved(&s, before);
	the_books_agree(&s);
	tell(&s);
	stage_close(&s.w);
	sim_now = NULL;
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *said = getenv(name);

	return said && *said ? strtoull(said, NULL, 10) : otherwise;
}

static void whatever_happens_the_books_agree_and_everything_ends(void **state)
{
	uint64_t first = number("GF_SEED", 1);
	uint64_t n = number("GF_SEEDS", getenv("GF_SEED") ? 1 : SEEDS);
	size_t steps = number("GF_STEPS", STEPS);
	struct timespec a, b;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	for (uint64_t k = 0; k < n; k++)
		live(first + k, steps, false);
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	double took = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;

	(void)printf("%llu seeds, %llu steps, %.0f a second; %zu operations (%zu done), "
		     "%zu intents: %zu confirmed, %zu reverted, %zu cancelled, %zu superseded; "
		     "the chain saw %zu transactions and mined %zu\n",
		     (unsigned long long)n, (unsigned long long)(n * steps),
		     (double)(n * steps) / took, lived.ops, lived.done, lived.intents,
		     lived.confirmed, lived.reverted, lived.cancelled, lived.superseded,
		     lived.attempts, lived.mined);
	assert_true(lived.confirmed > n && lived.mined >= lived.confirmed);
}

/* docs/SIMULATION.md says what each of them was. */
static void what_failed_once_does_not_again(void **state)
{
	static const uint64_t seeds[] = { 543, 2114 };

	(void)state;
	for (size_t k = 0; k < sizeof(seeds) / sizeof(seeds[0]) && !getenv("GF_SEED"); k++)
		live(seeds[k], 5000, false);
}

/* GF_DEEP=1 with GF_SEED replays one of these. */
static void blocks_that_were_final_may_go_and_the_truth_comes_out(void **state)
{
	uint64_t first = number("GF_SEED", 1);
	uint64_t n = number("GF_SEEDS", getenv("GF_SEED") ? 1 : DEEP_SEEDS);

	(void)state;
	if (getenv("GF_SEED") && !getenv("GF_DEEP"))
		return;
	for (uint64_t k = 0; k < n; k++)
		live(first + k, number("GF_STEPS", STEPS), true);
	(void)printf("%zu transactions were final and then not\n", lived.undone);
	assert_true(lived.undone > n);
}

static int say_the_seed(void **state)
{
	(void)state;
	if (sim_now)
		(void)fprintf(stderr, "it failed in step %zu: GF_SEED=%llu GF_STEPS=%zu %s\n",
			      sim_now->step, (unsigned long long)seed_now,
			      (size_t)number("GF_STEPS", STEPS), "sim_fleet");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(whatever_happens_the_books_agree_and_everything_ends,
					  say_the_seed),
		cmocka_unit_test_teardown(what_failed_once_does_not_again, say_the_seed),
		cmocka_unit_test_teardown(blocks_that_were_final_may_go_and_the_truth_comes_out,
					  say_the_seed),
	};

	/* The disk is not what is tried here. */
	if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
