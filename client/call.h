/* client/call.h - calls over gRPC: one channel, one thread, one call at a time.
 *
 * The only file of the client that includes <grpc/...>. Messages go in and out by their
 * descriptors; what comes back lives in the turn's memory. The code of an error is the one of
 * its gRPC status, the reason that of its google.rpc.ErrorInfo.
 *
 * A unary call that is answered with UNAVAILABLE is made again, with the same bytes, as
 * proto/retry.h says: reads are harmless, and changes carry a request_id. Ctrl-C (client/stop.h)
 * ends any call with ERR_GONE.
 */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/base/err.h"

struct turn;
struct channel;

/* PEM texts; each may be NULL. */
struct channel_tls {
	bool on;
	const char *ca;          /* NULL: the system's */
	const char *cert, *key;  /* the caller's own */
	const char *server_name; /* NULL: the address says it */
};

/* `address`: HOST:PORT or unix:PATH. `token`: NULL for none; copied. A token does not travel
 * unencrypted to another machine: ERR_REFUSED. `tls` may be NULL. Connects at the first call. */
enum err channel_open(struct turn *t, const char *address, const char *token,
		      const struct channel_tls *tls, struct channel **out) MUST_USE;
void channel_close(struct channel *c); /* NULL is fine */

/* `method` is a name of `service`; `in` is its input message. *out is its output message.
 * ERR_AWAY: not reached; ERR_LATE: no answer in timeout_ms, retries included. */
enum err call_unary(struct turn *t, struct channel *c, const ProtobufCServiceDescriptor *service,
		    const char *method, const void *in, int64_t timeout_ms, void **out) MUST_USE;

/* Each message of a stream; it is gone when this returns. *stop ends the stream with OK. */
typedef enum err stream_fn(struct turn *t, const void *message, void *arg, bool *stop);

/* Until the server ends the stream, fn stops it or fails, or nothing comes for quiet_ms
 * (ERR_LATE). Not repeated by itself: the caller knows from where to go on. */
enum err call_stream(struct turn *t, struct channel *c, const ProtobufCServiceDescriptor *service,
		     const char *method, const void *in, int64_t quiet_ms, stream_fn *fn,
		     void *arg) MUST_USE;

#endif
