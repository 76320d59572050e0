/* The retry policies that gRPC's libraries are given, held against the contract and the rows. */
#include <jansson.h>
#include <string.h>

#include "proto/descriptors.h"
#include "proto/retry.h"
#include "server/api/api.h"
#include "server/door/message.h"
#include "tests/support/test.h"

static json_t *policy_of(const char *path)
{
	json_error_t why;
	json_t *all = json_load_file(path, JSON_REJECT_DUPLICATES, &why);

	if (!all)
		fail_msg("%s:%d: %s\n", path, why.line, why.text);
	return all;
}

static json_t *only_config(json_t *all)
{
	assert_int_equal(json_array_size(json_object_get(all, "methodConfig")), 1);
	return json_array_get(json_object_get(all, "methodConfig"), 0);
}

static bool lists(json_t *all, const char *service, const char *method)
{
	json_t *names = json_object_get(only_config(all), "name");
	size_t found = 0;

	for (size_t i = 0; i < json_array_size(names); i++) {
		json_t *n = json_array_get(names, i);
		const char *m = json_string_value(json_object_get(n, "method"));

		found += m && strcmp(m, method) == 0 &&
			 strcmp(json_string_value(json_object_get(n, "service")), service) == 0;
	}
	assert_true(found <= 1);
	return found == 1;
}

static void every_name_is_of_the_contract(void **state)
{
	static const char *const paths[] = { "docs/reference/service-config.json",
					     "docs/reference/service-config-ids.json" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		json_t *all = policy_of(paths[i]);
		json_t *names = json_object_get(only_config(all), "name");

		assert_true(json_array_size(names) > 20);
		for (size_t k = 0; k < json_array_size(names); k++) {
			json_t *n = json_array_get(names, k);
			const char *service = json_string_value(json_object_get(n, "service"));
			const char *method = json_string_value(json_object_get(n, "method"));

			assert_true(method ? proto_method(service, method) != NULL
					   : proto_service_known(service));
		}
		json_decref(all);
	}
}

static void what_may_be_repeated_is_there_and_nothing_else(void **state)
{
	json_t *plain = policy_of("docs/reference/service-config.json");
	json_t *ids = policy_of("docs/reference/service-config-ids.json");
	size_t n;
	const struct method *m = api_methods(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool id = message_fields(proto_method(m[i].service, m[i].name)->method->input)
				  .request_id;
		bool needs = m[i].flags & METHOD_NEEDS_ID, stream = m[i].mode == METHOD_STREAM;

		assert_true(id || m[i].mode != METHOD_WRITE);
		assert_int_equal(lists(plain, m[i].service, m[i].name), !stream && (!id || needs));
		assert_int_equal(lists(ids, m[i].service, m[i].name), !stream);
	}
	json_decref(plain);
	json_decref(ids);
}

/* gRFC A6: 2 to 5 attempts, and durations as protobuf writes them. */
static void the_policy_is_one_that_libraries_take(void **state)
{
	json_t *all = policy_of("docs/reference/service-config-ids.json");
	json_t *p = json_object_get(only_config(all), "retryPolicy");

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(p, "maxAttempts")), RETRY_ATTEMPTS);
	assert_in_range(RETRY_ATTEMPTS, 2, 5);
	assert_string_equal(json_string_value(json_object_get(p, "initialBackoff")), "0.1s");
	assert_string_equal(json_string_value(json_object_get(p, "maxBackoff")), "2s");
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(p, "retryableStatusCodes"), 0)),
		"UNAVAILABLE");
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_is_of_the_contract),
		cmocka_unit_test(what_may_be_repeated_is_there_and_nothing_else),
		cmocka_unit_test(the_policy_is_one_that_libraries_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
