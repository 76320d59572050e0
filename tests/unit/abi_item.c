/* Interface lines as people write them; events, custom errors and packed values by example. */
#include <string.h>

#include "server/eth/abi_item.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/wei.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static struct abi_item item_of(const char *text)
{
	struct abi_item item;

	if (abi_item_parse(&t, text, &item) != OK)
		fail_msg("%s\n", t.why);
	return item;
}

static void a_line_says_what_it_is(void **state)
{
	struct abi_item i =
		item_of("function f(tuple(uint256 a, string)[] x) view returns (bool ok)");

	(void)state;
	assert_int_equal(i.kind, ABI_FUNCTION);
	assert_string_equal(i.signature, "f((uint256,string)[])");
	assert_string_equal(i.outputs, "(bool)");
	assert_int_equal(i.n_params, 1);
	assert_string_equal(i.params[0].name, "x");
	assert_string_equal(i.params[0].type, "(uint256,string)[]");
	assert_true(i.reads_only);
	assert_false(i.payable);
	i = item_of("event Transfer(address indexed from, address indexed to, uint value);");
	assert_int_equal(i.kind, ABI_EVENT);
	assert_string_equal(i.signature, "Transfer(address,address,uint256)");
	assert_true(i.params[0].indexed && i.params[1].indexed && !i.params[2].indexed);
	assert_false(i.anonymous);
	i = item_of("error TooLate(uint256 deadline)");
	assert_int_equal(i.kind, ABI_ERROR);
	i = item_of("constructor(address payable owner, int[3] x) payable");
	assert_int_equal(i.kind, ABI_CONSTRUCTOR);
	assert_string_equal(i.inputs, "(address,int256[3])");
	assert_true(i.payable);
	i = item_of("transfer(address,uint256)");
	assert_string_equal(i.signature, "transfer(address,uint256)");
	i = item_of("function g(function cb, bytes calldata b, uint8[2][] memory m) external pure");
	assert_string_equal(i.signature, "g(function,bytes,uint8[2][])");
}

static void a_wrong_line_is_refused_with_the_place(void **state)
{
	static const struct {
		const char *line, *word;
	} bad[] = {
		{ "", "a name is missing, at character 1" },
		{ "function", "a name is missing" },
		{ "function f", "'(' is missing, at character 11" },
		{ "function f(uint256", "',' or ')' is missing" },
		{ "function f(uint256 a b)", "',' or ')' is missing" },
		{ "function f(uint256,)", "a type is missing" },
		{ "function f(foo)", "not a type known here" },
		{ "function f(uint7)", "bits of a number" },
		{ "function f(uint256[)", "a ']' is missing" },
		{ "function f(uint256[0])", "an array's length" },
		{ "function f(address indexed a)", "only an event's own parameters" },
		{ "event E(tuple(uint8 indexed a) b)", "only an event's own parameters" },
		{ "function f() nonsense", "not a word that stands here" },
		{ "function f() returns", "'(' is missing" },
		{ "function f() returns (foo)", "not a type known here" },
		{ "event E() view", "text after the end" },
		{ "error E() x", "text after the end" },
		{ "function f();;", "text after the end" },
		{ "event E(uint8 indexed a, uint8 indexed b, uint8 indexed c, uint8 indexed d)",
		  "more indexed parameters" },
		{ "function f(((((((((uint8)))))))))", "nested too deeply" },
		{ "function f(uint8[][][][][][][][][])", "nested too deeply" },
	};
	struct abi_item item;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(abi_item_parse(&t, bad[i].line, &item), ERR_INVALID);
		if (!strstr(t.why, bad[i].word))
			fail_msg("%s: \"%s\" lacks \"%s\"\n", bad[i].line, t.why, bad[i].word);
	}
	item = item_of(
		"event E(uint8 indexed a, uint8 indexed b, uint8 indexed c, uint8 indexed d) "
		"anonymous");
	assert_true(item.anonymous);
	char *longer = turn_alloc(&t, ABI_ITEM_MAX + 2);

	memset(longer, 'a', ABI_ITEM_MAX + 1);
	assert_int_equal(abi_item_parse(&t, longer, &item), ERR_INVALID);
}

/* A transfer as every chain has it. */
static void a_transfer_is_read_from_its_log(void **state)
{
	struct abi_item transfer =
		item_of("event Transfer(address indexed from, address indexed to, uint256 value)");
	struct abi_log log = { .n_topics = 3 };
	const struct abi_value *v;
	const bool *hashed;
	uint8_t amount[32] = { [31] = 42 };

	(void)state;
	assert_true(hash_parse("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
			       &log.topics[0]));
	log.topics[1].b[31] = 1;
	log.topics[2].b[31] = 2;
	log.data = (struct bytes){ amount, sizeof(amount) };
	assert_int_equal(abi_event_decode(&t, &transfer, &log, &v, &hashed), OK);
	assert_int_equal(v[0].addr.b[19], 1);
	assert_int_equal(v[1].addr.b[19], 2);
	assert_int_equal(wei_cmp(v[2].number, wei_u64(42)), 0);
	assert_false(hashed[0] || hashed[1] || hashed[2]);
	log.topics[2].b[0] = 1;
	assert_int_equal(abi_event_decode(&t, &transfer, &log, &v, &hashed), ERR_INVALID);
	assert_non_null(strstr(t.why, "no address"));
	log.topics[0].b[0] ^= 1;
	assert_int_equal(abi_event_decode(&t, &transfer, &log, &v, &hashed), ERR_INVALID);
	assert_non_null(strstr(t.why, "not one of Transfer"));
}

static void a_custom_error_is_read_by_its_line(void **state)
{
	struct abi_item e =
		item_of("error InsufficientBalance(address who, uint256 has, uint256 needs)");
	struct abi_value args[] = { abi_addr((struct eth_addr){ { 7 } }), abi_u64(5), abi_u64(9) };
	struct bytes data = abi_call(&t, e.signature, args, 3);
	const struct abi_value *out;
	size_t n;

	(void)state;
	assert_int_equal(abi_item_decode(&t, &e, data, &out, &n), OK);
	assert_int_equal(n, 3);
	assert_int_equal(wei_cmp(out[2].number, wei_u64(9)), 0);
	data.n -= 32;
	assert_int_equal(abi_item_decode(&t, &e, data, &out, &n), ERR_INVALID);
	data.n = 3;
	assert_int_equal(abi_item_decode(&t, &e, data, &out, &n), ERR_INVALID);
	assert_non_null(strstr(t.why, "selector"));
}

static void packed_values_stand_close(void **state)
{
	struct abi_value two[] = { abi_u64(1), abi_u64(2) };
	struct abi_value v[] = { abi_u64(0x1234), abi_bool(true), abi_string("ab"),
				 abi_list(two, 2) };
	struct abi_value strings[] = { abi_string("a") }, list = abi_list(strings, 1);
	struct bytes out;

	(void)state;
	assert_int_equal(abi_encode_packed(&t, "(uint16,bool,string,uint8[2])", v, 4, &out), OK);
	assert_string_equal(hex_of(&t, out.p, out.n),
			    "0x1234016162"
			    "0000000000000000000000000000000000000000000000000000000000000001"
			    "0000000000000000000000000000000000000000000000000000000000000002");
	assert_int_equal(abi_encode_packed(&t, "(string[])", &list, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "cannot be packed"));
	assert_int_equal(abi_encode_packed(&t, "((string))", &list, 1, &out), ERR_INVALID);
	assert_int_equal(abi_encode_packed(&t, "(uint8)", v, 1, &out), ERR_INVALID);
	assert_non_null(strstr(t.why, "out of range"));
	assert_int_equal(abi_encode_packed(&t, "(uint8,uint8)", v, 1, &out), ERR_INVALID);
}

#define ON_FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_FRESH(a_line_says_what_it_is),
		ON_FRESH(a_wrong_line_is_refused_with_the_place),
		ON_FRESH(a_transfer_is_read_from_its_log),
		ON_FRESH(a_custom_error_is_read_by_its_line),
		ON_FRESH(packed_values_stand_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
