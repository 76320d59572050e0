/* Every 15 s the figures that rules are about go into their series: the host's own, and what other
 * jobs have written down of nodes, endpoints and the network. */
#include "server/core/beacon.h"
#include "server/core/client.h"
#include "server/core/signal.h"
#include "server/jobs/jobs.h"
#include "server/ops/host.h"
#include "store/chain.h"

enum { ENDPOINTS_READ = 64, GONE_AFTER_MS = 60000, FRESH_EPOCHS = 3 };

static enum err host(struct turn *t, const struct host_look *h)
{
	if (h->cpu_known)
		TRY(signal_put(t, SIGNAL_HOST_CPU, "host", h->cpu_percent, "/proc/stat"));
	if (h->memory_known)
		TRY(signal_put(t, SIGNAL_HOST_MEMORY, "host", h->memory_percent, "/proc/meminfo"));
	if (h->disk_known)
		TRY(signal_put(t, SIGNAL_HOST_DISK, "host", h->disk_percent, "statvfs"));
	if (h->load_known)
		TRY(signal_put(t, SIGNAL_HOST_LOAD, "host", h->load_per_core, "getloadavg"));
	if (h->clock_known)
		TRY(signal_put(t, SIGNAL_HOST_CLOCK_KEPT, "host", h->clock_kept, "adjtimex"));
	if (h->clock_known && h->clock_kept)
		TRY(signal_put(t, SIGNAL_HOST_CLOCK_ERROR, "host", h->clock_error_ms, "adjtimex"));
	return OK;
}

static enum err nodes(struct turn *t)
{
	struct beacon_source *s;
	size_t n;

	TRY(source_list(t, &s, &n));
	for (size_t i = 0; i < n; i++) {
		const char *entity = turn_printf(t, "beacons/%s", s[i].name);

		TRY(signal_put(t, SIGNAL_BEACON_COUNTS, entity, source_counts(&s[i]), "look"));
		if (s[i].state == SOURCE_AWAY || s[i].state == SOURCE_UNTRIED)
			continue;
		TRY(signal_put(t, SIGNAL_BEACON_BEHIND, entity, (double)s[i].behind, "syncing"));
		TRY(signal_put(t, SIGNAL_BEACON_OUTVOTED, entity, (double)s[i].outvoted, "votes"));
		if (s[i].peers >= 0)
			TRY(signal_put(t, SIGNAL_BEACON_PEERS, entity, (double)s[i].peers,
				       "peer_count"));
	}
	return OK;
}

/* Old words are no words. */
static enum err network(struct turn *t)
{
	struct beacon b;
	enum err e = beacon_get(t, &b);

	if (e == ERR_MISSING)
		return OK;
	if (e != OK)
		return e;
	int64_t epoch = beacon_epoch_at(&b, t->now_ms);

	if (beacon_epoch_at(&b, b.seen_ms) < epoch - FRESH_EPOCHS)
		return OK;
	if (b.participation >= 0 && b.participation_epoch >= epoch - FRESH_EPOCHS)
		TRY(signal_put(t, SIGNAL_NETWORK_PARTICIPATION, "network",
			       (double)b.participation / 1e4, b.participation_source));
	if (b.finalized >= 0)
		TRY(signal_put(t, SIGNAL_NETWORK_FINALITY_LAG, "network",
			       (double)(epoch - b.finalized), "finality_checkpoints"));
	return OK;
}

static enum err fleet(struct turn *t)
{
	struct validator_counts c;

	TRY(validator_count(t, &c));
	int64_t up = c.health[VALIDATOR_UP], told = up + c.health[VALIDATOR_DEGRADED] +
						    c.health[VALIDATOR_ISOLATED] +
						    c.health[VALIDATOR_DOWN];

	if (told == 0)
		return OK;
	TRY(signal_put(t, SIGNAL_FLEET_ATTESTING, "fleet", 100.0 * (double)up / (double)told,
		       "validators"));
	return signal_put(t, SIGNAL_FLEET_DOWN, "fleet", (double)c.health[VALIDATOR_DOWN],
			  "validators");
}

static enum err client(struct turn *t)
{
	struct client_probe *p;
	struct judging j = { 0 };
	size_t n;

	TRY(client_list(t, &p, &n));
	client_judge(p, n, t->now_ms, GONE_AFTER_MS, &j);
	if (j.client != CLIENT_RUNS && j.client != CLIENT_GONE)
		return OK;
	return signal_put(t, SIGNAL_CLIENT_RUNS, "client", j.client == CLIENT_RUNS, "probes");
}

static enum err endpoints(struct turn *t)
{
	struct endpoint_row *e;
	size_t n;

	TRY(endpoint_list(t, ENDPOINTS_READ, &e, &n));
	for (size_t i = 0; i < n; i++) {
		const char *entity = turn_printf(t, "endpoints/%s", e[i].name);
		bool ok = e[i].state == ENDPOINT_ROW_OK;

		if (e[i].state == ENDPOINT_ROW_UNTRIED)
			continue;
		TRY(signal_put(t, SIGNAL_ENDPOINT_USABLE, entity, ok, "probe"));
		TRY(signal_put(t, SIGNAL_ENDPOINT_ERRORS, entity, (double)e[i].errors_ppm / 1e4,
			       "probe"));
		if (ok && e[i].head_ms > 0)
			TRY(signal_put(t, SIGNAL_ENDPOINT_HEAD_AGE, entity,
				       (double)(t->now_ms - e[i].head_ms) / 1000, "probe"));
		if (ok)
			TRY(signal_put(t, SIGNAL_ENDPOINT_LATENCY, entity, (double)e[i].latency_ms,
				       "probe"));
	}
	return OK;
}

struct keeping {
	struct host_look host;
	struct figures *figures;
};

static enum err keep(struct turn *t, void *arg)
{
	struct keeping *k = arg;

	lane_touch(t, TOPIC_RULE);
	TRY(host(t, &k->host));
	TRY(figures_put(t, k->figures));
	TRY(nodes(t));
	TRY(network(t));
	TRY(fleet(t));
	TRY(client(t));
	return endpoints(t);
}

enum err job_signals(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct keeping k = { .figures = &j->figures };

	*more_out = false;
	TRY(figures_burns(t, &j->figures));
	TRY(figures_read(t, &j->figures));
	host_look(&j->host, j->disk ? j->disk : ".", &k.host);
	return lane_run(t, keep, &k);
}
