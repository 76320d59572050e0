/* server/jobs/validators.h - the state of the job that watches validators: its Beacon nodes, and
 * what it may forget. Inside server/jobs only, but for the options. */
#ifndef SERVER_JOBS_VALIDATORS_H
#define SERVER_JOBS_VALIDATORS_H

#include "server/core/beacon.h"
#include "server/core/client.h"
#include "server/net/beacon.h"
#include "server/net/validator_client.h"

/* Everything is borrowed for as long as the jobs are open. */
struct watch_options {
	const char *const *urls, *const *names;
	size_t n;
	size_t quorum;      /* 0: quorum_of() */
	int64_t within_ms;  /* one round of questions; 0: 10,000 */
	int64_t warm_ms;    /* 0: two epochs */
	int64_t down_after; /* epochs missed in a row; 0: 2 */
	struct vc_options client;
	int64_t gone_after_ms; /* until a client that is gone counts; 0: a minute */
};

struct watching {
	struct bn *bn;           /* NULL: no Beacon node is configured */
	struct vc *vc;           /* NULL: nothing is asked but the chain */
	enum client_word client; /* as it was judged last */
	struct watch_options o;
	int64_t look_ms, chain_ms, seen_ms, share_ms;
	int64_t swept_epoch, sweep_after;
	/* Of the present epoch: shares of the sync committee that signed. */
	int64_t share_epoch, share_slot, shares, share_sum;
};

/* What one tick works on. */
struct watch_tick {
	struct watching *w;
	struct beacon_source *sources; /* by place, bn_count of them */
	size_t n;
	bool ask[BN_SOURCES]; /* those that count */
	bool any;
	struct judging j;
	int64_t epoch, slot; /* by the clock */
	struct votes votes;
};

/* ---- validators_ask.c: one kind of question each. *done_out false: nobody told, ask again. ----
 */

enum err watch_states(struct turn *t, struct watch_tick *k, const struct validator_filter *of,
		      bool *done_out) MUST_USE;
enum err watch_live(struct turn *t, struct watch_tick *k, int64_t epoch, bool *done_out) MUST_USE;
enum err watch_rewards(struct turn *t, struct watch_tick *k, int64_t epoch) MUST_USE;
enum err watch_seen(struct turn *t, struct watch_tick *k) MUST_USE;
enum err watch_proposers(struct turn *t, struct watch_tick *k, bool *done_out) MUST_USE;
enum err watch_proposals(struct turn *t, struct watch_tick *k) MUST_USE;

#endif
