/* store/incident_work.h - what people do about an incident: the fields of its template, action
 * items, links to others, and what the public was told.
 *
 * Tables: incident_answers, incident_actions, incident_links, announcements. What changes something
 * is for the lane.
 */
#ifndef STORE_INCIDENT_WORK_H
#define STORE_INCIDENT_WORK_H

#include "store/base/turn.h"

enum { ANSWER_MAX = 4000, FIELD_MAX = 40, ACTION_TEXT_MAX = 1000, ACTIONS_MAX = 100 };

struct incident_answer {
	const char *field, *text, *author;
	int64_t at_ms;
};
/* By field. */
enum err answer_list(struct turn *t, int64_t incident, struct incident_answer **out,
		     size_t *n_out) MUST_USE;
/* Replaces what was answered before. */
enum err answer_put(struct turn *t, int64_t incident, const struct incident_answer *a) MUST_USE;

/* On disk as these numbers, the same as the contract's. */
enum action_kind { ACTION_PREVENT = 1, ACTION_DETECT = 2, ACTION_MITIGATE = 3 };
struct action_item {
	int64_t id, incident;
	enum action_kind kind;
	const char *text, *owner;
	int64_t due_ms, done_ms; /* 0: none, not yet */
	const char *done_by;
};
/* Of an incident, by id; or with incident 0 all that are not done, the earliest due first. */
enum err action_list(struct turn *t, int64_t incident, size_t limit, struct action_item **out,
		     size_t *n_out) MUST_USE;
/* ERR_MISSING names it. */
enum err action_get(struct turn *t, int64_t id, struct action_item *out) MUST_USE;
/* Sets id. ERR_FULL: the incident has ACTIONS_MAX. */
enum err action_add(struct turn *t, struct action_item *a) MUST_USE;
/* All but id and incident. */
enum err action_save(struct turn *t, const struct action_item *a) MUST_USE;

/* Both ways; *added_out false: they were linked. */
enum err incident_link_put(struct turn *t, int64_t a, int64_t b, const char *author,
			   bool *added_out) MUST_USE;
/* The others, by id. */
enum err incident_link_list(struct turn *t, int64_t incident, int64_t **out,
			    size_t *n_out) MUST_USE;

/* On disk as these numbers, the same as the contract's. */
enum announce_state {
	ANNOUNCE_INVESTIGATING = 1,
	ANNOUNCE_IDENTIFIED = 2,
	ANNOUNCE_MONITORING = 3,
	ANNOUNCE_RESOLVED = 4,
};
struct announcement {
	int64_t id, incident; /* incident 0: of none */
	int64_t at_ms;
	const char *author;
	enum announce_state state;
	const char *title, *text;
};
/* Sets id and at_ms. */
enum err announcement_add(struct turn *t, struct announcement *a) MUST_USE;
/* The newest first; of one incident, or of all since then with incident 0. */
enum err announcement_list(struct turn *t, int64_t incident, int64_t since_ms, size_t limit,
			   struct announcement **out, size_t *n_out) MUST_USE;

#endif
