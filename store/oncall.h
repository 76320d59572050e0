/* store/oncall.h - who is called: people, rotations, what deviates from them, the levels.
 *
 * Tables: people, schedules, layers, overrides, call_levels. Removed rows stay, as history names
 * them. Lists are texts, one item a line. What changes something is for the lane.
 */
#ifndef STORE_ONCALL_H
#define STORE_ONCALL_H

#include "store/base/turn.h"

enum {
	PEOPLE_MAX = 200,
	SCHEDULES_MAX = 20,
	LAYERS_MAX = 8,
	OVERRIDES_MAX = 500, /* that have not ended, of one schedule */
	ONCALL_NAME_MAX = 40,
};

/* On disk as these numbers; the same as the contract's. Never renumber. */
enum person_kind { PERSON_RESPONDER = 1, PERSON_CONTACT = 2, PERSON_VENDOR = 3 };
enum layer_kind { LAYER_DAILY = 1, LAYER_WEEKLY = 2, LAYER_CUSTOM = 3 };
enum override_kind {
	OVERRIDE_PLAIN = 1,
	OVERRIDE_TAKE = 2,
	OVERRIDE_FRAME = 3,
	OVERRIDE_SHIFT = 4,
};

struct person {
	int64_t id;
	const char *name;
	enum person_kind kind;
	const char *full_name, *email, *phone, *zone, *note;
	const char *channels; /* lines "NAME LEAST" */
	int64_t created_ms;
	int64_t version;
};

struct layer {
	const char *name;
	enum layer_kind kind;
	int64_t every;
	int64_t start_min;    /* of the zone's wall clock since 1970-01-01 00:00 */
	const char *people;   /* lines */
	const char *handoffs; /* lines */
	const char *active;   /* lines */
};

struct schedule {
	int64_t id;
	const char *name, *zone, *note;
	int64_t created_ms;
	int64_t version;
	struct layer layers[LAYERS_MAX]; /* the last covers those before */
	size_t n_layers;
};

struct override {
	int64_t id, schedule;
	enum override_kind kind;
	int64_t of_frame;
	const char *person, *instead; /* "": nobody, whoever */
	int64_t from_ms, to_ms;
	const char *reason, *author;
	int64_t created_ms;
};

/* By name. */
enum err person_list(struct turn *t, struct person **out, size_t *n_out) MUST_USE;
/* ERR_MISSING names them. */
enum err person_get(struct turn *t, const char *name, struct person *out) MUST_USE;
/* id 0: a new one. ERR_EXISTS (without a word): the name is taken. ERR_STALE. Sets id, version. */
enum err person_put(struct turn *t, struct person *p) MUST_USE;
enum err person_remove(struct turn *t, const struct person *p) MUST_USE;

/* By name, with their layers. */
enum err schedule_list(struct turn *t, struct schedule **out, size_t *n_out) MUST_USE;
enum err schedule_get(struct turn *t, const char *name, struct schedule *out) MUST_USE;
/* The layers are replaced. As person_put. */
enum err schedule_put(struct turn *t, struct schedule *s) MUST_USE;
enum err schedule_remove(struct turn *t, const struct schedule *s) MUST_USE;

/* Those that hold at some time of [from_ms, to_ms), by id. */
enum err override_list(struct turn *t, int64_t schedule, int64_t from_ms, int64_t to_ms,
		       struct override **out, size_t *n_out) MUST_USE;
/* ERR_MISSING names it. */
enum err override_get(struct turn *t, int64_t id, struct override *out) MUST_USE;
/* Sets id. */
enum err override_add(struct turn *t, struct override *o) MUST_USE;
/* And the shifts of a frame. */
enum err override_remove(struct turn *t, int64_t id) MUST_USE;

/* The level's targets, lines; "" where there are none. */
enum err call_level(struct turn *t, int level, const char **targets_out) MUST_USE;
/* "": none. */
enum err call_level_set(struct turn *t, int level, const char *targets) MUST_USE;

#endif
