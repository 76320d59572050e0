/* client/when.h - times ahead and gone by, as people write them. */
#ifndef CLIENT_WHEN_H
#define CLIENT_WHEN_H

#include "client/args.h"
#include "google/protobuf/timestamp.pb-c.h"

struct cli;

Google__Protobuf__Timestamp *when_stamp(struct turn *t, int64_t ms);

/* The option's value: "8h" from now on, or 2026-11-22T04:00:00Z. *out stays as it is when the
 * option was not given. */
enum err when_read(struct turn *t, struct cli *c, enum opt_id id,
		   Google__Protobuf__Timestamp **out) MUST_USE;

/* The same for times gone by: "2h" is so long ago. */
enum err when_past(struct turn *t, struct cli *c, enum opt_id id,
		   Google__Protobuf__Timestamp **out) MUST_USE;

#endif
