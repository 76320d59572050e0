/* RLP: one value has one encoding, and every other one is refused. */
#include <string.h>

#include "server/eth/rlp.h"
#include "store/base/arena.h"
#include "store/base/wei.h"
#include "tests/support/test.h"

static struct arena *mem;

static int fresh(void **state)
{
	(void)state;
	mem = arena_new(16 << 20);
	return 0;
}

static int done(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

static struct bytes lit(const char *p, size_t n)
{
	return (struct bytes){ (const uint8_t *)p, n };
}

#define LIT(s) lit(s, sizeof(s) - 1)

static void numbers_are_minimal(void **state)
{
	static const struct {
		uint64_t v;
		const char *p;
		size_t n;
	} cases[] = {
		{ 0, "\x80", 1 },
		{ 1, "\x01", 1 },
		{ 127, "\x7f", 1 },
		{ 128, "\x81\x80", 2 },
		{ 1024, "\x82\x04\x00", 3 },
		{ UINT64_MAX, "\x88\xff\xff\xff\xff\xff\xff\xff\xff", 9 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rlp r = rlp_in(mem, 64);
		struct bytes out;
		uint64_t back = 7;

		rlp_u64(&r, cases[i].v);
		assert_true(rlp_done(&r, &out));
		assert_int_equal(out.n, cases[i].n);
		assert_memory_equal(out.p, cases[i].p, out.n);
		assert_true(rlp_next_u64(&out, &back));
		assert_true(back == cases[i].v);
		assert_int_equal(out.n, 0);
	}
}

/* Around every border of the length's own length. */
static void strings_and_lists_of_any_length_come_back(void **state)
{
	static const size_t sizes[] = {
		0, 1, 2, 54, 55, 56, 57, 255, 256, 257, 65535, 65536, 70000
	};
	static uint8_t data[70000];

	(void)state;
	memset(data, 0xee, sizeof(data));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct rlp r = rlp_in(mem, 1 << 20);
		struct bytes all, list, one, two;
		struct rlp_item item;

		rlp_list_open(&r);
		rlp_bytes(&r, data, sizes[i]);
		rlp_list_open(&r);
		rlp_list_close(&r);
		rlp_list_close(&r);
		assert_true(rlp_done(&r, &all));
		assert_true(rlp_only(all, &item));
		assert_true(item.list);
		list = item.body;
		assert_true(rlp_next_string(&list, &one));
		assert_int_equal(one.n, sizes[i]);
		assert_true(rlp_next_list(&list, &two));
		assert_int_equal(two.n, 0);
		assert_int_equal(list.n, 0);
		/* Nothing shorter is one item. */
		for (size_t n = 0; n < all.n; n += 1 + n / 3)
			assert_false(rlp_only((struct bytes){ all.p, n }, &item));
	}
}

static void other_encodings_are_refused(void **state)
{
	static const uint8_t zeros[80];
	struct rlp_item item;
	uint8_t long_form[58] = { 0xb8, 55 }, leading_zero[60] = { 0xb9, 0, 56 };
	uint8_t long_list[58] = { 0xf8, 55 };

	(void)state;
	memcpy(long_form + 2, zeros, 55);
	assert_false(rlp_only((struct bytes){ long_form, 57 }, &item));
	assert_false(rlp_only((struct bytes){ leading_zero, 59 }, &item));
	assert_false(rlp_only((struct bytes){ long_list, 57 }, &item));
	assert_false(rlp_only(LIT("\x81\x7f"), &item));     /* a small byte stands for itself */
	assert_false(rlp_only(LIT("\x80\x80"), &item));     /* two items */
	assert_false(rlp_only(LIT("\x83\x01\x02"), &item)); /* too short */
	assert_false(rlp_only(LIT("\xc3\x01\x02"), &item));
	assert_false(rlp_only(LIT("\xb8"), &item)); /* no length */
	assert_false(rlp_only(LIT("\xf9\x01"), &item));
	assert_false(rlp_only(LIT(""), &item));
	/* Lengths of 2^64-1 and near it must not wrap. */
	assert_false(rlp_only(LIT("\xbf\xff\xff\xff\xff\xff\xff\xff\xff"), &item));
	assert_false(rlp_only(LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff"), &item));
	assert_false(rlp_only(LIT("\xbf\xff\xff\xff\xff\xff\xff\xff\xf7zzzzzzz"), &item));
}

static void refused_bytes_are_not_consumed(void **state)
{
	struct bytes rest = LIT("\x82\x00\x01"), was = rest;
	uint64_t v;
	struct wei w;
	struct bytes b;

	(void)state;
	assert_false(rlp_next_u64(&rest, &v)); /* a leading zero */
	assert_false(rlp_next_wei(&rest, &w));
	assert_false(rlp_next_list(&rest, &b));
	assert_true(rest.p == was.p && rest.n == was.n);
	assert_true(rlp_next_string(&rest, &b));
	rest = LIT("\x89\x01\x00\x00\x00\x00\x00\x00\x00\x00");
	assert_false(rlp_next_u64(&rest, &v)); /* 2^64 */
	assert_true(rlp_next_wei(&rest, &w));
	rest = LIT("\xa1\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		   "\x00\x00"
		   "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00");
	assert_false(rlp_next_wei(&rest, &w)); /* 2^256 */
	rest = LIT("\x00");
	assert_false(rlp_next_u64(&rest, &v)); /* zero is the empty string */
}

static void past_the_maximum_says_so(void **state)
{
	struct rlp r = rlp_in(mem, 40);
	struct bytes out;
	uint8_t p[39] = { 0 };

	(void)state;
	rlp_list_open(&r);
	rlp_bytes(&r, p, sizeof(p));
	rlp_list_close(&r);
	assert_false(rlp_done(&r, &out));
}

/* Any bytes: the reader ends, inside its input (the sanitizers watch). */
static void any_bytes_are_walked_to_an_end(void **state)
{
	uint32_t x = 12345;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		uint8_t p[24];
		struct bytes rest = { p, sizeof(p) };
		struct rlp_item item;

		for (size_t i = 0; i < sizeof(p); i++) {
			x = x * 1664525 + 1013904223;
			p[i] = (uint8_t)(x >> 24);
			if (x & 0x10000)
				p[i] |= 0xb0;
		}
		while (rlp_next(&rest, &item))
			if (item.list && item.body.n)
				rest = item.body;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_are_minimal, fresh, done),
		cmocka_unit_test_setup_teardown(strings_and_lists_of_any_length_come_back, fresh,
						done),
		cmocka_unit_test_setup_teardown(other_encodings_are_refused, fresh, done),
		cmocka_unit_test_setup_teardown(refused_bytes_are_not_consumed, fresh, done),
		cmocka_unit_test_setup_teardown(past_the_maximum_says_so, fresh, done),
		cmocka_unit_test_setup_teardown(any_bytes_are_walked_to_an_end, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
