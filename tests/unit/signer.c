/* The signer: what it signs is right to the byte, and it refuses all that the grant does not say.
 */
#include <pthread.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/signer.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/test.h"

static struct arena *mem;
static struct turn t;
static struct keyring *kr;
static struct bytes sealed;
static struct eth_addr from;
static struct eth_tx tx;
static struct grant grant;

static struct eth_addr addr(const char *text)
{
	struct eth_addr a;
	const char *why = "";

	assert_true(addr_parse(text, &a, &why));
	return a;
}

static struct wei amount(const char *text)
{
	struct wei w;
	const char *why = "";

	assert_true(amount_parse(text, &w, &why));
	return w;
}

static void seal_key(const char *hex)
{
	struct secret key;
	const char *why = "";

	assert_true(key_parse(hex, &key, &why));
	key_address(&key, &from);
	assert_int_equal(keyring_seal_key(&t, kr, &key, from, &sealed), OK);
}

/* EIP-155's example, and a grant of exactly that. */
static int fresh(void **state)
{
	struct bytes ignored;

	(void)state;
	mem = arena_new(16 << 20);
	turn_begin(&t, NULL, NULL, mem, "test", "test", 1000);
	assert_int_equal(
		keyring_create_at(&t, (struct keyring_cost){ 4, 1, 1 }, "p", 1, &ignored, &kr), OK);
	seal_key("4646464646464646464646464646464646464646464646464646464646464646");
	tx = (struct eth_tx){ .type = ETH_TX_LEGACY,
			      .chain_id = 1,
			      .nonce = 9,
			      .gas = 21000,
			      .has_to = true,
			      .to = addr("0x3535353535353535353535353535353535353535"),
			      .value = amount("1ether"),
			      .max_fee = amount("20gwei") };
	grant = (struct grant){ .chain_id = 1,
				.max_value = tx.value,
				.max_fee_total = wei_mul_sat(tx.max_fee, tx.gas),
				.to = tx.to };
	return 0;
}

static int done(void **state)
{
	(void)state;
	keyring_close(kr);
	turn_end(&t);
	arena_free(mem);
	return 0;
}

static void eip155_example_to_the_byte(void **state)
{
	struct raw_tx raw;

	(void)state;
	assert_int_equal(signer_sign(&t, kr, sealed, from, &grant, &tx, &raw), OK);
	assert_string_equal(hex_of(&t, raw.raw.p, raw.raw.n),
			    "0xf86c098504a817c80082520894353535353535353535353535353535353535353588"
			    "0de0b6b3a7640000"
			    "8025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
			    "a067cbe9d8997f76"
			    "1aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
	assert_string_equal(addr_str(&t, from), "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
}

static void what_it_signs_is_recovered_to_the_sender(void **state)
{
	(void)state;
	grant.max_value = grant.max_fee_total = amount("100ether");
	grant.may_call = true;
	for (unsigned i = 0; i < 60; i++) {
		struct raw_tx raw;
		struct eth_tx back;
		struct eth_addr sender;

		tx.type = i % 3 == 0   ? ETH_TX_LEGACY
			  : i % 3 == 1 ? ETH_TX_ACCESS_LIST
				       : ETH_TX_FEE_MARKET;
		tx.chain_id = grant.chain_id = 6343 + i;
		tx.nonce = i * 1000;
		tx.max_tip = wei_u64(i);
		tx.data = (struct bytes){ (const uint8_t *)"some call data, longer than a word",
					  i % 34 };
		assert_int_equal(signer_sign(&t, kr, sealed, from, &grant, &tx, &raw), OK);
		assert_int_equal(eth_tx_decode(&t, raw.raw, &back, &sender), OK);
		assert_true(addr_eq(sender, from));
		assert_int_equal(back.nonce, tx.nonce);
		assert_int_equal(back.chain_id, tx.chain_id);
		assert_int_equal(back.data.n, tx.data.n);
	}
}

static void signing_again_gives_the_same_bytes(void **state)
{
	struct raw_tx one, two;

	(void)state;
	assert_int_equal(signer_sign(&t, kr, sealed, from, &grant, &tx, &one), OK);
	assert_int_equal(signer_sign(&t, kr, sealed, from, &grant, &tx, &two), OK);
	assert_int_equal(one.raw.n, two.raw.n);
	assert_memory_equal(one.raw.p, two.raw.p, one.raw.n);
	assert_true(hash_eq(one.hash, two.hash));
}

static void refuses(enum reason reason, const char *word)
{
	struct raw_tx raw = { .raw = { NULL, 0 } };

	assert_int_equal(signer_sign(&t, kr, sealed, from, &grant, &tx, &raw), reason_err(reason));
	assert_int_equal(t.reason, reason);
	if (!strstr(t.why, word))
		fail_msg("\"%s\" lacks \"%s\"\n", t.why, word);
	assert_int_equal(raw.raw.n, 0);
}

static void a_zero_grant_allows_nothing(void **state)
{
	(void)state;
	grant = (struct grant){ 0 };
	refuses(REASON_CHAIN_MISMATCH, "the grant for 0");
}

static void one_wei_above_the_value_is_refused(void **state)
{
	(void)state;
	assert_true(wei_add(tx.value, wei_u64(1), &tx.value));
	refuses(REASON_CAP_EXCEEDED, "1000000000000000001 wei is above the 1000000000000000000");
}

static void one_gas_above_the_fee_is_refused(void **state)
{
	(void)state;
	tx.gas++;
	refuses(REASON_CAP_EXCEEDED,
		"fee of up to 420020000000000 wei is above the 420000000000000");
}

static void a_fee_that_overflows_is_refused(void **state)
{
	(void)state;
	memset(tx.max_fee.be, 0xff, sizeof(tx.max_fee.be));
	memset(grant.max_fee_total.be, 0xff, sizeof(grant.max_fee_total.be));
	refuses(REASON_CAP_EXCEEDED, "above 2^256-1");
}

static void another_chain_is_refused(void **state)
{
	(void)state;
	tx.chain_id = 4326;
	refuses(REASON_CHAIN_MISMATCH, "for chain 4326, the grant for 1");
}

static void no_chain_is_refused_even_if_granted(void **state)
{
	(void)state;
	tx.chain_id = grant.chain_id = 0;
	refuses(REASON_INVALID_ARGUMENT, "no chain id");
}

static void another_recipient_is_refused(void **state)
{
	struct raw_tx raw;

	(void)state;
	tx.to.b[0] ^= 1;
	refuses(REASON_PERMISSION_DENIED, "allows only 0x3535353535353535353535353535353535353535");
	grant.any_to = true;
	assert_int_equal(signer_sign(&t, kr, sealed, from, &grant, &tx, &raw), OK);
}

static void a_call_needs_the_grant_of_a_call(void **state)
{
	struct raw_tx raw;

	(void)state;
	tx.data = (struct bytes){ (const uint8_t *)"\x1e\x83\xcd\xab", 4 };
	refuses(REASON_PERMISSION_DENIED, "plain transfer");
	grant.may_call = true;
	assert_int_equal(signer_sign(&t, kr, sealed, from, &grant, &tx, &raw), OK);
}

static void a_contract_creation_is_refused(void **state)
{
	(void)state;
	tx.has_to = false;
	grant.any_to = grant.may_call = true;
	refuses(REASON_INVALID_ARGUMENT, "create a contract");
}

static void impossible_transactions_are_refused(void **state)
{
	(void)state;
	tx.type = ETH_TX_FEE_MARKET;
	tx.max_tip = amount("21gwei");
	refuses(REASON_INVALID_ARGUMENT, "tip per gas is above");
	tx.max_tip = wei_u64(0);
	tx.gas = 0;
	refuses(REASON_INVALID_ARGUMENT, "no gas");
	tx.gas = 21000;
	tx.nonce = UINT64_MAX;
	refuses(REASON_INVALID_ARGUMENT, "EIP-2681");
}

static void a_key_stored_for_another_wallet_does_not_sign(void **state)
{
	(void)state;
	from.b[7] ^= 4;
	refuses(REASON_ADDRESS_MISMATCH,
		"is the key of 0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
}

static void changed_sealed_bytes_do_not_sign(void **state)
{
	uint8_t *p = turn_memdup(&t, sealed.p, sealed.n);

	(void)state;
	p[sealed.n - 1] ^= 1;
	sealed.p = p;
	refuses(REASON_INTERNAL, "do not open");
	sealed.n = 10;
	refuses(REASON_INTERNAL, "10 sealed bytes");
}

static void without_a_key_or_keyring_nothing_is_signed(void **state)
{
	struct keyring *mine = kr;
	struct bytes bytes = sealed;

	(void)state;
	sealed.n = 0;
	refuses(REASON_WATCH_ONLY, "no key is held");
	sealed = bytes;
	kr = NULL;
	refuses(REASON_KEYS_LOCKED, "passphrase");
	kr = mine;
}

/* Each thread with its own turn and its own nonce; the keyring is one. */
static void *sign_some(void *arg)
{
	struct arena *own = arena_new(1 << 20);
	struct eth_tx some = tx;
	struct turn mine;
	uintptr_t wrong = 0;

	turn_begin(&mine, NULL, NULL, own, "test", "test", 1000);
	for (unsigned i = 0; i < 50; i++) {
		struct eth_addr sender;
		struct eth_tx back;
		struct raw_tx raw;

		some.nonce = (uintptr_t)arg * 1000 + i;
		wrong += signer_sign(&mine, kr, sealed, from, &grant, &some, &raw) != OK ||
			 eth_tx_decode(&mine, raw.raw, &back, &sender) != OK ||
			 !addr_eq(sender, from) || back.nonce != some.nonce;
	}
	turn_end(&mine);
	arena_free(own);
	return (void *)wrong;
}

static void threads_share_a_keyring(void **state)
{
	pthread_t threads[4];
	void *wrong;

	(void)state;
	for (uintptr_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_some, (void *)i), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(eip155_example_to_the_byte, fresh, done),
		cmocka_unit_test_setup_teardown(what_it_signs_is_recovered_to_the_sender, fresh,
						done),
		cmocka_unit_test_setup_teardown(signing_again_gives_the_same_bytes, fresh, done),
		cmocka_unit_test_setup_teardown(a_zero_grant_allows_nothing, fresh, done),
		cmocka_unit_test_setup_teardown(one_wei_above_the_value_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(one_gas_above_the_fee_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(a_fee_that_overflows_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(another_chain_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(no_chain_is_refused_even_if_granted, fresh, done),
		cmocka_unit_test_setup_teardown(another_recipient_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(a_call_needs_the_grant_of_a_call, fresh, done),
		cmocka_unit_test_setup_teardown(a_contract_creation_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(impossible_transactions_are_refused, fresh, done),
		cmocka_unit_test_setup_teardown(a_key_stored_for_another_wallet_does_not_sign,
						fresh, done),
		cmocka_unit_test_setup_teardown(changed_sealed_bytes_do_not_sign, fresh, done),
		cmocka_unit_test_setup_teardown(threads_share_a_keyring, fresh, done),
		cmocka_unit_test_setup_teardown(without_a_key_or_keyring_nothing_is_signed, fresh,
						done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
