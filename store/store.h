/* store/store.h - the store as a whole: open it, give each thread a session, read, write.
 * The nouns have their own headers (wallets.h, operations.h, intents.h, ...).
 *
 * One file, SQLite in WAL mode, FULL sync. One lane writes (lane_run); any thread reads on a
 * session of its own. A lock file refuses a second daemon. Nothing outside this folder sees SQL.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"
#include "store/base/turn.h"

struct store;
struct db;

/* What changed, for those who wait for it: job wake-ups, watch streams, caches. A bit set. */
enum topic {
	TOPIC_FLEET = 1 << 0, /* pause, resume, lockdown, identity, safe list */
	TOPIC_WALLET = 1 << 1,
	TOPIC_OPERATION = 1 << 2, /* operations and their steps */
	TOPIC_TX = 1 << 3,        /* intents and attempts */
	TOPIC_ENDPOINT = 1 << 4,
	TOPIC_CHAIN = 1 << 5,     /* fees, head, balances */
	TOPIC_VALIDATOR = 1 << 6, /* validators and the Beacon nodes that tell of them */
	TOPIC_NOTIFY = 1 << 7, /* channels and their outbox: not of ALL, as no answer shows them */
	TOPIC_INCIDENT = 1 << 8,
	TOPIC_ALL = ((1 << 7) - 1) | TOPIC_INCIDENT,
	TOPIC_RULE = 1 << 9, /* rules, and the figures they are about: not of ALL either */
};

struct store_options {
	const char *path; /* the database file; its folder also holds lock, reserve, pause.latch */
	size_t reserve_bytes; /* 0: the default, 64 MiB */
	bool no_lane_thread; /* lane_run works inline, in the caller's thread (tests, simulation) */
	bool offline;        /* read only, no lock, no lane: verify, rescue, tests on a copy */
	bool lazy;           /* statements are compiled when they are first used: for who opens
			      * a store a hundred times a second (simulation) */
	const char *vfs;     /* tests: a fault-injecting file system by name; NULL: the default */
};

/* Open or create; refuse a newer schema and a second daemon, migrate an older one, compile every
 * statement. Reads pause.latch first, if there is one. Caller owns *out.
 * ERR_REFUSED: locked by another process (named), or made by a newer version.
 * ERR_BROKEN: damaged. */
enum err store_open(struct turn *t, const struct store_options *o, struct store **out) MUST_USE;
void store_close(struct store *s); /* waits for the lane to finish; NULL is fine */

/* A thread's own read session; never passed to another thread. Caller owns *out. */
enum err store_session(struct turn *t, struct store *s, struct db **out) MUST_USE;
void store_session_close(struct db *db); /* NULL is fine */

/* Run `fn` on one snapshot of the store, on t->db, at most 100 ms: holds the checkpoint gate.
 * A single noun call outside it is its own snapshot. */
typedef enum err store_fn(struct turn *t, void *arg);
enum err read_run(struct turn *t, store_fn *fn, void *arg) MUST_USE;

/* The only way to write. Waits for the lane, to the turn's deadline; runs `fn` on the lane's
 * session with t->in_lane set, in a savepoint of its own, in a group with others; returns after
 * COMMIT. On anything but OK nothing of `fn` is kept (but see emergency). validate_only: fn runs,
 * nothing is kept, its result is returned. With t->request set: replays the first OK answer to
 * the same (actor, method, id), refuses another body.
 * Emergency: on a full disk `fn` is run again, up to four times in all; it sets its outputs anew.
 * A function in the lane asks no network, waits for nothing, takes at most 20 ms: up to 64
 * signatures or 1,000 rows. It must not call lane_run.
 * ERR_LATE: the deadline passed before it ran. ERR_FULL: the disk (DISK_FULL), nothing was
 * changed; or too many wait already (SERVER_BUSY).
 * ERR_AWAY: it may have been written; repeat with the same request id. */
enum err lane_run(struct turn *t, store_fn *fn, void *arg) MUST_USE;

/* As lane_run, for a thread that must not wait: queues and returns at once. `done` is called once,
 * on the lane's thread (without one: in here), after COMMIT or failure, with what lane_run would
 * have returned; it must be quick. The turn, its memory and `arg` stay the lane's until then.
 * Anything but OK: not queued, `done` will not be called. ERR_FULL: too many wait already. */
typedef void lane_done(void *arg, enum err result);
enum err lane_submit(struct turn *t, store_fn *fn, void *arg, lane_done *done,
		     void *done_arg) MUST_USE;

/* In the lane: these topics changed. Waiters are woken after COMMIT, never before. */
void lane_touch(struct turn *t, unsigned topics);

/* Called on the lane's thread after each COMMIT with the topics that changed; must be quick and
 * take no lock that a lane_run caller holds. Register before the threads start. */
typedef void store_listener(void *arg, unsigned topics);
void store_listen(struct store *s, store_listener *fn, void *arg);
/* After it returns, `fn` is not running and is never called again. */
void store_unlisten(struct store *s, store_listener *fn, void *arg);

/* Counts commits that changed `topics` (any of them) since open: a cache key. Atomic. */
uint64_t store_version(const struct store *s, unsigned topics);

/* Bytes and counters for metrics; atomics. */
struct store_stats {
	uint64_t commits, groups, turns, rolled_back, wal_bytes, disk_full;
	int64_t lane_depth;
	bool latched;      /* a pause could only be written to pause.latch */
	bool full;         /* the disk refused the last group of changes; TOPIC_FLEET tells */
	bool reserve_gone; /* freed for an emergency, or there was no room for it */
};
struct store_stats store_stats(const struct store *s);

/* The stop that needs no disk: set by a pause that only reached the latch, and by every pause
 * after COMMIT; read before anything is authorised or first sent. Atomic. */
bool store_stopped(const struct store *s);

/* The schema that this version writes: the number of its last migration. */
int store_schema(void);

#endif
