/* What must hold before planned work starts. */
#include "server/core/calendar.h"
#include "server/core/mute.h"
#include "server/core/window.h"
#include "store/beacon.h"
#include "store/chain.h"
#include "store/incidents.h"
#include "store/validators.h"

enum { GATES = 8, ENDPOINTS = 32, PROPOSALS = 64 };

struct shut {
	const char **lines;
	size_t n;
};

static enum err add(struct shut *s, const char *line)
{
	s->lines[s->n++] = line;
	return OK;
}

static enum err notice(struct turn *t, const struct window *w, struct shut *s)
{
	if (w->notice_ms && w->start_ms - w->notice_ms >= NOTICE_AHEAD_MS)
		return OK;
	if (!w->notice_ms)
		return add(s, "notice: those concerned were not told 72 hours before "
			      "(`ghostctl maintenance notice`)");
	return add(s, turn_printf(t, "notice: those concerned were told %lld hours before, not 72",
				  (long long)((w->start_ms - w->notice_ms) / 3600000)));
}

static enum err incidents(struct turn *t, struct shut *s)
{
	struct incident_filter critical = {
		.states = 1 << INCIDENT_TRIGGERED | 1 << INCIDENT_ACKNOWLEDGED,
		.severities = 1 << INCIDENT_CRITICAL,
	};
	struct incident *i;
	size_t n;

	TRY(incident_list(t, &critical, 1, &i, &n));
	return n == 0 ? OK
		      : add(s,
			    turn_printf(t, "incidents: incident %lld is critical and open: %.120s",
					(long long)i->id, i->title));
}

static enum err endpoints_usable(struct turn *t, bool *out)
{
	struct endpoint_row *e;
	size_t n;

	TRY(endpoint_list(t, ENDPOINTS, &e, &n));
	*out = n == 0;
	for (size_t i = 0; i < n; i++)
		*out = *out || e[i].state == ENDPOINT_ROW_OK || e[i].state == ENDPOINT_ROW_UNTRIED;
	return OK;
}

static enum err health(struct turn *t, struct shut *s)
{
	struct validator_counts c;
	bool usable;

	TRY(endpoints_usable(t, &usable));
	if (!usable)
		TRY(add(s, "health: no endpoint of the chain is usable"));
	TRY(validator_count(t, &c));
	int64_t ill = c.health[VALIDATOR_DOWN] + c.health[VALIDATOR_ISOLATED];

	return ill == 0 ? OK
			: add(s, turn_printf(t, "health: %lld validators are down or isolated",
					     (long long)ill));
}

/* Work on validators waits for their blocks: missed ones cost most. */
static enum err duties(struct turn *t, const struct window *w, struct shut *s)
{
	struct beacon b;
	struct proposal *p;
	size_t n, due = 0;
	int64_t last = 0;
	enum err e = mute_matches(w->subject, "validators/1") ? beacon_get(t, &b) : ERR_MISSING;

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	int64_t end = (beacon_epoch_at(&b, t->now_ms) + 2) * b.slots;

	TRY(proposal_due(t, end, PROPOSALS, &p, &n));
	for (size_t i = 0; i < n; i++) {
		if (p[i].at_ms + b.slot_ms < t->now_ms)
			continue;
		due++;
		last = p[i].at_ms > last ? p[i].at_ms : last;
	}
	if (due == 0)
		return OK;
	return add(s, turn_printf(t, "duties: %zu blocks of ours are due; free from %s on", due,
				  local_words(t, w->zone, last + b.slot_ms)));
}

enum err window_gates(struct turn *t, const struct window *w, const char ***shut_out, size_t *n_out)
{
	struct shut s = { .lines = turn_array(t, GATES, sizeof(*s.lines)) };

	if (w->gates & GATE_NOTICE)
		TRY(notice(t, w, &s));
	if (w->gates & GATE_INCIDENTS)
		TRY(incidents(t, &s));
	if (w->gates & GATE_HEALTH)
		TRY(health(t, &s));
	if (w->gates & GATE_DUTIES)
		TRY(duties(t, w, &s));
	*shut_out = s.lines;
	*n_out = s.n;
	return OK;
}
