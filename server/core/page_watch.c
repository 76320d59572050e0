#include "server/core/page_watch.h"

#include <assert.h>
#include <string.h>

#include "server/core/calendar.h"
#include "server/core/event_kinds.h"
#include "server/core/incident.h"
#include "server/core/oncall.h"
#include "server/core/page_inside.h"
#include "server/core/shared.h"
#include "store/audit.h"
#include "store/base/log.h"
#include "store/base/units.h"
#include "store/meta.h"

/* A page that waits for so long goes another way too. */
enum { HURRY_MS = 60000, HURRY_MOST = 50 };

static const char FAILING[] = "paging.failing";
static const int64_t WEEK_MS = 7 * INT64_C(86400000);

/* ---- another way ---- */

static bool has(const struct page_part *parts, size_t n, int64_t channel)
{
	for (size_t k = 0; k < n; k++)
		if (parts[k].channel == channel)
			return true;
	return false;
}

/* One of the person's own before any other, one that works before one that does not. */
static enum err other_channel(struct turn *t, const struct page *p, const struct page_part *parts,
			      size_t n_parts, const struct channel **out)
{
	struct person who = { .channels = "" };
	struct channel *c;
	size_t n;
	int best = 0;

	*out = NULL;
	TRY(channel_list(t, &c, &n));
	if (*p->person) {
		enum err e = person_get(t, p->person, &who);

		if (e != OK && e != ERR_MISSING)
			return e;
	}
	for (size_t k = 0; k < n; k++) {
		const char *own = strstr(turn_printf(t, "\n%s", who.channels),
					 turn_printf(t, "\n%s ", c[k].name));
		int good = (own ? 4 : page_takes(&c[k]) ? 2 : 0) + (c[k].state == CHANNEL_OK);

		if (!c[k].enabled || good < 2 || has(parts, n_parts, c[k].id) || good <= best)
			continue;
		best = good;
		*out = &c[k];
	}
	return OK;
}

static enum err no_way(struct turn *t, const struct page *p, const char *why)
{
	struct trigger g = { .key = "paging/lost",
			     .rule = "paging/lost",
			     .subject = "channels",
			     .title = "a page could not be delivered by any channel",
			     .text = turn_printf(t, "pages/%lld, %s: %.300s", (long long)p->id,
						 p->line, why),
			     .severity = INCIDENT_HIGH,
			     .page = true };
	struct incident i;
	bool opened;

	log_line(t, LOG_ERROR, "a page could not be delivered by any channel", "page", p->line,
		 "why", why, NULL);
	return incident_trigger(t, &g, &i, &opened);
}

/* `lost`: it was given up, and not only waits. */
static enum err reroute(struct turn *t, struct page_part *part, const char *why, bool lost)
{
	const struct channel *to;
	struct page_part *parts;
	struct page p;
	int64_t notice;
	size_t n;
	enum err e = page_get(t, part->page, &p);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	part->rerouted = true;
	TRY(part_set(t, part));
	TRY(part_list(t, part->page, &parts, &n));
	TRY(page_notice(t, part->page, &notice));
	TRY(other_channel(t, &p, parts, n, &to));
	if (!to || notice == 0)
		return lost ? no_way(t, &p, why) : OK;
	if (p.incident)
		TRY(incident_tell(t, p.incident, ROW_NOTIFY_SENT,
				  turn_printf(t,
					      "again by %s, as another channel does not take "
					      "it: %.200s",
					      to->name, why),
				  NULL));
	TRY(audit_add(t, "page.rerouted", turn_printf(t, "pages/%lld", (long long)p.id), to->name));
	return page_now(t, p.id, notice, to->id);
}

enum err page_lost(struct turn *t, const struct delivery *d, const char *why)
{
	struct page_part *parts;
	size_t n;

	assert(t->in_lane);
	if (d->what.source != NOTICE_PAGE)
		return OK;
	TRY(part_list(t, d->what.ref, &parts, &n));
	for (size_t k = 0; k < n; k++)
		/* What waited went by another already, if there was one. */
		if (parts[k].channel == d->channel && (!parts[k].rerouted || n == 1))
			return reroute(t, &parts[k], why, true);
	return OK;
}

enum err page_hurry(struct turn *t)
{
	struct page_part *late;
	size_t n;

	assert(t->in_lane);
	TRY(part_late(t, t->now_ms - HURRY_MS, HURRY_MOST, &late, &n));
	for (size_t k = 0; k < n; k++)
		TRY(reroute(t, &late[k], "it waits for too long", false));
	return OK;
}

/* ---- that none takes any ---- */

enum err page_failing_since(struct turn *t, int64_t *out)
{
	struct bytes b;
	uint64_t v = 0;
	enum err e = meta_get(t, FAILING, &b);

	*out = 0;
	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	for (size_t k = 0; k < b.n && k < 8; k++)
		v = v << 8 | b.p[k];
	*out = (int64_t)v;
	return OK;
}

static enum err set_failing(struct turn *t, int64_t since)
{
	uint8_t b[8];

	for (size_t k = 0; k < sizeof(b); k++)
		b[k] = (uint8_t)((uint64_t)since >> (56 - 8 * k));
	return meta_set(t, FAILING, b, sizeof(b));
}

/* All that take pages fail; *which names one and what it said. */
static enum err all_fail(struct turn *t, bool *out, const char **which)
{
	struct channel *c;
	size_t n, takes = 0, fail_n = 0;

	*which = "";
	TRY(channel_list(t, &c, &n));
	for (size_t k = 0; k < n; k++) {
		bool gone =
			c[k].state == CHANNEL_GONE && event_wanted(c[k].events, "incident.page");

		if (!page_takes(&c[k]) && !gone)
			continue;
		takes++;
		if (c[k].state == CHANNEL_OK)
			continue;
		fail_n++;
		*which = turn_printf(t, "%s: %.200s", c[k].name, c[k].said);
	}
	*out = takes > 0 && fail_n == takes;
	return OK;
}

static enum err look_at_channels(struct turn *t)
{
	struct incident i;
	const char *which;
	int64_t since;
	bool failing, opened;

	TRY(page_failing_since(t, &since));
	TRY(all_fail(t, &failing, &which));
	if (!failing) {
		if (since == 0)
			return OK;
		TRY(set_failing(t, 0));
		return incident_clear(t, FAILING, "a channel takes pages again");
	}
	if (since == 0)
		return set_failing(t, t->now_ms);
	if (t->now_ms - since < FAILING_FOR_MS)
		return OK;
	struct trigger g = { .key = FAILING,
			     .rule = FAILING,
			     .subject = "channels",
			     .title = "no channel takes pages",
			     .text = turn_printf(t, "for %s; %s",
						 duration_str(t, t->now_ms - since), which),
			     .severity = INCIDENT_CRITICAL,
			     .page = true,
			     .never_suppress = true,
			     .since_ms = since };
	enum err e = incident_open_of(t, FAILING, &i);

	if (e != ERR_MISSING)
		return e; /* it is open: counting it every second tells nothing */
	log_line(t, LOG_ERROR, "no channel takes pages", "why", which, NULL);
	return incident_trigger(t, &g, &i, &opened);
}

/* ---- that somebody is there ---- */

/* A level that is used has somebody, or a channel. */
static enum err all_there(struct turn *t, bool *out)
{
	struct on_duty *d;
	size_t n;

	*out = true;
	TRY(oncall_duties(t, t->now_ms, &d, &n));
	for (int level = 1; level <= ONCALL_LEVELS; level++) {
		bool used = false, found = false;

		for (size_t k = 0; k < n; k++) {
			if (d[k].level != level)
				continue;
			used = true;
			found = found || *d[k].person || strncmp(d[k].target, "channels/", 9) == 0;
		}
		*out = *out && (found || !used);
	}
	return OK;
}

static enum err look_at_people(struct turn *t)
{
	struct incident i;
	bool there;
	enum err e = incident_open_of(t, "oncall/nobody", &i);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	TRY(all_there(t, &there));
	return there ? incident_clear(t, i.key, "somebody is on call at every level") : OK;
}

static const char *utc(struct turn *t, int64_t ms)
{
	return local_words(t, "UTC", ms);
}

static enum err look_at_gaps(struct turn *t, int level, const struct gap *g, size_t n)
{
	const char *key = turn_printf(t, "oncall/gap/%s", oncall_level_name(level));
	const struct gap *first = NULL;
	struct incident i;
	bool opened;
	size_t count = 0;

	for (size_t k = 0; k < n; k++)
		if (g[k].level == level && count++ == 0)
			first = &g[k];
	if (!first)
		return incident_clear(t, key, "somebody is there all of the next week");
	struct trigger tr = {
		.key = key,
		.rule = "oncall/gap",
		.subject = "oncall",
		.title = turn_printf(t, "nobody will be on call at level %s",
				     oncall_level_name(level)),
		.text = turn_printf(t, "from %s to %s, %s%s; fill it: `ghostctl oncall override`",
				    utc(t, first->from_ms), utc(t, first->to_ms),
				    duration_str(t, first->to_ms - first->from_ms),
				    count > 1 ? turn_printf(t, ", and %zu more gaps", count - 1)
					      : ""),
		.severity = INCIDENT_MEDIUM,
		.page = true,
	};
	enum err e = incident_open_of(t, key, &i);

	if (e == OK && strcmp(i.text, tr.text) == 0)
		return OK;
	return e == OK || e == ERR_MISSING ? incident_trigger(t, &tr, &i, &opened) : e;
}

enum err page_look(struct turn *t)
{
	assert(t->in_lane);
	TRY(look_at_channels(t));
	return look_at_people(t);
}

enum err page_look_ahead(struct turn *t)
{
	struct gap *g;
	size_t n;

	assert(t->in_lane);
	/* A gap that has begun is what pages find out themselves; it is told of all the same. */
	TRY(oncall_gaps(t, t->now_ms, t->now_ms + WEEK_MS, &g, &n));
	for (int level = 1; level <= ONCALL_LEVELS; level++)
		TRY(look_at_gaps(t, level, g, n));
	return OK;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

enum err page_silent(struct turn *t, struct channel *out, size_t max, size_t *n_out)
{
	struct channel *c;
	size_t n;

	*n_out = 0;
	if (policy()->test_every_ms <= 0)
		return OK;
	TRY(channel_list(t, &c, &n));
	for (size_t k = 0; k < n && *n_out < max; k++) {
		int64_t heard = later(later(c[k].ok_ms, c[k].fail_ms), c[k].created_ms), waiting;

		if (!page_takes(&c[k]) || t->now_ms - heard < policy()->test_every_ms)
			continue;
		TRY(delivery_waiting(t, c[k].id, 1, &waiting));
		if (waiting == 0)
			out[(*n_out)++] = c[k];
	}
	return OK;
}

enum err page_due(struct turn *t, bool *out)
{
	struct page_part *late;
	int64_t channel;
	size_t n = 0;
	enum err e = part_due(t, &channel);

	*out = e == OK;
	if (e != ERR_MISSING)
		return e;
	TRY(part_late(t, t->now_ms - HURRY_MS, 1, &late, &n));
	*out = n > 0;
	return OK;
}
