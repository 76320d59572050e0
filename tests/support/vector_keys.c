#include <stdlib.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/keccak.h"
#include "server/eth/key.h"
#include "server/eth/keystore.h"
#include "store/base/hex.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/vectors.h"

/* key or "-", checksummed address */
void vector_account(struct vector *v)
{
	struct eth_addr a = { { 0 } }, b;
	const char *why = "";

	vector_check(v, v->n == 3 && addr_parse(v->f[2], &a, &why), why);
	vector_check(v, strcmp(addr_str(v->t, a), v->f[2]) == 0, "EIP-55");
	if (strcmp(v->f[1], "-") == 0)
		return;
	SECRET struct secret key = vector_key(v, v->f[1]);

	key_address(&key, &b);
	vector_check(v, addr_eq(a, b), "address of the key");
}

/* data, keccak256; at once, and in pieces that do not fit its blocks */
void vector_hash(struct vector *v)
{
	struct bytes data = vector_bytes(v, v->f[1]);
	struct eth_hash h;
	struct keccak k;

	keccak256(data.p, data.n, &h);
	vector_check(v, strcmp(hash_str(v->t, h), v->f[2]) == 0, "keccak256");
	keccak_init(&k);
	for (size_t at = 0, n; at < data.n; at += n) {
		n = data.n - at < 37 ? data.n - at : 37;
		keccak_update(&k, data.p + at, n);
	}
	keccak_final(&k, &h);
	vector_check(v, strcmp(hash_str(v->t, h), v->f[2]) == 0, "keccak256 in pieces");
}

/* All 2,048 words: the i-th is the first word of an entropy that begins with i's 11 bits. */
void vector_words(struct vector *v)
{
	const char *at = v->f[1], *words;
	size_t i = 0;

	for (; *at; i++) {
		uint8_t entropy[16] = { (uint8_t)(i >> 3), (uint8_t)(i << 5) };
		size_t n = strcspn(at, " ");

		vector_check(v, hd_words(v->t, entropy, sizeof(entropy), &words) == OK, "words");
		vector_check(v, strncmp(words, at, n) == 0 && words[n] == ' ', "word");
		at += n;
		at += *at == ' ';
	}
	vector_check(v, i == 2048, "2048 words");
}

static void node_at(struct vector *v, const struct hd_node *master, char *field)
{
	struct hd_node node = *master, child;
	char *path = strsep(&field, "="), *key_hex = strsep(&field, "=");
	SECRET struct secret key = vector_key(v, key_hex);
	struct eth_addr a;

	vector_check(v, *path++ == 'm', "path");
	while (*path == '/') {
		char *end;
		uint32_t index = (uint32_t)strtoul(path + 1, &end, 10);

		if (*end == '\'') {
			index |= 0x80000000;
			end++;
		}
		path = end;
		vector_check(v, hd_child(v->t, &node, index, &child) == OK, "child");
		node = child;
	}
	key_address(&node.key, &a);
	vector_check(v, memcmp(node.key.b, key.b, 32) == 0, "derived key");
	vector_check(v, addr_eq(a, vector_addr(v, field)), "derived address");
}

/* entropy or "-", words, passphrase, seed, then path=key=address */
void vector_hd(struct vector *v)
{
	struct bytes mnemonic = vector_bytes(v, v->f[2]), phrase = vector_bytes(v, v->f[3]);
	struct bytes seed = vector_bytes(v, v->f[4]);
	const char *said = turn_printf(v->t, "%.*s", (int)mnemonic.n, (const char *)mnemonic.p);
	uint8_t back[32], got[HD_SEED];
	struct hd_node master;
	const char *words;
	size_t m;

	/* 2,048 rounds of PBKDF2 each, which no sanitizer looks into. */
	v->left_out = v->sampled && v->index % 8;
	if (v->left_out)
		return;
	if (strcmp(v->f[1], "-") != 0) {
		struct bytes entropy = vector_bytes(v, v->f[1]);

		vector_check(v, hd_words(v->t, entropy.p, entropy.n, &words) == OK, "words");
		vector_check(v, strcmp(words, said) == 0, "words of the entropy");
		vector_check(v, hd_entropy(v->t, said, back, &m) == OK, "entropy");
		vector_check(v, bytes_same((struct bytes){ back, m }, entropy),
			     "entropy of the words");
	}
	hd_seed(v->t, said, turn_printf(v->t, "%.*s", (int)phrase.n, (const char *)phrase.p), got);
	vector_check(v, bytes_same((struct bytes){ got, sizeof(got) }, seed), "seed");
	vector_check(v, hd_master(v->t, got, sizeof(got), &master) == OK, "master");
	for (size_t i = 5; i < v->n; i++)
		node_at(v, &master, v->f[i]);
}

/* passphrase, key, address, key file */
void vector_wallet(struct vector *v)
{
	struct bytes json = { (const uint8_t *)v->f[4], strlen(v->f[4]) };
	SECRET struct secret expected = vector_key(v, v->f[2]), key;
	struct eth_addr addr;

	/* A second of scrypt, which no sanitizer looks into. */
	if (v->sampled && strstr(v->f[4], "\"n\":262144")) {
		v->left_out = true;
		return;
	}
	vector_check(v, keystore_read(v->t, json, v->f[1], strlen(v->f[1]), &key, &addr) == OK,
		     "open");
	vector_check(v, memcmp(key.b, expected.b, 32) == 0, "key");
	vector_check(v, addr_eq(addr, vector_addr(v, v->f[3])), "address");
}

/* text, big-endian hex or "-": it is no number that we take */
void vector_number(struct vector *v)
{
	bool is_hex = strncmp(v->f[1], "0x", 2) == 0;
	struct wei got = { { 0 } }, want;
	bool known = is_hex ? hex_quantity_wei(v->f[1], &got) : wei_parse(v->f[1], &got);

	vector_check(v, known == (strcmp(v->f[2], "-") != 0), "a number or none");
	if (!known)
		return;
	vector_check(v, hex_quantity_wei(v->f[2], &want), "the number in hex");
	vector_check(v, wei_cmp(got, want) == 0, "number");
}

/* ether, wei or "-", ether as it is shown */
void vector_unit(struct vector *v)
{
	char shown[AMOUNT_TEXT];
	const char *why = "";
	struct wei got;
	bool known = amount_parse(turn_printf(v->t, "%s ether", v->f[1]), &got, &why);

	vector_check(v, known == (strcmp(v->f[2], "-") != 0), why);
	if (!known)
		return;
	vector_check(v, wei_cmp(got, vector_wei(v, v->f[2])) == 0, "wei");
	amount_text(got, 18, 18, shown);
	vector_check(v, strcmp(shown, v->f[3]) == 0, "shown");
}
