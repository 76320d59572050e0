/* tests/support/grpc_call.h - a small gRPC client on the C core, for tests of the door.
 * Everything blocks, with a limit; what cannot be done at all stops the test.
 * Threads: one client may be used by several; a talk by one at a time.
 */
#ifndef TESTS_SUPPORT_GRPC_CALL_H
#define TESTS_SUPPORT_GRPC_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct grpc_client;

struct grpc_client *grpc_client_open(unsigned port);
/* One that compresses what it sends (gzip). */
struct grpc_client *grpc_client_open_gzip(unsigned port);
/* By TLS, to 127.0.0.1: PEM texts; cert and key NULL: none is shown. */
struct grpc_client *grpc_client_open_tls(unsigned port, const char *ca, const char *cert,
					 const char *key);
void grpc_client_close(struct grpc_client *c);

enum { GRPC_SAID_TEXT = 400, GRPC_SAID_BYTES = 64 << 10 };

/* What came back. `reply` is the message's bytes when there is one. */
struct grpc_said {
	int status;
	char message[GRPC_SAID_TEXT];
	char reason[64]; /* ErrorInfo.reason of grpc-status-details-bin; "" when there is none */
	int64_t retry_ms;
	bool has_reply;
	size_t n;
	uint8_t reply[GRPC_SAID_BYTES];
};

struct grpc_ask {
	const char *path;  /* "/grpc.health.v1.Health/Check" */
	const char *token; /* NULL: none */
	const void *body;
	size_t n;
	bool no_message;     /* close without a message */
	int64_t deadline_ms; /* sent to the server; 0: none is sent, the helper gives up after 30 s
			      */
	int64_t cancel_ms;   /* > 0: cancelled by the client after this long */
};

void grpc_ask(struct grpc_client *c, const struct grpc_ask *ask, struct grpc_said *out);

/* A call on which messages come one by one, and for bidi methods go one by one. */
struct grpc_talk;

/* `half_close`: the caller says no more after the message in `ask` (server streaming). */
struct grpc_talk *grpc_talk_open(struct grpc_client *c, const struct grpc_ask *ask,
				 bool half_close);
void grpc_talk_say(struct grpc_talk *s, const void *body, size_t n);
void grpc_talk_half_close(struct grpc_talk *s);
/* The next message, within wait_ms. False: none came; *ended_out (may be NULL): none will. */
bool grpc_talk_next(struct grpc_talk *s, int64_t wait_ms, struct grpc_said *out, bool *ended_out);
/* Waits for the status, at most wait_ms; false: it did not come. */
bool grpc_talk_end(struct grpc_talk *s, int64_t wait_ms, struct grpc_said *out);
void grpc_talk_cancel(struct grpc_talk *s);
void grpc_talk_free(struct grpc_talk *s); /* cancels first what is not ended */

#endif
