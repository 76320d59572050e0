/* server/eth/addr.h - addresses and hashes as text. EIP-55. */
#ifndef SERVER_ETH_ADDR_H
#define SERVER_ETH_ADDR_H

#include <stdbool.h>

#include "store/base/types.h"

struct turn;

/* "0x" and 40 hex digits. All lower or all upper case carries no checksum and is accepted; mixed
 * case must satisfy EIP-55, as then one digit is a typing mistake. On false *why_out is a static
 * line that says what is wrong. */
bool addr_parse(const char *text, struct eth_addr *out, const char **why_out);

/* With the EIP-55 checksum. */
enum { ADDR_TEXT = 43 };
void addr_text(const struct eth_addr *a, char out[ADDR_TEXT]);
const char *addr_str(struct turn *t, struct eth_addr a);

/* "0x" and 64 hex digits, both cases; written in lower case. */
bool hash_parse(const char *text, struct eth_hash *out);
const char *hash_str(struct turn *t, struct eth_hash h);

#endif
