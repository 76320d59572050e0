/* server/eth/key.h - private keys: are they one, whose are they. Nothing here prints a key.
 * A `struct secret` on the stack is declared SECRET. */
#ifndef SERVER_ETH_KEY_H
#define SERVER_ETH_KEY_H

#include <stdbool.h>

#include "store/base/types.h"

struct turn;

/* In [1, n-1] of secp256k1. */
bool key_valid(const struct secret *key);

/* The address of a valid key. The program stops for an invalid one: check first. */
void key_address(const struct secret *key, struct eth_addr *out);

/* 64 hex digits, "0x" optional, in range. On false *why_out is a static line that does not
 * repeat the text, and *out is cleared. */
bool key_parse(const char *text, struct secret *out, const char **why_out);

/* From the turn's chance, in range. */
void key_random(struct turn *t, struct secret *out);

#endif
