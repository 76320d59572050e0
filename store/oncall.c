#include "store/oncall.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

/* ---- people ---- */

/* The one place that knows the order of PERSON_COLS. */
static void read_person(struct turn *t, struct row *r, void *item)
{
	struct person *p = item;

	(void)t;
	*p = (struct person){ .id = get_i64(r) };
	p->name = get_text(r);
	p->kind = (enum person_kind)get_i64(r);
	p->full_name = get_text(r);
	p->email = get_text(r);
	p->phone = get_text(r);
	p->zone = get_text(r);
	p->note = get_text(r);
	p->channels = get_text(r);
	p->created_ms = get_i64(r);
	p->version = get_i64(r);
}

enum err person_list(struct turn *t, struct person **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_PERSON_LIST);
	struct rows all;

	bind_i64(r, PEOPLE_MAX);
	TRY(db_all(r, sizeof(**out), read_person, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err person_get(struct turn *t, const char *name, struct person *out)
{
	struct row *r = db_query(t, Q_PERSON_GET);

	bind_text(r, name);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "nobody is called '%.60s': see `ghostctl oncall people`", name);
	if (e == OK)
		read_person(t, r, out);
	return e;
}

/* The columns that PERSON_ADD and PERSON_SAVE share, in their order. */
static void bind_person(struct row *r, const struct person *p)
{
	bind_i64(r, p->kind);
	bind_text(r, p->full_name);
	bind_text(r, p->email);
	bind_text(r, p->phone);
	bind_text(r, p->zone);
	bind_text(r, p->note);
	bind_text(r, p->channels);
}

enum err person_put(struct turn *t, struct person *p)
{
	struct row *r = db_query(t, p->id ? Q_PERSON_SAVE : Q_PERSON_ADD);
	bool is_new = p->id == 0;

	bind_person(r, p);
	if (is_new) {
		p->created_ms = t->now_ms;
		bind_text(r, p->name);
		bind_i64(r, p->created_ms);
	} else {
		bind_i64(r, p->id);
		bind_i64(r, p->version);
	}
	enum err e = db_one(r);

	if (e == ERR_MISSING && is_new)
		return ERR_EXISTS;
	if (e == ERR_MISSING)
		return fail(t, ERR_STALE, "person '%s' changed meanwhile: read again", p->name);
	if (e != OK)
		return e;
	p->id = get_i64(r);
	p->version = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

static enum err remove_row(struct turn *t, enum query q, int64_t id, int64_t version,
			   const char *name)
{
	struct row *r = db_query(t, q);
	int64_t changed;

	bind_i64(r, t->now_ms);
	bind_i64(r, id);
	bind_i64(r, version);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "'%s' changed meanwhile: read again", name);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err person_remove(struct turn *t, const struct person *p)
{
	return remove_row(t, Q_PERSON_REMOVE, p->id, p->version, p->name);
}

/* ---- schedules ---- */

static void read_layer(struct turn *t, struct row *r, void *item)
{
	struct layer *l = item;

	(void)t;
	l->name = get_text(r);
	l->kind = (enum layer_kind)get_i64(r);
	l->every = get_i64(r);
	l->start_min = get_i64(r);
	l->people = get_text(r);
	l->handoffs = get_text(r);
	l->active = get_text(r);
}

static void read_schedule(struct turn *t, struct row *r, void *item)
{
	struct schedule *s = item;

	(void)t;
	*s = (struct schedule){ .id = get_i64(r) };
	s->name = get_text(r);
	s->zone = get_text(r);
	s->note = get_text(r);
	s->created_ms = get_i64(r);
	s->version = get_i64(r);
}

static enum err read_layers(struct turn *t, struct schedule *s)
{
	struct row *r = db_query(t, Q_LAYER_LIST);
	struct rows all;

	bind_i64(r, s->id);
	bind_i64(r, LAYERS_MAX);
	TRY(db_all(r, sizeof(struct layer), read_layer, &all));
	for (s->n_layers = 0; s->n_layers < all.n; s->n_layers++)
		s->layers[s->n_layers] = ((struct layer *)all.items)[s->n_layers];
	return OK;
}

enum err schedule_list(struct turn *t, struct schedule **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SCHEDULE_LIST);
	struct rows all;

	bind_i64(r, SCHEDULES_MAX);
	TRY(db_all(r, sizeof(**out), read_schedule, &all));
	*out = all.items;
	*n_out = all.n;
	for (size_t i = 0; i < all.n; i++)
		TRY(read_layers(t, &(*out)[i]));
	return OK;
}

enum err schedule_get(struct turn *t, const char *name, struct schedule *out)
{
	struct row *r = db_query(t, Q_SCHEDULE_GET);

	bind_text(r, name);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no schedule '%.60s': see `ghostctl oncall schedules`", name);
	if (e != OK)
		return e;
	read_schedule(t, r, out);
	return read_layers(t, out);
}

static enum err put_layers(struct turn *t, const struct schedule *s)
{
	struct row *r = db_query(t, Q_LAYER_DROP);

	bind_i64(r, s->id);
	TRY(db_exec(r, NULL));
	for (size_t i = 0; i < s->n_layers; i++) {
		const struct layer *l = &s->layers[i];

		r = db_query(t, Q_LAYER_ADD);
		bind_i64(r, s->id);
		bind_i64(r, (int64_t)i + 1);
		bind_text(r, l->name);
		bind_i64(r, l->kind);
		bind_i64(r, l->every);
		bind_i64(r, l->start_min);
		bind_text(r, l->people);
		bind_text(r, l->handoffs);
		bind_text(r, l->active);
		TRY(db_exec(r, NULL));
	}
	return OK;
}

enum err schedule_put(struct turn *t, struct schedule *s)
{
	struct row *r = db_query(t, s->id ? Q_SCHEDULE_SAVE : Q_SCHEDULE_ADD);
	bool is_new = s->id == 0;

	bind_text(r, s->zone);
	bind_text(r, s->note);
	if (is_new) {
		s->created_ms = t->now_ms;
		bind_text(r, s->name);
		bind_i64(r, s->created_ms);
	} else {
		bind_i64(r, s->id);
		bind_i64(r, s->version);
	}
	enum err e = db_one(r);

	if (e == ERR_MISSING && is_new)
		return ERR_EXISTS;
	if (e == ERR_MISSING)
		return fail(t, ERR_STALE, "schedule '%s' changed meanwhile: read it again",
			    s->name);
	if (e != OK)
		return e;
	s->id = get_i64(r);
	s->version = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return put_layers(t, s);
}

enum err schedule_remove(struct turn *t, const struct schedule *s)
{
	return remove_row(t, Q_SCHEDULE_REMOVE, s->id, s->version, s->name);
}

/* ---- what deviates ---- */

static void read_override(struct turn *t, struct row *r, void *item)
{
	struct override *o = item;

	(void)t;
	*o = (struct override){ .id = get_i64(r) };
	o->schedule = get_i64(r);
	o->kind = (enum override_kind)get_i64(r);
	o->of_frame = get_i64(r);
	o->person = get_text(r);
	o->instead = get_text(r);
	o->from_ms = get_i64(r);
	o->to_ms = get_i64(r);
	o->reason = get_text(r);
	o->author = get_text(r);
	o->created_ms = get_i64(r);
}

enum err override_list(struct turn *t, int64_t schedule, int64_t from_ms, int64_t to_ms,
		       struct override **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_OVERRIDE_LIST);
	struct rows all;

	bind_i64(r, schedule);
	bind_i64(r, from_ms);
	bind_i64(r, to_ms);
	bind_i64(r, OVERRIDES_MAX);
	TRY(db_all(r, sizeof(**out), read_override, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err override_get(struct turn *t, int64_t id, struct override *out)
{
	struct row *r = db_query(t, Q_OVERRIDE_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no override %lld: see `ghostctl oncall overrides`",
			    (long long)id);
	if (e == OK)
		read_override(t, r, out);
	return e;
}

enum err override_add(struct turn *t, struct override *o)
{
	struct row *r = db_query(t, Q_OVERRIDE_ADD);

	o->created_ms = t->now_ms;
	bind_i64(r, o->schedule);
	bind_i64(r, o->kind);
	bind_i64(r, o->of_frame);
	bind_text(r, o->person);
	bind_text(r, o->instead);
	bind_i64(r, o->from_ms);
	bind_i64(r, o->to_ms);
	bind_text(r, cut(t, o->reason, 400));
	bind_text(r, cut(t, o->author, 200));
	bind_i64(r, o->created_ms);
	TRY(db_one(r));
	o->id = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err override_remove(struct turn *t, int64_t id)
{
	struct row *r = db_query(t, Q_OVERRIDE_REMOVE);

	bind_i64(r, t->now_ms);
	bind_i64(r, id);
	lane_touch(t, TOPIC_NOTIFY);
	return db_exec(r, NULL);
}

/* ---- the levels ---- */

enum err call_level(struct turn *t, int level, const char **targets_out)
{
	struct row *r = db_query(t, Q_CALL_LEVEL);

	bind_i64(r, level);
	enum err e = db_one(r);

	*targets_out = e == OK ? get_text(r) : "";
	return e == ERR_MISSING ? OK : e;
}

enum err call_level_set(struct turn *t, int level, const char *targets)
{
	struct row *r = db_query(t, *targets ? Q_CALL_LEVEL_SET : Q_CALL_LEVEL_DROP);

	bind_i64(r, level);
	if (*targets)
		bind_text(r, targets);
	lane_touch(t, TOPIC_NOTIFY);
	return db_exec(r, NULL);
}
