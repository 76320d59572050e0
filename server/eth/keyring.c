#include "server/eth/keyring.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/kdf.h"
#include "server/eth/keccak.h"
#include "server/eth/key.h"
#include "store/base/turn.h"

enum { VERSION = 1, KDF_SCRYPT = 1 };
enum { KIND_KEY = 1, KIND_ENTROPY = 2, KIND_TEXT = 3 };
enum { NONCE = crypto_secretbox_NONCEBYTES, MAC = crypto_secretbox_MACBYTES };
enum { SALT = 32, DATA_KEY = crypto_secretbox_KEYBYTES };

/* Where things stand in a sealed data key. */
enum { AT_SALT = 5, AT_NONCE = AT_SALT + SALT, AT_BOX = AT_NONCE + NONCE };
static_assert(AT_BOX + MAC + DATA_KEY == KEYRING_SEALED_DATA_KEY, "as the header says");

/* What is inside the box of a sealed secret; bytes only, so without padding. */
struct content {
	uint8_t kind;
	struct eth_addr addr;
	struct secret secret; /* entropy may be shorter */
};

enum { CONTENT_HEAD = offsetof(struct content, secret), SEALED_HEAD = 1 + NONCE + MAC };
static_assert(SEALED_HEAD + sizeof(struct content) == KEYRING_SEALED_MAX, "as the header says");

/* Before a text: its kind, and the hash of its owner. */
enum { TEXT_HEAD = 1 + 32 };

/* In memory that is locked, guarded and left out of core dumps. */
struct locked {
	uint8_t data_key[DATA_KEY];
	pthread_mutex_t lock; /* of `open` */
	struct content open;  /* the one secret in the clear */
};

struct keyring {
	struct locked *locked;
};

static struct keyring *keyring_new(void)
{
	struct keyring *kr = calloc(1, sizeof(*kr));
	int ready = sodium_init();

	assert(kr && ready >= 0);
	(void)ready;
	kr->locked = sodium_malloc(sizeof(*kr->locked));
	assert(kr->locked);
	memset(kr->locked, 0, sizeof(*kr->locked));
	(void)pthread_mutex_init(&kr->locked->lock, NULL);
	return kr;
}

void keyring_close(struct keyring *kr)
{
	if (!kr)
		return;
	(void)pthread_mutex_destroy(&kr->locked->lock);
	sodium_free(kr->locked); /* wipes */
	free(kr);
}

static enum err seal_data_key(struct turn *t, const struct keyring *kr, struct keyring_cost c,
			      const char *passphrase, size_t n, struct bytes *out)
{
	uint8_t *p = turn_alloc(t, KEYRING_SEALED_DATA_KEY), key[DATA_KEY];

	if (n == 0)
		return fail(t, ERR_INVALID, "passphrase: it is empty");
	if (!kdf_cost_ok(c))
		return fail(t, ERR_INVALID,
			    "passphrase: scrypt at n=2^%u r=%u p=%u is out of range", c.log2_n, c.r,
			    c.p);
	p[0] = VERSION;
	p[1] = KDF_SCRYPT;
	p[2] = c.log2_n;
	p[3] = c.r;
	p[4] = c.p;
	turn_random(t, p + AT_SALT, SALT + NONCE);
	TRY(kdf_scrypt(t, c, passphrase, n, (struct bytes){ p + AT_SALT, SALT }, key));
	(void)crypto_secretbox_easy(p + AT_BOX, kr->locked->data_key, DATA_KEY, p + AT_NONCE, key);
	wipe(key, sizeof(key));
	*out = (struct bytes){ p, KEYRING_SEALED_DATA_KEY };
	return OK;
}

enum err keyring_create_at(struct turn *t, struct keyring_cost cost, const char *passphrase,
			   size_t n, struct bytes *sealed_out, struct keyring **out)
{
	struct keyring *kr = keyring_new();

	turn_random(t, kr->locked->data_key, DATA_KEY);
	enum err e = seal_data_key(t, kr, cost, passphrase, n, sealed_out);

	if (e != OK) {
		keyring_close(kr);
		return e;
	}
	*out = kr;
	return OK;
}

enum err keyring_create(struct turn *t, const char *passphrase, size_t n, struct bytes *sealed_out,
			struct keyring **out)
{
	return keyring_create_at(t, KEYRING_COST, passphrase, n, sealed_out, out);
}

enum err keyring_reseal(struct turn *t, const struct keyring *kr, const char *passphrase, size_t n,
			struct bytes *sealed_out)
{
	return seal_data_key(t, kr, KEYRING_COST, passphrase, n, sealed_out);
}

enum err keyring_open(struct turn *t, struct bytes sealed, const char *passphrase, size_t n,
		      struct keyring **out)
{
	const uint8_t *p = sealed.p;
	uint8_t key[DATA_KEY];

	if (sealed.n != KEYRING_SEALED_DATA_KEY)
		return fail(t, ERR_BROKEN,
			    "sealed data key: %zu bytes, not %d: the store is damaged", sealed.n,
			    KEYRING_SEALED_DATA_KEY);
	if (p[0] != VERSION || p[1] != KDF_SCRYPT)
		return fail(t, ERR_BROKEN,
			    "sealed data key: version %u with kdf %u is not known here: "
			    "a newer program wrote it, or the store is damaged",
			    p[0], p[1]);
	struct keyring_cost c = { .log2_n = p[2], .r = p[3], .p = p[4] };

	if (!kdf_cost_ok(c))
		return fail(t, ERR_BROKEN,
			    "sealed data key: scrypt at n=2^%u r=%u p=%u is above the "
			    "cap of 256 MiB: the store is damaged",
			    c.log2_n, c.r, c.p);
	TRY(kdf_scrypt(t, c, passphrase, n, (struct bytes){ p + AT_SALT, SALT }, key));
	struct keyring *kr = keyring_new();
	int opened = crypto_secretbox_open_easy(kr->locked->data_key, p + AT_BOX, MAC + DATA_KEY,
						p + AT_NONCE, key);

	wipe(key, sizeof(key));
	if (opened != 0) {
		keyring_close(kr);
		return fail_reason(t, REASON_WRONG_PASSPHRASE,
				   "the passphrase does not open the keys "
				   "of this store");
	}
	*out = kr;
	return OK;
}

static void seal(struct turn *t, const struct keyring *kr, const struct content *c, size_t secret_n,
		 struct bytes *out)
{
	size_t n = SEALED_HEAD + CONTENT_HEAD + secret_n;
	uint8_t *p = turn_alloc(t, n);

	p[0] = VERSION;
	turn_random(t, p + 1, NONCE);
	(void)crypto_secretbox_easy(p + 1 + NONCE, (const uint8_t *)c, CONTENT_HEAD + secret_n,
				    p + 1, kr->locked->data_key);
	*out = (struct bytes){ p, n };
}

enum err keyring_seal_key(struct turn *t, const struct keyring *kr, const struct secret *key,
			  struct eth_addr addr, struct bytes *out)
{
	struct eth_addr owner;

	if (!key_valid(key))
		return fail(t, ERR_INVALID, "private key of %s: not a key of secp256k1",
			    addr_str(t, addr));
	key_address(key, &owner);
	if (!addr_eq(owner, addr))
		return fail_reason(t, REASON_ADDRESS_MISMATCH,
				   "the private key given for %s is the "
				   "key of %s",
				   addr_str(t, addr), addr_str(t, owner));
	struct content c = { .kind = KIND_KEY, .addr = addr, .secret = *key };

	seal(t, kr, &c, sizeof(c.secret.b), out);
	wipe(&c, sizeof(c));
	return OK;
}

enum err keyring_seal_entropy(struct turn *t, const struct keyring *kr, const uint8_t *entropy,
			      size_t n, struct bytes *out)
{
	if (n < HD_ENTROPY_MIN || n > HD_ENTROPY_MAX || n % 4)
		return fail(t, ERR_INVALID, "fleet seed: 16, 20, 24, 28 or 32 bytes, not %zu", n);
	struct content c = { .kind = KIND_ENTROPY };

	memcpy(c.secret.b, entropy, n);
	seal(t, kr, &c, n, out);
	wipe(&c, sizeof(c));
	return OK;
}

/* Into the locked buffer, which is the caller's from OK until keyring_return. */
static enum err open_sealed(struct turn *t, const struct keyring *kr, const char *what,
			    struct bytes sealed, uint8_t kind, size_t *secret_n_out)
{
	struct locked *in = kr->locked;

	if (sealed.n < SEALED_HEAD + CONTENT_HEAD + HD_ENTROPY_MIN || sealed.n > KEYRING_SEALED_MAX)
		return fail(t, ERR_BROKEN, "%s: %zu sealed bytes are not one: the store is damaged",
			    what, sealed.n);
	if (sealed.p[0] != VERSION)
		return fail(t, ERR_BROKEN,
			    "%s: sealed in version %u, which is not known here: a newer "
			    "program wrote it, or the store is damaged",
			    what, sealed.p[0]);
	(void)pthread_mutex_lock(&in->lock);
	if (crypto_secretbox_open_easy((uint8_t *)&in->open, sealed.p + 1 + NONCE,
				       sealed.n - 1 - NONCE, sealed.p + 1, in->data_key) != 0) {
		keyring_return(kr);
		return fail(t, ERR_BROKEN,
			    "%s: the sealed bytes do not open: they were changed, or "
			    "sealed by another store's data key",
			    what);
	}
	if (in->open.kind != kind) {
		keyring_return(kr);
		return fail(t, ERR_BROKEN,
			    "%s: the sealed bytes hold something else: rows of the "
			    "store were exchanged",
			    what);
	}
	*secret_n_out = sealed.n - SEALED_HEAD - CONTENT_HEAD;
	return OK;
}

void keyring_return(const struct keyring *kr)
{
	sodium_memzero(&kr->locked->open, sizeof(kr->locked->open));
	(void)pthread_mutex_unlock(&kr->locked->lock);
}

enum err keyring_borrow(struct turn *t, const struct keyring *kr, struct bytes sealed,
			struct eth_addr addr, const struct secret **key_out)
{
	size_t n;

	TRY(open_sealed(t, kr, "sealed wallet key", sealed, KIND_KEY, &n));
	struct eth_addr owner = kr->locked->open.addr;

	if (!addr_eq(owner, addr)) {
		keyring_return(kr);
		return fail_reason(t, REASON_ADDRESS_MISMATCH,
				   "the sealed key stored for %s is the "
				   "key of %s",
				   addr_str(t, addr), addr_str(t, owner));
	}
	*key_out = &kr->locked->open.secret;
	return OK;
}

enum err keyring_open_key(struct turn *t, const struct keyring *kr, struct bytes sealed,
			  struct eth_addr addr, struct secret *out)
{
	const struct secret *key;

	secret_clear(out);
	TRY(keyring_borrow(t, kr, sealed, addr, &key));
	*out = *key;
	keyring_return(kr);
	return OK;
}

enum err keyring_open_entropy(struct turn *t, const struct keyring *kr, struct bytes sealed,
			      uint8_t out[32], size_t *n_out)
{
	wipe(out, 32);
	TRY(open_sealed(t, kr, "sealed fleet seed", sealed, KIND_ENTROPY, n_out));
	memcpy(out, kr->locked->open.secret.b, *n_out);
	keyring_return(kr);
	return OK;
}

/* What stands before a sealed text, in its box. */
static void text_head(const char *owner, uint8_t out[TEXT_HEAD])
{
	struct eth_hash hash;

	keccak256(owner, strlen(owner), &hash);
	out[0] = KIND_TEXT;
	memcpy(out + 1, hash.b, sizeof(hash.b));
}

enum err keyring_seal_text(struct turn *t, const struct keyring *kr, const char *owner,
			   const char *text, struct bytes *out)
{
	size_t text_n = strlen(text), n = SEALED_HEAD + TEXT_HEAD + text_n;
	uint8_t *p, *open;

	if (text_n == 0 || text_n > KEYRING_TEXT_MAX)
		return fail(t, ERR_INVALID, "secret: 1 to %d bytes, not %zu", KEYRING_TEXT_MAX,
			    text_n);
	p = turn_alloc(t, n);
	open = turn_alloc(t, TEXT_HEAD + text_n);
	text_head(owner, open);
	memcpy(open + TEXT_HEAD, text, text_n);
	p[0] = VERSION;
	turn_random(t, p + 1, NONCE);
	(void)crypto_secretbox_easy(p + 1 + NONCE, open, TEXT_HEAD + text_n, p + 1,
				    kr->locked->data_key);
	wipe(open, TEXT_HEAD + text_n);
	*out = (struct bytes){ p, n };
	return OK;
}

enum err keyring_open_text(struct turn *t, const struct keyring *kr, const char *owner,
			   struct bytes sealed, char **out)
{
	uint8_t head[TEXT_HEAD], *open;
	size_t n;

	if (sealed.n <= SEALED_HEAD + TEXT_HEAD ||
	    sealed.n > SEALED_HEAD + TEXT_HEAD + KEYRING_TEXT_MAX || sealed.p[0] != VERSION)
		return fail(t, ERR_BROKEN,
			    "the sealed secret of %s is not one: the store is damaged, or a newer "
			    "program wrote it",
			    owner);
	n = sealed.n - SEALED_HEAD;
	open = turn_alloc(t, n + 1);
	text_head(owner, head);
	if (crypto_secretbox_open_easy(open, sealed.p + 1 + NONCE, sealed.n - 1 - NONCE,
				       sealed.p + 1, kr->locked->data_key) != 0 ||
	    memcmp(open, head, TEXT_HEAD) != 0) {
		wipe(open, n);
		return fail(t, ERR_BROKEN,
			    "the sealed secret of %s does not open: it was changed, belongs to "
			    "another, or was sealed by another store's data key",
			    owner);
	}
	*out = (char *)open + TEXT_HEAD;
	return OK;
}
