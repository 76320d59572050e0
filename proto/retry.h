/* proto/retry.h - how a client of this contract repeats a call that was answered with UNAVAILABLE:
 * reads, and changes that carry a request_id, which the server does once however often they come.
 *
 * ghostctl does so; docs/reference/service-config*.json tell the same to every gRPC library (gRFC
 * A6). Five attempts over three seconds outlast a restart.
 */
#ifndef PROTO_RETRY_H
#define PROTO_RETRY_H

enum {
	RETRY_ATTEMPTS = 5, /* in all; gRPC's libraries allow no more */
	RETRY_FIRST_MS = 100,
	RETRY_TIMES = 3, /* each pause is so much longer */
	RETRY_MOST_MS = 2000,
};

#endif
