#include "server/core/page.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/ack.h"
#include "server/core/fleet.h"
#include "server/core/incident.h"
#include "server/core/oncall.h"
#include "server/core/page_inside.h"
#include "server/core/shared.h"
#include "store/base/buf.h"

enum { TOLD_MAX = 1000, RECIPIENTS = ONCALL_TARGETS + 2 };

static const char NOBODY[] = "oncall/nobody";

/* One person, or the channels that a level names, with what they are told by. */
struct recipient {
	const char *person; /* "": channels */
	const struct channel *by[CHANNELS_MAX];
	size_t n;
};

struct call {
	const struct incident *i;
	enum page_reason reason;
	struct channel *channels;
	size_t n_channels;
	struct recipient who[RECIPIENTS];
	size_t n;
	struct buf told;
};

static const struct channel *channel_named(const struct call *c, const char *name)
{
	for (size_t k = 0; k < c->n_channels; k++)
		if (strcmp(c->channels[k].name, name) == 0)
			return &c->channels[k];
	return NULL;
}

static bool is_called(const struct call *c, const char *person)
{
	for (size_t k = 0; k < c->n; k++)
		if (strcmp(c->who[k].person, person) == 0)
			return true;
	return false;
}

/* Their channels that the severity reaches. False: there is none at all that works. */
static bool channels_of(struct turn *t, const struct call *c, const struct person *p,
			struct recipient *out)
{
	char *rest = turn_strdup(t, p->channels), *line;
	bool any = false;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char *least = strchr(line, ' ');
		const struct channel *ch;

		if (!least)
			continue;
		*least++ = 0;
		ch = channel_named(c, line);
		if (!ch || !ch->enabled)
			continue;
		any = true;
		if ((int)c->i->severity >= *least - '0')
			out->by[out->n++] = ch;
	}
	return any;
}

/* *found: they are there, also when nothing of theirs is for so little. */
static enum err call_person(struct turn *t, struct call *c, const char *name, bool *found)
{
	struct recipient *r = &c->who[c->n];
	struct person p;

	if (is_called(c, name)) {
		*found = true;
		return OK;
	}
	enum err e = person_get(t, name, &p);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	*r = (struct recipient){ .person = p.name };
	if (!channels_of(t, c, &p, r)) {
		buf_printf(&c->told, "%s has no channel that works; ", p.name);
		return OK;
	}
	*found = true;
	if (r->n == 0)
		buf_printf(&c->told, "%s has no channel for %s; ", p.name,
			   severity_word(c->i->severity));
	else if (c->n < RECIPIENTS - 1)
		c->n++;
	return OK;
}

static enum err call_level_now(struct turn *t, struct call *c, const struct on_duty *d, size_t n,
			       int level, bool *used, bool *found)
{
	*used = *found = false;
	for (size_t k = 0; k < n; k++) {
		const struct channel *ch;

		if (d[k].level != level)
			continue;
		*used = true;
		if (*d[k].person) {
			TRY(call_person(t, c, d[k].person, found));
			continue;
		}
		ch = strncmp(d[k].target, "channels/", 9) == 0 ? channel_named(c, d[k].target + 9)
							       : NULL;
		if (!ch || !ch->enabled || c->n >= RECIPIENTS - 1)
			continue;
		*found = true;
		c->who[c->n] = (struct recipient){ .person = "", .by = { ch }, .n = 1 };
		c->n++;
	}
	return OK;
}

/* That nobody is there is itself something to be told of; once, while it lasts. */
static enum err nobody(struct turn *t, const struct call *c, const char *levels, bool at_all)
{
	struct trigger g = {
		.key = NOBODY,
		.rule = NOBODY,
		.subject = "oncall",
		.title = turn_printf(t, "nobody is on call: %s", levels),
		.text = at_all ? "every channel that takes pages was told instead; see `ghostctl "
				 "oncall who`, and take the shift: `ghostctl oncall take`"
			       : "the next level was told instead; see `ghostctl oncall who`",
		.severity = INCIDENT_CRITICAL,
		.page = true,
		.never_suppress = true,
	};
	struct incident meta;
	bool opened;

	if (strcmp(c->i->key, NOBODY) == 0)
		return OK;
	return incident_trigger(t, &g, &meta, &opened);
}

static void call_everyone(struct call *c)
{
	struct recipient *r = &c->who[c->n];

	*r = (struct recipient){ .person = "" };
	for (size_t k = 0; k < c->n_channels; k++)
		if (page_takes(&c->channels[k]))
			r->by[r->n++] = &c->channels[k];
	if (r->n > 0)
		c->n++;
}

/* Who acknowledged it is reminded, wherever they stand. */
static enum err call_holder(struct turn *t, struct call *c)
{
	bool found = false;

	if (c->i->state != INCIDENT_ACKNOWLEDGED || !*c->i->ack_by)
		return OK;
	return call_person(t, c, c->i->ack_by, &found);
}

/* From `level` on, down to the first that has somebody. */
static enum err call_from(struct turn *t, struct call *c, enum page_level level,
			  const char **empty_out, bool *any_level)
{
	struct buf empty = buf_in(t->mem, 200);
	struct on_duty *d;
	size_t n;
	bool found = false, used;

	*any_level = false;
	TRY(oncall_duties(t, t->now_ms, &d, &n));
	for (int l = (int)level; l <= LEVEL_LEAD && !found; l++) {
		TRY(call_level_now(t, c, d, n, l, &used, &found));
		if (used && !found) {
			buf_printf(&empty, "%s%s", empty.n ? ", " : "", oncall_level_name(l));
			buf_printf(&c->told, "%s: nobody; ", oncall_level_name(l));
		}
	}
	for (size_t k = 0; k < n; k++)
		*any_level = true;
	*empty_out = buf_text(&empty);
	return found ? call_holder(t, c) : OK;
}

/* ---- sending ---- */

static const char *by_text(struct turn *t, const struct recipient *r)
{
	struct buf b = buf_in(t->mem, TOLD_MAX);

	if (*r->person)
		buf_printf(&b, "%s by ", r->person);
	for (size_t k = 0; k < r->n; k++)
		buf_printf(&b, "%s%s", k ? ", " : "", r->by[k]->name);
	return buf_text(&b);
}

static const char *others_text(struct turn *t, const struct call *c, const struct recipient *but)
{
	struct buf b = buf_in(t->mem, TOLD_MAX);

	for (size_t k = 0; k < c->n; k++)
		if (&c->who[k] != but)
			buf_printf(&b, "%s%s", b.n ? "; " : "", by_text(t, &c->who[k]));
	return buf_text(&b);
}

/* In the same moment one is told once of an incident. */
static enum err told_now(struct turn *t, const struct call *c, const char *person, bool *out)
{
	struct page *p;
	size_t n;

	*out = false;
	TRY(page_list(t, c->i->id, &p, &n));
	for (size_t k = 0; k < n && p[k].at_ms == t->now_ms; k++)
		*out = *out || (*person && strcmp(p[k].person, person) == 0);
	return OK;
}

static enum err send_one(struct turn *t, struct call *c, enum page_level level,
			 const struct recipient *r, const char *note)
{
	struct page p = { .incident = c->i->id,
			  .level = level,
			  .reason = c->reason,
			  .severity = c->i->severity,
			  .person = r->person,
			  .at_ms = t->now_ms,
			  .expires_ms = t->now_ms + policy()->ack_ms,
			  .line = turn_printf(t, "%s: %.300s", severity_word(c->i->severity),
					      c->i->title) };
	struct page_words w = {
		.incident = c->i, .others = others_text(t, c, r), .ack = "", .note = note
	};
	struct notice n;
	bool again;

	TRY(told_now(t, c, r->person, &again));
	if (again && c->reason != PAGE_RESOLVED) {
		buf_printf(&c->told, "%s%s, just told", c->told.n ? "" : "", r->person);
		return OK;
	}
	TRY(page_add(t, &p));
	if (c->reason != PAGE_RESOLVED)
		TRY(ack_link(t, &p, &w.ack));
	TRY(page_notice_of(t, &p, &w, &n));
	TRY(notice_add(t, &n));
	buf_printf(&c->told, "%s", by_text(t, r));
	for (size_t k = 0; k < r->n; k++) {
		bool held;

		TRY(page_queue(t, &p, &n, r->by[k], &held));
		if (held)
			buf_printf(&c->told, " (%s: with others, soon)", r->by[k]->name);
	}
	buf_str(&c->told, "; ");
	return OK;
}

static enum err send_all(struct turn *t, struct call *c, enum page_level level, const char *note,
			 const char **told_out)
{
	for (size_t k = 0; k < c->n; k++)
		TRY(send_one(t, c, level, &c->who[k], note));
	if (c->n == 0 && c->told.n == 0)
		buf_str(&c->told, "nobody: there is no channel that takes pages; ");
	char *told = turn_strdup(t, buf_text(&c->told));

	if (c->told.n >= 2)
		told[c->told.n - 2] = 0;
	*told_out = told;
	return OK;
}

/* Who was told that it began. */
static enum err call_told(struct turn *t, struct call *c)
{
	struct recipient *r = &c->who[0];
	int64_t *ids;
	size_t n;

	TRY(part_forget(t, c->i->id));
	TRY(part_channels(t, c->i->id, &ids, &n));
	*r = (struct recipient){ .person = "" };
	for (size_t k = 0; k < c->n_channels; k++)
		for (size_t j = 0; j < n; j++)
			/* The pager that says so need not hear it. */
			if (c->channels[k].id == ids[j] && c->channels[k].enabled &&
			    !(c->channels[k].kind == CHANNEL_PAGERDUTY &&
			      strncmp(c->i->resolved_by, "pagerduty", 9) == 0))
				r->by[r->n++] = &c->channels[k];
	c->n = r->n > 0;
	if (c->n == 0)
		buf_str(&c->told, "nobody had been told yet; ");
	return OK;
}

enum err page_send(struct turn *t, const struct incident *i, enum page_level level,
		   enum page_reason reason, const char **told_out)
{
	struct call c = { .i = i, .reason = reason, .told = buf_in(t->mem, TOLD_MAX) };
	const char *empty = "";
	bool any_level;

	assert(t->in_lane);
	TRY(channel_list(t, &c.channels, &c.n_channels));
	if (reason == PAGE_RESOLVED) {
		TRY(call_told(t, &c));
		return send_all(t, &c, level, "", told_out);
	}
	TRY(call_from(t, &c, level, &empty, &any_level));
	bool at_all = c.n == 0;

	if (at_all)
		call_everyone(&c);
	TRY(send_all(t, &c, level,
		     *empty ? turn_printf(t, "nobody is on call at level %s", empty) : "",
		     told_out));
	return any_level && *empty ? nobody(t, &c, empty, at_all) : OK;
}

enum err page_acknowledged(struct turn *t, const struct incident *i)
{
	struct page p = { .incident = i->id,
			  .reason = PAGE_TAKEN,
			  .severity = i->severity,
			  .person = "",
			  .at_ms = t->now_ms,
			  .line = turn_printf(t, "taken by %.100s", i->ack_by) };
	struct page_words w = { .incident = i, .others = "", .ack = "", .note = "" };
	struct channel *c;
	struct notice n;
	int64_t *ids;
	size_t n_c, n_ids, told = 0;

	TRY(part_forget(t, i->id));
	if (strncmp(i->ack_by, "pagerduty", 9) == 0)
		return OK;
	TRY(channel_list(t, &c, &n_c));
	TRY(part_channels(t, i->id, &ids, &n_ids));
	for (size_t k = 0; k < n_c; k++)
		for (size_t j = 0; j < n_ids; j++) {
			if (c[k].kind != CHANNEL_PAGERDUTY || c[k].id != ids[j] || !c[k].enabled)
				continue;
			if (told++ == 0) {
				TRY(page_add(t, &p));
				TRY(page_notice_of(t, &p, &w, &n));
				TRY(notice_add(t, &n));
			}
			TRY(page_now(t, p.id, n.id, c[k].id));
		}
	return OK;
}

/* ---- the name at pagers ---- */

const char *page_alarm(struct turn *t, const struct incident *i)
{
	char id[FLEET_ID_TEXT] = "";

	/* Of this fleet, and of this incident also after the store was made anew. */
	if (fleet_id(t, id) != OK)
		id[0] = 0;
	return turn_printf(t, "ghost-fleet/%s/incidents/%lld/%lld", id, (long long)i->id,
			   (long long)i->opened_ms);
}

enum err page_of_alarm(struct turn *t, const char *alarm, int64_t *incident_out)
{
	const char *at = strstr(alarm, "/incidents/");
	struct incident i;

	*incident_out = 0;
	if (!at)
		return OK;
	enum err e = incident_get(t, strtoll(at + 11, NULL, 10), &i);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	if (strcmp(page_alarm(t, &i), alarm) == 0)
		*incident_out = i.id;
	return OK;
}
