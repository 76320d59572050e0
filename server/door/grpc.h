/* server/door/grpc.h - the gRPC door: unary and server streaming on the C core, with health and
 * reflection (v1, v1alpha). The only folder that includes <grpc/...>.
 */
#ifndef SERVER_DOOR_GRPC_H
#define SERVER_DOOR_GRPC_H

#include "server/door/method.h"

struct grpc_door;
struct refusals;
struct slow;
struct tls;

struct grpc_options {
	const char *address; /* "127.0.0.1" */
	unsigned port;       /* 0: any; see grpc_door_port */
	unsigned threads;    /* 0: as many as cores, at most 4 */
	const struct method *methods;
	size_t n_methods;
	struct refusals *refusals; /* borrowed; NULL: not recorded */
	struct tls *tls;           /* borrowed; NULL: plain, for loopback */
	struct slow *slow;         /* borrowed; needed where a row is SLOW */
	/* 0: what limits.def says */
	size_t max_message;       /* bytes received */
	size_t streams;           /* open at a time */
	size_t streams_each;      /* of one identity */
	int64_t heartbeat_ms;     /* a stream that said nothing for so long */
	int age_ms, age_grace_ms; /* of a connection, and of what runs on it then */
};

/* ERR_EXISTS: the port is taken (by whom, where that can be told). ERR_REFUSED: it cannot be
 * bound. ERR_BROKEN: a row has no method in the contract. */
enum err grpc_door_open(struct turn *t, struct store *s, const struct grpc_options *o,
			struct grpc_door **out) MUST_USE;
unsigned grpc_door_port(const struct grpc_door *d);

/* What health Check and Watch say of "" and of every service. */
void grpc_door_serving(struct grpc_door *d, bool serving);

/* No new calls; streams end with UNAVAILABLE; what runs may finish for grace_ms. NULL is fine. */
void grpc_door_close(struct grpc_door *d, int64_t grace_ms);

#endif
