/* server/core/oncall.h - who is called, now and later: people, schedules, overrides, the levels
 * that are told one after the other, and the times when nobody would be.
 *
 * What changes something is for the lane, audited, and told as an event.
 */
#ifndef SERVER_CORE_ONCALL_H
#define SERVER_CORE_ONCALL_H

#include "server/core/rota.h"
#include "store/base/turn.h"
#include "store/oncall.h"

enum { ONCALL_LEVELS = 3, ONCALL_TARGETS = 8, PERSON_CHANNELS = 8, ONCALL_LOOK_DAYS = 366 };

/* "primary", "secondary", "lead". */
const char *oncall_level_name(int level);

/* ---- changes; version 0: whatever it is, or new. ERR_INVALID names the field ---- */

enum err oncall_save_person(struct turn *t, int64_t version, struct person *p) MUST_USE;
/* ERR_REFUSED: a schedule, level or override names them. */
enum err oncall_remove_person(struct turn *t, const char *name, int64_t version,
			      struct person *out) MUST_USE;
enum err oncall_save_schedule(struct turn *t, int64_t version, struct schedule *s) MUST_USE;
/* ERR_REFUSED: a level names it. */
enum err oncall_remove_schedule(struct turn *t, const char *name, int64_t version,
				struct schedule *out) MUST_USE;

/* Targets are lines "schedules/X", "people/X", "channels/X"; "": the level is not used. */
enum err oncall_set_level(struct turn *t, int level, const char *targets) MUST_USE;

/* `o` has kind PLAIN, or FRAME with `n` shifts in `shifts` (person, from_ms, to_ms). from_ms may be
 * past; to_ms may not. Sets ids. */
enum err oncall_override(struct turn *t, const char *schedule, struct override *o,
			 struct override *shifts, size_t n) MUST_USE;
enum err oncall_end_override(struct turn *t, int64_t id, struct override *out) MUST_USE;
/* From now until the present shift ends, or until_ms. person "": the turn's actor, who must be one
 * of the people. */
enum err oncall_take(struct turn *t, const char *schedule, const char *person, int64_t until_ms,
		     const char *reason, struct override *out) MUST_USE;

/* ---- looking ---- */

/* The schedule, ready to be asked about [from_ms, to_ms). */
enum err oncall_rota(struct turn *t, const struct schedule *s, int64_t from_ms, int64_t to_ms,
		     struct rota **out) MUST_USE;

/* One target of a level as it is at that time. */
struct on_duty {
	int level;
	const char *target; /* "schedules/X" */
	const char *person; /* "": nobody, or a channel */
	const char *source; /* of a schedule's shift */
	int64_t until_ms;   /* of a schedule's shift; 0: always */
};
enum err oncall_duties(struct turn *t, int64_t at_ms, struct on_duty **out, size_t *n_out) MUST_USE;

/* When a level that is used has nobody for a minute or more. */
struct gap {
	int level;
	int64_t from_ms, to_ms;
};
enum err oncall_gaps(struct turn *t, int64_t from_ms, int64_t to_ms, struct gap **out,
		     size_t *n_out) MUST_USE;

#endif
