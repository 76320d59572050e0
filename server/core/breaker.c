#include "server/core/breaker.h"

#include <assert.h>

#include "server/core/shared.h"
#include "store/audit.h"
#include "store/base/log.h"
#include "store/events.h"
#include "store/intents.h"

enum { LIVE_READ = 4096 };

struct breaker breaker_after(struct breaker b, bool ok, const char *cause, int64_t max_failures,
			     int64_t cooldown_ms, int64_t now_ms)
{
	if (ok) {
		b.state = BREAKER_CLOSED;
		b.failures = 0;
		b.cause = "";
		return b;
	}
	b.failures++;
	b.cause = cause;
	if (b.state == BREAKER_CLOSED && b.failures < max_failures)
		return b;
	if (b.state == BREAKER_CLOSED)
		b.trips++;
	b.state = BREAKER_OPEN;
	b.tripped_ms = now_ms;
	b.probe_ms = now_ms + cooldown_ms;
	return b;
}

bool breaker_lets(const struct breaker *b, int64_t now_ms)
{
	switch (b->state) {
	case BREAKER_CLOSED:
		return true;
	case BREAKER_OPEN:
		return now_ms >= b->probe_ms;
	case BREAKER_HALF_OPEN:
		return false;
	}
	return false;
}

/* Stores what became of it, and tells of it. */
static enum err turned(struct turn *t, const struct wallet *w, const struct breaker *after,
		       const char *cause, bool *opened_out)
{
	const char *subject = turn_printf(t, "wallets/%s", w->name);

	TRY(breaker_set(t, after));
	if (after->state == w->breaker.state)
		return OK;
	if (after->state == BREAKER_CLOSED)
		return event_add(t, TOPIC_WALLET, subject, "breaker.closed", "acts again");
	if (w->breaker.state == BREAKER_CLOSED)
		log_line(t, LOG_WARN, "circuit breaker tripped", "wallet", w->name, "cause", cause,
			 NULL);
	*opened_out = true;
	return event_add(t, TOPIC_WALLET, subject, "breaker.tripped", cause);
}

enum err breaker_heard(struct turn *t, int64_t wallet, bool ok, const char *cause, bool *opened_out)
{
	struct wallet w;

	assert(t->in_lane);
	*opened_out = false;
	TRY(wallet_by_id(t, wallet, &w));
	if (ok && w.breaker.state == BREAKER_CLOSED && w.breaker.failures == 0)
		return OK;
	struct breaker after = breaker_after(w.breaker, ok, cause, policy()->max_failures,
					     policy()->cooldown_ms, t->now_ms);

	return turned(t, &w, &after, cause, opened_out);
}

enum err breaker_trip(struct turn *t, int64_t wallet, const char *cause)
{
	struct wallet w;
	bool opened;

	assert(t->in_lane);
	TRY(wallet_by_id(t, wallet, &w));
	struct breaker after =
		breaker_after(w.breaker, false, cause, 1, policy()->cooldown_ms, t->now_ms);

	return turned(t, &w, &after, cause, &opened);
}

enum err breaker_probe(struct turn *t, const struct wallet *w)
{
	struct breaker b = w->breaker;

	assert(t->in_lane);
	if (b.state != BREAKER_OPEN)
		return OK;
	b.state = BREAKER_HALF_OPEN;
	return breaker_set(t, &b);
}

enum err breaker_unprobe(struct turn *t, int64_t wallet)
{
	struct wallet w;

	assert(t->in_lane);
	TRY(wallet_by_id(t, wallet, &w));
	if (w.breaker.state != BREAKER_HALF_OPEN)
		return OK;
	w.breaker.state = BREAKER_OPEN;
	return breaker_set(t, &w.breaker);
}

static enum err cause_gone(struct turn *t, const struct wallet *w)
{
	struct intent *i;
	size_t n;

	TRY(intent_live(t, w->id, LIVE_READ, &i, &n));
	for (size_t k = 0; k < n; k++)
		if (i[k].state == TX_REVIEW)
			return fail_reason(t, REASON_BREAKER_CAUSE_HOLDS,
					   "transaction %lld of '%s' needs review: %s (or reset "
					   "with force and a reason)",
					   (long long)i[k].id, w->name, i[k].text);
	return OK;
}

enum err breaker_reset(struct turn *t, const char *wallet, bool force, const char *reason,
		       bool *changed_out, struct wallet *out)
{
	assert(t->in_lane);
	TRY(wallet_get(t, wallet, out));
	*changed_out = out->breaker.state != BREAKER_CLOSED;
	if (*changed_out && force && !*reason)
		return fail(t, ERR_INVALID, "reason: forcing a reset needs a reason");
	if (*changed_out && !force)
		TRY(cause_gone(t, out));
	TRY(foreign_use_clear(t, out->id)); /* a person has looked */
	if (!*changed_out)
		return OK;
	struct breaker b = out->breaker;

	b.state = BREAKER_CLOSED;
	b.failures = 0;
	b.cause = "";
	TRY(breaker_set(t, &b));
	TRY(wallet_get(t, wallet, out));
	const char *subject = turn_printf(t, "wallets/%s", out->name);

	TRY(event_add(t, TOPIC_WALLET, subject, "breaker.reset",
		      *reason ? reason : "reset by hand"));
	return audit_add(t, "breaker.reset", subject, reason);
}
