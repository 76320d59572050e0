/* Balances, nonces and token balances: what was seen the longest ago is asked again. */
#include "server/core/account.h"
#include "server/core/shared.h"
#include "server/eth/abi.h"
#include "server/jobs/jobs.h"
#include "store/wallets.h"

enum { AT_ONCE = 500, REFRESH_MS = 20000 };

struct seen {
	struct wallet *w;
	size_t n;
	size_t fresh; /* answers that were kept */
	struct el_account *accounts;
	struct el_call_result *tokens; /* n for each token of the policy */
	size_t n_tokens;
};

static enum err keep_tokens(struct turn *t, const struct seen *s, size_t i)
{
	for (size_t k = 0; k < s->n_tokens; k++) {
		const struct el_call_result *r = &s->tokens[k * s->n + i];
		struct token_balance b = {
			.wallet = s->w[i].id,
			.token = policy()->tokens[k].addr,
			.seen_ms = t->now_ms,
		};

		if (r->outcome == EL_CALL_OK && abi_word_wei(r->data, 0, &b.amount))
			TRY(token_balance_set(t, &b));
	}
	return OK;
}

static enum err keep(struct turn *t, void *arg)
{
	struct seen *s = arg;

	s->fresh = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct account a = {
			.balance = s->accounts[i].balance,
			.nonce = s->accounts[i].nonce,
			.seen_ms = t->now_ms,
			.seen_block = s->accounts[i].at_block,
		};

		if (!s->accounts[i].known)
			continue;
		/* An endpoint that lags tells what we know already: no reason to ask it again at
		 * once. */
		s->fresh += a.seen_block >= s->w[i].account.seen_block;
		TRY(account_heard(t, s->w[i].id, &a));
		TRY(keep_tokens(t, s, i));
	}
	lane_touch(t, TOPIC_CHAIN);
	return OK;
}

static enum err ask_tokens(struct turn *t, struct jobs *j, struct seen *s)
{
	struct el_call *calls = turn_array(t, s->n * TOKENS_MAX, sizeof(*calls));

	s->n_tokens = policy()->n_tokens;
	if (s->n_tokens == 0)
		return OK;
	for (size_t k = 0; k < s->n_tokens; k++)
		for (size_t i = 0; i < s->n; i++) {
			struct abi_value arg = abi_addr(s->w[i].addr);

			calls[k * s->n + i] = (struct el_call){
				.from = s->w[i].addr,
				.to = policy()->tokens[k].addr,
				.data = abi_call(t, "balanceOf(address)", &arg, 1),
			};
		}
	s->tokens = turn_array(t, s->n * s->n_tokens, sizeof(*s->tokens));
	return views_ask(t, j->el[JOB_ACCOUNTS], &j->views, calls, s->n * s->n_tokens, s->tokens);
}

enum err job_accounts(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct seen s = { 0 };

	TRY(account_stale(t, t->now_ms - REFRESH_MS, AT_ONCE, &s.w, &s.n));
	if (s.n == 0)
		return OK;
	struct eth_addr *addrs = turn_array(t, s.n, sizeof(*addrs));

	for (size_t i = 0; i < s.n; i++)
		addrs[i] = s.w[i].addr;
	s.accounts = turn_array(t, s.n, sizeof(*s.accounts));
	TRY(el_accounts(t, j->el[JOB_ACCOUNTS], addrs, s.n, s.accounts));
	TRY(ask_tokens(t, j, &s));
	TRY(lane_run(t, keep, &s));
	*more_out = s.n == AT_ONCE && s.fresh > 0;
	return OK;
}
