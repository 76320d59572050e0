/* server/core/safe.h - changing where home is is slow: a new safe address counts after a delay,
 * unless the chain never had one. Whoever holds its keys may say so with a signature: shown with
 * the address, and no shorter way.
 *
 * An address of a key proves itself at once; a contract is asked by a job (EIP-1271), and one that
 * was declared a contract gets no money while the chain has no code there.
 */
#ifndef SERVER_CORE_SAFE_H
#define SERVER_CORE_SAFE_H

#include "store/safe_list.h"

struct safe_ask {
	struct eth_addr addr;
	const char *label;
	bool contract;
	struct bytes proof; /* a signature of either form; n 0: none */
};

/* In the lane. ERR_EXISTS: it is on the list. ERR_INVALID: the zero address, one of our own
 * wallets, or a proof that is no signature; ADDRESS_MISMATCH: somebody else's. */
enum err safe_add(struct turn *t, const struct safe_ask *ask, struct safe_address *out) MUST_USE;
/* In the lane. The same for an address that is on the list; ERR_MISSING: it is not. */
enum err safe_prove(struct turn *t, struct eth_addr a, struct bytes proof,
		    struct safe_address *out) MUST_USE;
/* In the lane, at once. ERR_MISSING: not on the list. */
enum err safe_remove(struct turn *t, struct eth_addr a, struct safe_address *out) MUST_USE;

/* In the lane. Of the configuration: seeds an empty list (ACTIVE); later entries are proposals
 * (PENDING). */
enum err safe_propose(struct turn *t, const struct eth_addr *list, size_t n) MUST_USE;

/* What the owner signs: as text (EIP-191), or the same as typed data in JSON (EIP-712), which
 * some wallets show better. Either names the fleet, the chain and the address, and never changes.
 * Reading only. ERR_MISSING: the fleet has no id yet. */
enum err safe_proof_text(struct turn *t, struct eth_addr a, const char **out) MUST_USE;
enum err safe_proof_typed(struct turn *t, struct eth_addr a, const char **out) MUST_USE;

/* The hashes of both; a signature of either is a proof. */
enum { SAFE_PROOF_FORMS = 2 };
enum err safe_proof_hashes(struct turn *t, struct eth_addr a,
			   struct eth_hash out[SAFE_PROOF_FORMS]) MUST_USE;

/* Money may go there now. */
bool safe_takes(const struct safe_address *s);

/* What the chain said of an address that safe_unseen listed. */
struct safe_heard {
	struct safe_address asked;
	enum safe_code code; /* UNKNOWN: nobody told */
	bool answered;       /* the contract was asked about the proof, and... */
	bool yes;            /* said so */
	const char *said;    /* else why; a line for a person */
};

/* In the lane. What was changed meanwhile (another proof, removed) is left alone. */
enum err safe_hear(struct turn *t, const struct safe_heard *h) MUST_USE;

#endif
