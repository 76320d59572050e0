/* From a page to the outbox: now, or held and told with others. */
#include <string.h>

#include "server/core/ack.h"
#include "server/core/event_kinds.h"
#include "server/core/incident.h"
#include "server/core/page_inside.h"
#include "server/core/page_watch.h"
#include "store/audit.h"

/* A channel is sent so many within so long; what is more waits for room, and then goes as one. */
static const struct {
	size_t n;
	int64_t within_ms;
} rates[] = { { 3, 60000 }, { 8, 900000 }, { 15, 3600000 } };

enum { RATES = sizeof(rates) / sizeof(rates[0]), MOST_SENT = 15, BUNDLE_MAX = 40 };

bool page_takes(const struct channel *c)
{
	return c->enabled && event_wanted(c->events, "incident.page");
}

enum err page_now(struct turn *t, int64_t page, int64_t notice, int64_t channel)
{
	struct page_part part = {
		.page = page, .channel = channel, .state = PART_SENT, .at_ms = t->now_ms
	};
	struct delivery d = { .notice = notice,
			      .channel = channel,
			      .state = DELIVERY_QUEUED,
			      .queued_ms = t->now_ms,
			      .said = "" };
	enum err e;

	TRY(part_add(t, &part));
	e = delivery_add(t, &d);
	return e == ERR_EXISTS ? OK : e;
}

/* When the channel has room again. */
static enum err room_at(struct turn *t, int64_t channel, int64_t *due_out)
{
	int64_t *sent;
	size_t n;

	*due_out = t->now_ms;
	TRY(part_times(t, channel, t->now_ms - rates[RATES - 1].within_ms, MOST_SENT, &sent, &n));
	for (size_t k = 0; k < RATES; k++)
		if (n >= rates[k].n && sent[rates[k].n - 1] + rates[k].within_ms > *due_out)
			*due_out = sent[rates[k].n - 1] + rates[k].within_ms;
	return OK;
}

enum err page_queue(struct turn *t, const struct page *p, const struct notice *n,
		    const struct channel *c, bool *held_out)
{
	struct page_part part = { .page = p->id, .channel = c->id, .state = PART_HELD };

	*held_out = false;
	/* A pager keeps one alarm an incident by itself. */
	if (p->severity != INCIDENT_CRITICAL && c->kind != CHANNEL_PAGERDUTY) {
		TRY(room_at(t, c->id, &part.at_ms));
		*held_out = part.at_ms > t->now_ms;
	}
	return *held_out ? part_add(t, &part) : page_now(t, p->id, n->id, c->id);
}

/* ---- several in one ---- */

/* Worth telling still: nobody took it, and it is not over. */
static bool still(const struct page *p, const struct incident *i)
{
	return p->reason == PAGE_RESOLVED ? i->state == INCIDENT_RESOLVED
					  : i->state == INCIDENT_TRIGGERED;
}

static enum err line_of(struct turn *t, const struct page *p, const char **out)
{
	const char *ack;

	TRY(ack_link(t, p, &ack));
	*out = turn_printf(t, "incidents/%lld %s (%s)%s%s", (long long)p->incident, p->line,
			   page_reason_text((enum page_reason)p->reason), *ack ? " " : "", ack);
	return OK;
}

struct bundle {
	struct page_part *parts;
	struct page *pages;
	const char **lines;
	size_t n;
	int64_t worst;
};

static enum err collect(struct turn *t, int64_t channel, struct bundle *b)
{
	struct page_part *held;
	size_t n;

	TRY(part_held(t, channel, BUNDLE_MAX, &held, &n));
	b->parts = turn_array(t, n + 1, sizeof(*b->parts));
	b->pages = turn_array(t, n + 1, sizeof(*b->pages));
	b->lines = turn_array(t, n + 1, sizeof(*b->lines));
	for (size_t k = 0; k < n; k++) {
		struct incident i;
		struct page *p = &b->pages[b->n];

		TRY(page_get(t, held[k].page, p));
		TRY(incident_get(t, p->incident, &i));
		if (!still(p, &i)) {
			held[k].state = PART_NEEDLESS;
			TRY(part_set(t, &held[k]));
			continue;
		}
		TRY(line_of(t, p, &b->lines[b->n]));
		b->worst = p->severity > b->worst ? p->severity : b->worst;
		b->parts[b->n++] = held[k];
	}
	return OK;
}

static enum err mark(struct turn *t, struct bundle *b, enum part_state state)
{
	for (size_t k = 0; k < b->n; k++) {
		b->parts[k].state = state;
		b->parts[k].at_ms = t->now_ms;
		TRY(part_set(t, &b->parts[k]));
	}
	return OK;
}

static enum err alone(struct turn *t, struct bundle *b)
{
	struct delivery d = { .channel = b->parts[0].channel,
			      .state = DELIVERY_QUEUED,
			      .queued_ms = t->now_ms,
			      .said = "" };

	TRY(page_notice(t, b->parts[0].page, &d.notice));
	TRY(mark(t, b, PART_SENT));
	if (d.notice == 0)
		return OK; /* long pruned */
	enum err e = delivery_add(t, &d);

	return e == ERR_EXISTS ? OK : e;
}

static enum err together(struct turn *t, struct bundle *b)
{
	struct page p = { .reason = PAGE_BUNDLE,
			  .severity = b->worst,
			  .person = "",
			  .at_ms = t->now_ms,
			  .line = turn_printf(t, "%zu pages in one", b->n) };
	struct notice n;

	TRY(page_add(t, &p));
	TRY(page_bundle_of(t, &p, b->lines, b->n, &n));
	TRY(notice_add(t, &n));
	TRY(mark(t, b, PART_BUNDLED));
	TRY(audit_add(t, "page.bundled", turn_printf(t, "pages/%lld", (long long)p.id), p.line));
	return page_now(t, p.id, n.id, b->parts[0].channel);
}

enum err page_flush(struct turn *t, bool *more_out)
{
	struct bundle b = { 0 };
	int64_t channel;
	enum err e = part_due(t, &channel);

	*more_out = e == OK;
	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	TRY(collect(t, channel, &b));
	if (b.n == 0)
		return OK;
	return b.n == 1 ? alone(t, &b) : together(t, &b);
}
