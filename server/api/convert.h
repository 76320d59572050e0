/* server/api/convert.h - plain values to messages and back; the syntax checks of requests.
 * Everything made here is in the turn's memory. */
#ifndef SERVER_API_CONVERT_H
#define SERVER_API_CONVERT_H

#include <protobuf-c/protobuf-c.h>

#include "ghostfleet/v1/fleet.pb-c.h"
#include "ghostfleet/v1/funding.pb-c.h"
#include "ghostfleet/v1/operation.pb-c.h"
#include "ghostfleet/v1/wallet.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "store/base/turn.h"
#include "store/events.h"
#include "store/intents.h"
#include "store/operations.h"
#include "store/pauses.h"
#include "store/safe_list.h"
#include "store/wallets.h"

/* A message of its type, initialised. */
void *msg_new(struct turn *t, const ProtobufCMessageDescriptor *d);

Google__Protobuf__Timestamp *msg_time(struct turn *t, int64_t ms); /* NULL for 0 */
Google__Protobuf__Duration *msg_duration(struct turn *t, int64_t ms);
char *msg_text(struct turn *t, const char *s); /* a copy; protobuf-c has no const */
char *msg_wei(struct turn *t, struct wei a);

Ghostfleet__V1__Pause *msg_pause(struct turn *t, const struct pause *p);
Ghostfleet__V1__Event *msg_event(struct turn *t, const struct event *e);
Ghostfleet__V1__Operation *msg_operation(struct turn *t, const struct operation *o);
Ghostfleet__V1__Wallet *msg_wallet(struct turn *t, const struct wallet *w);
Ghostfleet__V1__SafeAddress *msg_safe(struct turn *t, const struct safe_address *s);

/* With its attempts: reads. */
enum err msg_transaction(struct turn *t, const struct intent *i,
			 Ghostfleet__V1__Transaction **out) MUST_USE;
/* By number, or by the hash of one of its attempts. */
enum err transaction_named(struct turn *t, const char *name, struct intent *out) MUST_USE;

/* The last part of "PREFIX/NAME"; a bare name is fine too. ERR_INVALID names `field`. */
enum err name_of(struct turn *t, const char *field, const char *prefix, const char *name,
		 const char **out) MUST_USE;
enum err id_of(struct turn *t, const char *field, const char *prefix, const char *name,
	       int64_t *out) MUST_USE;
enum err amount_of(struct turn *t, const char *field, const char *text, struct wei *out) MUST_USE;
enum err addr_of(struct turn *t, const char *field, const char *text,
		 struct eth_addr *out) MUST_USE;

/* In milliseconds. ERR_INVALID: not within [least, most], both included. */
enum err duration_of(struct turn *t, const char *field, const Google__Protobuf__Duration *d,
		     int64_t least, int64_t most, int64_t *out) MUST_USE;

/* In milliseconds; 0 for NULL. ERR_INVALID: not a time from 1970 to 9999. */
enum err time_of(struct turn *t, const char *field, const Google__Protobuf__Timestamp *at,
		 int64_t *out) MUST_USE;

/* Pages: a token is the last id of the page before. size: 0 is `usual`, above `most` is cut. */
enum err page_of(struct turn *t, int32_t size, const char *token, size_t usual, size_t most,
		 size_t *limit_out, int64_t *after_out) MUST_USE;
char *page_next(struct turn *t, int64_t last); /* the token */

/* Bits from a repeated enum; ERR_INVALID: a number beyond `most`. */
enum err bits_of(struct turn *t, const char *field, const void *values, size_t n, int most,
		 unsigned *out) MUST_USE;

#endif
