/* tests/support/one_turn.h - a turn `t` and its memory `mem` for each test of a file, made by the
 * setup `fresh` and ended by the teardown `done`. For tests that need nothing else. */
#ifndef TESTS_SUPPORT_ONE_TURN_H
#define TESTS_SUPPORT_ONE_TURN_H

#include "store/base/turn.h"

enum { ONE_TURN_MEMORY = 64 << 20, ONE_TURN_MS = 1000 };

static struct arena *mem;
static struct turn t;

static int fresh(void **state)
{
	(void)state;
	mem = arena_new(ONE_TURN_MEMORY);
	turn_begin(&t, NULL, NULL, mem, "test", "test", ONE_TURN_MS);
	return 0;
}

static int done(void **state)
{
	(void)state;
	turn_end(&t);
	arena_free(mem);
	return 0;
}

#endif
