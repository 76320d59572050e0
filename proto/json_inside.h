/* proto/json_inside.h - what the JSON printer and reader share; for them only. */
#ifndef PROTO_JSON_INSIDE_H
#define PROTO_JSON_INSIDE_H

#include "proto/json.h"

#include <stdint.h>

/* Names in .proto files are short; a longer one is cut, and then known by nobody. */
enum { JSON_NAME = 128 };

/* lower_snake of a .proto file as JSON spells it: lowerCamel, by protoc's own rule. */
void json_name(const char *name, char out[JSON_NAME]);

/* A repeated field of the entry messages {key, value} that protoc makes for a map. */
bool json_is_map(const ProtobufCFieldDescriptor *f);

enum json_kind { JSON_PLAIN, JSON_TIMESTAMP, JSON_DURATION, JSON_FIELD_MASK, JSON_ANY };
/* The messages of google.protobuf that have a form of their own. */
enum json_kind json_kind(const ProtobufCMessageDescriptor *d);

/* Bytes that one value of the type takes in a message or a list. */
size_t json_size_of(ProtobufCType type);

static inline const void *json_at(const ProtobufCMessage *m, unsigned offset)
{
	return (const char *)m + offset;
}

/* RFC 3339 with 0, 3, 6 or 9 digits. False: before year 1, after 9999, or not a number of
 * nanoseconds. */
enum { JSON_TIME = 72 };
bool json_timestamp_put(int64_t seconds, int32_t nanos, char out[JSON_TIME]);
/* "3.5s"; both of one sign, at most 10,000 years. */
bool json_duration_put(int64_t seconds, int32_t nanos, char out[JSON_TIME]);

/* The reverse; any number of digits up to 9, any offset from UTC. False: not that. */
bool json_timestamp_get(const char *text, int64_t *seconds, int32_t *nanos);
bool json_duration_get(const char *text, int64_t *seconds, int32_t *nanos);

#endif
