/* server/door/message.h - messages as a call brings and takes them: guarded, decoded into the
 * turn's memory, and what every request has in common. Shared by the doors.
 */
#ifndef SERVER_DOOR_MESSAGE_H
#define SERVER_DOOR_MESSAGE_H

#include "proto/descriptors.h"
#include "server/door/limits.h"
#include "server/door/method.h"
#include "store/base/turn.h"

enum {
	MESSAGE_DECODED = 8 << 20, /* bytes one decoded request may take */
	REQUEST_ID_TEXT = LIMIT_REQUEST_ID,
};

/* Guards and decodes. ERR_INVALID: see guard.h. ERR_FULL: too big once decoded. */
enum err message_decode(struct turn *t, const ProtobufCMessageDescriptor *d, const uint8_t *p,
			size_t n, ProtobufCMessage **out) MUST_USE;

/* The bytes of the message that `text` is the JSON of. ERR_INVALID: it is not; the message names
 * the place. ERR_FULL: too big once decoded. */
enum err message_from_json(struct turn *t, const ProtobufCMessageDescriptor *d, const char *text,
			   size_t n, struct bytes *out) MUST_USE;

/* Decodes what we encoded ourselves, an answer, into the turn's memory. NULL: damaged, or more
 * than the turn may hold. */
ProtobufCMessage *message_own(struct turn *t, const ProtobufCMessageDescriptor *d,
			      struct bytes encoded);

/* An empty message in the turn's memory. */
ProtobufCMessage *message_new(struct turn *t, const ProtobufCMessageDescriptor *d);

/* The fields of a request that the doors know by name; NULL where a message has none. */
struct message_fields {
	const ProtobufCFieldDescriptor *request_id, *validate_only;
};
struct message_fields message_fields(const ProtobufCMessageDescriptor *d);

/* Fills *out for t->request and t->validate_only from a decoded request; `raw` are its bytes as
 * they came, for telling two requests apart. Sets t->request to `out`.
 * ERR_INVALID: the request id is badly formed, or (REQUEST_ID_REQUIRED) missing. */
enum err message_request(struct turn *t, const struct method *row,
			 const struct message_fields *fields, const char *method,
			 const ProtobufCMessage *m, struct bytes raw, struct request *out) MUST_USE;

#endif
