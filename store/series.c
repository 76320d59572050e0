#include "store/series.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

static const int64_t DAY_MS = INT64_C(86400000);
static const int64_t widths[] = { 60000, 3600000, 86400000 };
static const int64_t kept_days[] = { 8, 60, 400 };

enum { RAW_DAYS = 2, SPANS = 3 };

static enum err sum_in(struct turn *t, int64_t series, int span, double value)
{
	struct row *r = db_query(t, Q_SAMPLE_SUM);

	bind_i64(r, span);
	bind_i64(r, series);
	bind_i64(r, t->now_ms - t->now_ms % widths[span]);
	bind_real(r, value);
	return db_exec(r, NULL);
}

enum err series_put(struct turn *t, const char *entity, int64_t signal, double value,
		    const char *source)
{
	struct row *r = db_query(t, Q_SERIES_PUT);
	int64_t id, added;

	bind_text(r, cut(t, entity, 120));
	bind_i64(r, signal);
	bind_i64(r, t->now_ms);
	bind_real(r, value);
	bind_text(r, cut(t, source, 80));
	TRY(db_exec(r, NULL));
	r = db_query(t, Q_SERIES_ID);
	bind_text(r, cut(t, entity, 120));
	bind_i64(r, signal);
	TRY(db_one(r));
	id = get_i64(r);
	r = db_query(t, Q_SAMPLE_ADD);
	bind_i64(r, id);
	bind_i64(r, t->now_ms);
	bind_real(r, value);
	TRY(db_exec(r, &added));
	for (int span = 0; added && span < SPANS; span++)
		TRY(sum_in(t, id, span, value));
	return OK;
}

static void read_series(struct turn *t, struct row *r, void *item)
{
	struct series *s = item;

	(void)t;
	s->id = get_i64(r);
	s->entity = get_text(r);
	s->signal = get_i64(r);
	s->at_ms = get_i64(r);
	s->value = get_real(r);
	s->source = get_text(r);
}

enum err series_list(struct turn *t, int64_t signal, size_t limit, struct series **out,
		     size_t *n_out)
{
	struct row *r = db_query(t, Q_SERIES_LIST);
	struct rows all;

	bind_i64(r, signal);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_series, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static void read_sample(struct turn *t, struct row *r, void *item)
{
	struct sample *s = item;

	(void)t;
	s->at_ms = get_i64(r);
	s->value = get_real(r);
}

enum err sample_list(struct turn *t, int64_t series, int64_t from_ms, int64_t to_ms, size_t limit,
		     struct sample **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SAMPLE_LIST);
	struct rows all;

	bind_i64(r, series);
	bind_i64(r, from_ms);
	bind_i64(r, to_ms);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_sample, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static void read_sum(struct turn *t, struct row *r, void *item)
{
	struct sample_sum *s = item;

	(void)t;
	s->start_ms = get_i64(r);
	s->n = get_i64(r);
	s->sum = get_real(r);
	s->low = get_real(r);
	s->high = get_real(r);
	s->last = get_real(r);
}

enum err sample_sums(struct turn *t, int64_t series, int span, int64_t from_ms, int64_t to_ms,
		     size_t limit, struct sample_sum **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SAMPLE_SUMS);
	struct rows all;

	bind_i64(r, span);
	bind_i64(r, series);
	bind_i64(r, from_ms);
	bind_i64(r, to_ms);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_sum, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err series_prune(struct turn *t, size_t limit, size_t *n_out)
{
	struct row *r = db_query(t, Q_SAMPLE_DROP);
	int64_t dropped;

	bind_i64(r, t->now_ms - RAW_DAYS * DAY_MS);
	bind_u64(r, limit);
	TRY(db_exec(r, &dropped));
	*n_out = (size_t)dropped;
	for (int span = 0; span < SPANS; span++) {
		r = db_query(t, Q_SAMPLE_SUM_DROP);
		bind_i64(r, span);
		bind_i64(r, t->now_ms - kept_days[span] * DAY_MS);
		bind_u64(r, limit);
		TRY(db_exec(r, &dropped));
		*n_out += (size_t)dropped;
	}
	return OK;
}
