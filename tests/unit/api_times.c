/* Times and durations of requests: by protobuf any number may come, and none may overflow. */
#include <stdint.h>
#include <string.h>

#include "google/protobuf/timestamp.pb-c.h"
#include "server/api/convert.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static void a_time_is_of_1970_to_9999(void **state)
{
	Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	static const int64_t strange[] = { INT64_MIN, -1, 0, INT64_C(253402300800), INT64_MAX };
	int64_t ms = 1;

	(void)state;
	assert_int_equal(time_of(&t, "start_time", NULL, &ms), OK);
	assert_int_equal(ms, 0);
	at.seconds = 1763800000;
	at.nanos = 250000000;
	assert_int_equal(time_of(&t, "start_time", &at, &ms), OK);
	assert_int_equal(ms, INT64_C(1763800000250));
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		at.seconds = strange[i];
		assert_int_equal(time_of(&t, "start_time", &at, &ms), ERR_INVALID);
		assert_non_null(strstr(t.why, "start_time: not a time from 1970"));
	}
}

static void a_duration_is_within_its_bounds(void **state)
{
	Google__Protobuf__Duration d = GOOGLE__PROTOBUF__DURATION__INIT;
	static const int64_t strange[] = { INT64_MIN, -1, 61, INT64_MAX };
	int64_t ms;

	(void)state;
	d.seconds = 60;
	assert_int_equal(duration_of(&t, "timeout", &d, 0, 60000, &ms), OK);
	assert_int_equal(ms, 60000);
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		d.seconds = strange[i];
		assert_int_equal(duration_of(&t, "timeout", &d, 0, 60000, &ms), ERR_INVALID);
		assert_non_null(strstr(t.why, "timeout: "));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_of_1970_to_9999),
		cmocka_unit_test(a_duration_is_within_its_bounds),
	};

	return cmocka_run_group_tests(tests, fresh, done);
}
