/* server/eth/nfkd.h - Unicode's normal forms, for passphrases: the same letters typed on another
 * keyboard must open the same keys. For this room only. UAX #15 by libunistring. */
#ifndef SERVER_ETH_NFKD_H
#define SERVER_ETH_NFKD_H

#include "store/base/err.h"

struct turn;

/* BIP-39's form. *out is in the turn's memory. ERR_INVALID: not UTF-8. */
enum err text_nfkd(struct turn *t, const char *text, const char **out) MUST_USE;

/* The form in which ethers hashes a key file's passphrase; geth takes the bytes as they are. */
enum err text_nfkc(struct turn *t, const char *text, const char **out) MUST_USE;

#endif
