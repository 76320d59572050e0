/* Who has the shift, by the wall clock, over the days of the year that have 23 and 25 hours. */
#include "server/core/rota.h"

#include <string.h>

#include "server/core/calendar.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static const int64_t HOUR = 3600000, DAY = 86400000;

static int64_t at(const char *zone, const char *local)
{
	int64_t ms;

	assert_int_equal(local_to_ms(&t, "at", zone, local, &ms), OK);
	return ms;
}

static int64_t wall(const char *local)
{
	return at("UTC", local) / 60000;
}

static struct schedule of(const char *zone, struct layer l)
{
	struct schedule s = { .name = "s", .zone = zone, .note = "", .n_layers = 1 };

	l.name = l.name ? l.name : "days";
	l.every = l.every ? l.every : 1;
	l.handoffs = l.handoffs ? l.handoffs : "";
	l.active = l.active ? l.active : "";
	s.layers[0] = l;
	return s;
}

static struct rota *read(const struct schedule *s, const struct override *o, size_t n)
{
	struct rota *r;

	assert_int_equal(rota_read(&t, s, o, n, &r), OK);
	return r;
}

static const char *who(const struct rota *r, int64_t ms)
{
	return rota_at(&t, r, ms).person;
}

static void a_daily_rotation_hands_over_at_its_hour_every_day(void **state)
{
	struct schedule s =
		of("Europe/Berlin", (struct layer){ .kind = LAYER_DAILY,
						    .start_min = wall("2026-11-02T09:00"),
						    .people = "anna\nben\ncarl" });
	struct rota *r = read(&s, NULL, 0);
	int64_t start = at("Europe/Berlin", "2026-11-02T09:00");

	(void)state;
	assert_string_equal(who(r, start - 1), "");
	assert_string_equal(who(r, start), "anna");
	assert_string_equal(who(r, start + DAY - 1), "anna");
	assert_string_equal(who(r, start + DAY), "ben");
	assert_string_equal(who(r, start + 3 * DAY), "anna");
	assert_int_equal(rota_at(&t, r, start + HOUR).to_ms, start + DAY);
}

/* 2026-03-29 has 23 hours in Berlin, 2026-10-25 has 25. */
static void a_shift_over_the_change_of_clocks_is_23_or_25_hours_long(void **state)
{
	struct schedule s =
		of("Europe/Berlin", (struct layer){ .kind = LAYER_DAILY,
						    .start_min = wall("2026-03-01T02:30"),
						    .people = "anna\nben" });
	struct rota *r = read(&s, NULL, 0);
	struct shift *v;
	int64_t from = at("Europe/Berlin", "2026-03-27T02:30");
	size_t n = rota_shifts(&t, r, from, from + 5 * DAY, 10, &v);

	(void)state;
	assert_true(n >= 4);
	/* 02:30 does not come on the 29th: the handoff is at what would have been 02:30, 03:30. */
	assert_int_equal(v[1].to_ms, at("Europe/Berlin", "2026-03-29T03:30"));
	assert_int_equal(v[1].to_ms - v[1].from_ms, 24 * HOUR);
	assert_int_equal(v[2].to_ms - v[2].from_ms, 23 * HOUR);
	assert_int_equal(v[3].to_ms - v[3].from_ms, 24 * HOUR);

	/* 02:30 comes twice on 2026-10-25: the first is meant, the day after is an hour longer. */
	from = at("Europe/Berlin", "2026-10-23T02:30");
	n = rota_shifts(&t, r, from, from + 5 * DAY, 10, &v);
	assert_true(n >= 4);
	assert_int_equal(v[1].to_ms, 1792888200000); /* 00:30 UTC */
	assert_int_equal(v[2].to_ms - v[2].from_ms, 25 * HOUR);
	for (size_t i = 0; i + 1 < n; i++) {
		assert_int_equal(v[i].to_ms, v[i + 1].from_ms);
		assert_string_not_equal(v[i].person, v[i + 1].person);
	}
}

static void a_weekly_rotation_stays_at_its_hour_in_both_halves_of_a_year(void **state)
{
	static const char *const zones[] = { "Europe/Berlin", "America/New_York",
					     "Australia/Lord_Howe", "Asia/Kolkata" };

	(void)state;
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		struct schedule s =
			of(zones[z], (struct layer){ .kind = LAYER_WEEKLY,
						     .start_min = wall("2026-01-05T09:00"),
						     .people = "anna\nben\ncarl" });
		struct rota *r = read(&s, NULL, 0);
		int64_t from = at(zones[z], "2026-01-05T09:00");
		struct shift *v;
		size_t n = rota_shifts(&t, r, from, from + 364 * DAY, 60, &v);

		assert_int_equal(n, 52);
		for (size_t i = 0; i < n; i++) {
			assert_string_equal(local_text(&t, zones[z], v[i].from_ms) + 11, "09:00");
			assert_string_equal(v[i].person, i % 3 == 0   ? "anna"
							 : i % 3 == 1 ? "ben"
								      : "carl");
		}
	}
}

static void a_custom_rotation_hands_over_where_it_says(void **state)
{
	struct schedule s =
		of("Europe/Berlin", (struct layer){ .kind = LAYER_CUSTOM,
						    .start_min = wall("2026-11-02T09:00"),
						    .people = "anna\nben",
						    .handoffs = "mon 09:00\nfri 17:00" });
	struct rota *r = read(&s, NULL, 0);

	(void)state;
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-02T08:59")), "");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-02T09:00")), "anna");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-06T16:59")), "anna");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-06T17:00")), "ben");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-09T08:59")), "ben");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-09T09:00")), "anna");
	assert_string_equal(who(r, at("Europe/Berlin", "2027-11-01T08:59")), "ben");
	assert_string_equal(who(r, at("Europe/Berlin", "2027-11-01T09:00")), "anna");
}

static void a_later_layer_covers_an_earlier_one_in_its_hours_only(void **state)
{
	struct schedule s =
		of("Europe/Berlin", (struct layer){ .kind = LAYER_WEEKLY,
						    .start_min = wall("2026-01-05T00:00"),
						    .people = "anna" });
	struct rota *r;

	(void)state;
	s.n_layers = 2;
	s.layers[1] = (struct layer){ .name = "office",
				      .kind = LAYER_DAILY,
				      .every = 1,
				      .start_min = wall("2026-01-05T00:00"),
				      .people = "ben",
				      .handoffs = "",
				      .active = "mon-fri 09:00-17:00\nsat 22:00-02:00" };
	r = read(&s, NULL, 0);
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-02T08:59")), "anna");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-02T09:00")), "ben");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-02T16:59")), "ben");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-02T17:00")), "anna");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-07T12:00")), "anna");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-07T23:00")), "ben");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-08T01:59")), "ben");
	assert_string_equal(who(r, at("Europe/Berlin", "2026-11-08T02:00")), "anna");
	assert_int_equal(rota_at(&t, r, at("Europe/Berlin", "2026-11-02T10:00")).to_ms,
			 at("Europe/Berlin", "2026-11-02T17:00"));
}

static void an_override_replaces_whoever_or_only_the_one_it_names(void **state)
{
	struct schedule s = of("UTC", (struct layer){ .kind = LAYER_DAILY,
						      .start_min = wall("2026-11-01T00:00"),
						      .people = "anna\nben" });
	int64_t day = at("UTC", "2026-11-01T00:00");
	struct override o[] = {
		{ .id = 1,
		  .kind = OVERRIDE_PLAIN,
		  .person = "carl",
		  .instead = "ben",
		  .from_ms = day,
		  .to_ms = day + 2 * DAY },
		{ .id = 2,
		  .kind = OVERRIDE_TAKE,
		  .person = "dora",
		  .instead = "",
		  .from_ms = day + 12 * HOUR,
		  .to_ms = day + 13 * HOUR },
	};
	struct rota *r = read(&s, o, 2);

	(void)state;
	assert_string_equal(who(r, day + HOUR), "anna");
	assert_string_equal(who(r, day + 12 * HOUR), "dora");
	assert_string_equal(rota_at(&t, r, day + 12 * HOUR).source, "taken, 2");
	assert_string_equal(who(r, day + 13 * HOUR), "anna");
	assert_string_equal(who(r, day + DAY), "carl");
	assert_string_equal(who(r, day + 3 * DAY), "ben");
}

static void in_a_temporary_schedule_only_its_own_shifts_count(void **state)
{
	struct schedule s = of("UTC", (struct layer){ .kind = LAYER_DAILY,
						      .start_min = wall("2026-11-01T00:00"),
						      .people = "anna" });
	int64_t day = at("UTC", "2026-11-10T00:00");
	struct override o[] = {
		{ .id = 5,
		  .kind = OVERRIDE_FRAME,
		  .person = "",
		  .instead = "",
		  .from_ms = day,
		  .to_ms = day + DAY },
		{ .id = 6,
		  .kind = OVERRIDE_SHIFT,
		  .of_frame = 5,
		  .person = "ben",
		  .instead = "",
		  .from_ms = day,
		  .to_ms = day + 8 * HOUR },
	};
	struct rota *r = read(&s, o, 2);
	struct shift *v;

	(void)state;
	assert_string_equal(who(r, day - 1), "anna");
	assert_string_equal(who(r, day), "ben");
	assert_string_equal(who(r, day + 8 * HOUR), "");
	assert_string_equal(who(r, day + DAY), "anna");
	assert_int_equal(rota_shifts(&t, r, day - DAY, day + 2 * DAY, 10, &v), 4);
	assert_string_equal(v[2].person, "");
	assert_int_equal(v[2].from_ms, day + 8 * HOUR);
	assert_int_equal(v[2].to_ms, day + DAY);
}

static void what_cannot_be_read_is_refused_by_name(void **state)
{
	static const struct {
		struct layer l;
		const char *zone, *word;
	} bad[] = {
		{ { .kind = LAYER_DAILY, .people = "a" }, "Europe/Atlantis", "zone" },
		{ { .kind = LAYER_DAILY, .people = "a" }, "../../etc/passwd", "zone" },
		{ { .kind = LAYER_DAILY, .people = "" }, "UTC", "people" },
		{ { .kind = LAYER_CUSTOM, .people = "a" }, "UTC", "handoffs" },
		{ { .kind = LAYER_DAILY, .people = "a", .handoffs = "09:00" }, "UTC", "handoffs" },
		{ { .kind = LAYER_CUSTOM, .people = "a", .handoffs = "25:00" }, "UTC", "handoffs" },
		{ { .kind = LAYER_CUSTOM, .people = "a", .handoffs = "someday 09:00" },
		  "UTC",
		  "handoffs" },
		{ { .kind = LAYER_DAILY, .people = "a", .active = "09:00" }, "UTC", "active" },
		{ { .kind = LAYER_DAILY, .people = "a", .active = "mon-xyz 09:00-10:00" },
		  "UTC",
		  "active" },
		{ { .kind = LAYER_DAILY, .people = "a", .every = 99 }, "UTC", "every" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct schedule s = of(bad[i].zone, bad[i].l);
		struct rota *r;

		assert_int_equal(rota_read(&t, &s, NULL, 0, &r), ERR_INVALID);
		assert_non_null(strstr(t.why, bad[i].word));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_daily_rotation_hands_over_at_its_hour_every_day,
						fresh, done),
		cmocka_unit_test_setup_teardown(
			a_shift_over_the_change_of_clocks_is_23_or_25_hours_long, fresh, done),
		cmocka_unit_test_setup_teardown(
			a_weekly_rotation_stays_at_its_hour_in_both_halves_of_a_year, fresh, done),
		cmocka_unit_test_setup_teardown(a_custom_rotation_hands_over_where_it_says, fresh,
						done),
		cmocka_unit_test_setup_teardown(
			a_later_layer_covers_an_earlier_one_in_its_hours_only, fresh, done),
		cmocka_unit_test_setup_teardown(
			an_override_replaces_whoever_or_only_the_one_it_names, fresh, done),
		cmocka_unit_test_setup_teardown(in_a_temporary_schedule_only_its_own_shifts_count,
						fresh, done),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_refused_by_name, fresh,
						done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
