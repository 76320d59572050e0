/* server/core/control.h - starting, stopping and restarting our validator client: an operation
 * without steps, asked for by a person, carried out by a tick (jobs/control.c), looked at again
 * before it counts as done.
 *
 * RUNNING with run_ms 0: asked for. begun: written down before the program runs. ran: its exit is
 * known, and from then on it is watched. A crash between the two is watched too and never told
 * twice. Two clients with the same keys are slashed, so a start is refused while anything says, or
 * nothing denies, that the keys sign elsewhere.
 */
#ifndef SERVER_CORE_CONTROL_H
#define SERVER_CORE_CONTROL_H

#include "store/operations.h"

bool control_kind(enum op_kind kind);        /* start, stop or restart */
const char *control_verb(enum op_kind kind); /* "restart" */

/* In the lane. ERR_REFUSED: nothing is configured ([control]); one is under way; a lockdown holds
 * (start, restart); the keys may sign elsewhere (start, and restart of a client that is gone;
 * `force` with a reason goes on with a start where nobody can tell, never where the chain has seen
 * them). subject "validators", or the one it is about. */
enum err control_ask(struct turn *t, enum op_kind kind, const char *subject, bool force,
		     const char *reason, struct operation *out) MUST_USE;

/* In the lane: it is handed to a program now. ERR_REFUSED: a lockdown came meanwhile; it FAILED. */
enum err control_begun(struct turn *t, int64_t id) MUST_USE;
/* In the lane: what the program said. Not fine: FAILED. within_ms: so long until it is looked at
 * for good. */
enum err control_ran(struct turn *t, int64_t id, bool fine, const char *said,
		     int64_t within_ms) MUST_USE;
/* In the lane: the look at the end of that time. */
enum err control_seen(struct turn *t, int64_t id, bool as_wished, const char *said) MUST_USE;

#endif
