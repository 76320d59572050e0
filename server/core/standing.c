#include "server/core/standing.h"

#include <assert.h>
#include <stdlib.h>

#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/wallets.h"

enum { PAGE = 2000, ETHER = 0, STAKE = 1, TOKENS = 2, ASSETS = TOKENS + TOKENS_MAX };

/* One wallet, while the plan is made. Shares need no exact arithmetic. */
struct rich {
	struct standing_place place;
	double amount[ASSETS];
	double worth;
};

static double about(struct wei w)
{
	double x = 0;

	for (size_t i = 0; i < sizeof(w.be); i++)
		x = x * 256 + w.be[i];
	return x;
}

static int by_worth(const void *a, const void *b)
{
	const struct rich *x = a, *y = b;

	if (x->worth != y->worth)
		return x->worth < y->worth ? 1 : -1;
	return x->place.wallet < y->place.wallet ? -1 : x->place.wallet > y->place.wallet;
}

static void add_token(struct rich *page, size_t n, const struct wealth_token *k, size_t *at)
{
	const struct policy *pol = policy();

	while (*at < n && page[*at].place.wallet < k->wallet)
		++*at;
	for (size_t i = 0; i < pol->n_tokens; i++)
		if (*at < n && page[*at].place.wallet == k->wallet &&
		    addr_eq(pol->tokens[i].addr, k->token))
			page[*at].amount[TOKENS + i] = about(k->amount);
}

/* One page of wallets; *n_out: how many came. */
static enum err read_page(struct turn *t, int64_t after, size_t room, struct rich *page,
			  size_t *n_out)
{
	struct wealth *w;
	struct wealth_token *k;
	size_t n_tokens, at = 0;

	TRY(wealth_list(t, after, room, &w, n_out));
	for (size_t i = 0; i < *n_out; i++) {
		page[i] = (struct rich){ .place = { w[i].wallet, w[i].ether } };
		page[i].amount[ETHER] = about(w[i].ether);
		page[i].amount[STAKE] = about(w[i].stake);
	}
	if (*n_out == 0)
		return OK;
	TRY(wealth_tokens(t, after, w[*n_out - 1].wallet, &k, &n_tokens));
	for (size_t i = 0; i < n_tokens; i++)
		add_token(page, *n_out, &k[i], &at);
	return OK;
}

/* Each wallet's worth is its share of every asset; those of none go. Sorted, the dearest first. */
static size_t rank(struct rich *r, size_t n)
{
	double sum[ASSETS] = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ASSETS; k++)
			sum[k] += r[i].amount[k];
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < ASSETS; k++)
			if (sum[k] > 0)
				r[i].worth += r[i].amount[k] / sum[k];
		if (r[i].worth > 0)
			r[kept++] = r[i];
	}
	qsort(r, kept, sizeof(*r), by_worth);
	return kept;
}

enum err standing_make(struct turn *t, struct standing *out)
{
	struct wallet_counts c;
	size_t n = 0, got = PAGE;

	TRY(wallet_count(t, &c));
	size_t room = (size_t)c.total + PAGE;
	struct rich *r = turn_array(t, room, sizeof(*r));

	while (got == PAGE && n + PAGE <= room) {
		TRY(read_page(t, n ? r[n - 1].place.wallet : 0, PAGE, r + n, &got));
		n += got;
	}
	n = rank(r, n);
	*out = (struct standing){ .wallets = (int64_t)n, .made_ms = t->now_ms };
	out->n = n < STANDING_MOST ? n : STANDING_MOST;
	out->places = turn_array(t, out->n + 1, sizeof(*out->places));
	for (size_t i = 0; i < n; i++) {
		out->value = wei_add_sat(out->value, r[i].place.value);
		if (i < out->n)
			out->places[i] = r[i].place;
	}
	return OK;
}

static bool far_apart(struct wei a, struct wei b)
{
	double x = about(a), y = about(b);

	return (x > y ? x - y : y - x) > (x > y ? x : y) / 100;
}

bool standing_differs(const struct standing *a, const struct standing *b)
{
	if (a->n != b->n || a->wallets != b->wallets || far_apart(a->value, b->value))
		return true;
	for (size_t i = 0; i < a->n; i++)
		if (a->places[i].wallet != b->places[i].wallet ||
		    far_apart(a->places[i].value, b->places[i].value))
			return true;
	return false;
}

enum err standing_keep(struct turn *t, const struct standing *s)
{
	assert(t->in_lane);
	return standing_set(t, s);
}

enum err standing_begin(struct turn *t, struct operation *o, const char **text_out)
{
	struct standing s;

	assert(t->in_lane && o->kind == OP_EVACUATE);
	TRY(standing_get(t, &s));
	for (size_t i = 0; i < s.n; i++) {
		struct step step = {
			.operation = o->id,
			.wallet = s.places[i].wallet,
			.state = STEP_PLANNED,
			.planned = true,
			.value = s.places[i].value,
			.text = "",
		};

		TRY(step_add(t, &step));
	}
	o->total_value = s.value;
	*text_out = s.made_ms ? turn_printf(t, "%lld wallets with about %s, as planned %s ago",
					    (long long)s.wallets, ether_str(t, s.value),
					    duration_str(t, t->now_ms - s.made_ms))
			      : "no standing plan yet: wallet by wallet";
	return OK;
}
