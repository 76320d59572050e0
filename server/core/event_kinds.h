/* server/core/event_kinds.h - every kind of event that others can be told of, and which of them a
 * channel wants. The table is event_kinds.def. */
#ifndef SERVER_CORE_EVENT_KINDS_H
#define SERVER_CORE_EVENT_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "store/base/buf.h"
#include "store/outbox.h"

#define EVENT_TYPE_PREFIX "ghostfleet.v1."

struct event_kind {
	const char *kind;
	enum severity severity;
	bool told;         /* to a channel that names no kinds */
	const char *alarm; /* NULL: it raises one of its own */
	bool ends;         /* it clears the alarm */
	const char *subject, *help;
};

const struct event_kind *event_kinds(size_t *n_out);
/* One that the table does not have is INFO, and told to those who ask for it. */
struct event_kind event_kind(const char *kind);

/* "critical", "error", "warning", "info": also PagerDuty's words. */
const char *severity_name(enum severity s);

/* `patterns`: lines, each a kind, "prefix.*" or "*"; "": what the table tells by default. */
bool event_wanted(const char *patterns, const char *kind);

/* One pattern as a person wrote it, with or without the type's prefix: *out points into it.
 * ERR_INVALID: it fits nothing of the table. */
enum err event_pattern(struct turn *t, const char *said, const char **out) MUST_USE;

/* docs/reference/events.md. */
void event_reference(struct buf *out);

#endif
