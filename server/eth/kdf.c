#include "server/eth/kdf.h"

#include <assert.h>
#include <sodium.h>

bool kdf_cost_ok(struct keyring_cost c)
{
	if (c.log2_n < 1 || c.log2_n > 24 || c.r < 1 || c.p < 1)
		return false;
	return ((uint64_t)128 << c.log2_n) * c.r * c.p <= (uint64_t)256 << 20;
}

/* libsodium's: OpenSSL's refuses the official key file vector (n = 2^18 with r = 1). */
enum err kdf_scrypt(struct turn *t, struct keyring_cost c, const char *passphrase, size_t n,
		    struct bytes salt, uint8_t out[32])
{
	assert(kdf_cost_ok(c));
	if (n > KEYRING_PASSPHRASE_MAX)
		return fail(t, ERR_INVALID, "passphrase: longer than %d bytes",
			    KEYRING_PASSPHRASE_MAX);
	if (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)passphrase, n, salt.p, salt.n,
						  (uint64_t)1 << c.log2_n, c.r, c.p, out, 32) != 0)
		return fail(t, ERR_FULL,
			    "passphrase: not enough memory for scrypt, which needs %u MiB",
			    (unsigned)(((uint64_t)128 << c.log2_n) * c.r >> 20));
	return OK;
}
