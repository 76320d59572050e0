/* server/eth/keyring.h - the open data key, and what is sealed with it.
 *
 * A passphrase opens one random data key (scrypt, secretbox); the data key seals every wallet
 * key and the fleet seed (XSalsa20-Poly1305, a random nonce each). The owner's address is inside
 * the sealed box, so a box moved to another wallet's row does not open for it. The data key lies
 * in locked memory, out of core dumps; a wallet's key is in the clear in one locked buffer for
 * the time of one signature.
 *
 * Sealed data key, 109 bytes:  1 version (1), 1 kdf (1: scrypt), 1 log2 n, 1 r, 1 p, 32 salt,
 *                              24 nonce, 48 box(data key)
 * Sealed secret, 78..94 bytes: 1 version (1), 24 nonce, box(1 kind, 20 address, 16..32 secret)
 *                              kind 1: wallet key; 2: seed entropy (address: zero)
 *
 * Threads: any; signatures of one keyring are made one at a time.
 */
#ifndef SERVER_ETH_KEYRING_H
#define SERVER_ETH_KEYRING_H

#include "store/base/err.h"
#include "store/base/types.h"

struct turn;
struct keyring;

enum { KEYRING_SEALED_DATA_KEY = 109, KEYRING_SEALED_MAX = 94 };
enum { KEYRING_PASSPHRASE_MAX = 1024 };

/* What opening costs. Above 256 MiB (128 * 2^log2_n * r * p) it is not tried: the numbers come
 * from the store, which somebody else may have written. */
struct keyring_cost {
	uint8_t log2_n, r, p;
};

/* 32 MiB and about a tenth of a second. */
#define KEYRING_COST ((struct keyring_cost){ .log2_n = 15, .r = 8, .p = 1 })

/* A new data key from the turn's chance. *sealed_out (turn's memory) is to be stored; *out is
 * open until keyring_close. ERR_INVALID: an empty passphrase. */
enum err keyring_create(struct turn *t, const char *passphrase, size_t n, struct bytes *sealed_out,
			struct keyring **out) MUST_USE;
/* The same at another cost, for tests and small machines. */
enum err keyring_create_at(struct turn *t, struct keyring_cost cost, const char *passphrase,
			   size_t n, struct bytes *sealed_out, struct keyring **out) MUST_USE;

/* REASON_WRONG_PASSPHRASE: it does not open. ERR_BROKEN: these are not the bytes of a sealed data
 * key, or their cost is above the cap. */
enum err keyring_open(struct turn *t, struct bytes sealed, const char *passphrase, size_t n,
		      struct keyring **out) MUST_USE;

/* The same data key under another passphrase. */
enum err keyring_reseal(struct turn *t, const struct keyring *kr, const char *passphrase, size_t n,
			struct bytes *sealed_out) MUST_USE;

void keyring_close(struct keyring *kr); /* clears; NULL is fine */

/* Seal a wallet's key. REASON_ADDRESS_MISMATCH: it is not the key of `addr`; ERR_INVALID: it is
 * no key at all. This is the one place where key and address are compared by computing. */
enum err keyring_seal_key(struct turn *t, const struct keyring *kr, const struct secret *key,
			  struct eth_addr addr, struct bytes *out) MUST_USE;

/* Open one for export. REASON_ADDRESS_MISMATCH: sealed for another address; ERR_BROKEN: the bytes
 * were changed, cut off, or sealed with another data key. *out is cleared on failure. */
enum err keyring_open_key(struct turn *t, const struct keyring *kr, struct bytes sealed,
			  struct eth_addr addr, struct secret *out) MUST_USE;

/* The fleet seed's entropy, 16..32 bytes. The caller wipes what it opens. */
enum err keyring_seal_entropy(struct turn *t, const struct keyring *kr, const uint8_t *entropy,
			      size_t n, struct bytes *out) MUST_USE;
enum err keyring_open_entropy(struct turn *t, const struct keyring *kr, struct bytes sealed,
			      uint8_t out[32], size_t *n_out) MUST_USE;

/* Any other short secret, of `owner` ("channels/ops"): 1 to KEYRING_TEXT_MAX bytes. It opens for
 * the same owner only.
 * Sealed text: 1 version (1), 24 nonce, box(1 kind (3), 32 Keccak-256 of the owner, text). */
enum { KEYRING_TEXT_MAX = 2048 };
enum err keyring_seal_text(struct turn *t, const struct keyring *kr, const char *owner,
			   const char *text, struct bytes *out) MUST_USE;
/* Into the turn's memory, with a NUL behind. ERR_BROKEN: as keyring_open_key. */
enum err keyring_open_text(struct turn *t, const struct keyring *kr, const char *owner,
			   struct bytes sealed, char **out) MUST_USE;

/* For the signer alone: a wallet's key in the keyring's locked buffer, from a borrow that
 * succeeded until the return. Errors as keyring_open_key. */
enum err keyring_borrow(struct turn *t, const struct keyring *kr, struct bytes sealed,
			struct eth_addr addr, const struct secret **key_out) MUST_USE;
void keyring_return(const struct keyring *kr);

#endif
