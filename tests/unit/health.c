#include <string.h>

#include "server/ops/health.h"
#include "tests/support/test.h"

static int fresh(void **state)
{
	(void)state;
	health_reset();
	return 0;
}

static void nothing_said_is_healthy(void **state)
{
	struct health_component worst;

	(void)state;
	assert_int_equal(health_worst(&worst), HEALTH_HEALTHY);
	assert_null(worst.name);
	assert_string_equal(health_name(HEALTH_HEALTHY), "healthy");
}

static void the_worst_part_is_the_whole(void **state)
{
	struct health_component worst, all[HEALTH_COMPONENTS];

	(void)state;
	health_set("store", HEALTH_HEALTHY, NULL);
	health_set("chain", HEALTH_DEGRADED, "one of two endpoints answers");
	health_set("engine", HEALTH_UNHEALTHY, "no turn for 60 s");
	assert_int_equal(health_worst(&worst), HEALTH_UNHEALTHY);
	assert_string_equal(worst.name, "engine");
	assert_string_equal(worst.why, "no turn for 60 s");

	health_set("engine", HEALTH_HEALTHY, "a remark");
	assert_int_equal(health_worst(&worst), HEALTH_DEGRADED);
	assert_string_equal(worst.name, "chain");
	assert_int_equal(health_components(all, HEALTH_COMPONENTS), 3);
	assert_string_equal(all[2].name, "engine");
	assert_string_equal(all[2].why, "a remark");
}

static void a_long_reason_is_cut(void **state)
{
	struct health_component worst;
	char why[500];

	(void)state;
	memset(why, 'w', sizeof(why) - 1);
	why[sizeof(why) - 1] = 0;
	health_set("store", HEALTH_DEGRADED, why);
	(void)health_worst(&worst);
	assert_int_equal(strlen(worst.why), HEALTH_WHY - 1);
}

static void uptime_begins_at_zero(void **state)
{
	(void)state;
	assert_in_range(health_uptime_ms(), 0, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_said_is_healthy, fresh),
		cmocka_unit_test_setup(the_worst_part_is_the_whole, fresh),
		cmocka_unit_test_setup(a_long_reason_is_cut, fresh),
		cmocka_unit_test_setup(uptime_begins_at_zero, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
