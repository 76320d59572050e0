/* arena, buf, turn: memory that goes away all at once, and text that has an end. */
#include <string.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/turn.h"
#include "tests/support/test.h"

static void arena_hands_out_zeroed_aligned_memory_that_does_not_overlap(void **state)
{
	struct arena *a = arena_new(1 << 20);
	uint8_t *p[200];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 200; i++) {
			p[i] = arena_alloc(a, i + 1);
			assert_int_equal((uintptr_t)p[i] % 16, 0);
			for (size_t k = 0; k <= i; k++)
				assert_int_equal(p[i][k], 0);
			memset(p[i], (int)i + 1, i + 1);
		}
		for (size_t i = 0; i < 200; i++)
			for (size_t k = 0; k <= i; k++)
				assert_int_equal(p[i][k], (uint8_t)(i + 1));
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
}

static void arena_takes_what_is_larger_than_a_block(void **state)
{
	struct arena *a = arena_new(1 << 20);
	uint8_t *big = arena_alloc(a, 300000);

	(void)state;
	big[299999] = 7;
	assert_non_null(arena_alloc(a, 10));
	arena_reset(a);
	assert_int_equal(((uint8_t *)arena_alloc(a, 300000))[299999], 0);
	arena_free(a);
}

static void arena_try_stops_at_the_cap_and_at_sizes_that_overflow(void **state)
{
	struct arena *a = arena_new(1000);

	(void)state;
	assert_null(arena_try(a, 1001));
	assert_null(arena_try(a, SIZE_MAX));
	assert_null(arena_try(a, SIZE_MAX - 15));
	assert_non_null(arena_try(a, 500));
	assert_null(arena_try(a, 500));
	assert_non_null(arena_try(a, 400));
	arena_reset(a);
	assert_non_null(arena_try(a, 900));
	arena_free(a);
}

static void buf_grows_and_ends_in_a_nul(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct buf b = buf_in(a, 10000);

	(void)state;
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 1000; i++) {
		buf_char(&b, (char)('a' + i % 26));
		buf_printf(&b, "%d", i % 10);
	}
	assert_int_equal(b.n, 2000);
	assert_int_equal(strlen(buf_text(&b)), 2000);
	assert_memory_equal(b.p + 1998, "l9", 2);
	assert_false(b.full);
	arena_free(a);
}

static void buf_stops_at_its_maximum_and_says_so(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct buf b = buf_in(a, 8);

	(void)state;
	buf_str(&b, "12345678");
	assert_false(b.full);
	buf_char(&b, '9');
	assert_true(b.full);
	/* Nothing more, not even what would fit: the text would have a hole. */
	buf_str(&b, "");
	assert_string_equal(buf_text(&b), "12345678");
	b = buf_in(a, 8);
	buf_printf(&b, "%d", 123456789);
	assert_true(b.full);
	assert_string_equal(buf_text(&b), "");
	buf_str(&b, "1");
	assert_string_equal(buf_text(&b), "");
	arena_free(a);
}

static void count_up(void *state, void *out, size_t n)
{
	uint8_t *next = state;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)out)[i] = (*next)++;
}

static void a_turns_chance_is_what_it_was_given(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct turn t;
	uint8_t seed = 1, out[3];
	int seen[10] = { 0 };

	(void)state;
	turn_begin(&t, NULL, NULL, a, "test", "tester", 1000);
	t.chance.fill = count_up;
	t.chance.state = &seed;
	turn_random(&t, out, 3);
	assert_memory_equal(out, "\1\2\3", 3);
	turn_begin(&t, NULL, NULL, a, "test", "tester", 1000);
	for (int i = 0; i < 1000; i++) {
		uint64_t v = turn_pick(&t, 10);

		assert_true(v < 10);
		seen[v]++;
	}
	for (int i = 0; i < 10; i++)
		assert_true(seen[i] > 30);
	assert_int_equal(turn_pick(&t, 1), 0);
	arena_free(a);
}

static void a_turn_knows_what_is_left_of_its_time(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct turn t;

	(void)state;
	turn_begin(&t, NULL, NULL, a, "test", "tester", 60000);
	assert_true(turn_left_ms(&t) > 50000 && turn_left_ms(&t) <= 60000);
	turn_begin(&t, NULL, NULL, a, "test", "tester", -1);
	assert_int_equal(turn_left_ms(&t), 0);
	arena_free(a);
}

static void what_a_turn_copies_is_its_own(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct turn t;
	char word[] = "word";

	(void)state;
	turn_begin(&t, NULL, NULL, a, "test", "tester", 1000);
	char *copy = turn_strdup(&t, word);

	word[0] = 'l';
	assert_string_equal(copy, "word");
	assert_string_equal(turn_printf(&t, "%s-%d", word, 7), "lord-7");
	assert_non_null(turn_memdup(&t, NULL, 0));
	turn_end(&t);
	assert_int_equal(arena_used(a), 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_hands_out_zeroed_aligned_memory_that_does_not_overlap),
		cmocka_unit_test(arena_takes_what_is_larger_than_a_block),
		cmocka_unit_test(arena_try_stops_at_the_cap_and_at_sizes_that_overflow),
		cmocka_unit_test(buf_grows_and_ends_in_a_nul),
		cmocka_unit_test(buf_stops_at_its_maximum_and_says_so),
		cmocka_unit_test(a_turns_chance_is_what_it_was_given),
		cmocka_unit_test(a_turn_knows_what_is_left_of_its_time),
		cmocka_unit_test(what_a_turn_copies_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
