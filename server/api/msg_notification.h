/* server/api/msg_notification.h - channels and deliveries as messages and back. */
#ifndef SERVER_API_MSG_NOTIFICATION_H
#define SERVER_API_MSG_NOTIFICATION_H

#include "ghostfleet/v1/notification.pb-c.h"
#include "server/api/convert.h"
#include "server/core/channel.h"

/* With what waits for it. */
enum err msg_channel(struct turn *t, const struct channel *c,
		     Ghostfleet__V1__Channel **out) MUST_USE;
/* data only where the delivery has it. */
Ghostfleet__V1__Delivery *msg_delivery(struct turn *t, const struct delivery *d);

/* What a request says of a channel; secret is left "". ERR_INVALID: none, or no target though one
 * is needed. */
enum err channel_ask_of(struct turn *t, const Ghostfleet__V1__Channel *m, bool needs_target,
			struct channel_ask *out) MUST_USE;

#endif
