/* What people do to an incident. */
#include <assert.h>
#include <string.h>

#include "server/core/incident.h"
#include "server/core/incident_clock.h"
#include "server/core/mute.h"
#include "store/base/units.h"

enum { WHO_MAX = 200 };

/* *applied_out: it is open, and *out is it. */
static enum err take(struct turn *t, int64_t id, const char *who, struct incident *out,
		     bool *applied_out)
{
	assert(t->in_lane);
	if (!*who || strnlen(who, WHO_MAX + 1) > WHO_MAX)
		return fail(t, ERR_INVALID, "who: a name of 1 to %d bytes", WHO_MAX);
	TRY(incident_get(t, id, out));
	*applied_out = out->state != INCIDENT_RESOLVED;
	return OK;
}

static const char *with(struct turn *t, const char *what, const char *who, const char *comment)
{
	return turn_printf(t, "%s %s%s%s", what, who, *comment ? ": " : "", comment);
}

enum err incident_ack(struct turn *t, int64_t id, const char *who, const char *comment,
		      struct incident *out, bool *applied_out)
{
	struct incident_clock c;

	TRY(take(t, id, who, out, applied_out));
	if (!*applied_out)
		return OK;
	c = incident_clock(out->severity, out->kind);
	out->state = INCIDENT_ACKNOWLEDGED;
	out->ack_by = who;
	out->ack_ms = t->now_ms;
	if (out->first_ack_ms == 0)
		out->first_ack_ms = t->now_ms;
	out->ack_due_ms = 0;
	out->lapse_due_ms = t->now_ms + c.lapse_ms;
	/* What repeats because nobody was there ends; what repeats because it lasts does not. */
	if (!out->resolve_missed)
		out->repeat_due_ms = 0;
	TRY(incident_record(t, out, ROW_ACKNOWLEDGED, "incident.acknowledged",
			    with(t, "by", who, comment)));
	TRY(page_acknowledged(t, out));
	return incident_save(t, out);
}

enum err incident_unack(struct turn *t, int64_t id, const char *who, const char *comment,
			struct incident *out, bool *applied_out)
{
	TRY(take(t, id, who, out, applied_out));
	*applied_out = out->state == INCIDENT_ACKNOWLEDGED;
	if (!*applied_out)
		return OK;
	out->state = INCIDENT_TRIGGERED;
	out->ack_by = "";
	out->lapse_due_ms = 0;
	out->ack_due_ms = t->now_ms + incident_clock(out->severity, out->kind).ack_ms;
	TRY(incident_record(t, out, ROW_UNACKNOWLEDGED, "incident.unacknowledged",
			    with(t, "by", who, comment)));
	TRY(incident_notify(t, out, LEVEL_PRIMARY, PAGE_ACK_LAPSED));
	return incident_save(t, out);
}

enum err incident_resolve(struct turn *t, int64_t id, const char *who, const char *text,
			  enum incident_resolution how, struct incident *out, bool *applied_out)
{
	TRY(take(t, id, who, out, applied_out));
	if (!*applied_out)
		return OK;
	if (how == RESOLVED_MANUAL)
		TRY(incident_complete(t, out));
	out->state = INCIDENT_RESOLVED;
	out->resolution = how;
	out->resolved_by = who;
	out->resolved_ms = t->now_ms > out->opened_ms ? t->now_ms : out->opened_ms;
	out->ack_due_ms = out->resolve_due_ms = 0;
	out->lapse_due_ms = out->repeat_due_ms = out->clear_due_ms = 0;
	TRY(incident_measure(t, out));
	const char *impact = incident_impact_text(t, out);

	TRY(incident_record(t, out, ROW_RESOLVED, "incident.resolved",
			    turn_printf(t, "after %s%s%s, %s",
					duration_str(t, out->resolved_ms - out->opened_ms),
					*impact ? ", " : "", impact, with(t, "by", who, text))));
	/* Who was told that it began is told that it is over. */
	if (out->pages > 0)
		TRY(incident_notify(t, out, (enum page_level)out->level, PAGE_RESOLVED));
	TRY(incident_save(t, out));
	return silence_resolved(t, out->rule, out->subject);
}

enum err incident_escalate(struct turn *t, int64_t id, const char *who, enum page_level level,
			   const char *comment, struct incident *out, bool *applied_out)
{
	int64_t from;

	TRY(take(t, id, who, out, applied_out));
	if (!*applied_out)
		return OK;
	from = out->level;
	if (!level)
		level = from < LEVEL_LEAD ? (enum page_level)(from + 1) : LEVEL_LEAD;
	out->page = true;
	TRY(incident_record(t, out, ROW_ESCALATED, "incident.escalated",
			    turn_printf(t, "from %s to %s, by hand, %s",
					level_word((enum page_level)from), level_word(level),
					with(t, "by", who, comment))));
	TRY(incident_notify(t, out, level, PAGE_BY_HAND));
	return incident_save(t, out);
}

enum err incident_set_severity(struct turn *t, int64_t id, enum incident_severity to,
			       const char *who, const char *comment, struct incident *out,
			       bool *applied_out)
{
	bool raised;

	TRY(take(t, id, who, out, applied_out));
	*applied_out = *applied_out && out->severity != to;
	if (!*applied_out)
		return OK;
	raised = to > out->severity;
	if (!raised && !*comment)
		return fail(t, ERR_INVALID, "comment: say why the severity is lowered");
	const char *text = turn_printf(t, "%s, was %s, %s", severity_word(to),
				       severity_word(out->severity), with(t, "by", who, comment));

	out->severity = to;
	if (raised) {
		if (to > out->worst)
			out->worst = to;
		if (out->state == INCIDENT_TRIGGERED)
			incident_start_clocks(t, out);
		TRY(incident_record(t, out, ROW_WORSENED, "incident.worsened", text));
		TRY(incident_notify(t, out, LEVEL_PRIMARY, PAGE_WORSENED));
	} else {
		TRY(incident_record(t, out, ROW_LOWERED, "incident.lowered", text));
	}
	return incident_save(t, out);
}
