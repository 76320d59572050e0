/* Signed bytes that are due go out; what the node said goes into the journal. Sending the same
 * bytes twice is harmless. */
#include "server/core/journal.h"
#include "server/jobs/count.h"
#include "server/jobs/jobs.h"
#include "store/base/crash.h"
#include "store/store.h"

enum { AT_ONCE = 400, WRITE = 128 };

struct answers {
	struct answer *a;
	size_t n;
};

static enum err heard(struct turn *t, void *arg)
{
	const struct answers *all = arg;

	for (size_t i = 0; i < all->n; i++)
		TRY(journal_answer(t, &all->a[i]));
	return OK;
}

static enum heard meaning(enum el_sent_outcome o)
{
	switch (o) {
	case EL_SENT_NOT_SENT:
		return HEARD_NOT_SENT;
	case EL_SENT_UNKNOWN:
		return HEARD_UNKNOWN;
	case EL_SENT_REFUSED:
		return HEARD_REFUSED;
	case EL_SENT_ACCEPTED:
		return HEARD_ACCEPTED;
	}
	return HEARD_UNKNOWN;
}

/* One wallet's transactions go in order: a lane number for each wallet. */
static unsigned lane_of(struct turn *t, int64_t *wallets, unsigned *n, int64_t wallet)
{
	(void)t;
	for (unsigned i = 0; i < *n; i++)
		if (wallets[i] == wallet)
			return i;
	wallets[*n] = wallet;
	return (*n)++;
}

static struct el_raw *raws(struct turn *t, const struct attempt *a, size_t n)
{
	struct el_raw *r = turn_array(t, n, sizeof(*r));
	int64_t *wallets = turn_array(t, n, sizeof(*wallets));
	unsigned lanes = 0;

	for (size_t i = 0; i < n; i++)
		r[i] = (struct el_raw){ .raw = a[i].raw,
					.hash = a[i].hash,
					.lane = lane_of(t, wallets, &lanes, a[i].wallet) };
	return r;
}

struct out {
	struct attempt *a;
	size_t n;
	bool more;
};

static enum err hand_out(struct turn *t, void *arg)
{
	struct out *o = arg;

	return journal_hand_out(t, AT_ONCE, &o->a, &o->n, &o->more);
}

/* A first broadcast is authorised in the lane. What was sent before needs no leave: it goes out
 * again also when the disk is full. */
static enum err what_goes(struct turn *t, struct out *o)
{
	bool first = false;

	TRY(attempt_due(t, !store_stats(t->store).latched, AT_ONCE, &o->a, &o->n));
	o->more = o->n == AT_ONCE;
	for (size_t i = 0; i < o->n; i++)
		first = first || o->a[i].first_ms == 0;
	if (!first)
		return OK;
	enum err e = lane_run(t, hand_out, o);

	if (e != ERR_FULL)
		return e;
	o->more = false;
	return attempt_due(t, false, AT_ONCE, &o->a, &o->n);
}

enum err job_send(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct out due;

	*more_out = false;
	TRY(what_goes(t, &due));
	if (due.n == 0)
		return OK;
	size_t n = due.n;
	struct el_sent *said = turn_array(t, n, sizeof(*said));
	struct answer *a = turn_array(t, n, sizeof(*a));

	crash_point(CRASH_BEFORE_SEND, t->what);
	enum err asked = el_send_raw(t, j->el[JOB_SEND], raws(t, due.a, n), n, said);

	crash_point(CRASH_AFTER_SEND, t->what);

	for (size_t i = 0; i < n; i++)
		a[i] = (struct answer){ .attempt = due.a[i].id,
					.heard = asked == OK ? meaning(said[i].outcome)
							     : HEARD_NOT_SENT,
					.first = due.a[i].first_ms == 0,
					.code = said[i].code,
					.message = said[i].message ? said[i].message : "",
					.endpoint = said[i].endpoint };
	for (size_t at = 0; at < n; at += WRITE) {
		struct answers some = { a + at, n - at < WRITE ? n - at : WRITE };

		TRY(lane_run(t, heard, &some));
		count_answers(some.a, some.n);
	}
	*more_out = asked == OK && due.more;
	return OK;
}
