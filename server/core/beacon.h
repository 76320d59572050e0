/* server/core/beacon.h - which Beacon nodes count, and what they say together.
 *
 * A node that is away, syncing or behind does not count; one that came back a short while ago
 * counts for what it sees, not for what it does not see. What more than one of them is asked is
 * voted: the majority of those that count, and at least the quorum; a tie is no answer. Who was
 * outvoted is named. All of it is pure but beacon_heard.
 */
#ifndef SERVER_CORE_BEACON_H
#define SERVER_CORE_BEACON_H

#include "server/core/validator.h"

/* What a look at a node said. */
struct source_word {
	bool answered, syncing;
	bool el_offline;
	int64_t head_slot;
	int64_t took_us;
	unsigned asked, failed; /* of all questions since the last look */
	const char *said;       /* of the last failure, with its layer; "" none */
};

/* chain NULL: not known yet. best: the highest head of all. warm_ms: how long a node must be good
 * before its "no" counts. */
void source_judge(struct turn *t, struct beacon_source *s, const struct source_word *w,
		  const struct beacon *chain, int64_t best, int64_t warm_ms);

static inline bool source_counts(const struct beacon_source *s)
{
	return s->state == SOURCE_OK || s->state == SOURCE_WARMING;
}

/* 0 as configured: one of one or two, else the majority of all. */
size_t quorum_of(size_t configured, size_t sources);

/* Said by source s of one thing; as enum bn_live. */
enum { SAID_NOTHING, SAID_YES, SAID_NO };

struct votes {
	const struct beacon_source *sources;
	size_t n, quorum;
	bool plain; /* what is asked needs no memory: a warming source's NO counts as well */
	int64_t outvoted[SOURCES_MOST]; /* counted up by each vote that was lost */
};

/* said[s]. A warming source's NO is not counted. */
enum live_verdict vote_live(struct votes *k, const uint8_t said[SOURCES_MOST]);

/* What each source told of one validator. False: no answer has the votes. Balances are the median
 * of those who agree. */
struct state_vote {
	bool known, absent;
	struct state_told told;
};
bool vote_state(struct votes *k, const struct state_vote said[SOURCES_MOST],
		struct state_told *out);

/* What somebody should look at, the worst first; at most 16 lines. chain NULL: not known yet. */
enum err beacon_problems(struct turn *t, const struct beacon_source *s, size_t n,
			 const struct beacon *chain, const struct validator_counts *have,
			 const char ***out, size_t *n_out) MUST_USE;

/* In the lane: sources and the chain as they are now; tells of a source that changed. `gone`: the
 * rows whose names the configuration no longer has are removed. */
enum err beacon_heard(struct turn *t, const struct beacon_source *now, size_t n) MUST_USE;

#endif
