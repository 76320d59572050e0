/* server/door/slow.h - the slow worker: one thread with its own read session for calls that would
 * hold up a door (scrypt, generating many keys, long reports). At most 16 wait.
 */
#ifndef SERVER_DOOR_SLOW_H
#define SERVER_DOOR_SLOW_H

#include "store/store.h"

struct slow;

/* Caller owns *out. */
enum err slow_open(struct turn *t, struct store *s, struct slow **out) MUST_USE;

/* Runs fn(t, arg) on the worker with t->db its session, then done(done_arg, what fn returned), on
 * the worker too. ERR_LATE, without running fn: the turn's deadline passed while it waited. The
 * turn is the worker's until done() is called. ERR_FULL (SERVER_BUSY): too many wait; done() will
 * not be called. Threads: any. */
enum err slow_submit(struct slow *s, struct turn *t, store_fn *fn, void *arg,
		     void (*done)(void *done_arg, enum err e), void *done_arg) MUST_USE;

/* Everything that waits is run or told ERR_LATE first. NULL is fine. */
void slow_close(struct slow *s);

#endif
