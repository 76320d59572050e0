/* store/fault_vfs.h - a file system that fails on request, for tests (builds with GF_FAULTS).
 *
 * It stands in front of SQLite's own: store_options.vfs = FAULT_VFS. It sees what SQLite does, not
 * the lock, the reserve and the latch. One plan at a time, for the whole process. Threads: any.
 */
#ifndef STORE_FAULT_VFS_H
#define STORE_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_VFS "gf-fault"

enum fault_op {
	FAULT_OPEN = 1 << 0,
	FAULT_READ = 1 << 1,
	FAULT_WRITE = 1 << 2,
	FAULT_SYNC = 1 << 3,
	FAULT_TRUNCATE = 1 << 4,
	FAULT_CHANGES = FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE,
};

enum fault_kind {
	FAULT_FULL,  /* a write finds no room, nothing is written; elsewhere as FAULT_IO */
	FAULT_IO,    /* the operation fails, nothing is done */
	FAULT_AFTER, /* the operation is done, and fails all the same */
};

struct fault_plan {
	unsigned ops;       /* bits of enum fault_op that count and fail */
	const char *suffix; /* only files that end so ("-wal", ".db"); NULL: all. Static text */
	enum fault_kind kind;
	int64_t nth;   /* the first to fail, from 1 */
	int64_t times; /* how many fail from there; 0: one; < 0: all */
};

/* Before the first store_open that names it; again is fine. */
void fault_vfs_register(void);

void fault_arm(const struct fault_plan *p); /* counts from here */
void fault_disarm(void);
int64_t fault_hits(void); /* how many failed since fault_arm */

/* As long as it is on, no file grows: a write past its end is FULL. */
void fault_disk_full(bool on);

#endif
