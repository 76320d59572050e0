/* Many calls in one: what is asked, and what may come back. */
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/addr.h"
#include "server/eth/multicall.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static void the_call_is_the_contracts_own(void **state)
{
	struct multicall_ask asks[2] = {
		{ .to = { { [19] = 1 } }, .data = { (const uint8_t *)"\x01\x02\x03\x04", 4 } },
		{ .to = { { [19] = 2 } } },
	};
	static const char want[] =
		"0x82ad56cb"
		"0000000000000000000000000000000000000000000000000000000000000020"
		"0000000000000000000000000000000000000000000000000000000000000002"
		"0000000000000000000000000000000000000000000000000000000000000040"
		"00000000000000000000000000000000000000000000000000000000000000e0"
		"0000000000000000000000000000000000000000000000000000000000000001"
		"0000000000000000000000000000000000000000000000000000000000000001"
		"0000000000000000000000000000000000000000000000000000000000000060"
		"0000000000000000000000000000000000000000000000000000000000000004"
		"0102030400000000000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000000000000002"
		"0000000000000000000000000000000000000000000000000000000000000001"
		"0000000000000000000000000000000000000000000000000000000000000060"
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct bytes out;

	(void)state;
	assert_string_equal(addr_str(&t, multicall_addr),
			    "0xcA11bde05977b3631167028862bE2a173976CA11");
	assert_int_equal(multicall_encode(&t, asks, 2, &out), OK);
	assert_string_equal(hex_of(&t, out.p, out.n), want);
}

static struct bytes answers(size_t n)
{
	struct abi_value *list = turn_array(&t, n + 1, sizeof(*list)), all;
	struct bytes out;

	for (size_t i = 0; i < n; i++) {
		struct abi_value *pair = turn_array(&t, 2, sizeof(*pair));

		pair[0] = abi_bool(i % 2 == 0);
		pair[1] = abi_string(turn_printf(&t, "answer %zu", i));
		list[i] = abi_list(pair, 2);
	}
	all = abi_list(list, n);
	assert_int_equal(abi_encode_types(&t, "((bool,bytes)[])", &all, 1, &out), OK);
	return out;
}

static void answers_come_back_in_order(void **state)
{
	struct multicall_answer a[MULTICALL_MAX];

	(void)state;
	assert_int_equal(multicall_decode(&t, answers(MULTICALL_MAX), MULTICALL_MAX, a), OK);
	for (size_t i = 0; i < MULTICALL_MAX; i++) {
		const char *want = turn_printf(&t, "answer %zu", i);

		assert_int_equal(a[i].succeeded, i % 2 == 0);
		assert_int_equal(a[i].data.n, strlen(want));
		assert_memory_equal(a[i].data.p, want, a[i].data.n);
	}
}

static void an_answer_that_is_none_is_refused(void **state)
{
	struct multicall_answer a[8];
	struct bytes all = answers(4);

	(void)state;
	assert_int_equal(multicall_decode(&t, all, 5, a), ERR_INVALID);
	assert_non_null(strstr(t.why, "4 answers to 5 calls"));
	assert_int_equal(multicall_decode(&t, (struct bytes){ 0 }, 4, a), ERR_INVALID);
	for (size_t n = 0; n < all.n - 31; n++)
		assert_int_equal(multicall_decode(&t, (struct bytes){ all.p, n }, 4, a),
				 ERR_INVALID);
}

static void too_much_at_once_is_refused(void **state)
{
	struct multicall_ask ask = { .data = { turn_alloc(&t, ABI_DATA_MAX), ABI_DATA_MAX } };
	struct bytes out;

	(void)state;
	assert_int_equal(multicall_encode(&t, &ask, 1, &out), ERR_INVALID);
}

#define ON_FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_FRESH(the_call_is_the_contracts_own),
		ON_FRESH(answers_come_back_in_order),
		ON_FRESH(an_answer_that_is_none_is_refused),
		ON_FRESH(too_much_at_once_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
