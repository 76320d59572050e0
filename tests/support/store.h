/* tests/support/store.h - a fresh store in a folder of its own, and turns on it.
 *
 *     struct fixture f;
 *     fixture_open(&f, (struct store_options){ .no_lane_thread = true });
 *     assert_ok(&f, fixture_lane(&f, add_one, &arg));     a turn in the lane
 *     assert_ok(&f, meta_get(fixture_turn(&f), "k", &v)); a turn that reads
 *     fixture_close(&f);
 */
#ifndef TESTS_SUPPORT_STORE_H
#define TESTS_SUPPORT_STORE_H

#include "store/store.h"

struct fixture {
	char dir[128]; /* removed by fixture_close */
	char path[160];
	struct store_options options; /* as given, path and a small reserve filled in */
	struct arena *mem;
	struct store *store;
	struct db *db; /* the test's own read session */
	struct turn t;
};

/* Fails the test when the store cannot be opened. options.path is made up when NULL. */
void fixture_open(struct fixture *f, struct store_options o);
/* In a folder that is there already, with what is in it; fixture_close empties it all the same. */
void fixture_open_in(struct fixture *f, const char *dir, struct store_options o);
void fixture_close(struct fixture *f);

/* Close the store and leave its files; twice is fine. */
void fixture_shut(struct fixture *f);

/* Close and open the same file again; what store_open said. On failure f->store is NULL. */
enum err fixture_reopen(struct fixture *f);

/* Ends the turn of before and begins a new one: actor "tester", 10 s to its deadline. */
struct turn *fixture_turn(struct fixture *f);

/* A new turn, run in the lane. f->t.why says why it failed. */
enum err fixture_lane(struct fixture *f, store_fn *fn, void *arg);

/* Fails the test with f->t.why unless `e` is OK. */
void fixture_ok(struct fixture *f, enum err e, const char *file, int line);
#define assert_ok(f, e) fixture_ok((f), (e), __FILE__, __LINE__)

/* `e` is `want` and the turn's line has `word` in it. */
void fixture_fails(struct fixture *f, enum err e, enum err want, const char *word, const char *file,
		   int line);
#define assert_fails(f, e, want, word) fixture_fails((f), (e), (want), (word), __FILE__, __LINE__)

/* A folder of the test's own under $TMPDIR or /tmp; removed by test_dir_remove. */
void test_dir(char *out, size_t room);
void test_dir_remove(const char *dir);

#endif
