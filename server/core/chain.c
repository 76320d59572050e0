#include "server/core/chain.h"

#include <assert.h>

#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/meta.h"

/* meta: the 32 bytes of the genesis hash of the fleet's chain. */
static const char GENESIS_KEY[] = "chain.genesis";

static enum err check_genesis(struct turn *t, const struct chain *c)
{
	struct bytes kept;
	struct eth_hash ours;
	enum err e = meta_get(t, GENESIS_KEY, &kept);

	if (e == ERR_MISSING)
		return meta_set(t, GENESIS_KEY, c->genesis.b, sizeof(c->genesis.b));
	if (e != OK)
		return e;
	assert(kept.n == sizeof(ours.b));
	__builtin_memcpy(ours.b, kept.p, sizeof(ours.b));
	if (hash_eq(ours, c->genesis))
		return OK;
	return fail_reason(t, REASON_CHAIN_MISMATCH,
			   "chain %llu began with %s and this endpoint serves one that began with "
			   "%s",
			   (unsigned long long)c->chain_id, hash_str(t, ours),
			   hash_str(t, c->genesis));
}

enum err chain_heard(struct turn *t, const struct chain *c)
{
	struct chain now, next = *c;

	assert(t->in_lane);
	if (c->chain_id != policy()->chain_id)
		return fail_reason(t, REASON_CHAIN_MISMATCH,
				   "the endpoint serves chain %llu, not "
				   "%llu",
				   (unsigned long long)c->chain_id,
				   (unsigned long long)policy()->chain_id);
	TRY(check_genesis(t, c));
	TRY(chain_get(t, &now));
	if (now.head > next.head) {
		next.head = now.head;
		next.head_ms = now.head_ms;
	}
	return chain_set(t, &next);
}
