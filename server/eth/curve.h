/* server/eth/curve.h - secp256k1, for this room only: key, hd, signer and tx.
 *
 * One context for the process, made and randomised at first use; after that it is only read, so
 * any thread may use it.
 */
#ifndef SERVER_ETH_CURVE_H
#define SERVER_ETH_CURVE_H

#include <stdbool.h>

#include "server/eth/tx.h"

bool curve_key_valid(const struct secret *key);

/* The public key of a valid key (asserted): 33 bytes compressed, or x and y. */
void curve_public33(const struct secret *key, uint8_t out[33]);
void curve_public64(const struct secret *key, uint8_t out[64]);

/* key + tweak mod n; false: the result is no key (BIP-32). */
bool curve_key_add(struct secret *key, const uint8_t tweak[32]);

/* RFC 6979 with SHA-256, low-s; a valid key (asserted). */
void curve_sign(const struct eth_hash *h, const struct secret *key, struct eth_signature *out);

/* Whose signature is it? False: nobody's. s above n/2 is refused (EIP-2). */
bool curve_recover(const struct eth_hash *h, const struct eth_signature *sig, struct eth_addr *out);

/* The last 20 bytes of keccak256(x, y). */
void curve_address(const uint8_t public64[64], struct eth_addr *out);

#endif
