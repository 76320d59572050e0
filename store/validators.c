#include "store/validators.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

static const char *const status_names[] = {
	[STATUS_UNTOLD] = "",
	[STATUS_PENDING_INITIALIZED] = "pending_initialized",
	[STATUS_PENDING_QUEUED] = "pending_queued",
	[STATUS_ACTIVE_ONGOING] = "active_ongoing",
	[STATUS_ACTIVE_EXITING] = "active_exiting",
	[STATUS_ACTIVE_SLASHED] = "active_slashed",
	[STATUS_EXITED_UNSLASHED] = "exited_unslashed",
	[STATUS_EXITED_SLASHED] = "exited_slashed",
	[STATUS_WITHDRAWAL_POSSIBLE] = "withdrawal_possible",
	[STATUS_WITHDRAWAL_DONE] = "withdrawal_done",
};

static const char *const health_names[VALIDATOR_HEALTHS] = {
	"", "up", "degraded", "isolated", "down", "unknown", "idle",
};

const char *validator_status_name(enum validator_status s)
{
	return status_names[s];
}

const char *validator_health_name(enum validator_health h)
{
	return health_names[h];
}

/* The one place that knows the order of VALIDATOR_COLS. */
static void read_validator(struct turn *t, struct row *r, void *item)
{
	struct validator *v = item;
	struct bytes key;

	(void)t;
	*v = (struct validator){ .id = get_i64(r) };
	key = get_blob(r);
	for (size_t i = 0; i < key.n && i < sizeof(v->pubkey.b); i++)
		v->pubkey.b[i] = key.p[i];
	v->label = get_text(r);
	v->removed_ms = get_i64(r);
	v->created_ms = get_i64(r);
	v->place = get_i64(r);
	v->life = (enum validator_life)get_i64(r);
	v->status = (enum validator_status)get_i64(r);
	v->balance = get_i64(r);
	v->change = get_i64(r);
	v->effective = get_i64(r);
	v->slashed = get_bool(r);
	v->activation = get_i64(r);
	v->exit = get_i64(r);
	v->withdrawable = get_i64(r);
	v->heard_epoch = get_i64(r);
	v->heard_ms = get_i64(r);
	v->declines = get_i64(r);
	v->health = (enum validator_health)get_i64(r);
	v->since_ms = get_i64(r);
	v->announced = (enum validator_health)get_i64(r);
	v->evidence = (unsigned)get_i64(r);
	v->live_epoch = get_i64(r);
	v->judged_epoch = get_i64(r);
	v->missed_row = get_i64(r);
	v->missed_bits = (uint64_t)get_i64(r);
	v->known_bits = (uint64_t)get_i64(r);
	v->text = get_text(r);
	v->listed = get_bool(r);
	v->slashed_ms = get_i64(r);
	v->version = get_i64(r);
}

static enum err one(struct turn *t, struct row *r, const char *what, struct validator *out)
{
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no validator %s is watched: see `ghostctl validators list`",
			    what);
	if (e == OK)
		read_validator(t, r, out);
	return e;
}

static enum err by_key(struct turn *t, const struct pubkey *key, const char *what,
		       struct validator *out)
{
	struct row *r = db_query(t, Q_VALIDATOR_BY_KEY);

	bind_blob(r, key->b, sizeof(key->b));
	return one(t, r, what, out);
}

enum err validator_by_key(struct turn *t, const struct pubkey *key, struct validator *out)
{
	return by_key(t, key, "of that key", out);
}

enum err validator_by_place(struct turn *t, int64_t place, struct validator *out)
{
	struct row *r = db_query(t, Q_VALIDATOR_BY_PLACE);

	bind_i64(r, place);
	return one(t, r, turn_printf(t, "of index %lld", (long long)place), out);
}

enum err validator_by_id(struct turn *t, int64_t id, struct validator *out)
{
	struct row *r = db_query(t, Q_VALIDATOR_BY_ID);

	bind_i64(r, id);
	return one(t, r, turn_printf(t, "#%lld", (long long)id), out);
}

enum err validator_by_label(struct turn *t, const char *label, struct validator *out)
{
	struct row *r = db_query(t, Q_VALIDATOR_BY_LABEL);
	struct rows all;

	bind_text(r, label);
	TRY(db_all(r, sizeof(*out), read_validator, &all));
	if (all.n == 0)
		return fail(t, ERR_MISSING,
			    "no validator '%.90s' is watched: see `ghostctl validators list`",
			    label);
	if (all.n > 1)
		return fail(t, ERR_INVALID,
			    "several validators are called '%.80s': name one by its key or index",
			    label);
	*out = *(struct validator *)all.items;
	return OK;
}

enum err validator_add(struct turn *t, const struct pubkey *key, const char *label,
		       struct validator *v, bool *added)
{
	struct row *r = db_query(t, Q_VALIDATOR_ADD);
	int64_t new;

	bind_blob(r, key->b, sizeof(key->b));
	bind_text(r, cut(t, label, 80));
	bind_i64(r, t->now_ms);
	TRY(db_exec(r, &new));
	TRY(by_key(t, key, "", v));
	*added = new == 1 || v->removed_ms != 0;
	if (!*added)
		return OK;
	if (!new) {
		r = db_query(t, Q_VALIDATOR_AGAIN);
		bind_text(r, cut(t, label, 80));
		bind_i64(r, t->now_ms);
		bind_i64(r, v->id);
		TRY(db_exec(r, NULL));
		TRY(by_key(t, key, "", v));
	}
	lane_touch(t, TOPIC_VALIDATOR);
	return spell_begin(t, &(struct spell){ .validator = v->id,
					       .health = VALIDATOR_UNKNOWN,
					       .from_ms = t->now_ms,
					       .text = "" });
}

enum err validator_list(struct turn *t, const struct validator_filter *f, int64_t after,
			size_t limit, struct validator **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_VALIDATOR_LIST);
	struct rows all;

	bind_i64(r, after);
	bind_i64(r, f->lives);
	bind_i64(r, f->healths);
	bind_bool(r, f->removed);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_validator, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err validator_save(struct turn *t, const struct validator *v)
{
	struct row *r = db_query(t, Q_VALIDATOR_SAVE);

	bind_i64(r, v->place);
	bind_i64(r, v->life);
	bind_i64(r, v->status);
	bind_i64(r, v->balance);
	bind_i64(r, v->change);
	bind_i64(r, v->effective);
	bind_bool(r, v->slashed);
	bind_i64(r, v->activation);
	bind_i64(r, v->exit);
	bind_i64(r, v->withdrawable);
	bind_i64(r, v->heard_epoch);
	bind_i64(r, v->heard_ms);
	bind_i64(r, v->declines);
	bind_i64(r, v->health);
	bind_i64(r, v->since_ms);
	bind_i64(r, v->announced);
	bind_i64(r, v->evidence);
	bind_i64(r, v->live_epoch);
	bind_i64(r, v->judged_epoch);
	bind_i64(r, v->missed_row);
	bind_i64(r, (int64_t)v->missed_bits);
	bind_i64(r, (int64_t)v->known_bits);
	bind_text(r, cut(t, v->text, 400));
	bind_i64(r, v->slashed_ms);
	bind_i64(r, v->id);
	return db_exec(r, NULL);
}

enum err validator_remove(struct turn *t, const struct validator *v, int64_t version)
{
	struct row *r = db_query(t, Q_VALIDATOR_REMOVE);
	int64_t changed;

	bind_i64(r, t->now_ms);
	bind_i64(r, v->id);
	bind_i64(r, version);
	TRY(db_exec(r, &changed));
	if (changed == 0)
		return fail(t, ERR_STALE, "the validator changed since it was read: read it again");
	r = db_query(t, Q_SPELL_END);
	bind_i64(r, t->now_ms);
	bind_i64(r, v->id);
	lane_touch(t, TOPIC_VALIDATOR);
	return db_exec(r, NULL);
}

enum err validator_count(struct turn *t, struct validator_counts *out)
{
	struct row *r = db_query(t, Q_VALIDATOR_COUNT);
	enum err e;

	*out = (struct validator_counts){ 0 };
	while ((e = db_next(r)) == OK) {
		int64_t health = get_i64(r), n = get_i64(r);

		out->health[health] = n;
		out->all += n;
	}
	return e == ERR_MISSING ? OK : e;
}

enum err validator_signs(struct turn *t, struct validator_signs *out)
{
	struct row *r = db_query(t, Q_VALIDATOR_SIGNS);

	bind_i64(r, LIFE_ACTIVE);
	bind_i64(r, LIFE_EXITING);
	TRY(db_one(r));
	*out = (struct validator_signs){ .last_epoch = -1 };
	out->active = get_i64(r);
	out->silent = get_i64(r);
	r = db_query(t, Q_VALIDATOR_SEEN_LAST);
	bind_i64(r, LIFE_ACTIVE);
	bind_i64(r, LIFE_EXITING);
	enum err e = db_one(r);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	out->last_id = get_i64(r);
	out->last_epoch = get_i64(r);
	return OK;
}

/* ---- spells ---- */

static void read_spell(struct turn *t, struct row *r, void *item)
{
	struct spell *s = item;

	(void)t;
	*s = (struct spell){ .id = get_i64(r) };
	s->validator = get_i64(r);
	s->health = (enum validator_health)get_i64(r);
	s->from_ms = get_i64(r);
	s->to_ms = get_i64(r);
	s->evidence = (unsigned)get_i64(r);
	s->text = get_text(r);
}

static enum err spell_replace(struct turn *t, const struct spell *s)
{
	struct row *r = db_query(t, Q_SPELL_REPLACE);

	bind_i64(r, s->health);
	bind_i64(r, s->evidence);
	bind_text(r, cut(t, s->text, 400));
	bind_i64(r, s->validator);
	return db_exec(r, NULL);
}

enum err spell_begin(struct turn *t, struct spell *s)
{
	struct row *r = db_query(t, Q_SPELL_OPEN);
	struct spell open;

	bind_i64(r, s->validator);
	enum err e = db_one(r);

	if (e != OK && e != ERR_MISSING)
		return e;
	if (e == OK) {
		read_spell(t, r, &open);
		if (s->from_ms < open.from_ms || s->health == open.health)
			s->from_ms = open.from_ms;
		if (s->health == open.health)
			return OK;
		if (s->from_ms == open.from_ms)
			return spell_replace(t, s);
		r = db_query(t, Q_SPELL_END);
		bind_i64(r, s->from_ms);
		bind_i64(r, s->validator);
		TRY(db_exec(r, NULL));
	}
	r = db_query(t, Q_SPELL_ADD);
	bind_i64(r, s->validator);
	bind_i64(r, s->health);
	bind_i64(r, s->from_ms);
	bind_i64(r, s->evidence);
	bind_text(r, cut(t, s->text, 400));
	return db_exec(r, NULL);
}

static enum err spells_of(struct row *r, struct spell **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_spell, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err spell_list(struct turn *t, int64_t validator, int64_t from_ms, int64_t to_ms, size_t limit,
		    struct spell **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SPELL_LIST);

	bind_i64(r, validator);
	bind_i64(r, to_ms);
	bind_i64(r, from_ms);
	bind_u64(r, limit);
	return spells_of(r, out, n_out);
}

enum err spell_down(struct turn *t, int64_t validator, int64_t from_ms, int64_t to_ms, size_t limit,
		    struct spell **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SPELL_DOWN);

	bind_i64(r, to_ms);
	bind_i64(r, from_ms);
	bind_i64(r, validator);
	bind_u64(r, limit);
	return spells_of(r, out, n_out);
}

enum err spell_ill(struct turn *t, int64_t from_ms, int64_t to_ms, size_t limit, struct spell **out,
		   size_t *n_out)
{
	struct row *r = db_query(t, Q_SPELL_ILL);

	bind_i64(r, to_ms);
	bind_i64(r, from_ms);
	bind_u64(r, limit);
	return spells_of(r, out, n_out);
}

enum err spell_last(struct turn *t, int64_t validator, size_t limit, struct spell **out,
		    size_t *n_out)
{
	struct row *r = db_query(t, Q_SPELL_LAST);

	bind_i64(r, validator);
	bind_u64(r, limit);
	return spells_of(r, out, n_out);
}
