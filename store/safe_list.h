/* store/safe_list.h - the addresses that are home, per chain. Table: safe_addresses.
 * Money is brought home to ACTIVE ones only. Rows are never removed. */
#ifndef STORE_SAFE_LIST_H
#define STORE_SAFE_LIST_H

#include "store/base/turn.h"

enum safe_state { SAFE_PENDING = 1, SAFE_ACTIVE = 2, SAFE_REMOVED = 3 };

/* What stands at the address, as the chain told. */
enum safe_code {
	SAFE_CODE_UNKNOWN = 0, /* nobody told yet */
	SAFE_CODE_NONE = 1,    /* nothing: the address of a key, or of no one */
	SAFE_CODE_CONTRACT = 2,
	SAFE_CODE_DELEGATED = 3, /* EIP-7702: a key with code */
};

/* Does the owner stand behind it? */
enum safe_proof {
	SAFE_PROOF_NONE = 1,     /* nobody was asked */
	SAFE_PROOF_CHECKING = 2, /* the contract has not answered yet (EIP-1271) */
	SAFE_PROOF_PROVEN = 3,
	SAFE_PROOF_REFUSED = 4, /* the contract says no */
};

enum { SAFE_SIGNATURE_MAX = 4096 };

struct safe_address {
	int64_t id;
	uint64_t chain_id;
	struct eth_addr addr;
	const char *label;
	enum safe_state state; /* PENDING turns ACTIVE at active_ms */
	int64_t created_ms, active_ms;
	const char *actor;
	bool contract; /* declared to be one: only good while the chain has its code */
	enum safe_code code;
	int64_t seen_ms;    /* when the chain told of code and proof last; 0: never */
	struct bytes proof; /* the signature, at most SAFE_SIGNATURE_MAX; n 0: none */
	enum safe_proof proof_state;
	int64_t proof_ms;       /* since when it is that */
	const char *proof_text; /* why, for a person; never NULL */
};

/* By id; PENDING whose time has come are shown ACTIVE. At most `limit`. */
enum err safe_list(struct turn *t, uint64_t chain_id, size_t limit, struct safe_address **out,
		   size_t *n_out) MUST_USE;
/* ERR_MISSING (without a word): not on the list of the chain. */
enum err safe_get(struct turn *t, uint64_t chain_id, struct eth_addr a,
		  struct safe_address *out) MUST_USE;
/* Not removed, and the chain was asked about it before `before_ms` (the longest ago first); with a
 * proof to check or a contract without code: before `soon_ms`. */
enum err safe_unseen(struct turn *t, uint64_t chain_id, int64_t before_ms, int64_t soon_ms,
		     size_t limit, struct safe_address **out, size_t *n_out) MUST_USE;
/* In the lane: adds, or brings a removed one back. */
enum err safe_put(struct turn *t, const struct safe_address *s) MUST_USE;

#endif
