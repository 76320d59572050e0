/* BIP-39 words, BIP-32 nodes, BIP-44 addresses, by the vectors of the proposals. */
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/key.h"
#include "store/base/hex.h"
#include "tests/support/one_turn.h"
#include "tests/support/test.h"

#define ABANDON                                                                                    \
	"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon " \
	"about"
#define JUNK "test test test test test test test test test test test junk"

static const struct {
	const char *entropy, *words, *seed; /* passphrase "TREZOR" */
} bip39[] = {
	{ "00000000000000000000000000000000", ABANDON,
	  "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1"
	  "c92f2cf141630c7a3c4ab7c81b2f001698e7463b04" },
	{ "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
	  "legal winner thank year wave sausage worth useful legal winner thank yellow",
	  "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6fa457fe1296106559a3c809"
	  "37a1c1069be3a3a5bd381ee6260e8d9739fce1f607" },
	{ "80808080808080808080808080808080",
	  "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
	  "d71de856f81a8acc65e6fc851a38d4d7ec216fd0796d0a6827a3ad6ed5511a30fa280f12eb2e47ed2ac03b"
	  "5c462a0358d18d69fe4f985ec81778c1b370b652a8" },
	{ "ffffffffffffffffffffffffffffffff", "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong",
	  "ac27495480225222079d7be181583751e86f571027b0497b5b5d11218e0a8a13332572917f0f8e5a589620"
	  "c6f15b11c61dee327651a14c34e18231052e48c069" },
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	  "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
	  "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
	  "abandon art",
	  "bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd3097170af7a4d73245cafa9c3cc"
	  "a8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8" },
};

static void words_entropy_and_seed_are_bip39(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bip39) / sizeof(bip39[0]); i++) {
		uint8_t entropy[32], back[32], seed[HD_SEED];
		size_t n, m;
		const char *words;
		char hex[2 * HD_SEED + 1];

		assert_true(hex_get_any(bip39[i].entropy, entropy, sizeof(entropy), &n));
		assert_int_equal(hd_words(&t, entropy, n, &words), OK);
		assert_string_equal(words, bip39[i].words);
		assert_int_equal(hd_entropy(&t, words, back, &m), OK);
		assert_int_equal(m, n);
		assert_memory_equal(back, entropy, n);
		hd_seed(&t, words, "TREZOR", seed);
		hex_put(seed, sizeof(seed), hex);
		assert_string_equal(hex, bip39[i].seed);
	}
}

static void has_address(const char *words, uint32_t index, const char *expected)
{
	uint8_t entropy[32];
	size_t n;
	struct secret key;
	struct eth_addr a;

	assert_int_equal(hd_entropy(&t, words, entropy, &n), OK);
	assert_int_equal(hd_wallet_key(&t, entropy, n, index, &key), OK);
	key_address(&key, &a);
	assert_string_equal(addr_str(&t, a), expected);
}

static void wallets_are_where_other_programs_find_them(void **state)
{
	(void)state;
	has_address(ABANDON, 0, "0x9858EfFD232B4033E47d90003D41EC34EcaEda94");
	has_address(JUNK, 0, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
	has_address(JUNK, 1, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
	has_address(JUNK, 2, "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
	has_address("  Test\ttest TEST test test\ntest test test test test test  junk\r\n", 2,
		    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");
}

static void a_branch_gives_the_same_keys(void **state)
{
	uint8_t entropy[16] = { 9, 8, 7 };
	HD_BRANCH struct hd_branch b;
	struct secret one, many;

	(void)state;
	assert_int_equal(hd_branch_open(&t, entropy, sizeof(entropy), &b), OK);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(hd_branch_key(&t, &b, i * 1000003, &many), OK);
		assert_int_equal(hd_wallet_key(&t, entropy, sizeof(entropy), i * 1000003, &one),
				 OK);
		assert_memory_equal(one.b, many.b, 32);
	}
	assert_int_equal(hd_branch_key(&t, &b, HD_INDEX_MAX, &many), OK);
	assert_int_equal(hd_branch_key(&t, &b, HD_INDEX_MAX + 1, &many), ERR_INVALID);
	assert_non_null(strstr(t.why, "2^31-1"));
}

/* BIP-32, test vectors 1 and 3: m/0'/1/2'/2/1000000000, and a master key that begins with 0. */
static void nodes_are_bip32(void **state)
{
	static const uint32_t path[] = { 0x80000000, 1, 0x80000002, 2, 1000000000 };
	struct hd_node node, child;
	uint8_t seed[64];
	char hex[65];
	size_t n;

	(void)state;
	assert_true(hex_get_any("000102030405060708090a0b0c0d0e0f", seed, sizeof(seed), &n));
	assert_int_equal(hd_master(&t, seed, n, &node), OK);
	hex_put(node.key.b, 32, hex);
	assert_string_equal(hex,
			    "e8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35");
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		assert_int_equal(hd_child(&t, &node, path[i], &child), OK);
		node = child;
	}
	hex_put(node.key.b, 32, hex);
	assert_string_equal(hex,
			    "471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8");
	hex_put(node.chain, 32, hex);
	assert_string_equal(hex,
			    "c783e67b921d2beb8f6b389cc646d7263b4145701dadd2161548a8b078e65e9e");
	assert_true(hex_get_any("4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba"
				"45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be",
				seed, sizeof(seed), &n));
	assert_int_equal(hd_master(&t, seed, n, &node), OK);
	assert_int_equal(hd_child(&t, &node, 0x80000000, &child), OK);
	hex_put(node.key.b, 32, hex);
	assert_string_equal(hex,
			    "00ddb80b067e0d4993197fe10f2657a844a384589847602d56f0c629c81aae32");
	hex_put(child.key.b, 32, hex);
	assert_string_equal(hex,
			    "491f7a2eebc7b57028e0d3faa0acda02e75c33b03c48fb288c41e2ea44e1daef");
}

static void refuses_words(const char *words, const char *word)
{
	uint8_t out[32];
	size_t n;

	assert_int_equal(hd_entropy(&t, words, out, &n), ERR_INVALID);
	if (!strstr(t.why, word))
		fail_msg("\"%s\" lacks \"%s\"\n", t.why, word);
	assert_null(strstr(t.why, "zebro"));
}

static void bad_words_are_refused_and_not_repeated(void **state)
{
	(void)state;
	refuses_words("", "0 words");
	refuses_words("abandon about", "2 words");
	refuses_words(ABANDON " abandon", "13 words");
	refuses_words(ABANDON " " ABANDON " abandon", "more than 24");
	refuses_words("abandon zebro", "word 2 ");
	refuses_words("abandon zebrozebrozebrozebrozebrozebrozebrozebrozebro", "word 2 ");
	refuses_words("aband", "word 1 ");
	refuses_words("abandon abandon abandon abandon abandon abandon abandon abandon abandon "
		      "abandon abandon abandon",
		      "checksum");
	refuses_words("junk test test test test test test test test test test test", "checksum");
}

static void entropy_has_one_of_five_sizes(void **state)
{
	static const uint8_t entropy[64];
	const char *words;

	(void)state;
	for (size_t n = 0; n <= sizeof(entropy); n++) {
		bool ok = n == 16 || n == 20 || n == 24 || n == 28 || n == 32;

		assert_int_equal(hd_words(&t, entropy, n, &words), ok ? OK : ERR_INVALID);
	}
	assert_non_null(strstr(t.why, "not 64"));
}

static void every_entropy_comes_back(void **state)
{
	(void)state;
	for (size_t round = 0; round < 500; round++) {
		uint8_t entropy[32], back[32];
		size_t n = 16 + 4 * (round % 5), m;
		const char *words;

		turn_random(&t, entropy, n);
		assert_int_equal(hd_words(&t, entropy, n, &words), OK);
		assert_int_equal(hd_entropy(&t, words, back, &m), OK);
		assert_int_equal(m, n);
		assert_memory_equal(back, entropy, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(words_entropy_and_seed_are_bip39, fresh, done),
		cmocka_unit_test_setup_teardown(wallets_are_where_other_programs_find_them, fresh,
						done),
		cmocka_unit_test_setup_teardown(a_branch_gives_the_same_keys, fresh, done),
		cmocka_unit_test_setup_teardown(nodes_are_bip32, fresh, done),
		cmocka_unit_test_setup_teardown(bad_words_are_refused_and_not_repeated, fresh,
						done),
		cmocka_unit_test_setup_teardown(entropy_has_one_of_five_sizes, fresh, done),
		cmocka_unit_test_setup_teardown(every_entropy_comes_back, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
