/* The data key and what is sealed with it: what opens, and that nothing else does. */
#include <string.h>

#include "server/eth/key.h"
#include "server/eth/keyring.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "tests/support/test.h"

static const struct keyring_cost cheap = { .log2_n = 4, .r = 1, .p = 1 };

static struct arena *mem;
static struct turn t;
static struct keyring *kr;
static struct bytes sealed_data_key;
static struct secret key;
static struct eth_addr owner;

static int fresh(void **state)
{
	(void)state;
	mem = arena_new(16 << 20);
	turn_begin(&t, NULL, NULL, mem, "test", "test", 1000);
	assert_int_equal(keyring_create_at(&t, cheap, "open sesame", 11, &sealed_data_key, &kr),
			 OK);
	key_random(&t, &key);
	key_address(&key, &owner);
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

static void says(enum err got, enum err expected, const char *word)
{
	assert_int_equal(got, expected);
	if (!strstr(t.why, word))
		fail_msg("\"%s\" lacks \"%s\"\n", t.why, word);
}

static void opens_again_with_the_passphrase(void **state)
{
	struct keyring *again;
	struct bytes sealed;
	struct secret out;

	(void)state;
	assert_int_equal(sealed_data_key.n, KEYRING_SEALED_DATA_KEY);
	assert_int_equal(keyring_seal_key(&t, kr, &key, owner, &sealed), OK);
	assert_int_equal(keyring_open(&t, sealed_data_key, "open sesame", 11, &again), OK);
	assert_int_equal(keyring_open_key(&t, again, sealed, owner, &out), OK);
	assert_memory_equal(out.b, key.b, 32);
	keyring_close(again);
}

static void the_default_cost_works(void **state)
{
	struct keyring *one, *two;
	struct bytes sealed;

	(void)state;
	assert_int_equal(keyring_create(&t, "p", 1, &sealed, &one), OK);
	assert_int_equal(sealed.p[2], 15);
	assert_int_equal(sealed.p[3], 8);
	assert_int_equal(sealed.p[4], 1);
	assert_int_equal(keyring_open(&t, sealed, "p", 1, &two), OK);
	keyring_close(one);
	keyring_close(two);
}

static void another_passphrase_does_not_open(void **state)
{
	struct keyring *none = NULL;
	struct bytes ignored;

	(void)state;
	says(keyring_open(&t, sealed_data_key, "open sesamf", 11, &none), ERR_REFUSED,
	     "passphrase");
	assert_int_equal(t.reason, REASON_WRONG_PASSPHRASE);
	says(keyring_open(&t, sealed_data_key, "open sesame", 10, &none), ERR_REFUSED,
	     "passphrase");
	says(keyring_open(&t, sealed_data_key, "", 0, &none), ERR_REFUSED, "passphrase");
	says(keyring_create_at(&t, cheap, "", 0, &ignored, &none), ERR_INVALID, "empty");
	says(keyring_reseal(&t, kr, "", 0, &ignored), ERR_INVALID, "empty");
	static char longest[KEYRING_PASSPHRASE_MAX + 1];

	says(keyring_open(&t, sealed_data_key, longest, sizeof(longest), &none), ERR_INVALID,
	     "longer than 1024");
	assert_null(none);
}

static void a_new_passphrase_opens_the_same_keys(void **state)
{
	struct keyring *again = NULL;
	struct bytes sealed, resealed;
	struct secret out;

	(void)state;
	assert_int_equal(keyring_seal_key(&t, kr, &key, owner, &sealed), OK);
	assert_int_equal(keyring_reseal(&t, kr, "new", 3, &resealed), OK);
	says(keyring_open(&t, resealed, "open sesame", 11, &again), ERR_REFUSED, "passphrase");
	assert_int_equal(keyring_open(&t, resealed, "new", 3, &again), OK);
	assert_int_equal(keyring_open_key(&t, again, sealed, owner, &out), OK);
	assert_memory_equal(out.b, key.b, 32);
	keyring_close(again);
}

/* Any bit of the sealed data key: version, kdf, cost, salt, nonce or box. */
static void a_changed_data_key_does_not_open(void **state)
{
	struct keyring *none = NULL;

	(void)state;
	for (size_t bit = 0; bit < 8 * sealed_data_key.n; bit++) {
		uint8_t *p = turn_memdup(&t, sealed_data_key.p, sealed_data_key.n);

		/* Up to the cap a changed cost is tried; keep the test short. */
		if (bit >= 16 && bit < 40 && bit % 8 > 2)
			continue;
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		enum err e = keyring_open(&t, (struct bytes){ p, sealed_data_key.n }, "open sesame",
					  11, &none);

		assert_int_equal(e, bit < 16                      ? ERR_BROKEN
				    : e == ERR_BROKEN && bit < 40 ? ERR_BROKEN
								  : ERR_REFUSED);
		assert_null(none);
	}
}

static void a_cut_off_data_key_is_damage(void **state)
{
	struct keyring *none = NULL;

	(void)state;
	for (size_t n = 0; n < sealed_data_key.n; n++)
		says(keyring_open(&t, (struct bytes){ sealed_data_key.p, n }, "open sesame", 11,
				  &none),
		     ERR_BROKEN, "damaged");
	assert_null(none);
}

static void a_hostile_cost_is_not_tried(void **state)
{
	static const struct keyring_cost hostile[] = {
		{ 22, 8, 1 }, { 18, 9, 1 },  { 18, 8, 2 }, { 15, 255, 255 }, { 63, 1, 1 },
		{ 64, 1, 1 }, { 255, 8, 1 }, { 0, 8, 1 },  { 15, 0, 1 },     { 15, 8, 0 },
	};
	struct keyring *none = NULL;
	struct bytes out;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		uint8_t *p = turn_memdup(&t, sealed_data_key.p, sealed_data_key.n);

		p[2] = hostile[i].log2_n;
		p[3] = hostile[i].r;
		p[4] = hostile[i].p;
		says(keyring_open(&t, (struct bytes){ p, sealed_data_key.n }, "open sesame", 11,
				  &none),
		     ERR_BROKEN, "256 MiB");
		says(keyring_create_at(&t, hostile[i], "p", 1, &out, &none), ERR_INVALID,
		     "out of range");
	}
	assert_null(none);
}

static void a_key_is_sealed_only_for_its_address(void **state)
{
	struct eth_addr other = owner;
	struct bytes out;
	struct secret zero = { { 0 } };

	(void)state;
	other.b[19] ^= 1;
	says(keyring_seal_key(&t, kr, &key, other, &out), ERR_INVALID, "is the key of");
	assert_int_equal(t.reason, REASON_ADDRESS_MISMATCH);
	says(keyring_seal_key(&t, kr, &zero, owner, &out), ERR_INVALID, "not a key");
}

static void a_key_opens_only_for_its_address(void **state)
{
	struct eth_addr other = owner;
	struct bytes sealed;
	struct secret out = { { 1 } };

	(void)state;
	other.b[0] ^= 1;
	assert_int_equal(keyring_seal_key(&t, kr, &key, owner, &sealed), OK);
	says(keyring_open_key(&t, kr, sealed, other, &out), ERR_INVALID, "is the key of");
	assert_int_equal(t.reason, REASON_ADDRESS_MISMATCH);
	assert_int_equal(out.b[0], 0);
}

static void sealing_twice_gives_other_bytes(void **state)
{
	struct bytes a, b;

	(void)state;
	assert_int_equal(keyring_seal_key(&t, kr, &key, owner, &a), OK);
	assert_int_equal(keyring_seal_key(&t, kr, &key, owner, &b), OK);
	assert_int_equal(a.n, KEYRING_SEALED_MAX);
	assert_memory_not_equal(a.p, b.p, a.n);
}

static void changed_or_cut_sealed_bytes_do_not_open(void **state)
{
	struct bytes sealed;
	struct secret out;

	(void)state;
	assert_int_equal(keyring_seal_key(&t, kr, &key, owner, &sealed), OK);
	for (size_t bit = 0; bit < 8 * sealed.n; bit++) {
		uint8_t *p = turn_memdup(&t, sealed.p, sealed.n);

		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		says(keyring_open_key(&t, kr, (struct bytes){ p, sealed.n }, owner, &out),
		     ERR_BROKEN, "sealed wallet key");
	}
	for (size_t n = 0; n < sealed.n; n++)
		says(keyring_open_key(&t, kr, (struct bytes){ sealed.p, n }, owner, &out),
		     ERR_BROKEN, "sealed wallet key");
	uint8_t *longer = turn_alloc(&t, sealed.n + 1);

	memcpy(longer, sealed.p, sealed.n);
	says(keyring_open_key(&t, kr, (struct bytes){ longer, sealed.n + 1 }, owner, &out),
	     ERR_BROKEN, "95 sealed bytes");
}

static void another_data_key_does_not_open(void **state)
{
	struct keyring *other;
	struct bytes sealed, ignored;
	struct secret out;

	(void)state;
	assert_int_equal(keyring_create_at(&t, cheap, "open sesame", 11, &ignored, &other), OK);
	assert_int_equal(keyring_seal_key(&t, kr, &key, owner, &sealed), OK);
	says(keyring_open_key(&t, other, sealed, owner, &out), ERR_BROKEN, "another store");
	keyring_close(other);
}

static void entropy_comes_back_and_is_no_key(void **state)
{
	uint8_t entropy[32], out[32];
	struct bytes sealed;
	struct secret as_key;
	struct eth_addr none = { { 0 } };
	size_t n;

	(void)state;
	turn_random(&t, entropy, sizeof(entropy));
	for (size_t want = 16; want <= 32; want += 4) {
		assert_int_equal(keyring_seal_entropy(&t, kr, entropy, want, &sealed), OK);
		assert_int_equal(keyring_open_entropy(&t, kr, sealed, out, &n), OK);
		assert_int_equal(n, want);
		assert_memory_equal(out, entropy, want);
	}
	says(keyring_open_key(&t, kr, sealed, none, &as_key), ERR_BROKEN, "something else");
	assert_int_equal(keyring_seal_key(&t, kr, &key, owner, &sealed), OK);
	says(keyring_open_entropy(&t, kr, sealed, out, &n), ERR_BROKEN, "something else");
	says(keyring_seal_entropy(&t, kr, entropy, 17, &sealed), ERR_INVALID, "not 17");
}

static void keys_are_checked_when_read(void **state)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		{ "", "64 hex" },
		{ "0x", "64 hex" },
		{ "0x01", "64 hex" },
		{ "zz00000000000000000000000000000000000000000000000000000000000001", "not hex" },
		{ "0x0000000000000000000000000000000000000000000000000000000000000000", "zero" },
		{ "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", "order" },
		{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "order" },
	};
	struct secret out;
	const char *why = "";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(out.b, 1, sizeof(out.b));
		assert_false(key_parse(bad[i].text, &out, &why));
		if (!strstr(why, bad[i].word))
			fail_msg("\"%s\" lacks \"%s\"\n", why, bad[i].word);
		assert_int_equal(out.b[0] | out.b[31], 0);
	}
	assert_true(key_parse("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
			      &out, &why));
	assert_true(key_parse("0x0000000000000000000000000000000000000000000000000000000000000001",
			      &out, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(opens_again_with_the_passphrase, fresh, done),
		cmocka_unit_test_setup_teardown(the_default_cost_works, fresh, done),
		cmocka_unit_test_setup_teardown(another_passphrase_does_not_open, fresh, done),
		cmocka_unit_test_setup_teardown(a_new_passphrase_opens_the_same_keys, fresh, done),
		cmocka_unit_test_setup_teardown(a_changed_data_key_does_not_open, fresh, done),
		cmocka_unit_test_setup_teardown(a_cut_off_data_key_is_damage, fresh, done),
		cmocka_unit_test_setup_teardown(a_hostile_cost_is_not_tried, fresh, done),
		cmocka_unit_test_setup_teardown(a_key_is_sealed_only_for_its_address, fresh, done),
		cmocka_unit_test_setup_teardown(a_key_opens_only_for_its_address, fresh, done),
		cmocka_unit_test_setup_teardown(sealing_twice_gives_other_bytes, fresh, done),
		cmocka_unit_test_setup_teardown(changed_or_cut_sealed_bytes_do_not_open, fresh,
						done),
		cmocka_unit_test_setup_teardown(another_data_key_does_not_open, fresh, done),
		cmocka_unit_test_setup_teardown(entropy_comes_back_and_is_no_key, fresh, done),
		cmocka_unit_test_setup_teardown(keys_are_checked_when_read, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
