/* store/heartbeats.h - who must be heard of: jobs of others, and sentinels that watch us.
 *
 * Table: heartbeats. A token is kept as its SHA-256. Removed rows stay. What changes something is
 * for the lane.
 */
#ifndef STORE_HEARTBEATS_H
#define STORE_HEARTBEATS_H

#include "store/base/turn.h"
#include "store/incidents.h"

enum { HEARTBEATS_MAX = 200, HEARTBEAT_NAME_MAX = 40 };

/* On disk as these numbers; the same as the contract's. Never renumber. */
enum heartbeat_kind { HEARTBEAT_JOB = 1, HEARTBEAT_SENTINEL = 2 };
enum heartbeat_state {
	HEARTBEAT_NEW = 1,
	HEARTBEAT_BEATS = 2,
	HEARTBEAT_LATE = 3,
	HEARTBEAT_FAILED = 4,
	HEARTBEAT_OFF = 5,
};

struct heartbeat {
	int64_t id;
	const char *name;
	enum heartbeat_kind kind;
	struct eth_hash token;
	int64_t period_ms, grace_ms;
	enum incident_severity severity;
	const char *note;
	enum heartbeat_state state;
	int64_t beat_ms, heard_ms, start_ms, due_ms, took_ms;
	const char *said;
	int64_t created_ms;
	int64_t version;
};

/* By name. */
enum err heartbeat_list(struct turn *t, struct heartbeat **out, size_t *n_out) MUST_USE;
/* ERR_MISSING names it. */
enum err heartbeat_get(struct turn *t, const char *name, struct heartbeat *out) MUST_USE;
/* ERR_MISSING (without a word). */
enum err heartbeat_of_token(struct turn *t, struct eth_hash token, struct heartbeat *out) MUST_USE;
/* ERR_EXISTS (without a word): the name is taken. Sets id, created_ms, version. */
enum err heartbeat_add(struct turn *t, struct heartbeat *h) MUST_USE;
/* What is heard of it, and its state. */
enum err heartbeat_heard(struct turn *t, const struct heartbeat *h) MUST_USE;
enum err heartbeat_remove(struct turn *t, const struct heartbeat *h) MUST_USE;
/* Those that beat and are late now, the most overdue first. */
enum err heartbeat_late(struct turn *t, size_t limit, struct heartbeat **out,
			size_t *n_out) MUST_USE;

#endif
