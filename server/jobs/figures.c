#include "server/jobs/figures.h"

#include "server/core/backup.h"
#include "server/core/beacon.h"
#include "server/core/burn.h"
#include "server/core/channel.h"
#include "server/core/fleet.h"
#include "server/core/shared.h"
#include "server/core/signal.h"
#include "server/jobs/count.h"
#include "server/ops/metrics.h"
#include "store/audit.h"
#include "store/burns.h"

enum { AUDIT_AT_ONCE = 2000, ENDPOINTS_READ = 64, BURNS_AT_ONCE = 500, BURN_EVERY_MS = 60000 };
enum { RATE_LEAST = 10, SERIES_READ = 5000, HOUR_MS = 3600000, DAY_MS = 86400000 };
/* The promise that the burn is of: 99 % of the duties, over 30 days. */
static const double UPTIME_PROMISED = 99;

/* ---- the fleet ---- */

static enum err breakers(struct turn *t)
{
	struct wallet_counts c;

	TRY(wallet_count(t, &c));
	if (c.active == 0)
		return OK;
	return signal_put(t, SIGNAL_FLEET_BREAKERS, "fleet",
			  100.0 * (double)c.tripped / (double)c.active, "wallets");
}

static enum err endpoints(struct turn *t)
{
	struct endpoint_row *e;
	size_t n, usable = 0, away = 0, limited = 0;

	TRY(endpoint_list(t, ENDPOINTS_READ, &e, &n));
	for (size_t i = 0; i < n; i++) {
		if (e[i].state == ENDPOINT_ROW_UNTRIED)
			return OK; /* the first round is on its way */
		usable += e[i].state == ENDPOINT_ROW_OK;
		limited += e[i].state == ENDPOINT_ROW_LIMITED;
		away += e[i].state == ENDPOINT_ROW_AWAY || e[i].state == ENDPOINT_ROW_DISABLED;
	}
	if (n == 0)
		return OK;
	/* One that holds us back still serves. */
	TRY(signal_put(t, SIGNAL_ENDPOINTS_USABLE, "fleet", (double)(usable + limited), "probe"));
	TRY(signal_put(t, SIGNAL_ENDPOINTS_AWAY, "fleet", (double)away, "probe"));
	return signal_put(t, SIGNAL_ENDPOINTS_LIMITED, "fleet", (double)limited, "probe");
}

static enum err beacons(struct turn *t)
{
	struct beacon_source *s;
	size_t n, counting = 0;

	TRY(source_list(t, &s, &n));
	for (size_t i = 0; i < n; i++) {
		if (s[i].state == SOURCE_UNTRIED)
			return OK;
		counting += source_counts(&s[i]);
	}
	return n == 0 ? OK
		      : signal_put(t, SIGNAL_BEACONS_COUNTING, "fleet", (double)counting, "look");
}

static enum err reviews(struct turn *t)
{
	int64_t counts[TX_REVIEW + 1];

	TRY(intent_count(t, counts));
	return signal_put(t, SIGNAL_FLEET_REVIEWS, "fleet", (double)counts[TX_REVIEW], "journal");
}

/* How long none of the profile's wallets has acted, once the first of them was due. */
static double idle_seconds(const struct profile *p, const struct pace_span *s, int64_t began_ms,
			   int64_t now_ms)
{
	int64_t oldest = s->oldest_ms > began_ms ? s->oldest_ms : began_ms;
	int64_t due = oldest + p->interval_ms * (100 + p->jitter_pct) / 100;
	int64_t since = s->newest_ms > due ? s->newest_ms : due;

	return now_ms > since ? (double)(now_ms - since) / 1000 : 0;
}

static enum err idle(struct turn *t, const struct figures *f)
{
	enum fleet_state state;

	if (!policy()->engine)
		return OK;
	TRY(fleet_state_now(t, &state));
	for (size_t i = 0; i < policy()->n_profiles; i++) {
		const struct profile *p = &policy()->profiles[i];
		struct pace_span s;

		if (!p->has_action)
			continue;
		TRY(pace_span(t, p->name, &s));
		if (s.n == 0)
			continue;
		TRY(signal_put(t, SIGNAL_FLEET_IDLE, turn_printf(t, "profiles/%s", p->name),
			       state == FLEET_RUNNING ? idle_seconds(p, &s, f->began_ms, t->now_ms)
						      : 0,
			       "paces"));
	}
	return OK;
}

static enum err unheld_keys(struct turn *t)
{
	struct cover c;
	int64_t missing;

	if (!policy()->require_backup)
		return OK;
	TRY(kit_cover(t, &c));
	TRY(cover_missing_count(t, &c, &missing));
	return signal_put(t, SIGNAL_KEYS_UNHELD, "fleet", (double)missing, "kits");
}

/* ---- what was counted, over ten minutes ---- */

static void count_now(struct turn *t, struct figures *f)
{
	struct counted now = { .at_ms = t->now_ms };
	double v;

	(void)metric_kept(METRIC_ACTIONS, NULL, "confirmed", &now.well);
	for (size_t i = 0; i < 3; i++) {
		static const char *const bad[] = { "reverted", "review", "refused" };

		(void)metric_kept(METRIC_ACTIONS, NULL, bad[i], &v);
		now.failed += v;
	}
	(void)metric_kept(METRIC_CALLS, NULL, err_name(ERR_DENIED), &now.refused);
	if (f->n == FIGURE_LOOKS) {
		for (size_t i = 1; i < f->n; i++)
			f->looks[i - 1] = f->looks[i];
		f->n--;
	}
	f->looks[f->n++] = now;
}

static enum err rates(struct turn *t, const struct figures *f)
{
	const struct counted *first = &f->looks[0], *last = &f->looks[f->n - 1];
	double failed = last->failed - first->failed;
	double all = failed + last->well - first->well;

	TRY(signal_put(t, SIGNAL_REFUSALS, "daemon", last->refused - first->refused, "doors"));
	if (all < RATE_LEAST)
		return OK;
	return signal_put(t, SIGNAL_FLEET_ERRORS, "fleet", 100 * failed / all, "actions");
}

/* ---- figures of figures ---- */

static int64_t series_of(const struct series *s, size_t n, enum signal what)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].signal == (int64_t)what)
			return s[i].id;
	return 0;
}

/* The share of the window that was lost. What nobody measured was not lost: a young store has no
 * long history, and a short dip in it is not days of it. */
static enum err lost_share(struct turn *t, int64_t series, int64_t window_ms, double *out)
{
	bool hours = window_ms > 8 * (int64_t)HOUR_MS;
	int64_t span = hours ? HOUR_MS : 60000;
	struct sample_sum *m;
	size_t n;

	*out = 0;
	TRY(sample_sums(t, series, hours ? SPAN_HOUR : SPAN_MINUTE, t->now_ms - window_ms,
			t->now_ms + 1, 1000, &m, &n));
	for (size_t i = 0; i < n; i++)
		*out += (100 - m[i].sum / (double)m[i].n) / 100 * (double)span;
	*out /= (double)window_ms;
	return OK;
}

static enum err burn(struct turn *t, int64_t series, enum signal to, int64_t slow_ms,
		     int64_t quick_ms)
{
	double slow, quick, budget = (100 - UPTIME_PROMISED) / 100;

	TRY(lost_share(t, series, slow_ms, &slow));
	TRY(lost_share(t, series, quick_ms, &quick));
	return signal_put(t, to, "fleet", (slow < quick ? slow : quick) / budget,
			  "fleet.attesting");
}

static enum err burns(struct turn *t, int64_t series)
{
	if (series == 0)
		return OK;
	TRY(burn(t, series, SIGNAL_FLEET_BURN_FAST, HOUR_MS, HOUR_MS / 12));
	TRY(burn(t, series, SIGNAL_FLEET_BURN_MIDDLE, 6 * (int64_t)HOUR_MS, HOUR_MS / 2));
	return burn(t, series, SIGNAL_FLEET_BURN_SLOW, 3 * (int64_t)DAY_MS, 6 * (int64_t)HOUR_MS);
}

/* A straight line through the first and the last half hour of six. */
static enum err disk_full_in(struct turn *t, int64_t series)
{
	enum { SLOTS = 12, HALF_HOUR = HOUR_MS / 2, LEAST = 6 };
	struct sample_sum *m;
	size_t n;
	double sum[SLOTS] = { 0 }, count[SLOTS] = { 0 };
	int64_t from = t->now_ms - 6 * (int64_t)HOUR_MS;
	int first = -1, last = -1;

	if (series == 0)
		return OK;
	TRY(sample_sums(t, series, SPAN_MINUTE, from, t->now_ms + 1, 1000, &m, &n));
	for (size_t i = 0; i < n; i++) {
		int64_t slot = (m[i].start_ms - from) / HALF_HOUR;

		if (slot < 0 || slot >= SLOTS)
			continue;
		sum[slot] += m[i].sum;
		count[slot] += (double)m[i].n;
		first = first < 0 ? (int)slot : first;
		last = (int)slot;
	}
	if (last - first < LEAST)
		return OK;
	double now = sum[last] / count[last];
	double an_hour = (now - sum[first] / count[first]) / (last - first) * 2;

	if (an_hour < 0.01)
		return OK;
	return signal_put(t, SIGNAL_HOST_DISK_FULL_IN, "host", (100 - now) / an_hour, "host.disk");
}

static enum err of_series(struct turn *t)
{
	struct series *s;
	size_t n;

	TRY(series_list(t, SIGNAL_FLEET_ATTESTING, 1, &s, &n));
	TRY(burns(t, series_of(s, n, SIGNAL_FLEET_ATTESTING)));
	TRY(series_list(t, SIGNAL_HOST_DISK, 1, &s, &n));
	return disk_full_in(t, series_of(s, n, SIGNAL_HOST_DISK));
}

/* ---- ourselves ---- */

static enum err channels(struct turn *t)
{
	struct channel *c;
	size_t n, enabled = 0, failing = 0;
	int64_t waiting = 0, well_ms = 0;

	TRY(channel_list(t, &c, &n));
	for (size_t i = 0; i < n; i++) {
		bool ill = c[i].state != CHANNEL_OK;
		int64_t wait, last = c[i].ok_ms ? c[i].ok_ms : c[i].created_ms;

		if (!c[i].enabled)
			continue;
		TRY(delivery_waiting(t, c[i].id, 1, &wait));
		TRY(signal_put(t, SIGNAL_CHANNEL_FAILING, turn_printf(t, "channels/%s", c[i].name),
			       ill, "deliveries"));
		waiting += wait;
		enabled++;
		failing += ill;
		well_ms = last > well_ms ? last : well_ms;
	}
	if (enabled == 0)
		return OK;
	return signal_put(t, SIGNAL_NOTIFY_FAILING, "daemon",
			  failing == enabled && waiting > 0 && t->now_ms > well_ms
				  ? (double)(t->now_ms - well_ms) / 1000
				  : 0,
			  "deliveries");
}

static enum err certificate(struct turn *t, const char *which)
{
	double until;

	if (!metric_kept(METRIC_TLS_UNTIL, which, NULL, &until))
		return OK;
	return signal_put(t, SIGNAL_CERTIFICATE_DAYS, turn_printf(t, "certificates/%s", which),
			  (until * 1000 - (double)t->now_ms) / DAY_MS, "doors.tls");
}

static enum err ourselves(struct turn *t, const struct figures *f)
{
	if (f->still_ms)
		TRY(signal_put(t, SIGNAL_ENGINE_STILL, "daemon",
			       (double)f->still_ms(t->now_ms) / 1000, "jobs"));
	TRY(signal_put(t, SIGNAL_AUDIT_BROKEN, "daemon", f->audit_broken, "audit"));
	TRY(certificate(t, "server"));
	TRY(certificate(t, "client_ca"));
	return channels(t);
}

/* ---- all of it ---- */

/* The audit is read again from its beginning at each start, and from then on as it grows. */
enum err figures_read(struct turn *t, struct figures *f)
{
	size_t n;

	if (f->began_ms == 0)
		f->began_ms = t->now_ms;
	count_now(t, f);
	if (f->audit_broken)
		return OK;
	enum err e = audit_verify(t, f->audit_after, AUDIT_AT_ONCE, &f->audit_after, &n);

	f->audit_broken = e == ERR_BROKEN;
	return f->audit_broken ? OK : e;
}

enum err figures_put(struct turn *t, struct figures *f)
{
	TRY(breakers(t));
	TRY(endpoints(t));
	TRY(beacons(t));
	TRY(reviews(t));
	TRY(idle(t, f));
	TRY(unheld_keys(t));
	TRY(rates(t, f));
	TRY(of_series(t));
	return ourselves(t, f);
}

struct taking {
	int64_t after;
	bool more;
};

static enum err take(struct turn *t, void *arg)
{
	struct taking *k = arg;

	return burns_take(t, &k->after, BURNS_AT_ONCE, &k->more);
}

enum err figures_burns(struct turn *t, struct figures *f)
{
	struct taking k = { .more = true };

	if (f->burn_ms > 0 && t->now_ms - f->burn_ms < BURN_EVERY_MS && t->now_ms >= f->burn_ms)
		return OK;
	f->burn_ms = t->now_ms;
	while (k.more)
		TRY(lane_run(t, take, &k));
	return OK;
}
