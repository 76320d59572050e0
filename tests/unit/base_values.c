/* hex, wei, units: values as text and back, and arithmetic that does not wrap. */
#include <string.h>

#include "store/base/arena.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/test.h"

static const char MAX_TEXT[] =
	"115792089237316195423570985008687907853269984665640564039457584007913129639935";

static struct wei max(void)
{
	struct wei w;

	memset(w.be, 0xff, sizeof(w.be));
	return w;
}

static struct wei wei_of(const char *text)
{
	struct wei w;

	assert_true(wei_parse(text, &w));
	return w;
}

static void assert_wei(struct wei got, const char *want)
{
	char text[WEI_TEXT];

	wei_text(got, text);
	assert_string_equal(text, want);
}

/* ---- hex ---- */

static void hex_goes_there_and_back(void **state)
{
	uint8_t out[4];
	char text[9];
	size_t n;

	(void)state;
	assert_true(hex_get("0xDEADbeef", out, 4));
	hex_put(out, 4, text);
	assert_string_equal(text, "deadbeef");
	assert_true(hex_get("deadbeef", out, 4));
	assert_true(hex_get("0x", out, 0));
	assert_true(hex_get_any("0x0102", out, 4, &n));
	assert_int_equal(n, 2);
}

static void hex_of_the_wrong_length_or_digit_is_refused(void **state)
{
	static const char *const bad[] = { "0x123",        "0x12345", "0x1234567g", "0xdeadbee",
					   "0xdeadbeef00", "",        "0x 1234567", "0x0xdeadbe" };
	uint8_t out[4];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(hex_get(bad[i], out, 4));
	assert_false(hex_get_any("0x0102030405", out, 4, &n));
	assert_false(hex_get_any("0x010", out, 4, &n));
}

static void quantities_are_read_up_to_their_type(void **state)
{
	static const char *const bad[] = { "", "0x", "12", "0xg", "x12", "0x1 ", "-0x1" };
	uint64_t v;
	struct wei w;

	(void)state;
	assert_true(hex_quantity_u64("0x0", &v) && v == 0);
	assert_true(hex_quantity_u64("0x1a", &v) && v == 26);
	assert_true(hex_quantity_u64("0x001a", &v) && v == 26);
	assert_true(hex_quantity_u64("0xffffffffffffffff", &v) && v == UINT64_MAX);
	assert_false(hex_quantity_u64("0x10000000000000000", &v));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(hex_quantity_wei(bad[i], &w));
	char text[68] = "0x";

	memset(text + 2, 'f', 64);
	assert_true(hex_quantity_wei(text, &w));
	assert_int_equal(wei_cmp(w, max()), 0);
	text[66] = 'f';
	assert_false(hex_quantity_wei(text, &w));
}

/* ---- wei ---- */

static void wei_is_read_and_written_as_decimal(void **state)
{
	static const char *const good[] = { "0", "1", "10", "1000000000000000000" };
	static const char *const bad[] = { "",
					   "01",
					   "00",
					   "-1",
					   "+1",
					   "1 ",
					   " 1",
					   "1.0",
					   "1e3",
					   "0x1",
					   ("115792089237316195423570985008687907853269984665640564"
					    "039457584007913129639936") };
	struct wei w;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_wei(wei_of(good[i]), good[i]);
	assert_wei(wei_of(MAX_TEXT), MAX_TEXT);
	assert_int_equal(wei_cmp(wei_of(MAX_TEXT), max()), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(wei_parse(bad[i], &w));
}

static void wei_does_not_wrap(void **state)
{
	struct wei one = wei_u64(1), w = wei_u64(77);

	(void)state;
	assert_false(wei_add(max(), one, &w));
	assert_false(wei_sub(wei_u64(0), one, &w));
	assert_false(wei_mul_u64(max(), 2, &w));
	assert_wei(w, "77");
	assert_wei(wei_add_sat(max(), one), MAX_TEXT);
	assert_wei(wei_sub_sat(wei_u64(3), wei_u64(4)), "0");
	assert_wei(wei_mul_sat(max(), 2), MAX_TEXT);
	assert_true(wei_mul_u64(max(), 1, &w));
	assert_wei(w, MAX_TEXT);
}

static void wei_carries_over_its_words(void **state)
{
	struct wei w, low = wei_u64(UINT64_MAX);
	uint64_t rest, v;

	(void)state;
	assert_true(wei_add(low, wei_u64(1), &w));
	assert_wei(w, "18446744073709551616");
	assert_false(wei_to_u64(w, &v));
	assert_true(wei_sub(w, wei_u64(1), &w));
	assert_true(wei_to_u64(w, &v) && v == UINT64_MAX);
	assert_true(wei_mul_u64(low, UINT64_MAX, &w));
	assert_wei(w, "340282366920938463426481119284349108225");
	assert_wei(wei_div_u64(w, UINT64_MAX, &rest), "18446744073709551615");
	assert_int_equal(rest, 0);
	assert_wei(wei_div_u64(wei_u64(10), 4, &rest), "2");
	assert_int_equal(rest, 2);
	assert_wei(wei_div_u64(wei_u64(10), 3, NULL), "3");
}

static void wei_compares_as_a_number(void **state)
{
	(void)state;
	assert_true(wei_cmp(wei_u64(255), wei_u64(256)) < 0);
	assert_true(wei_cmp(max(), wei_u64(1)) > 0);
	assert_wei(wei_min(wei_u64(5), wei_u64(6)), "5");
	assert_wei(wei_max(wei_u64(5), wei_u64(6)), "6");
	assert_true(wei_is_zero(wei_u64(0)));
	assert_false(wei_is_zero(wei_u64(1)));
}

/* ---- units ---- */

static void amounts_carry_a_unit(void **state)
{
	static const struct {
		const char *text, *wei;
	} good[] = {
		{ "0.05ether", "50000000000000000" },
		{ "20gwei", "20000000000" },
		{ "1000wei", "1000" },
		{ "0.5 ETH", "500000000000000000" },
		{ ".5 ether", "500000000000000000" },
		{ "0ether", "0" },
		{ "0.000000000000000001ether", "1" },
		{ "007 finney", "7000000000000000" },
	};
	static const struct {
		const char *text, *word;
	} bad[] = {
		{ "1", "unit is missing" },
		{ "1.5", "unit is missing" },
		{ "", "unit is missing" },
		{ "1 dollar", "unknown unit" },
		{ "ether", "no number" },
		{ ".ether", "no number" },
		{ "1.2.3ether", "not a decimal" },
		{ "0.5wei", "more decimal places" },
		{ "0.0000000000000000001ether", "more decimal places" },
		{ "-1ether", "unknown unit" },
		{ "1e3wei", "unknown unit" },
		{ "115792089237316195423570985008687907853269984665640564039458ether", "above" },
	};
	struct wei w;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(amount_parse(good[i].text, &w, &why));
		assert_wei(w, good[i].wei);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(amount_parse(bad[i].text, &w, &why));
		assert_non_null(strstr(why, bad[i].word));
	}
}

static void token_amounts_have_the_tokens_decimals(void **state)
{
	struct wei w;
	const char *why;

	(void)state;
	assert_true(decimal_parse("12.5", 6, &w, &why));
	assert_wei(w, "12500000");
	assert_true(decimal_parse("12", 0, &w, &why));
	assert_wei(w, "12");
	assert_false(decimal_parse("12.5", 0, &w, &why));
	/* A hostile token may claim any number of decimals. */
	assert_false(decimal_parse("1", 255, &w, &why));
	assert_true(decimal_parse("0", 255, &w, &why));
}

static void amounts_are_cut_for_eyes_and_never_become_nothing(void **state)
{
	static const struct {
		const char *wei;
		unsigned decimals, places;
		const char *text;
	} rows[] = {
		{ "0", 18, 4, "0" },
		{ "50000000000000000", 18, 4, "0.05" },
		{ "1999999999999999999", 18, 4, "1.9999" },
		{ "1999999999999999999", 18, 0, "1" },
		{ "1999999999999999999", 18, 18, "1.999999999999999999" },
		{ "1", 18, 4, "<0.0001" },
		{ "1", 18, 1, "<0.1" },
		{ "1", 18, 0, "0" },
		{ "1", 18, 18, "0.000000000000000001" },
		{ "123", 0, 4, "123" },
		{ "100", 2, 2, "1" },
		{ "1", 255, 4, "<0.0001" },
		{ "1", 100000, 4, "<0.0001" },
	};
	char text[AMOUNT_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		amount_text(wei_of(rows[i].wei), rows[i].decimals, rows[i].places, text);
		assert_string_equal(text, rows[i].text);
	}
	/* All that a token may claim, with all the places that anyone may ask for. */
	for (unsigned d = 0; d < 300; d++)
		for (unsigned p = 0; p < 300; p += 7)
			amount_text(max(), d, p, text);
	amount_text(max(), 18, 18, text);
	assert_string_equal(text, "115792089237316195423570985008687907853269984665640564039457."
				  "584007913129639935");
}

static void durations_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "500ms", 500 },
		{ "30s", 30000 },
		{ "10m", 600000 },
		{ "2h", 7200000 },
		{ "30 days", INT64_C(2592000000) },
		{ "1d12h", 129600000 },
		{ "1 minute", 60000 },
		{ "1 hour 30 minutes", 5400000 },
		{ "0s", 0 },
	};
	static const char *const bad[] = { "",     "5",         "s",     "-5s",
					   "5x",   "1.5h",      "5 s 3", "99999999999999s",
					   "101y", "40000 days" };
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(duration_parse(good[i].text, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(duration_parse(bad[i], &ms));
}

static void durations_and_times_are_written_short(void **state)
{
	struct arena *a = arena_new(1 << 16);
	struct turn t;
	char when[CLOCK_TEXT];

	(void)state;
	turn_begin(&t, NULL, NULL, a, "test", "tester", 1000);
	assert_string_equal(duration_str(&t, 45000), "45s");
	assert_string_equal(duration_str(&t, 999), "999ms");
	assert_string_equal(duration_str(&t, 61000), "1m01s");
	assert_string_equal(duration_str(&t, 11520000), "3h12m");
	assert_string_equal(duration_str(&t, 90000000), "1d01h");
	assert_string_equal(duration_str(&t, -45000), "-45s");
	assert_non_null(duration_str(&t, INT64_MIN));
	clock_text(0, when);
	assert_string_equal(when, "1970-01-01T00:00:00.000Z");
	clock_text(INT64_C(1795320000123), when);
	assert_string_equal(when, "2026-11-22T04:00:00.123Z");
	clock_text(-1, when);
	assert_string_equal(when, "1969-12-31T23:59:59.999Z");
	clock_text(INT64_MAX, when);
	assert_string_equal(when, "9999-12-31T23:59:59.999Z");
	clock_text(INT64_MIN, when);
	assert_string_equal(when, "0001-01-01T00:00:00.000Z");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(hex_of_the_wrong_length_or_digit_is_refused),
		cmocka_unit_test(quantities_are_read_up_to_their_type),
		cmocka_unit_test(wei_is_read_and_written_as_decimal),
		cmocka_unit_test(wei_does_not_wrap),
		cmocka_unit_test(wei_carries_over_its_words),
		cmocka_unit_test(wei_compares_as_a_number),
		cmocka_unit_test(amounts_carry_a_unit),
		cmocka_unit_test(token_amounts_have_the_tokens_decimals),
		cmocka_unit_test(amounts_are_cut_for_eyes_and_never_become_nothing),
		cmocka_unit_test(durations_are_read_as_people_write_them),
		cmocka_unit_test(durations_and_times_are_written_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
