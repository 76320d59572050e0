/* The times of people, over the two days of the year that are not 24 hours long. */
#include "server/core/calendar.h"

#include <string.h>

#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static int64_t at(const char *zone, const char *local)
{
	int64_t ms;

	assert_int_equal(local_to_ms(&t, "at", zone, local, &ms), OK);
	return ms;
}

static void a_wall_clock_is_of_its_zone(void **state)
{
	(void)state;

	assert_int_equal(at("UTC", "2026-11-29T02:00"), 1795917600000);
	assert_int_equal(at("Europe/Berlin", "2026-11-29T02:00"), 1795914000000);
	assert_int_equal(at("Asia/Kolkata", "2026-11-29T02:00"), 1795897800000);
	assert_string_equal(local_text(&t, "Europe/Berlin", 1795914000000), "2026-11-29T02:00");
	assert_string_equal(local_words(&t, "Europe/Berlin", 1795914000000),
			    "Sun 29 Nov 02:00 Europe/Berlin");
}

/* 2026-03-29: from 02:00 CET straight to 03:00 CEST. */
static void a_time_that_is_skipped_comes_an_hour_later(void **state)
{
	(void)state;

	assert_int_equal(at("Europe/Berlin", "2026-03-29T02:30"),
			 at("Europe/Berlin", "2026-03-29T03:30"));
	assert_int_equal(at("Europe/Berlin", "2026-03-29T03:30") -
				 at("Europe/Berlin", "2026-03-29T01:30"),
			 3600000);
}

/* 2026-10-25: from 03:00 CEST back to 02:00 CET. */
static void of_a_time_that_comes_twice_the_first_is_meant(void **state)
{
	(void)state;
	int64_t twice = at("Europe/Berlin", "2026-10-25T02:30");

	assert_int_equal(twice, 1792888200000); /* 00:30 UTC */
	assert_int_equal(at("Europe/Berlin", "2026-10-25T03:30") - twice, 2 * 3600000);
}

static void what_recurs_keeps_its_wall_clock_over_23_and_25_hours(void **state)
{
	(void)state;
	struct recurrence daily = { "Europe/Berlin", "2026-03-01T08:00", "FREQ=DAILY" };
	int64_t a, b, from = at("Europe/Berlin", "2026-03-28T07:00");

	assert_int_equal(recurrence_check(&t, &daily), OK);
	assert_int_equal(recurrence_next(&t, &daily, from, &a), OK);
	assert_int_equal(recurrence_next(&t, &daily, a, &b), OK);
	assert_int_equal(b - a, 23 * 3600000);
	from = at("Europe/Berlin", "2026-10-24T07:00");
	assert_int_equal(recurrence_next(&t, &daily, from, &a), OK);
	assert_int_equal(recurrence_next(&t, &daily, a, &b), OK);
	assert_int_equal(b - a, 25 * 3600000);
}

static void weekly_monthly_and_quarterly_are_rules(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *next;
	} rows[] = {
		{ "FREQ=WEEKLY;BYDAY=SU", "2026-11-29T02:00" },
		{ "FREQ=MONTHLY;BYDAY=1SU", "2026-12-06T02:00" },
		{ "FREQ=MONTHLY;INTERVAL=3;BYDAY=1SU", "2027-01-03T02:00" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct recurrence r = { "UTC", "2026-01-04T02:00", rows[i].rule };
		int64_t next;

		assert_int_equal(recurrence_check(&t, &r), OK);
		assert_int_equal(recurrence_next(&t, &r, at("UTC", "2026-11-22T12:00"), &next), OK);
		assert_string_equal(local_text(&t, "UTC", next), rows[i].next);
	}
}

static void what_happens_once_has_no_next(void **state)
{
	(void)state;
	struct recurrence once = { "UTC", "2026-01-04T02:00", "" };
	int64_t next;

	assert_int_equal(recurrence_next(&t, &once, 0, &next), OK);
	assert_int_equal(recurrence_next(&t, &once, next, &next), ERR_MISSING);
}

static void what_is_no_time_zone_or_rule_is_refused_by_name(void **state)
{
	(void)state;
	static const struct {
		struct recurrence r;
		const char *word;
	} rows[] = {
		{ { "Europe/Nowhere", "2026-01-04T02:00", "" }, "zone" },
		{ { "../../etc/passwd", "2026-01-04T02:00", "" }, "zone" },
		{ { "UTC", "2026-02-30T02:00", "" }, "first" },
		{ { "UTC", "tomorrow", "" }, "first" },
		{ { "UTC", "2026-01-04T02:00Z", "" }, "first" },
		{ { "UTC", "2026-01-04T02:00", "every sunday" }, "recurrence" },
		{ { "UTC", "2026-01-04T02:00", "FREQ=MINUTELY" }, "once a day" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(recurrence_check(&t, &rows[i].r), ERR_INVALID);
		assert_non_null(strstr(t.why, rows[i].word));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_wall_clock_is_of_its_zone, fresh, done),
		cmocka_unit_test_setup_teardown(a_time_that_is_skipped_comes_an_hour_later, fresh,
						done),
		cmocka_unit_test_setup_teardown(of_a_time_that_comes_twice_the_first_is_meant,
						fresh, done),
		cmocka_unit_test_setup_teardown(
			what_recurs_keeps_its_wall_clock_over_23_and_25_hours, fresh, done),
		cmocka_unit_test_setup_teardown(weekly_monthly_and_quarterly_are_rules, fresh,
						done),
		cmocka_unit_test_setup_teardown(what_happens_once_has_no_next, fresh, done),
		cmocka_unit_test_setup_teardown(what_is_no_time_zone_or_rule_is_refused_by_name,
						fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
