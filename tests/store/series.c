/* Figures over time: raw, by minute, hour and day; the table of what they are. */
#include "tests/support/test.h"

#include <string.h>

#include "server/core/signal.h"
#include "store/series.h"
#include "tests/support/store.h"

static struct fixture f;
static int64_t now_ms;
static const int64_t DAY = INT64_C(86400000);

static int setup(void **state)
{
	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	now_ms = 20000 * DAY;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

static enum err put(struct turn *t, void *arg)
{
	return signal_put(t, SIGNAL_HOST_CPU, "host", *(double *)arg, "test");
}

static void put_at(int64_t ms, double v)
{
	struct turn *t = fixture_turn(&f);

	t->now_ms = ms;
	assert_ok(&f, lane_run(t, put, &v));
}

static enum err prune(struct turn *t, void *arg)
{
	return series_prune(t, 100, arg);
}

static int64_t only_series(void)
{
	struct series *s;
	size_t n;

	assert_ok(&f, series_list(fixture_turn(&f), SIGNAL_HOST_CPU, 10, &s, &n));
	assert_int_equal(n, 1);
	return s->id;
}

static void a_minute_an_hour_and_a_day_sum_what_was_measured(void **state)
{
	struct sample_sum *m;
	struct sample *raw;
	struct series *s;
	size_t n;

	(void)state;
	put_at(now_ms, 10);
	put_at(now_ms, 99); /* in the same millisecond: not kept */
	put_at(now_ms + 30000, 30);
	put_at(now_ms + 90000, 20);
	assert_ok(&f, series_list(fixture_turn(&f), 0, 10, &s, &n));
	assert_int_equal(n, 1);
	assert_string_equal(s->entity, "host");
	assert_true(s->value > 19.9 && s->value < 20.1);
	int64_t id = s->id;

	assert_ok(&f, sample_list(fixture_turn(&f), id, 0, INT64_MAX, 10, &raw, &n));
	assert_int_equal(n, 3);
	assert_ok(&f, sample_sums(fixture_turn(&f), id, SPAN_MINUTE, 0, INT64_MAX, 10, &m, &n));
	assert_int_equal(n, 2);
	assert_int_equal(m[0].n, 2);
	assert_true(m[0].low < 10.1 && m[0].high > 29.9 && m[0].sum > 39.9 && m[0].last > 29.9);
	assert_ok(&f, sample_sums(fixture_turn(&f), id, SPAN_DAY, 0, INT64_MAX, 10, &m, &n));
	assert_int_equal(n, 1);
	assert_int_equal(m[0].n, 3);
}

static void raw_is_kept_for_days_and_days_for_a_year(void **state)
{
	static const int ages[] = { 500, 70, 10, 3, 0 };
	struct sample_sum *m;
	struct sample *raw;
	size_t n, dropped;

	(void)state;
	now_ms = fixture_turn(&f)->now_ms;
	for (size_t i = 0; i < 5; i++)
		put_at(now_ms - ages[i] * DAY, 1);
	int64_t id = only_series();

	assert_ok(&f, fixture_lane(&f, prune, &dropped));
	assert_int_equal(dropped, 4 + 3 + 2 + 1);
	assert_ok(&f, sample_list(fixture_turn(&f), id, 0, INT64_MAX, 10, &raw, &n));
	assert_int_equal(n, 1);
	assert_ok(&f, sample_sums(fixture_turn(&f), id, SPAN_MINUTE, 0, INT64_MAX, 10, &m, &n));
	assert_int_equal(n, 2);
	assert_ok(&f, sample_sums(fixture_turn(&f), id, SPAN_DAY, 0, INT64_MAX, 10, &m, &n));
	assert_int_equal(n, 4);
}

/* ---- what they are ---- */

static void every_signal_has_its_own_number_name_and_meaning(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_signal_rows; i++) {
		assert_true(strlen(signal_rows[i].meaning) > 10);
		assert_ptr_equal(signal_named(signal_rows[i].name), &signal_rows[i]);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(signal_rows[i].signal, signal_rows[k].signal);
	}
	assert_null(signal_named("host.mood"));
}

static void an_unknown_validator_tells_nothing_but_that(void **state)
{
	struct validator v = { .life = LIFE_ACTIVE,
			       .health = VALIDATOR_DOWN,
			       .since_ms = 1000,
			       .heard_epoch = -1,
			       .judged_epoch = 7,
			       .missed_row = 3,
			       .missed_bits = UINT64_C(0x100000007) };
	double x;

	(void)state;
	assert_true(signal_of_validator(&v, 61000, SIGNAL_VALIDATOR_NOT_UP, &x));
	assert_int_equal((int)x, 60);
	assert_true(signal_of_validator(&v, 61000, SIGNAL_VALIDATOR_MISSED_32, &x));
	assert_int_equal((int)x, 3);
	assert_false(signal_of_validator(&v, 61000, SIGNAL_VALIDATOR_BALANCE, &x));
	assert_false(signal_of_validator(&v, 61000, SIGNAL_HOST_CPU, &x));
	v.health = VALIDATOR_UNKNOWN;
	assert_false(signal_of_validator(&v, 61000, SIGNAL_VALIDATOR_NOT_UP, &x));
	assert_false(signal_of_validator(&v, 61000, SIGNAL_VALIDATOR_MISSED_ROW, &x));
	assert_true(signal_of_validator(&v, 61000, SIGNAL_VALIDATOR_UNKNOWN, &x));
	assert_int_equal((int)x, 60);
	v.health = VALIDATOR_UP;
	assert_true(signal_of_validator(&v, 61000, SIGNAL_VALIDATOR_NOT_UP, &x));
	assert_int_equal((int)x, 0);
}

int main(void)
{
#define IN_A_STORE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_A_STORE(a_minute_an_hour_and_a_day_sum_what_was_measured),
		IN_A_STORE(raw_is_kept_for_days_and_days_for_a_year),
		cmocka_unit_test(every_signal_has_its_own_number_name_and_meaning),
		cmocka_unit_test(an_unknown_validator_tells_nothing_but_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
