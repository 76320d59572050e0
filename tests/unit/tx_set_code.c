/* Type 4 (EIP-7702), against a transaction of execution-apis' test chain (CC0,
 * tests/eth_getTransactionByHash/get-setcode-tx.io), and what must be refused of it. */
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/curve.h"
#include "server/eth/key.h"
#include "server/eth/rlp.h"
#include "server/eth/signer.h"
#include "server/eth/tx.h"
#include "store/base/hex.h"
#include "store/base/wei.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static const uint64_t CHAIN = 0xc72dd9d5e883e;

static struct bytes from_hex(const char *hex)
{
	size_t n;
	uint8_t *p = turn_alloc(&t, strlen(hex));

	assert_true(hex_get_any(hex, p, strlen(hex), &n));
	return (struct bytes){ p, n };
}

static void put_hex(struct rlp *r, const char *hex)
{
	struct bytes b = from_hex(hex);

	rlp_bytes(r, b.p, b.n);
}

/* [chain id, code, nonce, parity, r, s]; `parity` and the rest as the test wants them. */
static struct bytes auth_line(uint64_t nonce, uint64_t parity, const char *r_hex, const char *s_hex)
{
	struct rlp r = rlp_in(mem, 1024);
	struct bytes out;

	rlp_list_open(&r);
	rlp_u64(&r, CHAIN);
	put_hex(&r, "0x58f8fe237b593c19546e1e758a2544561d04bfe0");
	rlp_u64(&r, nonce);
	rlp_u64(&r, parity);
	put_hex(&r, r_hex);
	put_hex(&r, s_hex);
	rlp_list_close(&r);
	assert_true(rlp_done(&r, &out));
	return out;
}

#define R "0xec6caeb1b7071f1b3ae36aeaa7bf0eaecb8e006e83b3e50d792870ea95af4c59"
#define S "0x1d1225f76d6faac3d904c0635193e83d3867c101b2e6f6c9bb7b1fdeeed923ab"

static struct eth_tx public_tx(void)
{
	struct eth_tx tx = { .type = ETH_TX_SET_CODE,
			     .chain_id = CHAIN,
			     .nonce = 0x9b,
			     .gas = 0xb3b0,
			     .has_to = true };

	tx.max_fee = wei_u64(0x56a6c99);
	tx.max_tip = wei_u64(1);
	tx.auth_list = auth_line(0, 1, R, S);
	return tx;
}

static struct bytes public_raw(void)
{
	struct eth_signature sig = { .parity = 0 };
	struct eth_tx tx = public_tx();
	struct raw_tx raw;

	memcpy(sig.r,
	       from_hex("0xbf57deff928f4f83c5b92e010248d56d2ae2d8211457edba656373b7713ff023").p,
	       32);
	memcpy(sig.s,
	       from_hex("0x39bca6db7b6eb369f77068a9bff27ffaf88ade3ae1534d6c6d660e478087d1fe").p,
	       32);
	assert_int_equal(eth_tx_encode_signed(&t, &tx, &sig, &raw), OK);
	assert_string_equal(hash_str(&t, raw.hash),
			    "0x52936c0771a21d9835c6948bc04f7cb42bb5d4cbd88e4a31abd2673511173c68");
	return raw.raw;
}

static struct raw_tx sign(const struct eth_tx *tx)
{
	SECRET struct secret key = { { [31] = 1 } };
	struct eth_signature sig;
	struct eth_hash h;
	struct raw_tx raw;

	assert_int_equal(eth_tx_sighash(&t, tx, &h), OK);
	curve_sign(&h, &key, &sig);
	assert_int_equal(eth_tx_encode_signed(&t, tx, &sig, &raw), OK);
	return raw;
}

static void refuses(const struct eth_tx *tx, const char *word)
{
	struct eth_tx got;

	assert_int_equal(eth_tx_decode(&t, sign(tx).raw, &got, NULL), ERR_INVALID);
	if (!strstr(t.why, word))
		fail_msg("\"%s\" lacks \"%s\"\n", t.why, word);
}

static void a_public_one_reads_back_with_sender_and_authority(void **state)
{
	const struct eth_authorization *a;
	struct eth_addr sender;
	struct eth_tx tx;
	size_t n;

	(void)state;
	assert_int_equal(eth_tx_decode(&t, public_raw(), &tx, &sender), OK);
	assert_int_equal(tx.type, ETH_TX_SET_CODE);
	assert_int_equal(tx.nonce, 0x9b);
	assert_string_equal(addr_str(&t, sender), "0x7435ed30A8b4AEb0877CEf0c6E8cFFe834eb865f");
	assert_int_equal(eth_tx_authorizations(&t, &tx, &a, &n), OK);
	assert_int_equal(n, 1);
	assert_int_equal(wei_cmp(a[0].chain_id, wei_u64(CHAIN)), 0);
	assert_int_equal(a[0].nonce, 0);
	assert_true(a[0].signed_by_known);
	assert_string_equal(addr_str(&t, a[0].signed_by),
			    "0xedA8645bA6948855E3B3cD596bbB07596d59c603");
}

static void every_prefix_and_every_bit_is_refused_or_anothers(void **state)
{
	struct bytes raw = public_raw();
	struct eth_addr sender, ours;
	struct eth_tx tx;

	(void)state;
	assert_int_equal(eth_tx_decode(&t, raw, &tx, &ours), OK);
	for (size_t n = 0; n < raw.n; n++)
		assert_int_equal(eth_tx_decode(&t, (struct bytes){ raw.p, n }, &tx, NULL),
				 ERR_INVALID);
	for (size_t bit = 0; bit < 8 * raw.n; bit++) {
		uint8_t *p = turn_memdup(&t, raw.p, raw.n);

		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (eth_tx_decode(&t, (struct bytes){ p, raw.n }, &tx, &sender) == OK)
			assert_false(addr_eq(sender, ours));
	}
}

static void what_eip_7702_forbids_is_refused(void **state)
{
	struct eth_tx tx = public_tx();

	(void)state;
	tx.auth_list.n = 0;
	refuses(&tx, "has an authorization");
	tx = public_tx();
	tx.has_to = false;
	refuses(&tx, "creates no contract");
	tx = public_tx();
	tx.max_tip = wei_u64(0x56a6c9a);
	refuses(&tx, "tip per gas");
	tx = public_tx();
	tx.auth_list = auth_line(0, 256, R, S);
	refuses(&tx, "authorization list");
	tx = public_tx();
	tx.auth_list = (struct bytes){ (const uint8_t *)"\xc1\x80", 2 };
	refuses(&tx, "authorization list");
	tx.auth_list = (struct bytes){ (const uint8_t *)"\x80", 1 };
	refuses(&tx, "authorization list");
}

/* The chain skips such a line; the transaction stands. */
static void a_line_that_nobody_signed_is_read_and_said(void **state)
{
	const struct eth_authorization *a;
	struct eth_tx tx = public_tx(), got;
	struct rlp r = rlp_in(mem, 4096);
	size_t n;

	(void)state;
	rlp_raw(&r, auth_line(0, 5, R, S));
	rlp_raw(&r,
		auth_line(7, 0, R,
			  "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"));
	rlp_raw(&r, auth_line(0, 1, R, S));
	assert_true(rlp_done(&r, &tx.auth_list));
	assert_int_equal(eth_tx_decode(&t, sign(&tx).raw, &got, NULL), OK);
	assert_int_equal(eth_tx_authorizations(&t, &got, &a, &n), OK);
	assert_int_equal(n, 3);
	assert_false(a[0].signed_by_known);
	assert_false(a[1].signed_by_known);
	assert_int_equal(a[1].nonce, 7);
	assert_true(a[2].signed_by_known);
}

static void authorizations_belong_to_type_4_only(void **state)
{
	struct eth_tx tx = public_tx();
	const struct eth_authorization *a;
	struct eth_hash h;
	size_t n;

	(void)state;
	tx.type = ETH_TX_FEE_MARKET;
	assert_int_equal(eth_tx_sighash(&t, &tx, &h), ERR_INVALID);
	assert_non_null(strstr(t.why, "only type 4"));
	tx.auth_list.n = 0;
	assert_int_equal(eth_tx_authorizations(&t, &tx, &a, &n), OK);
	assert_int_equal(n, 0);
}

static void the_signer_signs_none(void **state)
{
	struct grant g = { .chain_id = CHAIN, .any_to = true, .may_call = true };
	struct eth_tx tx = public_tx();
	struct raw_tx raw;

	(void)state;
	memset(g.max_value.be, 0xff, 32);
	memset(g.max_fee_total.be, 0xff, 32);
	assert_int_equal(signer_sign(&t, NULL, (struct bytes){ 0 }, tx.to, &g, &tx, &raw),
			 ERR_INVALID);
	assert_non_null(strstr(t.why, "EIP-7702"));
}

#define ON_FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_FRESH(a_public_one_reads_back_with_sender_and_authority),
		ON_FRESH(every_prefix_and_every_bit_is_refused_or_anothers),
		ON_FRESH(what_eip_7702_forbids_is_refused),
		ON_FRESH(a_line_that_nobody_signed_is_read_and_said),
		ON_FRESH(authorizations_belong_to_type_4_only),
		ON_FRESH(the_signer_signs_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
