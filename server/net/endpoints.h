/* server/net/endpoints.h - the pool of execution endpoints: which one to ask, and how they are.
 *
 * In order of preference. An endpoint is used only after it said the right chain id and genesis,
 * and is asked again after it was away; one that serves another chain is DISABLED by name until
 * it is configured anew. The chosen one stays chosen while it is good; a more preferred one takes
 * over after it was good for a while. A fault here is an endpoint's, never a wallet's.
 * Threads: any; one mutex. Waits are monotonic time.
 */
#ifndef SERVER_NET_ENDPOINTS_H
#define SERVER_NET_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/turn.h"

struct endpoints;

enum { ENDPOINTS_MAX = 16, ENDPOINT_NAME_MAX = 40, ENDPOINT_URL_MAX = 1023 };

struct endpoint_setting {
	const char *name; /* unique; shown to people */
	const char *url;  /* http or https; may hold credentials */
	size_t batch;     /* calls a request; 0: 100 */
};

enum endpoint_state {
	ENDPOINT_UNTRIED,
	ENDPOINT_OK,
	ENDPOINT_AWAY,     /* not asked again before `wait_ms` */
	ENDPOINT_LIMITED,  /* it asked us to slow down; not asked before `wait_ms` */
	ENDPOINT_DISABLED, /* another chain or genesis: `said` */
};

/* One endpoint as it is now. Text is in the turn's memory. */
struct endpoint {
	const char *name;
	const char *url_shown; /* without what could be a secret */
	enum endpoint_state state;
	bool chosen;            /* the next question goes here */
	const char *said;       /* of the last fault, or why it is disabled; "" */
	int64_t wait_ms;        /* AWAY, LIMITED: until it may be asked again; 0: now */
	int64_t latency_us;     /* smoothed; 0: unknown */
	double errors;          /* smoothed share of rounds that failed, 0 to 1 */
	uint64_t asked, failed; /* rounds since open */
	bool head_known;
	uint64_t head;      /* told last */
	uint64_t behind;    /* blocks behind the pack */
	int64_t last_ok_ms; /* wall clock; 0: never */
};

enum endpoint_news {
	NEWS_FINE,
	NEWS_PARTLY,  /* some of it failed */
	NEWS_LIMITED, /* it asked us to slow down */
	NEWS_AWAY,    /* nothing usable came */
};
const char *endpoint_news_name(enum endpoint_news n); /* "fine"; static */

/* Told of each round of questions, for those who count; quick, any thread, no lock is held.
 * `name` is good during the call; latency_us 0: not measured. */
typedef void endpoint_listener(const char *name, enum endpoint_news news, int64_t latency_us);

struct endpoints_options {
	uint64_t chain_id;
	bool genesis_known; /* false: the first endpoint that is asked tells it */
	struct eth_hash genesis;
	int64_t back_ms;          /* a more preferred endpoint must be good this long; 0: 30,000 */
	int64_t recheck_ms;       /* chain id and genesis again after this long; 0: 300,000 */
	uint64_t behind_max;      /* blocks behind the pack before it is avoided; 0: 50 */
	uint64_t head;            /* the mark to begin with, as kept from before; 0: none */
	endpoint_listener *heard; /* NULL: nobody */
};

/* Caller owns *out. ERR_INVALID: no endpoint, too many, a name twice, a bad URL. */
enum err endpoints_open(struct turn *t, const struct endpoints_options *o,
			const struct endpoint_setting *list, size_t n,
			struct endpoints **out) MUST_USE;
void endpoints_close(struct endpoints *p); /* after every el that uses it; NULL is fine */

/* A new list. What is known of an endpoint stays when name and URL stay, but a DISABLED one is
 * tried anew. Errors as endpoints_open; the old list then stays. */
enum err endpoints_load(struct turn *t, struct endpoints *p, const struct endpoint_setting *list,
			size_t n) MUST_USE;

/* Prefer this one over the configured order, from now on; "" returns to the configured order.
 * ERR_MISSING: no such name. CHAIN_MISMATCH: it is disabled. */
enum err endpoints_use(struct turn *t, struct endpoints *p, const char *name) MUST_USE;

/* In order of preference; in the turn's memory. */
struct endpoint *endpoints_snapshot(struct turn *t, struct endpoints *p, size_t *n_out);

/* False: no endpoint told it yet and none was given. */
bool endpoints_genesis(struct endpoints *p, struct eth_hash *out);
/* The high-water mark of heads: an answer that is of an older head is stale, wherever it comes
 * from. It falls only when nobody told as much for ten seconds: then the chain went back. False:
 * no head is known yet. */
bool endpoints_mark(struct endpoints *p, uint64_t *out);

/* A URL as people may see it: no user or password, no query, long path parts as "...". */
const char *endpoint_url_shown(struct turn *t, const char *url);

/* ---- for el_*.c ---- */

struct endpoint_pick {
	unsigned id; /* of the endpoint; stays good over a new list */
	size_t batch;
	bool check;          /* ask chain id and genesis first, tell endpoint_checked */
	int64_t patience_ms; /* longer nobody waits for it, as another one is there; 0: none is */
	const char *sync_method; /* sends and waits for the receipt; NULL: not now */
	bool sync_timed;         /* takes a second argument: how long it waits, ms */
	bool sync_due;           /* find out whether it has such a method, tell it */
	char name[ENDPOINT_NAME_MAX + 1];
	char url[ENDPOINT_URL_MAX + 1]; /* never to be printed */
};

/* The endpoint to ask now, but none whose id is in tried[0..n_tried). to_send: also one that asked
 * us to slow down, as gateways count sends apart and money must not wait for what reads used up.
 * False: there is none; *wait_ms_out: when one may be asked again, 0 when nobody knows; *why_out:
 * one line about the one that matters most. */
bool endpoints_choose(struct turn *t, struct endpoints *p, bool to_send, const unsigned *tried,
		      size_t n_tried, struct endpoint_pick *out, int64_t *wait_ms_out,
		      const char **why_out);
/* The others that may be asked now without a check, in order of preference: for what goes to all.
 */
size_t endpoints_others(struct endpoints *p, unsigned but, struct endpoint_pick out[ENDPOINTS_MAX]);
/* Those that are configured, but for those that serve another chain. */
size_t endpoints_count(struct endpoints *p);
/* This one, whatever its state. ERR_MISSING: no such name. */
enum err endpoints_pick(struct turn *t, struct endpoints *p, const char *name,
			struct endpoint_pick *out) MUST_USE;

/* How a round went. wait_ms: LIMITED, 0: it did not say; latency_us: FINE, 0: not measured; said:
 * one line when not FINE. */
void endpoint_heard(struct endpoints *p, unsigned id, enum endpoint_news news, int64_t wait_ms,
		    int64_t latency_us, const char *said);
/* It refused a batch of this size as a whole: half of that from now on. */
void endpoint_batch_refused(struct endpoints *p, unsigned id, size_t size);
void endpoint_told_head(struct endpoints *p, unsigned id, uint64_t head);
/* Its method that sends and waits, static; NULL: it has none, and is asked again in ten minutes. */
void endpoint_told_sync(struct endpoints *p, unsigned id, const char *method, bool timed);
/* Waiting took too long to be worth it: for a minute it is not used. */
void endpoint_sync_slow(struct endpoints *p, unsigned id);

/* What it says it serves. CHAIN_MISMATCH: not ours; it is DISABLED now, and the log has one line.
 * The same for the first word of an endpoint and for every later one. */
enum err endpoint_checked(struct turn *t, struct endpoints *p, unsigned id, uint64_t chain_id,
			  const struct eth_hash *genesis) MUST_USE;

#endif
