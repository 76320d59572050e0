/* proto/json.h - any message as JSON and back: the proto3 JSON mapping, from the descriptors that
 * protobuf-c generates.
 *
 * Spec: https://protobuf.dev/programming-guides/json. Names are lowerCamelCase. 64-bit integers
 * are strings, read from numbers too; bytes are base64, read in both alphabets; Timestamp,
 * Duration and FieldMask are their texts; a map is an object; an enum is its name, or its number
 * where it has none. null reads as absent. A key that is unknown or comes twice is refused by
 * name. Any is printed by the type it holds, or as type and base64 where that is not one of
 * proto_message(); it is not read. Text has no NUL.
 */
#ifndef PROTO_JSON_H
#define PROTO_JSON_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	JSON_DEPTH = 32,          /* messages in messages; deeper ones are refused */
	JSON_TEXT_MAX = 64 << 20, /* bytes json_print makes at most */
};

enum json_flag {
	JSON_ALL_FIELDS = 1 << 0, /* also fields that have their default value */
	JSON_PRETTY = 1 << 1,     /* on lines, indented by two spaces */
};

/* False: no memory, too deep, above JSON_TEXT_MAX, or a value JSON has no form for (a Timestamp
 * out of range, text that is not UTF-8). *out ends in a NUL that *n_out does not count; the
 * caller gives it to json_text_free(). */
bool json_print(const ProtobufCMessage *m, unsigned flags, char **out, size_t *n_out);
void json_text_free(char *text);

/* Reads n bytes of text; how many there may be is the caller's to bound. *out and all it holds
 * come from `a`, never NULL. False: why[] is one line that says where (a path as
 * "wallets[2].address", or line and column) and what; nothing of `a` is kept. */
bool json_read(const ProtobufCMessageDescriptor *d, const char *text, size_t n,
	       ProtobufCAllocator *a, ProtobufCMessage **out, char why[], size_t why_size);

/* The length of the UTF-8 sequence at p (RFC 3629), 0: it is none. p ends in a NUL somewhere. */
size_t json_utf8(const unsigned char *p);

#endif
