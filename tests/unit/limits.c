/* What the doors take, as people and programs read it. */
#include "server/door/limits.h"

#include <string.h>

#include "tests/support/test.h"

static void every_limit_has_a_name_of_its_own_and_a_known_unit(void **state)
{
	size_t n;
	const struct limit *l = limits(&n);

	(void)state;
	assert_true(n > 20);
	for (size_t i = 0; i < n; i++) {
		assert_true(l[i].value > 0);
		assert_true(!*l[i].unit || strcmp(l[i].unit, "ms") == 0 ||
			    strcmp(l[i].unit, "bytes") == 0);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(l[i].name, l[k].name);
	}
}

/* What C-core does with a client's pings follows from these; see tests/door/keepalive.c. */
static void a_keepalive_that_the_manual_advises_is_never_too_often(void **state)
{
	(void)state;
	assert_true(LIMIT_GRPC_PING_MIN < 20 * 1000);
	assert_true(LIMIT_GRPC_KEEPALIVE > LIMIT_GRPC_KEEPALIVE_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_limit_has_a_name_of_its_own_and_a_known_unit),
		cmocka_unit_test(a_keepalive_that_the_manual_advises_is_never_too_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
