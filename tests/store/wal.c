/* The write-ahead log stays bounded, whoever reads meanwhile. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "store/base/clock.h"
#include "store/events.h"
#include "store/meta.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

enum { MIB = 1 << 20, BLOB = 32 * 1024, READERS = 2 };

struct reader {
	struct store *store;
	_Atomic bool stop;
	_Atomic bool inside; /* holds a snapshot */
	int64_t hold_ms;
	_Atomic int64_t reads;
	pthread_t thread;
};

static void nap(int64_t ms)
{
	(void)nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 },
			NULL);
}

/* A snapshot that is held for a while; both looks at it must agree. */
static enum err look_twice(struct turn *t, void *arg)
{
	struct reader *r = arg;
	int64_t before, after;

	TRY(event_last(t, &before));
	atomic_store(&r->inside, true);
	nap(r->hold_ms);
	TRY(event_last(t, &after));
	atomic_store(&r->inside, false);
	return before == after ? OK : fail(t, ERR_BROKEN, "the snapshot moved");
}

static void *reader_main(void *arg)
{
	struct reader *r = arg;
	struct arena *mem = arena_new(MIB);
	struct db *db;
	struct turn t;

	turn_begin(&t, r->store, NULL, mem, "reader", "reader", 10000);
	if (store_session(&t, r->store, &db) != OK)
		abort();
	while (!atomic_load(&r->stop)) {
		turn_begin(&t, r->store, db, mem, "reader", "reader", 10000);
		if (read_run(&t, look_twice, r) != OK)
			abort();
		turn_end(&t);
		(void)atomic_fetch_add(&r->reads, 1);
	}
	store_session_close(db);
	arena_free(mem);
	return NULL;
}

static void start(struct reader *r, struct store *s, int64_t hold_ms)
{
	r->store = s;
	r->hold_ms = hold_ms;
	atomic_init(&r->stop, false);
	atomic_init(&r->inside, false);
	atomic_init(&r->reads, 0);
	assert_int_equal(pthread_create(&r->thread, NULL, reader_main, r), 0);
}

static void stop(struct reader *r)
{
	atomic_store(&r->stop, true);
	(void)pthread_join(r->thread, NULL);
}

static enum err write_blobs(struct turn *t, void *arg)
{
	static uint8_t blob[BLOB];
	int *n = arg;

	for (int i = 0; i < 8; i++) {
		char key[16];

		/* Never the same: SQLite writes no page that does not change. */
		memset(blob, *n & 0xff, sizeof(blob));
		memcpy(blob, n, sizeof(*n));
		(void)snprintf(key, sizeof(key), "blob-%d", (*n)++ % 199);
		TRY(meta_set(t, key, blob, sizeof(blob)));
	}
	return event_add(t, TOPIC_CHAIN, "fleet", "blob", "written");
}

static size_t wal_size(struct fixture *f)
{
	struct stat st;
	char path[200];

	(void)snprintf(path, sizeof(path), "%s-wal", f->path);
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

/* `total` bytes through the lane. */
static void write_much(struct fixture *f, size_t total)
{
	int n = 0;

	for (size_t done = 0; done < total; done += (size_t)8 * BLOB)
		assert_ok(f, fixture_lane(f, write_blobs, &n));
}

static void two_busy_readers_do_not_make_the_wal_grow(void **state)
{
	struct fixture f;
	struct reader r[READERS];

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	for (int i = 0; i < READERS; i++)
		start(&r[i], f.store, 7 + 4 * i);
	write_much(&f, (size_t)200 * MIB);
	for (int i = 0; i < READERS; i++) {
		stop(&r[i]);
		assert_true(atomic_load(&r[i].reads) > 10);
	}
	assert_true(wal_size(&f) < (size_t)64 * MIB);
	/* And it is not cut: the blocks it has are kept. */
	assert_true(wal_size(&f) > (size_t)30 * MIB);
	assert_ok(&f, fixture_reopen(&f));
	assert_true(wal_size(&f) > (size_t)30 * MIB);
	fixture_close(&f);
}

static void a_reader_that_stays_too_long_does_not_stop_the_lane(void **state)
{
	struct fixture f;
	struct reader r;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	start(&r, f.store, 1500);
	while (!atomic_load(&r.inside))
		nap(1);
	int64_t begin = clock_mono_ms();

	write_much(&f, (size_t)48 * MIB);
	bool still_inside = atomic_load(&r.reads) == 0;

	print_message("48 MiB in %d ms beside a reader that stays\n",
		      (int)(clock_mono_ms() - begin));
	stop(&r);
	/* On a slow machine the reader may have left; then nothing was shown. */
	if (still_inside)
		assert_true(wal_size(&f) > (size_t)48 * MIB);
	write_much(&f, (size_t)16 * MIB);
	assert_true(store_stats(f.store).wal_bytes < (size_t)48 * MIB);
	fixture_close(&f);
}

static void a_snapshot_does_not_see_what_comes_after_it(void **state)
{
	struct fixture f;
	struct reader r;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	start(&r, f.store, 30);
	while (!atomic_load(&r.inside))
		nap(1);
	for (int i = 0; i < 20; i++)
		write_much(&f, (size_t)8 * BLOB);
	stop(&r);
	assert_true(atomic_load(&r.reads) > 0);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_busy_readers_do_not_make_the_wal_grow),
		cmocka_unit_test(a_reader_that_stays_too_long_does_not_stop_the_lane),
		cmocka_unit_test(a_snapshot_does_not_see_what_comes_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
