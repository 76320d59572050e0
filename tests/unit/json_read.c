/* JSON as messages: what Python's protobuf printed comes back to the byte; what is wrong is refused
 * with its place and why. */
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "json_kinds.pb-c.h"
#include "tests/support/json_files.h"
#include "tests/support/test.h"

/* An allocator that counts what is out, and fails after `left` more. */
static struct {
	int out, left;
} heap;

static void *take(void *data, size_t size)
{
	(void)data;
	if (heap.left == 0)
		return NULL;
	heap.left--;
	heap.out++;
	return test_malloc(size);
}

static void give(void *data, void *p)
{
	(void)data;
	if (p)
		heap.out--;
	test_free(p);
}

static ProtobufCAllocator counted = { take, give, NULL };

static bool read_as(const ProtobufCMessageDescriptor *d, const char *text, ProtobufCMessage **out,
		    char why[256])
{
	heap.out = 0;
	heap.left = 1000000;
	*out = NULL;
	why[0] = 0;
	bool ok = json_read(d, text, strlen(text), &counted, out, why, 256);

	/* A refusal keeps nothing and says something. */
	if (!ok) {
		assert_int_equal(heap.out, 0);
		assert_true(strlen(why) > 0);
		assert_null(*out);
	}
	return ok;
}

static Tests__Json__Kinds *kinds(const char *text)
{
	ProtobufCMessage *m;
	char why[256];

	if (!read_as(&tests__json__kinds__descriptor, text, &m, why))
		fail_msg("%s: %s", text, why);
	return (Tests__Json__Kinds *)m;
}

static void drop(Tests__Json__Kinds *m)
{
	protobuf_c_message_free_unpacked(&m->base, &counted);
	assert_int_equal(heap.out, 0);
}

static void expect_same(const struct json_case *c, const char *text)
{
	Tests__Json__Kinds *m = kinds(text);
	size_t n = protobuf_c_message_get_packed_size(&m->base);
	uint8_t *bytes = calloc(1, n + 1);

	assert_non_null(bytes);
	(void)protobuf_c_message_pack(&m->base, bytes);
	if (n != c->n_bytes || memcmp(bytes, c->bytes, n) != 0)
		fail_msg("%s does not come back:\n%s", c->name, text);
	free(bytes);
	drop(m);
}

static void every_case_comes_back_to_the_byte(void **state)
{
	struct json_case c;
	int n = 0;

	(void)state;
	for (size_t i = 0; json_case_read(i, &c); i++) {
		/* An Any is not read, and protobuf-c does not encode -0.0. */
		if (strncmp(c.name, "any_", 4) != 0 && strcmp(c.name, "negative_zero") != 0) {
			expect_same(&c, c.json);
			expect_same(&c, c.all_json);
			n++;
		}
		json_case_free(&c);
	}
	assert_true(n > 10);
}

static void integers_come_as_numbers_or_as_strings(void **state)
{
	Tests__Json__Kinds *m =
		kinds("{\"aInt64\":-5,\"aUint64\":9223372036854775807,\"aInt32\":\"-7\","
		      "\"aUint32\":1e3,\"aSint64\":12.0,\"aFixed64\":\"18446744073709551615\","
		      "\"aDouble\":\"1.5\",\"aFloat\":3,\"manyDouble\":[\"NaN\",\"-Infinity\"]}");

	(void)state;
	assert_int_equal(m->a_int64, -5);
	assert_true(m->a_uint64 == INT64_MAX);
	assert_int_equal(m->a_int32, -7);
	assert_int_equal(m->a_uint32, 1000);
	assert_int_equal(m->a_sint64, 12);
	assert_true(m->a_fixed64 == UINT64_MAX);
	assert_true(m->a_double == 1.5 && m->a_float == 3);
	assert_true(m->many_double[0] != m->many_double[0] && m->many_double[1] < -1e308);
	drop(m);
}

/* Larger ones than the JSON library keeps, beside strings that look like them. */
static void a_bare_number_may_be_as_large_as_its_field(void **state)
{
	Tests__Json__Kinds *m = kinds(
		"{\"aString\":\"\\\"18446744073709551615 \\\\\","
		"\"aUint64\": 18446744073709551615,"
		"\"manyUint64\":[9223372036854775808,1,10000000000000000001 ],"
		"\"aInt64\":-9223372036854775808,"
		"\"aDouble\":-123456789012345678901234567890,"
		"\"byId\":{\"18446744073709551615\":7},"
		"\"aFloat\":12345678901234567890.5,"
		"\"manyDouble\":[0.12345678901234567890,1e0000000000000000000001],\"aSint32\":-5}");

	(void)state;
	assert_string_equal(m->a_string, "\"18446744073709551615 \\");
	assert_true(m->a_uint64 == UINT64_MAX);
	assert_true(m->many_uint64[0] == (uint64_t)INT64_MAX + 1 && m->many_uint64[1] == 1 &&
		    m->many_uint64[2] == 10000000000000000001u);
	assert_true(m->a_int64 == INT64_MIN);
	assert_true(m->a_double == -123456789012345678901234567890.0);
	assert_true(m->by_id[0]->key == UINT64_MAX);
	assert_int_equal(m->a_sint32, -5);
	assert_true(m->many_double[0] == 0.12345678901234567890 && m->many_double[1] == 10);
	drop(m);
}

static void names_may_be_those_of_the_proto_file(void **state)
{
	Tests__Json__Kinds *m = kinds("{\"a_int32\":1,\"under_score_2_x\":\"u\",\"xY\":\"x\"}");

	(void)state;
	assert_int_equal(m->a_int32, 1);
	assert_string_equal(m->under_score_2_x, "u");
	assert_string_equal(m->x__y, "x");
	drop(m);
}

static void null_is_absent(void **state)
{
	Tests__Json__Kinds *m = kinds(
		"{\"aInt32\":null,\"inner\":null,\"manyInt32\":null,\"byName\":null,"
		"\"maybeInt32\":null,\"pickedText\":null,\"pickedNumber\":0,\"seenTime\":null}");

	(void)state;
	assert_null(m->inner);
	assert_int_equal(m->n_many_int32, 0);
	assert_int_equal(m->_maybe_int32_case, 0);
	assert_int_equal(m->choice_case, TESTS__JSON__KINDS__CHOICE_PICKED_NUMBER);
	drop(m);
}

static void bytes_come_in_both_alphabets_padded_or_not(void **state)
{
	static const char *const same[] = { "\"+/8=\"", "\"+/8\"", "\"-_8=\"", "\"-_8\"" };

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "{\"aBytes\":%s}", same[i]);
		Tests__Json__Kinds *m = kinds(text);

		assert_int_equal(m->a_bytes.len, 2);
		assert_memory_equal(m->a_bytes.data, "\xfb\xff", 2);
		drop(m);
	}
}

static void enums_come_by_name_or_number(void **state)
{
	Tests__Json__Kinds *m =
		kinds("{\"color\":\"COLOR_RED\",\"maybeColor\":7,\"manyColor\":[99]}");

	(void)state;
	assert_int_equal(m->color, TESTS__JSON__COLOR__COLOR_RED);
	assert_int_equal(m->maybe_color, TESTS__JSON__COLOR__COLOR_DEEP_BLUE);
	assert_int_equal(m->many_color[0], 99);
	drop(m);
}

static void times_come_with_any_digits_and_offset(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
		int32_t nanos;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0, 0 },
		{ "2026-11-22T04:00:00.5Z", 1795320000, 500000000 },
		{ "2026-11-22T05:30:00.000000001+01:30", 1795320000, 1 },
		{ "2026-11-21T23:00:00-05:00", 1795320000, 0 },
		{ "2024-02-29T12:00:00Z", 1709208000, 0 },
		{ "0001-01-01T00:00:00Z", -62135596800, 0 },
	};
	static const char *const bad[] = {
		"",
		"2026-11-22",
		"2026-11-22 04:00:00Z",
		"2026-11-22T04:00:00",
		"2026-11-22T04:00:00.Z",
		"2026-11-22T04:00:00.1234567890Z",
		"2026-02-29T04:00:00Z",
		"2026-13-01T04:00:00Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T04:00:60Z",
		"2026-11-22T04:00:00+24:00",
		"2026-11-22T04:00:00Zz",
		"0001-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-00:01",
		"+2026-11-22T04:00:00Z",
	};
	ProtobufCMessage *m;
	char text[96], why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"seenTime\":\"%s\"}", good[i].text);
		Tests__Json__Kinds *k = kinds(text);

		assert_int_equal(k->seen_time->seconds, good[i].seconds);
		assert_int_equal(k->seen_time->nanos, good[i].nanos);
		drop(k);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"seenTime\":\"%s\"}", bad[i]);
		if (read_as(&tests__json__kinds__descriptor, text, &m, why))
			fail_msg("%s was read", bad[i]);
		assert_string_equal(why, "seenTime: it must be a time as 2026-11-22T04:00:00Z");
	}
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "line 1" },
		{ "{", "line 1" },
		{ "[]", "it must be an object and is an array" },
		{ "\"x\"", "it must be an object and is a string" },
		{ "{\"aInt32\":1}x", "end of file expected" },
		{ "{\"aString\":\"\\u0000\"}", "\\u0000" },
		{ "{\"aString\":\"\xff\"}", "unable to decode byte 0xff" },
		{ "{\"nothing\":1}", "nothing: tests.json.Kinds has no such field" },
		{ "{\"a\\nb\":1}", "a?b: tests.json.Kinds has no such field" },
		{ "{\"AInt32\":1}", "AInt32: tests.json.Kinds has no such field" },
		{ "{\"aInt32\":1,\"aInt32\":2}", "duplicate object key near '\"aInt32\"'" },
		{ "{\"aInt32\":1,\"a_int32\":2}", "a_int32: the field comes twice" },
		{ "{\"aInt32\":2147483648}",
		  "aInt32: it must be between -2147483648 and 2147483647" },
		{ "{\"aInt32\":-2147483649}", "aInt32: it must be between" },
		{ "{\"aInt32\":1.5}", "aInt32: it is not a whole number" },
		{ "{\"aInt32\":\"0x10\"}", "aInt32: it is not a whole number" },
		{ "{\"aInt32\":\" 1\"}", "aInt32: it is not a whole number" },
		{ "{\"aInt32\":\"\"}", "aInt32: it is not a whole number" },
		{ "{\"aInt32\":true}", "aInt32: it must be a whole number and is true or false" },
		{ "{\"aUint32\":-1}", "aUint32: it must be between 0 and 4294967295" },
		{ "{\"aUint64\":\"-1\"}", "aUint64: it must be between 0 and" },
		{ "{\"aUint64\":\"18446744073709551616\"}", "aUint64: it is not a whole number" },
		{ "{\"aInt64\":\"9223372036854775808\"}", "aInt64: it must be between" },
		{ "{\"aInt64\":1e30}", "aInt64: it is not a whole number" },
		{ "{\"aUint64\":18446744073709551616}", "aUint64: it is not a whole number" },
		{ "{\"aInt64\":9223372036854775808}", "aInt64: it must be between" },
		{ "{\"aInt64\":-9223372036854775809}", "aInt64: it must be between" },
		{ "{\"aString\":18446744073709551615}",
		  "aString: it must be a string and is a number" },
		{ "{\"aBytes\":18446744073709551615}",
		  "it must be base64 in a string and is a number" },
		{ "{\"color\":18446744073709551615}", "color: it must be between" },
		{ "{\"took\":18446744073709551615}",
		  "took: it must be a duration as 3.5s and is a number" },
		{ "{\"18446744073709551615\":1}", "18446744073709551615: tests.json.Kinds has no" },
		{ "{\"aUint64\":18446744073709551615,\"aString\":\"a\\u0000\"}",
		  "aString: it must be a string and is text with a NUL" },
		{ "{\"aUint64\":18446744073709551615,\"aInt64\":0000000000000000000001}",
		  "line 1" },
		{ "{\"aUint64\":18446744073709551615", "line 1" },
		{ "18446744073709551615", "it must be an object and is a number" },
		{ "{\"aFloat\":1e39}", "aFloat: it is too large a number" },
		{ "{\"aDouble\":\"1e999\"}", "aDouble: it is too large a number" },
		{ "{\"aDouble\":\"nan\"}", "aDouble: it is not a number" },
		{ "{\"aDouble\":\"0x1p3\"}", "aDouble: it is not a number" },
		{ "{\"aBool\":1}", "aBool: it must be true or false and is a number" },
		{ "{\"aString\":1}", "aString: it must be a string and is a number" },
		{ "{\"aBytes\":\"a\"}", "aBytes: it is not base64" },
		{ "{\"aBytes\":\"ab=\"}", "aBytes: it is not base64" },
		{ "{\"aBytes\":\"a$bc\"}", "aBytes: it is not base64" },
		{ "{\"color\":\"COLOR_PINK\"}",
		  "color: 'COLOR_PINK' is not a value of tests.json.Color" },
		{ "{\"color\":1.5}", "color: it is not a whole number" },
		{ "{\"inner\":[]}", "inner: it must be an object and is an array" },
		{ "{\"inner\":{\"count\":\"x\"}}", "inner.count: it is not a whole number" },
		{ "{\"manyInner\":[{},{\"name\":7}]}", "manyInner[1].name: it must be a string" },
		{ "{\"manyInt32\":{}}", "manyInt32: it must be an array and is an object" },
		{ "{\"manyInt32\":[1,null]}",
		  "manyInt32[1]: it must be a whole number and is null" },
		{ "{\"byName\":[]}", "byName: it must be an object and is an array" },
		{ "{\"byName\":{\"a\":null}}", "byName.a: it must be a whole number and is null" },
		{ "{\"byNumber\":{\"x\":{}}}", "byNumber.x: it is not a whole number" },
		{ "{\"byFlag\":{\"1\":\"\"}}", "byFlag.1: it must be true or false" },
		{ "{\"pickedText\":\"\",\"pickedNumber\":1}", "pickedNumber: only one of a group" },
		{ "{\"took\":\"1\"}", "took: it must be a duration as 3.5s" },
		{ "{\"took\":\"1.s\"}", "took: it must be a duration as 3.5s" },
		{ "{\"took\":\"315576000001s\"}", "took: it must be a duration as 3.5s" },
		{ "{\"took\":5}", "took: it must be a duration as 3.5s and is a number" },
		{ "{\"updateMask\":\"a_b\"}", "updateMask: paths are in lowerCamelCase" },
		{ "{\"detail\":{\"@type\":\"x\"}}", "detail: google.protobuf.Any cannot be read" },
	};
	ProtobufCMessage *m;
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (read_as(&tests__json__kinds__descriptor, bad[i].text, &m, why))
			fail_msg("%s was read", bad[i].text);
		if (!strstr(why, bad[i].why))
			fail_msg("%s: %s; wanted %s", bad[i].text, why, bad[i].why);
	}
}

/* spellings.tsv: each text is read as Python reads it, or refused as there; but for what is ours.
 */
static void every_spelling_is_read_as_elsewhere(void **state)
{
	FILE *f = fopen("tests/data/json/spellings.tsv", "r");
	char line[1024], hex[1024];
	int lines = 0, bad = 0;

	(void)state;
	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); lines++) {
		char *tab = strchr(line, '\t'), why[256];
		json_t *text = json_loads(tab + 1, JSON_DECODE_ANY, NULL);
		ProtobufCMessage *m;

		assert_non_null(text);
		*tab = 0;
		if (!read_as(&tests__json__kinds__descriptor, json_string_value(text), &m, why)) {
			if (strcmp(line, "refused") != 0 && strcmp(line, "ours") != 0) {
				print_error("%s: %s; wanted %s\n", json_string_value(text), why,
					    line);
				bad++;
			}
			json_decref(text);
			continue;
		}
		uint8_t bytes[512];
		size_t n = protobuf_c_message_pack(m, bytes);

		for (size_t i = 0; i <= n; i++)
			(void)snprintf(hex + 2 * i, 3, "%02x", i < n ? bytes[i] : 0);
		hex[2 * n] = 0;
		if (strcmp(line, hex) != 0) {
			print_error("%s: %s; wanted %s\n", json_string_value(text), hex, line);
			bad++;
		}
		protobuf_c_message_free_unpacked(m, &counted);
		json_decref(text);
	}
	(void)fclose(f);
	assert_int_equal(bad, 0);
	assert_true(lines > 100);
}

/* "{"branch":{"branch":...": n messages, or with lists instead. */
static bool tree_reads(int n, const char *open, const char *close, char why[256])
{
	char *text = calloc(1, 1 << 20), *p = text;
	ProtobufCMessage *m;

	assert_non_null(text);
	for (int i = 1; i < n; i++)
		p += sprintf(p, "%s", open);
	p += sprintf(p, "{}");
	for (int i = 1; i < n; i++)
		p += sprintf(p, "%s", close);
	bool ok = read_as(&tests__json__tree__descriptor, text, &m, why);

	if (ok)
		protobuf_c_message_free_unpacked(m, &counted);
	free(text);
	return ok;
}

static void deep_nesting_is_refused_at_its_limit(void **state)
{
	char why[256];

	(void)state;
	assert_true(tree_reads(JSON_DEPTH, "{\"branch\":", "}", why));
	assert_false(tree_reads(JSON_DEPTH + 1, "{\"branch\":", "}", why));
	assert_non_null(strstr(why, "nested deeper than 32"));
	assert_false(tree_reads(JSON_DEPTH + 1, "{\"branches\":[", "]}", why));
	assert_non_null(strstr(why, "nested deeper than 32"));
	assert_false(tree_reads(20000, "{\"branch\":", "}", why));
	assert_false(tree_reads(20000, "[", "]", why));
}

static void running_out_of_memory_at_any_point_keeps_nothing(void **state)
{
	static const char text[] =
		"{\"aString\":\"x\",\"aBytes\":\"YWJj\",\"inner\":{\"name\":\"n\"},"
		"\"manyString\":[\"a\",\"b\"],\"manyInner\":[{},{\"name\":\"z\"}],"
		"\"byName\":{\"k\":1,\"l\":2},\"updateMask\":\"a,b\",\"pickedText\":\"t\"}";
	ProtobufCMessage *m = NULL;
	char why[256];
	int n = 0;

	(void)state;
	for (bool ok = false; !ok; n++) {
		heap.out = 0;
		heap.left = n;
		ok = json_read(&tests__json__kinds__descriptor, text, strlen(text), &counted, &m,
			       why, sizeof(why));
		if (!ok) {
			assert_int_equal(heap.out, 0);
			assert_non_null(strstr(why, "more memory"));
		}
	}
	assert_true(n > 15);
	drop((Tests__Json__Kinds *)m);
}

/* A cut or a changed byte is read or refused, never more. */
static void damaged_text_harms_nothing(void **state)
{
	struct json_case c;
	ProtobufCMessage *m;
	char why[256];

	(void)state;
	for (size_t i = 0; json_case_read(i, &c); i++) {
		size_t n = strlen(c.json);
		char *text = calloc(1, n + 1);

		assert_non_null(text);
		for (size_t k = 0; k < n; k++) {
			memcpy(text, c.json, n + 1);
			text[k] = (char)((size_t)text[k] ^ (1 + k * 7 % 255));
			if (k % 3 == 0)
				text[k] = 0;
			if (read_as(&tests__json__kinds__descriptor, text, &m, why))
				protobuf_c_message_free_unpacked(m, &counted);
		}
		free(text);
		json_case_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_comes_back_to_the_byte),
		cmocka_unit_test(integers_come_as_numbers_or_as_strings),
		cmocka_unit_test(a_bare_number_may_be_as_large_as_its_field),
		cmocka_unit_test(names_may_be_those_of_the_proto_file),
		cmocka_unit_test(null_is_absent),
		cmocka_unit_test(bytes_come_in_both_alphabets_padded_or_not),
		cmocka_unit_test(enums_come_by_name_or_number),
		cmocka_unit_test(times_come_with_any_digits_and_offset),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
		cmocka_unit_test(every_spelling_is_read_as_elsewhere),
		cmocka_unit_test(deep_nesting_is_refused_at_its_limit),
		cmocka_unit_test(running_out_of_memory_at_any_point_keeps_nothing),
		cmocka_unit_test(damaged_text_harms_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
