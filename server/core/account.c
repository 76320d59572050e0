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

/* Looks at rising heads that an unexpected nonce takes, and one further ahead than NEAR. */
enum { LOOKS = NONCE_LOOKS, LOOKS_FAR = LOOKS + 1, NEAR = 16 };

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

/* Far more than the journal knows is told by a node that is broken more often than by a thief. */
static int64_t looks_needed(uint64_t nonce, uint64_t expected)
{
	return nonce > expected && nonce - expected > NEAR ? LOOKS_FAR : LOOKS;
}

/* One more look that tells what is not expected. *looks_out: at so many rising heads now. What all
 * of them bear out is kept: the least above what is expected, the most below what was told. */
static enum err claim_told(struct turn *t, const struct wallet *w, const struct account *a,
			   uint64_t expected, struct nonce_claim *out)
{
	struct nonce_claim c = w->claim;
	bool above = a->nonce > expected;

	/* Further back than what is sure is told twice again. */
	bool anew = c.looks == 0 || (c.nonce > expected) != above ||
		    (!above && c.looks >= LOOKS && a->nonce < c.nonce);

	if (anew)
		c = (struct nonce_claim){ .nonce = a->nonce, .block = a->seen_block, .looks = 1 };
	else if (a->seen_block > c.block)
		c = (struct nonce_claim){
			.nonce = (a->nonce < c.nonce) == above ? a->nonce : c.nonce,
			.block = a->seen_block,
			.looks = c.looks < LOOKS_FAR ? c.looks + 1 : c.looks,
		};
	*out = c;
	return account_claim(t, w->id, &c, c.looks < looks_needed(c.nonce, expected));
}

/* A later look tells what is expected: what was claimed was not so. */
static enum err claim_drop(struct turn *t, const struct wallet *w, uint64_t expected)
{
	struct nonce_claim none = { 0 };

	TRY(account_claim(t, w->id, &none, false));
	if (w->claim.looks >= looks_needed(w->claim.nonce, expected))
		return OK; /* it was so, and the chain has caught up */
	const char *text =
		turn_printf(t, "nonce %llu was told at block %llu and not after it",
			    (unsigned long long)w->claim.nonce, (unsigned long long)w->claim.block);

	log_line(t, LOG_WARN, "an endpoint told a wrong nonce", "wallet", w->name, "what", text,
		 NULL);
	return event_add(t, TOPIC_WALLET, turn_printf(t, "wallets/%s", w->name),
			 "wallet.claim_dropped", text);
}

/* The chain has more than the journal. Until it is sure, nothing of the look is kept: the balance
 * of one who lies is worth no more, and how long nobody looked is still to be seen. */
static enum err heard_above(struct turn *t, const struct wallet *w, const struct account *a,
			    uint64_t expected)
{
	struct nonce_claim c, none = { 0 };
	struct account sure = *a;

	TRY(claim_told(t, w, a, expected, &c));
	if (c.looks < looks_needed(c.nonce, expected))
		return OK;
	sure.nonce = c.nonce;
	TRY(account_claim(t, w->id, &none, false));
	TRY(account_set(t, w->id, &sure));
	const char *why =
		turn_printf(t,
			    "the chain has nonce %llu of '%s' and the journal ends before "
			    "%llu: is the key used elsewhere, or is the store an old one?",
			    (unsigned long long)c.nonce, w->name, (unsigned long long)expected);

	/* While nobody looked it may have been us, in a time that this store does not know. */
	if (t->now_ms - w->account.seen_ms > QUARANTINE_GAP_MS)
		TRY(quarantine_enter(t, why));
	return account_foreign(t, w, why);
}

enum err account_heard(struct turn *t, int64_t wallet, const struct account *a)
{
	struct wallet w;
	struct nonce_claim c;
	uint64_t expected;

	assert(t->in_lane);
	TRY(wallet_by_id(t, wallet, &w));
	/* A wallet that nobody asked about before may have done anything. */
	if (w.key_kind == KEY_WATCH_ONLY || w.account.seen_ms == 0)
		return account_set(t, wallet, a);
	TRY(intent_next_nonce(t, wallet, policy()->chain_id, &expected));
	if (a->nonce > expected)
		return heard_above(t, &w, a, expected);
	TRY(account_set(t, wallet, a));
	if (a->nonce < w.account.nonce && a->seen_block > w.account.seen_block) {
		if (w.claim.looks > 0 && w.claim.nonce > expected)
			TRY(claim_drop(t, &w, expected));
		TRY(claim_told(t, &w, a, expected, &c));
		return c.looks < LOOKS ? OK : went_back(t, &w, c.nonce);
	}
	if (w.claim.looks > 0 && a->nonce >= w.account.nonce && a->seen_block >= w.claim.block)
		return claim_drop(t, &w, expected);
	return OK;
}
