/* server/dev/stub_answer.h - what the stub chain says to one JSON-RPC body; no sockets here. */
#ifndef SERVER_DEV_STUB_ANSWER_H
#define SERVER_DEV_STUB_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "store/base/types.h"

struct stub_facts {
	uint64_t chain_id;
	struct eth_addr rich;
	int64_t genesis_s; /* the time of block 0, since 1970 */
	int64_t now_s;
};

/* JSON text for free(), NULL when there is nothing to say. `body`: one call or a batch. */
char *stub_answer(const struct stub_facts *f, const char *body, size_t n);

#endif
