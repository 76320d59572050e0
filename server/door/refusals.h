/* server/door/refusals.h - calls that the doors refused (UNAUTHENTICATED, PERMISSION_DENIED), in
 * the audit: each in a turn of its own, as the refused call's kept nothing.
 *
 * Whoever reaches a door can be refused as often as he likes, and must not fill the disk by it: the
 * same caller, call and reason is recorded once in ten minutes, all of them 20 at once and then one
 * in 30 seconds (some 3,000 a day). The others are counted, by a metric and by a record that says
 * how many there were. Nobody waits for a record, and what cannot be written is counted too.
 * Threads: any.
 */
#ifndef SERVER_DOOR_REFUSALS_H
#define SERVER_DOOR_REFUSALS_H

#include "store/store.h"

struct refusals;

struct refusals *refusals_open(struct store *s);
void refusals_close(struct refusals *r); /* after the doors; waits for the lane; NULL is fine */

/* After a call failed with `e`: records it where that is a refusal. `t` is the call's turn, `peer`
 * its address without a port. r may be NULL. */
void refusals_note(struct refusals *r, struct turn *t, enum err e, const char *peer);

/* To be called about once a second: the record of those that were only counted, when it is due. */
void refusals_look(struct refusals *r);

#endif
