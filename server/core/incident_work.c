/* What people do about an incident: its template's fields, action items, links, ratings, numbers,
 * and what the public is told. */
#include <assert.h>
#include <string.h>

#include "server/core/event_kinds.h"
#include "server/core/incident.h"
#include "server/core/incident_template.h"
#include "store/audit.h"
#include "store/base/buf.h"
#include "store/channels.h"
#include "store/events.h"

enum { PUBLIC_TITLE_MAX = 120, PUBLIC_TEXT_MAX = 800, TOLD_MAX = 1000 };
static const char ANNOUNCED[] = "incident.announced";

static enum err check_text(struct turn *t, const char *field, const char *text, size_t most)
{
	size_t n = strnlen(text, most + 1);

	if (n == 0 || n > most)
		return fail(t, ERR_INVALID, "%s: 1 to %zu bytes", field, most);
	return OK;
}

/* ---- the template ---- */

static bool is_field(enum incident_kind k, const char *name)
{
	size_t n;
	const struct template_field *f = incident_template(k, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(f[i].name, name) == 0)
			return true;
	return false;
}

enum err incident_answer_put(struct turn *t, int64_t id, const char *who, const char *field,
			     const char *text, struct incident *out)
{
	struct incident_answer a = {
		.field = field, .text = text, .author = who, .at_ms = t->now_ms
	};

	assert(t->in_lane);
	TRY(incident_get(t, id, out));
	if (!is_field(out->kind, field))
		return fail(t, ERR_INVALID, "field: incident %lld has no field '%.40s'",
			    (long long)id, field);
	TRY(check_text(t, "text", text, ANSWER_MAX));
	TRY(answer_put(t, id, &a));
	return incident_record(t, out, ROW_ANSWERED, "incident.answered",
			       turn_printf(t, "%s, by %s: %.1500s", field, who, text));
}

enum err incident_complete(struct turn *t, const struct incident *i)
{
	struct incident_answer *a;
	size_t n;

	TRY(answer_list(t, i->id, &a, &n));
	const char *lacks = template_lacks(t, i->kind, a, n);

	if (*lacks)
		return fail_reason(t, REASON_INCIDENT_INCOMPLETE,
				   "incident %lld lacks %s: `ghostctl incidents answer %lld FIELD "
				   "TEXT`",
				   (long long)i->id, lacks, (long long)i->id);
	return OK;
}

/* ---- action items ---- */

static enum err check_action(struct turn *t, const struct action_item *a)
{
	TRY(check_text(t, "text", a->text, ACTION_TEXT_MAX));
	if (strnlen(a->owner, 201) > 200)
		return fail(t, ERR_INVALID, "owner: at most 200 bytes");
	if (a->kind < ACTION_PREVENT || a->kind > ACTION_MITIGATE)
		return fail(t, ERR_INVALID, "kind: prevent, detect or mitigate");
	return OK;
}

static const char *kind_word(enum action_kind k)
{
	switch (k) {
	case ACTION_PREVENT:
		return "prevent";
	case ACTION_DETECT:
		return "detect";
	case ACTION_MITIGATE:
		return "mitigate";
	}
	return "?";
}

enum err incident_action_add(struct turn *t, struct action_item *a)
{
	struct incident i;

	assert(t->in_lane);
	TRY(check_action(t, a));
	TRY(incident_get(t, a->incident, &i));
	TRY(action_add(t, a));
	return incident_record(t, &i, ROW_ACTION_ITEM, "incident.action",
			       turn_printf(t, "action item %lld, %s, %s: %s", (long long)a->id,
					   kind_word(a->kind), *a->owner ? a->owner : "nobody's",
					   a->text));
}

enum err incident_action_done(struct turn *t, int64_t id, const char *who, bool done,
			      struct action_item *out, bool *changed_out)
{
	struct incident i;

	assert(t->in_lane);
	TRY(action_get(t, id, out));
	*changed_out = done != (out->done_ms > 0);
	if (!*changed_out)
		return OK;
	out->done_ms = done ? t->now_ms : 0;
	out->done_by = done ? who : "";
	TRY(action_save(t, out));
	TRY(incident_get(t, out->incident, &i));
	return incident_record(t, &i, ROW_ACTION_ITEM, "incident.action",
			       turn_printf(t, "action item %lld is %s, by %s", (long long)id,
					   done ? "done" : "open again", who));
}

/* ---- links ---- */

enum err incident_link(struct turn *t, int64_t id, int64_t to, const char *who, bool merge,
		       struct incident *out, bool *changed_out)
{
	struct incident other;
	bool applied;

	assert(t->in_lane);
	if (id == to)
		return fail(t, ERR_INVALID, "other: an incident is not linked to itself");
	TRY(incident_get(t, id, out));
	TRY(incident_get(t, to, &other));
	TRY(incident_link_put(t, id, to, who, changed_out));
	if (*changed_out) {
		TRY(incident_record(t, out, ROW_LINKED, "incident.linked",
				    turn_printf(t, "with incident %lld, by %s: %s", (long long)to,
						who, other.title)));
		TRY(incident_tell(t, to, ROW_LINKED,
				  turn_printf(t, "with incident %lld, by %s: %s", (long long)id,
					      who, out->title),
				  NULL));
	}
	if (!merge || out->state == INCIDENT_RESOLVED)
		return OK;
	*changed_out = true;
	TRY(incident_resolve(t, id, who, turn_printf(t, "the same as incident %lld", (long long)to),
			     RESOLVED_MERGED, out, &applied));
	out->merged_into = to;
	return incident_save(t, out);
}

/* ---- ratings and numbers ---- */

enum err incident_rate(struct turn *t, int64_t id, const char *who, enum incident_feedback f,
		       const char *text, struct incident *out)
{
	assert(t->in_lane);
	if (f != FEEDBACK_ACTIONABLE && f != FEEDBACK_NOISE)
		return fail(t, ERR_INVALID, "feedback: actionable or noise");
	if (strnlen(text, 1001) > 1000)
		return fail(t, ERR_INVALID, "text: at most 1000 bytes");
	TRY(incident_get(t, id, out));
	out->feedback = f;
	out->feedback_text = text;
	TRY(incident_record(t, out, ROW_RATED, "incident.rated",
			    turn_printf(t, "%s, by %s%s%s",
					f == FEEDBACK_NOISE ? "noise" : "actionable", who,
					*text ? ": " : "", text)));
	return incident_save(t, out);
}

enum err incident_set_impact(struct turn *t, int64_t id, const char *who,
			     const struct incident_impact *to, const char *comment,
			     struct incident *out)
{
	assert(t->in_lane);
	TRY(check_text(t, "comment", comment, 1000));
	TRY(incident_get(t, id, out));
	if (to->downtime_ms >= 0)
		out->downtime_ms = to->downtime_ms;
	if (to->missed >= 0)
		out->missed = to->missed;
	if (to->wallets >= 0)
		out->wallets = to->wallets;
	if (to->balance_known) {
		out->balance_known = true;
		out->balance_gwei = to->balance_gwei;
	}
	TRY(incident_record(
		t, out, ROW_IMPACT, "incident.impact",
		turn_printf(t, "%s, by %s: %s", incident_impact_text(t, out), who, comment)));
	return incident_save(t, out);
}

/* ---- the public ---- */

static enum err listeners(struct turn *t, const char ***out, size_t *n_out)
{
	struct channel *c;
	size_t n;

	TRY(channel_list(t, &c, &n));
	*out = turn_array(t, n + 1, sizeof(**out));
	*n_out = 0;
	for (size_t k = 0; k < n; k++)
		if (c[k].enabled && event_wanted(c[k].events, ANNOUNCED))
			(*out)[(*n_out)++] = c[k].name;
	return OK;
}

static const char *joined(struct turn *t, const char *const *names, size_t n)
{
	struct buf b = buf_in(t->mem, TOLD_MAX);

	for (size_t k = 0; k < n; k++)
		buf_printf(&b, "%s%s", k ? ", " : "", names[k]);
	return n ? buf_text(&b) : "no channel";
}

enum err incident_announce(struct turn *t, struct announcement *a, const char ***told_out,
			   size_t *n_out)
{
	struct incident i = { 0 };
	const char *text = turn_printf(t, "%s: %s", a->title, a->text);

	assert(t->in_lane);
	if (a->state < ANNOUNCE_INVESTIGATING || a->state > ANNOUNCE_RESOLVED)
		return fail(t, ERR_INVALID,
			    "state: investigating, identified, monitoring or resolved");
	TRY(check_text(t, "title", a->title, PUBLIC_TITLE_MAX));
	TRY(check_text(t, "text", a->text, PUBLIC_TEXT_MAX));
	if (a->incident)
		TRY(incident_get(t, a->incident, &i));
	TRY(announcement_add(t, a));
	TRY(listeners(t, told_out, n_out));
	const char *subject = a->incident ? incident_subject(t, a->incident)
					  : turn_printf(t, "announcements/%lld", (long long)a->id);

	TRY(audit_add(t, ANNOUNCED, subject, text));
	if (a->incident)
		TRY(incident_tell(t, a->incident, ROW_ANNOUNCED,
				  turn_printf(t, "to %s and the status page, by %s: %s",
					      joined(t, *told_out, *n_out), a->author, text),
				  NULL));
	return event_add(t, TOPIC_INCIDENT, subject, ANNOUNCED, text);
}
