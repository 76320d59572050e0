/* Why a contract said no: names, kinds, and that its text is never trusted. */
#include <stdlib.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/addr.h"
#include "server/eth/revert.h"
#include "store/base/hex.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static void the_tables_selectors_are_of_their_signatures(void **state)
{
	static const struct {
		uint32_t selector;
		const char *signature;
		enum revert_kind kind;
		const char *meaning;
	} table[] = {
#define X(selector, signature, kind, meaning) { selector, signature, kind, meaning },
#include "server/eth/revert.def"
#undef X
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct abi_selector s = abi_selector(table[i].signature);
		uint32_t v = (uint32_t)s.b[0] << 24 | (uint32_t)s.b[1] << 16 |
			     (uint32_t)s.b[2] << 8 | s.b[3];
		struct bytes data = { s.b, 4 };

		if (v != table[i].selector)
			fail_msg("%s is 0x%08x\n", table[i].signature, v);
		assert_int_equal(revert_kind(data), table[i].kind);
		assert_non_null(strstr(revert_text(&t, data), table[i].meaning));
	}
}

static void arguments_are_shown(void **state)
{
	struct eth_addr a;
	const char *why = "";

	(void)state;
	assert_true(addr_parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", &a, &why));
	struct abi_value args[] = { abi_addr(a), abi_u64(5), abi_u64(10) };
	struct bytes data =
		abi_call(&t, "ERC20InsufficientBalance(address,uint256,uint256)", args, 3);

	assert_int_equal(revert_kind(data), REVERT_FUNDS);
	assert_string_equal(
		revert_text(&t, data),
		"ERC20InsufficientBalance(0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, 5, "
		"10): holder, balance, needed");
	data.n -= 40;
	assert_string_equal(
		revert_text(&t, data),
		"ERC20InsufficientBalance(0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266, ?, "
		"?): holder, balance, needed");
}

static struct bytes error_string(const char *text)
{
	struct abi_value arg = abi_string(text);

	return abi_call(&t, "Error(string)", &arg, 1);
}

static void error_strings_are_shown_and_known_ones_have_a_kind(void **state)
{
	(void)state;
	assert_string_equal(revert_text(&t, error_string("not today")), "not today");
	assert_int_equal(revert_kind(error_string("not today")), REVERT_OTHER);
	assert_int_equal(revert_kind(error_string("Pausable: paused")), REVERT_PAUSED);
	assert_int_equal(revert_kind(error_string("Pausable: paused!")), REVERT_OTHER);
	assert_int_equal(revert_kind(error_string("ERC20: transfer amount exceeds balance")),
			 REVERT_FUNDS);
}

static void hostile_text_is_cut_and_made_printable(void **state)
{
	char *huge = malloc(100001);

	(void)state;
	assert_non_null(huge);
	assert_string_equal(revert_text(&t, error_string("line\nlog level=ERROR \x1b[31m\xff")),
			    "line?log level=ERROR ?[31m?");
	memset(huge, 'a', 100000);
	huge[100000] = 0;
	assert_int_equal(strlen(revert_text(&t, error_string(huge))), REVERT_TEXT_MAX);
	free(huge);
}

static void lying_lengths_are_unknown_errors(void **state)
{
	struct bytes good = error_string("0123456789");

	(void)state;
	for (size_t n = 0; n < good.n; n++) {
		struct bytes cut = { good.p, n };
		const char *text = revert_text(&t, cut);

		if (n == 0)
			assert_non_null(strstr(text, "no reason"));
		else if (n < 4 + 64 + 10)
			assert_non_null(strstr(text, "not an error known here"));
		else
			assert_string_equal(text, "0123456789");
		assert_int_equal(revert_kind(cut), n ? REVERT_OTHER : REVERT_NO_DATA);
	}
	uint8_t *p = turn_memdup(&t, good.p, good.n);

	memset(p + 4 + 32, 0xff, 32);
	assert_non_null(strstr(revert_text(&t, (struct bytes){ p, good.n }), "0x08c379a0..."));
}

static void panics_have_meanings(void **state)
{
	struct abi_value code = abi_u64(0x11);
	struct bytes data = abi_call(&t, "Panic(uint256)", &code, 1);

	(void)state;
	assert_string_equal(revert_text(&t, data), "Panic 0x11: arithmetic overflow");
	assert_int_equal(revert_kind(data), REVERT_PANIC);
	code = abi_u64(0x77);
	assert_string_equal(revert_text(&t, abi_call(&t, "Panic(uint256)", &code, 1)),
			    "Panic 0x77: unknown code");
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	for (int k = REVERT_OTHER; k <= REVERT_NO_DATA; k++)
		assert_true(strlen(revert_kind_name((enum revert_kind)k)) > 0);
	assert_string_equal(revert_kind_name(REVERT_LOCKED), "locked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_tables_selectors_are_of_their_signatures, fresh,
						done),
		cmocka_unit_test_setup_teardown(arguments_are_shown, fresh, done),
		cmocka_unit_test_setup_teardown(error_strings_are_shown_and_known_ones_have_a_kind,
						fresh, done),
		cmocka_unit_test_setup_teardown(hostile_text_is_cut_and_made_printable, fresh,
						done),
		cmocka_unit_test_setup_teardown(lying_lengths_are_unknown_errors, fresh, done),
		cmocka_unit_test_setup_teardown(panics_have_meanings, fresh, done),
		cmocka_unit_test_setup_teardown(every_kind_has_a_name, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
