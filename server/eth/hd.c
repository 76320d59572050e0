#include "server/eth/hd.h"

#include <nettle/hmac.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha2.h>
#include <string.h>

#include "server/eth/curve.h"
#include "server/eth/nfkd.h"
#include "store/base/turn.h"

enum { WORDS = 2048, WORD_BITS = 11, WORD_MAX = 8 };
enum { WORDS_TEXT = HD_WORDS_MAX * (WORD_MAX + 1) };
#define HARDENED 0x80000000u

static const char *const word_list[WORDS] = {
#define X(word) #word,
#include "server/eth/words.def"
#undef X
};

void hd_node_clear(struct hd_node *node)
{
	wipe(node, sizeof(*node));
}

void hd_branch_clear(struct hd_branch *b)
{
	wipe(b, sizeof(*b));
}

/* The checksum is the first n/4 bits of SHA-256: never more than its first byte. */
static uint8_t checksum(const uint8_t *entropy, size_t n)
{
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&sha);
	sha256_update(&sha, n, entropy);
	sha256_digest(&sha, sizeof(digest), digest);
	wipe(&sha, sizeof(sha));
	return digest[0];
}

/* n is a right size. The caller wipes `out`. */
static void put_words(const uint8_t *entropy, size_t n, char out[WORDS_TEXT])
{
	uint8_t bits[HD_ENTROPY_MAX + 1];
	size_t words = (n * 8 + n / 4) / WORD_BITS;

	memcpy(bits, entropy, n);
	bits[n] = checksum(entropy, n);
	for (size_t i = 0; i < words; i++) {
		unsigned value = 0;

		for (size_t bit = i * WORD_BITS; bit < (i + 1) * WORD_BITS; bit++)
			value = value << 1 | (bits[bit / 8] >> (7 - bit % 8) & 1);
		for (const char *c = word_list[value]; *c; c++)
			*out++ = *c;
		*out++ = i + 1 < words ? ' ' : 0;
	}
	wipe(bits, sizeof(bits));
}

static enum err check_size(struct turn *t, size_t n)
{
	if (n >= HD_ENTROPY_MIN && n <= HD_ENTROPY_MAX && n % 4 == 0)
		return OK;
	return fail(t, ERR_INVALID, "seed words: entropy has 16, 20, 24, 28 or 32 bytes, not %zu",
		    n);
}

enum err hd_words(struct turn *t, const uint8_t *entropy, size_t n, const char **words_out)
{
	char text[WORDS_TEXT];

	TRY(check_size(t, n));
	put_words(entropy, n, text);
	*words_out = turn_strdup(t, text);
	wipe(text, sizeof(text));
	return OK;
}

static int word_value(const char *word)
{
	int low = 0, high = WORDS - 1;

	while (low <= high) {
		int middle = (low + high) / 2, order = strcmp(word, word_list[middle]);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return -1;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next word in lower case, cut at WORD_MAX + 1 letters: longer ones are in no list. */
static bool next_word(const char **text, char word[WORD_MAX + 2])
{
	const char *s = *text;
	size_t n = 0;

	while (is_space(*s))
		s++;
	for (; *s && !is_space(*s); s++)
		if (n < WORD_MAX + 1)
			word[n++] = (char)(*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s);
	word[n] = 0;
	*text = s;
	return n > 0;
}

/* The words' bits one after the other; their number in *words_out. */
static enum err read_words(struct turn *t, const char *text, uint8_t bits[HD_ENTROPY_MAX + 1],
			   size_t *words_out)
{
	char word[WORD_MAX + 2];
	size_t n = 0;

	memset(bits, 0, HD_ENTROPY_MAX + 1);
	while (next_word(&text, word)) {
		int value = word_value(word);

		if (n == HD_WORDS_MAX)
			return fail(t, ERR_INVALID, "seed words: more than %d words", HD_WORDS_MAX);
		if (value < 0)
			return fail(t, ERR_INVALID,
				    "seed words: word %zu is not in the English list "
				    "of BIP-39: check its spelling",
				    n + 1);
		for (size_t i = 0; i < WORD_BITS; i++) {
			size_t bit = n * WORD_BITS + i;

			if (value >> (WORD_BITS - 1 - i) & 1)
				bits[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		}
		n++;
	}
	wipe(word, sizeof(word));
	*words_out = n;
	return OK;
}

static enum err check_words(struct turn *t, const uint8_t *bits, size_t count, size_t *n_out)
{
	if (count < 12 || count % 3)
		return fail(t, ERR_INVALID, "seed words: %zu words; it takes 12, 15, 18, 21 or 24",
			    count);
	size_t n = count / 3 * 4; /* 33 bits of three words hold 32 of entropy */
	uint8_t keep = (uint8_t)(0xff << (8 - n / 4));

	if ((checksum(bits, n) & keep) != (bits[n] & keep))
		return fail(t, ERR_INVALID,
			    "seed words: the checksum does not hold: a word is wrong, or two "
			    "changed places");
	*n_out = n;
	return OK;
}

enum err hd_entropy(struct turn *t, const char *words, uint8_t out[HD_ENTROPY_MAX], size_t *n_out)
{
	uint8_t bits[HD_ENTROPY_MAX + 1];
	size_t count = 0;
	enum err e = read_words(t, words, bits, &count);

	if (e == OK)
		e = check_words(t, bits, count, n_out);
	memset(out, 0, HD_ENTROPY_MAX);
	if (e == OK)
		memcpy(out, bits, *n_out);
	wipe(bits, sizeof(bits));
	return e;
}

void hd_seed(struct turn *t, const char *words, const char *passphrase, uint8_t out[HD_SEED])
{
	const char *salt = turn_printf(t, "mnemonic%s", passphrase);

	pbkdf2_hmac_sha512(strlen(words), (const uint8_t *)words, 2048, strlen(salt),
			   (const uint8_t *)salt, HD_SEED, out);
}

static void hmac512(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[64])
{
	struct hmac_sha512_ctx ctx;

	hmac_sha512_set_key(&ctx, key_n, key);
	hmac_sha512_update(&ctx, n, p);
	hmac_sha512_digest(&ctx, SHA512_DIGEST_SIZE, out);
	wipe(&ctx, sizeof(ctx));
}

enum err hd_master(struct turn *t, const uint8_t *seed, size_t n, struct hd_node *out)
{
	static const char label[] = "Bitcoin seed";
	uint8_t i[64];

	hmac512(label, sizeof(label) - 1, seed, n, i);
	memcpy(out->key.b, i, 32);
	memcpy(out->chain, i + 32, 32);
	wipe(i, sizeof(i));
	if (curve_key_valid(&out->key))
		return OK;
	hd_node_clear(out);
	return fail(t, ERR_BROKEN, "key derivation: this seed has no master key; make another one");
}

/* `head`: the 33 bytes that stand for the parent: its public key, or 0 and its key. */
static enum err derive(struct turn *t, const struct hd_node *parent, const uint8_t head[33],
		       uint32_t index, struct hd_node *out)
{
	uint8_t data[37], i[64];

	memcpy(data, head, 33);
	for (int b = 0; b < 4; b++)
		data[33 + b] = (uint8_t)(index >> (24 - 8 * b));
	hmac512(parent->chain, sizeof(parent->chain), data, sizeof(data), i);
	out->key = parent->key;
	bool ok = curve_key_add(&out->key, i);

	memcpy(out->chain, i + 32, 32);
	wipe(data, sizeof(data));
	wipe(i, sizeof(i));
	if (ok)
		return OK;
	hd_node_clear(out);
	return fail(t, ERR_BROKEN, "key derivation: index %u has no key; use the next one", index);
}

enum err hd_child(struct turn *t, const struct hd_node *parent, uint32_t index, struct hd_node *out)
{
	uint8_t head[33] = { 0 };

	if (index & HARDENED)
		memcpy(head + 1, parent->key.b, 32);
	else
		curve_public33(&parent->key, head);
	enum err e = derive(t, parent, head, index, out);

	wipe(head, sizeof(head));
	return e;
}

enum { PATH_MOST = 10 };

struct path {
	uint32_t index[PATH_MOST];
	size_t n;
};

static const struct path usual = { { HARDENED | 44, HARDENED | 60, HARDENED | 0, 0 }, 4 };

/* "m/44'/60'/0'/0"; h and H harden as ' does. */
static enum err read_path(struct turn *t, const char *text, struct path *out)
{
	const char *s = text + (*text == 'm');
	bool fine = *text == 'm';

	*out = (struct path){ .n = 0 };
	while (*s == '/' && out->n < PATH_MOST) {
		uint64_t index = 0;
		size_t digits = strspn(++s, "0123456789");

		for (size_t i = 0; i < digits && i < 11; i++)
			index = index * 10 + (uint64_t)(s[i] - '0');
		fine = fine && digits > 0 && index <= HD_INDEX_MAX;
		s += digits;
		bool hard = *s == '\'' || *s == 'h' || *s == 'H';

		s += hard;
		out->index[out->n++] = (uint32_t)index | (hard ? HARDENED : 0);
	}
	if (fine && !*s)
		return OK;
	return fail(t, ERR_INVALID,
		    "path: '%.60s' is not like m/44'/60'/0'/0 (the wallets' own index is not part "
		    "of it)",
		    text);
}

/* The node that a path ends at, from the seed. */
static enum err branch_from_seed(struct turn *t, const uint8_t seed[HD_SEED],
				 const struct path *path, struct hd_branch *out)
{
	struct hd_node node __attribute__((cleanup(hd_node_clear)));

	TRY(hd_master(t, seed, HD_SEED, &node));
	for (size_t i = 0; i < path->n; i++) {
		struct hd_node parent __attribute__((cleanup(hd_node_clear))) = node;

		TRY(hd_child(t, &parent, path->index[i], &node));
	}
	out->node = node;
	curve_public33(&node.key, out->pub);
	return OK;
}

enum err hd_phrase_open(struct turn *t, const char *words, const char *passphrase,
			const char *path_text, struct hd_branch *out)
{
	struct path path = usual;
	uint8_t entropy[HD_ENTROPY_MAX], seed[HD_SEED];
	char proper[WORDS_TEXT];
	const char *normal;
	size_t n;

	if (path_text && *path_text)
		TRY(read_path(t, path_text, &path));
	TRY(text_nfkd(t, passphrase, &normal));
	TRY(hd_entropy(t, words, entropy, &n));
	/* As the list writes them, with one space between: however they were typed. */
	put_words(entropy, n, proper);
	hd_seed(t, proper, normal, seed);
	enum err e = branch_from_seed(t, seed, &path, out);

	wipe(entropy, sizeof(entropy));
	wipe(proper, sizeof(proper));
	wipe(seed, sizeof(seed));
	return e;
}

enum err hd_branch_open(struct turn *t, const uint8_t *entropy, size_t n, struct hd_branch *out)
{
	char words[WORDS_TEXT];
	uint8_t seed[HD_SEED];

	TRY(check_size(t, n));
	put_words(entropy, n, words);
	hd_seed(t, words, "", seed);
	enum err e = branch_from_seed(t, seed, &usual, out);

	wipe(words, sizeof(words));
	wipe(seed, sizeof(seed));
	return e;
}

enum err hd_branch_key(struct turn *t, const struct hd_branch *b, uint32_t index,
		       struct secret *key_out)
{
	struct hd_node child __attribute__((cleanup(hd_node_clear)));

	if (index > HD_INDEX_MAX)
		return fail(t, ERR_INVALID, "key derivation: index %u is above 2^31-1", index);
	TRY(derive(t, &b->node, b->pub, index, &child));
	*key_out = child.key;
	return OK;
}

enum err hd_wallet_key(struct turn *t, const uint8_t *entropy, size_t n, uint32_t index,
		       struct secret *key_out)
{
	HD_BRANCH struct hd_branch b = { 0 };

	TRY(hd_branch_open(t, entropy, n, &b));
	return hd_branch_key(t, &b, index, key_out);
}
