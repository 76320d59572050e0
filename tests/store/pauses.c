/* Pauses: rows with an epoch, the stop in memory, and the latch behind them. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/audit.h"
#include "store/base/log.h"
#include "store/events.h"
#include "store/fault_vfs.h"
#include "store/latch.h"
#include "store/pauses.h"
#include "tests/support/crowd.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

struct ask {
	enum pause_kind kind;
	const char *scope, *reason;
	struct pause out;
};

static enum err add(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return pause_add(t, a->kind, a->scope, a->reason, &a->out);
}

struct lift {
	const char *scope;
	size_t n;
};

static enum err lift(struct turn *t, void *arg)
{
	struct lift *l = arg;

	TRY(pause_lift(t, l->scope, &l->n));
	return event_add(t, TOPIC_FLEET, l->scope, "resumed", "as whoever resumes does");
}

static struct ask fleet(enum pause_kind kind)
{
	return (struct ask){ .kind = kind, .scope = "fleet", .reason = "a reason" };
}

static enum err emergency(struct fixture *f, store_fn *fn, void *arg)
{
	struct turn *t = fixture_turn(f);

	t->urgent = t->emergency = true;
	return lane_run(t, fn, arg);
}

static void a_pause_holds_until_it_is_lifted_and_over_a_restart(void **state)
{
	struct fixture f;
	struct ask a = fleet(PAUSE_PLAIN), b = fleet(PAUSE_LOCKDOWN);
	struct lift l = { .scope = "fleet" };
	struct pause *list;
	size_t n;
	int64_t epoch;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, pause_epoch(fixture_turn(&f), &epoch));
	assert_int_equal(epoch, 0);
	assert_false(store_stopped(f.store));
	assert_ok(&f, fixture_lane(&f, add, &a));
	assert_int_equal(a.out.id, 1);
	assert_true(store_stopped(f.store));
	assert_ok(&f, fixture_lane(&f, add, &b));
	assert_ok(&f, fixture_reopen(&f));
	assert_true(store_stopped(f.store));
	assert_ok(&f, pause_active(fixture_turn(&f), "fleet", 10, &list, &n));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].kind, PAUSE_LOCKDOWN);
	assert_string_equal(list[1].reason, "a reason");
	assert_string_equal(list[1].actor, "tester");
	assert_ok(&f, fixture_lane(&f, lift, &l));
	assert_int_equal(l.n, 2);
	assert_false(store_stopped(f.store));
	assert_ok(&f, fixture_lane(&f, lift, &l));
	assert_int_equal(l.n, 0);
	assert_ok(&f, pause_epoch(fixture_turn(&f), &epoch));
	assert_int_equal(epoch, 2);
	assert_ok(&f, fixture_reopen(&f));
	assert_false(store_stopped(f.store));
	fixture_close(&f);
}

static void the_pause_of_one_wallet_does_not_stop_the_fleet(void **state)
{
	struct fixture f;
	struct ask a = { .kind = PAUSE_PLAIN, .scope = "wallets/w-1", .reason = "" };
	struct pause *list;
	size_t n;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, fixture_lane(&f, add, &a));
	assert_false(store_stopped(f.store));
	assert_ok(&f, pause_active(fixture_turn(&f), "fleet", 10, &list, &n));
	assert_int_equal(n, 0);
	assert_ok(&f, pause_active(fixture_turn(&f), NULL, 10, &list, &n));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].scope, "wallets/w-1");
	fixture_close(&f);
}

static void a_dry_run_of_a_pause_stops_nothing(void **state)
{
	struct fixture f;
	struct ask a = fleet(PAUSE_PLAIN);

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	struct turn *t = fixture_turn(&f);

	t->validate_only = true;
	assert_ok(&f, lane_run(t, add, &a));
	assert_false(store_stopped(f.store));
	fixture_close(&f);
}

static void a_reason_too_long_is_refused(void **state)
{
	struct fixture f;
	char text[502];
	struct ask a = { .kind = PAUSE_PLAIN, .scope = "fleet", .reason = text };

	(void)state;
	memset(text, 'r', sizeof(text));
	text[501] = 0;
	fixture_open(&f, (struct store_options){ 0 });
	assert_fails(&f, fixture_lane(&f, add, &a), ERR_INVALID, "500 bytes");
	fixture_close(&f);
}

/* ---- the emergency class ---- */

/* `times` writes to the WAL fail: one COMMIT fails at its first. */
static void fail_commits(int times)
{
	fault_arm(&(struct fault_plan){ .ops = FAULT_WRITE,
					.suffix = "-wal",
					.kind = FAULT_FULL,
					.nth = 1,
					.times = times });
}

static void an_emergency_turn_is_tried_again_alone_and_others_are_not(void **state)
{
	struct fixture f;
	struct crowd c;
	struct ask a = fleet(PAUSE_PLAIN);

	(void)state;
	fixture_open(&f, (struct store_options){ .vfs = FAULT_VFS });
	crowd_open(&c, f.store, 3);
	crowd_hold(&c);
	crowd_submit(&c, 0, crowd_add_event, NULL);
	c.turns[1].emergency = true;
	crowd_submit(&c, 1, add, &a);
	crowd_submit(&c, 2, crowd_add_event, NULL);
	fail_commits(1);
	crowd_release(&c);
	crowd_wait(&c);
	fault_disarm();
	assert_int_equal(c.results[0], ERR_FULL);
	assert_int_equal(c.results[1], OK);
	assert_int_equal(c.results[2], ERR_FULL);
	assert_true(store_stopped(f.store));
	assert_false(a.out.latched);
	assert_false(store_stats(f.store).reserve_gone);
	crowd_close(&c);
	fixture_close(&f);
}

static size_t file_size(struct fixture *f, const char *name)
{
	struct stat st;
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void the_reserve_is_freed_before_the_last_try_and_made_again(void **state)
{
	struct fixture f;
	struct ask a = fleet(PAUSE_PLAIN);

	(void)state;
	fixture_open(&f, (struct store_options){ .vfs = FAULT_VFS, .no_lane_thread = true });
	assert_int_equal(file_size(&f, "reserve"), 1 << 20);
	fail_commits(2);
	assert_ok(&f, emergency(&f, add, &a));
	fault_disarm();
	assert_false(a.out.latched);
	assert_true(store_stats(f.store).reserve_gone);
	assert_int_equal(file_size(&f, "reserve"), 0);
	assert_ok(&f, fixture_reopen(&f));
	assert_int_equal(file_size(&f, "reserve"), 1 << 20);
	assert_true(store_stopped(f.store));
	fixture_close(&f);
}

static void a_disk_that_takes_nothing_leaves_the_latch(void **state)
{
	struct fixture f;
	struct ask a = fleet(PAUSE_PLAIN), wallet = { PAUSE_PLAIN, "wallets/w", "x", { 0 } };
	struct lift l = { .scope = "fleet" };
	struct pause *list;
	struct event *events;
	struct audit_record *records;
	size_t n;

	(void)state;
	fixture_open(&f, (struct store_options){ .vfs = FAULT_VFS, .no_lane_thread = true });
	fail_commits(-1);
	assert_fails(&f, emergency(&f, crowd_add_event, NULL), ERR_FULL, "used up");
	assert_fails(&f, emergency(&f, add, &wallet), ERR_FULL, "only the whole fleet");
	assert_false(store_stopped(f.store));
	assert_ok(&f, emergency(&f, add, &a));
	assert_true(a.out.latched);
	assert_int_equal(a.out.id, 1);
	assert_true(store_stopped(f.store));
	assert_true(store_stats(f.store).latched);
	assert_ok(&f, pause_active(fixture_turn(&f), "fleet", 10, &list, &n));
	assert_int_equal(n, 1);
	assert_true(list[0].latched);
	/* It holds what was run before, as its row will. */
	assert_int_equal(list[0].id, 1);
	/* Starting is not free: no resume without a disk. */
	assert_fails(&f, fixture_lane(&f, lift, &l), ERR_FULL, "disk is full");
	assert_true(store_stopped(f.store));
	/* A start on the same disk keeps it. */
	log_open((struct log_options){ .least = LOG_ERROR, .fd = -1 });
	assert_ok(&f, fixture_reopen(&f));
	assert_true(store_stopped(f.store));
	assert_true(store_stats(f.store).latched);
	fault_disarm();
	assert_ok(&f, fixture_reopen(&f));
	log_open((struct log_options){ .least = LOG_INFO, .fd = 2 });
	assert_false(store_stats(f.store).latched);
	assert_ok(&f, pause_active(fixture_turn(&f), "fleet", 10, &list, &n));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].at_ms, a.out.at_ms);
	assert_string_equal(list[0].actor, "tester");
	assert_ok(&f, event_list(fixture_turn(&f), 0, TOPIC_FLEET, "fleet", 10, &events, &n));
	assert_int_equal(n, 1);
	assert_string_equal(events[0].kind, "fleet.paused");
	assert_ok(&f, audit_list(fixture_turn(&f), 0, 10, &records, &n));
	assert_int_equal(n, 1);
	assert_ok(&f, fixture_lane(&f, lift, &l));
	assert_int_equal(l.n, 1);
	assert_ok(&f, fixture_reopen(&f));
	assert_false(store_stopped(f.store));
	fixture_close(&f);
}

static void a_resume_lifts_a_latch_that_is_no_row_yet(void **state)
{
	struct fixture f;
	struct ask a = fleet(PAUSE_LOCKDOWN), b = fleet(PAUSE_PLAIN);
	struct lift l = { .scope = "fleet" };

	(void)state;
	fixture_open(&f, (struct store_options){ .vfs = FAULT_VFS, .no_lane_thread = true });
	fail_commits(-1);
	assert_ok(&f, emergency(&f, add, &a));
	/* There is one note: the stronger kind stays. */
	assert_ok(&f, emergency(&f, add, &b));
	assert_int_equal(b.out.kind, PAUSE_LOCKDOWN);
	fault_disarm();
	assert_ok(&f, fixture_lane(&f, lift, &l));
	assert_int_equal(l.n, 1);
	assert_false(store_stopped(f.store));
	assert_false(store_stats(f.store).latched);
	assert_ok(&f, fixture_reopen(&f));
	assert_false(store_stopped(f.store));
	fixture_close(&f);
}

/* ---- the file itself ---- */

static struct latch_note note(const char *reason)
{
	struct latch_note n = { .kind = PAUSE_PLAIN, .at_ms = 7 };

	(void)snprintf(n.actor, sizeof(n.actor), "anna");
	(void)snprintf(n.reason, sizeof(n.reason), "%s", reason);
	return n;
}

static void a_torn_slot_of_the_latch_leaves_the_one_before(void **state)
{
	struct arena *mem = arena_new(1 << 16);
	struct latch l;
	struct latch_note got, one = note("one"), two = note("two");
	struct turn t;
	char dir[128], path[200];

	(void)state;
	test_dir(dir, sizeof(dir));
	(void)snprintf(path, sizeof(path), "%s/pause.latch", dir);
	turn_begin(&t, NULL, NULL, mem, "test", "tester", 1000);
	latch_init(&l);
	assert_int_equal(latch_open(&t, dir, &l), OK);
	assert_false(latch_read(&l, &got));
	assert_true(latch_write(&l, &one));
	assert_true(latch_write(&l, &two));
	uint64_t last = l.number;

	latch_close(&l);
	latch_init(&l);
	assert_int_equal(latch_open(&t, dir, &l), OK);
	assert_true(latch_read(&l, &got));
	assert_string_equal(got.reason, "two");
	assert_string_equal(got.actor, "anna");
	assert_int_equal(got.at_ms, 7);
	latch_close(&l);

	/* The newest slot is torn in its middle. */
	int fd = open(path, O_WRONLY);

	assert_int_equal(pwrite(fd, "torn", 4, (off_t)(last % 2) * 4096 + 40), 4);
	(void)close(fd);
	latch_init(&l);
	assert_int_equal(latch_open(&t, dir, &l), OK);
	assert_true(latch_read(&l, &got));
	assert_string_equal(got.reason, "one");
	latch_close(&l);
	arena_free(mem);
	test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pause_holds_until_it_is_lifted_and_over_a_restart),
		cmocka_unit_test(the_pause_of_one_wallet_does_not_stop_the_fleet),
		cmocka_unit_test(a_dry_run_of_a_pause_stops_nothing),
		cmocka_unit_test(a_reason_too_long_is_refused),
		cmocka_unit_test(an_emergency_turn_is_tried_again_alone_and_others_are_not),
		cmocka_unit_test(the_reserve_is_freed_before_the_last_try_and_made_again),
		cmocka_unit_test(a_disk_that_takes_nothing_leaves_the_latch),
		cmocka_unit_test(a_resume_lifts_a_latch_that_is_no_row_yet),
		cmocka_unit_test(a_torn_slot_of_the_latch_leaves_the_one_before),
	};

	fault_vfs_register();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
