/* server/door/trace.h - which call of which system a call belongs to: the header `traceparent`.
 *
 * What comes is kept as it is, in the log, in the audit record and with the operation that the
 * call plans or runs. It goes to nobody outside. What is not well formed, or comes twice, is as if
 * nothing had come: a trace is never a reason to refuse a call.
 * Spec: W3C Trace Context, level 1, 3.2.
 */
#ifndef SERVER_DOOR_TRACE_H
#define SERVER_DOOR_TRACE_H

#include "store/base/turn.h"

enum { TRACE_TEXT = 55 }; /* "00-" 32 hex "-" 16 hex "-" 2 hex */

/* In the turn's memory, as version 00 writes it; NULL: not well formed. */
const char *trace_read(struct turn *t, struct bytes header);

#endif
