/* Keccak-256, and addresses and hashes as text. */
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/keccak.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "tests/support/test.h"

static void is_hash(const char *text, size_t n, const char *expected)
{
	struct eth_hash h;
	char hex[65];

	keccak256(text, n, &h);
	hex_put(h.b, sizeof(h.b), hex);
	assert_string_equal(hex, expected);
}

static void keccak_is_the_one_before_sha3(void **state)
{
	(void)state;
	is_hash("", 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
	is_hash("abc", 3, "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
	is_hash("The quick brown fox jumps over the lazy dog", 43,
		"4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
}

/* Every length around the block of 136 bytes, cut at every place. */
static void keccak_in_pieces_is_keccak_at_once(void **state)
{
	uint8_t data[300];
	struct eth_hash whole, pieces;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 3);
	for (size_t n = 120; n < 290; n += 5)
		for (size_t cut = 0; cut <= n; cut++) {
			struct keccak k;

			keccak256(data, n, &whole);
			keccak_init(&k);
			keccak_update(&k, data, cut);
			keccak_update(&k, data + cut, n - cut);
			keccak_final(&k, &pieces);
			assert_true(hash_eq(whole, pieces));
		}
}

/* ERC-55's own eight. */
static const char *const eip55[] = {
	"0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
	"0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
	"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
};

static void eip55_addresses_read_and_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(eip55) / sizeof(eip55[0]); i++) {
		struct eth_addr a;
		const char *why = "";
		char text[ADDR_TEXT];

		assert_true(addr_parse(eip55[i], &a, &why));
		addr_text(&a, text);
		assert_string_equal(text, eip55[i]);
	}
}

static void one_case_carries_no_checksum(void **state)
{
	struct eth_addr lower, upper;
	const char *why = "";

	(void)state;
	assert_true(addr_parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", &lower, &why));
	assert_true(addr_parse("0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", &upper, &why));
	assert_true(addr_eq(lower, upper));
}

static void refuses(const char *text, const char *word)
{
	struct eth_addr a = { { 1 } };
	const char *why = "";

	assert_false(addr_parse(text, &a, &why));
	if (!strstr(why, word))
		fail_msg("\"%s\": \"%s\" lacks \"%s\"\n", text, why, word);
	assert_int_equal(a.b[0], 1);
}

static void bad_addresses_are_refused_by_cause(void **state)
{
	char text[ADDR_TEXT];

	(void)state;
	refuses("", "begins with 0x");
	refuses("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "begins with 0x");
	refuses("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "too short");
	refuses("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed0", "too long");
	refuses("0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
		"private key");
	refuses("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", "not hex");
	refuses("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe ", "not hex");
	/* One letter in the other case. */
	for (size_t i = 2; i < 42; i++) {
		strncpy(text, eip55[4], sizeof(text));
		if (text[i] >= '0' && text[i] <= '9')
			continue;
		text[i] ^= 0x20;
		refuses(text, "checksum");
	}
}

static void hashes_read_and_write(void **state)
{
	static const char text[] =
		"0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45";
	struct arena *mem = arena_new(1 << 20);
	struct eth_hash h;
	struct turn t;

	(void)state;
	turn_begin(&t, NULL, NULL, mem, "test", "test", 1000);
	assert_true(hash_parse(text, &h));
	assert_string_equal(hash_str(&t, h), text);
	assert_false(hash_parse(text + 2, &h));
	assert_false(hash_parse("0x4e", &h));
	turn_end(&t);
	arena_free(mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keccak_is_the_one_before_sha3),
		cmocka_unit_test(keccak_in_pieces_is_keccak_at_once),
		cmocka_unit_test(eip55_addresses_read_and_write),
		cmocka_unit_test(one_case_carries_no_checksum),
		cmocka_unit_test(bad_addresses_are_refused_by_cause),
		cmocka_unit_test(hashes_read_and_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
