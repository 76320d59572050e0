/* Signed bytes that are due go out; what the node said goes into the journal. Sending the same
 * bytes twice is harmless. */
#include "server/core/answers.h"
#include "server/jobs/count.h"
#include "server/jobs/jobs.h"
#include "server/jobs/reason.h"
#include "server/jobs/sighting.h"
#include "store/base/clock.h"
#include "store/base/crash.h"
#include "store/base/log.h"
#include "store/store.h"

enum { AT_ONCE = 400, WRITE = 128, SAY_AGAIN_MS = 600000 };

/* What was heard of one attempt; a node that waited told its receipt along. */
struct answers {
	struct answer *a;
	struct sighting *s; /* s[i].attempt 0: none */
	size_t n;
};

static enum err heard(struct turn *t, void *arg)
{
	const struct answers *all = arg;

	for (size_t i = 0; i < all->n; i++) {
		TRY(journal_answer(t, &all->a[i]));
		if (all->s[i].attempt)
			TRY(journal_sighting(t, &all->s[i]));
	}
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
static unsigned lane_of(int64_t *wallets, unsigned *n, int64_t wallet)
{
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
					.lane = lane_of(wallets, &lanes, a[i].wallet),
					.again = a[i].sends > 0 };
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

/* It is counted each time and said now and then: an endpoint that is wrong stays so. */
static void say_contradiction(struct turn *t, struct jobs *j, const struct answer *a)
{
	int64_t now = clock_mono_ms();

	if (j->contradiction_ms && now - j->contradiction_ms < SAY_AGAIN_MS)
		return;
	j->contradiction_ms = now;
	log_line(t, LOG_WARN, "endpoints contradict each other", "attempt",
		 turn_printf(t, "%lld", (long long)a->attempt), "counts",
		 turn_printf(t, "%s: %.200s", a->endpoint,
			     a->heard == HEARD_ACCEPTED ? "accepted" : a->message),
		 "others", a->others, NULL);
}

/* Of what each endpoint said, the word that counts. When nobody was asked that is one, too. */
static struct answer answer_of(struct turn *t, struct jobs *j, const struct attempt *a,
			       const struct el_sent *s)
{
	const struct el_word *words = s->n_words ? s->words : &s->word;
	size_t n = s->n_words ? s->n_words : 1;
	struct answer *all = turn_array(t, n, sizeof(*all));
	bool contradict;

	for (size_t i = 0; i < n; i++)
		all[i] = (struct answer){ .attempt = a->id,
					  .heard = meaning(words[i].outcome),
					  .first = a->first_ms == 0,
					  .code = words[i].code,
					  .message = words[i].message ? words[i].message : "",
					  .endpoint = words[i].endpoint };
	size_t counts = answers_judge(all, n, &contradict);

	all[counts].others = answers_others(t, all, n, counts);
	if (contradict) {
		count_contradictions(1);
		say_contradiction(t, j, &all[counts]);
	}
	return all[counts];
}

/* Receipts that were told along, where nobody else could say otherwise or another says the same;
 * the rest of them is for JOB_RECEIPTS. */
static void take_along(struct turn *t, struct jobs *j, const struct attempt *a,
		       const struct el_sent *said, size_t n, struct sighting *out)
{
	struct eth_hash *hashes = turn_array(t, n + 1, sizeof(*hashes));
	struct el_receipt *told = turn_array(t, n + 1, sizeof(*told));
	enum el_second *second = turn_array(t, n + 1, sizeof(*second));
	size_t *at = turn_array(t, n + 1, sizeof(*at)), m = 0;

	for (size_t i = 0; i < n; i++) {
		if (!said[i].receipt)
			continue;
		hashes[m] = a[i].hash;
		told[m] = *said[i].receipt;
		at[m++] = i;
	}
	if (m == 0 || el_receipts_second(t, j->el[JOB_SEND], hashes, told, m, second) != OK)
		return;
	for (size_t k = 0; k < m; k++)
		if (second[k] == EL_SECOND_NONE || second[k] == EL_SECOND_SAME)
			out[at[k]] = sighting_of(&a[at[k]], &told[k]);
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
	struct sighting *seen = turn_array(t, n, sizeof(*seen));

	crash_point(CRASH_BEFORE_SEND, t->what);
	enum err asked = el_send_raw(t, j->el[JOB_SEND], raws(t, due.a, n), n, said);

	crash_point(CRASH_AFTER_SEND, t->what);

	for (size_t i = 0; i < n; i++) {
		a[i] = answer_of(t, j, &due.a[i], &said[i]);
	}
	take_along(t, j, due.a, said, n, seen);
	reasons_find(t, j->el[JOB_SEND], seen, n);
	for (size_t at = 0; at < n; at += WRITE) {
		struct answers some = { a + at, seen + at, n - at < WRITE ? n - at : WRITE };

		TRY(lane_run(t, heard, &some));
		count_answers(some.a, some.n);
		count_sightings(some.s, some.n);
	}
	*more_out = asked == OK && due.more;
	return OK;
}
