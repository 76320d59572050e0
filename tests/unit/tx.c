/* Transactions read back: a real one of MegaETH, and all that must be refused. */
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/curve.h"
#include "server/eth/key.h"
#include "server/eth/rlp.h"
#include "server/eth/tx.h"
#include "store/base/hex.h"
#include "store/base/wei.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

static struct secret key = { { [31] = 1 } };

static struct bytes from_hex(const char *hex)
{
	size_t n;
	uint8_t *p = turn_alloc(&t, strlen(hex));

	assert_true(hex_get_any(hex, p, strlen(hex), &n));
	return (struct bytes){ p, n };
}

#define MEGAETH                                                                                    \
	"0xf86480830f424082ea6094cc4b43ab7230cc5913801a746c1834aa06c4e7e780808231b2a0b8126d2c41a6" \
	"c7dbd0a9e219233497057bb391e7ee1d628370f9c1456f82b054a06663fde9daa2fae784c3dac1c9a5a973d5" \
	"38e3a12ec9c0e4d3cee9c70ba2b239"

static void a_real_megaeth_transaction_reads_back(void **state)
{
	struct bytes raw = from_hex(MEGAETH);
	struct eth_tx tx;
	struct eth_addr sender;
	struct raw_tx again;
	struct eth_signature sig;

	(void)state;
	assert_int_equal(eth_tx_decode(&t, raw, &tx, &sender), OK);
	assert_int_equal(tx.type, ETH_TX_LEGACY);
	assert_int_equal(tx.chain_id, 6343);
	assert_int_equal(tx.nonce, 0);
	assert_int_equal(tx.gas, 60000);
	assert_int_equal(wei_cmp(tx.max_fee, wei_u64(1000000)), 0);
	assert_true(wei_is_zero(tx.value));
	assert_string_equal(addr_str(&t, sender), "0xCC4b43aB7230cc5913801A746c1834aA06C4E7e7");
	assert_true(tx.has_to && addr_eq(tx.to, sender));
	/* The same bytes and the chain's own hash come out again. */
	memcpy(sig.r,
	       from_hex("b8126d2c41a6c7dbd0a9e219233497057bb391e7ee1d628370f9c1456f82b054").p, 32);
	memcpy(sig.s,
	       from_hex("6663fde9daa2fae784c3dac1c9a5a973d538e3a12ec9c0e4d3cee9c70ba2b239").p, 32);
	sig.parity = 1;
	assert_int_equal(eth_tx_encode_signed(&t, &tx, &sig, &again), OK);
	assert_int_equal(again.raw.n, raw.n);
	assert_memory_equal(again.raw.p, raw.p, raw.n);
	assert_string_equal(hash_str(&t, again.hash),
			    "0x8d3b1e22e7a9026c8658b5d922293d59e4de7c3382bb832d6890e6ab23ad7ec7");
}

/* EIP-155's example, unsigned: the hash that the proposal prints. */
static void the_signing_hash_is_eip155s(void **state)
{
	struct eth_tx tx = { .chain_id = 1, .nonce = 9, .gas = 21000, .has_to = true };
	struct eth_hash h;

	(void)state;
	memset(tx.to.b, 0x35, sizeof(tx.to.b));
	tx.max_fee = wei_u64(20000000000);
	tx.value = wei_u64(1000000000000000000);
	assert_int_equal(eth_tx_sighash(&t, &tx, &h), OK);
	assert_string_equal(hash_str(&t, h),
			    "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
}

static struct eth_tx some_tx(enum eth_tx_type type)
{
	struct eth_tx tx = {
		.type = type, .chain_id = 6343, .nonce = 5, .gas = 70000, .has_to = true
	};

	tx.max_fee = wei_u64(2000000);
	tx.max_tip = wei_u64(type == ETH_TX_FEE_MARKET ? 1000 : 0);
	tx.value = wei_u64(123456789);
	tx.data = (struct bytes){ (const uint8_t *)"\x1e\x83\xcd\xab", 4 };
	return tx;
}

static struct raw_tx sign(const struct eth_tx *tx)
{
	struct eth_signature sig;
	struct eth_hash h;
	struct raw_tx raw;

	assert_int_equal(eth_tx_sighash(&t, tx, &h), OK);
	curve_sign(&h, &key, &sig);
	assert_int_equal(eth_tx_encode_signed(&t, tx, &sig, &raw), OK);
	return raw;
}

static void refuses(struct bytes raw, const char *word)
{
	struct eth_tx tx;
	struct eth_addr sender;

	assert_int_equal(eth_tx_decode(&t, raw, &tx, &sender), ERR_INVALID);
	if (!strstr(t.why, word))
		fail_msg("\"%s\" lacks \"%s\"\n", t.why, word);
}

/* A changed bit is refused or is another sender's: never the same transaction of ours. */
static void a_changed_bit_is_never_ours(void **state)
{
	struct eth_addr ours;

	(void)state;
	key_address(&key, &ours);
	for (int type = ETH_TX_LEGACY; type <= ETH_TX_FEE_MARKET; type++) {
		struct eth_tx tx = some_tx((enum eth_tx_type)type), got;
		struct raw_tx raw = sign(&tx);
		struct eth_addr sender;

		assert_int_equal(eth_tx_decode(&t, raw.raw, &got, &sender), OK);
		assert_true(addr_eq(sender, ours));
		for (size_t bit = 0; bit < 8 * raw.raw.n; bit++) {
			uint8_t *p = turn_memdup(&t, raw.raw.p, raw.raw.n);

			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (eth_tx_decode(&t, (struct bytes){ p, raw.raw.n }, &got, &sender) == OK)
				assert_false(addr_eq(sender, ours));
		}
		for (size_t n = 0; n < raw.raw.n; n++)
			refuses((struct bytes){ raw.raw.p, n }, "raw transaction");
	}
}

static void bytes_after_a_transaction_are_refused(void **state)
{
	struct bytes raw = from_hex(MEGAETH "00");

	(void)state;
	refuses(raw, "bytes after it");
	refuses((struct bytes){ NULL, 0 }, "no bytes");
	refuses(from_hex("0x03c0"), "blobs (type 3, EIP-4844)");
	refuses(from_hex("0x05c0"), "type 0x05");
	refuses(from_hex("0x7fc0"), "type 0x7f");
	refuses(from_hex("0x80"), "type 0x80");
	refuses(from_hex("0xc0"), "nonce");
	refuses(from_hex("0x02c0"), "chain id");
	refuses(from_hex("0x02"), "not one RLP list");
}

/* The signature (r, n - s) of the other parity is as valid on the curve: EIP-2 forbids it. */
static void the_upper_half_of_s_is_refused(void **state)
{
	static const char order[] =
		"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
	struct eth_tx tx = some_tx(ETH_TX_FEE_MARKET);
	struct eth_signature sig;
	struct eth_hash h;
	struct raw_tx raw;
	struct wei n, s, high;

	(void)state;
	assert_int_equal(eth_tx_sighash(&t, &tx, &h), OK);
	curve_sign(&h, &key, &sig);
	memcpy(n.be, from_hex(order).p, 32);
	memcpy(s.be, sig.s, 32);
	assert_true(wei_sub(n, s, &high));
	memcpy(sig.s, high.be, 32);
	sig.parity ^= 1;
	assert_int_equal(eth_tx_encode_signed(&t, &tx, &sig, &raw), OK);
	refuses(raw.raw, "EIP-2");
	memset(sig.s, 0, 32);
	assert_int_equal(eth_tx_encode_signed(&t, &tx, &sig, &raw), OK);
	refuses(raw.raw, "nobody's");
	memcpy(sig.r, n.be, 32);
	sig.s[31] = 1;
	assert_int_equal(eth_tx_encode_signed(&t, &tx, &sig, &raw), OK);
	refuses(raw.raw, "nobody's");
}

static void impossible_fields_are_refused(void **state)
{
	struct eth_tx tx = some_tx(ETH_TX_FEE_MARKET);

	(void)state;
	tx.max_tip = wei_u64(2000001);
	refuses(sign(&tx).raw, "tip per gas is above");
	tx = some_tx(ETH_TX_LEGACY);
	tx.nonce = UINT64_MAX;
	refuses(sign(&tx).raw, "EIP-2681");
	/* v of 35 and 36 would be chain 0. */
	refuses(from_hex("0xf84980808080808023a0a7badf84cf9266ba71cc2782f924a05dc314257d634997b9ef"
			 "07126d7ef07f7ca066a698f9103e56780f6fad7523e02b63dae8d60b0433eb1dbfb9ab81"
			 "14983658"),
		"neither 27, 28");
}

static void access_lists_are_read_strictly(void **state)
{
	struct eth_tx tx = some_tx(ETH_TX_FEE_MARKET), got;
	struct rlp r = rlp_in(mem, 1024);
	uint8_t slot[32] = { 7 };
	struct raw_tx raw;

	(void)state;
	for (int entries = 0; entries < 2; entries++) {
		rlp_list_open(&r);
		rlp_bytes(&r, tx.to.b, 20);
		rlp_list_open(&r);
		rlp_bytes(&r, slot, 32);
		rlp_bytes(&r, slot, 32);
		rlp_list_close(&r);
		rlp_list_close(&r);
	}
	assert_true(rlp_done(&r, &tx.access_list));
	raw = sign(&tx);
	assert_int_equal(eth_tx_decode(&t, raw.raw, &got, NULL), OK);
	assert_int_equal(got.access_list.n, tx.access_list.n);
	assert_memory_equal(got.access_list.p, tx.access_list.p, got.access_list.n);
	tx.access_list = (struct bytes){ (const uint8_t *)"\x01", 1 };
	refuses(sign(&tx).raw, "access list");
	tx.access_list = (struct bytes){ (const uint8_t *)"\xc2\x80\xc0", 3 };
	refuses(sign(&tx).raw, "access list");
}

static void too_long_is_refused_both_ways(void **state)
{
	struct eth_tx tx = some_tx(ETH_TX_FEE_MARKET);
	struct eth_hash h;
	uint8_t *p = turn_alloc(&t, ETH_TX_MAX + 1);

	(void)state;
	tx.data = (struct bytes){ p, ETH_TX_MAX };
	assert_int_equal(eth_tx_sighash(&t, &tx, &h), ERR_INVALID);
	assert_non_null(strstr(t.why, "longer than 1048576"));
	p[0] = 0xf8;
	refuses((struct bytes){ p, ETH_TX_MAX + 1 }, "longer than 1048576");
}

static void the_cost_is_fee_and_value(void **state)
{
	struct eth_tx tx = some_tx(ETH_TX_FEE_MARKET);
	struct wei fee, total;

	(void)state;
	assert_true(eth_tx_cost(&tx, &fee, &total));
	assert_int_equal(wei_cmp(fee, wei_u64(140000000000)), 0);
	assert_int_equal(wei_cmp(total, wei_u64(140123456789)), 0);
	memset(tx.value.be, 0xff, sizeof(tx.value.be));
	assert_false(eth_tx_cost(&tx, &fee, &total));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_real_megaeth_transaction_reads_back, fresh, done),
		cmocka_unit_test_setup_teardown(the_signing_hash_is_eip155s, fresh, done),
		cmocka_unit_test_setup_teardown(a_changed_bit_is_never_ours, fresh, done),
		cmocka_unit_test_setup_teardown(bytes_after_a_transaction_are_refused, fresh, done),
		cmocka_unit_test_setup_teardown(the_upper_half_of_s_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(impossible_fields_are_refused, fresh, done),
		cmocka_unit_test_setup_teardown(access_lists_are_read_strictly, fresh, done),
		cmocka_unit_test_setup_teardown(too_long_is_refused_both_ways, fresh, done),
		cmocka_unit_test_setup_teardown(the_cost_is_fee_and_value, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
