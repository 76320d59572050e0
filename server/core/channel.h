/* server/core/channel.h - the rules of channels: who may be told, where, and with which secret.
 *
 * A secret comes in once, is sealed by the data key for its channel, and never goes out again but
 * to sign or to reach the other side. What follows is for the lane, where it changes something.
 */
#ifndef SERVER_CORE_CHANNEL_H
#define SERVER_CORE_CHANNEL_H

#include "store/base/turn.h"
#include "store/channels.h"
#include "store/outbox.h"

/* The most of each that a channel may have. */
enum { CHANNEL_EVENTS = 32, CHANNEL_RECIPIENTS = 16, CHANNEL_ARGUMENTS = 16 };
enum { CHANNEL_URL_MAX = 2048, CHANNEL_SECRET_MAX = 2048 };

/* A list of texts without line ends. */
struct texts {
	const char *const *v;
	size_t n;
};

/* As it was asked for; texts are never NULL. */
struct channel_ask {
	const char *name;
	enum channel_kind kind;
	bool enabled;
	struct texts events;
	const char *url, *username, *sender;
	struct texts recipients, arguments;
	const char *secret; /* "": none given */
};

enum { CHANNEL_KEEP_OLD_MAX = 7 * 86400000 }; /* ms */

/* What of `to` an update takes. */
struct channel_change {
	bool enabled, events, target, secret;
	int64_t keep_old_ms; /* a webhook's secret of before signs so much longer */
	struct channel_ask to;
};

/* ERR_INVALID names the field; ERR_EXISTS; KEYS_LOCKED; ERR_FULL: CHANNELS_MAX are there. */
enum err channel_create(struct turn *t, const struct channel_ask *ask,
			struct channel *out) MUST_USE;
/* version 0: whatever it is. ERR_STALE: it is another. */
enum err channel_change(struct turn *t, int64_t version, const struct channel_change *change,
			struct channel *out) MUST_USE;
enum err channel_delete(struct turn *t, const char *name, int64_t version,
			struct channel *out) MUST_USE;
/* A notice for this channel alone. `data`: JSON. ERR_REFUSED: it is not enabled. */
enum err channel_try(struct turn *t, const struct channel *c, const char *data,
		     struct delivery *out) MUST_USE;

/* The secret, opened, "" when it has none; the turn's end clears it. KEYS_LOCKED. */
enum err channel_secret(struct turn *t, const struct channel *c, bool old,
			const char **out) MUST_USE;

/* "channels/ops" */
const char *channel_subject(struct turn *t, const char *name);
/* "webhook", "email", ...: also what the client calls them. */
const char *channel_kind_name(enum channel_kind k);

/* The key of a webhook's secret, "whsec_" and base64. False: not that. */
enum { WEBHOOK_KEY_MIN = 24, WEBHOOK_KEY_MAX = 64 };
bool webhook_key(const char *secret, uint8_t out[WEBHOOK_KEY_MAX], size_t *n_out);

#endif
