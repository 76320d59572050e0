/* The chain and its endpoints: heard once a second. So is how the store is. */
#include <string.h>

#include "server/core/chain.h"
#include "server/jobs/jobs.h"
#include "server/ops/health.h"
#include "store/chain.h"

enum { ROWS_READ = 64, FRESH_MS = 10000 };

struct told {
	struct endpoint_row *rows;
	size_t n;
	struct chain chain;
	bool chain_known;
};

static enum endpoint_row_state row_state(enum endpoint_state s)
{
	switch (s) {
	case ENDPOINT_UNTRIED:
		return ENDPOINT_ROW_UNTRIED;
	case ENDPOINT_OK:
		return ENDPOINT_ROW_OK;
	case ENDPOINT_AWAY:
		return ENDPOINT_ROW_AWAY;
	case ENDPOINT_LIMITED:
		return ENDPOINT_ROW_LIMITED;
	case ENDPOINT_DISABLED:
		return ENDPOINT_ROW_DISABLED;
	}
	return ENDPOINT_ROW_UNTRIED;
}

/* A row is written when people would see a difference, and now and then. */
static bool worth_writing(const struct endpoint_row *now, const struct endpoint_row *then)
{
	return now->state != then->state || strcmp(now->text, then->text) != 0 ||
	       strcmp(now->url, then->url) != 0 || now->place != then->place ||
	       now->seen_ms - then->seen_ms > FRESH_MS;
}

static enum err keep(struct turn *t, void *arg)
{
	const struct told *told = arg;
	struct endpoint_row *have;
	size_t n;

	TRY(endpoint_list(t, ROWS_READ, &have, &n));
	for (size_t i = 0; i < told->n; i++) {
		size_t k = 0;

		while (k < n && strcmp(have[k].name, told->rows[i].name) != 0)
			k++;
		if (k == n || worth_writing(&told->rows[i], &have[k]))
			TRY(endpoint_put(t, &told->rows[i]));
	}
	for (size_t k = 0; k < n; k++) {
		size_t i = 0;

		while (i < told->n && strcmp(have[k].name, told->rows[i].name) != 0)
			i++;
		if (i == told->n)
			TRY(endpoint_remove(t, have[k].name));
	}
	return told->chain_known ? chain_heard(t, &told->chain) : OK;
}

static void fill_row(struct turn *t, struct endpoint_row *r, const struct endpoint *e,
		     const struct el_probe *p, size_t place)
{
	*r = (struct endpoint_row){
		.name = e->name,
		.url = e->url_shown,
		.state = row_state(e->state),
		.place = (int64_t)place,
		.head = e->head,
		.latency_ms = e->latency_us / 1000,
		.errors_ppm = (int64_t)(e->errors * 1e6),
		.seen_ms = e->last_ok_ms,
		.hold_ms = e->wait_ms > 0 ? t->now_ms + e->wait_ms : 0,
		.text = turn_printf(t, "%.390s", e->said),
		.client = "",
	};
	if (!p)
		return;
	r->chain_id = p->chain_id;
	r->head_ms = p->head_time * 1000;
	r->client = turn_printf(t, "%.190s", p->client);
}

static bool fill_chain(struct turn *t, struct endpoints *pool, const struct el_probe *p,
		       struct chain *c)
{
	if (!p->answered || !p->head_known || (!p->base_fee_known && !p->gas_price_known))
		return false;
	*c = (struct chain){
		.chain_id = p->chain_id,
		.head = p->head,
		.head_ms = p->head_time * 1000,
		.base_fee = p->base_fee_known ? p->base_fee : p->gas_price,
		.seen_ms = t->now_ms,
	};
	if (p->tip_known)
		c->tip = p->tip;
	/* While no job has asked anything of the chain, the pool holds to no genesis yet. */
	if (endpoints_genesis(pool, &c->genesis))
		return true;
	c->genesis = p->genesis;
	return p->genesis_known;
}

static size_t place_of(const struct jobs *j, const char *name)
{
	size_t k = 0;

	while (k < j->n_endpoints && strcmp(j->endpoint_names[k], name) != 0)
		k++;
	return k;
}

/* The chosen one tells of the chain; while nobody asked anything, none is chosen. */
static size_t who_speaks(const struct endpoint *pool, size_t n)
{
	size_t first = n;

	for (size_t i = 0; i < n; i++) {
		if (pool[i].chosen)
			return i;
		if (first == n && pool[i].state == ENDPOINT_OK)
			first = i;
	}
	return first;
}

/* What people preferred by UseEndpoint stands in the store; the pool learns it here. */
static enum err follow_preference(struct turn *t, struct jobs *j)
{
	struct endpoint_row *rows;
	size_t n;

	TRY(endpoint_list(t, ROWS_READ, &rows, &n));
	for (size_t i = 0; i < n; i++)
		if (rows[i].preferred && place_of(j, rows[i].name) < j->n_endpoints &&
		    endpoints_use(t, j->pool, rows[i].name) != OK)
			return OK; /* disabled: the configured order stands */
	return OK;
}

/* One endpoint that answers is enough; without one nothing moves, but calls are answered. */
static void tell_health(struct turn *t, const struct endpoint *pool, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pool[i].state == ENDPOINT_OK) {
			health_set("chain", HEALTH_HEALTHY, "");
			return;
		}
	health_set("chain", HEALTH_DEGRADED,
		   n ? turn_printf(t, "no endpoint answers; %s: %s", pool[0].name, pool[0].said)
		     : "there is no endpoint");
}

enum err job_probe(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct told told = { 0 };
	struct el_probe *probes = turn_array(t, j->n_endpoints + 1, sizeof(*probes));
	bool *ok = turn_array(t, j->n_endpoints + 1, sizeof(*ok));
	size_t n;

	*more_out = false;
	store_health(t->store, &j->watch);
	TRY(follow_preference(t, j));
	for (size_t i = 0; i < j->n_endpoints; i++)
		ok[i] = el_probe(t, j->el[JOB_PROBE], j->endpoint_names[i], &probes[i]) == OK;
	struct endpoint *pool = endpoints_snapshot(t, j->pool, &n);

	tell_health(t, pool, n);
	size_t speaks = who_speaks(pool, n);

	told.rows = turn_array(t, n + 1, sizeof(*told.rows));
	for (size_t i = 0; i < n; i++) {
		size_t k = place_of(j, pool[i].name);
		const struct el_probe *p = k < j->n_endpoints && ok[k] ? &probes[k] : NULL;

		fill_row(t, &told.rows[told.n++], &pool[i], p, k);
		if (i == speaks && p)
			told.chain_known = fill_chain(t, j->pool, p, &told.chain);
	}
	return lane_run(t, keep, &told);
}
