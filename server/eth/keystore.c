#include "server/eth/keystore.h"

#include <jansson.h>
#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/pbkdf2.h>
#include <sodium.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/kdf.h"
#include "server/eth/keccak.h"
#include "server/eth/key.h"
#include "server/eth/nfkd.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

enum { SALT_MAX = 128, IV = 16, MAC = 32 };

/* A file's fields, checked. */
struct keyfile {
	bool pbkdf2;
	struct keyring_cost cost; /* scrypt */
	unsigned rounds;          /* PBKDF2 */
	uint8_t salt[SALT_MAX], iv[IV], text[32], mac[MAC];
	size_t salt_n, text_n;
	bool has_address;
	struct eth_addr address;
};

static enum err bad(struct turn *t, const char *what)
{
	return fail(t, ERR_INVALID, "key file: %s", what);
}

/* Hex of 1 to `max` bytes. */
static bool get_hex(json_t *object, const char *name, uint8_t *out, size_t max, size_t *n_out)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && hex_get_any(text, out, max, n_out) && *n_out > 0;
}

static bool is_text(json_t *object, const char *name, const char *expected)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && strcmp(text, expected) == 0;
}

/* A whole number from 1 to `max`; 0: it is not. */
static uint64_t get_number(json_t *object, const char *name, json_int_t max)
{
	json_t *v = json_object_get(object, name);

	if (!json_is_integer(v) || json_integer_value(v) < 1 || json_integer_value(v) > max)
		return 0;
	return (uint64_t)json_integer_value(v);
}

static enum err get_scrypt(struct turn *t, json_t *params, struct keyfile *f)
{
	uint64_t n = get_number(params, "n", 1 << 24);

	f->cost.r = (uint8_t)get_number(params, "r", UINT8_MAX);
	f->cost.p = (uint8_t)get_number(params, "p", UINT8_MAX);
	if (n & (n - 1))
		return bad(t, "scrypt's n is not a power of two");
	while (n >>= 1)
		f->cost.log2_n++;
	if (!kdf_cost_ok(f->cost))
		return bad(t, "scrypt's n, r and p are missing, or above the cap of 256 MiB");
	return OK;
}

static enum err get_pbkdf2(struct turn *t, json_t *params, struct keyfile *f)
{
	f->pbkdf2 = true;
	f->rounds = (unsigned)get_number(params, "c", KDF_PBKDF2_MAX);
	if (!is_text(params, "prf", "hmac-sha256"))
		return bad(t, "pbkdf2's prf is not hmac-sha256");
	if (!f->rounds)
		return bad(t, "pbkdf2's c is missing, or above 10000000");
	return OK;
}

static enum err get_kdf(struct turn *t, json_t *crypto, struct keyfile *f)
{
	json_t *params = json_object_get(crypto, "kdfparams");

	if (get_number(params, "dklen", 32) != 32)
		return bad(t, "kdfparams.dklen is not 32");
	if (!get_hex(params, "salt", f->salt, sizeof(f->salt), &f->salt_n))
		return bad(t, "kdfparams.salt is not hex of at most 128 bytes");
	if (is_text(crypto, "kdf", "scrypt"))
		return get_scrypt(t, params, f);
	if (is_text(crypto, "kdf", "pbkdf2"))
		return get_pbkdf2(t, params, f);
	return bad(t, "kdf is neither scrypt nor pbkdf2");
}

static enum err get_fields(struct turn *t, json_t *root, struct keyfile *f)
{
	json_t *crypto = json_object_get(root, "crypto");
	json_t *address = json_object_get(root, "address");
	size_t n;

	if (!crypto)
		crypto = json_object_get(root, "Crypto");
	if (get_number(root, "version", 3) != 3 || !json_is_object(crypto))
		return bad(t,
			   "not a key file of version 3 (\"version\": 3 and an object \"crypto\")");
	if (!is_text(crypto, "cipher", "aes-128-ctr"))
		return bad(t, "the cipher is not aes-128-ctr");
	if (!get_hex(json_object_get(crypto, "cipherparams"), "iv", f->iv, IV, &n) || n != IV)
		return bad(t, "cipherparams.iv is not hex of 16 bytes");
	if (!get_hex(crypto, "ciphertext", f->text, sizeof(f->text), &f->text_n))
		return bad(t, "ciphertext is not hex of at most 32 bytes");
	if (!get_hex(crypto, "mac", f->mac, MAC, &n) || n != MAC)
		return bad(t, "mac is not hex of 32 bytes");
	f->has_address = json_is_string(address) && *json_string_value(address);
	if (f->has_address && !hex_get(json_string_value(address), f->address.b, 20))
		return bad(t, "address is not hex of 20 bytes");
	return get_kdf(t, crypto, f);
}

/* The parser's own error text is not shown: it repeats what stands there. */
static enum err parse(struct turn *t, struct bytes json, struct keyfile *f)
{
	json_error_t where;

	if (json.n > KEYSTORE_FILE_MAX)
		return bad(t, "longer than 64 KiB");
	json_t *root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &where);

	if (!root)
		return fail(t, ERR_INVALID, "key file: not JSON, line %d column %d", where.line,
			    where.column);
	enum err e = get_fields(t, root, f);

	json_decref(root);
	return e;
}

static enum err derive(struct turn *t, const struct keyfile *f, const char *passphrase, size_t n,
		       uint8_t out[32])
{
	if (!f->pbkdf2)
		return kdf_scrypt(t, f->cost, passphrase, n, (struct bytes){ f->salt, f->salt_n },
				  out);
	if (n > KEYRING_PASSPHRASE_MAX)
		return fail(t, ERR_INVALID, "passphrase: longer than %d bytes",
			    KEYRING_PASSPHRASE_MAX);
	pbkdf2_hmac_sha256(n, (const uint8_t *)passphrase, f->rounds, f->salt_n, f->salt, 32, out);
	return OK;
}

/* keccak256 of the derived key's second half and the ciphertext. */
static void mac_of(const uint8_t derived[32], const uint8_t *text, size_t n, struct eth_hash *out)
{
	struct keccak k;

	keccak_init(&k);
	keccak_update(&k, derived + 16, 16);
	keccak_update(&k, text, n);
	keccak_final(&k, out);
	wipe(&k, sizeof(k));
}

static void aes_ctr(const uint8_t derived[32], const uint8_t iv[IV], const uint8_t *in, size_t n,
		    uint8_t *out)
{
	struct aes128_ctx aes;
	uint8_t counter[IV];

	aes128_set_encrypt_key(&aes, derived);
	memcpy(counter, iv, IV);
	ctr_crypt(&aes, (nettle_cipher_func *)aes128_encrypt, IV, counter, n, out, in);
	wipe(&aes, sizeof(aes));
}

static enum err open_file(struct turn *t, const struct keyfile *f, const uint8_t derived[32],
			  struct secret *key_out, struct eth_addr *addr_out)
{
	struct eth_hash mac;

	mac_of(derived, f->text, f->text_n, &mac);
	if (sodium_memcmp(mac.b, f->mac, MAC) != 0)
		return fail_reason(t, REASON_WRONG_PASSPHRASE,
				   "the passphrase does not open this key file");
	aes_ctr(derived, f->iv, f->text, f->text_n, key_out->b + 32 - f->text_n);
	if (!key_valid(key_out))
		return bad(t, "what it holds is not a key of secp256k1");
	key_address(key_out, addr_out);
	if (f->has_address && !addr_eq(*addr_out, f->address))
		return fail_reason(t, REASON_ADDRESS_MISMATCH,
				   "key file: it says address %s but holds the key of %s",
				   addr_str(t, f->address), addr_str(t, *addr_out));
	return OK;
}

static enum err open_with(struct turn *t, const struct keyfile *f, const char *passphrase, size_t n,
			  struct secret *key_out, struct eth_addr *addr_out)
{
	uint8_t derived[32];

	TRY(derive(t, f, passphrase, n, derived));
	enum err e = open_file(t, f, derived, key_out, addr_out);

	wipe(derived, sizeof(derived));
	if (e != OK)
		secret_clear(key_out);
	return e;
}

static bool is_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

enum err keystore_read(struct turn *t, struct bytes json, const char *passphrase, size_t n,
		       struct secret *key_out, struct eth_addr *addr_out)
{
	struct keyfile f = { .pbkdf2 = false };
	const char *other = NULL;

	secret_clear(key_out);
	TRY(parse(t, json, &f));
	if (!is_ascii(passphrase, n) &&
	    text_nfkc(t, turn_printf(t, "%.*s", (int)n, passphrase), &other) != OK)
		other = NULL;
	enum err e = open_with(t, &f, passphrase, n, key_out, addr_out);

	if (e == OK || t->reason != REASON_WRONG_PASSPHRASE || !other ||
	    (strlen(other) == n && memcmp(other, passphrase, n) == 0))
		return e;
	return open_with(t, &f, other, strlen(other), key_out, addr_out);
}

enum err keystore_passphrase_ok(struct turn *t, const char *passphrase)
{
	const char *normal;

	TRY(text_nfkc(t, passphrase, &normal));
	if (strcmp(normal, passphrase) == 0)
		return OK;
	return fail(t, ERR_INVALID,
		    "passphrase: it has letters that wallet programs read in different ways: take "
		    "plain letters");
}

/* A random UUID (RFC 4122, version 4). */
static const char *uuid(struct turn *t)
{
	uint8_t b[16];
	char h[33];

	turn_random(t, b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	hex_put(b, sizeof(b), h);
	return turn_printf(t, "%.8s-%.4s-%.4s-%.4s-%s", h, h + 8, h + 12, h + 16, h + 20);
}

enum err keystore_write(struct turn *t, const struct secret *key, struct keyring_cost cost,
			const char *passphrase, size_t n, const char **json_out)
{
	uint8_t salt[32], iv[IV], text[32], derived[32];
	struct eth_addr addr;
	struct eth_hash mac;

	if (!key_valid(key))
		return fail(t, ERR_INVALID, "key file: not a key of secp256k1");
	if (n == 0)
		return fail(t, ERR_INVALID, "passphrase: it is empty");
	if (!kdf_cost_ok(cost))
		return fail(t, ERR_INVALID, "key file: scrypt at n=2^%u r=%u p=%u is out of range",
			    cost.log2_n, cost.r, cost.p);
	turn_random(t, salt, sizeof(salt));
	turn_random(t, iv, sizeof(iv));
	TRY(kdf_scrypt(t, cost, passphrase, n, (struct bytes){ salt, sizeof(salt) }, derived));
	aes_ctr(derived, iv, key->b, sizeof(key->b), text);
	mac_of(derived, text, sizeof(text), &mac);
	wipe(derived, sizeof(derived));
	key_address(key, &addr);
	*json_out =
		turn_printf(t,
			    "{\"version\":3,\"id\":\"%s\",\"address\":\"%s\",\"crypto\":{"
			    "\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":\"%s\"},"
			    "\"ciphertext\":\"%s\",\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,"
			    "\"n\":%u,\"r\":%u,\"p\":%u,\"salt\":\"%s\"},\"mac\":\"%s\"}}",
			    uuid(t), hex_of(t, addr.b, 20) + 2, hex_of(t, iv, IV) + 2,
			    hex_of(t, text, sizeof(text)) + 2, 1u << cost.log2_n, cost.r, cost.p,
			    hex_of(t, salt, sizeof(salt)) + 2, hex_of(t, mac.b, MAC) + 2);
	return OK;
}
