/* W3C Trace Context: what is a traceparent, and what is as if nothing had come. */
#include "server/door/trace.h"

#include <string.h>

#include "store/base/arena.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

#define ID   "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"
#define GOOD "00-" ID "-" SPAN "-01"

static const char *read_text(const char *s)
{
	return trace_read(&t, (struct bytes){ (const uint8_t *)s, strlen(s) });
}

static void a_good_one_is_kept_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(read_text(GOOD), GOOD);
	assert_string_equal(read_text("00-" ID "-" SPAN "-00"), "00-" ID "-" SPAN "-00");
	assert_int_equal(strlen(GOOD), TRACE_TEXT);
}

static void a_later_version_is_read_as_far_as_we_know_it(void **state)
{
	(void)state;
	assert_string_equal(read_text("cc-" ID "-" SPAN "-01"), GOOD);
	assert_string_equal(read_text("cc-" ID "-" SPAN "-01-what-the-future-will-be-like"), GOOD);
	assert_null(read_text("cc-" ID "-" SPAN "-01.what-the-future-will-not-be-like"));
}

/* The cases of the specification's own test suite that concern this header alone. */
static void what_is_not_well_formed_is_nothing(void **state)
{
	static const char *const bad[] = {
		"",
		"00",
		"ff-" ID "-" SPAN "-01",
		GOOD "-",
		GOOD "-what-the-future-will-be-like",
		GOOD ".",
		"0-" ID "-" SPAN "-01",
		".0-" ID "-" SPAN "-01",
		"00-00000000000000000000000000000000-" SPAN "-01",
		"00-" ID "-0000000000000000-01",
		"00-.bf92f3577b34da6a3ce929d0e0e4736-" SPAN "-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
		"00-" ID "-.0f067aa0ba902b7-01",
		"00-" ID "-" SPAN "-.0",
		"00-" ID "-" SPAN "-1",
		"00-" ID "-" SPAN "-0X",
		"00_" ID "-" SPAN "-01",
		"00-" ID "_" SPAN "-01",
		"00-" ID "-" SPAN "_01",
		" " GOOD,
		"00-" ID "0-" SPAN "-01",
		"00-" ID "-" SPAN "0-01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_text(bad[i]))
			fail_msg("'%s' was taken\n", bad[i]);
	/* A NUL in it ends nothing. */
	char cut[TRACE_TEXT + 1] = GOOD;

	cut[20] = 0;
	assert_null(trace_read(&t, (struct bytes){ (const uint8_t *)cut, TRACE_TEXT }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one_is_kept_as_it_is),
		cmocka_unit_test(a_later_version_is_read_as_far_as_we_know_it),
		cmocka_unit_test(what_is_not_well_formed_is_nothing),
	};

	return cmocka_run_group_tests(tests, fresh, done);
}
