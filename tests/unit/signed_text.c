/* Signed text: EIP-191 as every wallet signs it, the short form of EIP-2098, and EIP-1271. */
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/curve.h"
#include "server/eth/key.h"
#include "server/eth/signed_text.h"
#include "store/base/hex.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

/* EIP-191's prefix over "hello world", as web3.js and ethers document it. */
static void the_hash_is_the_one_that_wallets_sign(void **state)
{
	struct eth_hash h;

	(void)state;
	signed_text_hash("hello world", 11, &h);
	assert_string_equal(hash_str(&t, h),
			    "0xd9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68");
	signed_text_hash("", 0, &h);
	assert_string_equal(hash_str(&t, h),
			    "0x5f35dce98ba4fba25530a026ed80b2cecdaa31091ba4958b99b52ea1d068adad");
}

static void whose(const char *hex, const char *owner)
{
	uint8_t sig[80];
	struct eth_addr a;
	struct eth_hash h;
	size_t n;

	signed_text_hash("hello", 5, &h);
	assert_true(hex_get_any(hex, sig, sizeof(sig), &n));
	bool known = signed_hash_owner(&h, (struct bytes){ sig, n }, &a);

	assert_int_equal(known, owner != NULL);
	if (owner)
		assert_string_equal(addr_str(&t, a), owner);
}

static void every_form_of_a_signature_names_its_owner(void **state)
{
	SECRET struct secret key = { { [31] = 7 } };
	struct eth_signature s;
	struct eth_addr me;
	struct eth_hash h;
	char full[2 * 64 + 1], compact[2 * 64 + 1];
	const char *owner;

	(void)state;
	key_address(&key, &me);
	owner = addr_str(&t, me);
	signed_text_hash("hello", 5, &h);
	curve_sign(&h, &key, &s);
	hex_put(s.r, 32, full);
	hex_put(s.s, 32, full + 64);
	memcpy(compact, full, sizeof(full));
	s.s[0] = (uint8_t)(s.s[0] | s.parity << 7);
	hex_put(s.s, 32, compact + 64);
	whose(turn_printf(&t, "0x%s%02x", full, 27 + s.parity), owner);
	whose(turn_printf(&t, "%s%02x", full, s.parity), owner);
	whose(compact, owner);
	whose(turn_printf(&t, "%s%02x", full, 2), NULL);
	whose(turn_printf(&t, "%s%02x", full, 29), NULL);
	whose(turn_printf(&t, "%s%02x00", full, 27), NULL);
	whose("0x", NULL);
}

static void a_high_s_is_nobodys(void **state)
{
	(void)state;
	whose("0x1111111111111111111111111111111111111111111111111111111111111111"
	      "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd03641401b",
	      NULL);
	whose("0x0000000000000000000000000000000000000000000000000000000000000000"
	      "00000000000000000000000000000000000000000000000000000000000000001b",
	      NULL);
}

static void a_contract_is_asked_and_says_yes_in_one_way_only(void **state)
{
	uint8_t answer[64] = { 0x16, 0x26, 0xba, 0x7e };
	struct eth_hash h = { { 0xaa } };
	struct bytes ask;

	(void)state;
	ask = signed_hash_ask(&t, &h, (struct bytes){ (const uint8_t *)"\x01\x02\x03", 3 });
	assert_int_equal(ask.n, 4 + 4 * 32);
	assert_string_equal(hex_of(&t, ask.p, 5), "0x1626ba7eaa");
	assert_int_equal(ask.p[4 + 63], 64);
	assert_int_equal(ask.p[4 + 95], 3);
	assert_true(signed_hash_is_yes((struct bytes){ answer, 32 }));
	assert_false(signed_hash_is_yes((struct bytes){ answer, 4 }));
	assert_false(signed_hash_is_yes((struct bytes){ answer, 64 }));
	assert_false(signed_hash_is_yes((struct bytes){ 0 }));
	answer[31] = 1; /* a function of another contract that happens to answer */
	assert_false(signed_hash_is_yes((struct bytes){ answer, 32 }));
}

#define ON_FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_FRESH(the_hash_is_the_one_that_wallets_sign),
		ON_FRESH(every_form_of_a_signature_names_its_owner),
		ON_FRESH(a_high_s_is_nobodys),
		ON_FRESH(a_contract_is_asked_and_says_yes_in_one_way_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
