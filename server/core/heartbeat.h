/* server/core/heartbeat.h - others that must be heard of: a beat every period, and a grace more.
 *
 * One that never beat is not missed. A late one, or one that says it failed, opens an incident
 * under its name; the next good beat clears it.
 */
#ifndef SERVER_CORE_HEARTBEAT_H
#define SERVER_CORE_HEARTBEAT_H

#include "store/heartbeats.h"

enum beat { BEAT_SUCCESS = 1, BEAT_START = 2, BEAT_FAIL = 3 };

enum { HEARTBEAT_TOKEN = 44 }; /* "hb_", 40 hex digits, NUL */

/* In the lane. Makes its token, which is told this once. ERR_INVALID names the field; ERR_EXISTS.
 */
enum err heartbeat_create(struct turn *t, struct heartbeat *h, const char **token_out) MUST_USE;
enum err heartbeat_delete(struct turn *t, const char *name, int64_t version,
			  struct heartbeat *out) MUST_USE;

/* In the lane. ERR_MISSING: no such token. `said`: a line of what it printed; "". */
enum err heartbeat_beat(struct turn *t, const char *token, enum beat what, const char *said,
			struct heartbeat *out) MUST_USE;
/* Whether there is one of that token: for looking before the lane is asked. */
enum err heartbeat_known(struct turn *t, const char *token, bool *out) MUST_USE;

/* Whether any is late; and in the lane, that they are. */
enum err heartbeats_due(struct turn *t, bool *out) MUST_USE;
enum err heartbeats_fire(struct turn *t, bool *more_out) MUST_USE;

/* A sentinel that beats: its name and when it was heard; NULL: none does. */
enum err heartbeat_watcher(struct turn *t, const char **name_out, int64_t *heard_ms_out) MUST_USE;

const char *heartbeat_subject(struct turn *t, const char *name);

#endif
