#include "store/pauses.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "store/cut.h"
#include "store/db.h"
#include "store/inside.h"

enum { REASON_MAX = 500, SCOPE_MAX = 200 };

static_assert(sizeof(((struct latch_note *)0)->reason) > REASON_MAX, "the latch holds a reason");

/* The epoch that a latched pause will have as a row: above all that was ever run. */
static enum err next_epoch(struct turn *t, int64_t *out)
{
	TRY(pause_epoch(t, out));
	(*out)++;
	return OK;
}

/* The disk takes no row: what the latch shall hold. One note, so the stronger kind stays. */
static enum err note_pause(struct turn *t, struct pause *p)
{
	struct db *db = t->db;
	struct latch_note *n = &db->noted;

	if (strcmp(p->scope, "fleet") != 0)
		return fail_reason(t, REASON_DISK_FULL,
				   "the disk is full; only the whole fleet can be paused now");
	if (atomic_load(&db->store->latched) && db->store->latch.note.kind == (int)PAUSE_LOCKDOWN)
		p->kind = PAUSE_LOCKDOWN;
	TRY(next_epoch(t, &p->id));
	n->kind = (int)p->kind;
	n->at_ms = p->at_ms;
	(void)snprintf(n->actor, sizeof(n->actor), "%s", cut(t, p->actor, sizeof(n->actor) - 1));
	(void)snprintf(n->reason, sizeof(n->reason), "%s", p->reason);
	p->latched = true;
	return OK;
}

enum err pause_add(struct turn *t, enum pause_kind kind, const char *scope, const char *reason,
		   struct pause *out)
{
	struct row *r;

	if (strnlen(reason, REASON_MAX + 1) > REASON_MAX)
		return fail(t, ERR_INVALID, "the reason is longer than %d bytes", REASON_MAX);
	if (strnlen(scope, SCOPE_MAX + 1) > SCOPE_MAX)
		return fail(t, ERR_INVALID, "the scope is longer than %d bytes", SCOPE_MAX);
	*out = (struct pause){ .kind = kind,
			       .scope = turn_strdup(t, scope),
			       .actor = turn_strdup(t, t->actor),
			       .reason = turn_strdup(t, reason),
			       .at_ms = t->now_ms,
			       .lifted_by = "" };
	lane_touch(t, TOPIC_FLEET);
	t->db->pauses_changed = true;
	if (t->db->latching)
		return note_pause(t, out);
	r = db_query(t, Q_PAUSE_ADD);
	bind_i64(r, kind);
	bind_text(r, scope);
	bind_text(r, t->actor);
	bind_text(r, reason);
	bind_i64(r, t->now_ms);
	TRY(db_one(r));
	out->id = get_i64(r);
	return OK;
}

enum err pause_lift(struct turn *t, const char *scope, size_t *n_out)
{
	struct row *r = db_query(t, Q_PAUSE_LIFT);
	bool fleet = strcmp(scope, "fleet") == 0;
	int64_t lifted;

	bind_i64(r, t->now_ms);
	bind_text(r, t->actor);
	bind_text(r, scope);
	TRY(db_exec(r, &lifted));
	*n_out = (size_t)lifted;
	if (fleet && atomic_load(&t->store->latched))
		(*n_out)++;
	lane_touch(t, TOPIC_FLEET);
	t->db->pauses_changed = true;
	t->db->fleet_lifted |= fleet;
	return OK;
}

static struct pause get_pause(struct row *r)
{
	struct pause p = { 0 };

	p.id = get_i64(r);
	p.kind = (enum pause_kind)get_i64(r);
	p.scope = get_text(r);
	p.actor = get_text(r);
	p.reason = get_text(r);
	p.at_ms = get_i64(r);
	p.lifted_ms = get_i64(r);
	p.lifted_by = get_text(r);
	return p;
}

/* The one that is no row yet is the newest. */
static enum err add_latched(struct turn *t, struct pause *list, size_t *n)
{
	struct latch_note note;
	int64_t epoch;

	if (!atomic_load(&t->store->latched) || !latch_read(&t->store->latch, &note))
		return OK;
	TRY(next_epoch(t, &epoch));
	list[(*n)++] = (struct pause){ .id = epoch,
				       .kind = (enum pause_kind)note.kind,
				       .scope = "fleet",
				       .actor = turn_strdup(t, note.actor),
				       .reason = turn_strdup(t, note.reason),
				       .at_ms = note.at_ms,
				       .lifted_by = "",
				       .latched = true };
	return OK;
}

enum err pause_active(struct turn *t, const char *scope, size_t limit, struct pause **out,
		      size_t *n_out)
{
	struct row *r;
	enum err e;

	*out = turn_array(t, limit, sizeof(**out));
	*n_out = 0;
	if (limit > 0 && (!scope || strcmp(scope, "fleet") == 0))
		TRY(add_latched(t, *out, n_out));
	r = db_query(t, scope ? Q_PAUSE_ACTIVE : Q_PAUSE_ACTIVE_ALL);
	if (scope)
		bind_text(r, scope);
	bind_u64(r, limit - *n_out);
	while ((e = db_next(r)) == OK)
		(*out)[(*n_out)++] = get_pause(r);
	return e == ERR_MISSING ? OK : e;
}

enum err pause_epoch(struct turn *t, int64_t *epoch_out)
{
	struct row *r = db_query(t, Q_PAUSE_EPOCH);
	enum err e = db_one(r);

	*epoch_out = e == OK ? get_i64(r) : 0;
	return e == ERR_MISSING ? OK : e;
}
