#include "server/core/account.h"

#include <assert.h>

#include "server/core/breaker.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/base/log.h"
#include "store/events.h"
#include "store/intents.h"

enum err account_foreign(struct turn *t, const struct wallet *w, const char *why)
{
	assert(t->in_lane);
	log_line(t, LOG_ERROR, "suspicious: a transaction that is not ours", "wallet", w->name,
		 "address", addr_str(t, w->addr), "why", why, NULL);
	TRY(event_add(t, TOPIC_WALLET, turn_printf(t, "wallets/%s", w->name),
		      "wallet.key_used_elsewhere", why));
	return breaker_trip(t, w->id, why);
}

enum err account_heard(struct turn *t, int64_t wallet, const struct account *a)
{
	struct wallet w;
	uint64_t expected;

	assert(t->in_lane);
	TRY(wallet_by_id(t, wallet, &w));
	/* A wallet that nobody asked about before may have done anything. */
	bool known = w.key_kind != KEY_WATCH_ONLY && w.account.seen_ms > 0;

	if (known)
		TRY(intent_next_nonce(t, wallet, policy()->chain_id, &expected));
	TRY(account_set(t, wallet, a));
	if (!known || a->nonce <= expected)
		return OK;
	return account_foreign(t, &w,
			       turn_printf(t,
					   "the chain has nonce %llu and the journal ends before "
					   "%llu: is the key used elsewhere, or is the store an "
					   "old one?",
					   (unsigned long long)a->nonce,
					   (unsigned long long)expected));
}
