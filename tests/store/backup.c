/* A backup is one moment of the store, taken while it works. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/audit.h"
#include "store/backup.h"
#include "store/events.h"
#include "store/meta.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

/* The count, an event and an audit record: always as many of each. */
static enum err count_up(struct turn *t, void *arg)
{
	struct bytes v;
	int64_t n = 0;
	char filler[900];

	(void)arg;
	if (meta_get(t, "count", &v) == OK)
		memcpy(&n, v.p, sizeof(n));
	n++;
	TRY(meta_set(t, "count", &n, sizeof(n)));
	memset(filler, 'f', sizeof(filler));
	filler[sizeof(filler) - 1] = 0;
	TRY(event_add(t, TOPIC_WALLET, "fleet", "counted", filler));
	return audit_add(t, "fleet.counted", "fleet", "up");
}

struct writer {
	struct store *store;
	_Atomic bool stop;
	_Atomic int64_t done;
	pthread_t thread;
};

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct arena *mem = arena_new(1 << 20);
	struct turn t;

	while (!atomic_load(&w->stop)) {
		turn_begin(&t, w->store, NULL, mem, "writer", "writer", 10000);
		if (lane_run(&t, count_up, NULL) != OK)
			abort();
		turn_end(&t);
		(void)atomic_fetch_add(&w->done, 1);
	}
	arena_free(mem);
	return NULL;
}

/* Opens the copy as a store of its own and counts what is in it. */
static int64_t count_in(const char *dir, const char *file)
{
	struct fixture f;
	struct bytes v;
	int64_t n, last, checked;
	size_t read;
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	fixture_open_in(&f, dir, (struct store_options){ .path = path, .no_lane_thread = true });
	assert_ok(&f, meta_get(fixture_turn(&f), "count", &v));
	memcpy(&n, v.p, sizeof(n));
	assert_ok(&f, event_last(fixture_turn(&f), &last));
	assert_int_equal(last, n);
	assert_ok(&f, audit_verify(fixture_turn(&f), 0, 1000000, &checked, &read));
	assert_int_equal(checked, n);
	fixture_close(&f);
	return n;
}

static void a_backup_beside_a_busy_writer_is_one_moment_of_the_store(void **state)
{
	struct fixture f;
	struct writer w = { 0 };
	char dir[128], path[200];
	uint64_t bytes = 0;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	test_dir(dir, sizeof(dir));
	(void)snprintf(path, sizeof(path), "%s/copy.db", dir);
	for (int i = 0; i < 500; i++)
		assert_ok(&f, fixture_lane(&f, count_up, NULL));
	w.store = f.store;
	assert_int_equal(pthread_create(&w.thread, NULL, writer_main, &w), 0);
	while (atomic_load(&w.done) == 0)
		(void)usleep(100);
	int64_t before = atomic_load(&w.done);

	assert_ok(&f, store_backup(fixture_turn(&f), f.store, path, &bytes));
	int64_t after = atomic_load(&w.done);

	atomic_store(&w.stop, true);
	(void)pthread_join(w.thread, NULL);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, bytes);
	assert_int_equal(st.st_mode & 0777, 0600);
	int64_t n = count_in(dir, "copy.db");

	assert_true(n >= 500 + before && n <= 500 + after + 1);
	fixture_close(&f);
}

static void a_backup_does_not_overwrite(void **state)
{
	struct fixture f;
	char path[200];
	uint64_t bytes;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	(void)snprintf(path, sizeof(path), "%s/copy.db", f.dir);
	assert_ok(&f, store_backup(fixture_turn(&f), f.store, path, &bytes));
	assert_fails(&f, store_backup(fixture_turn(&f), f.store, path, &bytes), ERR_EXISTS,
		     "copy.db");
	fixture_close(&f);
}

static void a_backup_that_fails_leaves_no_file(void **state)
{
	struct fixture f;
	char path[200];
	uint64_t bytes;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	(void)snprintf(path, sizeof(path), "%s/copy.db", f.dir);
	struct turn *t = fixture_turn(&f);

	t->due_ms = 0;
	assert_fails(&f, store_backup(t, f.store, path, &bytes), ERR_LATE, "deadline");
	assert_int_equal(access(path, F_OK), -1);
	(void)snprintf(path, sizeof(path), "%s/copy.db.part", f.dir);
	assert_int_equal(access(path, F_OK), -1);
	assert_fails(&f, store_backup(fixture_turn(&f), f.store, "/nowhere/copy.db", &bytes),
		     ERR_REFUSED, "/nowhere");
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backup_beside_a_busy_writer_is_one_moment_of_the_store),
		cmocka_unit_test(a_backup_does_not_overwrite),
		cmocka_unit_test(a_backup_that_fails_leaves_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
