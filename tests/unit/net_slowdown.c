/* The words in which gateways ask to be asked less. */
#include "tests/support/test.h"

#include "server/net/slowdown.h"

static void waits_are_read_out_of_texts(void **state)
{
	(void)state;
	assert_int_equal(slowdown_wait_ms("retry in 3 seconds"), 3001);
	assert_int_equal(slowdown_wait_ms("Try Again In 1.5s"), 1501);
	assert_int_equal(slowdown_wait_ms("retry in 20ms"), 21);
	assert_int_equal(slowdown_wait_ms("retry in 1e300 seconds"), SLOWDOWN_MAX_MS);
	assert_int_equal(slowdown_wait_ms("retry in nan seconds"), 0);
	assert_int_equal(slowdown_wait_ms("retry in -1 seconds"), 0);
	assert_int_equal(slowdown_wait_ms("try again in a while"), 0);
	assert_int_equal(slowdown_wait_ms(""), 0);
	assert_true(slowdown_error(-32005, "x"));
	assert_true(slowdown_error(-32000, "Rate limit reached"));
	assert_false(slowdown_error(3, "rate limit"));
	assert_false(slowdown_error(-32000, "execution reverted: too many requests"));
	assert_false(slowdown_error(-32000, "nonce too low"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_are_read_out_of_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
