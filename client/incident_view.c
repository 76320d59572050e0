#include "client/incident_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/out.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"

/* Characters, not bytes. */
static size_t width_of(const char *s, size_t n)
{
	size_t w = 0;

	for (size_t k = 0; k < n; k++)
		w += ((unsigned char)s[k] & 0xc0) != 0x80;
	return w;
}

/* The bytes of the first `most` characters of the n. */
static size_t bytes_of(const char *s, size_t n, size_t most)
{
	size_t w = 0, k = 0;

	for (; k < n; k++) {
		bool begins = ((unsigned char)s[k] & 0xc0) != 0x80;

		if (begins && w == most)
			break;
		w += begins;
	}
	return k;
}

void narrow_text(struct turn *t, const char *indent, const char *text)
{
	const char *s = clean(t, text);
	size_t room = NARROW - strlen(indent);

	while (*s) {
		size_t n = strlen(s);

		if (width_of(s, n) > room) {
			n = bytes_of(s, n, room);
			/* At the last space, if there is one; a long word is cut. */
			size_t at = n;

			while (at > 0 && s[at] != ' ')
				at--;
			n = at > 0 ? at : n;
		}
		(void)printf("%s%.*s\n", indent, (int)n, s);
		s += n;
		s += strspn(s, " ");
	}
}

const char *severity_text(struct turn *t, const Ghostfleet__V1__Incident *i)
{
	return enum_text(t, &ghostfleet__v1__incident_severity__descriptor, (int)i->severity);
}

const char *holder_text(struct turn *t, const Ghostfleet__V1__Incident *i)
{
	switch (i->state) {
	case GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_TRIGGERED:
		return "nobody";
	case GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_ACKNOWLEDGED:
		return clean(t, i->acknowledged_by);
	case GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_RESOLVED:
		return "over";
	case GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_UNSPECIFIED:
	default: /* a state that is newer than this client */
		return "?";
	}
}

const char *due_text(struct turn *t, const Ghostfleet__V1__Incident *i)
{
	const Google__Protobuf__Timestamp *ack = i->acknowledge_deadline;
	const Google__Protobuf__Timestamp *end = i->resolve_deadline;

	if (ack && (!end || stamp_ms(ack) <= stamp_ms(end)))
		return turn_printf(t, "ack %s", until(t, ack));
	if (end)
		return turn_printf(t, "resolve %s", until(t, end));
	return "";
}

static const char *upper(struct turn *t, const char *s)
{
	char *copy = turn_strdup(t, s);

	for (char *p = copy; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return copy;
}

void narrow_incident(struct turn *t, const Ghostfleet__V1__Incident *i)
{
	const char *due = due_text(t, i);

	narrow_text(t, "",
		    turn_printf(t, "#%s %s, %s %s", short_name(i->name),
				upper(t, severity_text(t, i)), age(t, i->open_time),
				i->resolve_time ? "over"
				: i->acknowledge_time
					? turn_printf(t, "%s has it", i->acknowledged_by)
					: "NOBODY HAS IT"));
	narrow_text(t, "  ", i->title);
	if (*due)
		narrow_text(t, "  ", due);
}

/* ---- all about one ---- */

static const char *utc(struct turn *t, const Google__Protobuf__Timestamp *at)
{
	char when[CLOCK_TEXT];

	if (!at)
		return "-";
	clock_text(stamp_ms(at), when);
	return turn_printf(t, "%.10s %.8s", when, when + 11);
}

static void head(struct turn *t, const Ghostfleet__V1__Incident *i)
{
	(void)printf("%s  %s\n", clean(t, i->name), clean(t, i->title));
	(void)printf("severity   %s%s%s\n", severity_text(t, i), i->page ? "" : ", a ticket",
		     i->flapping ? ", flapping" : "");
	(void)printf("state      %s",
		     enum_text(t, &ghostfleet__v1__incident_state__descriptor, (int)i->state));
	if (*i->acknowledged_by && !i->resolve_time)
		(void)printf(", %s has it", clean(t, i->acknowledged_by));
	if (i->resolve_time)
		(void)printf(", %s by %s",
			     enum_text(t, &ghostfleet__v1__incident_resolution__descriptor,
				       (int)i->resolution),
			     clean(t, i->resolved_by));
	(void)printf("\nabout      %s\n", clean(t, i->subject));
	if (*i->rule)
		(void)printf("rule       %s\n", clean(t, i->rule));
	if (*i->text)
		(void)printf("text       %s\n", clean(t, i->text));
	(void)printf("began      %s UTC, triggered %" PRId64 " times\n", utc(t, i->since_time),
		     i->occurrences);
	if (*due_text(t, i))
		(void)printf("next       %s\n", due_text(t, i));
	if (i->acknowledge_missed || i->resolve_missed)
		(void)printf("missed     %s%s%s\n", i->acknowledge_missed ? "acknowledge" : "",
			     i->acknowledge_missed && i->resolve_missed ? ", " : "",
			     i->resolve_missed ? "resolve" : "");
	if (*i->recurrence_of)
		(void)printf("before     %s\n", clean(t, i->recurrence_of));
	if (*i->merged_into)
		(void)printf("same as    %s\n", clean(t, i->merged_into));
}

static void impact(struct turn *t, const Ghostfleet__V1__IncidentImpact *m)
{
	if (!m)
		return;
	if (m->downtime)
		(void)printf("downtime   %s\n", duration_str(t, m->downtime->seconds * 1000));
	if (m->_missed_duties_case)
		(void)printf("missed     %" PRId64 " duties\n", m->missed_duties);
	if (m->_balance_change_gwei_case)
		(void)printf("balance    %+" PRId64 " gwei\n", m->balance_change_gwei);
	if (m->_wallets_case)
		(void)printf("wallets    %" PRId64 "\n", m->wallets);
}

static void notes(struct turn *t, const Ghostfleet__V1__GetIncidentResponse *r)
{
	for (size_t k = 0; k < r->n_notes; k++) {
		const Ghostfleet__V1__IncidentNote *n = r->notes[k];

		(void)printf("%snote %s, %s, %s UTC%s\n  %s\n", k ? "" : "\n",
			     short_name(strrchr(n->name, '/') ? strrchr(n->name, '/') : n->name),
			     clean(t, n->author), utc(t, n->create_time),
			     n->edits ? ", edited" : "", clean(t, n->text));
	}
}

static void fields(struct turn *t, const Ghostfleet__V1__GetIncidentResponse *r)
{
	for (size_t k = 0; k < r->n_fields; k++)
		(void)printf("%s%-12s %s\n", k ? "" : "\nits template\n",
			     clean(t, r->fields[k]->field),
			     *r->fields[k]->text
				     ? clean(t, r->fields[k]->text)
				     : turn_printf(t, "(%s)", clean(t, r->fields[k]->question)));
}

static void items(struct turn *t, const Ghostfleet__V1__GetIncidentResponse *r)
{
	for (size_t k = 0; k < r->n_action_items; k++) {
		const Ghostfleet__V1__ActionItem *a = r->action_items[k];

		(void)printf("%s%s %s  %s, %s%s%s\n", k ? "" : "\naction items\n",
			     a->done_time ? "[x]" : "[ ]", short_name(a->name), clean(t, a->text),
			     *a->owner ? clean(t, a->owner) : "nobody's",
			     a->due_time ? ", due " : "", a->due_time ? until(t, a->due_time) : "");
	}
}

void show_incident(struct turn *t, const Ghostfleet__V1__GetIncidentResponse *r)
{
	static const char *const heads[] = { "#", "WHEN (UTC)", "WHO", "WHAT", "TEXT", NULL };
	struct table tb = table_new(t, heads);

	if (!r->incident)
		return;
	head(t, r->incident);
	impact(t, r->incident->impact);
	for (size_t k = 0; k < r->n_linked; k++)
		(void)printf("linked     %s\n", clean(t, r->linked[k]));
	fields(t, r);
	notes(t, r);
	items(t, r);
	(void)printf("\n");
	for (size_t k = 0; k < r->n_timeline; k++) {
		const Ghostfleet__V1__TimelineRow *w = r->timeline[k];

		table_row(&tb, turn_printf(t, "%" PRId64, w->seq), utc(t, w->time), w->actor,
			  w->count > 1
				  ? turn_printf(
					    t, "%s ×%" PRId64,
					    enum_text(t, &ghostfleet__v1__timeline_kind__descriptor,
						      (int)w->kind),
					    w->count)
				  : enum_text(t, &ghostfleet__v1__timeline_kind__descriptor,
					      (int)w->kind),
			  w->text, NULL);
	}
	table_print(&tb, stdout, "");
	if (r->more)
		(void)printf("more: ghostctl incidents get %s --after %" PRId64 "\n",
			     short_name(r->incident->name), r->timeline[r->n_timeline - 1]->seq);
}
