#include "server/net/endpoints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/net/endpoint_pool.h"
#include "store/base/clock.h"

enum {
	BATCH = 100,
	BACK_MS = 30000,
	RECHECK_MS = 300000,
	BEHIND_MAX = 50,
	PATIENCE_TIMES = 30,
	PATIENCE_LEAST_MS = 1000,
	PATIENCE_MOST_MS = 4000,
};

const char *endpoint_news_name(enum endpoint_news n)
{
	switch (n) {
	case NEWS_FINE:
		return "fine";
	case NEWS_PARTLY:
		return "partly";
	case NEWS_LIMITED:
		return "limited";
	case NEWS_AWAY:
		return "away";
	}
	return "";
}

/* ---- the list ---- */

static bool plain(const char *s, size_t max)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return n > 0 && n <= max;
}

static bool good_url(const char *url)
{
	size_t skip = strncmp(url, "http://", 7) == 0    ? 7
		      : strncmp(url, "https://", 8) == 0 ? 8
							 : 0;

	return skip && plain(url, ENDPOINT_URL_MAX) && strcspn(url + skip, "/?#@") > 0;
}

static enum err check_list(struct turn *t, const struct endpoint_setting *list, size_t n)
{
	if (n == 0)
		return fail(t, ERR_INVALID, "no endpoint is configured: give at least one URL");
	if (n > ENDPOINTS_MAX)
		return fail(t, ERR_INVALID, "%zu endpoints: at most %d", n, (int)ENDPOINTS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (!plain(list[i].name, ENDPOINT_NAME_MAX))
			return fail(t, ERR_INVALID,
				    "endpoint %zu: its name must be 1 to %d printable characters "
				    "without spaces",
				    i + 1, (int)ENDPOINT_NAME_MAX);
		if (!good_url(list[i].url))
			return fail(
				t, ERR_INVALID,
				"endpoint '%s': its URL must be http:// or https:// with a host",
				list[i].name);
		for (size_t j = 0; j < i; j++)
			if (strcmp(list[i].name, list[j].name) == 0)
				return fail(t, ERR_INVALID, "endpoint '%s' is there twice",
					    list[i].name);
	}
	return OK;
}

static struct one *find_name(struct endpoints *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].name, name) == 0)
			return &p->list[i];
	return NULL;
}

static struct one one_from(struct endpoints *p, const struct endpoint_setting *s)
{
	const struct one *old = find_name(p, s->name);
	struct one e = { 0 };

	if (old && strcmp(old->url, s->url) == 0)
		e = *old;
	else
		e.id = ++p->last_id;
	if (e.state == ENDPOINT_DISABLED) {
		e.state = ENDPOINT_UNTRIED;
		e.checked = e.head_known = e.lags = false;
		e.said[0] = 0;
	}
	(void)snprintf(e.name, sizeof(e.name), "%s", s->name);
	(void)snprintf(e.url, sizeof(e.url), "%s", s->url);
	e.batch = s->batch ? s->batch : BATCH;
	e.batch_now = e.batch;
	return e;
}

static void set_list(struct endpoints *p, const struct endpoint_setting *list, size_t n)
{
	struct one fresh[ENDPOINTS_MAX];

	for (size_t i = 0; i < n; i++)
		fresh[i] = one_from(p, &list[i]);
	memcpy(p->list, fresh, n * sizeof(fresh[0]));
	p->n = n;
}

enum err endpoints_open(struct turn *t, const struct endpoints_options *o,
			const struct endpoint_setting *list, size_t n, struct endpoints **out)
{
	TRY(check_list(t, list, n));
	struct endpoints *p = calloc(1, sizeof(*p));

	if (!p || pthread_mutex_init(&p->lock, NULL) != 0)
		abort();
	p->o = *o;
	p->o.back_ms = o->back_ms ? o->back_ms : BACK_MS;
	p->o.recheck_ms = o->recheck_ms ? o->recheck_ms : RECHECK_MS;
	p->o.behind_max = o->behind_max ? o->behind_max : BEHIND_MAX;
	p->mark = o->head;
	p->mark_ms = clock_mono_ms();
	set_list(p, list, n);
	*out = p;
	return OK;
}

void endpoints_close(struct endpoints *p)
{
	if (!p)
		return;
	(void)pthread_mutex_destroy(&p->lock);
	wipe(p, sizeof(*p));
	free(p);
}

enum err endpoints_load(struct turn *t, struct endpoints *p, const struct endpoint_setting *list,
			size_t n)
{
	TRY(check_list(t, list, n));
	pool_lock(p);
	set_list(p, list, n);
	pool_unlock(p);
	return OK;
}

/* ---- choosing ---- */

/* The i-th by preference. */
static struct one *by_preference(struct endpoints *p, size_t i)
{
	struct one *first = pool_find(p, p->preferred);

	if (!first)
		return &p->list[i];
	if (i == 0)
		return first;
	size_t at = (size_t)(first - p->list);

	return &p->list[i <= at ? i - 1 : i];
}

struct choice {
	bool to_send;
	const unsigned *tried;
	size_t n_tried;
	int64_t now;
};

static bool may_ask(const struct one *e, const struct choice *c)
{
	bool held = e->wait_until > c->now;

	if (e->state == ENDPOINT_DISABLED ||
	    (held && !(c->to_send && e->state == ENDPOINT_LIMITED && e->checked)))
		return false;
	for (size_t i = 0; i < c->n_tried; i++)
		if (c->tried[i] == e->id)
			return false;
	return true;
}

static unsigned rank(const struct one *e)
{
	if (pool_good(e))
		return 0;
	switch (e->state) {
	case ENDPOINT_OK:
		return 1;
	case ENDPOINT_UNTRIED:
		return 2;
	case ENDPOINT_LIMITED:
	case ENDPOINT_AWAY:
	case ENDPOINT_DISABLED:
		return 3;
	}
	return 3;
}

static struct one *choose(struct endpoints *p, const struct choice *c)
{
	struct one *current = pool_find(p, p->current), *best = NULL;

	for (size_t i = 0; i < p->n; i++) {
		struct one *e = by_preference(p, i);

		if (may_ask(e, c) && (!best || rank(e) < rank(best)))
			best = e;
	}
	/* Stay, unless the better one has been good for a while or is what a person asked for. */
	if (best && current && best != current && may_ask(current, c) && pool_good(current) &&
	    best->id != p->preferred && best->good_since + p->o.back_ms > c->now)
		best = current;
	if (best && c->n_tried == 0)
		p->current = best->id;
	return best;
}

static bool usable(const struct one *e, int64_t now)
{
	return e->state == ENDPOINT_OK && e->checked && e->wait_until <= now;
}

/* Many times what it took of late, as batches differ: one that hangs is left within seconds. */
static int64_t patience_ms(const struct endpoints *p, const struct one *e, int64_t now)
{
	int64_t ms = e->latency_us * PATIENCE_TIMES / 1000;
	bool other = false;

	for (size_t i = 0; i < p->n; i++)
		other = other || (p->list[i].id != e->id && usable(&p->list[i], now));
	if (!other)
		return 0;
	return ms < PATIENCE_LEAST_MS  ? PATIENCE_LEAST_MS
	       : ms < PATIENCE_MOST_MS ? ms
				       : PATIENCE_MOST_MS;
}

static void fill_pick(const struct endpoints *p, const struct one *e, int64_t now,
		      struct endpoint_pick *out)
{
	out->id = e->id;
	out->batch = e->batch_now;
	out->patience_ms = patience_ms(p, e, now);
	out->check = !e->checked || now - e->checked_at > p->o.recheck_ms;
	out->sync_method = e->sync_rest_until > now ? NULL : e->sync_method;
	out->sync_timed = e->sync_timed;
	out->sync_due = e->sync_probe_at <= now;
	memcpy(out->name, e->name, sizeof(out->name));
	memcpy(out->url, e->url, sizeof(out->url));
}

/* Why nobody may be asked: the one that comes back first, else the first that is disabled. */
static const char *why_none(struct turn *t, const struct endpoints *p, int64_t now,
			    int64_t *wait_ms_out)
{
	const struct one *e = NULL;

	for (size_t i = 0; i < p->n; i++) {
		const struct one *c = &p->list[i];

		if (c->state != ENDPOINT_DISABLED && (!e || c->wait_until < e->wait_until))
			e = c;
	}
	if (!e)
		return turn_strdup(t, p->list[0].said);
	*wait_ms_out = e->wait_until > now ? e->wait_until - now : 0;
	return turn_printf(t, "endpoint '%s': %s", e->name,
			   e->said[0] ? e->said : "no usable answer");
}

bool endpoints_choose(struct turn *t, struct endpoints *p, bool to_send, const unsigned *tried,
		      size_t n_tried, struct endpoint_pick *out, int64_t *wait_ms_out,
		      const char **why_out)
{
	struct choice c = { to_send, tried, n_tried, clock_mono_ms() };

	pool_lock(p);
	const struct one *e = choose(p, &c);

	*wait_ms_out = 0;
	*why_out = "";
	if (e)
		fill_pick(p, e, c.now, out);
	else
		*why_out = why_none(t, p, c.now, wait_ms_out);
	pool_unlock(p);
	return e != NULL;
}

size_t endpoints_others(struct endpoints *p, unsigned but, struct endpoint_pick out[ENDPOINTS_MAX])
{
	int64_t now = clock_mono_ms();
	size_t n = 0;

	pool_lock(p);
	for (size_t i = 0; i < p->n; i++) {
		const struct one *e = by_preference(p, i);

		if (e->id == but || !usable(e, now))
			continue;
		fill_pick(p, e, now, &out[n]);
		n += !out[n].check;
	}
	pool_unlock(p);
	return n;
}

size_t endpoints_count(struct endpoints *p)
{
	size_t n = 0;

	pool_lock(p);
	for (size_t i = 0; i < p->n; i++)
		n += p->list[i].state != ENDPOINT_DISABLED;
	pool_unlock(p);
	return n;
}

enum err endpoints_pick(struct turn *t, struct endpoints *p, const char *name,
			struct endpoint_pick *out)
{
	pool_lock(p);
	const struct one *e = find_name(p, name);

	if (e)
		fill_pick(p, e, clock_mono_ms(), out);
	pool_unlock(p);
	return e ? OK : fail(t, ERR_MISSING, "there is no endpoint '%s'", name);
}

enum err endpoints_use(struct turn *t, struct endpoints *p, const char *name)
{
	char said[SAID_MAX] = "";

	pool_lock(p);
	const struct one *e = find_name(p, name);

	if (!name[0])
		p->preferred = 0;
	else if (e && e->state == ENDPOINT_DISABLED)
		memcpy(said, e->said, sizeof(said));
	else if (e)
		p->preferred = e->id;
	pool_unlock(p);
	if (said[0])
		return fail_reason(t, REASON_CHAIN_MISMATCH, "%s", said);
	if (name[0] && !e)
		return fail(t, ERR_MISSING, "there is no endpoint '%s'", name);
	return OK;
}

/* ---- telling ---- */

struct endpoint *endpoints_snapshot(struct turn *t, struct endpoints *p, size_t *n_out)
{
	int64_t now = clock_mono_ms();

	pool_lock(p);
	struct endpoint *out = turn_array(t, p->n, sizeof(*out));

	for (size_t i = 0; i < p->n; i++) {
		const struct one *e = by_preference(p, i);

		out[i] = (struct endpoint){
			.name = turn_strdup(t, e->name),
			.url_shown = endpoint_url_shown(t, e->url),
			.state = e->state,
			.chosen = e->id == p->current,
			.said = turn_strdup(t, e->said),
			.wait_ms = e->wait_until > now ? e->wait_until - now : 0,
			.latency_us = e->latency_us,
			.errors = e->errors,
			.asked = e->asked,
			.failed = e->failed,
			.head_known = e->head_known,
			.head = e->head,
			.behind = pool_behind(p, e, now),
			.last_ok_ms = e->last_ok_wall_ms,
		};
	}
	*n_out = p->n;
	pool_unlock(p);
	return out;
}

bool endpoints_genesis(struct endpoints *p, struct eth_hash *out)
{
	pool_lock(p);
	bool known = p->o.genesis_known;

	*out = p->o.genesis;
	pool_unlock(p);
	return known;
}
