/* What people write about an incident, while it is open and afterwards. */
#include <assert.h>
#include <string.h>

#include "server/core/incident.h"
#include "store/audit.h"
#include "store/events.h"

/* A note is no row of the timeline: it stands apart, and is not lost among what machines say. */
static enum err noted(struct turn *t, const struct note *n, const char *kind)
{
	const char *subject = incident_subject(t, n->incident);
	const char *text = turn_printf(t, "note %lld: %.300s", (long long)n->id, n->text);

	TRY(audit_add(t, kind, subject, text));
	return event_add(t, TOPIC_INCIDENT, subject, kind, text);
}

static enum err check_text(struct turn *t, const char *text)
{
	size_t n = strnlen(text, NOTE_MAX + 1);

	if (n == 0 || n > NOTE_MAX)
		return fail(t, ERR_INVALID, "text: a note has 1 to %d bytes", NOTE_MAX);
	return OK;
}

enum err incident_note(struct turn *t, int64_t id, const char *who, const char *text,
		       struct note *out)
{
	struct incident i;

	assert(t->in_lane);
	TRY(check_text(t, text));
	TRY(incident_get(t, id, &i));
	*out = (struct note){ .incident = id, .author = who, .text = text, .edited_by = "" };
	TRY(note_add(t, out));
	return noted(t, out, "incident.noted");
}

enum err incident_note_edit(struct turn *t, int64_t note, const char *who, const char *text,
			    struct note *out)
{
	assert(t->in_lane);
	TRY(check_text(t, text));
	TRY(note_get(t, note, out));
	TRY(note_edit(t, out, who, text));
	return noted(t, out, "incident.note_edited");
}
