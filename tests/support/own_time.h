/* tests/support/own_time.h - a store `f` and a clock `now` of the test's own for each test of a
 * file, made by the setup `fresh` and ended by the teardown `done`. What a file needs besides is in
 * its own setup, which calls fresh(). */
#ifndef TESTS_SUPPORT_OWN_TIME_H
#define TESTS_SUPPORT_OWN_TIME_H

#include "tests/support/store.h"

static struct fixture f;
static int64_t now;

static int fresh(void **state)
{
	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	now = fixture_turn(&f)->now_ms;
	return 0;
}

static int done(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

/* A turn at the test's own time. */
static struct turn *at_now(void)
{
	struct turn *t = fixture_turn(&f);

	t->now_ms = now;
	return t;
}

#endif
