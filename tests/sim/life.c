/* One life: what may happen and how often, and how it ends. */
#include <stdio.h>
#include <time.h>

#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/fault_vfs.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

enum {
	BOOKS_EVERY = 500, /* steps between two looks at everything */
	CALM_MOST = 900,   /* seconds until all has ended, */
	CALLED_OFF = 120,  /* until what waits for money is cancelled, */
	STOPPED = 400,     /* until what does not move is stopped, */
	QUIET = 42,        /* looks of three minutes in which nothing new may come of it: what is
			    * final is asked for again for two hours */
	QUIET_MS = 200000,
	TURNS_A_TICK = 12, /* of jobs, and the block, in a second of calm */
};

static const uint64_t GWEI = 1000000000u, MILLI = 1000000000000000u;

static void a_job_runs(struct sim *s)
{
	static const enum job_id jobs[] = { JOB_PLAN,    JOB_DRIVE,    JOB_SEND,     JOB_SEND,
					    JOB_SEND,    JOB_RECEIPTS, JOB_RECEIPTS, JOB_RECEIPTS,
					    JOB_REPLACE, JOB_ACCOUNTS };
	enum job_id job = jobs[sim_chance(s, sizeof(jobs) / sizeof(jobs[0]))];

	sim_may_fail(s, sim_job(s, job));
}

static const struct {
	unsigned weight;
	sim_act *act;
} acts[] = {
	{ 6000, a_job_runs },
	{ 1400, time_passes },
	{ 5, a_night_passes },
	{ 1100, a_block_comes },
	{ 120, late_bytes_arrive },
	{ 100, fees_move },
	{ 50, the_pool_forgets },
	{ 60, a_block_never_was },
	{ 30, dust_falls },
	{ 20, the_contracts_change },
	{ 100, an_endpoint_sickens },
	{ 60, another_endpoint_is_chosen },
	{ 80, the_wire_worsens },
	{ 10, the_process_dies },
	{ 20, it_dies_soon },
	{ 10, the_disk_fails },
	{ 6, the_disk_fills },
	{ 60, the_disk_has_room },
	{ 3, a_copy_is_made },
	{ 2, an_older_copy_is_restored },
	{ 90, somebody_funds },
	{ 40, somebody_extracts },
	{ 40, somebody_asks_again },
	{ 250, somebody_runs },
	{ 30, somebody_cancels },
	{ 30, somebody_pauses },
	{ 60, somebody_resumes },
	{ 100, somebody_wishes },
	{ 80, somebody_reviews },
	{ 6, somebody_evacuates },
	{ 10, somebody_resyncs },
	{ 20, somebody_resets_a_breaker },
	{ 6, somebody_locks_the_keys },
	{ 40, somebody_unlocks_the_keys },
	{ 30, a_nonce_is_spent_elsewhere },
	{ 20, a_thief_comes },
};

static void one_step(struct sim *s)
{
	unsigned total = 0;

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		total += acts[i].weight;
	uint64_t pick = sim_chance(s, total);
	size_t i = 0;

	while (pick >= acts[i].weight)
		pick -= acts[i++].weight;
	acts[i].act(s);
}

/* ---- the end ---- */

static const unsigned LIVE = 1u << TX_SIGNED | 1u << TX_UNKNOWN | 1u << TX_IN_POOL |
			     1u << TX_MINED | 1u << TX_FEE_WAIT | 1u << TX_REVIEW;

static bool all_ended(struct sim *s)
{
	struct operation *o;
	size_t n;

	for (int64_t id = 1; id <= s->last_intent; id++)
		if (s->intents[id].there && !s->intents[id].final_once)
			return false;
	assert_ok(&s->w.f, operation_list(stage_turn(&s->w), 1u << OP_PLANNING | 1u << OP_RUNNING,
					  0, 1, &o, &n));
	return n == 0;
}

static struct fake_account *payer(struct sim *s, const struct intent *i)
{
	size_t key = s->intents[i->id].key;

	return fake_account(s->w.chain, key < SIM_WALLETS ? s->w.wallets[key] : s->w.funder);
}

/* What waits, each attempt of it, and what stands in its way. */
static void say_intent(struct sim *s, const struct intent *i)
{
	struct turn *t = &s->w.f.t;
	const struct fake_account *a = payer(s, i);
	struct attempt *tries;
	size_t n;

	(void)fprintf(stderr,
		      "transaction %lld of %s, nonce %llu (the chain's is %llu), is %s, wish %d: "
		      "%s; it moves %s of %s\n",
		      (long long)i->id, i->wallet_name, (unsigned long long)i->nonce,
		      (unsigned long long)a->nonce, tx_state_name(i->state), i->wish, i->text,
		      wei_str(t, i->value), wei_str(t, a->balance));
	assert_ok(&s->w.f, attempt_list(t, i->id, 32, &tries, &n));
	for (size_t k = 0; k < n; k++) {
		const struct fake_tx *x = fake_tx_of(s->w.chain, tries[k].hash);

		(void)fprintf(stderr, "  attempt %lld (%d) is %s, offers %s, %s: %s\n",
			      (long long)tries[k].id, tries[k].kind, tx_state_name(tries[k].state),
			      wei_str(t, tries[k].max_fee),
			      !x         ? "never came"
			      : x->block ? "is mined"
			      : x->gone  ? "is gone"
					 : "is in the pool",
			      tries[k].said);
	}
}

static void say_what_hangs(struct sim *s)
{
	struct operation *o;
	struct intent *i;
	size_t n = sim_intents(s, LIVE, &i);

	for (size_t k = 0; k < n; k++)
		say_intent(s, &i[k]);
	assert_ok(&s->w.f, operation_list(stage_turn(&s->w), 1u << OP_PLANNING | 1u << OP_RUNNING,
					  0, 50, &o, &n));
	for (size_t k = 0; k < n; k++)
		(void)fprintf(stderr, "operation %lld is in state %d: %s\n", (long long)o[k].id,
			      o[k].state, o[k].text);
}

static void a_tick_of_calm(struct sim *s, int64_t ms)
{
	stage_tick(&s->w, ms);
	s->calm_steps += TURNS_A_TICK;
	sim_watch(s);
}

/* The world is kind again; a person looks after what needs one, and at last everything ends. */
static void everything_ends(struct sim *s)
{
	int quiet = 0;

	sim_death_calm(s);
	sim_endpoints_calm(s);
	sim_world_calm(s);
	sim_people_calm(s);
	for (int k = 0; k < CALM_MOST && quiet < QUIET; k++) {
		a_tick_of_calm(s, quiet ? QUIET_MS : 1000);
		quiet = all_ended(s) ? quiet + 1 : 0;
		if (k % 20 == 19) {
			sim_review_all(s);
			sim_may_fail(s, stage_resume(&s->w, ""));
		}
		if (k == CALLED_OFF) /* what still waits for money or tax is called off */
			for (size_t o = 0; o < s->n_ops; o++)
				sim_may_fail(s, stage_cancel(&s->w, s->ops[o]));
		if (k >= STOPPED && k % 100 == 0) {
			somebody_sends_gas(s);
			s->w.policy.max_fee_urgent = wei_u64(5000 * GWEI); /* as is asked for */
			sim_cancel_all(s);
		}
	}
	if (quiet < QUIET) {
		say_what_hangs(s);
		sim_fail(s, "not everything ended");
	}
}

/* ---- a life ---- */

static void begin(struct sim *s, uint64_t seed)
{
	*s = (struct sim){ .seed = seed, .state = seed * 2 + 1, .keys = seed, .honest = seed % 2 };
	sim_now = s;
	fault_vfs_register();
	stage_open_by(&s->w, SIM_WALLETS, (struct chance){ sim_fill, &s->keys },
		      (struct store_options){ .lazy = true, .vfs = FAULT_VFS });
	s->w.policy.confirmations = 1 + (int64_t)sim_chance(s, 3);
	s->w.policy.in_flight = 1 + (int64_t)sim_chance(s, 64);
	s->w.policy.cap_day = wei_mul_sat(wei_u64(MILLI), 2000 + sim_chance(s, 20000));
	s->w.policy.cap_tx = wei_mul_sat(wei_u64(MILLI), 280);
	sim_world_open(s);
	sim_endpoints_open(s);
	sim_watch_open(s);
}

static void add_up(struct sim *s, struct sim_sum *sum)
{
	struct operation *o;
	size_t n;

	sum->lives++;
	sum->steps += s->step;
	sum->calm += s->calm_steps;
	sum->ops += s->n_ops;
	for (int64_t id = 1; id <= s->last_intent; id++) {
		enum tx_state st = s->intents[id].state;

		sum->intents += s->intents[id].there;
		sum->confirmed += st == TX_CONFIRMED;
		sum->reverted += st == TX_REVERTED;
		sum->cancelled += st == TX_CANCELLED;
		sum->superseded += st == TX_SUPERSEDED;
		sum->deep += s->shaken[id];
	}
	sum->deaths += s->deaths;
	sum->restores += s->restores;
	sum->attempts += s->w.chain->n_txs;
	sum->questions += s->w.chain->questions;
	for (size_t i = 0; i < s->w.chain->n_txs; i++) {
		sum->mined += s->w.chain->txs[i].block > 0;
		sum->thefts += s->w.chain->txs[i].block > 0 && s->w.chain->txs[i].foreign;
	}
	assert_ok(&s->w.f, operation_list(stage_turn(&s->w), 1u << OP_DONE | 1u << OP_PARTLY, 0,
					  SIM_OPS, &o, &n));
	sum->done += n;
}

double sim_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

uint64_t sim_live(uint64_t seed, size_t steps, struct sim_sum *sum)
{
	static struct sim life;
	struct sim *s = &life;

	double start = sim_seconds(), calm;

	begin(s, seed);
	for (s->step = 0; s->step < steps; s->step++) {
		one_step(s);
		sim_watch(s);
		if (s->step % BOOKS_EVERY == 0)
			sim_books(s);
	}
	calm = sim_seconds();
	everything_ends(s);
	sim_books_closed(s);
	add_up(s, sum);
	stage_close(&s->w);
	sum->seconds += calm - start;
	sum->calm_seconds += sim_seconds() - calm;
	sim_now = NULL;
	return s->fingerprint;
}
