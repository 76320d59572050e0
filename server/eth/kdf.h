/* server/eth/kdf.h - keys from passphrases, for this room only: keyring and keystore.
 * What is asked for may come from a file that somebody else wrote: the cost has a cap. */
#ifndef SERVER_ETH_KDF_H
#define SERVER_ETH_KDF_H

#include "server/eth/keyring.h"
#include "store/base/err.h"
#include "store/base/types.h"

enum { KDF_PBKDF2_MAX = 10000000 };

/* At most 256 MiB: 128 * 2^log2_n * r * p bytes, so memory and time are bounded together.
 * geth's standard (2^18, 8, 1) and the official vector (2^18, 1, 8) are just that. */
bool kdf_cost_ok(struct keyring_cost c);

/* RFC 7914, at a cost that is ok (asserted). ERR_INVALID: an overlong passphrase; ERR_FULL:
 * no memory. An empty passphrase is for the caller to refuse: there are key files with one. */
enum err kdf_scrypt(struct turn *t, struct keyring_cost c, const char *passphrase, size_t n,
		    struct bytes salt, uint8_t out[32]) MUST_USE;

#endif
