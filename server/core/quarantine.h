/* server/core/quarantine.h - a store that is older than the chain: restored, rolled back, or a
 * copy.
 *
 * It does not remember what was done, so it decides nothing: the fleet is locked down, and what it
 * thinks unfinished waits for a person as REVIEW, unless a receipt says what became of it. Money
 * may come home meanwhile: a sweep cannot be paid twice.
 */
#ifndef SERVER_CORE_QUARANTINE_H
#define SERVER_CORE_QUARANTINE_H

#include "store/base/turn.h"

/* Nobody looked for so long: a jump of nonces since then may be our own forgotten doing. */
enum { QUARANTINE_GAP_MS = 120000 };

/* In the lane. Again is nothing. The first of what is unfinished is set aside at once. */
enum err quarantine_enter(struct turn *t, const char *why) MUST_USE;

/* Reading: there is more to set aside. */
enum err quarantine_unfinished(struct turn *t, bool *out) MUST_USE;

/* In the lane: the next of it. */
enum err quarantine_set_aside(struct turn *t) MUST_USE;

#endif
