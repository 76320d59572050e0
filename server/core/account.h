/* server/core/account.h - what the chain says a wallet holds, and whether all of it is our doing.
 */
#ifndef SERVER_CORE_ACCOUNT_H
#define SERVER_CORE_ACCOUNT_H

#include "store/wallets.h"

/* What one look tells and nobody expects is a claim, until a later head tells it again. */
enum { NONCE_LOOKS = 2 };

/* In the lane: keeps what was heard. A nonce above all that we know of was spent by somebody else
 * with our key, or by us in a time that this store does not remember: account_foreign(), and
 * quarantine where nobody looked for a while. One below what was told: what was final is gone.
 * Either is a claim first, wallet.claim; while one above stands, nothing new is signed
 * (purse_open). It is dropped when a later look does not bear it out. */
enum err account_heard(struct turn *t, int64_t wallet, const struct account *a) MUST_USE;

/* In the lane: the key of the wallet is used elsewhere. Its breaker opens; said aloud. */
enum err account_foreign(struct turn *t, const struct wallet *w, const char *why) MUST_USE;

#endif
