/* server/core/rota.h - who has the shift: layers, temporary schedules and overrides, read as a
 * person would read them off a wall clock.
 *
 * A handoff at 09:00 is at 09:00 of its zone on every day, also where the day has 23 or 25 hours.
 * Of several layers the last that has somebody counts; while the frame of a temporary schedule
 * holds only its shifts do; overrides come last, the newest wins. Pure.
 */
#ifndef SERVER_CORE_ROTA_H
#define SERVER_CORE_ROTA_H

#include "store/base/turn.h"
#include "store/oncall.h"

enum { ROTA_PEOPLE = 40, ROTA_POINTS = 21, ROTA_SHIFTS_MAX = 2000 };

/* A schedule made ready to be asked. */
struct rota;

/* Checks everything that a schedule's texts say; overrides in order of id. ERR_INVALID names the
 * field. */
enum err rota_read(struct turn *t, const struct schedule *s, const struct override *o, size_t n,
		   struct rota **out) MUST_USE;

struct shift {
	const char *person; /* "": nobody */
	const char *source; /* "layer days", "override 3", "temporary 5", "" */
	int64_t override;   /* its id; 0: a layer */
	int64_t from_ms, to_ms;
};

/* Who has it then, and when at the latest that is to be asked again (to_ms). */
struct shift rota_at(struct turn *t, const struct rota *r, int64_t at_ms);

/* All of [from, to), neighbours of the same person and source joined; at most `max`, up to
 * ROTA_SHIFTS_MAX: the last then ends before to_ms. */
size_t rota_shifts(struct turn *t, const struct rota *r, int64_t from_ms, int64_t to_ms, size_t max,
		   struct shift **out);

/* Whether the person is named anywhere in the lines. */
bool rota_names(const char *lines, const char *name);

#endif
