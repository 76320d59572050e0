/* server/core/classify.h - what a node's refusal of a transaction means, and whose fault it is.
 * One table of wordings, node_answers.def; reverts are told before it is asked. */
#ifndef SERVER_CORE_CLASSIFY_H
#define SERVER_CORE_CLASSIFY_H

#include <stddef.h>
#include <stdint.h>

#include "store/base/turn.h"

enum said {
	SAID_UNCLEAR,     /* not in the table: treated as if it may be in the pool */
	SAID_KNOWN,       /* these bytes are in the pool already */
	SAID_NONCE_LOW,   /* the nonce is spent: by us or by somebody else, receipts tell */
	SAID_NONCE_HIGH,  /* the node wants those before it first */
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

struct node_answer {
	const char *words; /* in small letters; contained in the message */
	enum said said;
	enum owner owner;
	const char *who; /* says it */
};

const struct node_answer *node_answers(size_t *n_out);

/* An operator's own words are asked before the table, and after what tells a revert. Borrowed for
 * as long as turns run; set once, before the first. */
void classify_more(const struct node_answer *answers, size_t n);

/* "nonce-low: words of a node": a meaning by its name, and words of ANSWER_WORDS_LEAST characters
 * at least. Into the turn's memory. False: it is none. */
enum { ANSWER_WORDS_LEAST = 6 };
bool node_answer_read(struct turn *t, const char *text, struct node_answer *out);

/* `message` is the node's text (case does not matter). Pure. */
struct verdict classify_send(int64_t code, const char *message);

const char *said_name(enum said s);
const char *owner_name(enum owner o); /* "endpoint" */

#endif
