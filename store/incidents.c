#include "store/incidents.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"
#include "store/validators.h"

static int64_t sooner(int64_t a, int64_t b)
{
	return a == 0 ? b : b == 0 || a < b ? a : b;
}

int64_t incident_next_ms(const struct incident *i)
{
	int64_t next = sooner(i->ack_due_ms, i->resolve_due_ms);

	next = sooner(next, i->lapse_due_ms);
	next = sooner(next, i->repeat_due_ms);
	return sooner(next, i->clear_due_ms);
}

/* Zero is NULL on disk. */
static void bind_due(struct row *r, int64_t ms)
{
	if (ms)
		bind_i64(r, ms);
	else
		bind_null(r);
}

/* The one place that knows the order of INCIDENT_COLS. */
static void read_incident(struct turn *t, struct row *r, void *item)
{
	struct incident *i = item;

	(void)t;
	*i = (struct incident){ .id = get_i64(r) };
	i->key = get_text(r);
	i->rule = get_text(r);
	i->kind = (enum incident_kind)get_i64(r);
	i->subject = get_text(r);
	i->title = get_text(r);
	i->text = get_text(r);
	i->severity = (enum incident_severity)get_i64(r);
	i->worst = (enum incident_severity)get_i64(r);
	i->state = (enum incident_state)get_i64(r);
	i->resolution = (enum incident_resolution)get_i64(r);
	i->page = get_bool(r);
	i->never_suppress = get_bool(r);
	i->flapping = get_bool(r);
	i->occurrences = get_i64(r);
	i->since_ms = get_i64(r);
	i->opened_ms = get_i64(r);
	i->seen_ms = get_i64(r);
	i->again_seq = get_i64(r);
	i->again_ms = get_i64(r);
	i->level = get_i64(r);
	i->pages = get_i64(r);
	i->paged_ms = get_i64(r);
	i->repeats = get_i64(r);
	i->ack_by = get_text(r);
	i->ack_ms = get_i64(r);
	i->first_ack_ms = get_i64(r);
	i->ack_due_ms = get_i64(r);
	i->resolve_due_ms = get_i64(r);
	i->lapse_due_ms = get_i64(r);
	i->repeat_due_ms = get_i64(r);
	i->clear_due_ms = get_i64(r);
	i->ack_missed = get_bool(r);
	i->resolve_missed = get_bool(r);
	i->resolved_by = get_text(r);
	i->resolved_ms = get_i64(r);
	i->recurrence_of = get_i64(r);
	i->merged_into = get_i64(r);
	i->downtime_ms = get_i64(r);
	i->missed = get_i64(r);
	i->wallets = get_i64(r);
	i->balance_known = !get_null(r);
	i->balance_gwei = get_i64(r);
	i->feedback = (enum incident_feedback)get_i64(r);
	i->feedback_text = get_text(r);
	i->version = get_i64(r);
}

static enum err read_many(struct row *r, struct incident **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_incident, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static enum err read_one(struct turn *t, struct row *r, struct incident *out)
{
	TRY(db_one(r));
	read_incident(t, r, out);
	return OK;
}

/* The columns that INCIDENT_ADD and INCIDENT_SAVE share, in their order. */
static void bind_state(struct turn *t, struct row *r, const struct incident *i)
{
	bind_text(r, cut(t, i->title, INCIDENT_TITLE_MAX));
	bind_text(r, cut(t, i->text, INCIDENT_TEXT_MAX));
	bind_i64(r, i->severity);
	bind_i64(r, i->worst);
	bind_i64(r, i->state);
	bind_i64(r, i->resolution);
	bind_bool(r, i->page);
	bind_bool(r, i->never_suppress);
	bind_bool(r, i->flapping);
	bind_i64(r, i->occurrences);
	bind_i64(r, i->seen_ms);
	bind_i64(r, i->again_seq);
	bind_i64(r, i->again_ms);
	bind_i64(r, i->level);
	bind_i64(r, i->pages);
	bind_i64(r, i->paged_ms);
	bind_i64(r, i->repeats);
	bind_text(r, cut(t, i->ack_by, 200));
	bind_i64(r, i->ack_ms);
	bind_i64(r, i->first_ack_ms);
	bind_due(r, i->ack_due_ms);
	bind_due(r, i->resolve_due_ms);
	bind_due(r, i->lapse_due_ms);
	bind_due(r, i->repeat_due_ms);
	bind_due(r, i->clear_due_ms);
	bind_due(r, incident_next_ms(i));
	bind_bool(r, i->ack_missed);
	bind_bool(r, i->resolve_missed);
	bind_text(r, cut(t, i->resolved_by, 200));
	bind_due(r, i->resolved_ms);
	bind_due(r, i->recurrence_of);
	bind_due(r, i->merged_into);
	bind_i64(r, i->downtime_ms);
	bind_i64(r, i->missed);
	bind_i64(r, i->wallets);
	if (i->balance_known)
		bind_i64(r, i->balance_gwei);
	else
		bind_null(r);
	bind_i64(r, i->feedback);
	bind_text(r, cut(t, i->feedback_text, 1000));
}

enum err incident_add(struct turn *t, struct incident *i)
{
	struct row *r = db_query(t, Q_INCIDENT_ADD);

	bind_state(t, r, i);
	bind_text(r, i->key);
	bind_text(r, cut(t, i->rule, 100));
	bind_i64(r, i->kind);
	bind_text(r, cut(t, i->subject, 200));
	bind_i64(r, i->since_ms);
	bind_i64(r, i->opened_ms);
	enum err e = db_one(r);

	if (e != OK)
		return e == ERR_MISSING ? ERR_EXISTS : e;
	i->id = get_i64(r);
	i->version = get_i64(r);
	lane_touch(t, TOPIC_INCIDENT);
	return OK;
}

enum err incident_save(struct turn *t, struct incident *i)
{
	struct row *r = db_query(t, Q_INCIDENT_SAVE);
	int64_t changed;

	bind_state(t, r, i);
	bind_i64(r, i->id);
	bind_i64(r, i->version);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "incident %lld changed meanwhile: read it again",
			    (long long)i->id);
	i->version++;
	lane_touch(t, TOPIC_INCIDENT);
	return OK;
}

enum err incident_seen(struct turn *t, const struct incident *i)
{
	struct row *r = db_query(t, Q_INCIDENT_SEEN);

	bind_text(r, cut(t, i->title, INCIDENT_TITLE_MAX));
	bind_text(r, cut(t, i->text, INCIDENT_TEXT_MAX));
	bind_i64(r, i->occurrences);
	bind_i64(r, i->seen_ms);
	bind_i64(r, i->again_seq);
	bind_i64(r, i->again_ms);
	bind_i64(r, i->id);
	lane_touch(t, TOPIC_INCIDENT);
	return db_exec(r, NULL);
}

enum err incident_get(struct turn *t, int64_t id, struct incident *out)
{
	struct row *r = db_query(t, Q_INCIDENT_GET);

	bind_i64(r, id);
	enum err e = read_one(t, r, out);

	if (e == ERR_MISSING)
		return fail(t, e, "no incident %lld: see `ghostctl incidents list --all`",
			    (long long)id);
	return e;
}

enum err incident_open_of(struct turn *t, const char *key, struct incident *out)
{
	struct row *r = db_query(t, Q_INCIDENT_OPEN_OF);

	bind_text(r, key);
	return read_one(t, r, out);
}

enum err incident_last_of(struct turn *t, const char *key, struct incident *out)
{
	struct row *r = db_query(t, Q_INCIDENT_LAST_OF);

	bind_text(r, key);
	return read_one(t, r, out);
}

enum err incident_turns(struct turn *t, const char *key, int64_t since_ms, int64_t *out)
{
	struct row *r = db_query(t, Q_INCIDENT_TURNS);

	bind_i64(r, since_ms);
	bind_text(r, key);
	TRY(db_one(r));
	*out = get_i64(r);
	return OK;
}

enum err incident_list(struct turn *t, const struct incident_filter *f, size_t limit,
		       struct incident **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_INCIDENT_LIST);

	bind_i64(r, f->states);
	bind_i64(r, f->severities);
	bind_text(r, f->rule ? f->rule : "");
	bind_text(r, f->subject ? f->subject : "");
	bind_i64(r, f->opened_from_ms);
	bind_i64(r, f->opened_to_ms);
	bind_i64(r, f->before);
	bind_u64(r, limit);
	return read_many(r, out, n_out);
}

enum err incident_earlier(struct turn *t, const struct incident *i, size_t limit,
			  struct incident **out, size_t *n_out)
{
	bool by_rule = *i->rule != 0;
	struct row *r = db_query(t, by_rule ? Q_INCIDENT_EARLIER_RULE : Q_INCIDENT_EARLIER_KEY);

	bind_text(r, by_rule ? i->rule : i->key);
	bind_i64(r, i->id);
	bind_u64(r, limit);
	return read_many(r, out, n_out);
}

enum err incident_due(struct turn *t, int64_t now_ms, size_t limit, struct incident **out,
		      size_t *n_out)
{
	struct row *r = db_query(t, Q_INCIDENT_DUE);

	bind_i64(r, now_ms);
	bind_u64(r, limit);
	return read_many(r, out, n_out);
}

enum err incident_count(struct turn *t, int64_t since_ms, struct incident_counts *out)
{
	struct row *r = db_query(t, Q_INCIDENT_COUNT);
	enum err e;

	*out = (struct incident_counts){ 0 };
	bind_i64(r, since_ms);
	while ((e = db_next(r)) == OK) {
		int64_t severity = get_i64(r);
		int64_t opened = get_i64(r), open = get_i64(r);

		out->opened[severity] += opened;
		out->opened[0] += opened;
		out->open[severity] += open;
		out->open[0] += open;
		out->unacknowledged += get_i64(r);
		out->ack_missed[severity] = get_i64(r);
		out->resolve_missed[severity] = get_i64(r);
		out->ack_missed[0] += out->ack_missed[severity];
		out->resolve_missed[0] += out->resolve_missed[severity];
		out->acked += get_i64(r);
		out->ack_sum_ms += get_i64(r);
		out->resolved += get_i64(r);
		out->resolve_sum_ms += get_i64(r);
	}
	return e == ERR_MISSING ? OK : e;
}

enum err incident_duties(struct turn *t, int64_t validator, int64_t from, int64_t to,
			 int64_t *missed_out, int64_t *gained_out, bool *known_out)
{
	struct row *r = db_query(t, Q_INCIDENT_DUTIES);
	int64_t first = 0;
	enum err e;

	*missed_out = *gained_out = 0;
	*known_out = false;
	bind_i64(r, to - from < INCIDENT_EPOCHS_MAX ? from : to - INCIDENT_EPOCHS_MAX + 1);
	bind_i64(r, to);
	bind_i64(r, validator);
	while ((e = db_next(r)) == OK) {
		unsigned flags = (unsigned)get_i64(r);
		int64_t balance = get_i64(r);

		if (flags & DUTY_KNOWN && !(flags & DUTY_LIVE))
			(*missed_out)++;
		if (!*known_out)
			first = balance;
		*known_out = true;
		*gained_out = balance - first;
	}
	return e == ERR_MISSING ? OK : e;
}

static void read_rule(struct turn *t, struct row *r, void *item)
{
	struct incident_rule *o = item;

	(void)t;
	o->rule = get_text(r);
	o->incidents = get_i64(r);
	o->pages = get_i64(r);
	o->noise = get_i64(r);
	o->actionable = get_i64(r);
}

enum err incident_rules(struct turn *t, int64_t since_ms, size_t limit, struct incident_rule **out,
			size_t *n_out)
{
	struct row *r = db_query(t, Q_INCIDENT_RULES);
	struct rows all;

	bind_i64(r, since_ms);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_rule, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}
