/* The runbook's own HTTP lines: GET /health, /health/ready, /health/engine, /metrics,
 * /admin/status; POST /admin/pause, /admin/resume, /admin/reset/{wallet}. The others' are in
 * http_in.c. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "server/api/about.h"
#include "server/api/api.h"
#include "server/api/http_in.h"
#include "server/api/incident_metrics.h"
#include "server/api/rule_metrics.h"
#include "server/api/validator_metrics.h"
#include "server/core/breaker.h"
#include "server/core/deliver.h"
#include "server/core/fleet.h"
#include "server/core/journal.h"
#include "server/core/shared.h"
#include "server/core/status_page.h"
#include "server/ops/health.h"
#include "server/ops/metrics.h"
#include "store/base/clock.h"
#include "store/base/wei.h"

enum { PER_WALLET_MOST = 100, SAMPLES = 2048 };

static const char *state_word(enum fleet_state s)
{
	switch (s) {
	case FLEET_RUNNING:
		return "running";
	case FLEET_PAUSED:
		return "paused";
	case FLEET_LOCKDOWN:
		return "lockdown";
	}
	return "";
}

/* {"status":"healthy","uptime_secs":12345}; 503 when unhealthy. A pause is not ill health. */
static enum err get_health(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	enum health_state s = health_worst(NULL);

	(void)t;
	(void)q;
	buf_printf(&r->body, "{\"status\":\"%s\",\"uptime_secs\":%lld}\n", health_name(s),
		   (long long)(health_uptime_ms() / 1000));
	r->status = s == HEALTH_UNHEALTHY ? 503 : 200;
	return OK;
}

static void components(struct http_reply *r)
{
	struct health_component c[HEALTH_COMPONENTS];
	size_t n = health_components(c, HEALTH_COMPONENTS);

	buf_str(&r->body, ",\"components\":[");
	for (size_t i = 0; i < n; i++) {
		buf_printf(&r->body, "%s{\"name\":", i ? "," : "");
		http_json(&r->body, c[i].name);
		buf_printf(&r->body, ",\"status\":\"%s\",\"why\":", health_name(c[i].state));
		http_json(&r->body, c[i].why);
		buf_char(&r->body, '}');
	}
	buf_char(&r->body, ']');
}

static enum err get_ready(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	struct chain c;

	TRY(chain_get(t, &c));
	bool ready = health_worst(NULL) != HEALTH_UNHEALTHY && c.seen_ms != 0;

	buf_printf(&r->body, "{\"status\":\"%s\"", ready ? "ready" : "not ready");
	if (!ready && c.seen_ms == 0)
		buf_str(&r->body, ",\"why\":\"no endpoint has told the chain's head yet\"");
	if (q->verbose)
		components(r);
	buf_str(&r->body, "}\n");
	r->status = ready ? 200 : 503;
	return OK;
}

/* Every loop turned once since the start. */
static enum err get_engine(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	bool turned = about()->engine_turned();

	(void)t;
	(void)q;
	buf_printf(&r->body, "{\"status\":\"%s\"}\n", turned ? "turning" : "starting");
	r->status = turned ? 200 : 503;
	return OK;
}

static void pause_json(struct http_reply *r, const struct pause *p)
{
	char when[CLOCK_TEXT];

	clock_text(p->at_ms, when);
	buf_printf(&r->body, "{\"epoch\":%lld,\"kind\":\"%s\",\"scope\":", (long long)p->id,
		   p->kind == PAUSE_LOCKDOWN ? "lockdown" : "pause");
	http_json(&r->body, p->scope);
	buf_str(&r->body, ",\"actor\":");
	http_json(&r->body, p->actor);
	buf_str(&r->body, ",\"reason\":");
	http_json(&r->body, p->reason ? p->reason : "");
	buf_printf(&r->body, ",\"since\":\"%s\"}", when);
}

static enum err get_status(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	struct fleet f;

	(void)q;
	TRY(fleet_look(t, &f));
	buf_printf(&r->body, "{\"state\":\"%s\",\"pause\":", state_word(f.state));
	if (f.n_pauses)
		pause_json(r, &f.pauses[0]);
	else
		buf_str(&r->body, "null");
	buf_printf(&r->body,
		   ",\"wallets\":{\"total\":%lld,\"active\":%lld,\"tripped\":%lld,"
		   "\"watch_only\":%lld,\"retired\":%lld}",
		   (long long)f.wallets.total, (long long)f.wallets.active,
		   (long long)f.wallets.tripped, (long long)f.wallets.watch_only,
		   (long long)f.wallets.retired);
	buf_printf(&r->body,
		   ",\"operations\":{\"planning\":%lld,\"planned\":%lld,\"running\":%lld,"
		   "\"held\":%lld}",
		   (long long)f.operations[OP_PLANNING], (long long)f.operations[OP_PLANNED],
		   (long long)f.operations[OP_RUNNING], (long long)f.held);
	buf_printf(&r->body, ",\"breakers\":{\"open\":%lld}", (long long)f.wallets.tripped);
	buf_str(&r->body, ",\"problems\":[");
	for (size_t i = 0; i < f.n_problems; i++) {
		buf_str(&r->body, i ? "," : "");
		http_json(&r->body, f.problems[i]);
	}
	buf_str(&r->body, "]}\n");
	return OK;
}

static enum err post_pause(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	struct pause p;

	(void)q;
	TRY(fleet_pause(t, "fleet", PAUSE_PLAIN, "", &p));
	buf_str(&r->body, "{\"state\":\"paused\",\"pause\":");
	pause_json(r, &p);
	buf_printf(&r->body, ",\"durability\":\"%s\"}\n", p.latched ? "LATCH" : "STORE");
	return OK;
}

static enum err post_resume(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	enum fleet_state s;
	bool changed;

	(void)q;
	TRY(fleet_resume(t, "fleet", "", (t->roles & ROLE_ADMIN) != 0, &changed));
	TRY(fleet_state_now(t, &s));
	buf_printf(&r->body, "{\"state\":\"%s\",\"changed\":%s}\n", state_word(s),
		   changed ? "true" : "false");
	return OK;
}

static enum err post_reset(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	struct wallet w;
	bool changed;

	TRY(breaker_reset(t, q->tail, false, "", &changed, &w));
	buf_str(&r->body, "{\"wallet\":");
	http_json(&r->body, w.name);
	buf_printf(&r->body, ",\"changed\":%s}\n", changed ? "true" : "false");
	return OK;
}

/* ---- metrics ---- */

struct samples {
	struct metric_sample *s;
	size_t n;
};

static void sample(struct samples *all, enum metric m, const char *label, double value)
{
	if (all->n < SAMPLES)
		all->s[all->n++] = (struct metric_sample){ m, { label, NULL }, value };
}

static void fleet_samples(struct samples *all, const struct fleet *f)
{
	static const char *const ops[] = {
		[OP_PLANNING] = "planning", [OP_PLANNED] = "planned", [OP_RUNNING] = "running"
	};

	sample(all, METRIC_WALLETS, "active", (double)f->wallets.active);
	sample(all, METRIC_WALLETS, "watch_only", (double)f->wallets.watch_only);
	sample(all, METRIC_WALLETS, "retired", (double)f->wallets.retired);
	sample(all, METRIC_BREAKERS, "open", (double)f->wallets.tripped);
	for (int i = OP_PLANNING; i <= OP_RUNNING; i++)
		sample(all, METRIC_OPERATIONS, ops[i], (double)f->operations[i]);
	for (int i = TX_PLANNED; i <= TX_REVIEW; i++)
		if (!tx_is_final((enum tx_state)i))
			sample(all, METRIC_INTENTS, tx_state_name((enum tx_state)i),
			       (double)f->transactions[i]);
	sample(all, METRIC_PAUSED, NULL, (double)(f->state - FLEET_RUNNING));
}

static void store_samples(struct samples *all, const struct store_stats *s)
{
	sample(all, METRIC_STORE_COMMITS, NULL, (double)s->commits);
	sample(all, METRIC_STORE_TURNS, NULL, (double)s->turns);
	sample(all, METRIC_STORE_ROLLED_BACK, NULL, (double)s->rolled_back);
	sample(all, METRIC_STORE_DISK_FULL, NULL, (double)s->disk_full);
	sample(all, METRIC_STORE_WAL_BYTES, NULL, (double)s->wal_bytes);
	sample(all, METRIC_STORE_LANE_DEPTH, NULL, (double)s->lane_depth);
	sample(all, METRIC_STORE_LATCHED, NULL, s->latched ? 1 : 0);
}

/* Ether as a float is for graphs; money is counted elsewhere. */
static double ether(struct wei a)
{
	double v = 0;

	for (size_t i = 0; i < sizeof(a.be); i++)
		v = v * 256 + a.be[i];
	return v / 1e18;
}

static enum err wallet_samples(struct turn *t, struct samples *all, const struct fleet *f)
{
	struct wallet_filter active = { .states = 1u << WALLET_ACTIVE };
	struct wallet *w;
	size_t n;

	if (f->wallets.total > PER_WALLET_MOST)
		return OK;
	TRY(wallet_list(t, &active, 0, PER_WALLET_MOST, &w, &n));
	for (size_t i = 0; i < n; i++)
		if (w[i].account.seen_ms)
			sample(all, METRIC_WALLET_BALANCE, w[i].name, ether(w[i].account.balance));
	return OK;
}

static enum err channel_samples(struct turn *t, struct samples *all)
{
	struct channel *c;
	size_t n;

	TRY(channel_list(t, &c, &n));
	for (size_t i = 0; i < n; i++) {
		int64_t waiting;

		TRY(delivery_waiting(t, c[i].id, QUEUE_MAX, &waiting));
		sample(all, METRIC_DELIVERIES_WAITING, c[i].name, (double)waiting);
		sample(all, METRIC_CHANNEL_FAILING, c[i].name, c[i].state == CHANNEL_OK ? 0 : 1);
	}
	return OK;
}

static enum err get_metrics(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	struct samples all = { turn_array(t, SAMPLES, sizeof(struct metric_sample)), 0 };
	struct store_stats stats = store_stats(t->store);
	struct fleet f;

	(void)q;
	TRY(fleet_look(t, &f));
	fleet_samples(&all, &f);
	store_samples(&all, &stats);
	TRY(wallet_samples(t, &all, &f));
	TRY(channel_samples(t, &all));
	TRY(validator_samples(t, all.s, SAMPLES, &all.n));
	TRY(incident_samples(t, all.s, SAMPLES, &all.n));
	TRY(rule_samples(t, all.s, SAMPLES, &all.n));
	all.n += metrics_process(t->now_ms, all.s + all.n, SAMPLES - all.n);
	r->type = METRICS_TYPE;
	metrics_write(&r->body, all.s, all.n);
	return OK;
}

/* ---- the status page ---- */

static enum err get_status_page(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	(void)q;
	r->type = "text/html; charset=utf-8";
	return status_page_html(t, &r->body);
}

static enum err get_status_json(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	(void)q;
	return status_page_json(t, &r->body);
}

static const struct http_route routes[] = {
	{ "GET", "/status", METHOD_READ, 0, 0, get_status_page },
	{ "GET", "/status.json", METHOD_READ, 0, 0, get_status_json },
	{ "GET", "/health", METHOD_READ, 0, 0, get_health },
	{ "GET", "/health/ready", METHOD_READ, 0, 0, get_ready },
	{ "GET", "/health/engine", METHOD_READ, 0, 0, get_engine },
	{ "GET", "/metrics", METHOD_READ, 0, 0, get_metrics },
	{ "GET", "/admin/status", METHOD_READ, ROLE_LOOPBACK | ROLE_VIEWER | ROLE_OPERATOR, 0,
	  get_status },
	{ "POST", "/admin/pause", METHOD_WRITE, ROLE_LOOPBACK | ROLE_OPERATOR,
	  METHOD_URGENT | METHOD_EMERGENCY, post_pause },
	{ "POST", "/admin/resume", METHOD_WRITE, ROLE_LOOPBACK | ROLE_OPERATOR,
	  METHOD_URGENT | METHOD_EMERGENCY, post_resume },
	{ "POST", "/admin/reset/*", METHOD_WRITE, ROLE_LOOPBACK | ROLE_OPERATOR, METHOD_URGENT,
	  post_reset },
};

enum { OWN = sizeof(routes) / sizeof(routes[0]), ROUTES_MAX = 64 };

const struct http_route *api_http_routes(size_t *n_out)
{
	static struct http_route all[ROUTES_MAX];

	/* By main, before any thread. */
	assert(OWN + n_http_in_routes <= ROUTES_MAX);
	memcpy(all, routes, sizeof(routes));
	memcpy(all + OWN, http_in_routes, n_http_in_routes * sizeof(*all));
	*n_out = OWN + n_http_in_routes;
	return all;
}
