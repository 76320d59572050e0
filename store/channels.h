/* store/channels.h - who is told what happens, and how that goes. Table: channels.
 *
 * A removed channel keeps its row, without secrets, until its deliveries are pruned.
 */
#ifndef STORE_CHANNELS_H
#define STORE_CHANNELS_H

#include "store/base/turn.h"

/* On disk as these numbers; the same as the contract's. Never renumber. */
enum channel_kind {
	CHANNEL_WEBHOOK = 1,
	CHANNEL_EMAIL = 2,
	CHANNEL_PAGERDUTY = 3,
	CHANNEL_SLACK = 4,
	CHANNEL_DISCORD = 5,
	CHANNEL_COMMAND = 6,
};
enum channel_state { CHANNEL_OK = 1, CHANNEL_FAILING = 2, CHANNEL_GONE = 3 };

/* Channels there may be at once, and the longest name. */
enum { CHANNELS_MAX = 32, CHANNEL_NAME_MAX = 40 };

struct channel {
	int64_t id;
	const char *name;
	enum channel_kind kind;
	bool enabled;
	const char *events;     /* patterns of event kinds, lines; "": the usual ones */
	const char *target;     /* a URL; of a command its arguments, lines */
	const char *username;   /* e-mail */
	const char *sender;     /* e-mail */
	const char *recipients; /* e-mail, lines */
	struct bytes secret;    /* sealed; p NULL: none */
	struct bytes old_secret;
	int64_t old_until_ms;
	int64_t since_event;
	enum channel_state state;
	int64_t failures, hold_ms, took_ms, ok_ms, fail_ms;
	const char *said;
	int64_t sent, dead, dropped;
	int64_t told_ms, created_ms;
	int64_t version;
};

/* Those that are there, by name; at most CHANNELS_MAX. */
enum err channel_list(struct turn *t, struct channel **out, size_t *n_out) MUST_USE;
/* ERR_MISSING names it. */
enum err channel_get(struct turn *t, const char *name, struct channel *out) MUST_USE;
enum err channel_by_id(struct turn *t, int64_t id, struct channel *out) MUST_USE;

/* In the lane. ERR_EXISTS (without a word): the name is taken. Sets id, created_ms, version. */
enum err channel_add(struct turn *t, struct channel *c) MUST_USE;
/* In the lane: everything but name and kind. ERR_STALE: it changed since it was read. */
enum err channel_save(struct turn *t, struct channel *c) MUST_USE;
/* In the lane: how it goes, without a new version: what people edit is not touched. */
enum err channel_heard(struct turn *t, const struct channel *c) MUST_USE;
/* In the lane: its row stays, its secrets do not. */
enum err channel_remove(struct turn *t, struct channel *c) MUST_USE;
/* In the lane: forgets removed ones without deliveries. */
enum err channel_prune(struct turn *t, size_t limit, size_t *n_out) MUST_USE;

#endif
