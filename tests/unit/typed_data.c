/* Typed data (EIP-712): the EIP's own example, and what must not be signed blindly. */
#include <stdio.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/typed_data.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "tests/support/test.h"

static struct arena *mem;
static struct turn t;

static int fresh(void **state)
{
	(void)state;
	mem = arena_new((size_t)128 << 20);
	turn_begin(&t, NULL, NULL, mem, "test", "test", 10000);
	return 0;
}

static int done(void **state)
{
	(void)state;
	turn_end(&t);
	arena_free(mem);
	return 0;
}

static enum err hash(const char *json, struct eth_hash *out)
{
	return typed_data_hash(&t, (struct bytes){ (const uint8_t *)json, strlen(json) }, out);
}

#define DOMAIN_FIELDS                                                                              \
	"\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"version\","         \
	"\"type\":"                                                                                \
	"\"string\"},{\"name\":\"chainId\",\"type\":\"uint256\"},{\"name\":\"verifyingContract\"," \
	"\"type\":\"address\"}],"
#define MAIL(domain_fields)                                                                        \
	"{\"types\":{" domain_fields                                                               \
	"\"Person\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"wallet\",\"type\":"       \
	"\"address\"}],\"Mail\":[{\"name\":\"from\",\"type\":\"Person\"},{\"name\":\"to\","        \
	"\"type\":"                                                                                \
	"\"Person\"},{\"name\":\"contents\",\"type\":\"string\"}]},\"primaryType\":\"Mail\","      \
	"\"domain\":{\"name\":\"Ether "                                                            \
	"Mail\",\"version\":\"1\",\"chainId\":1,\"verifyingContract\":"                            \
	"\"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC\"},\"message\":{\"from\":{\"name\":\"Cow\"," \
	"\"wallet\":\"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826\"},\"to\":{\"name\":\"Bob\","     \
	"\"wallet\":\"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB\"},\"contents\":\"Hello, "        \
	"Bob!\"}}"

static void the_eips_example_has_its_hash(void **state)
{
	struct eth_hash h;

	(void)state;
	assert_int_equal(hash(MAIL(DOMAIN_FIELDS), &h), OK);
	assert_string_equal(hash_str(&t, h),
			    "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
	/* A domain that is not declared has the fields that are there. */
	assert_int_equal(hash(MAIL(""), &h), OK);
	assert_string_equal(hash_str(&t, h),
			    "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
}

/* One struct A with a field f of `type`, and its value. */
static const char *one(const char *type, const char *value)
{
	return turn_printf(&t,
			   "{\"types\":{\"A\":[{\"name\":\"f\",\"type\":\"%s\"}]},\"primaryType\":"
			   "\"A\",\"domain\":{},\"message\":{\"f\":%s}}",
			   type, value);
}

static void values_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		const char *type, *value, *word;
	} bad[] = {
		{ "uint8", "256", "out of range" },
		{ "uint8", "-1", "out of range" },
		{ "int8", "128", "out of range" },
		{ "int8", "\"-129\"", "out of range" },
		{ "int256",
		  "\"0x8000000000000000000000000000000000000000000000000000000000000000\"",
		  "out of range" },
		{ "uint256", "1.5", "a number is written" },
		{ "uint256", "\"1e3\"", "not a number" },
		{ "uint256", "\"\"", "not a number" },
		{ "uint256", "null", "a number is written" },
		{ "bool", "1", "true or false" },
		{ "bool", "\"true\"", "true or false" },
		{ "address", "\"0x12\"", "" },
		{ "address", "5", "not an address" },
		{ "bytes4", "\"0x010203\"", "wrong number of bytes" },
		{ "bytes4", "\"01020304\"", "0x and hex" },
		{ "bytes", "\"0x0\"", "0x and hex" },
		{ "string", "5", "not a string" },
		{ "uint8[]", "5", "not a list" },
		{ "uint8[2]", "[1]", "wrong number of items" },
		{ "uint8[0]", "[]", "not a type" },
		{ "uint8[x]", "[]", "not a type" },
		{ "uint8]", "[]", "no such type" },
		{ "uint", "1", "no such type" },
		{ "B", "{}", "no such type" },
		{ "A", "{}", "is missing" },
		{ "A[]", "[{\"f\":[],\"g\":1}]", "fields that the type does not have" },
	};
	struct eth_hash h;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(hash(one(bad[i].type, bad[i].value), &h), ERR_INVALID);
		if (!strstr(t.why, bad[i].word))
			fail_msg("%s %s: \"%s\" lacks \"%s\"\n", bad[i].type, bad[i].value, t.why,
				 bad[i].word);
	}
	assert_int_equal(hash(one("A[]", "[{\"f\":[]},{\"f\":[{\"f\":[]}]}]"), &h), OK);
}

static void what_is_no_typed_data_is_refused(void **state)
{
	static const struct {
		const char *json, *word;
	} bad[] = {
		{ "", "not JSON" },
		{ "[]", "it has types" },
		{ "{}", "it has types" },
		{ "{\"types\":{},\"domain\":{},\"primaryType\":\"A\",\"message\":{}}",
		  "primaryType" },
		{ "{\"types\":{\"A\":[]},\"domain\":{},\"primaryType\":\"A\"}", "not an object" },
		{ "{\"types\":{\"A\":[]},\"domain\":{\"color\":\"red\"},\"primaryType\":\"A\","
		  "\"message\":{}}",
		  "fields that the type does not have" },
		{ "{\"types\":{\"A\":[]},\"types\":{},\"domain\":{},\"primaryType\":\"A\"}",
		  "not JSON" },
		{ "{\"types\":{\"uint8\":[]},\"domain\":{},\"primaryType\":\"uint8\",\"message\":{}"
		  "}",
		  "not a name" },
		{ "{\"types\":{\"A(\":[]},\"domain\":{},\"primaryType\":\"A(\",\"message\":{}}",
		  "not a name" },
		{ "{\"types\":{\"A\":[{\"name\":\"a b\",\"type\":\"bool\"}]},\"domain\":{},"
		  "\"primaryType\":\"A\",\"message\":{}}",
		  "a field has a name" },
		{ "{\"types\":{\"A\":[{\"name\":\"a\",\"type\":\"bool\"},{\"name\":\"a\",\"type\":"
		  "\"bool\"}]},\"domain\":{},\"primaryType\":\"A\",\"message\":{\"a\":true}}",
		  "two fields of one name" },
		{ "{\"types\":{\"A\":{}},\"domain\":{},\"primaryType\":\"A\",\"message\":{}}",
		  "a list of at most 64" },
	};
	struct eth_hash h;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(hash(bad[i].json, &h), ERR_INVALID);
		if (!strstr(t.why, bad[i].word))
			fail_msg("%s: \"%s\" lacks \"%s\"\n", bad[i].json, t.why, bad[i].word);
	}
}

/* Lists in lists, very many values, and a text above the limit. */
static void what_would_cost_much_ends_at_a_limit(void **state)
{
	struct buf b = buf_in(mem, TYPED_DATA_MAX + 100);
	struct eth_hash h;

	(void)state;
	for (int i = 0; i < 40; i++)
		buf_char(&b, '[');
	for (int i = 0; i < 40; i++)
		buf_char(&b, ']');
	const char *deep = buf_text(&b);

	b = buf_in(mem, 400);
	buf_str(&b, "uint8");
	for (int i = 0; i < 40; i++)
		buf_str(&b, "[]");
	assert_int_equal(hash(one(buf_text(&b), deep), &h), ERR_INVALID);
	assert_non_null(strstr(t.why, "nested too deeply"));
	b = buf_in(mem, TYPED_DATA_MAX);
	buf_char(&b, '[');
	for (int i = 0; i < TYPED_DATA_VALUES; i++)
		buf_str(&b, i ? ",1" : "1");
	buf_char(&b, ']');
	assert_int_equal(hash(one("uint8[]", buf_text(&b)), &h), ERR_INVALID);
	assert_non_null(strstr(t.why, "too many values"));
	char *huge = turn_alloc(&t, TYPED_DATA_MAX + 2);

	memset(huge, ' ', TYPED_DATA_MAX + 1);
	assert_int_equal(hash(huge, &h), ERR_INVALID);
	assert_non_null(strstr(t.why, "longer than"));
}

#define ON_FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_FRESH(the_eips_example_has_its_hash),
		ON_FRESH(values_that_do_not_fit_are_refused),
		ON_FRESH(what_is_no_typed_data_is_refused),
		ON_FRESH(what_would_cost_much_ends_at_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
