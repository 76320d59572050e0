/* The deadlines of incidents. */
#include <assert.h>

#include "server/core/incident.h"
#include "server/core/incident_clock.h"
#include "store/base/units.h"

static enum err escalate(struct turn *t, struct incident *i, enum page_level to, const char *why,
			 enum page_reason reason)
{
	TRY(incident_record(t, i, ROW_ESCALATED, "incident.escalated",
			    turn_printf(t, "from %s to %s, timeout: %s",
					level_word((enum page_level)i->level), level_word(to),
					why)));
	return incident_notify(t, i, to, reason);
}

static enum err breached(struct turn *t, struct incident *i, const char *why)
{
	return incident_record(t, i, ROW_BREACHED, "incident.breached", why);
}

static enum err ack_missed(struct turn *t, struct incident *i)
{
	const char *why = page_reason_text(PAGE_ACK_MISSED);

	i->ack_due_ms = 0;
	i->ack_missed = true;
	if (!i->page)
		return breached(t, i, why);
	switch (i->severity) {
	case INCIDENT_LOW:
		TRY(breached(t, i, why));
		return incident_notify(t, i, LEVEL_PRIMARY, PAGE_ACK_MISSED);
	case INCIDENT_MEDIUM:
	case INCIDENT_HIGH:
		return escalate(t, i, LEVEL_SECONDARY, why, PAGE_ACK_MISSED);
	case INCIDENT_CRITICAL:
		TRY(escalate(t, i, LEVEL_SECONDARY, why, PAGE_ACK_MISSED));
		return incident_notify(t, i, LEVEL_PRIMARY, PAGE_REPEAT);
	}
	return OK;
}

static enum err resolve_missed(struct turn *t, struct incident *i)
{
	const char *why = page_reason_text(PAGE_RESOLVE_MISSED);
	struct incident_clock c = incident_clock(i->severity, i->kind);

	i->resolve_due_ms = 0;
	i->resolve_missed = true;
	if (!i->page || i->severity == INCIDENT_LOW)
		return breached(t, i, why);
	TRY(escalate(t, i, LEVEL_LEAD, why, PAGE_RESOLVE_MISSED));
	if (c.repeat_ms == 0)
		return OK;
	i->repeat_due_ms = t->now_ms + c.repeat_ms;
	/* Whoever took it is reminded. */
	return i->state == INCIDENT_ACKNOWLEDGED
		       ? incident_notify(t, i, LEVEL_PRIMARY, PAGE_RESOLVE_MISSED)
		       : OK;
}

static enum err repeat(struct turn *t, struct incident *i)
{
	struct incident_clock c = incident_clock(i->severity, i->kind);
	int64_t every = i->resolve_missed ? c.repeat_ms : c.again_ms;

	i->repeats++;
	i->repeat_due_ms = every > 0 && i->repeats < c.repeats ? t->now_ms + every : 0;
	return incident_notify(t, i, i->resolve_missed ? LEVEL_LEAD : LEVEL_PRIMARY, PAGE_REPEAT);
}

static enum err lapsed(struct turn *t, struct incident *i)
{
	struct incident_clock c = incident_clock(i->severity, i->kind);

	i->lapse_due_ms = 0;
	i->state = INCIDENT_TRIGGERED;
	i->ack_due_ms = t->now_ms + c.ack_ms;
	TRY(incident_record(t, i, ROW_ACK_LAPSED, "incident.ack_lapsed",
			    turn_printf(t, "%s had it for %s", i->ack_by,
					duration_str(t, t->now_ms - i->ack_ms))));
	i->ack_by = "";
	return incident_notify(t, i, LEVEL_PRIMARY, PAGE_ACK_LAPSED);
}

static bool due(int64_t deadline, const struct turn *t)
{
	return deadline > 0 && deadline <= t->now_ms;
}

/* Each deadline is taken away before what it does, so that it fires once; what begins at this
 * moment is not due yet. */
static enum err fire(struct turn *t, struct incident *i)
{
	bool applied, acks = due(i->ack_due_ms, t), resolves = due(i->resolve_due_ms, t);
	bool lapses = due(i->lapse_due_ms, t), repeats = due(i->repeat_due_ms, t);

	if (due(i->clear_due_ms, t))
		return incident_resolve(t, i->id, t->actor, "it has been quiet", RESOLVED_AUTO, i,
					&applied);
	if (acks)
		TRY(ack_missed(t, i));
	if (resolves)
		TRY(resolve_missed(t, i));
	if (lapses)
		TRY(lapsed(t, i));
	/* Just told for another reason: the next repeat is enough. */
	if (repeats && !resolves)
		TRY(repeat(t, i));
	return incident_save(t, i);
}

enum err incidents_fire(struct turn *t, size_t limit, bool *more_out)
{
	struct incident *i;
	size_t n;

	assert(t->in_lane);
	TRY(incident_due(t, t->now_ms, limit, &i, &n));
	for (size_t k = 0; k < n; k++)
		TRY(fire(t, &i[k]));
	*more_out = n == limit;
	return OK;
}
