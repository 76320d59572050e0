/* server/core/nonces.h - what the journal and the chain say of one wallet's nonces. */
#ifndef SERVER_CORE_NONCES_H
#define SERVER_CORE_NONCES_H

#include "store/intents.h"
#include "store/wallets.h"

enum { NONCES_LIVE = 1000, NONCES_PROBLEMS = 16 };

struct nonces {
	struct wallet wallet;
	bool known; /* the chain was asked */
	uint64_t next;
	struct intent *live; /* by nonce */
	size_t n_live;
	const char *problems[NONCES_PROBLEMS];
	size_t n_problems;
};

/* Reading only. */
enum err nonces_look(struct turn *t, const char *wallet, struct nonces *out) MUST_USE;

/* In the lane: the chain is asked again and what is stored goes out again; signs nothing. */
enum err nonces_resync(struct turn *t, const char *wallet, const char *reason,
		       struct nonces *out) MUST_USE;

/* In the lane: what is signed for minutes and was never handed to the network, though no pause
 * holds it, is said, once each. There is no counter that could run ahead of the chain: these rows
 * would be all that does. */
enum err nonces_audit(struct turn *t) MUST_USE;

#endif
