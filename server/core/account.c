#include "server/core/account.h"

#include <assert.h>

#include "server/core/breaker.h"
#include "server/core/incident.h"
#include "server/core/journal.h"
#include "server/core/quarantine.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/base/log.h"
#include "store/events.h"

/* So many of a wallet's are undone at once; the others when their receipts are asked again. */
enum { AGAIN_MOST = 256 };

/* One for all wallets: whoever has the seed has them all, and one page says it. */
static enum err compromised(struct turn *t, const struct wallet *w, const char *why)
{
	struct trigger g = { .key = INCIDENT_KEY_USED,
			     .rule = INCIDENT_KEY_USED,
			     .subject = "fleet",
			     .title = turn_printf(t, "somebody else sends with the key of '%s'",
						  w->name),
			     .text = turn_printf(t,
						 "%s. Bring money home first: ghostctl evacuate. "
						 "Restart nothing without the all-clear.",
						 why),
			     .severity = INCIDENT_CRITICAL,
			     .page = true,
			     .never_suppress = true,
			     .kind = KIND_COMPROMISE };
	struct incident i;
	bool opened;

	return incident_trigger(t, &g, &i, &opened);
}

enum err account_foreign(struct turn *t, const struct wallet *w, const char *why)
{
	assert(t->in_lane);
	log_line(t, LOG_ERROR, "suspicious: a transaction that is not ours", "wallet", w->name,
		 "address", addr_str(t, w->addr), "why", why, NULL);
	TRY(event_add(t, TOPIC_WALLET, turn_printf(t, "wallets/%s", w->name),
		      "wallet.key_used_elsewhere", why));
	TRY(foreign_use_note(t, w->id));
	TRY(compromised(t, w, why));
	return breaker_trip(t, w->id, why);
}

/* The chain has less of this wallet than it had: blocks are gone that were thought final. */
static enum err went_back(struct turn *t, const struct wallet *w, uint64_t nonce)
{
	struct intent *i;
	size_t n;

	TRY(intent_final_from(t, w->id, policy()->chain_id, nonce, w->account.nonce, AGAIN_MOST, &i,
			      &n));
	for (size_t k = 0; k < n; k++)
		TRY(journal_undo(t, &i[k], "its block is gone"));
	if (n == 0)
		return OK; /* a stranger's, or undone already */
	return event_add(
		t, TOPIC_WALLET, turn_printf(t, "wallets/%s", w->name), "wallet.chain_went_back",
		turn_printf(t, "nonce %llu after %llu: what was final is sent again",
			    (unsigned long long)nonce, (unsigned long long)w->account.nonce));
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
	if (known && a->nonce < w.account.nonce && a->seen_block > w.account.seen_block)
		return went_back(t, &w, a->nonce);
	if (!known || a->nonce <= expected)
		return OK;
	const char *why =
		turn_printf(t,
			    "the chain has nonce %llu of '%s' and the journal ends before "
			    "%llu: is the key used elsewhere, or is the store an old one?",
			    (unsigned long long)a->nonce, w.name, (unsigned long long)expected);

	/* While nobody looked it may have been us, in a time that this store does not know. */
	if (t->now_ms - w.account.seen_ms > QUARANTINE_GAP_MS)
		TRY(quarantine_enter(t, why));
	return account_foreign(t, &w, why);
}
