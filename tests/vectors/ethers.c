/* The chain room against the vectors of ethers.js: tests/vectors/ethers.txt, or the file that is
 * named as argument (convert.js makes one of every case). Prints how many of each kind it ran. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/addr.h"
#include "server/eth/curve.h"
#include "server/eth/hd.h"
#include "server/eth/keccak.h"
#include "server/eth/key.h"
#include "server/eth/keystore.h"
#include "server/eth/rlp.h"
#include "server/eth/tx.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/test.h"

enum { FIELDS_MAX = 64 };

static struct arena *mem;
static struct turn t;
static const char *file = "tests/vectors/ethers.txt";
static size_t line_number;

static void check(bool ok, const char *what)
{
	if (!ok)
		fail_msg("%s:%zu: %s (%s)\n", file, line_number, what, t.why);
}

static struct bytes bytes_of(const char *hex)
{
	size_t n, max = strlen(hex) / 2 + 1;
	uint8_t *p = turn_alloc(&t, max);

	check(hex_get_any(hex, p, max, &n), "hex");
	return (struct bytes){ p, n };
}

static bool same(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static struct wei wei_of(const char *text)
{
	struct wei v = { { 0 } };

	check(wei_parse(text, &v), "decimal");
	return v;
}

static struct secret key_of(const char *hex)
{
	struct secret key;
	const char *why = "";

	check(key_parse(hex, &key, &why), "private key");
	return key;
}

/* key or "-", checksummed address */
static void account(char **f, size_t n)
{
	struct eth_addr a = { { 0 } }, b;
	const char *why = "";

	check(n == 3 && addr_parse(f[2], &a, &why), why);
	check(strcmp(addr_str(&t, a), f[2]) == 0, "EIP-55");
	if (strcmp(f[1], "-") == 0)
		return;
	struct secret key = key_of(f[1]);

	key_address(&key, &b);
	check(addr_eq(a, b), "address of the key");
}

/* data, keccak256 */
static void hash(char **f, size_t n)
{
	struct bytes data = bytes_of(f[1]);
	struct eth_hash h;

	(void)n;
	keccak256(data.p, data.n, &h);
	check(strcmp(hash_str(&t, h), f[2]) == 0, "keccak256");
}

/* key, address, chain id, nonce, tip, fee, gas, to, value, signed */
static void tx(char **f, size_t n)
{
	struct bytes raw = bytes_of(f[10]);
	struct eth_signature sig;
	struct eth_tx got;
	struct eth_addr sender, to;
	struct raw_tx again;
	struct eth_hash h;
	const char *why = "";

	check(n == 11 && eth_tx_decode(&t, raw, &got, &sender) == OK, "decode");
	check(addr_parse(f[2], &to, &why) && addr_eq(to, sender), "sender");
	check(wei_cmp(wei_u64(got.chain_id), wei_of(f[3])) == 0, "chain id");
	check(wei_cmp(wei_u64(got.nonce), wei_of(f[4])) == 0, "nonce");
	check(wei_cmp(got.max_tip, wei_of(f[5])) == 0, "tip");
	check(wei_cmp(got.max_fee, wei_of(f[6])) == 0, "fee");
	check(wei_cmp(wei_u64(got.gas), wei_of(f[7])) == 0, "gas");
	check(got.has_to == (strcmp(f[8], "-") != 0), "creation");
	check(!got.has_to || (addr_parse(f[8], &to, &why) && addr_eq(to, got.to)), "to");
	check(wei_cmp(got.value, wei_of(f[9])) == 0, "value");

	struct secret key = key_of(f[1]);

	check(eth_tx_sighash(&t, &got, &h) == OK, "sighash");
	curve_sign(&h, &key, &sig);
	check(eth_tx_encode_signed(&t, &got, &sig, &again) == OK, "encode");
	check(same(again.raw, raw), "signed bytes");
}

static void refuse(char **f, size_t n)
{
	struct eth_tx got;

	(void)n;
	check(eth_tx_decode(&t, bytes_of(f[10]), &got, NULL) == ERR_INVALID, "refused");
}

static const char *encode_nested(struct rlp *r, const char *s)
{
	if (*s != '[') {
		size_t n = strcspn(s, ",]");
		char *hex = turn_alloc(&t, n + 1);

		memcpy(hex, s, n);
		struct bytes b = bytes_of(hex);

		rlp_bytes(r, b.p, b.n);
		return s + n;
	}
	rlp_list_open(r);
	for (s++; *s != ']'; s += *s == ',')
		s = encode_nested(r, s);
	rlp_list_close(r);
	return s + 1;
}

static const char *compare_nested(struct rlp_item item, const char *s)
{
	if (*s != '[') {
		size_t n = strcspn(s, ",]");
		char *hex = turn_alloc(&t, n + 1);

		memcpy(hex, s, n);
		check(!item.list && same(item.body, bytes_of(hex)), "rlp string");
		return s + n;
	}
	check(item.list, "rlp list");
	for (s++; *s != ']'; s += *s == ',') {
		struct rlp_item inner;

		check(rlp_next(&item.body, &inner), "rlp item");
		s = compare_nested(inner, s);
	}
	check(item.body.n == 0, "rlp list's end");
	return s + 1;
}

/* decoded as [0x..,[0x..]], encoded */
static void rlp(char **f, size_t n)
{
	struct rlp r = rlp_in(mem, 1 << 20);
	struct bytes expected = bytes_of(f[2]), got;
	struct rlp_item item;

	(void)n;
	(void)encode_nested(&r, f[1]);
	check(rlp_done(&r, &got) && same(got, expected), "rlp encoding");
	check(rlp_only(expected, &item), "rlp decoding");
	(void)compare_nested(item, f[1]);
}

static void node_at(const struct hd_node *master, const char *path, const char *key_hex)
{
	struct hd_node node = *master, child;
	struct secret key = key_of(key_hex);

	check(*path++ == 'm', "path");
	while (*path == '/') {
		char *end;
		uint32_t index = (uint32_t)strtoul(path + 1, &end, 10);

		if (*end == '\'') {
			index |= 0x80000000;
			end++;
		}
		path = end;
		check(hd_child(&t, &node, index, &child) == OK, "child");
		node = child;
	}
	check(memcmp(node.key.b, key.b, 32) == 0, "derived key");
}

/* entropy, words, passphrase, seed, then path=key */
static void hd(char **f, size_t n)
{
	struct bytes entropy = bytes_of(f[1]), seed = bytes_of(f[4]);
	uint8_t back[32], got[HD_SEED];
	struct hd_node master;
	const char *words;
	size_t m;

	check(hd_words(&t, entropy.p, entropy.n, &words) == OK && strcmp(words, f[2]) == 0,
	      "words");
	check(hd_entropy(&t, words, back, &m) == OK && same((struct bytes){ back, m }, entropy),
	      "entropy");
	hd_seed(&t, words, f[3], got);
	check(same((struct bytes){ got, sizeof(got) }, seed), "seed");
	check(hd_master(&t, got, sizeof(got), &master) == OK, "master");
	for (size_t i = 5; i < n; i++) {
		char *key = strchr(f[i], '=');

		*key++ = 0;
		node_at(&master, f[i], key);
	}
}

/* types, encoded, then the values as text */
static void abi(char **f, size_t n)
{
	struct bytes expected = bytes_of(f[2]), got;
	const char *signature = turn_printf(&t, "f%s", f[1]);
	const struct abi_value *values;
	size_t count;

	check(abi_encode_text(&t, signature, (const char *const *)f + 3, n - 3, &got) == OK,
	      "encode from text");
	got = (struct bytes){ got.p + 4, got.n - 4 };
	check(same(got, expected), "encoded from text");
	check(abi_decode(&t, f[1], expected, &values, &count) == OK, "decode");
	check(abi_encode(&t, signature, values, count, &got) == OK, "encode again");
	check(same((struct bytes){ got.p + 4, got.n - 4 }, expected), "encoded again");
}

/* signature, selector */
static void selector(char **f, size_t n)
{
	struct abi_selector s = abi_selector(f[1]);

	check(n == 3 && strcmp(hex_of(&t, s.b, sizeof(s.b)), f[2]) == 0, "selector");
	check(abi_check_signature(&t, f[1], NULL) == OK, "signature");
}

/* passphrase, key, address, key file */
static void wallet(char **f, size_t n)
{
	struct bytes json = { (const uint8_t *)f[4], strlen(f[4]) };
	struct secret expected = key_of(f[2]), key;
	struct eth_addr addr, owner;
	const char *why = "";

	check(n == 5 && keystore_read(&t, json, f[1], strlen(f[1]), &key, &addr) == OK, "open");
	check(memcmp(key.b, expected.b, 32) == 0, "key");
	check(addr_parse(f[3], &owner, &why) && addr_eq(addr, owner), "address");
}

static struct kind {
	const char *name;
	void (*run)(char **fields, size_t n);
	size_t count;
} kinds[] = {
	{ "account", account, 0 }, { "wallet", wallet, 0 }, { "hash", hash, 0 },
	{ "tx", tx, 0 },           { "refuse", refuse, 0 }, { "rlp", rlp, 0 },
	{ "hd", hd, 0 },           { "abi", abi, 0 },       { "selector", selector, 0 },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void run_line(char *line)
{
	char *fields[FIELDS_MAX];
	size_t n = 0;

	line[strcspn(line, "\n")] = 0;
	for (char *rest = line; rest && n < FIELDS_MAX;)
		fields[n++] = strsep(&rest, "\t");
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, fields[0]) == 0) {
			turn_begin(&t, NULL, NULL, mem, "test", "test", 1000);
			kinds[i].run(fields, n);
			turn_end(&t);
			kinds[i].count++;
			return;
		}
	check(false, "an unknown kind of line");
}

static void every_vector_is_reproduced(void **state)
{
	FILE *in = fopen(file, "r");
	char *line = NULL;
	size_t room = 0;

	(void)state;
	assert_non_null(in);
	mem = arena_new(64 << 20);
	while (getline(&line, &room, in) > 0) {
		line_number++;
		if (line[0] != '#')
			run_line(line);
	}
	free(line);
	(void)fclose(in);
	arena_free(mem);
	for (size_t i = 0; i < KINDS; i++) {
		print_message("%s %zu\n", kinds[i].name, kinds[i].count);
		assert_true(kinds[i].count > 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_is_reproduced),
	};

	if (argc > 1)
		file = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
