/* server/door/status.h - how a turn that failed is told: status, one line, and what programs read.
 * Spec: google.rpc.Status with ErrorInfo {reason, domain "ghostfleet.v1"} and, where retrying
 * helps, RetryInfo. Shared by the doors.
 */
#ifndef SERVER_DOOR_STATUS_H
#define SERVER_DOOR_STATUS_H

#include "store/base/turn.h"

#define STATUS_DOMAIN "ghostfleet.v1"

/* What a failed turn says; never NULL, valid UTF-8. Static text or the turn's own. */
const char *status_why(struct turn *t, enum err e);
enum reason status_reason(const struct turn *t, enum err e);

/* google.rpc.Status, encoded, in the turn's memory. */
struct bytes status_details(struct turn *t, enum err e);

#endif
