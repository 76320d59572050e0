/* The door of time. Real threads, a real store; nothing waits blindly. */
#include "server/sched/sched.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/ops/metrics.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "tests/support/test.h"

enum { PATIENCE_MS = 10000, LOG_MAX = 64 * 1024 };

static struct fixture {
	char folder[64], path[96];
	struct arena *mem;
	struct turn t;
	struct store *store;
	struct sched *sched;
	FILE *log;
} f;

/* What a job does and what it saw. */
struct world {
	atomic_int runs, inside, overlaps;
	atomic_int more_left; /* says more this often */
	_Atomic enum err fails;
	atomic_bool hold; /* a turn goes on while this stands */
	atomic_int_fast64_t first_ms, second_ms;
	char what[32], actor[32];
	int64_t left_ms;
};

static enum err work(struct turn *t, void *arg, bool *more)
{
	struct world *w = arg;
	int run = atomic_fetch_add(&w->runs, 1);

	if (atomic_fetch_add(&w->inside, 1) != 0)
		atomic_fetch_add(&w->overlaps, 1);
	if (run == 0) {
		(void)snprintf(w->what, sizeof(w->what), "%s", t->what);
		(void)snprintf(w->actor, sizeof(w->actor), "%s", t->actor);
		w->left_ms = turn_left_ms(t);
		atomic_store(&w->first_ms, clock_mono_ms());
	}
	if (run == 1)
		atomic_store(&w->second_ms, clock_mono_ms());
	while (atomic_load(&w->hold))
		(void)usleep(1000);
	*more = atomic_fetch_sub(&w->more_left, 1) > 0;
	atomic_fetch_sub(&w->inside, 1);
	enum err e = atomic_load(&w->fails);

	return e == OK ? OK : fail(t, e, "the world is not ready");
}

static int open_store(void **state)
{
	struct store_options o = { .path = f.path, .reserve_bytes = 4096, .no_lane_thread = true };

	(void)state;
	(void)snprintf(f.folder, sizeof(f.folder), "/tmp/sched-XXXXXX");
	assert_non_null(mkdtemp(f.folder));
	(void)snprintf(f.path, sizeof(f.path), "%s/store.db", f.folder);
	f.log = tmpfile();
	assert_non_null(f.log);
	log_open((struct log_options){ .least = LOG_INFO, .fd = fileno(f.log) });
	f.mem = arena_new(1 << 20);
	turn_begin(&f.t, NULL, NULL, f.mem, "test", "test", PATIENCE_MS);
	assert_int_equal(store_open(&f.t, &o, &f.store), OK);
	metrics_reset();
	return 0;
}

static int close_store(void **state)
{
	char cmd[96];

	(void)state;
	sched_close(f.sched);
	f.sched = NULL;
	store_close(f.store);
	arena_free(f.mem);
	log_open((struct log_options){ .least = LOG_INFO, .fd = STDERR_FILENO });
	(void)fclose(f.log);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf '%s'", f.folder);
	return system(cmd) == 0 ? 0 : -1;
}

static void start(const struct job *job, struct world *w)
{
	assert_int_equal(sched_open(&f.t, f.store, job, 1, w, &f.sched), OK);
	sched_start(f.sched);
}

/* What the daemon logged so far. */
static const char *logged(void)
{
	static char text[LOG_MAX];
	ssize_t n = pread(fileno(f.log), text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = 0;
	return text;
}

static struct sched_row_state row_state(void)
{
	struct sched_row_state s;

	assert_int_equal(sched_states(f.sched, &s, 1), 1);
	return s;
}

static void await_turns(int64_t n)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (row_state().turns < n) {
		assert_true(clock_mono_ms() < until);
		(void)usleep(500);
	}
}

static void a_job_runs_at_once_and_then_each_period(void **state)
{
	struct world w = { 0 };
	const struct job job = { "tick", work, .period_ms = 40, .timeout_ms = 5000 };

	(void)state;
	start(&job, &w);
	await_turns(2);
	assert_true(atomic_load(&w.second_ms) - atomic_load(&w.first_ms) >= 39);
	assert_string_equal(w.what, "job.tick");
	assert_string_equal(w.actor, "scheduler");
	assert_in_range(w.left_ms, 4000, 5000);
	struct sched_row_state s = row_state();

	assert_string_equal(s.name, "tick");
	assert_int_equal(s.failures, 0);
	assert_int_equal(s.last, OK);
	assert_true(s.last_end_ms > 0);
}

static void a_topic_wakes_only_the_jobs_that_listed_it(void **state)
{
	struct world w = { 0 };
	const struct job job = { "tick", work, .period_ms = 600000, .timeout_ms = 5000,
				 .wake = TOPIC_TX };

	(void)state;
	start(&job, &w);
	await_turns(1);
	sched_wake(f.sched, TOPIC_WALLET);
	sched_wake(f.sched, TOPIC_TX | TOPIC_CHAIN);
	await_turns(2);
	assert_int_equal(row_state().turns, 2);
}

static void a_job_woken_often_keeps_its_least_distance(void **state)
{
	struct world w = { 0 };
	const struct job job = { "tick", work, 600000, 5000, TOPIC_TX, .least_ms = 60 };

	(void)state;
	start(&job, &w);
	await_turns(1);
	sched_wake(f.sched, TOPIC_TX);
	sched_wake(f.sched, TOPIC_TX);
	await_turns(2);
	assert_true(atomic_load(&w.second_ms) - atomic_load(&w.first_ms) >= 59);
}

static void a_wake_up_during_a_turn_is_not_lost(void **state)
{
	struct world w = { .hold = true };
	const struct job job = { "tick", work, 600000, 5000, TOPIC_TX, 0 };

	(void)state;
	start(&job, &w);
	for (int64_t until = clock_mono_ms() + PATIENCE_MS; atomic_load(&w.inside) == 0;) {
		assert_true(clock_mono_ms() < until);
		(void)usleep(500);
	}
	sched_wake(f.sched, TOPIC_TX);
	atomic_store(&w.hold, false);
	await_turns(2);
	assert_int_equal(atomic_load(&w.overlaps), 0);
}

static void more_runs_again_at_once(void **state)
{
	struct world w = { .more_left = 3 };
	const struct job job = { "tick", work, 600000, 5000, 0, .least_ms = 600000 };

	(void)state;
	start(&job, &w);
	await_turns(4);
	assert_int_equal(atomic_load(&w.overlaps), 0);
}

static void failures_are_counted_and_said_once(void **state)
{
	struct world w = { .fails = ERR_AWAY };
	const struct job job = { "tick", work, 5, 5000, 0, 0 };

	(void)state;
	start(&job, &w);
	await_turns(5);
	const char *text = logged(), *line = strstr(text, "job failed");
	struct sched_row_state s = row_state();

	assert_true(s.failures >= 5);
	assert_int_equal(s.last, ERR_AWAY);
	assert_non_null(line);
	assert_non_null(strstr(line, "job=tick"));
	assert_non_null(strstr(line, "the world is not ready"));
	assert_null(strstr(line + 1, "job failed"));

	atomic_store(&w.fails, OK);
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (!strstr(logged(), "job works again")) {
		assert_true(clock_mono_ms() < until);
		(void)usleep(1000);
	}
}

static void a_failing_job_is_not_woken_into_a_spin(void **state)
{
	struct world w = { .fails = ERR_AWAY };
	const struct job job = { "tick", work, 600000, 5000, TOPIC_TX, 0 };

	(void)state;
	start(&job, &w);
	await_turns(1);
	sched_wake(f.sched, TOPIC_TX);
	await_turns(2);
	assert_true(atomic_load(&w.second_ms) - atomic_load(&w.first_ms) >= 99);
}

static void a_broken_job_is_logged_as_broken(void **state)
{
	struct world w = { .fails = ERR_BROKEN };
	const struct job job = { "tick", work, 600000, 5000, 0, 0 };

	(void)state;
	start(&job, &w);
	await_turns(1);
	assert_non_null(strstr(logged(), "msg=broken"));
	assert_non_null(strstr(logged(), "job tick: the world is not ready"));
}

static void closing_waits_for_the_turn_that_runs(void **state)
{
	struct world w = { .more_left = 1000000 };
	const struct job job = { "tick", work, 600000, 5000, 0, 0 };

	(void)state;
	start(&job, &w);
	await_turns(3);
	sched_close(f.sched);
	f.sched = NULL;
	assert_int_equal(atomic_load(&w.inside), 0);
}

static void closing_before_starting_is_fine(void **state)
{
	struct world w = { 0 };
	const struct job job = { "tick", work, 10, 5000, 0, 0 };

	(void)state;
	assert_int_equal(sched_open(&f.t, f.store, &job, 1, &w, &f.sched), OK);
	sched_close(f.sched);
	f.sched = NULL;
	assert_int_equal(atomic_load(&w.runs), 0);
	sched_close(NULL);
}

static void one_turn_can_be_run_by_hand(void **state)
{
	struct world w = { .more_left = 2 };
	const struct job job = { "tick", work, 10, 5000, 0, 0 };
	bool more = false;

	(void)state;
	assert_int_equal(sched_run_once(&f.t, &job, &w, &more), OK);
	assert_true(more);
	atomic_store(&w.fails, ERR_LATE);
	assert_int_equal(sched_run_once(&f.t, &job, &w, &more), ERR_LATE);
	assert_false(more);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(a_job_runs_at_once_and_then_each_period),
		WITH_STORE(a_topic_wakes_only_the_jobs_that_listed_it),
		WITH_STORE(a_job_woken_often_keeps_its_least_distance),
		WITH_STORE(a_wake_up_during_a_turn_is_not_lost),
		WITH_STORE(more_runs_again_at_once),
		WITH_STORE(failures_are_counted_and_said_once),
		WITH_STORE(a_failing_job_is_not_woken_into_a_spin),
		WITH_STORE(a_broken_job_is_logged_as_broken),
		WITH_STORE(closing_waits_for_the_turn_that_runs),
		WITH_STORE(closing_before_starting_is_fine),
		WITH_STORE(one_turn_can_be_run_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
