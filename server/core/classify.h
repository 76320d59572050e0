/* server/core/classify.h - what a node's refusal of a transaction means, and whose fault it is.
 * One table of wordings; reverts are matched before it, by their code. */
#ifndef SERVER_CORE_CLASSIFY_H
#define SERVER_CORE_CLASSIFY_H

#include <stdint.h>

enum said {
	SAID_UNCLEAR,     /* not in the table: treated as if it may be in the pool */
	SAID_KNOWN,       /* these bytes are in the pool already */
	SAID_NONCE_LOW,   /* the nonce is spent: by us or by somebody else, receipts tell */
	SAID_UNDERPRICED, /* another transaction holds the nonce */
	SAID_FUNDS,       /* the wallet cannot pay it */
	SAID_FEE_LOW,     /* below the base fee or the node's floor */
	SAID_POOL_FULL,
	SAID_LIMITED, /* too many requests */
	SAID_INVALID, /* no node will ever take it */
};

enum owner { OWNER_ENDPOINT, OWNER_FLEET, OWNER_WALLET, OWNER_CONTRACT };

struct verdict {
	enum said said;
	enum owner owner;
};

/* `message` is the node's text (case does not matter). Pure. */
struct verdict classify_send(int64_t code, const char *message);

const char *said_name(enum said s);
const char *owner_name(enum owner o); /* "endpoint" */

#endif
