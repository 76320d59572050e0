/* server/door/http_rpc.h - a method row called by HTTP: the unary form of the Connect protocol.
 *
 * http_call.c takes requests and sends answers; here is what the protocol makes of one: which row
 * its path names, what its head must say, its body as the row's message and the reply as a body.
 * JSON is made into the message's bytes first, so that both content types go through the same
 * guards, and a request_id means the same call here and by gRPC.
 * Spec: https://connectrpc.com/docs/protocol, unary with POST, without compression. Who asks for a
 * stream is told, in the streams' own form, that there are none here.
 */
#ifndef SERVER_DOOR_HTTP_RPC_H
#define SERVER_DOOR_HTTP_RPC_H

#include "server/door/http.h"
#include "server/door/limits.h"
#include "server/door/message.h"

enum {
	RPC_BODY_MAX = LIMIT_HTTP_RPC_BODY,
	RPC_REPLY_MAX = LIMIT_HTTP_RPC_REPLY,
};

struct rpc_method {
	const struct method *row;
	const char *path; /* "/ghostfleet.v1.FleetService/GetFleet" */
	const char *what; /* "FleetService/GetFleet"; lives as long as the process */
	const ProtobufCMessageDescriptor *in, *out;
	struct message_fields fields;
};

/* What a body may be, as Accept-Post says it. */
#define RPC_TYPES "application/json, application/proto"

/* What of a request's head Connect has a say in; NULL: not there. */
struct rpc_head {
	const char *verb, *content_type, *content_encoding, *version, *timeout;
};

/* One call. `request` and `in` are for the turn that runs it. */
struct rpc_call {
	bool json;
	int64_t timeout_ms;      /* -1: the caller did not say */
	const char *stream_type; /* not NULL: a caller of Connect's streams, to be told so */
	const ProtobufCMessage *in;
	struct request request;
};

struct rpc_table;

/* ERR_BROKEN: a row has no method in the contract. */
enum err rpc_table_open(struct turn *t, const struct method *rows, size_t n,
			struct rpc_table **out) MUST_USE;
void rpc_table_close(struct rpc_table *table); /* NULL is fine */

/* Whether `path` is below one of our services; *out is then its method, NULL where there is none.
 */
bool rpc_find(const struct rpc_table *table, const char *path, const struct rpc_method **out);

/* *status is set where HTTP's is not the one of the error: 405 (ERR_NEVER), 415 (ERR_INVALID).
 * ERR_NEVER: a stream, or a compressed body. ERR_INVALID: another version, or a bad timeout. */
enum err rpc_begin(struct turn *t, const struct rpc_method *m, const struct rpc_head *h,
		   struct rpc_call *out, int *status) MUST_USE;

/* The body as c->in, and for rows that change something t->request. Errors of message.h. */
enum err rpc_read(struct turn *t, const struct rpc_method *m, struct bytes body,
		  struct rpc_call *c) MUST_USE;

/* Where the row says: its handler, whose answer is then in c->request.reply. May run twice. */
enum err rpc_run(struct turn *t, const struct rpc_method *m, struct rpc_call *c) MUST_USE;

/* c->request.reply as the caller wants it. ERR_FULL: too long. */
enum err rpc_reply(struct turn *t, const struct rpc_method *m, const struct rpc_call *c,
		   struct http_reply *out) MUST_USE;

/* {"code","message","details"}: each detail with its type, its bytes and, for people, its JSON. */
struct buf rpc_error_body(struct turn *t, enum err e);
int rpc_status(enum err e);

/* The same as the end of a stream, for a caller who wants one: with HTTP's 200, in an envelope. */
struct buf rpc_error_end(struct turn *t, enum err e);

#endif
