#include "tests/support/store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/test.h"

enum { TURN_MEMORY = 64 << 20, RESERVE = 1 << 20, TURN_MS = 10000 };

void test_dir(char *out, size_t room)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(out, room, "%s/gf-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(out))
		fail_msg("cannot make the folder %s", out);
}

/* Our folders are flat: files only, and what else a test left stays to be seen. */
static void empty_dir(const char *dir)
{
	DIR *d = opendir(dir);

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char path[600];

		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		(void)unlink(path);
	}
	(void)closedir(d);
}

void test_dir_remove(const char *dir)
{
	empty_dir(dir);
	(void)rmdir(dir);
}

static enum err open_store(struct fixture *f)
{
	turn_begin(&f->t, NULL, NULL, f->mem, "test.open", "tester", TURN_MS);
	enum err e = store_open(&f->t, &f->options, &f->store);

	if (e != OK) {
		f->store = NULL;
		return e;
	}
	e = store_session(&f->t, f->store, &f->db);
	f->t.store = f->store;
	f->t.db = f->db;
	return e;
}

void fixture_shut(struct fixture *f)
{
	if (!f->store)
		return;
	store_session_close(f->db);
	store_close(f->store);
	f->db = NULL;
	f->store = NULL;
}

void fixture_open_in(struct fixture *f, const char *dir, struct store_options o)
{
	*f = (struct fixture){ .options = o };
	(void)snprintf(f->dir, sizeof(f->dir), "%s", dir);
	(void)snprintf(f->path, sizeof(f->path), "%s/fleet.db", f->dir);
	if (!o.path)
		f->options.path = f->path;
	if (!o.reserve_bytes)
		f->options.reserve_bytes = RESERVE;
	f->mem = arena_new(TURN_MEMORY);
	assert_ok(f, open_store(f));
}

void fixture_open(struct fixture *f, struct store_options o)
{
	char dir[sizeof(f->dir)];

	test_dir(dir, sizeof(dir));
	fixture_open_in(f, dir, o);
}

void fixture_close(struct fixture *f)
{
	fixture_shut(f);
	arena_free(f->mem);
	test_dir_remove(f->dir);
}

enum err fixture_reopen(struct fixture *f)
{
	fixture_shut(f);
	arena_reset(f->mem);
	return open_store(f);
}

struct turn *fixture_turn(struct fixture *f)
{
	turn_end(&f->t);
	turn_begin(&f->t, f->store, f->db, f->mem, "test", "tester", TURN_MS);
	return &f->t;
}

enum err fixture_lane(struct fixture *f, store_fn *fn, void *arg)
{
	return lane_run(fixture_turn(f), fn, arg);
}

void fixture_ok(struct fixture *f, enum err e, const char *file, int line)
{
	if (e == OK)
		return;
	print_error("%s: %s\n", err_name(e), f->t.why);
	_fail(file, line);
}

void fixture_fails(struct fixture *f, enum err e, enum err want, const char *word, const char *file,
		   int line)
{
	if (e == want && strstr(f->t.why, word))
		return;
	print_error("want %s with '%s', got %s: %s\n", err_name(want), word, err_name(e), f->t.why);
	_fail(file, line);
}
