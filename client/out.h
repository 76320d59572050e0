/* client/out.h - what is shown: tables for eyes, JSON for programs.
 *
 * What comes from a server is untrusted text: control characters never reach the terminal.
 * With -o json an answer is printed as it came, by the proto3 JSON mapping, with all fields;
 * with -o jsonl each item of a list is a line.
 */
#ifndef CLIENT_OUT_H
#define CLIENT_OUT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/cli.h"
#include "google/protobuf/timestamp.pb-c.h"

struct turn;

/* Heads as "WALLET", or ">ETHER" to align right. Cells are cut at 200 bytes. */
enum { TABLE_COLUMNS = 12 };

struct table {
	struct turn *t;
	size_t columns, n, room;
	const char *head[TABLE_COLUMNS];
	bool right[TABLE_COLUMNS];
	unsigned width[TABLE_COLUMNS]; /* grows, also from page to page */
	const char **cells;
	bool headed; /* the heads are printed already */
};

/* `heads` is ended by NULL. */
struct table table_new(struct turn *t, const char *const *heads);
void table_row(struct table *tb, ...) __attribute__((sentinel));
/* Prints and forgets the rows; the heads only once. `indent` goes before each line. */
void table_print(struct table *tb, FILE *f, const char *indent);

/* Printable: control bytes become '?', and what is not UTF-8 too. */
const char *clean(struct turn *t, const char *s);

/* At most `width` characters, whole ones; a cut shows as "…". */
const char *clip(struct turn *t, const char *s, unsigned width);

/* Amounts as they travel, in wei, for eyes: "0.05", with 6 places, or as many as show four
 * digits of a small one. "" and what is no amount show as "-". */
const char *ether_short(struct turn *t, const char *wei);
const char *ether_of(struct turn *t, const char *wei); /* "0.05 ether" */
const char *gwei_of(struct turn *t, const char *wei);  /* "0.001 gwei" */

/* "12s ago"; "never" for NULL. */
const char *age(struct turn *t, const Google__Protobuf__Timestamp *at);
/* "in 9m58s", "now" when it is past, "-" for NULL. */
const char *until(struct turn *t, const Google__Protobuf__Timestamp *at);
int64_t stamp_ms(const Google__Protobuf__Timestamp *at);

/* WALLET_STATE_ACTIVE → "active"; BREAKER_STATE_HALF_OPEN → "half-open"; a number where this
 * client does not know the name. And back; ERR_INVALID names what there is. */
const char *enum_text(struct turn *t, const ProtobufCEnumDescriptor *d, int value);
enum err enum_read(struct turn *t, const ProtobufCEnumDescriptor *d, const char *said,
		   int *out) MUST_USE;

/* A message as JSON, on one line for jsonl. */
enum err out_message(struct turn *t, const struct cli *c, const ProtobufCMessage *m) MUST_USE;

/* True: JSON was asked for, and *e says how printing it went. For
 * `if (out_json(t, c, m, &e)) return e;` before what eyes get. */
bool out_json(struct turn *t, const struct cli *c, const ProtobufCMessage *m, enum err *e);

/* "error":{"code","reason","message"}; out_error_json is that in braces, on one line, as the HTTP
 * door says it: the code is the name of the gRPC status in lower case. */
void out_error_json(struct turn *t, enum err e);
void out_error_member(struct turn *t, enum err e);

#endif
