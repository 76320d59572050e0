#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/net/endpoint_pool.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/log.h"

enum {
	AWAY_LEAST_MS = 250,
	AWAY_MOST_MS = 5000,
	LIMITED_LEAST_MS = 1000,
	LIMITED_MOST_MS = 30000,
	ASKED_MOST_MS = 600000, /* whatever it asks for: once in ten minutes is polite enough */
	SYNC_PROBE_MS = 600000,
	SYNC_REST_MS = 60000,
};

void pool_lock(struct endpoints *p)
{
	if (pthread_mutex_lock(&p->lock) != 0)
		abort();
}

void pool_unlock(struct endpoints *p)
{
	if (pthread_mutex_unlock(&p->lock) != 0)
		abort();
}

struct one *pool_find(struct endpoints *p, unsigned id)
{
	for (size_t i = 0; id && i < p->n; i++)
		if (p->list[i].id == id)
			return &p->list[i];
	return NULL;
}

bool pool_good(const struct one *e)
{
	return e->state == ENDPOINT_OK && e->checked && e->errors < 0.5 && !e->lags;
}

void pool_note_good(struct one *e, int64_t now)
{
	bool is = pool_good(e);

	if (is && !e->was_good)
		e->good_since = now;
	e->was_good = is;
}

static void say(struct one *e, const char *said)
{
	(void)snprintf(e->said, sizeof(e->said), "%s", said ? said : "");
}

static int64_t between(int64_t v, int64_t least, int64_t most)
{
	return v < least ? least : v > most ? most : v;
}

/* Wait for what it asks, or twice as long as the last time. */
static void hold(struct one *e, enum endpoint_state state, int64_t asked_ms, int64_t least,
		 int64_t most, int64_t now)
{
	e->backoff_ms = between(e->state == state ? e->backoff_ms * 2 : least, least, most);
	e->state = state;
	e->wait_until = now + (asked_ms > 0 ? between(asked_ms, 1, ASKED_MOST_MS) : e->backoff_ms);
}

static void heard_locked(struct one *e, enum endpoint_news news, int64_t wait_ms,
			 int64_t latency_us, const char *said)
{
	int64_t now = clock_mono_ms();

	e->asked++;
	e->failed += news != NEWS_FINE;
	e->errors = 0.8 * e->errors + (news == NEWS_FINE ? 0 : 0.2);
	if (news != NEWS_FINE)
		say(e, said);
	switch (news) {
	case NEWS_FINE:
		e->last_ok_wall_ms = clock_wall_ms();
		if (latency_us > 0)
			e->latency_us =
				e->latency_us ? (e->latency_us * 4 + latency_us) / 5 : latency_us;
		if (e->checked && e->wait_until <= now)
			e->state = ENDPOINT_OK;
		break;
	case NEWS_PARTLY:
		break;
	case NEWS_LIMITED:
		hold(e, ENDPOINT_LIMITED, wait_ms, LIMITED_LEAST_MS, LIMITED_MOST_MS, now);
		break;
	case NEWS_AWAY:
		e->checked = false;
		hold(e, ENDPOINT_AWAY, 0, AWAY_LEAST_MS, AWAY_MOST_MS, now);
		break;
	}
	pool_note_good(e, now);
}

void endpoint_heard(struct endpoints *p, unsigned id, enum endpoint_news news, int64_t wait_ms,
		    int64_t latency_us, const char *said)
{
	char name[ENDPOINT_NAME_MAX + 1] = "";

	pool_lock(p);
	struct one *e = pool_find(p, id);

	if (e)
		memcpy(name, e->name, sizeof(name));
	if (e && e->state != ENDPOINT_DISABLED)
		heard_locked(e, news, wait_ms, latency_us, said);
	pool_unlock(p);
	if (e && p->o.heard)
		p->o.heard(name, news, latency_us);
}

void endpoint_batch_refused(struct endpoints *p, unsigned id, size_t size)
{
	pool_lock(p);
	struct one *e = pool_find(p, id);

	if (e && size / 2 < e->batch_now)
		e->batch_now = size > 1 ? size / 2 : 1;
	pool_unlock(p);
}

void endpoint_told_sync(struct endpoints *p, unsigned id, const char *method, bool timed)
{
	pool_lock(p);
	struct one *e = pool_find(p, id);

	if (e) {
		e->sync_method = method;
		e->sync_timed = timed;
		e->sync_probe_at = clock_mono_ms() + SYNC_PROBE_MS;
	}
	pool_unlock(p);
}

void endpoint_sync_slow(struct endpoints *p, unsigned id)
{
	pool_lock(p);
	struct one *e = pool_find(p, id);

	if (e)
		e->sync_rest_until = clock_mono_ms() + SYNC_REST_MS;
	pool_unlock(p);
}

/* What is wrong with it, in the turn's memory; NULL: nothing. */
static const char *wrong_chain(struct turn *t, const struct endpoints *p, const struct one *e,
			       uint64_t chain_id, const struct eth_hash *genesis)
{
	if (chain_id != p->o.chain_id)
		return turn_printf(t, "endpoint '%s' serves chain %llu, expected %llu", e->name,
				   (unsigned long long)chain_id, (unsigned long long)p->o.chain_id);
	if (p->o.genesis_known && !hash_eq(*genesis, p->o.genesis))
		return turn_printf(t,
				   "endpoint '%s' serves another chain under the id %llu: its "
				   "genesis is %.18s..., ours is %.18s...",
				   e->name, (unsigned long long)chain_id, hex_of(t, genesis->b, 32),
				   hex_of(t, p->o.genesis.b, 32));
	return NULL;
}

static const char *checked_locked(struct turn *t, struct endpoints *p, unsigned id,
				  uint64_t chain_id, const struct eth_hash *genesis, bool *news_out)
{
	struct one *e = pool_find(p, id);
	int64_t now = clock_mono_ms();
	const char *wrong;

	if (!e)
		return NULL;
	wrong = wrong_chain(t, p, e, chain_id, genesis);
	if (wrong) {
		*news_out = e->state != ENDPOINT_DISABLED;
		e->state = ENDPOINT_DISABLED;
		e->checked = e->was_good = false;
		say(e, wrong);
		return wrong;
	}
	/* Once disabled it stays so: which of its two words is true is for a person to say. */
	if (e->state == ENDPOINT_DISABLED)
		return turn_strdup(t, e->said);
	p->o.genesis = *genesis;
	p->o.genesis_known = true;
	e->checked = true;
	e->checked_at = now;
	if (e->state != ENDPOINT_LIMITED || e->wait_until <= now) {
		e->state = ENDPOINT_OK;
		e->wait_until = 0;
	}
	pool_note_good(e, now);
	return NULL;
}

enum err endpoint_checked(struct turn *t, struct endpoints *p, unsigned id, uint64_t chain_id,
			  const struct eth_hash *genesis)
{
	bool news = false;

	pool_lock(p);
	const char *wrong = checked_locked(t, p, id, chain_id, genesis, &news);

	pool_unlock(p);
	if (!wrong)
		return OK;
	if (news)
		log_line(t, LOG_ERROR, "endpoint disabled", "why", wrong, NULL);
	return fail_reason(t, REASON_CHAIN_MISMATCH,
			   "%s; it is disabled: correct its URL or the chain in the configuration",
			   wrong);
}
