/* server/core/wallet.h - how wallets come into the fleet and leave it.
 *
 * Making keys takes time (PBKDF2, a curve point each), so it is done before the lane: prepare,
 * then add. If somebody added wallets in between, adding says ERR_STALE and the caller prepares
 * again.
 */
#ifndef SERVER_CORE_WALLET_H
#define SERVER_CORE_WALLET_H

#include "store/wallets.h"

enum { WALLETS_A_CALL = 1000 };

struct generate_ask {
	int64_t count;      /* 1 to WALLETS_A_CALL */
	const char *prefix; /* "wallet" */
	const char *profile;
	bool enabled;
};

/* Outside the lane. *out: count wallets with names, indices, addresses and sealed keys.
 * ERR_INVALID, KEYS_LOCKED. */
enum err wallet_prepare_generated(struct turn *t, const struct generate_ask *ask,
				  struct wallet **out) MUST_USE;

struct import_ask {
	const char *name;   /* "": the next free one */
	const char *source; /* what an error calls it: "keys/a.json"; NULL: its row */
	bool has_addr;
	struct eth_addr addr;
	const struct secret *key; /* NULL: WATCH_ONLY */
	const char *profile;
	bool enabled;
	enum wallet_role role;
};

/* Outside the lane. Those without a name become PREFIX-NNN. ADDRESS_MISMATCH, ERR_INVALID (no key
 * and no address, a bad key, an address twice), ERR_REFUSED (enabled with a profile that the
 * configuration has not), KEYS_LOCKED. The message names the row. */
enum err wallet_prepare_imported(struct turn *t, const struct import_ask *asks, size_t n,
				 const char *prefix, struct wallet **out) MUST_USE;

/* In the lane: all or none. ERR_EXISTS: a name or address is taken; ERR_STALE: prepare again. */
enum err wallet_add_prepared(struct turn *t, struct wallet *w, size_t n, const char *how) MUST_USE;

/* In the lane. Keeps the key sealed and watches on. ERR_REFUSED: it has live transactions, or it
 * is the funder. */
enum err wallet_retire(struct turn *t, const char *name, int64_t version, const char *reason,
		       struct wallet *out) MUST_USE;

/* In the lane: profile and enabled; version 0: whatever it is. ERR_REFUSED: enabled with a profile
 * that the configuration has not. */
enum err wallet_change(struct turn *t, const char *name, int64_t version, const char *profile,
		       const bool *enabled, struct wallet *out) MUST_USE;

/* In the lane: overwrites the sealed key of a retired wallet; it is then only watched. There is no
 * way back, so all of this must hold: the key was imported (one of the seed can always be derived
 * again: ERR_REFUSED), `addr` is the wallet's (ADDRESS_MISMATCH), nothing is in flight, and
 * balance, tokens and stake were seen to be zero, not long ago, in a block that is final
 * (STATE_STALE, ERR_REFUSED). */
enum err key_destroy(struct turn *t, const char *name, int64_t version, struct eth_addr addr,
		     const char *reason, struct wallet *out) MUST_USE;

/* [a-z0-9-]{1,40}, beginning with a letter. */
bool wallet_name_ok(const char *name);

#endif
