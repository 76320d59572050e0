/* Any text as a key file. What opens gives a key that is written and opened again; what costs too
 * much is never tried. The passphrase's hard work is not done here (see CMakeLists.txt): what
 * derives is a sum, so that files can be opened at all within a fuzzer's patience. */
#include <nettle/sha2.h>
#include <string.h>

#include "server/eth/kdf.h"
#include "server/eth/keystore.h"
#include "tests/fuzz/fuzz.h"

enum err __wrap_kdf_scrypt(struct turn *t, struct keyring_cost c, const char *passphrase, size_t n,
			   struct bytes salt, uint8_t out[32]);
void __wrap_nettle_pbkdf2_hmac_sha256(size_t key_length, const uint8_t *key, unsigned iterations,
				      size_t salt_length, const uint8_t *salt, size_t length,
				      uint8_t *dst);

static void sum(struct bytes passphrase, struct bytes salt, uint8_t out[32])
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, passphrase.n, passphrase.p);
	sha256_update(&sha, salt.n, salt.p);
	sha256_digest(&sha, 32, out);
}

enum err __wrap_kdf_scrypt(struct turn *t, struct keyring_cost c, const char *passphrase, size_t n,
			   struct bytes salt, uint8_t out[32])
{
	(void)t;
	fuzz_must(kdf_cost_ok(c), "scrypt at 2^%u, %u, %u is tried", c.log2_n, c.r, c.p);
	sum((struct bytes){ (const uint8_t *)passphrase, n }, salt, out);
	return OK;
}

void __wrap_nettle_pbkdf2_hmac_sha256(size_t key_length, const uint8_t *key, unsigned iterations,
				      size_t salt_length, const uint8_t *salt, size_t length,
				      uint8_t *dst)
{
	fuzz_must(iterations > 0 && iterations <= KDF_PBKDF2_MAX, "%u rounds are tried",
		  iterations);
	fuzz_must(length == 32, "%zu bytes are derived", length);
	sum((struct bytes){ key, key_length }, (struct bytes){ salt, salt_length }, dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char passphrase[] = "open";
	struct turn *t = fuzz_begin();
	SECRET struct secret key, again;
	struct eth_addr addr, addr_again;
	const char *text;

	if (keystore_read(t, (struct bytes){ p, n }, passphrase, 4, &key, &addr) == OK) {
		enum err e = keystore_write(t, &key, KEYSTORE_LIGHT, passphrase, 4, &text);

		fuzz_must(e == OK, "a key that was read: %s", t->why);
		e = keystore_read(t, (struct bytes){ (const uint8_t *)text, strlen(text) },
				  passphrase, 4, &again, &addr_again);
		fuzz_must(e == OK && addr_eq(addr, addr_again) &&
				  memcmp(key.b, again.b, sizeof(key.b)) == 0,
			  "a key comes back as another");
	} else {
		struct secret none = { { 0 } };

		fuzz_must(t->why[0], "refused without a word");
		fuzz_must(memcmp(key.b, none.b, sizeof(none.b)) == 0, "a key is left behind");
	}
	fuzz_end();
	return 0;
}
