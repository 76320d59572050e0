/* proto/json_scalar.h - single values from JSON, for json_read.c only. */
#ifndef PROTO_JSON_SCALAR_H
#define PROTO_JSON_SCALAR_H

#include <jansson.h>

#include "proto/json_inside.h"

enum { JSON_PATH = 256 };

/* One reading: where memory comes from, where we are, and where a refusal is told. */
struct json_in {
	ProtobufCAllocator *a;
	char *why;
	size_t why_size;
	char path[JSON_PATH]; /* "wallets[2].address" */
	size_t n_path;
	unsigned depth;
};

/* Always false, with the path and the reason in why. */
bool json_refuse(struct json_in *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* It must be `what` and is not. */
bool json_wanted(struct json_in *in, const char *what, const json_t *j);

/* Zeroed memory of the reading's allocator; NULL: refused. */
void *json_take(struct json_in *in, size_t size);

/* What jansson has no room for, a bare whole number beyond 64 bits with a sign, as a string that
 * json_digits() knows: its digits behind a NUL, which no other string may have. json_quote_big()
 * makes such a text, in memory of the reading's; NULL: refused. */
char *json_quote_big(struct json_in *in, const char *text, size_t n, size_t *n_out);
const char *json_digits(const json_t *j); /* NULL: it is something else */

/* A string, NULL: it is something else, or has a NUL in it. */
const char *json_text(const json_t *j);

/* One value of the field's type, which is no message, into p. */
bool json_scalar(struct json_in *in, const json_t *j, const ProtobufCFieldDescriptor *f, void *p);

#endif
