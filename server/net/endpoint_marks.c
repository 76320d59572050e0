/* Heads: who lags behind the pack, and the mark below which an answer is stale. Endpoints are
 * measured against each other, never against a clock: a chain may stand still. */
#include "server/net/endpoint_pool.h"
#include "store/base/clock.h"

/* A head older than this says nothing of now. */
enum { FRESH_MS = 10000, MOVED_MS = 60000 };

/* The head that counts: the highest, but of three or more the second, so that no single one can
 * make all others look late. */
static uint64_t pack_head(const struct endpoints *p, int64_t now, size_t *n_out)
{
	uint64_t first = 0, second = 0;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct one *e = &p->list[i];

		if (!e->head_known || e->state == ENDPOINT_DISABLED || now - e->told_ms > FRESH_MS)
			continue;
		n++;
		if (e->head >= first) {
			second = first;
			first = e->head;
		} else if (e->head > second) {
			second = e->head;
		}
	}
	*n_out = n;
	return n >= 3 ? second : first;
}

uint64_t pool_behind(const struct endpoints *p, const struct one *e, int64_t now)
{
	size_t n;
	uint64_t pack = pack_head(p, now, &n);

	return e->head_known && e->head < pack ? pack - e->head : 0;
}

/* It is avoided when it is too far behind, and is back when it is less than half of that. */
static void note_lags(struct endpoints *p, int64_t now)
{
	for (size_t i = 0; i < p->n; i++) {
		struct one *e = &p->list[i];
		uint64_t behind = pool_behind(p, e, now);

		e->lags = behind > (e->lags ? p->o.behind_max / 2 : p->o.behind_max);
		pool_note_good(e, now);
	}
}

/* Of two, one leaps far beyond the mark while the other stands by it and moves on: which is right
 * nobody can tell, and the mark follows the one that does not leap. */
static bool leaps(const struct endpoints *p, uint64_t head, int64_t now)
{
	if (p->mark == 0 || head <= p->mark || head - p->mark <= p->o.behind_max)
		return false;
	for (size_t i = 0; i < p->n; i++) {
		const struct one *e = &p->list[i];
		bool counts = e->head_known && e->state != ENDPOINT_DISABLED &&
			      now - e->told_ms <= FRESH_MS;

		if (counts && e->head < head && e->head + p->o.behind_max >= p->mark &&
		    head - e->head > p->o.behind_max && now - e->moved_ms <= MOVED_MS)
			return true;
	}
	return false;
}

static void note_mark(struct endpoints *p, uint64_t head, int64_t now)
{
	size_t n;
	uint64_t pack = pack_head(p, now, &n);
	bool alone = (n >= 3 && head > pack && head - pack > p->o.behind_max) ||
		     (n == 2 && leaps(p, head, now));

	if (head >= p->mark && !alone) {
		p->mark = head;
		p->mark_ms = now;
	} else if (now - p->mark_ms > FRESH_MS && !(n == 2 && leaps(p, pack, now))) {
		p->mark = pack;
		p->mark_ms = now;
	}
}

void endpoint_told_head(struct endpoints *p, unsigned id, uint64_t head)
{
	int64_t now = clock_mono_ms();

	pool_lock(p);
	struct one *e = pool_find(p, id);

	if (e && e->checked) {
		if (!e->head_known || head > e->head)
			e->moved_ms = now;
		e->head = head;
		e->head_known = true;
		e->told_ms = now;
		note_mark(p, head, now);
		note_lags(p, now);
	}
	pool_unlock(p);
}

bool endpoints_mark(struct endpoints *p, uint64_t *out)
{
	pool_lock(p);
	*out = p->mark;
	pool_unlock(p);
	return *out > 0;
}
