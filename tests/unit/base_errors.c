/* err and log: one line for one thing, whatever is in it. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/err.h"
#include "store/base/log.h"
#include "store/base/turn.h"
#include "tests/support/test.h"

static void every_error_and_reason_has_a_name_and_a_meaning(void **state)
{
	(void)state;
	for (int e = 0; e < ERR_COUNT; e++) {
		assert_true(strlen(err_name((enum err)e)) > 1);
		assert_true(strlen(err_meaning((enum err)e)) > 1);
		assert_int_equal(err_from_grpc(err_grpc((enum err)e)), e);
	}
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++) {
		assert_true(strlen(reason_name((enum reason)r)) > 1);
		assert_true(strlen(reason_meaning((enum reason)r)) > 1);
		assert_true(reason_err((enum reason)r) != OK);
	}
	assert_int_equal(err_exit(OK), 0);
	assert_int_equal(err_exit(ERR_AWAY), 3);
	assert_int_equal(err_from_grpc(99), ERR_BROKEN);
}

static void each_error_has_a_reason_of_its_own(void **state)
{
	struct turn t = { 0 };

	(void)state;
	for (int e = OK + 1; e < ERR_COUNT; e++) {
		assert_int_equal(fail(&t, (enum err)e, "x"), e);
		assert_true(t.reason != REASON_NONE);
		assert_int_equal(reason_err(t.reason), e);
	}
	assert_int_equal(fail_reason(&t, REASON_DISK_FULL, "full"), ERR_FULL);
	assert_int_equal(t.reason, REASON_DISK_FULL);
}

static void a_failure_is_one_line_without_control_characters(void **state)
{
	struct turn t = { 0 };

	(void)state;
	assert_int_equal(fail(&t, ERR_INVALID, "a %s b", "\n\x1b[31mred\x7f"), ERR_INVALID);
	assert_string_equal(t.why, "a   [31mred  b");
}

static void a_failure_may_quote_the_one_before(void **state)
{
	struct turn t = { 0 };

	(void)state;
	assert_int_equal(fail(&t, ERR_AWAY, "no answer"), ERR_AWAY);
	assert_int_equal(fail(&t, ERR_REFUSED, "endpoint 1: %s", t.why), ERR_REFUSED);
	assert_string_equal(t.why, "endpoint 1: no answer");
}

static void a_failure_that_is_too_long_ends_at_a_character(void **state)
{
	struct turn t = { 0 };
	char text[1000];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', sizeof(text));
		for (size_t i = shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		text[sizeof(text) - 1] = 0;
		assert_int_equal(fail(&t, ERR_INVALID, "%s", text), ERR_INVALID);
		assert_true(strlen(t.why) > sizeof(t.why) - 4);
		json_t *j = json_stringn(t.why, strlen(t.why)); /* refuses what is not UTF-8 */

		assert_non_null(j);
		json_decref(j);
	}
}

/* What log_line wrote, in `out`. */
static void logged(bool json, const char *key, const char *value, char *out, size_t room)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	log_open((struct log_options){ .least = LOG_INFO, .json = json, .fd = fds[1] });
	log_line(NULL, LOG_WARN, "a message", key, value, "last", "one", NULL);
	log_open((struct log_options){ .least = LOG_INFO, .fd = 2 });
	(void)close(fds[1]);
	ssize_t n = read(fds[0], out, room - 1);

	(void)close(fds[0]);
	assert_true(n > 0);
	out[n] = 0;
	assert_int_equal(out[n - 1], '\n');
	assert_ptr_equal(strchr(out, '\n'), out + n - 1);
}

static void plain_values_are_plain_and_others_are_quoted(void **state)
{
	char out[5000];

	(void)state;
	logged(false, "wallet", "wallets/w-1", out, sizeof(out));
	assert_non_null(strstr(out, "level=WARN msg=\"a message\" wallet=wallets/w-1 last=one"));
	logged(false, "why", "two words, a \"quote\"\nand a line", out, sizeof(out));
	assert_non_null(strstr(out, "why=\"two words, a \\\"quote\\\"\\u000aand a line\""));
	logged(false, "empty", "", out, sizeof(out));
	assert_non_null(strstr(out, "empty=\"\""));
}

static void a_json_line_is_json_whatever_is_in_it(void **state)
{
	char out[5000], big[6000];
	static const char *const values[] = { "plain",
					      "\xff\xfe not utf-8 \xed\xa0\x80 \xc0\x80 \xe2\x82",
					      "\x01\x02\"\\", "\xf0\x9f\x91\xbb boo" };

	(void)state;
	memset(big, '"', sizeof(big));
	big[sizeof(big) - 1] = 0;
	for (size_t i = 0; i <= sizeof(values) / sizeof(values[0]); i++) {
		const char *value = i < 4 ? values[i] : big;
		json_error_t e;

		logged(true, "key", value, out, sizeof(out));
		json_t *line = json_loads(out, 0, &e);

		assert_non_null(line);
		assert_string_equal(json_string_value(json_object_get(line, "level")), "WARN");
		assert_string_equal(json_string_value(json_object_get(line, "last")), "one");
		json_decref(line);
	}
}

static void a_line_that_is_too_long_keeps_its_head_and_says_so(void **state)
{
	char out[5000], big[1000];
	int fds[2];
	json_error_t e;

	(void)state;
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = 0;
	assert_int_equal(pipe(fds), 0);
	log_open((struct log_options){ .least = LOG_INFO, .json = true, .fd = fds[1] });
	log_line(NULL, LOG_INFO, "many", "a", big, "b", big, "c", big, "d", big, "e", big, "f", "x",
		 NULL);
	log_open((struct log_options){ .least = LOG_INFO, .fd = 2 });
	(void)close(fds[1]);
	ssize_t n = read(fds[0], out, sizeof(out) - 1);

	(void)close(fds[0]);
	assert_true(n > 0 && n <= 4096);
	out[n] = 0;
	json_t *line = json_loads(out, 0, &e);

	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "cut")), "true");
	assert_string_equal(json_string_value(json_object_get(line, "a")), big);
	assert_string_equal(json_string_value(json_object_get(line, "f")), "x");
	json_decref(line);
}

static void lines_below_the_level_are_not_written(void **state)
{
	int fds[2];
	char out[100];

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	log_open((struct log_options){ .least = LOG_ERROR, .fd = fds[1] });
	log_line(NULL, LOG_WARN, "a message", NULL);
	assert_int_equal(read(fds[0], out, sizeof(out)), -1);
	log_broken(NULL, "%s %d", "fault", 7);
	assert_true(read(fds[0], out, sizeof(out)) > 0);
	assert_non_null(strstr(out, "msg=broken"));
	log_open((struct log_options){ .least = LOG_INFO, .fd = 2 });
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_and_reason_has_a_name_and_a_meaning),
		cmocka_unit_test(each_error_has_a_reason_of_its_own),
		cmocka_unit_test(a_failure_is_one_line_without_control_characters),
		cmocka_unit_test(a_failure_may_quote_the_one_before),
		cmocka_unit_test(a_failure_that_is_too_long_ends_at_a_character),
		cmocka_unit_test(plain_values_are_plain_and_others_are_quoted),
		cmocka_unit_test(a_json_line_is_json_whatever_is_in_it),
		cmocka_unit_test(a_line_that_is_too_long_keeps_its_head_and_says_so),
		cmocka_unit_test(lines_below_the_level_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
