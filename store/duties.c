/* What became of the duties of each epoch, and its sums: store/validators.h. */
#include "store/db.h"
#include "store/store.h"
#include "store/validators.h"

static const int64_t DAY_MS = INT64_C(86400000), HOUR_MS = INT64_C(3600000);

enum { RAW_DAYS = 30, HOUR_DAYS = 35, LONG_DAYS = 400 };

static void read_duty(struct turn *t, struct row *r, void *item)
{
	struct duty *d = item;

	(void)t;
	d->epoch = get_i64(r);
	d->validator = get_i64(r);
	d->flags = (unsigned)get_i64(r);
	d->balance = get_i64(r);
	d->reward = get_i64(r);
}

enum err duty_get(struct turn *t, int64_t epoch, int64_t validator, struct duty *out)
{
	struct row *r = db_query(t, Q_DUTY_GET);

	bind_i64(r, epoch);
	bind_i64(r, validator);
	TRY(db_one(r));
	read_duty(t, r, out);
	return OK;
}

enum err duty_range(struct turn *t, int64_t epoch, int64_t validator, int64_t end, size_t limit,
		    struct duty **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_DUTY_RANGE);
	struct rows all;

	bind_i64(r, epoch);
	bind_i64(r, validator);
	bind_i64(r, end);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_duty, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static int64_t bit(unsigned flags, enum duty_flag f)
{
	return (flags & f) != 0;
}

/* What `now` has more than `then` goes into the sums. */
static enum err sum_add(struct turn *t, int span, int64_t start_ms, const struct duty *now,
			unsigned more)
{
	struct row *r = db_query(t, Q_SUM_ADD);
	int64_t reward = bit(more, DUTY_REWARDED) ? now->reward : 0;

	bind_i64(r, span);
	bind_i64(r, start_ms);
	bind_i64(r, now->validator);
	bind_i64(r, bit(more, DUTY_ACTIVE));
	bind_i64(r, bit(more, DUTY_KNOWN));
	bind_i64(r, bit(more, DUTY_LIVE));
	bind_i64(r, bit(more, DUTY_REWARDED));
	bind_i64(r, bit(more, DUTY_SOURCE));
	bind_i64(r, bit(more, DUTY_TARGET));
	bind_i64(r, bit(more, DUTY_HEAD));
	bind_i64(r, reward > 0 ? reward : 0);
	bind_i64(r, reward < 0 ? -reward : 0);
	bind_i64(r, now->balance);
	return db_exec(r, NULL);
}

enum err duty_put(struct turn *t, const struct duty *d, int64_t at_ms)
{
	struct duty now = *d, then;
	enum err e = duty_get(t, d->epoch, d->validator, &then);

	if (e != OK && e != ERR_MISSING)
		return e;
	if (e == OK) {
		now.flags |= then.flags;
		if (then.flags & DUTY_REWARDED)
			now.reward = then.reward;
		if (now.balance == 0)
			now.balance = then.balance;
		if (now.flags == then.flags && now.balance == then.balance)
			return OK;
	} else {
		then.flags = 0;
	}
	struct row *r = db_query(t, Q_DUTY_PUT);

	bind_i64(r, now.epoch);
	bind_i64(r, now.validator);
	bind_i64(r, now.flags);
	bind_i64(r, now.balance);
	bind_i64(r, now.reward);
	TRY(db_exec(r, NULL));
	TRY(sum_add(t, SUM_HOUR, at_ms - at_ms % HOUR_MS, &now, now.flags & ~then.flags));
	return sum_add(t, SUM_DAY, at_ms - at_ms % DAY_MS, &now, now.flags & ~then.flags);
}

static void read_sum(struct turn *t, struct row *r, void *item)
{
	struct duty_sum *s = item;

	(void)t;
	s->start_ms = get_i64(r);
	s->validator = get_i64(r);
	s->epochs = get_i64(r);
	s->known = get_i64(r);
	s->live = get_i64(r);
	s->rewarded = get_i64(r);
	s->source = get_i64(r);
	s->target = get_i64(r);
	s->head = get_i64(r);
	s->earned = get_i64(r);
	s->lost = get_i64(r);
	s->first = get_i64(r);
	s->last = get_i64(r);
}

enum err duty_sums(struct turn *t, int span, int64_t validator, int64_t from_ms, int64_t to_ms,
		   size_t limit, struct duty_sum **out, size_t *n_out)
{
	struct row *r = db_query(t, validator ? Q_SUM_LIST : Q_SUM_LIST_ALL);
	struct rows all;

	bind_i64(r, span);
	if (validator)
		bind_i64(r, validator);
	bind_i64(r, from_ms);
	bind_i64(r, to_ms);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_sum, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err duty_totals(struct turn *t, int span, int64_t from_ms, size_t limit, struct duty_sum **out,
		     size_t *n_out)
{
	struct row *r = db_query(t, Q_SUM_TOTALS);
	struct rows all;

	bind_i64(r, span);
	bind_i64(r, from_ms);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_sum, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static enum err drop(struct turn *t, enum query q, int span, int64_t before, size_t limit,
		     size_t *n)
{
	struct row *r = db_query(t, q);
	int64_t changed;

	if (span)
		bind_i64(r, span);
	bind_i64(r, before);
	bind_u64(r, limit);
	TRY(db_exec(r, &changed));
	*n += (size_t)changed;
	return OK;
}

enum err validator_prune(struct turn *t, int64_t raw_before_epoch, size_t limit, size_t *n_out)
{
	*n_out = 0;
	TRY(drop(t, Q_DUTY_DROP, 0, raw_before_epoch, limit, n_out));
	TRY(drop(t, Q_SUM_DROP, SUM_HOUR, t->now_ms - HOUR_DAYS * DAY_MS, limit, n_out));
	TRY(drop(t, Q_SUM_DROP, SUM_DAY, t->now_ms - LONG_DAYS * DAY_MS, limit, n_out));
	TRY(drop(t, Q_SPELL_DROP, 0, t->now_ms - LONG_DAYS * DAY_MS, limit, n_out));
	return drop(t, Q_PROPOSAL_DROP, 0, t->now_ms - LONG_DAYS * DAY_MS, limit, n_out);
}

enum err duty_oldest_kept(struct turn *t, int64_t epoch_now, int64_t epoch_ms, int64_t *out)
{
	struct row *r = db_query(t, Q_VALIDATOR_COUNT);
	int64_t n = 0, most = RAW_DAYS * DAY_MS / epoch_ms;
	enum err e;

	while ((e = db_next(r)) == OK) {
		(void)get_i64(r);
		n += get_i64(r);
	}
	if (e != ERR_MISSING)
		return e;
	if (n > 0 && most > DUTIES_MOST / n)
		most = DUTIES_MOST / n;
	*out = epoch_now - most;
	return OK;
}
