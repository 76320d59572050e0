#include "server/core/page.h"

#include <assert.h>

#include "store/base/buf.h"
#include "store/channels.h"
#include "store/outbox.h"

enum { TOLD_MAX = 1000 };

static enum severity severity_of(enum incident_severity s)
{
	switch (s) {
	case INCIDENT_LOW:
		return SEVERITY_INFO;
	case INCIDENT_MEDIUM:
		return SEVERITY_WARNING;
	case INCIDENT_HIGH:
		return SEVERITY_ERROR;
	case INCIDENT_CRITICAL:
		return SEVERITY_CRITICAL;
	}
	return SEVERITY_CRITICAL;
}

static enum err deliver_to(struct turn *t, const struct notice *n, const struct channel *c)
{
	struct delivery d = { .notice = n->id,
			      .channel = c->id,
			      .state = DELIVERY_QUEUED,
			      .queued_ms = t->now_ms,
			      .next_ms = t->now_ms,
			      .said = "" };

	return delivery_add(t, &d);
}

enum err page_send(struct turn *t, const struct incident *i, enum page_level level,
		   enum page_reason reason, const char **told_out)
{
	struct buf told = buf_in(t->mem, TOLD_MAX);
	struct notice n = { .source = NOTICE_PAGE,
			    .kind = reason == PAGE_RESOLVED ? "incident.resolved" : "incident.page",
			    .subject = turn_printf(t, "incidents/%lld", (long long)i->id),
			    .severity = severity_of(i->severity),
			    .at_ms = t->now_ms,
			    .text = i->title,
			    .actor = t->actor,
			    .data = "{}" };
	struct channel *c;
	size_t n_channels;

	assert(t->in_lane);
	(void)level;
	TRY(channel_list(t, &c, &n_channels));
	TRY(notice_add(t, &n));
	for (size_t k = 0; k < n_channels; k++) {
		if (!c[k].enabled)
			continue;
		TRY(deliver_to(t, &n, &c[k]));
		buf_printf(&told, "%s%s", told.n ? ", " : "", c[k].name);
	}
	*told_out = told.n ? buf_text(&told) : "nobody: there is no channel";
	return OK;
}
