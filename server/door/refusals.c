#include "server/door/refusals.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/door/doorman.h"
#include "server/door/status.h"
#include "server/ops/metrics.h"
#include "store/audit.h"
#include "store/base/clock.h"

enum {
	NOTES = 4, /* on their way to the store at a time */
	NOTE_MEMORY = 1 << 20,
	NOTE_MS = 10 * 1000,
	BURST = 20,
	ONE_EACH_MS = 30 * 1000,
	SEEN = 64,
	SEEN_MS = 10 * 60 * 1000,
	SUBJECT_MAX = 120,
	DETAIL_MAX = 500,
};

struct note {
	struct refusals *of;
	struct note *next;
	struct arena *mem;
	struct turn t;
	uint64_t more; /* refused without a record since the last one */
	char actor[CALLER_NAME];
	char action[16], subject[SUBJECT_MAX], detail[DETAIL_MAX];
};

struct refusals {
	struct store *store;
	pthread_mutex_t lock;
	pthread_cond_t idle;
	struct note notes[NOTES], *free;
	size_t out;
	int64_t tokens_ms; /* what is in the bucket, as time */
	int64_t filled_ms; /* monotonic */
	uint64_t uncounted;
	struct {
		uint64_t key;
		int64_t until_ms;
	} seen[SEEN];
};

struct refusals *refusals_open(struct store *s)
{
	struct refusals *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->store = s;
	r->tokens_ms = (int64_t)BURST * ONE_EACH_MS;
	r->filled_ms = clock_mono_ms();
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->idle, NULL);
	for (size_t i = 0; i < NOTES; i++) {
		r->notes[i] = (struct note){ .of = r, .next = r->free };
		r->notes[i].mem = arena_new(NOTE_MEMORY);
		r->free = &r->notes[i];
	}
	return r;
}

void refusals_close(struct refusals *r)
{
	if (!r)
		return;
	(void)pthread_mutex_lock(&r->lock);
	while (r->out > 0)
		(void)pthread_cond_wait(&r->idle, &r->lock);
	(void)pthread_mutex_unlock(&r->lock);
	for (size_t i = 0; i < NOTES; i++)
		arena_free(r->notes[i].mem);
	(void)pthread_cond_destroy(&r->idle);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

/* FNV-1a: whose collision costs a record, no more. */
static uint64_t key_of(const char *const *parts, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		for (const char *s = parts[i];; s++) {
			h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
			if (!*s)
				break;
		}
	return h;
}

/* ---- with the lock held ---- */

static bool seen_lately(struct refusals *r, uint64_t key, int64_t now)
{
	size_t i = key % SEEN;
	bool same = r->seen[i].key == key && now < r->seen[i].until_ms;

	if (!same) {
		r->seen[i].key = key;
		r->seen[i].until_ms = now + SEEN_MS;
	}
	return same;
}

/* NULL: not now. */
static struct note *take(struct refusals *r, int64_t now)
{
	static const int64_t full = (int64_t)BURST * ONE_EACH_MS;
	struct note *n = r->free;

	r->tokens_ms += now - r->filled_ms;
	r->filled_ms = now;
	if (r->tokens_ms > full)
		r->tokens_ms = full;
	if (!n || r->tokens_ms < ONE_EACH_MS)
		return NULL;
	r->tokens_ms -= ONE_EACH_MS;
	r->free = n->next;
	r->out++;
	n->more = r->uncounted;
	r->uncounted = 0;
	return n;
}

static void leave_out(struct refusals *r, uint64_t n)
{
	r->uncounted += n;
	metric_add(METRIC_REFUSALS_UNRECORDED, NULL, NULL, n);
}

/* ---- the record ---- */

static enum err write_note(struct turn *t, void *arg)
{
	const struct note *n = arg;
	const char *detail = n->detail;

	if (n->more)
		detail = turn_printf(t, "%s%s%llu more since the last record", detail,
				     *detail ? "; " : "", (unsigned long long)n->more);
	return audit_add(t, n->action, n->subject, detail);
}

/* On the lane's thread, after the commit. */
static void written(void *arg, enum err e)
{
	struct note *n = arg;
	struct refusals *r = n->of;

	turn_end(&n->t);
	(void)pthread_mutex_lock(&r->lock);
	if (e != OK) {
		r->uncounted += n->more;
		leave_out(r, *n->detail ? 1 : 0);
	}
	n->next = r->free;
	r->free = n;
	if (--r->out == 0)
		(void)pthread_cond_broadcast(&r->idle);
	(void)pthread_mutex_unlock(&r->lock);
}

static void send(struct note *n)
{
	turn_begin(&n->t, n->of->store, NULL, n->mem, "door.refusals", n->actor, NOTE_MS);
	enum err e = lane_submit(&n->t, write_note, n, written, n);

	if (e != OK)
		written(n, e);
}

void refusals_note(struct refusals *r, struct turn *t, enum err e, const char *peer)
{
	if (!r || (e != ERR_NOBODY && e != ERR_DENIED))
		return;
	const char *actor = e == ERR_DENIED && t->actor ? t->actor : "anonymous";
	const char *what = t->what ? t->what : "?", *why = status_why(t, e);
	const char *reason = reason_name(status_reason(t, e));
	const char *parts[] = { actor, what, reason, peer };
	int64_t now = clock_mono_ms();

	(void)pthread_mutex_lock(&r->lock);
	bool known = seen_lately(r, key_of(parts, 4), now);
	struct note *n = known ? NULL : take(r, now);

	if (!n)
		leave_out(r, 1);
	(void)pthread_mutex_unlock(&r->lock);
	if (!n)
		return;
	(void)snprintf(n->actor, sizeof(n->actor), "%s", actor);
	(void)snprintf(n->action, sizeof(n->action), "call.refused");
	(void)snprintf(n->subject, sizeof(n->subject), "%s", what);
	(void)snprintf(n->detail, sizeof(n->detail), "%s from %s: %s", reason, peer, why);
	send(n);
}

void refusals_look(struct refusals *r)
{
	(void)pthread_mutex_lock(&r->lock);
	struct note *n = r->uncounted ? take(r, clock_mono_ms()) : NULL;

	(void)pthread_mutex_unlock(&r->lock);
	if (!n)
		return;
	(void)snprintf(n->actor, sizeof(n->actor), "anonymous");
	(void)snprintf(n->action, sizeof(n->action), "calls.refused");
	(void)snprintf(n->subject, sizeof(n->subject), "doors");
	n->detail[0] = 0;
	send(n);
}
