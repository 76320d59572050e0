#include "server/core/quarantine.h"

#include <assert.h>
#include <string.h>

#include "server/core/incident.h"
#include "server/core/journal.h"
#include "server/core/progress.h"
#include "store/audit.h"
#include "store/base/log.h"
#include "store/events.h"
#include "store/meta.h"
#include "store/pauses.h"

enum { AT_ONCE = 100, PAUSES_READ = 16, ATTEMPTS_READ = 32 };

/* One byte: 1 while there is more to set aside. */
static const char KEY[] = "quarantine";
static const char REASON[] = "quarantine: ";

static enum err flag(struct turn *t, bool on)
{
	uint8_t byte = on;

	return meta_set(t, KEY, &byte, 1);
}

enum err quarantine_unfinished(struct turn *t, bool *out)
{
	struct bytes said;
	enum err e = meta_get(t, KEY, &said);

	*out = e == OK && said.n == 1 && said.p[0] == 1;
	return e == ERR_MISSING ? OK : e;
}

static enum err set_aside(struct turn *t, struct intent *i)
{
	struct attempt *a;
	bool opened;
	size_t n;

	TRY(attempt_list(t, i->id, ATTEMPTS_READ, &a, &n));
	for (size_t k = 0; k < n; k++) {
		if (tx_is_final(a[k].state))
			continue;
		/* Handed out or not: this store may have forgotten that it was. */
		if (a[k].first_ms == 0)
			a[k].first_ms = t->now_ms;
		TRY(attempt_move(t, &a[k], TX_REVIEW));
	}
	TRY(intent_move(t, i, TX_REVIEW,
			"the store is older than the chain: is this transaction there?"));
	return progress_review(t, i, &opened);
}

enum err quarantine_set_aside(struct turn *t)
{
	struct intent_filter live = { .states = 1u << TX_PREPARED | 1u << TX_SIGNED |
						1u << TX_UNKNOWN | 1u << TX_IN_POOL |
						1u << TX_FEE_WAIT };
	struct intent *i;
	size_t n;

	assert(t->in_lane);
	TRY(intent_list(t, &live, 0, AT_ONCE, &i, &n));
	for (size_t k = 0; k < n; k++)
		TRY(set_aside(t, &i[k]));
	return flag(t, n == AT_ONCE);
}

static enum err is_in_force(struct turn *t, bool *out)
{
	struct pause *p;
	size_t n;

	*out = false;
	TRY(pause_active(t, "fleet", PAUSES_READ, &p, &n));
	for (size_t k = 0; k < n; k++)
		*out = *out || strncmp(p[k].reason, REASON, strlen(REASON)) == 0;
	return OK;
}

static enum err tell(struct turn *t, const char *why)
{
	struct trigger g = { .key = INCIDENT_QUARANTINE,
			     .rule = INCIDENT_QUARANTINE,
			     .subject = "fleet",
			     .title = "the store is older than the chain: locked down",
			     .text = turn_printf(t, "%s. See `ghostctl tx list`, then resume.",
						 why),
			     .severity = INCIDENT_CRITICAL,
			     .page = true,
			     .never_suppress = true };
	struct incident i;
	bool opened;

	return incident_trigger(t, &g, &i, &opened);
}

enum err quarantine_enter(struct turn *t, const char *why)
{
	struct pause p;
	bool already;

	assert(t->in_lane);
	TRY(is_in_force(t, &already));
	if (already)
		return OK;
	const char *reason = turn_printf(t, "%s%.400s", REASON, why);

	log_line(t, LOG_ERROR, "quarantine: the store is older than the chain", "why", why, NULL);
	TRY(pause_add(t, PAUSE_LOCKDOWN, "fleet", reason, &p));
	TRY(event_add(t, TOPIC_FLEET, "fleet", "fleet.quarantined", why));
	TRY(audit_add(t, "fleet.quarantined", "fleet", why));
	TRY(tell(t, why));
	return quarantine_set_aside(t);
}
