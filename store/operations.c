#include "store/operations.h"

#include <string.h>

#include "store/base/wei.h"
#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

/* What the tables hold of a text; longer ones are cut. */
enum { STEP_TEXT = 400, WARNINGS_TEXT = 4000 };

/* The one place that knows the order of OP_COLS. */
static void read_operation(struct turn *t, struct row *r, void *item)
{
	struct operation *o = item;

	(void)t;
	*o = (struct operation){ .id = get_i64(r) };
	o->kind = (enum op_kind)get_i64(r);
	o->state = (enum op_state)get_i64(r);
	o->actor = get_text(r);
	o->source = get_i64(r);
	o->has_dest = !get_null(r);
	o->dest = get_addr(r);
	o->target = get_wei(r);
	o->profile = get_text(r);
	o->native_only = get_bool(r);
	o->accept_tax = get_bool(r);
	o->cancelling = get_bool(r);
	o->expand = get_i64(r);
	o->has_hash = !get_null(r);
	o->plan_hash = get_hash(r);
	o->expires_ms = get_i64(r);
	o->run_epoch = get_i64(r);
	o->created_ms = get_i64(r);
	o->run_ms = get_i64(r);
	o->end_ms = get_i64(r);
	o->total_value = get_wei(r);
	o->total_fee = get_wei(r);
	o->total_loan = get_wei(r);
	o->funds = get_wei(r);
	o->moved = get_wei(r);
	o->fees_paid = get_wei(r);
	o->text = get_text(r);
	o->warnings = get_text(r);
	o->trace = get_text(r);
	int64_t errand = get_i64(r);

	if (errand)
		o->kind = (enum op_kind)(OP_START + errand - 1);
	o->version = get_i64(r);
}

static enum err read_many(struct row *r, struct operation **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_operation, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static void bind_id(struct row *r, int64_t id)
{
	if (id)
		bind_i64(r, id);
	else
		bind_null(r);
}

/* The columns that OP_ADD and OP_SAVE share, in their order: first what stands before
 * created_ms, then what stands behind it. */
static void bind_front(struct row *r, const struct operation *o)
{
	bind_id(r, o->source);
	bind_addr(r, o->has_dest ? &o->dest : NULL);
	bind_wei(r, &o->target);
	bind_text(r, o->profile);
	bind_bool(r, o->native_only);
	bind_bool(r, o->accept_tax);
	bind_bool(r, o->cancelling);
	bind_i64(r, o->expand);
	bind_hash(r, o->has_hash ? &o->plan_hash : NULL);
	bind_i64(r, o->expires_ms);
	bind_i64(r, o->run_epoch);
}

static void bind_back(struct turn *t, struct row *r, const struct operation *o)
{
	bind_i64(r, o->run_ms);
	bind_i64(r, o->end_ms);
	bind_wei(r, &o->total_value);
	bind_wei(r, &o->total_fee);
	bind_wei(r, &o->total_loan);
	bind_wei(r, &o->funds);
	bind_wei(r, &o->moved);
	bind_wei(r, &o->fees_paid);
	bind_text(r, cut(t, o->text, STEP_TEXT));
	bind_text(r, cut(t, o->warnings, WARNINGS_TEXT));
	bind_text(r, o->trace ? o->trace : "");
}

enum err operation_add(struct turn *t, struct operation *o)
{
	struct row *r = db_query(t, Q_OP_ADD);

	/* The released table knows kinds up to 5: the later ones are checks with an errand. */
	int64_t errand = o->kind >= OP_START ? o->kind - OP_START + 1 : 0;

	o->created_ms = t->now_ms;
	bind_i64(r, errand ? OP_CHECK : o->kind);
	bind_i64(r, o->state);
	bind_text(r, o->actor);
	bind_front(r, o);
	bind_i64(r, o->created_ms);
	bind_back(t, r, o);
	bind_i64(r, errand);
	TRY(db_one(r));
	o->id = get_i64(r);
	o->version = get_i64(r);
	lane_touch(t, TOPIC_OPERATION);
	return OK;
}

enum err operation_get(struct turn *t, int64_t id, struct operation *out)
{
	struct row *r = db_query(t, Q_OP_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no operation %lld: see `ghostctl operations list`",
			    (long long)id);
	if (e == OK)
		read_operation(t, r, out);
	return e;
}

enum err operation_save(struct turn *t, struct operation *o)
{
	struct row *r = db_query(t, Q_OP_SAVE);
	int64_t changed;

	bind_i64(r, o->state);
	bind_front(r, o);
	bind_back(t, r, o);
	bind_i64(r, o->id);
	bind_i64(r, o->version);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "operation %lld changed meanwhile: read it again",
			    (long long)o->id);
	o->version++;
	lane_touch(t, TOPIC_OPERATION);
	return OK;
}

enum err operation_list(struct turn *t, unsigned states, int64_t before, size_t limit,
			struct operation **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_OP_LIST);

	bind_i64(r, states);
	bind_i64(r, before);
	bind_i64(r, (int64_t)limit);
	return read_many(r, out, n_out);
}

enum err operation_live(struct turn *t, enum op_state state, int64_t after, size_t limit,
			struct operation **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_OP_LIVE);

	bind_i64(r, state);
	bind_i64(r, after);
	bind_i64(r, (int64_t)limit);
	return read_many(r, out, n_out);
}

enum err operation_expired(struct turn *t, int64_t before_ms, size_t limit, struct operation **out,
			   size_t *n_out)
{
	struct row *r = db_query(t, Q_OP_EXPIRED);

	bind_i64(r, before_ms);
	bind_i64(r, (int64_t)limit);
	return read_many(r, out, n_out);
}

enum err operation_count(struct turn *t, int64_t counts_out[OP_CANCELLED + 1])
{
	struct row *r = db_query(t, Q_OP_COUNT);
	enum err e;

	memset(counts_out, 0, (OP_CANCELLED + 1) * sizeof(*counts_out));
	while ((e = db_next(r)) == OK) {
		int64_t state = get_i64(r);

		counts_out[state] = get_i64(r);
	}
	return e == ERR_MISSING ? OK : e;
}

/* The one place that knows the order of STEP_COLS. */
static void read_step(struct turn *t, struct row *r, void *item)
{
	struct step *s = item;

	(void)t;
	s->id = get_i64(r);
	s->operation = get_i64(r);
	s->wallet = get_i64(r);
	s->state = (enum step_state)get_i64(r);
	s->planned = get_bool(r);
	s->value = get_wei(r);
	s->max_fee = get_wei(r);
	s->loan = get_wei(r);
	s->gas = get_u64(r);
	s->moved = get_wei(r);
	s->fees_paid = get_wei(r);
	s->next_ms = get_i64(r);
	s->tries = get_i64(r);
	s->text = get_text(r);
	s->wallet_name = get_text(r);
	s->addr = get_addr(r);
}

static enum err read_steps(struct row *r, struct step **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_step, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static void bind_step(struct turn *t, struct row *r, const struct step *s)
{
	bind_i64(r, s->state);
	bind_bool(r, s->planned);
	bind_wei(r, &s->value);
	bind_wei(r, &s->max_fee);
	bind_wei(r, &s->loan);
	bind_u64(r, s->gas);
	bind_wei(r, &s->moved);
	bind_wei(r, &s->fees_paid);
	bind_i64(r, s->next_ms);
	bind_i64(r, s->tries);
	bind_text(r, cut(t, s->text, STEP_TEXT));
}

enum err step_add(struct turn *t, struct step *s)
{
	struct row *r = db_query(t, Q_STEP_ADD);

	bind_i64(r, s->operation);
	bind_i64(r, s->wallet);
	bind_step(t, r, s);
	enum err e = db_one(r);

	if (e != OK)
		return e == ERR_MISSING ? ERR_EXISTS : e;
	s->id = get_i64(r);
	return OK;
}

enum err step_get(struct turn *t, int64_t id, struct step *out)
{
	struct row *r = db_query(t, Q_STEP_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no step %lld", (long long)id);
	if (e == OK)
		read_step(t, r, out);
	return e;
}

enum err step_save(struct turn *t, const struct step *s)
{
	struct row *r = db_query(t, Q_STEP_SAVE);

	bind_step(t, r, s);
	bind_i64(r, s->id);
	lane_touch(t, TOPIC_OPERATION);
	return db_exec(r, NULL);
}

enum err step_list(struct turn *t, int64_t operation, unsigned states, int64_t after, size_t limit,
		   struct step **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_STEP_LIST);

	bind_i64(r, operation);
	bind_i64(r, states);
	bind_i64(r, after);
	bind_i64(r, (int64_t)limit);
	return read_steps(r, out, n_out);
}

enum err step_unplanned(struct turn *t, int64_t operation, size_t limit, struct step **out,
			size_t *n_out)
{
	struct row *r = db_query(t, Q_STEP_UNPLANNED);

	bind_i64(r, operation);
	bind_i64(r, (int64_t)limit);
	return read_steps(r, out, n_out);
}

static enum err due_at(struct turn *t, int64_t operation, int64_t at_ms, size_t limit,
		       struct step **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_STEP_DUE);

	bind_i64(r, operation);
	bind_i64(r, at_ms);
	bind_i64(r, (int64_t)limit);
	return read_steps(r, out, n_out);
}

enum err step_due(struct turn *t, int64_t operation, size_t limit, struct step **out, size_t *n_out)
{
	return due_at(t, operation, t->now_ms, limit, out, n_out);
}

enum err step_due_any(struct turn *t, int64_t operation, size_t limit, struct step **out,
		      size_t *n_out)
{
	return due_at(t, operation, INT64_MAX, limit, out, n_out);
}

enum err step_count(struct turn *t, int64_t operation, struct step_counts *out)
{
	struct row *r = db_query(t, Q_STEP_COUNT);
	int64_t by_state[STEP_CANCELLED + 1] = { 0 };
	enum err e;

	bind_i64(r, operation);
	while ((e = db_next(r)) == OK) {
		int64_t state = get_i64(r);

		by_state[state] = get_i64(r);
	}
	if (e != ERR_MISSING)
		return e;
	*out = (struct step_counts){
		.planned = by_state[STEP_PLANNED],
		.running = by_state[STEP_RUNNING],
		.done = by_state[STEP_DONE],
		.skipped = by_state[STEP_SKIPPED],
		.failed = by_state[STEP_FAILED],
		.blocked = by_state[STEP_BLOCKED],
		.cancelled = by_state[STEP_CANCELLED],
	};
	for (int i = STEP_PLANNED; i <= STEP_CANCELLED; i++)
		out->total += by_state[i];
	return OK;
}

static enum err any(struct turn *t, enum query q, int64_t id, bool *out)
{
	struct row *r = db_query(t, q);

	bind_i64(r, id);
	TRY(db_one(r));
	*out = get_i64(r) > 0;
	return OK;
}

enum err step_any_open(struct turn *t, int64_t operation, bool *out)
{
	return any(t, Q_STEP_ANY_OPEN, operation, out);
}

enum err step_others_go_on(struct turn *t, int64_t operation, int64_t wallet, int64_t soon_ms,
			   bool *out)
{
	struct row *r = db_query(t, Q_STEP_OTHERS);

	bind_i64(r, operation);
	bind_i64(r, wallet);
	bind_i64(r, soon_ms);
	TRY(db_one(r));
	*out = get_i64(r) > 0;
	return OK;
}

enum err step_holds_wallet(struct turn *t, int64_t wallet, bool *out)
{
	return any(t, Q_STEP_HOLDS, wallet, out);
}

enum err step_uses_wallet(struct turn *t, int64_t wallet, bool *out)
{
	return any(t, Q_STEP_USES, wallet, out);
}

enum err step_cancel_all(struct turn *t, int64_t operation)
{
	struct row *r = db_query(t, Q_STEP_CANCEL_ALL);

	bind_i64(r, operation);
	lane_touch(t, TOPIC_OPERATION);
	return db_exec(r, NULL);
}

enum err step_token_set(struct turn *t, const struct step_token *s)
{
	struct row *r = db_query(t, Q_STEP_TOKEN_SET);

	bind_i64(r, s->step);
	bind_addr(r, &s->token);
	bind_wei(r, &s->amount);
	bind_wei(r, &s->tax);
	return db_exec(r, NULL);
}

static void read_step_token(struct turn *t, struct row *r, void *item)
{
	struct step_token *s = item;

	(void)t;
	s->step = get_i64(r);
	s->token = get_addr(r);
	s->amount = get_wei(r);
	s->tax = get_wei(r);
}

static enum err read_tokens(struct row *r, struct step_token **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_step_token, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err step_token_range(struct turn *t, int64_t operation, int64_t after, int64_t last,
			  struct step_token **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_STEP_TOKEN_RANGE);

	bind_i64(r, operation);
	bind_i64(r, after);
	bind_i64(r, last);
	return read_tokens(r, out, n_out);
}

enum err step_plans(struct turn *t, int64_t operation, int64_t after, size_t room,
		    struct step_plan *out, size_t *n_out)
{
	struct row *r = db_query(t, Q_STEP_PLANS);
	enum err e;

	*n_out = 0;
	bind_i64(r, operation);
	bind_i64(r, after);
	bind_i64(r, (int64_t)room);
	while ((e = db_next(r)) == OK) {
		struct step_plan *p = &out[(*n_out)++];

		p->id = get_i64(r);
		p->wallet = get_i64(r);
		p->addr = get_addr(r);
		p->state = (enum step_state)get_i64(r);
		p->value = get_wei(r);
		p->max_fee = get_wei(r);
		p->loan = get_wei(r);
	}
	return e == ERR_MISSING ? OK : e;
}

enum err operation_token_set(struct turn *t, int64_t operation, const struct step_token *s)
{
	struct row *r = db_query(t, Q_OP_TOKEN_SET);

	bind_i64(r, operation);
	bind_addr(r, &s->token);
	bind_wei(r, &s->amount);
	bind_wei(r, &s->tax);
	return db_exec(r, NULL);
}

enum err operation_tokens(struct turn *t, int64_t operation, size_t limit, struct step_token **out,
			  size_t *n_out)
{
	struct row *r = db_query(t, Q_OP_TOKEN_LIST);

	bind_i64(r, operation);
	bind_i64(r, (int64_t)limit);
	return read_tokens(r, out, n_out);
}
