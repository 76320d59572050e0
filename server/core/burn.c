#include "server/core/burn.h"

#include <math.h>

#include "server/core/signal.h"

static const double WEEK_MS = 7 * 86400000.0, HOUR_MS = 3600000.0;

struct burn burn_after(struct burn b, double balance, int64_t now_ms)
{
	double fall = b.balance - balance;
	int64_t passed = now_ms > b.at_ms ? now_ms - b.at_ms : 0;

	if (b.since_ms == 0 || fall > b.balance / 2) {
		b.since_ms = now_ms;
		b.burnt = 0;
	} else {
		b.burnt *= exp(-(double)passed / WEEK_MS);
		b.burnt += fall > 0 ? fall : 0;
	}
	b.balance = balance;
	b.at_ms = now_ms;
	return b;
}

/* The weights of what was seen since then add up to a week less what is forgotten. */
double burn_per_hour(const struct burn *b)
{
	double seen = (double)(b->at_ms - b->since_ms);

	if (seen < HOUR_MS)
		return -1;
	return b->burnt / (WEEK_MS * (1 - exp(-seen / WEEK_MS))) * HOUR_MS;
}

enum err burns_take(struct turn *t, int64_t *after, size_t limit, bool *more_out)
{
	const struct wallet_filter fleet = { .states = 1u << WALLET_ACTIVE, .role = WALLET_FLEET };
	struct wallet *w;
	size_t n;

	TRY(wallet_list(t, &fleet, *after, limit, &w, &n));
	for (size_t i = 0; i < n; i++) {
		struct burn b = { .wallet = w[i].id };
		enum err e = burn_get(t, w[i].id, &b);

		if (e != OK && e != ERR_MISSING)
			return e;
		if (w[i].account.seen_ms == 0)
			continue;
		b = burn_after(b, figure_ether(w[i].account.balance), t->now_ms);
		TRY(burn_put(t, &b));
	}
	*more_out = n == limit;
	*after = *more_out ? w[n - 1].id : 0;
	return OK;
}
