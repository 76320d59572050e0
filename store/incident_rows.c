/* The timeline of an incident, and how acts of people find their way into it. */
#include <string.h>

#include "store/audit.h"
#include "store/cut.h"
#include "store/db.h"
#include "store/incidents.h"
#include "store/store.h"

/* Open incidents that one act is written down at. */
enum { CHANGE_AT_MOST = 100, ROW_TEXT_MAX = 2000 };

enum err incident_tell(struct turn *t, int64_t incident, enum incident_row_kind kind,
		       const char *text, int64_t *seq_out)
{
	struct row *r = db_query(t, Q_INCIDENT_ROW_ADD);

	bind_i64(r, incident);
	bind_i64(r, t->now_ms);
	bind_i64(r, kind);
	bind_text(r, cut(t, t->actor, 200));
	bind_text(r, cut(t, text, ROW_TEXT_MAX));
	TRY(db_one(r));
	if (seq_out)
		*seq_out = get_i64(r);
	lane_touch(t, TOPIC_INCIDENT);
	return OK;
}

enum err incident_count_row(struct turn *t, int64_t incident, int64_t seq)
{
	struct row *r = db_query(t, Q_INCIDENT_ROW_COUNT);

	bind_i64(r, incident);
	bind_i64(r, seq);
	return db_exec(r, NULL);
}

static void read_row(struct turn *t, struct row *r, void *item)
{
	struct incident_row *o = item;

	(void)t;
	o->incident = get_i64(r);
	o->seq = get_i64(r);
	o->at_ms = get_i64(r);
	o->kind = (enum incident_row_kind)get_i64(r);
	o->actor = get_text(r);
	o->text = get_text(r);
	o->n = get_i64(r);
	o->audit = get_i64(r);
}

enum err incident_timeline(struct turn *t, int64_t incident, int64_t after, size_t limit,
			   struct incident_row **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_INCIDENT_ROW_LIST);
	struct rows all;

	bind_i64(r, incident);
	bind_i64(r, after);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_row, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

/* ---- acts ---- */

static bool under(const char *subject, const char *folder)
{
	return strncmp(subject, folder, strlen(folder)) == 0;
}

static bool of_validators(const char *subject)
{
	return under(subject, "validators") || under(subject, "beacons");
}

/* The same thing; anything, for an incident of the fleet; and an act on the whole fleet, or an
 * operation, for a wallet's: it may move any wallet. */
static bool in_scope(const char *incident, const char *act)
{
	if (strcmp(incident, act) == 0 || strcmp(incident, "fleet") == 0)
		return true;
	if (of_validators(incident))
		return false;
	return strcmp(act, "fleet") == 0 || under(act, "operations/");
}

struct open_one {
	int64_t id;
	const char *subject;
};

static void read_open(struct turn *t, struct row *r, void *item)
{
	struct open_one *o = item;

	(void)t;
	o->id = get_i64(r);
	o->subject = get_text(r);
}

enum err incident_take_change(struct turn *t, const struct audit_record *a)
{
	struct row *r;
	struct rows open;

	/* A tick's own acts are told by whoever decides them; an incident's are in its timeline. */
	if (t->roles == 0 || under(a->subject, "incidents/"))
		return OK;
	r = db_query(t, Q_INCIDENT_OPEN);
	bind_i64(r, CHANGE_AT_MOST);
	TRY(db_all(r, sizeof(struct open_one), read_open, &open));
	for (size_t k = 0; k < open.n; k++) {
		const struct open_one *o = (const struct open_one *)open.items + k;

		if (in_scope(o->subject, a->subject))
			TRY(incident_tell(t, o->id, ROW_CHANGE,
					  turn_printf(t, "%s %s%s%s", a->action, a->subject,
						      *a->detail ? ": " : "", a->detail),
					  NULL));
	}
	return OK;
}
