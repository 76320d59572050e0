/* The fleet in a world that does its worst, from one seed: see sim.h and docs/SIMULATION.md.
 *
 *     sim_fleet                                 the fixed set
 *     GF_SEED=17 GF_STEPS=3000 sim_fleet        one of them again, the same to the byte
 *     GF_SEED=1000 GF_SEEDS=400 GF_STEPS=20000  a campaign
 *     GF_SECONDS=3600                           as many seeds as fit
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store/base/log.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

enum { SEEDS = 20, STEPS = 3000 };

static struct sim_sum sum;
static size_t steps_now;

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *said = getenv(name);

	return said && *said ? strtoull(said, NULL, 10) : otherwise;
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t live(uint64_t seed, size_t steps)
{
	steps_now = steps;
	return sim_live(seed, steps, &sum);
}

/* What was lived so far, and how fast. A turn of the calm at the end is a step like any other, and
 * mostly one that finds nothing to do: both figures. */
static void say_sum(void)
{
	(void)printf("%zu seeds: %zu steps, %.0f a second; %zu of calm, %.0f a second; %zu "
		     "operations (%zu done), %zu intents: %zu confirmed, %zu reverted, %zu "
		     "cancelled, %zu superseded; the chain saw %zu transactions and mined %zu, "
		     "%zu of them strangers', %zu were shaken; %zu questions, %zu deaths, %zu "
		     "restores\n",
		     sum.lives, sum.steps, (double)sum.steps / sum.seconds, sum.calm,
		     (double)sum.calm / sum.calm_seconds, sum.ops, sum.done, sum.intents,
		     sum.confirmed, sum.reverted, sum.cancelled, sum.superseded, sum.attempts,
		     sum.mined, sum.thefts, sum.deep, sum.questions, sum.deaths, sum.restores);
}

static void whatever_happens_the_books_agree_and_everything_ends(void **state)
{
	uint64_t first = number("GF_SEED", 1), limit = number("GF_SECONDS", 0);
	uint64_t n = number("GF_SEEDS", limit ? UINT64_MAX : getenv("GF_SEED") ? 1 : SEEDS);
	double start = now();

	(void)state;
	for (uint64_t k = 0; k < n && (!limit || now() - start < (double)limit); k++)
		(void)live(first + k, number("GF_STEPS", STEPS));
	say_sum();
	assert_true(n < SEEDS || (sum.confirmed > sum.lives && sum.mined > sum.lives));
}

/* docs/SIMULATION.md says what each of them was. */
static void what_failed_once_does_not_again(void **state)
{
	static const struct {
		uint64_t seed;
		size_t steps;
	} found[] = { { 543, 5000 }, { 2114, 5000 } };

	(void)state;
	for (size_t k = 0; k < sizeof(found) / sizeof(found[0]) && !getenv("GF_SEED"); k++)
		(void)live(found[k].seed, found[k].steps);
}

static void a_seed_is_a_life(void **state)
{
	(void)state;
	if (!getenv("GF_SEED"))
		assert_int_equal(live(7, 1500), live(7, 1500));
}

static int say_the_seed(void **state)
{
	(void)state;
	if (sim_now)
		(void)fprintf(stderr, "%zu steps were lived\n",
			      sum.steps + sum.calm + sim_now->step + sim_now->calm_steps);
	if (sim_now)
		(void)fprintf(stderr, "it failed in step %zu: GF_SEED=%llu GF_STEPS=%zu %s\n",
			      sim_now->step + sim_now->calm_steps,
			      (unsigned long long)sim_now->seed, steps_now, "sim_fleet");
	return 0;
}

/* An assert in the core is a finding like any other. */
static void on_abort(int signal_number)
{
	(void)signal_number;
	if (sim_now)
		sim_say_trail(sim_now);
	(void)fprintf(stderr, "the core gave up: an assert\n");
	(void)say_the_seed(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(whatever_happens_the_books_agree_and_everything_ends,
					  say_the_seed),
		cmocka_unit_test_teardown(what_failed_once_does_not_again, say_the_seed),
		cmocka_unit_test_teardown(a_seed_is_a_life, say_the_seed),
	};

	(void)signal(SIGABRT, on_abort);
	/* The disk is not what is tried here, and its failures are wanted: they are not news. */
	if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	if (!getenv("GF_LOG"))
		(void)log_open((struct log_options){ .least = LOG_ERROR, .path = "/dev/null" });
	return cmocka_run_group_tests(tests, NULL, NULL);
}
