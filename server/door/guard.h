/* server/door/guard.h - what bytes from outside must be before anything is made of them.
 *
 * protobuf-c checks neither UTF-8 nor depth, and cuts a string at an embedded NUL. One walk over
 * the wire bytes by the message's descriptor does, and bounds what decoding may cost. Unknown
 * fields are allowed, as the protocol wants it, but counted. A field that holds one message may
 * come once: merging two of them, as the protocol allows, is left out on purpose.
 * Threads: any; nothing is allocated.
 */
#ifndef SERVER_DOOR_GUARD_H
#define SERVER_DOOR_GUARD_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/door/limits.h"
#include "store/base/err.h"

struct turn;

enum {
	GUARD_DEPTH = LIMIT_MESSAGE_DEPTH,
	GUARD_ELEMENTS = LIMIT_MESSAGE_ELEMENTS,
	GUARD_UNKNOWN = 256, /* unknown fields, in all */
};

/* ERR_INVALID: not a message of this type, or over a limit; the message names the field. */
enum err guard_message(struct turn *t, const ProtobufCMessageDescriptor *d, const uint8_t *p,
		       size_t n) MUST_USE;

/* RFC 3629, without NUL. */
bool guard_text(const uint8_t *p, size_t n);

#endif
