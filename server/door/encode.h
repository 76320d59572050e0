/* server/door/encode.h - a protobuf-c message as bytes, in one pass.
 *
 * protobuf_c_message_pack() wants the size measured first, and measures each nested message again
 * at each level. Written from the end towards the beginning the length of everything is known when
 * it is due; a GetFleet answer costs a third less.
 * Spec: protobuf encoding; the same bytes as protobuf_c_message_pack(), but that
 * a plain -0.0 is sent, as it should be.
 */
#ifndef SERVER_DOOR_ENCODE_H
#define SERVER_DOOR_ENCODE_H

#include <protobuf-c/protobuf-c.h>

#include "store/base/turn.h"

/* In the turn's memory; p is never NULL. */
struct bytes encode(struct turn *t, const ProtobufCMessage *m);

/* The same within the n > 0 bytes of `room` if it fits there. */
struct bytes encode_at(struct turn *t, const ProtobufCMessage *m, uint8_t *room, size_t n);

#endif
