#include "store/rules.h"

#include <assert.h>
#include <string.h>

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

enum { VERSIONS_SHOWN = 1000 };

/* The one place that knows the order of RULE_COLS. */
static void read_rule(struct turn *t, struct row *r, void *item)
{
	struct rule *x = item;

	(void)t;
	*x = (struct rule){ .no = get_i64(r) };
	x->id = get_text(r);
	x->current = get_i64(r);
	x->newest = get_i64(r);
	x->proposed = get_i64(r);
	x->shipped = get_bool(r);
	x->population = get_i64(r);
	x->version = get_i64(r);
	x->title = get_text(r);
	x->signal = get_i64(r);
	x->op = (enum rule_op)get_i64(r);
	x->threshold = get_real(r);
	x->for_ms = get_i64(r);
	x->keep_ms = get_i64(r);
	x->hits = get_i64(r);
	x->looks = get_i64(r);
	x->window_ms = get_i64(r);
	x->scope = (enum rule_scope)get_i64(r);
	x->scope_value = get_text(r);
	x->group = (enum rule_group)get_i64(r);
	x->severity = (enum rule_severity)get_i64(r);
	x->page = get_bool(r);
	x->min_affected = get_i64(r);
	x->share = get_real(r);
	x->min_sources = get_i64(r);
	x->warm_up_ms = get_i64(r);
	x->stale_ms = get_i64(r);
	x->no_data = (enum rule_no_data)get_i64(r);
	x->never_suppress = get_bool(r);
	x->inhibited_by = get_text(r);
	x->procedure = get_text(r);
	x->enabled = get_bool(r);
	x->author = get_text(r);
	x->comment = get_text(r);
	x->at_ms = get_i64(r);
}

static enum err all_rules(struct row *r, struct rule **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_rule, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err rule_list(struct turn *t, struct rule **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_RULE_LIST);

	bind_i64(r, RULES_MAX);
	return all_rules(r, out, n_out);
}

enum err rule_get(struct turn *t, const char *id, int64_t version, struct rule *out)
{
	struct row *r = db_query(t, Q_RULE_GET);

	bind_text(r, id);
	bind_i64(r, version);
	enum err e = db_one(r);

	if (e == ERR_MISSING && version > 0)
		return fail(t, e, "rule '%.60s' has no version %lld: see `ghostctl rules history`",
			    id, (long long)version);
	if (e == ERR_MISSING)
		return fail(t, e, "no rule '%.60s': see `ghostctl rules list`", id);
	if (e == OK)
		read_rule(t, r, out);
	return e;
}

enum err rule_history(struct turn *t, const char *id, size_t limit, struct rule **out,
		      size_t *n_out)
{
	struct row *r = db_query(t, Q_RULE_HISTORY);

	bind_text(r, id);
	bind_u64(r, limit < VERSIONS_SHOWN ? limit : VERSIONS_SHOWN);
	return all_rules(r, out, n_out);
}

static enum err version_add(struct turn *t, struct rule *x)
{
	struct row *r = db_query(t, Q_RULE_VERSION_ADD);

	x->at_ms = t->now_ms;
	bind_i64(r, x->no);
	bind_i64(r, x->version);
	bind_text(r, x->title);
	bind_i64(r, x->signal);
	bind_i64(r, x->op);
	bind_real(r, x->threshold);
	bind_i64(r, x->for_ms);
	bind_i64(r, x->keep_ms);
	bind_i64(r, x->hits);
	bind_i64(r, x->looks);
	bind_i64(r, x->window_ms);
	bind_i64(r, x->scope);
	bind_text(r, x->scope_value);
	bind_i64(r, x->group);
	bind_i64(r, x->severity);
	bind_bool(r, x->page);
	bind_i64(r, x->min_affected);
	bind_real(r, x->share);
	bind_i64(r, x->min_sources);
	bind_i64(r, x->warm_up_ms);
	bind_i64(r, x->stale_ms);
	bind_i64(r, x->no_data);
	bind_bool(r, x->never_suppress);
	bind_text(r, x->inhibited_by);
	bind_text(r, x->procedure);
	bind_bool(r, x->enabled);
	bind_text(r, x->author);
	bind_text(r, cut(t, x->comment, 400));
	bind_i64(r, x->at_ms);
	lane_touch(t, TOPIC_RULE);
	return db_exec(r, NULL);
}

enum err rule_add(struct turn *t, struct rule *x, const struct eth_hash *shipped)
{
	struct row *r = db_query(t, Q_RULE_ADD);

	bind_text(r, x->id);
	if (shipped)
		bind_hash(r, shipped);
	else
		bind_null(r);
	enum err e = db_one(r);

	if (e != OK)
		return e == ERR_MISSING ? ERR_EXISTS : e;
	x->no = get_i64(r);
	x->version = x->current = x->newest = 1;
	x->shipped = shipped != NULL;
	return version_add(t, x);
}

enum err rule_next(struct turn *t, struct rule *x, bool proposed)
{
	struct row *r = db_query(t, proposed ? Q_RULE_PROPOSE : Q_RULE_POINT);
	int64_t version = x->newest + 1, changed;

	bind_i64(r, version);
	bind_i64(r, x->no);
	bind_i64(r, x->current);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "rule '%s' changed meanwhile: read it again", x->id);
	x->version = x->newest = version;
	if (proposed)
		x->proposed = version;
	else
		x->current = version;
	return version_add(t, x);
}

enum err rule_shipped(struct turn *t, int64_t no, struct eth_hash *out)
{
	struct row *r = db_query(t, Q_RULE_SHIPPED);

	bind_i64(r, no);
	TRY(db_one(r));
	*out = get_hash(r);
	return OK;
}

enum err rule_set_shipped(struct turn *t, int64_t no, const struct eth_hash *h)
{
	struct row *r = db_query(t, Q_RULE_SET_SHIPPED);

	bind_hash(r, h);
	bind_i64(r, no);
	return db_exec(r, NULL);
}

enum err rule_set_population(struct turn *t, int64_t no, int64_t population)
{
	struct row *r = db_query(t, Q_RULE_POPULATION);

	bind_i64(r, population);
	bind_i64(r, no);
	return db_exec(r, NULL);
}

static void read_mark(struct turn *t, struct row *r, void *item)
{
	struct rule_mark *m = item;

	(void)t;
	m->no = get_i64(r);
	m->version = get_i64(r);
}

enum err rule_marks(struct turn *t, struct rule_mark **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_RULE_MARKS);
	struct rows all;

	bind_i64(r, RULES_MAX);
	TRY(db_all(r, sizeof(**out), read_mark, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

/* ---- how things stand ---- */

static void read_state(struct turn *t, struct row *r, void *item)
{
	struct rule_state *s = item;

	(void)t;
	s->rule = get_i64(r);
	s->ref = get_i64(r);
	s->entity = get_text(r);
	s->phase = (enum rule_phase)get_i64(r);
	s->unknown_ms = get_i64(r);
	s->back_ms = get_i64(r);
	s->since_ms = get_i64(r);
	s->fired_ms = get_i64(r);
	s->clear_ms = get_i64(r);
	s->end_ms = get_i64(r);
	s->bits = (uint64_t)get_i64(r);
	s->seen_ms = get_i64(r);
	s->value = get_real(r);
	s->flips = get_i64(r);
	s->flips_ms = get_i64(r);
	s->bundle = get_text(r);
	s->muted_by = get_text(r);
}

static enum err all_states(struct row *r, struct rule_state **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_state, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err rule_states(struct turn *t, int64_t rule, int64_t ref, size_t limit,
		     struct rule_state **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_RULE_STATES);

	bind_i64(r, rule);
	bind_i64(r, ref);
	bind_u64(r, limit);
	return all_states(r, out, n_out);
}

enum err rule_states_of(struct turn *t, int64_t rule, size_t limit, struct rule_state **out,
			size_t *n_out)
{
	struct row *r = db_query(t, Q_RULE_STATES_OF);

	bind_i64(r, rule);
	bind_u64(r, limit);
	return all_states(r, out, n_out);
}

enum err rule_state_put(struct turn *t, const struct rule_state *s)
{
	struct row *r = db_query(t, Q_RULE_STATE_PUT);

	assert(strlen(s->bundle) <= RULE_BUNDLE_MAX);
	bind_i64(r, s->rule);
	bind_i64(r, s->ref);
	bind_text(r, cut(t, s->entity, 160));
	bind_i64(r, s->phase);
	bind_i64(r, s->unknown_ms);
	bind_i64(r, s->back_ms);
	bind_i64(r, s->since_ms);
	bind_i64(r, s->fired_ms);
	bind_i64(r, s->clear_ms);
	bind_i64(r, s->end_ms);
	bind_i64(r, (int64_t)s->bits);
	bind_i64(r, s->seen_ms);
	bind_real(r, s->value);
	bind_i64(r, s->flips);
	bind_i64(r, s->flips_ms);
	bind_text(r, s->bundle);
	bind_text(r, s->muted_by);
	return db_exec(r, NULL);
}

enum err rule_state_drop(struct turn *t, int64_t rule, int64_t ref)
{
	struct row *r = db_query(t, Q_RULE_STATE_DROP);

	bind_i64(r, rule);
	bind_i64(r, ref);
	return db_exec(r, NULL);
}

enum err rule_states_drop(struct turn *t, int64_t rule)
{
	struct row *r = db_query(t, Q_RULE_STATES_DROP);

	bind_i64(r, rule);
	lane_touch(t, TOPIC_RULE);
	return db_exec(r, NULL);
}

static void read_count(struct turn *t, struct row *r, void *item)
{
	struct rule_count *c = item;

	(void)t;
	c->rule = get_i64(r);
	c->firing = get_i64(r);
	c->pending = get_i64(r);
	c->unknown = get_i64(r);
	c->muted = get_i64(r);
	c->since_ms = get_i64(r);
}

enum err rule_counts(struct turn *t, struct rule_count **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_RULE_COUNTS);
	struct rows all;

	bind_i64(r, RULES_MAX);
	TRY(db_all(r, sizeof(**out), read_count, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static void read_bundle(struct turn *t, struct row *r, void *item)
{
	struct rule_bundle *b = item;

	(void)t;
	b->rule = get_i64(r);
	b->key = get_text(r);
	b->opened_ms = get_i64(r);
	b->told_ms = get_i64(r);
	b->sign = get_i64(r);
}

enum err rule_bundles(struct turn *t, struct rule_bundle **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_RULE_BUNDLES);
	struct rows all;

	bind_i64(r, BUNDLES_MAX);
	TRY(db_all(r, sizeof(**out), read_bundle, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err rule_bundle_put(struct turn *t, const struct rule_bundle *b)
{
	struct row *r = db_query(t, Q_RULE_BUNDLE_PUT);

	bind_i64(r, b->rule);
	bind_text(r, b->key);
	bind_i64(r, b->opened_ms);
	bind_i64(r, b->told_ms);
	bind_i64(r, b->sign);
	return db_exec(r, NULL);
}

enum err rule_bundle_drop(struct turn *t, int64_t rule, const char *key)
{
	struct row *r = db_query(t, Q_RULE_BUNDLE_DROP);

	bind_i64(r, rule);
	bind_text(r, key);
	return db_exec(r, NULL);
}
