/* server/eth/rlp.h - Recursive Length Prefix (Ethereum yellow paper, appendix B).
 *
 * Writing: open and close lists around items; the builder puts the lengths in.
 * Reading: strict. One value has one encoding; anything else is refused. Nothing recurses, so
 * depth is the caller's; nothing is copied, items point into what is read.
 */
#ifndef SERVER_ETH_RLP_H
#define SERVER_ETH_RLP_H

#include <stdbool.h>

#include "store/base/buf.h"
#include "store/base/types.h"

enum { RLP_DEPTH = 16 };

struct rlp {
	struct buf out;
	size_t open[RLP_DEPTH]; /* where the payload of each open list begins */
	unsigned depth;
};

struct rlp rlp_in(struct arena *mem, size_t max);
void rlp_bytes(struct rlp *r, const void *p, size_t n);
void rlp_u64(struct rlp *r, uint64_t v);     /* minimal big-endian; zero is the empty string */
void rlp_wei(struct rlp *r, struct wei v);   /* the same */
void rlp_raw(struct rlp *r, struct bytes b); /* already encoded items */
void rlp_list_open(struct rlp *r);
void rlp_list_close(struct rlp *r);
/* False: more than the maximum; the builder's bytes are then cut off and useless. */
bool rlp_done(const struct rlp *r, struct bytes *out);

struct rlp_item {
	bool list;
	struct bytes body; /* of a list: its encoded items */
};

/* The next item of *rest, which moves past it. False: at the end, or not RLP (*rest then stays;
 * an empty rest tells the two apart). */
bool rlp_next(struct bytes *rest, struct rlp_item *out);

/* `all` is exactly one item. */
bool rlp_only(struct bytes all, struct rlp_item *out);

/* The next item must be of this kind. False: it is not, or it is not there. */
bool rlp_next_string(struct bytes *rest, struct bytes *out);
bool rlp_next_list(struct bytes *rest, struct bytes *out);
bool rlp_next_u64(struct bytes *rest, uint64_t *out);   /* no leading zero byte, at most 8 */
bool rlp_next_wei(struct bytes *rest, struct wei *out); /* no leading zero byte, at most 32 */

#endif
