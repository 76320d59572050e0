#include <assert.h>

#include "server/core/shared.h"
#include "server/core/wallet.h"
#include "server/eth/addr.h"
#include "store/audit.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/chain.h"
#include "store/events.h"
#include "store/operations.h"

/* A stake is looked at only while money is brought home, so its observation may be older: nothing
 * of the wallet moved since, or it would be in flight or seen. */
enum { TOKENS_READ = 16, STAKE_OLD_MS = 600000 };

static enum err stale(struct turn *t, const struct wallet *w)
{
	t->retry_ms = 1000;
	return fail_reason(t, REASON_STATE_STALE,
			   "'%s': what it holds was seen too long ago, or in a block that is not "
			   "final yet: repeat in a moment",
			   w->name);
}

static enum err check_account(struct turn *t, const struct wallet *w)
{
	const struct policy *pol = policy();
	struct chain c;

	TRY(chain_get(t, &c));
	if (w->account.seen_ms == 0 || t->now_ms - w->account.seen_ms > pol->account_old_ms ||
	    w->account.seen_block + (uint64_t)pol->confirmations > c.head + 1)
		return stale(t, w);
	if (!wei_is_zero(w->account.balance))
		return fail(t, ERR_REFUSED, "'%s' still holds %s wei: bring them home first",
			    w->name, wei_str(t, w->account.balance));
	return OK;
}

static enum err check_tokens(struct turn *t, const struct wallet *w)
{
	const struct policy *pol = policy();
	struct token_balance *b;
	size_t n, fresh = 0;

	TRY(token_balance_list(t, w->id, TOKENS_READ, &b, &n));
	for (size_t i = 0; i < n; i++) {
		if (!wei_is_zero(b[i].amount))
			return fail(t, ERR_REFUSED, "'%s' still holds %s: bring it home first",
				    w->name, token_str(t, b[i].token, b[i].amount));
		fresh += policy_token(pol, b[i].token) &&
			 t->now_ms - b[i].seen_ms <= pol->account_old_ms;
	}
	return fresh < pol->n_tokens ? stale(t, w) : OK;
}

static enum err check_stake(struct turn *t, const struct wallet *w)
{
	int64_t seen_ms;

	if (!policy()->has_ghost_core)
		return OK;
	if (w->has_stake && !wei_is_zero(w->stake))
		return fail(t, ERR_REFUSED, "'%s' still has %s at stake: bring it home first",
			    w->name, wei_str(t, w->stake));
	TRY(stake_seen(t, w->id, &seen_ms));
	if (t->now_ms - seen_ms > STAKE_OLD_MS)
		return fail_reason(
			t, REASON_STATE_STALE,
			"'%s': nobody looked for a stake lately: `ghostctl extract "
			"--wallets %s --dry-run` does, and running it brings home what is "
			"there",
			w->name, w->name);
	return OK;
}

static enum err check_kind(struct turn *t, const struct wallet *w, struct eth_addr addr)
{
	bool used;

	if (!addr_eq(addr, w->addr))
		return fail_reason(t, REASON_ADDRESS_MISMATCH, "address: '%s' is %s, not %s",
				   w->name, addr_str(t, w->addr), addr_str(t, addr));
	if (w->key_kind == KEY_WATCH_ONLY)
		return fail_reason(t, REASON_WATCH_ONLY, "no key is held for '%s'", w->name);
	if (w->key_kind == KEY_SEED)
		return fail(
			t, ERR_REFUSED,
			"the key of '%s' comes from the fleet's seed, which can derive it again: "
			"there is nothing to destroy; it stays retired",
			w->name);
	if (w->state != WALLET_RETIRED)
		return fail(t, ERR_REFUSED, "'%s' is not retired: `ghostctl wallets retire %s`",
			    w->name, w->name);
	if (w->in_flight > 0)
		return fail(t, ERR_REFUSED, "'%s' has %lld transactions in flight", w->name,
			    (long long)w->in_flight);
	TRY(step_uses_wallet(t, w->id, &used));
	return used ? fail(t, ERR_REFUSED, "'%s' has a step in a running operation", w->name) : OK;
}

enum err key_destroy(struct turn *t, const char *name, int64_t version, struct eth_addr addr,
		     const char *reason, struct wallet *out)
{
	assert(t->in_lane);
	TRY(wallet_get(t, name, out));
	if (version && version != out->version)
		return fail(t, ERR_STALE, "etag: '%s' changed since you read it: read it again",
			    name);
	TRY(check_kind(t, out, addr));
	TRY(check_account(t, out));
	TRY(check_tokens(t, out));
	TRY(check_stake(t, out));
	TRY(wallet_forget_key(t, out->id, out->version));
	TRY(wallet_get(t, name, out));
	const char *subject = turn_printf(t, "wallets/%s", name);

	TRY(event_add(t, TOPIC_WALLET, subject, "wallet.key-destroyed", reason));
	return audit_add(t, "wallet.key-destroyed", subject,
			 turn_printf(t, "%s held nothing in block %llu; %.500s", addr_str(t, addr),
				     (unsigned long long)out->account.seen_block, reason));
}
