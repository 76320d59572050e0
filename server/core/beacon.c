#include "server/core/beacon.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/events.h"

/* Slots that a node may be behind the others; epochs that all may be behind the clock. */
enum { BEHIND_OTHERS = 3, BEHIND_CLOCK = 1, LONG_AGO_MS = 60000 };

/* The share of failures, smoothed over about ten looks. */
static int64_t smoothed(int64_t before_ppm, unsigned asked, unsigned failed)
{
	return asked ? before_ppm + ((int64_t)failed * 1000000 / asked - before_ppm) / 10
		     : before_ppm;
}

static void not_good(struct beacon_source *s, enum source_state state, const char *text)
{
	s->state = state;
	s->good_ms = 0;
	s->text = text;
}

void source_judge(struct turn *t, struct beacon_source *s, const struct source_word *w,
		  const struct beacon *chain, int64_t best, int64_t warm_ms)
{
	int64_t clock = chain ? beacon_slot_at(chain, t->now_ms) : -1;
	int64_t unseen_ms = s->seen_ms > 0 ? t->now_ms - s->seen_ms : 0;
	bool long_ago = unseen_ms > warm_ms && unseen_ms > LONG_AGO_MS;

	s->errors_ppm = smoothed(s->errors_ppm, w->asked, w->failed);
	if (s->state == SOURCE_DISABLED)
		return;
	if (!w->answered) {
		not_good(s, SOURCE_AWAY, w->said);
		return;
	}
	s->seen_ms = t->now_ms;
	s->latency_ms = w->took_us / 1000;
	s->head_slot = w->head_slot;
	s->behind = clock > w->head_slot ? clock - w->head_slot : 0;
	if (w->syncing) {
		not_good(s, SOURCE_LAGGING,
			 turn_printf(t, "it is syncing, %lld slots behind", (long long)s->behind));
		return;
	}
	if (best - w->head_slot > BEHIND_OTHERS) {
		not_good(s, SOURCE_LAGGING,
			 turn_printf(t, "its head is %lld slots behind the others",
				     (long long)(best - w->head_slot)));
		return;
	}
	if (chain && s->behind > BEHIND_CLOCK * chain->slots) {
		not_good(s, SOURCE_LAGGING,
			 turn_printf(t, "its head is %lld slots behind the clock",
				     (long long)s->behind));
		return;
	}
	if (s->good_ms == 0 || long_ago)
		s->good_ms = t->now_ms;
	s->state = !chain || t->now_ms - s->good_ms < warm_ms ? SOURCE_WARMING : SOURCE_OK;
	s->text = w->failed ? w->said : w->el_offline ? "its execution client is offline" : "";
}

size_t quorum_of(size_t configured, size_t sources)
{
	return configured > 0 ? configured : sources <= 2 ? 1 : sources / 2 + 1;
}

enum live_verdict vote_live(struct votes *k, const uint8_t said[SOURCES_MOST])
{
	size_t yes = 0, no = 0;

	for (size_t s = 0; s < k->n; s++) {
		if (!source_counts(&k->sources[s]))
			continue;
		yes += said[s] == SAID_YES;
		no += said[s] == SAID_NO && (k->plain || k->sources[s].state == SOURCE_OK);
	}
	if (yes == no)
		return yes ? LIVE_SPLIT : LIVE_UNTOLD;
	uint8_t lost = yes > no ? SAID_NO : SAID_YES;

	if ((yes > no ? yes : no) < k->quorum)
		return LIVE_UNTOLD;
	for (size_t s = 0; s < k->n; s++)
		k->outvoted[s] += said[s] == lost && k->sources[s].state == SOURCE_OK;
	return yes > no ? LIVE_YES : LIVE_NO;
}

static bool same(const struct state_vote *a, const struct state_vote *b)
{
	return a->absent == b->absent && (a->absent || (a->told.status == b->told.status &&
							a->told.slashed == b->told.slashed &&
							a->told.place == b->told.place));
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

bool vote_state(struct votes *k, const struct state_vote said[SOURCES_MOST], struct state_told *out)
{
	size_t best = 0, best_votes = 0;
	bool tie = false;
	int64_t balance[SOURCES_MOST], effective[SOURCES_MOST];

	for (size_t s = 0; s < k->n; s++) {
		size_t votes = 0;

		/* That a key is not there is a "no": a source that is warming has no vote on it. */
		if (!said[s].known || !source_counts(&k->sources[s]) ||
		    (said[s].absent && k->sources[s].state != SOURCE_OK))
			continue;
		for (size_t o = 0; o < k->n; o++)
			votes += said[o].known && source_counts(&k->sources[o]) &&
				 same(&said[s], &said[o]);
		if (votes > best_votes) {
			best = s;
			best_votes = votes;
			tie = false;
		} else if (votes == best_votes && !same(&said[s], &said[best])) {
			tie = true;
		}
	}
	if (best_votes == 0 || tie || best_votes < k->quorum)
		return false;
	size_t n = 0;

	for (size_t s = 0; s < k->n; s++) {
		if (!said[s].known || !source_counts(&k->sources[s]))
			continue;
		if (!same(&said[s], &said[best])) {
			k->outvoted[s]++;
			continue;
		}
		balance[n] = said[s].told.balance;
		effective[n++] = said[s].told.effective;
	}
	qsort(balance, n, sizeof(*balance), by_value);
	qsort(effective, n, sizeof(*effective), by_value);
	*out = said[best].told;
	out->absent = said[best].absent;
	out->balance = balance[(n - 1) / 2];
	out->effective = effective[(n - 1) / 2];
	return true;
}

/* ---- kept ---- */

static const struct beacon_source *named(const struct beacon_source *all, size_t n,
					 const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

static bool good(enum source_state s)
{
	return s == SOURCE_OK || s == SOURCE_WARMING;
}

/* Good, and not good any more; the steps between say nothing to people. */
static enum err tell_source(struct turn *t, const struct beacon_source *now,
			    const struct beacon_source *then)
{
	enum source_state before = then ? then->state : SOURCE_UNTRIED;

	if (now->outvoted > 0 && (!then || then->outvoted == 0))
		TRY(event_add(t, TOPIC_VALIDATOR, turn_printf(t, "beacons/%s", now->name),
			      "beacon.outvoted",
			      turn_printf(t, "the others outvoted it on %lld validators",
					  (long long)now->outvoted)));
	if (good(now->state) == good(before) && now->state != SOURCE_DISABLED)
		return OK;
	if (now->state == before || (before == SOURCE_UNTRIED && good(now->state)))
		return OK;
	return event_add(t, TOPIC_VALIDATOR, turn_printf(t, "beacons/%s", now->name),
			 turn_printf(t, "beacon.%s",
				     good(now->state) ? "back" : source_state_name(now->state)),
			 now->text);
}

/* A row is written when people would see a difference, and now and then. */
static bool worth_writing(const struct beacon_source *now, const struct beacon_source *then)
{
	return now->state != then->state || strcmp(now->text, then->text) != 0 ||
	       strcmp(now->url, then->url) != 0 || now->place != then->place ||
	       now->outvoted != then->outvoted || now->good_ms != then->good_ms ||
	       now->peers != then->peers || strcmp(now->client, then->client) != 0 ||
	       now->seen_ms - then->seen_ms > 10000;
}

enum err beacon_heard(struct turn *t, const struct beacon_source *now, size_t n)
{
	struct beacon_source *have;
	size_t n_have;

	assert(t->in_lane);
	TRY(source_list(t, &have, &n_have));
	for (size_t i = 0; i < n; i++) {
		const struct beacon_source *then = named(have, n_have, now[i].name);

		TRY(tell_source(t, &now[i], then));
		if (!then || worth_writing(&now[i], then))
			TRY(source_put(t, &now[i]));
	}
	for (size_t i = 0; i < n_have; i++)
		if (!named(now, n, have[i].name))
			TRY(source_remove(t, have[i].name));
	return OK;
}
