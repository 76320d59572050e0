/* The recovery kit as a file, key files of strangers, phrases: what is sound comes back, what is
 * not is refused with one line, and costs no more than it may. */
#include "server/eth/kit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/key.h"
#include "server/eth/keystore.h"
#include "server/eth/nfkd.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/wiped.h"
#include "tests/support/test.h"

static const struct keyring_cost cheap = { .log2_n = 1, .r = 1, .p = 1 };
static const char pass[] = "a passphrase of a kit";
static const char words[] = "test test test test test test test test test test test junk";

static struct arena *mem;
static struct turn t;

static int open_turn(void **state)
{
	(void)state;
	mem = arena_new((size_t)256 << 20);
	turn_begin(&t, NULL, NULL, mem, "test", "tester", 60000);
	return 0;
}

static int close_turn(void **state)
{
	(void)state;
	turn_end(&t);
	arena_free(mem);
	return 0;
}

static struct kit sample(void)
{
	static struct kit_key keys[2];
	static struct kit_safe safe[1];
	static struct kit_token tokens[1];

	keys[0] = (struct kit_key){ .name = "wallet-007" };
	keys[1] = (struct kit_key){ .name = "funder", .funder = true };
	for (size_t i = 0; i < 2; i++) {
		key_random(&t, &keys[i].key);
		key_address(&keys[i].key, &keys[i].addr);
	}
	safe[0] = (struct kit_safe){ .chain_id = 31337, .label = "c\"ol\\d\n", .active = true };
	memset(safe[0].addr.b, 0x5a, 20);
	tokens[0] = (struct kit_token){ .symbol = "DATA", .decimals = 18, .tax_bps = 1000 };
	memset(tokens[0].addr.b, 0x70, 20);
	return (struct kit){
		.fleet = "night watch",
		.created_ms = 1795336468000,
		.chain_id = 31337,
		.has_genesis = true,
		.words = words,
		.indices = 12,
		.keys = keys,
		.n_keys = 2,
		.safe = safe,
		.n_safe = 1,
		.has_stake = true,
		.stake = { { 0xc0 } },
		.tokens = tokens,
		.n_tokens = 1,
	};
}

static struct bytes sealed_sample(void)
{
	struct kit k = sample();
	struct bytes file;

	assert_int_equal(kit_seal(&t, &k, cheap, pass, strlen(pass), &file), OK);
	return file;
}

static void what_was_sealed_comes_back(void **state)
{
	struct kit in = sample(), k;
	struct bytes file;

	(void)state;
	assert_int_equal(kit_seal(&t, &in, cheap, pass, strlen(pass), &file), OK);
	assert_int_equal(kit_open(&t, file, pass, strlen(pass), &k), OK);
	assert_string_equal(k.fleet, in.fleet);
	assert_string_equal(k.words, words);
	assert_int_equal(k.indices, 12);
	assert_int_equal(k.chain_id, 31337);
	assert_int_equal(k.created_ms, in.created_ms);
	assert_true(k.has_genesis && k.has_stake);
	assert_int_equal(k.n_keys, 2);
	assert_memory_equal(&k.keys[1].key, &in.keys[1].key, 32);
	assert_true(k.keys[1].funder && !k.keys[0].funder);
	assert_string_equal(k.safe[0].label, in.safe[0].label);
	assert_int_equal(k.tokens[0].tax_bps, 1000);
}

static void nothing_of_it_is_in_the_clear(void **state)
{
	struct bytes file = sealed_sample();

	(void)state;
	assert_null(memmem(file.p, file.n, "junk", 4));
	assert_null(memmem(file.p, file.n, "wallet", 6));
}

static void a_changed_byte_anywhere_is_noticed(void **state)
{
	struct bytes file = sealed_sample();
	uint8_t *p = turn_memdup(&t, file.p, file.n);
	struct kit k;

	(void)state;
	for (size_t i = 0; i < file.n; i++) {
		/* scrypt's cost is part of the file: some flips are dear, but never above the cap.
		 */
		bool cost = i >= 10 && i <= 12;

		p[i] ^= cost ? 0x80 : 0x01;
		enum err e = kit_open(&t, (struct bytes){ p, file.n }, pass, strlen(pass), &k);

		assert_true(e == ERR_INVALID || t.reason == REASON_WRONG_PASSPHRASE);
		p[i] = file.p[i];
	}
	assert_int_equal(kit_open(&t, (struct bytes){ p, file.n }, pass, strlen(pass), &k), OK);
}

static void a_cut_kit_is_refused_at_every_length(void **state)
{
	struct bytes file = sealed_sample();
	struct kit k;

	(void)state;
	for (size_t n = 0; n < file.n; n++)
		assert_int_not_equal(
			kit_open(&t, (struct bytes){ file.p, n }, pass, strlen(pass), &k), OK);
}

static void another_passphrase_or_version_is_said(void **state)
{
	struct bytes file = sealed_sample();
	uint8_t *p = turn_memdup(&t, file.p, file.n);
	struct kit in = sample(), k;

	(void)state;
	assert_int_equal(kit_open(&t, file, "another one", 11, &k), ERR_REFUSED);
	assert_int_equal(t.reason, REASON_WRONG_PASSPHRASE);
	p[8] = 2;
	assert_int_equal(kit_open(&t, (struct bytes){ p, file.n }, pass, strlen(pass), &k),
			 ERR_INVALID);
	assert_non_null(strstr(t.why, "version 2"));
	assert_int_equal(kit_seal(&t, &in, cheap, "short", 5, &file), ERR_INVALID);
	assert_non_null(strstr(t.why, "at least 12"));
}

static void a_kit_whose_key_is_of_another_address_is_refused(void **state)
{
	struct kit in = sample(), k;
	struct bytes file;

	(void)state;
	in.keys[0].addr.b[3] ^= 1;
	assert_int_equal(kit_seal(&t, &in, cheap, pass, strlen(pass), &file), OK);
	assert_int_equal(kit_open(&t, file, pass, strlen(pass), &k), ERR_INVALID);
	assert_int_equal(t.reason, REASON_ADDRESS_MISMATCH);
}

/* ---- key files of strangers ---- */

static const char *keystore_with(const char *kdf, const char *params)
{
	return turn_printf(
		&t,
		"{\"version\":3,\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":"
		"{\"iv\":\"83dbcc02d8ccb40e466191a123791e0e\"},\"ciphertext\":\"d172bf743a674d"
		"a9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c\",\"kdf\":\"%s\","
		"\"kdfparams\":{\"dklen\":32,%s,\"salt\":\"ab0c7876052600dd703518d6fc3fe89845"
		"92145b591fc8fb5c6d43190334ba19\"},\"mac\":\"2103ac29920d71da29f15d75b4a16dbe"
		"95cfd7ff8faea1056c33131d846e3097\"}}",
		kdf, params);
}

static enum err read_keystore(const char *json, struct secret *key)
{
	struct eth_addr a;

	return keystore_read(&t, (struct bytes){ (const uint8_t *)json, strlen(json) },
			     "testpassword", 12, key, &a);
}

/* The vector of the Web3 Secret Storage definition: n = 2^18 with r = 1, which OpenSSL refuses. */
static void the_official_scrypt_vector_opens(void **state)
{
	SECRET struct secret key;

	(void)state;
	assert_int_equal(
		read_keystore(keystore_with("scrypt", "\"n\":262144,\"r\":1,\"p\":8"), &key), OK);
	assert_string_equal(hex_of(&t, key.b, 32),
			    "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
}

/* Numbers that would take the machine's memory or its day are refused before any work. */
static void hostile_costs_are_refused_at_once(void **state)
{
	static const char *const hostile[] = {
		"\"n\":1073741824,\"r\":8,\"p\":1",
		"\"n\":262144,\"r\":8,\"p\":2",
		"\"n\":262144,\"r\":255,\"p\":255",
		"\"n\":2,\"r\":255,\"p\":4294967295",
		"\"n\":4611686018427387904,\"r\":1,\"p\":1",
		"\"n\":262143,\"r\":1,\"p\":1",
		"\"n\":-262144,\"r\":1,\"p\":8",
		"\"n\":1e9,\"r\":1,\"p\":8",
		"\"n\":262144,\"r\":0,\"p\":8",
		"\"n\":\"262144\",\"r\":1,\"p\":8",
		"\"n\":1,\"r\":1,\"p\":1",
	};
	static const char *const rounds[] = { "\"c\":4294967295,\"prf\":\"hmac-sha256\"",
					      "\"c\":10000001,\"prf\":\"hmac-sha256\"",
					      "\"c\":0,\"prf\":\"hmac-sha256\"",
					      "\"c\":2,\"prf\":\"hmac-md5\"" };
	SECRET struct secret key;
	int64_t began = clock_mono_ms();

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		assert_int_equal(read_keystore(keystore_with("scrypt", hostile[i]), &key),
				 ERR_INVALID);
	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++)
		assert_int_equal(read_keystore(keystore_with("pbkdf2", rounds[i]), &key),
				 ERR_INVALID);
	assert_true(clock_mono_ms() - began < 2000);
}

/* ---- phrases ---- */

static void phrase_key(const char *passphrase, const char *path, uint32_t index,
		       char out[ADDR_TEXT])
{
	HD_BRANCH struct hd_branch b = { 0 };
	SECRET struct secret key;
	struct eth_addr a;

	assert_int_equal(hd_phrase_open(&t, words, passphrase, path, &b), OK);
	assert_int_equal(hd_branch_key(&t, &b, index, &key), OK);
	key_address(&key, &a);
	addr_text(&a, out);
}

static void a_phrase_gives_what_other_programs_get_from_it(void **state)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	(void)state;
	phrase_key("", "", 0, a);
	assert_string_equal(a, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
	phrase_key("", "m/44'/60'/0'/0", 1, a);
	assert_string_equal(a, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
	/* The same letters, composed and not, are the same passphrase. */
	phrase_key("caf\xc3\xa9", "m/44h/60h/1h/0", 2, a);
	phrase_key("cafe\xcc\x81", "m/44'/60'/1'/0", 2, b);
	assert_string_equal(a, b);
	phrase_key("cafe", "m/44'/60'/1'/0", 2, b);
	assert_string_not_equal(a, b);
}

static void bad_paths_and_passphrases_are_refused(void **state)
{
	static const char *const paths[] = { "44'/60'",        "m/",
					     "m//1",           "m/x",
					     "m/2147483648",   "m/1/2/3/4/5/6/7/8/9/10/11",
					     "m/44'/60'/0'/0/" };
	HD_BRANCH struct hd_branch b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(hd_phrase_open(&t, words, "", paths[i], &b), ERR_INVALID);
		assert_non_null(strstr(t.why, "path"));
	}
	assert_int_equal(hd_phrase_open(&t, words, "\xff\xfe", "", &b), ERR_INVALID);
	assert_int_equal(keystore_passphrase_ok(&t, "plain enough"), OK);
	assert_int_equal(keystore_passphrase_ok(&t, "\xef\xac\x81ligature"), ERR_INVALID);
}

/* ---- what is left in memory ---- */

/* Whether the needle stands anywhere in what this process can write; the needle itself is held with
 * every bit turned, so that it does not find itself. */
static size_t times_in_memory(const uint8_t *turned, size_t n)
{
	FILE *maps = fopen("/proc/self/maps", "r"), *m = fopen("/proc/self/mem", "r");
	static uint8_t block[1 << 16];
	unsigned long from, to;
	char line[512], mode[8];
	size_t found = 0;

	assert_true(maps && m);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[0] != 'r' ||
		    mode[1] != 'w' || to - from > (64ul << 20))
			continue;
		for (; from < to; from += sizeof(block) - n) {
			size_t want = to - from < sizeof(block) ? to - from : sizeof(block);

			if (from <= (unsigned long)(uintptr_t)block + sizeof(block) &&
			    to > (unsigned long)(uintptr_t)block)
				continue;
			(void)fseeko(m, (off_t)from, SEEK_SET);
			size_t got = fread(block, 1, want, m);

			for (size_t i = 0; i + n <= got; i++) {
				size_t k = 0;

				while (k < n && (block[i + k] ^ turned[k]) == 0xff)
					k++;
				found += k == n;
			}
		}
	}
	(void)fclose(maps);
	(void)fclose(m);
	return found;
}

/* Many keys through the parser, as a body would: after they are freed none of them stands in the
 * heap any more. Without the wiping they do, which shows that the search finds. */
static size_t left_after_parsing(const uint8_t turned[16])
{
	char text[128];
	int n = snprintf(text, sizeof(text), "{\"wallets\":[{\"private_key\":\"................");

	for (size_t i = 0; i < 16; i++)
		text[n++] = (char)~turned[i];
	n += snprintf(text + n, sizeof(text) - (size_t)n, "\"}]}");
	for (int i = 0; i < 64; i++) {
		json_t *j = json_loadb(text, (size_t)n, 0, NULL);

		assert_non_null(j);
		json_decref(j);
	}
	wipe(text, sizeof(text));
	return times_in_memory(turned, 16);
}

static void what_jansson_freed_holds_no_key(void **state)
{
	static const uint8_t turned[16] = { 0x9e, 0x8c, 0x9a, 0x92, 0x8f, 0x93, 0x9a, 0xd2,
					    0x91, 0x9a, 0x9a, 0x9b, 0x93, 0x9a, 0xd2, 0xce };

	(void)state;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_true(left_after_parsing(turned) > 0);
#endif
	json_set_alloc_funcs(wiped_alloc, wiped_free);
	uint8_t other[16];

	memcpy(other, turned, 16);
	other[15] ^= 3;
	assert_int_equal(left_after_parsing(other), 0);
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_comes_back),
		cmocka_unit_test(nothing_of_it_is_in_the_clear),
		cmocka_unit_test(a_changed_byte_anywhere_is_noticed),
		cmocka_unit_test(a_cut_kit_is_refused_at_every_length),
		cmocka_unit_test(another_passphrase_or_version_is_said),
		cmocka_unit_test(a_kit_whose_key_is_of_another_address_is_refused),
		cmocka_unit_test(the_official_scrypt_vector_opens),
		cmocka_unit_test(hostile_costs_are_refused_at_once),
		cmocka_unit_test(a_phrase_gives_what_other_programs_get_from_it),
		cmocka_unit_test(bad_paths_and_passphrases_are_refused),
		cmocka_unit_test(what_jansson_freed_holds_no_key),
	};

	return cmocka_run_group_tests(tests, open_turn, close_turn);
}
