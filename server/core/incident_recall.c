/* What was before: the last incidents of the same rule, how they went, and what people wrote. */
#include "server/core/incident.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/units.h"

enum { EARLIER = 3, RECALL_MAX = 1500, NOTE_SHOWN = 200 };

static enum err one(struct turn *t, const struct incident *i, struct buf *b)
{
	char when[CLOCK_TEXT];
	struct note *n;
	size_t n_notes;

	TRY(note_list(t, i->id, &n, &n_notes));
	clock_text(i->opened_ms, when);
	buf_printf(b, "%sincident %lld, %s, over after %s by %s", b->n ? "; " : "",
		   (long long)i->id, when, duration_str(t, i->resolved_ms - i->opened_ms),
		   *i->resolved_by ? i->resolved_by : "itself");
	if (i->feedback == FEEDBACK_NOISE)
		buf_str(b, ", noise");
	if (n_notes)
		buf_printf(b, ", last note: %.*s", NOTE_SHOWN, n[n_notes - 1].text);
	return OK;
}

enum err incident_recall(struct turn *t, const struct incident *i, const char **out)
{
	struct buf b = buf_in(t->mem, RECALL_MAX);
	struct incident *e;
	size_t n;

	TRY(incident_earlier(t, i, EARLIER, &e, &n));
	for (size_t k = 0; k < n; k++)
		TRY(one(t, &e[k], &b));
	*out = buf_text(&b);
	return OK;
}
