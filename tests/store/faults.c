/* What SQLite does to a group when its disk fails, each as it was once measured, and what the lane
 * makes of it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/log.h"
#include "store/db.h"
#include "store/events.h"
#include "store/fault_vfs.h"
#include "store/inside.h"
#include "store/meta.h"
#include "store/pauses.h"
#include "tests/support/crowd.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

static int64_t events(struct fixture *f)
{
	int64_t last;

	assert_ok(f, event_last(fixture_turn(f), &last));
	return last;
}

static void a_full_disk_at_commit_rolls_back_the_whole_group(void **state)
{
	struct fixture f;
	struct crowd c;

	(void)state;
	fixture_open(&f, (struct store_options){ .vfs = FAULT_VFS });
	crowd_open(&c, f.store, 5);
	crowd_hold(&c);
	for (int i = 0; i < 5; i++)
		crowd_submit(&c, i, crowd_add_event, "one of five");
	fault_arm(&(struct fault_plan){
		.ops = FAULT_WRITE, .suffix = "-wal", .kind = FAULT_FULL, .nth = 2, .times = -1 });
	crowd_release(&c);
	crowd_wait(&c);
	fault_disarm();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(c.results[i], ERR_FULL);
		assert_int_equal(c.turns[i].reason, REASON_DISK_FULL);
		assert_non_null(strstr(c.turns[i].why, "nothing was changed"));
	}
	assert_int_equal(events(&f), 0);
	assert_true(store_stats(f.store).disk_full > 0);
	assert_ok(&f, fixture_lane(&f, crowd_add_event, NULL));
	assert_int_equal(events(&f), 1);
	crowd_close(&c);
	fixture_close(&f);
}

/* ---- a transaction that ends under a turn ---- */

static enum err add_much(struct turn *t, void *arg)
{
	static char text[1001];

	(void)arg;
	memset(text, 'x', 1000);
	for (int i = 0; i < 2000; i++)
		TRY(event_add(t, TOPIC_WALLET, "fleet", "filled", text));
	return OK;
}

/* As add_much, but it does not pass the failure on. */
static enum err add_much_and_hide_it(struct turn *t, void *arg)
{
	if (add_much(t, arg) != OK)
		t->why[0] = 0;
	return OK;
}

static void limit_pages(struct fixture *f, const char *sql)
{
	assert_int_equal(sqlite3_exec(f->store->db->sql, sql, NULL, NULL, NULL), SQLITE_OK);
}

/* A page limit makes FULL appear in a statement, where SQLite rolls back all that went before. */
static void a_turn_that_loses_the_transaction_takes_its_group_along(void **state)
{
	store_fn *const culprits[] = { add_much, add_much_and_hide_it };

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct fixture f;
		struct crowd c;

		fixture_open(&f, (struct store_options){ .reserve_bytes = 1 });
		limit_pages(&f, "PRAGMA max_page_count = 1");
		crowd_open(&c, f.store, 3);
		crowd_hold(&c);
		crowd_submit(&c, 0, crowd_add_event, "before");
		crowd_submit(&c, 1, culprits[k], NULL);
		crowd_submit(&c, 2, crowd_add_event, "after");
		crowd_release(&c);
		crowd_wait(&c);
		assert_int_equal(c.results[0], ERR_FULL);
		assert_int_equal(c.results[1], ERR_FULL);
		assert_int_equal(c.results[2], OK);
		/* Only the one after, in a group of its own. */
		assert_int_equal(events(&f), 1);
		crowd_close(&c);
		fixture_close(&f);
	}
}

static enum err read_all(struct turn *t, void *arg)
{
	struct event *list;
	size_t n;

	(void)arg;
	TRY(crowd_add_event(t, NULL));
	return event_list(t, 0, TOPIC_ALL, NULL, 1000, &list, &n);
}

static void a_read_that_fails_inside_a_turn_loses_the_group_and_nothing_more(void **state)
{
	struct fixture f;
	struct crowd c;

	(void)state;
	fixture_open(&f, (struct store_options){ .vfs = FAULT_VFS });
	assert_ok(&f, fixture_lane(&f, add_much, NULL));
	assert_ok(&f, fixture_reopen(&f)); /* a cold cache */
	crowd_open(&c, f.store, 2);
	crowd_hold(&c);
	crowd_submit(&c, 0, crowd_add_event, "before");
	crowd_submit(&c, 1, read_all, NULL);
	fault_arm(&(struct fault_plan){ .ops = FAULT_READ, .kind = FAULT_IO, .nth = 20 });
	crowd_release(&c);
	crowd_wait(&c);
	int64_t hits = fault_hits();

	fault_disarm();
	assert_int_equal(hits, 1);
	assert_int_equal(c.results[0], ERR_AWAY);
	assert_int_equal(c.results[1], ERR_AWAY);
	assert_non_null(strstr(c.turns[1].why, "nothing was changed"));
	assert_int_equal(events(&f), 2000);
	assert_ok(&f, fixture_lane(&f, read_all, NULL));
	assert_int_equal(events(&f), 2001);
	crowd_close(&c);
	fixture_close(&f);
}

/* ---- a commit in doubt ---- */

/* One request: its event is there once, however often it was asked for. */
static enum err once(struct turn *t, void *arg)
{
	(void)arg;
	TRY(event_add(t, TOPIC_WALLET, t->request->id, "paid", "once"));
	t->request->reply = (struct bytes){ (const uint8_t *)"done", 4 };
	return OK;
}

enum { REQUESTS = 3 };

static enum err ask(struct fixture *f, int i, bool *replayed_out)
{
	static const char *const ids[REQUESTS] = { "r-0", "r-1", "r-2" };
	struct turn *t = fixture_turn(f);
	struct request r = { .id = ids[i], .method = "Svc/Pay" };

	t->request = &r;
	enum err e = lane_run(t, once, NULL);

	*replayed_out = r.replayed;
	return e;
}

static void be_quiet(void)
{
	log_open((struct log_options){ .least = LOG_ERROR, .fd = -1 });
	if (!freopen("/dev/null", "w", stderr))
		abort();
}

/* In a child: all requests once, with the plan armed. Its exit code: 0 nothing failed, 1 the store
 * said no and lived, EXIT_STORE_BROKEN. What was answered OK is in told[]. */
static int child_life(const char *dir, const struct fault_plan *plan, int told_fd)
{
	struct fixture f;
	int failed = 0;

	be_quiet();
	fixture_open_in(&f, dir, (struct store_options){ .vfs = FAULT_VFS });
	fault_arm(plan);
	for (int i = 0; i < REQUESTS; i++) {
		bool replayed;
		enum err e = ask(&f, i, &replayed);
		uint8_t said[2] = { (uint8_t)i, (uint8_t)e };

		if (write(told_fd, said, sizeof(said)) != sizeof(said))
			abort();
		if (e == ERR_AWAY)
			(void)sleep(10); /* the lane ends the process long before */
		failed |= e != OK;
	}
	if (fault_hits() == 0)
		return 0;
	return failed ? 1 : 2;
}

static int run_child(const char *dir, const struct fault_plan *plan, enum err said[REQUESTS])
{
	int fds[2], status;
	uint8_t word[2];

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(fds[0]);
		_exit(child_life(dir, plan, fds[1]));
	}
	(void)close(fds[1]);
	for (int i = 0; i < REQUESTS; i++)
		said[i] = ERR_COUNT;
	while (read(fds[0], word, sizeof(word)) == sizeof(word))
		said[word[0]] = (enum err)word[1];
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whatever the child was told: asked again under the same ids, each is there exactly once, and
 * what was answered OK before is answered from memory. */
static void expect_each_once(const char *dir, const enum err said[REQUESTS])
{
	struct fixture f;

	fixture_open_in(&f, dir, (struct store_options){ .no_lane_thread = true });
	for (int i = 0; i < REQUESTS; i++) {
		bool replayed;

		assert_ok(&f, ask(&f, i, &replayed));
		if (said[i] == OK)
			assert_true(replayed);
		if (said[i] == ERR_FULL || said[i] == ERR_COUNT)
			assert_false(replayed);
	}
	assert_int_equal(events(&f), REQUESTS);
	fixture_close(&f);
}

static void a_commit_in_doubt_ends_the_process_and_a_repeat_is_done_once(void **state)
{
	/* Written but not synced: the frames are in the file, and the next start finds them. The
	 * first request syncs twice, its WAL is a new one. */
	struct fault_plan plan = {
		.ops = FAULT_SYNC, .suffix = "-wal", .kind = FAULT_IO, .nth = 3
	};
	enum err said[REQUESTS];
	char dir[128];

	(void)state;
	test_dir(dir, sizeof(dir));
	assert_int_equal(run_child(dir, &plan, said), EXIT_STORE_BROKEN);
	assert_int_equal(said[0], OK);
	assert_int_equal(said[1], ERR_AWAY);
	assert_int_equal(said[2], ERR_COUNT);
	expect_each_once(dir, said);
}

static void whatever_change_fails_each_request_is_done_once(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_FULL, FAULT_IO, FAULT_AFTER };

	(void)state;
	for (int k = 0; k < 3; k++) {
		int code, n = 0;

		do {
			struct fault_plan plan = { .ops = FAULT_CHANGES,
						   .kind = kinds[k],
						   .nth = ++n };
			enum err said[REQUESTS];
			char dir[128];

			test_dir(dir, sizeof(dir));
			code = run_child(dir, &plan, said);
			assert_true(code == 0 || code == 1 || code == EXIT_STORE_BROKEN);
			expect_each_once(dir, said);
			assert_true(n < 200);
		} while (code != 0);
		assert_true(n > REQUESTS);
	}
}

/* ---- opening ---- */

static void whatever_fails_while_a_store_is_made_the_next_start_makes_it(void **state)
{
	static const enum fault_kind kinds[] = { FAULT_FULL, FAULT_IO, FAULT_AFTER };

	(void)state;
	log_open((struct log_options){ .least = LOG_ERROR, .fd = -1 });
	for (int k = 0; k < 3; k++) {
		int64_t hits = 1;

		/* Each of the first, then fewer and fewer: making a store is hundreds of writes. */
		for (int n = 1; hits > 0; n += 1 + n / 4) {
			char dir[128], path[160];
			struct arena *mem = arena_new(1 << 20);
			struct store *s = NULL;
			struct turn t;
			struct fixture f;

			test_dir(dir, sizeof(dir));
			(void)snprintf(path, sizeof(path), "%s/fleet.db", dir);
			turn_begin(&t, NULL, NULL, mem, "open", "tester", 1000);
			fault_arm(&(struct fault_plan){
				.ops = FAULT_CHANGES | FAULT_OPEN, .kind = kinds[k], .nth = n });
			enum err e = store_open(&t,
						&(struct store_options){ .path = path,
									 .reserve_bytes = 4096,
									 .vfs = FAULT_VFS },
						&s);

			hits = fault_hits();
			fault_disarm();
			assert_true(e == OK || t.why[0]);
			assert_true(hits > 0 || e == OK);
			if (e == OK)
				store_close(s);
			arena_free(mem);
			fixture_open_in(&f, dir, (struct store_options){ .no_lane_thread = true });
			assert_ok(&f, fixture_lane(&f, crowd_add_event, NULL));
			fixture_close(&f);
			assert_true(n < 2000);
		}
	}
	log_open((struct log_options){ .least = LOG_INFO, .fd = 2 });
}

/* ---- statements that were not finished ---- */

static enum err leave_a_row(struct turn *t, void *arg)
{
	struct row *r = db_query(t, Q_PAUSE_ADD);

	bind_i64(r, PAUSE_PLAIN);
	bind_text(r, "fleet");
	bind_text(r, "tester");
	bind_text(r, "left pending");
	bind_i64(r, t->now_ms);
	TRY(db_next(r)); /* RETURNING: one row, and DONE is never asked for */
	return *(enum err *)arg ? fail(t, *(enum err *)arg, "half way") : OK;
}

static void a_failed_turn_may_leave_a_statement_and_the_group_lives(void **state)
{
	struct fixture f;
	struct crowd c;
	enum err refuse = ERR_REFUSED;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	crowd_open(&c, f.store, 3);
	crowd_hold(&c);
	crowd_submit(&c, 0, crowd_add_event, NULL);
	crowd_submit(&c, 1, leave_a_row, &refuse);
	crowd_submit(&c, 2, crowd_add_event, NULL);
	crowd_release(&c);
	crowd_wait(&c);
	assert_int_equal(c.results[0], OK);
	assert_int_equal(c.results[1], ERR_REFUSED);
	assert_int_equal(c.results[2], OK);
	assert_int_equal(events(&f), 2);
	assert_false(store_stopped(f.store));
	crowd_close(&c);
	fixture_close(&f);
}

static int life_with_a_pending_row(void)
{
	struct fixture f;
	enum err fine = OK;

	be_quiet();
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	return fixture_lane(&f, leave_a_row, &fine) == OK ? 0 : 1;
}

static void a_turn_that_succeeds_with_a_row_pending_is_a_bug(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		_exit(life_with_a_pending_row());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static enum err pause_twice(struct turn *t, void *arg)
{
	struct pause *p = arg;

	TRY(pause_add(t, PAUSE_PLAIN, "fleet", "one", &p[0]));
	return pause_add(t, PAUSE_LOCKDOWN, "fleet", "two", &p[1]);
}

static void a_returned_row_is_taken_to_its_end(void **state)
{
	struct fixture f;
	struct pause p[2];

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, fixture_lane(&f, pause_twice, p));
	assert_int_equal(p[1].id, p[0].id + 1);
	assert_true(store_stopped(f.store));
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_in_doubt_ends_the_process_and_a_repeat_is_done_once),
		cmocka_unit_test(whatever_change_fails_each_request_is_done_once),
		cmocka_unit_test(whatever_fails_while_a_store_is_made_the_next_start_makes_it),
		cmocka_unit_test(a_turn_that_succeeds_with_a_row_pending_is_a_bug),
		cmocka_unit_test(a_full_disk_at_commit_rolls_back_the_whole_group),
		cmocka_unit_test(a_turn_that_loses_the_transaction_takes_its_group_along),
		cmocka_unit_test(a_read_that_fails_inside_a_turn_loses_the_group_and_nothing_more),
		cmocka_unit_test(a_failed_turn_may_leave_a_statement_and_the_group_lives),
		cmocka_unit_test(a_returned_row_is_taken_to_its_end),
	};

	fault_vfs_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
