/* Contract calls: the selectors of the contracts we drive, the specification's examples, and every
 * way in which a signature, an argument or an answer can be wrong. */
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/abi_type.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"
#include "store/base/wei.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static void selectors_are_those_of_the_contracts(void **state)
{
	static const struct {
		const char *signature, *selector;
	} table[] = {
		{ "jackIn(uint256,uint8)", "0x440ad4e2" },
		{ "addStake(uint256)", "0xeb4f16b5" },
		{ "extract()", "0x1e83cdab" },
		{ "claimRewards()", "0x372500ab" },
		{ "emergencyWithdraw()", "0xdb2e21bc" },
		{ "triggerSystemReset()", "0x07b7bfc3" },
		{ "getPosition(address)", "0x16c19739" },
		{ "getPendingRewards(address)", "0xf6ed2017" },
		{ "getEffectiveDeathRate(address)", "0x02472b60" },
		{ "isInLockPeriod(address)", "0x92e2a750" },
		{ "isAlive(address)", "0x1703e5f9" },
		{ "getLevelConfig(uint8)", "0xd4255487" },
		{ "getLevelState(uint8)", "0x4c7ccf1d" },
		{ "getSystemReset()", "0x99fadcab" },
		{ "getTotalValueLocked()", "0xb26025aa" },
		{ "getActiveBoosts(address)", "0xd51773ea" },
		{ "getCullingRisk(address)", "0x03169f11" },
		{ "applyBoost(uint8,uint16,uint64,bytes32,bytes)", "0x893b5a13" },
		{ "paused()", "0x5c975abb" },
		{ "balanceOf(address)", "0x70a08231" },
		{ "allowance(address,address)", "0xdd62ed3e" },
		{ "approve(address,uint256)", "0x095ea7b3" },
		{ "transfer(address,uint256)", "0xa9059cbb" },
		{ "transferFrom(address,address,uint256)", "0x23b872dd" },
		{ "decimals()", "0x313ce567" },
		{ "isExcludedFromTax(address)", "0xcb4ca631" },
		{ "placeBet(uint256,uint256)", "0x4afe62b5" },
		{ "settle(address)", "0x6a256b29" },
		{ "withdrawPayout()", "0x06c0e841" },
		{ "getPendingPayout(address)", "0xf901ff55" },
		{ "aggregate3((address,bool,bytes)[])", "0x82ad56cb" },
		{ "getEthBalance(address)", "0x4d2301cc" },
	};

	struct abi_type type;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct abi_selector s = abi_selector(table[i].signature);

		assert_string_equal(hex_of(&t, s.b, 4), table[i].selector);
		assert_int_equal(abi_type_signature(&t, table[i].signature, &type), OK);
		assert_true(abi_selector_is((struct bytes){ s.b, 4 }, table[i].signature));
		assert_false(abi_selector_is((struct bytes){ s.b, 3 }, table[i].signature));
	}
}

static void is_hex(struct bytes b, const char *expected)
{
	assert_string_equal(hex_of(&t, b.p, b.n), expected);
}

#define WORD(tail) "00000000000000000000000000000000000000000000000000000000000000" tail

/* The specification's examples: sam(bytes,bool,uint256[]), f(uint256,uint32[],bytes10,bytes). */
static void calls_are_the_specifications(void **state)
{
	struct abi_value three[] = { abi_u64(1), abi_u64(2), abi_u64(3) };
	struct abi_value sam[] = { abi_string("dave"), abi_bool(true), abi_list(three, 3) };
	struct abi_value two[] = { abi_u64(0x456), abi_u64(0x789) };
	struct abi_value f[] = { abi_u64(0x123), abi_list(two, 2), abi_string("1234567890"),
				 abi_string("Hello, world!") };

	(void)state;
	is_hex(abi_call(&t, "sam(bytes,bool,uint256[])", sam, 3),
	       "0xa5643bf2" WORD("60") WORD("01") WORD("a0")
		       WORD("04") "646176650000000000000000000000000000000000000000000000000000000"
				  "0" WORD("03") WORD("01") WORD("02") WORD("03"));
	is_hex(abi_call(&t, "f(uint256,uint32[],bytes10,bytes)", f, 4),
	       "0x8be65246"
	       "0000000000000000000000000000000000000000000000000000000000000123" WORD(
		       "80") "313233343536373839300000000000000000000000000000000000000000000"
			     "0" WORD("e0")
				     WORD("02") "00000000000000000000000000000000000000000000000000"
						"00000000000456"
						"00000000000000000000000000000000000000000000000000"
						"00000000000789" WORD(
							"0d") "48656c6c6f2c20776f726c64210000000000"
							      "0000000000000000000000000000");
	is_hex(abi_call(&t, "extract()", NULL, 0), "0x1e83cdab");
}

static void text_arguments_make_the_same_call(void **state)
{
	static const char *const jack_in[] = { "10ether", "3" };
	static const char *const sam[] = { "0x64617665", "true", "[1, 0x02,3]" };
	static const char *const deep[] = { "[(\"a,\\\"b]\",[true,false]), (\"\",[false,true])]",
					    "-1" };
	struct abi_value one[] = { abi_bool(true), abi_bool(false) };
	struct abi_value two[] = { abi_bool(false), abi_bool(true) };
	struct abi_value first[] = { abi_string("a,\"b]"), abi_list(one, 2) };
	struct abi_value second[] = { abi_string(""), abi_list(two, 2) };
	struct abi_value pair[] = { abi_list(first, 2), abi_list(second, 2) };
	struct wei minus_one;
	struct bytes out;

	(void)state;
	memset(minus_one.be, 0xff, sizeof(minus_one.be));
	struct abi_value args[] = { abi_list(pair, 2), abi_number(minus_one) };

	assert_int_equal(abi_encode_text(&t, "jackIn(uint256,uint8)", jack_in, 2, &out), OK);
	is_hex(out, "0x440ad4e2"
		    "0000000000000000000000000000000000000000000000008ac7230489e80000" WORD("03"));
	assert_int_equal(abi_encode_text(&t, "sam(bytes,bool,uint256[])", sam, 3, &out), OK);
	is_hex(out, "0xa5643bf2" WORD("60") WORD("01") WORD("a0")
			    WORD("04") "64617665000000000000000000000000000000000000000000000000000"
				       "00000" WORD("03") WORD("01") WORD("02") WORD("03"));
	assert_int_equal(abi_encode_text(&t, "f((string,bool[2])[],int8)", deep, 2, &out), OK);
	struct bytes expected = abi_call(&t, "f((string,bool[2])[],int8)", args, 2);

	assert_int_equal(out.n, expected.n);
	assert_memory_equal(out.p, expected.p, out.n);
}

static void bad_signatures_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *signature, *word;
	} bad[] = {
		{ "", "begins with the function's name" },
		{ "(uint256)", "begins with the function's name" },
		{ "1f()", "begins with the function's name" },
		{ "f", "'(' is missing, at character 2" },
		{ "f(", "not a type known here, at character 3" },
		{ "f(uint)", "uint256, at character 7" },
		{ "f(uint256", "',' or ')' is missing" },
		{ "f(uint256,)", "not a type" },
		{ "f(uint256, uint8)", "not a type known here, at character 11" },
		{ "f(uint256 a)", "',' or ')'" },
		{ "f(uint7)", "the bits of a number" },
		{ "f(uint264)", "the bits of a number" },
		{ "f(uint08)", "bits" },
		{ "f(bytes33)", "bytes1 to bytes32" },
		{ "f(bytes0)", "bytes1 to bytes32" },
		{ "f(uint8[)", "length" },
		{ "f(uint8[0])", "length" },
		{ "f(uint8[1)", "']' is missing" },
		{ "f(uint8[99999][99999])", "too large" },
		{ "f(())", "empty tuple" },
		{ "f(((((((((uint8)))))))))", "too deeply" },
		{ "f(uint8[][][][][][][][])", "too deeply" },
		{ "f() ", "after the last" },
		{ "f()returns(uint8)", "after the last" },
		{ "f(fixed128x18)", "not a type" },
	};
	char *longest = turn_alloc(&t, 600);
	struct abi_type type;
	struct bytes out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(abi_type_signature(&t, bad[i].signature, &type), ERR_INVALID);
		if (!strstr(t.why, bad[i].word))
			fail_msg("\"%s\": \"%s\" lacks \"%s\"\n", bad[i].signature, t.why,
				 bad[i].word);
	}
	memset(longest, 'f', 599);
	assert_int_equal(abi_encode_text(&t, longest, NULL, 0, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "longer than 512"));
}

static void bad_arguments_are_refused_by_number(void **state)
{
	static const struct {
		const char *type, *text, *word;
	} bad[] = {
		{ "uint8", "256", "\"256\" is not a uint8: out of range" },
		{ "uint8", "-1", "write 10" },
		{ "uint8", "", "write 10" },
		{ "uint8", "1 ", "write 10" },
		{ "uint8", "abc", "write 10" },
		{ "uint256",
		  "115792089237316195423570985008687907853269984665640564039457584007913129639936",
		  "write 10" },
		{ "int8", "128", "out of range" },
		{ "int8", "-129", "out of range" },
		{ "int256", "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		  "out of range" },
		{ "bool", "yes", "true or false" },
		{ "address", "0x12", "too short" },
		{ "address", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "checksum" },
		{ "bytes", "12", "0x" },
		{ "bytes", "0x123", "even number" },
		{ "bytes4", "0x123456", "another number of bytes" },
		{ "uint8[]", "1,2", "write [a,b]" },
		{ "uint8[]", "[1,2", "bracket is missing" },
		{ "uint8[]", "[1,]", "write 10" },
		{ "uint8[]", "[1] ", "text after the value" },
		{ "uint8[]", "[1;2]", "write 10" },
		{ "uint8[2]", "[1]", "another number of values" },
		{ "uint8[2]", "[1,2,3]", "another number of values" },
		{ "(uint8,bool)", "[1,true]", "write (a,b)" },
		{ "(uint8,bool)", "(1)", "another number of values" },
		{ "(uint8,bool)", "(1,true,2)", "too many values" },
		{ "string[]", "[a]", "double quotes" },
		{ "string[]", "[\"a]", "closing double quote" },
		{ "uint8[][]", "[[1],[2]", "bracket is missing" },
	};
	struct bytes out;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *signature = turn_printf(&t, "f(bool,%s)", bad[i].type);
		const char *argv[] = { "true", bad[i].text };

		assert_int_equal(abi_encode_text(&t, signature, argv, 2, &out), ERR_INVALID);
		if (!strstr(t.why, bad[i].word) || !strstr(t.why, "argument 2 of f("))
			fail_msg("\"%s\": \"%s\" lacks \"%s\"\n", bad[i].text, t.why, bad[i].word);
	}
	assert_int_equal(abi_encode_text(&t, "f(bool)", NULL, 0, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "takes 1 arguments, not 0"));
}

static void values_that_do_not_fit_are_refused(void **state)
{
	struct abi_value big = abi_u64(256), word = abi_string("x"), list = abi_list(&big, 1);
	struct bytes out;

	(void)state;
	assert_int_equal(abi_encode(&t, "f(uint8)", &big, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "argument 1 of f(uint8): a number out of range for uint8"));
	assert_int_equal(abi_encode(&t, "f(uint8)", &word, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "another kind"));
	assert_int_equal(abi_encode(&t, "f(bytes2)", &word, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "number of bytes"));
	assert_int_equal(abi_encode(&t, "f(uint8[])", &list, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "out of range"));
	assert_int_equal(abi_encode(&t, "f(uint16[2])", &list, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "number of items"));
	assert_int_equal(abi_encode(&t, "f((uint16,bool))", &list, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "number of members"));
	struct abi_value huge =
		abi_bytes((struct bytes){ turn_alloc(&t, ABI_DATA_MAX), ABI_DATA_MAX });

	assert_int_equal(abi_encode(&t, "f(bytes)", &huge, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "more than 1048576"));
}

static void words_of_an_answer_are_checked(void **state)
{
	uint8_t p[96] = { 0 };
	struct bytes data = { p, sizeof(p) };
	struct eth_addr a;
	struct wei w;
	uint64_t v;
	bool b;

	(void)state;
	p[31] = 1;
	p[32 + 23] = 1;
	assert_true(abi_word_bool(data, 0, &b) && b);
	assert_true(abi_word_u64(data, 0, &v) && v == 1);
	assert_true(abi_word_addr(data, 0, &a) && a.b[19] == 1);
	assert_false(abi_word_u64(data, 1, &v)); /* 2^64 */
	assert_true(abi_word_wei(data, 1, &w));
	assert_true(abi_word_addr(data, 1, &a));
	p[64 + 11] = 1;
	assert_false(abi_word_addr(data, 2, &a)); /* 2^160 */
	p[31] = 2;
	assert_false(abi_word_bool(data, 0, &b));
	assert_false(abi_word_wei(data, 3, &w));
	data.n--;
	assert_false(abi_word_wei(data, 2, &w));
	data.n = 0;
	assert_false(abi_word_wei(data, 0, &w));
}

/* What Multicall3 answers. */
static void an_answer_with_tuples_reads_back(void **state)
{
	struct abi_value yes[] = { abi_bool(true), abi_string("ok") };
	struct abi_value no[] = { abi_bool(false), abi_string("") };
	struct abi_value both[] = { abi_list(yes, 2), abi_list(no, 2) };
	struct abi_value arg = abi_list(both, 2);
	struct bytes call = abi_call(&t, "f((bool,bytes)[])", &arg, 1), again;
	struct bytes data = { call.p + 4, call.n - 4 };
	const struct abi_value *out;
	size_t n;

	(void)state;
	assert_int_equal(abi_decode(&t, "((bool,bytes)[])", data, &out, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(out[0].n_items, 2);
	assert_true(out[0].items[0].items[0].truth);
	assert_memory_equal(out[0].items[0].items[1].bytes.p, "ok", 2);
	assert_false(out[0].items[1].items[0].truth);
	assert_int_equal(out[0].items[1].items[1].bytes.n, 0);
	assert_int_equal(abi_encode(&t, "f((bool,bytes)[])", out, n, &again), OK);
	assert_memory_equal(again.p, call.p, call.n);
	for (size_t cut = 0; cut < data.n; cut++)
		assert_int_equal(
			abi_decode(&t, "((bool,bytes)[])", (struct bytes){ data.p, cut }, &out, &n),
			ERR_INVALID);
	for (size_t at = 0; at + 32 <= data.n; at += 32) {
		uint8_t *p = turn_memdup(&t, data.p, data.n);

		memset(p + at, 0xff, 32);
		if (at == 7 * 32) /* the text itself may be anything */
			continue;
		assert_int_equal(
			abi_decode(&t, "((bool,bytes)[])", (struct bytes){ p, data.n }, &out, &n),
			ERR_INVALID);
	}
}

/* Offsets that point back: many values from few bytes must end at the limit. */
static void an_answer_that_multiplies_is_refused(void **state)
{
	enum { ITEMS = 1000, SIZE = 32 * (2 + ITEMS) };
	uint8_t *p = turn_alloc(&t, SIZE);
	struct bytes data = { p, SIZE };
	const struct abi_value *out;
	size_t n;

	(void)state;
	/* [0]: offset 0 to itself as a list, whose length is the word there. */
	p[31] = 32;
	for (size_t i = 1; i < 2 + ITEMS; i++) {
		p[32 * i + 30] = (ITEMS / 2) >> 8;
		p[32 * i + 31] = (ITEMS / 2) & 0xff;
	}
	assert_int_equal(abi_decode(&t, "(uint256[][][][])", data, &out, &n), ERR_INVALID);
	assert_non_null(strstr(t.why, "answer of type (uint256[][][][])"));
}

static void answers_out_of_range_are_refused(void **state)
{
	static const struct {
		const char *types, *word;
	} bad[] = {
		{ "(uint8)", "out of range in uint8" },
		{ "(int8)", "out of range" },
		{ "(address)", "no address" },
		{ "(bool)", "neither 0 nor 1" },
		{ "(bytes4)", "behind the value" },
		{ "(bytes)", "past the end" },
		{ "(uint8[])", "past the end" },
		{ "(uint256,uint256)", "too few bytes" },
		{ "((uint256,uint256))", "too few bytes" },
		{ "(uint256[2])", "too few bytes" },
		{ "uint8", "'(' is missing" },
	};
	uint8_t p[32];
	const struct abi_value *out;
	size_t n;

	(void)state;
	memset(p, 0x77, sizeof(p));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(abi_decode(&t, bad[i].types, (struct bytes){ p, 32 }, &out, &n),
				 ERR_INVALID);
		if (!strstr(t.why, bad[i].word))
			fail_msg("%s: \"%s\" lacks \"%s\"\n", bad[i].types, t.why, bad[i].word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(selectors_are_those_of_the_contracts, fresh, done),
		cmocka_unit_test_setup_teardown(calls_are_the_specifications, fresh, done),
		cmocka_unit_test_setup_teardown(text_arguments_make_the_same_call, fresh, done),
		cmocka_unit_test_setup_teardown(bad_signatures_are_refused_with_the_place, fresh,
						done),
		cmocka_unit_test_setup_teardown(bad_arguments_are_refused_by_number, fresh, done),
		cmocka_unit_test_setup_teardown(values_that_do_not_fit_are_refused, fresh, done),
		cmocka_unit_test_setup_teardown(words_of_an_answer_are_checked, fresh, done),
		cmocka_unit_test_setup_teardown(an_answer_with_tuples_reads_back, fresh, done),
		cmocka_unit_test_setup_teardown(an_answer_that_multiplies_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(answers_out_of_range_are_refused, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
