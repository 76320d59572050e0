#include "server/core/nonces.h"

#include <assert.h>
#include <string.h>

#include "server/core/journal.h"
#include "server/core/shared.h"
#include "store/audit.h"
#include "store/base/units.h"
#include "store/events.h"

enum { UNSENT_MS = 120000, AUDIT_MOST = 100 };

static void problem(struct nonces *n, const char *text)
{
	if (n->n_problems < NONCES_PROBLEMS)
		n->problems[n->n_problems++] = text;
}

static void judge_one(struct turn *t, struct nonces *n, const struct intent *i)
{
	unsigned long long nonce = i->nonce, chain = n->wallet.account.nonce;

	if (i->state == TX_REVIEW)
		problem(n, turn_printf(t,
				       "nonce %llu: transaction %lld needs review: "
				       "`ghostctl tx explain %lld`",
				       nonce, (long long)i->id, (long long)i->id));
	else if (i->state == TX_FEE_WAIT)
		problem(n, turn_printf(t, "nonce %llu: transaction %lld waits for lower fees",
				       nonce, (long long)i->id));
	else if (i->nonce < chain && i->state != TX_MINED)
		problem(n, turn_printf(t,
				       "nonce %llu is spent and no receipt of transaction %lld "
				       "is known",
				       nonce, (long long)i->id));
}

/* Every nonce from the chain's up to the last live one has a transaction of ours. */
static void judge_gaps(struct turn *t, struct nonces *n)
{
	uint64_t want = n->wallet.account.nonce;

	for (size_t k = 0; k < n->n_live; k++) {
		if (n->live[k].nonce < want)
			continue;
		if (n->live[k].nonce > want) {
			problem(n, turn_printf(t,
					       "nonce %llu is free and %llu is taken: what is "
					       "behind the gap waits",
					       (unsigned long long)want,
					       (unsigned long long)n->live[k].nonce));
			return;
		}
		want++;
	}
}

enum err nonces_look(struct turn *t, const char *wallet, struct nonces *out)
{
	*out = (struct nonces){ 0 };
	TRY(wallet_get(t, wallet, &out->wallet));
	out->known = out->wallet.account.seen_ms > 0;
	TRY(intent_live(t, out->wallet.id, NONCES_LIVE, &out->live, &out->n_live));
	if (!out->known) {
		problem(out, "no endpoint has told its nonce yet");
		return OK;
	}
	TRY(intent_next_nonce(t, out->wallet.id, policy()->chain_id, &out->next));
	if (t->now_ms - out->wallet.account.seen_ms > policy()->account_old_ms)
		problem(out, turn_printf(t, "its nonce was heard %s ago",
					 duration_str(t, t->now_ms - out->wallet.account.seen_ms)));
	for (size_t k = 0; k < out->n_live; k++)
		judge_one(t, out, &out->live[k]);
	judge_gaps(t, out);
	if (out->wallet.claim.looks > 0)
		problem(out, turn_printf(t, "nonce %llu was told and is not expected: asking again",
					 (unsigned long long)out->wallet.claim.nonce));
	return OK;
}

enum err nonces_resync(struct turn *t, const char *wallet, const char *reason, struct nonces *out)
{
	assert(t->in_lane);
	TRY(nonces_look(t, wallet, out));
	if (out->wallet.key_kind == KEY_WATCH_ONLY)
		return fail_reason(t, REASON_WATCH_ONLY, "no key is held for '%s'",
				   out->wallet.name);
	TRY(account_changed(t, out->wallet.id, out->wallet.addr,
			    out->wallet.account.seen_block + 1));
	for (size_t k = 0; k < out->n_live; k++)
		TRY(attempt_soon(t, out->live[k].id));
	const char *name = turn_printf(t, "wallets/%s", out->wallet.name);

	TRY(event_add(t, TOPIC_WALLET, name, "wallet.nonces_resynced", reason));
	return audit_add(t, "wallet.nonces_resynced", name, reason);
}

enum err nonces_audit(struct turn *t)
{
	struct attempt *a;
	size_t n;

	assert(t->in_lane);
	TRY(attempt_unsent(t, t->now_ms - UNSENT_MS, AUDIT_MOST, &a, &n));
	for (size_t k = 0; k < n; k++) {
		struct intent i;

		TRY(intent_get(t, a[k].intent, &i));
		const char *text =
			turn_printf(t,
				    "signed with nonce %llu of %s and not sent for "
				    "minutes: see `ghostctl tx explain %lld`",
				    (unsigned long long)i.nonce, i.wallet_name, (long long)i.id);

		if (tx_is_final(i.state) || strcmp(i.text, text) == 0)
			continue;
		TRY(intent_move(t, &i, i.state, text));
		TRY(event_add(t, TOPIC_TX, turn_printf(t, "transactions/%lld", (long long)i.id),
			      "transaction.not_sent", text));
	}
	return OK;
}
