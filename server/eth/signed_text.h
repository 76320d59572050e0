/* server/eth/signed_text.h - text that a person signed: EIP-191 (version 0x45, "personal_sign"),
 * and how a contract says that it stands behind a signature (EIP-1271).
 *
 * Nothing here signs: the wallets of the fleet sign transactions only. A signature is r, s and v,
 * 65 bytes, v being 27, 28, 0 or 1; or the 64 bytes of EIP-2098. s is in the lower half.
 */
#ifndef SERVER_ETH_SIGNED_TEXT_H
#define SERVER_ETH_SIGNED_TEXT_H

#include <stdbool.h>

#include "store/base/types.h"

struct turn;

/* keccak256("\x19Ethereum Signed Message:\n" + length in decimal + text) */
void signed_text_hash(const void *p, size_t n, struct eth_hash *out);

/* Who signed the hash. False: `signature` has neither form, or is nobody's. */
bool signed_hash_owner(const struct eth_hash *h, struct bytes signature, struct eth_addr *out);

/* EIP-1271. The data of a call of isValidSignature(bytes32,bytes), and whether what the contract
 * returned is a yes: the word 0x1626ba7e, filled up with zeros, and nothing else. */
struct bytes signed_hash_ask(struct turn *t, const struct eth_hash *h, struct bytes signature);
bool signed_hash_is_yes(struct bytes answer);

#endif
