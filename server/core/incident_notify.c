/* Who is told of an incident, and what the timeline says about it. */
#include <assert.h>

#include "server/core/incident.h"
#include "server/core/mute.h"
#include "store/audit.h"
#include "store/events.h"

const char *incident_subject(struct turn *t, int64_t id)
{
	return turn_printf(t, "incidents/%lld", (long long)id);
}

const char *severity_word(enum incident_severity s)
{
	switch (s) {
	case INCIDENT_LOW:
		return "low";
	case INCIDENT_MEDIUM:
		return "medium";
	case INCIDENT_HIGH:
		return "high";
	case INCIDENT_CRITICAL:
		return "critical";
	}
	return "?";
}

const char *level_word(enum page_level l)
{
	switch (l) {
	case LEVEL_PRIMARY:
		return "primary";
	case LEVEL_SECONDARY:
		return "secondary";
	case LEVEL_LEAD:
		return "lead";
	}
	return "nobody";
}

const char *page_reason_text(enum page_reason r)
{
	switch (r) {
	case PAGE_FIRST:
		return "it opened";
	case PAGE_REPEAT:
		return "it lasts";
	case PAGE_ACK_MISSED:
		return "nobody acknowledged it in time";
	case PAGE_RESOLVE_MISSED:
		return "it was not resolved in time";
	case PAGE_WORSENED:
		return "it got worse";
	case PAGE_ACK_LAPSED:
		return "nobody is on it any more";
	case PAGE_RESOLVED:
		return "it is resolved";
	case PAGE_BY_HAND:
		return "somebody asked for it";
	}
	return "?";
}

enum err incident_record(struct turn *t, const struct incident *i, enum incident_row_kind row,
			 const char *kind, const char *text)
{
	const char *subject = incident_subject(t, i->id);

	/* The record first: the row carries its number. */
	TRY(audit_add(t, kind, subject, text));
	TRY(incident_tell(t, i->id, row, text, NULL));
	return event_add(t, TOPIC_INCIDENT, subject, kind, text);
}

static enum err not_told(struct turn *t, const struct incident *i, enum page_level level,
			 enum page_reason reason, const char *by)
{
	return incident_tell(t, i->id, ROW_NOTIFY_SUPPRESSED,
			     turn_printf(t, "%s not told that %s: %s", level_word(level),
					 page_reason_text(reason), by),
			     NULL);
}

/* Who was told that it began hears that it is over, and who asks for help gets it. */
static bool may_be_muted(const struct incident *i, enum page_reason reason)
{
	return !i->never_suppress && reason != PAGE_RESOLVED && reason != PAGE_BY_HAND;
}

enum err incident_notify(struct turn *t, struct incident *i, enum page_level level,
			 enum page_reason reason)
{
	const char *told = "";

	assert(t->in_lane);
	if (!i->page)
		return not_told(t, i, level, reason, "it is a ticket");
	if (may_be_muted(i, reason)) {
		struct mute m;

		TRY(mute_of(t, i->rule, i->subject, &m));
		if (m.by)
			return not_told(t, i, level, reason,
					turn_printf(t, "%s, %s", m.by, m.text));
	}
	TRY(page_send(t, i, level, reason, &told));
	i->pages++;
	i->paged_ms = t->now_ms;
	if (reason != PAGE_RESOLVED && i->level < (int64_t)level)
		i->level = level;
	const char *text = turn_printf(t, "%s told that %s: %s", level_word(level),
				       page_reason_text(reason), told);

	TRY(audit_add(t, "incident.paged", incident_subject(t, i->id), text));
	return incident_tell(t, i->id, ROW_NOTIFY_SENT, text, NULL);
}

const char *timeline_word(enum incident_row_kind k)
{
	static const char *const words[] = {
		[ROW_OPENED] = "opened",
		[ROW_AGAIN] = "again",
		[ROW_WORSENED] = "worse",
		[ROW_LOWERED] = "lowered",
		[ROW_ACKNOWLEDGED] = "acknowledged",
		[ROW_UNACKNOWLEDGED] = "given back",
		[ROW_ACK_LAPSED] = "acknowledgement lapsed",
		[ROW_ESCALATED] = "escalated",
		[ROW_BREACHED] = "deadline missed",
		[ROW_NOTIFY_SENT] = "told",
		[ROW_NOTIFY_SUPPRESSED] = "not told",
		[ROW_CHANGE] = "change",
		[ROW_CLEARED] = "cleared",
		[ROW_FLAPPING] = "flapping",
		[ROW_RESOLVED] = "resolved",
		[ROW_IMPACT] = "impact",
		[ROW_RATED] = "rated",
		[ROW_LINKED] = "linked",
		[ROW_ANNOUNCED] = "announced",
		[ROW_ANSWERED] = "answered",
		[ROW_ACTION_ITEM] = "action item",
		[ROW_PROCEDURE] = "procedure",
		[ROW_RECALLED] = "earlier",
	};

	return k > 0 && k < sizeof(words) / sizeof(words[0]) ? words[k] : "?";
}
