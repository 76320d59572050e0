/* server/core/channel_check.h - what may stand in a channel: the checks of channel.c. */
#ifndef SERVER_CORE_CHANNEL_CHECK_H
#define SERVER_CORE_CHANNEL_CHECK_H

#include "server/core/channel.h"

/* Small letters, digits, - and _; at most CHANNEL_NAME_MAX. */
enum err channel_check_name(struct turn *t, const char *name) MUST_USE;
/* The patterns as lines. */
enum err channel_check_events(struct turn *t, struct texts said, const char **out) MUST_USE;
/* Sets c->target, username, sender and recipients. */
enum err channel_check_target(struct turn *t, const struct channel_ask *ask,
			      struct channel *c) MUST_USE;
/* That the kind can use it. Also sets c->target of kinds whose secret is the URL. */
enum err channel_check_secret(struct turn *t, const char *secret, struct channel *c) MUST_USE;

#endif
