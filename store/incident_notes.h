/* store/incident_notes.h - what people write about an incident; what it said before is kept.
 *
 * Tables: incident_notes, incident_note_versions. Apart from the timeline, which machines write.
 * What changes something is for the lane.
 */
#ifndef STORE_INCIDENT_NOTES_H
#define STORE_INCIDENT_NOTES_H

#include "store/base/turn.h"

enum { NOTE_MAX = 16384, NOTES_MAX = 500 }; /* bytes of one, notes of an incident */

struct note {
	int64_t id, incident;
	const char *author;
	int64_t at_ms;
	const char *text;
	int64_t edits, edited_ms; /* 0: as it was written */
	const char *edited_by;
};

/* By id; all of them, as there are NOTES_MAX at most. */
enum err note_list(struct turn *t, int64_t incident, struct note **out, size_t *n_out) MUST_USE;
/* ERR_MISSING names it. */
enum err note_get(struct turn *t, int64_t id, struct note *out) MUST_USE;
/* Sets id. ERR_FULL: there are NOTES_MAX. */
enum err note_add(struct turn *t, struct note *n) MUST_USE;
/* What it says now becomes its history; `n` is what it says from now on. */
enum err note_edit(struct turn *t, struct note *n, const char *author, const char *text) MUST_USE;

struct note_version {
	int64_t edit, at_ms; /* edit 0: the first */
	const char *author, *text;
};
/* What it said before, the oldest first. */
enum err note_history(struct turn *t, int64_t note, struct note_version **out,
		      size_t *n_out) MUST_USE;

#endif
