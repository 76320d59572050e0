/* store/backup.h - a copy of the store while it works.
 *
 * Reads one snapshot on a session of its own, a thousand pages at a time; meanwhile the lane
 * writes on, and only the WAL's new start waits. The copy is one file, whole and synced when it
 * bears its name. Not in the lane: seconds, for a job or the slow worker.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/base/turn.h"

/* ERR_EXISTS: there is a file `path`. ERR_LATE: the turn's deadline. ERR_FULL: no room there.
 * Whatever fails, no file `path` is left behind. *bytes_out: its size. */
enum err store_backup(struct turn *t, struct store *s, const char *path,
		      uint64_t *bytes_out) MUST_USE;

#endif
