/* tests/support/door.h - a gRPC door on a fresh store, with the test's own method rows, some
 * identities, and a client that is connected to it.
 *
 * The token of an identity is "gf_" and its name.
 */
#ifndef TESTS_SUPPORT_DOOR_H
#define TESTS_SUPPORT_DOOR_H

#include <protobuf-c/protobuf-c.h>

#include "server/door/grpc.h"
#include "server/door/slow.h"
#include "tests/support/grpc_call.h"
#include "tests/support/store.h"

struct door_fixture {
	struct fixture f; /* the store, its turns on the test's own thread */
	struct slow *slow;
	struct grpc_options options;
	struct grpc_door *door;
	struct grpc_client *client;
};

/* `options`: only what the test wants else than usual. Serving, with identities viewer, operator,
 * treasurer, admin (each with the one role of its name), loopback, and late (an expired viewer). */
void door_open(struct door_fixture *d, const struct method *methods, size_t n,
	       struct grpc_options options);
void door_close(struct door_fixture *d); /* drains for 2 s at most */

/* A unary call with a message of protobuf-c, by the identity `who` (NULL: no token). */
void door_ask(struct door_fixture *d, const char *path, const char *who, const void *message,
	      struct grpc_said *out);
/* The same with raw bytes. */
void door_ask_bytes(struct door_fixture *d, const char *path, const char *who, const void *p,
		    size_t n, struct grpc_said *out);
struct grpc_talk *door_watch(struct door_fixture *d, const char *path, const char *who,
			     const void *message);

/* Fails the test unless `said` is what was wanted; NULL words are not looked at. */
void said_is(const struct grpc_said *said, int status, const char *reason, const char *word,
	     const char *file, int line);
#define assert_said(said, status, reason, word)                                                    \
	said_is((said), (status), (reason), (word), __FILE__, __LINE__)

/* The answer decoded; the test frees it with protobuf_c_message_free_unpacked. */
void *said_message(const struct grpc_said *said, const ProtobufCMessageDescriptor *d);

/* Polls until fn(arg) or the limit of 10 s, which fails the test. */
void wait_until(bool (*fn)(void *arg), void *arg, const char *what);

/* Any message encoded; free() it. */
struct bytes packed(const void *message);

#endif
