/* What was sent and is not mined, and what a person wants replaced or cancelled: the wallet's
 * nonce and balance are asked, and core decides. */
#include "server/core/journal.h"
#include "server/core/quarantine.h"
#include "server/jobs/jobs.h"
#include "store/store.h"

enum { AT_ONCE = 200, WRITE = 32 };

struct rivals {
	struct rival *r;
	size_t n;
};

static enum err replace(struct turn *t, void *arg)
{
	const struct rivals *all = arg;

	for (size_t i = 0; i < all->n; i++)
		TRY(journal_replace(t, &all->r[i]));
	return OK;
}

static enum err set_aside(struct turn *t, void *arg)
{
	(void)arg;
	return quarantine_set_aside(t);
}

/* A cancel, and what fills a gap, is a transfer of nothing from the wallet to itself. */
static enum err ask_self_gas(struct turn *t, struct el *el, const struct eth_addr *addrs,
			     const struct intent *i, struct rival *r, size_t n)
{
	struct el_call *calls = turn_array(t, n + 1, sizeof(*calls));
	struct el_call_result *said = turn_array(t, n + 1, sizeof(*said));
	size_t *of = turn_array(t, n + 1, sizeof(*of)), m = 0;

	for (size_t k = 0; k < n; k++)
		if (i[k].wish == WISH_CANCEL || (r[k].known && r[k].nonce < i[k].nonce)) {
			calls[m] = (struct el_call){ .from = addrs[k], .to = addrs[k] };
			of[m++] = k;
		}
	if (m == 0)
		return OK;
	TRY(el_estimates(t, el, calls, m, said));
	for (size_t k = 0; k < m; k++)
		if (said[k].outcome == EL_CALL_OK)
			r[of[k]].self_gas = said[k].gas;
	return OK;
}

static bool any_sweep(const struct intent *i, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (i[k].purpose == PURPOSE_SWEEP)
			return true;
	return false;
}

static enum err ask(struct turn *t, struct el *el, struct l1_oracle *oracle, const struct intent *i,
		    struct rival *r, size_t n)
{
	struct eth_addr *addrs = turn_array(t, n, sizeof(*addrs));
	struct el_account *a = turn_array(t, n, sizeof(*a));
	struct wei l1_fee = { 0 };
	struct wallet w;

	for (size_t k = 0; k < n; k++) {
		TRY(wallet_by_id(t, i[k].wallet, &w));
		addrs[k] = w.addr;
	}
	TRY(el_accounts(t, el, addrs, n, a));
	if (any_sweep(i, n)) /* nothing else carries what is left of the balance */
		TRY(l1_fee_ask(t, el, oracle, &l1_fee));
	for (size_t k = 0; k < n; k++)
		r[k] = (struct rival){ .intent = i[k].id,
				       .known = a[k].known,
				       .nonce = a[k].nonce,
				       .balance = a[k].balance,
				       .l1_fee = l1_fee };
	return ask_self_gas(t, el, addrs, i, r, n);
}

enum err job_replace(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct intent *i;
	size_t n;

	bool unfinished;

	*more_out = false;
	if (store_stats(t->store).latched)
		return OK;
	TRY(quarantine_unfinished(t, &unfinished));
	if (unfinished)
		TRY(lane_run(t, set_aside, NULL));
	TRY(journal_stuck(t, j->replace_after, AT_ONCE, &i, &n));
	j->replace_after = n < AT_ONCE ? 0 : i[n - 1].id;
	if (n == 0)
		return OK;
	struct rival *r = turn_array(t, n, sizeof(*r));

	TRY(ask(t, j->el[JOB_REPLACE], &j->replace_oracle, i, r, n));
	for (size_t at = 0; at < n; at += WRITE) {
		struct rivals some = { r + at, n - at < WRITE ? n - at : WRITE };

		TRY(lane_run(t, replace, &some));
	}
	return OK;
}
