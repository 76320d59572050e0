#include "server/api/msg_oncall.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/calendar.h"
#include "store/base/buf.h"

enum {
	LINES_MOST = 64,
	LINES_BYTES = 2000,
	LINE_MOST = 120,
	MINUTE_MS = 60000,
	NINE_MINUTES = 540
};

char **msg_lines(struct turn *t, const char *lines, const char *prefix, size_t *n_out)
{
	char **v = turn_array(t, LINES_MOST, sizeof(*v));
	char *rest = turn_strdup(t, lines), *line;

	*n_out = 0;
	while (*n_out < LINES_MOST && (line = strsep(&rest, "\n")) != NULL)
		if (*line)
			v[(*n_out)++] = turn_printf(t, "%s%s", prefix, line);
	return v;
}

enum err lines_of(struct turn *t, const char *field, char *const *v, size_t n, const char **out)
{
	struct buf b = buf_in(t->mem, LINES_BYTES);

	for (size_t i = 0; i < n; i++) {
		if (!*v[i] || strlen(v[i]) > LINE_MOST || strchr(v[i], '\n'))
			return fail(t, ERR_INVALID, "%s: '%.60s' is empty, too long or two lines",
				    field, v[i]);
		buf_printf(&b, "%s%s", i ? "\n" : "", v[i]);
	}
	if (b.full || n > LINES_MOST)
		return fail(t, ERR_INVALID, "%s: too many", field);
	*out = buf_text(&b);
	return OK;
}

enum err person_name_of(struct turn *t, const char *field, const char *said, const char **out)
{
	*out = "";
	return *said ? name_of(t, field, "people", said, out) : OK;
}

/* ---- people ---- */

static void channels(struct turn *t, const struct person *p, Ghostfleet__V1__Person *m)
{
	char **lines = msg_lines(t, p->channels, "channels/", &m->n_channels);

	m->channels = turn_array(t, m->n_channels + 1, sizeof(*m->channels));
	for (size_t i = 0; i < m->n_channels; i++) {
		char *least = strchr(lines[i], ' ');

		m->channels[i] = msg_new(t, &ghostfleet__v1__person_channel__descriptor);
		*least++ = 0;
		m->channels[i]->channel = lines[i];
		m->channels[i]->least_severity = (Ghostfleet__V1__IncidentSeverity)(*least - '0');
	}
}

Ghostfleet__V1__Person *msg_person(struct turn *t, const struct person *p)
{
	Ghostfleet__V1__Person *m = msg_new(t, &ghostfleet__v1__person__descriptor);

	m->name = turn_printf(t, "people/%s", p->name);
	m->etag = turn_printf(t, "%lld", (long long)p->version);
	m->kind = (Ghostfleet__V1__PersonKind)p->kind;
	m->full_name = msg_text(t, p->full_name);
	m->email = msg_text(t, p->email);
	m->phone = msg_text(t, p->phone);
	m->time_zone = msg_text(t, p->zone);
	m->note = msg_text(t, p->note);
	channels(t, p, m);
	m->create_time = msg_time(t, p->created_ms);
	return m;
}

static enum err channels_of(struct turn *t, const Ghostfleet__V1__Person *m, const char **out)
{
	struct buf b = buf_in(t->mem, LINES_BYTES);

	for (size_t i = 0; i < m->n_channels; i++) {
		int least = (int)m->channels[i]->least_severity;
		const char *name;

		TRY(name_of(t, "person.channels", "channels", m->channels[i]->channel, &name));
		if (least < 0 ||
		    least > GHOSTFLEET__V1__INCIDENT_SEVERITY__INCIDENT_SEVERITY_CRITICAL)
			return fail(t, ERR_INVALID, "person.channels: no such severity: %d", least);
		buf_printf(&b, "%s%s %d", i ? "\n" : "", name, least ? least : 1);
	}
	if (b.full)
		return fail(t, ERR_INVALID, "person.channels: too many");
	*out = buf_text(&b);
	return OK;
}

static enum err etag_of(struct turn *t, const char *field, const char *etag, int64_t *out)
{
	*out = 0;
	return *etag ? id_of(t, field, "etag", etag, out) : OK;
}

enum err person_of(struct turn *t, const Ghostfleet__V1__Person *m, struct person *out,
		   int64_t *version_out)
{
	if (!m)
		return fail(t, ERR_INVALID, "person: is missing");
	*out = (struct person){ .kind = m->kind ? (enum person_kind)m->kind : PERSON_RESPONDER,
				.full_name = m->full_name,
				.email = m->email,
				.phone = m->phone,
				.zone = m->time_zone,
				.note = m->note };
	TRY(name_of(t, "person.name", "people", m->name, &out->name));
	if (out->kind < PERSON_RESPONDER || out->kind > PERSON_VENDOR)
		return fail(t, ERR_INVALID, "person.kind: no such kind: %d", (int)m->kind);
	TRY(channels_of(t, m, &out->channels));
	return etag_of(t, "person.etag", m->etag, version_out);
}

/* ---- schedules ---- */

static Ghostfleet__V1__ScheduleLayer *layer(struct turn *t, const struct layer *l)
{
	Ghostfleet__V1__ScheduleLayer *m = msg_new(t, &ghostfleet__v1__schedule_layer__descriptor);

	m->name = msg_text(t, l->name);
	m->kind = (Ghostfleet__V1__LayerKind)l->kind;
	m->every = (int32_t)l->every;
	/* A wall clock is read the same everywhere. */
	m->start = msg_text(t, local_text(t, "UTC", l->start_min * MINUTE_MS));
	m->people = msg_lines(t, l->people, "people/", &m->n_people);
	m->handoffs = msg_lines(t, l->handoffs, "", &m->n_handoffs);
	m->active = msg_lines(t, l->active, "", &m->n_active);
	return m;
}

Ghostfleet__V1__Schedule *msg_schedule(struct turn *t, const struct schedule *s)
{
	Ghostfleet__V1__Schedule *m = msg_new(t, &ghostfleet__v1__schedule__descriptor);

	m->name = turn_printf(t, "schedules/%s", s->name);
	m->etag = turn_printf(t, "%lld", (long long)s->version);
	m->time_zone = msg_text(t, s->zone);
	m->note = msg_text(t, s->note);
	m->layers = turn_array(t, s->n_layers + 1, sizeof(*m->layers));
	for (size_t i = 0; i < s->n_layers; i++)
		m->layers[m->n_layers++] = layer(t, &s->layers[i]);
	m->create_time = msg_time(t, s->created_ms);
	return m;
}

/* At nine, of a week that has begun everywhere. */
static int64_t last_monday(int64_t now_ms)
{
	int64_t monday;

	(void)week_minutes(now_ms / MINUTE_MS - DAY_MINUTES, &monday);
	return monday + NINE_MINUTES;
}

static enum err layer_of(struct turn *t, const Ghostfleet__V1__ScheduleLayer *m, struct layer *out)
{
	char **people = turn_array(t, m->n_people + 1, sizeof(*people));

	*out = (struct layer){ .name = m->name,
			       .kind = (enum layer_kind)m->kind,
			       .every = m->every ? m->every : 1 };
	if (out->kind < LAYER_DAILY || out->kind > LAYER_CUSTOM)
		return fail(t, ERR_INVALID, "layers.kind: want daily, weekly or custom");
	if (*m->start)
		TRY(local_to_ms(t, "layers.start", "UTC", m->start, &out->start_min));
	out->start_min = *m->start ? out->start_min / MINUTE_MS : last_monday(t->now_ms);
	for (size_t i = 0; i < m->n_people; i++) {
		const char *name;

		TRY(name_of(t, "layers.people", "people", m->people[i], &name));
		people[i] = msg_text(t, name);
	}
	TRY(lines_of(t, "layers.people", people, m->n_people, &out->people));
	TRY(lines_of(t, "layers.handoffs", m->handoffs, m->n_handoffs, &out->handoffs));
	return lines_of(t, "layers.active", m->active, m->n_active, &out->active);
}

enum err schedule_of(struct turn *t, const Ghostfleet__V1__Schedule *m, struct schedule *out,
		     int64_t *version_out)
{
	if (!m)
		return fail(t, ERR_INVALID, "schedule: is missing");
	*out = (struct schedule){ .zone = m->time_zone, .note = m->note };
	TRY(name_of(t, "schedule.name", "schedules", m->name, &out->name));
	if (m->n_layers > LAYERS_MAX)
		return fail(t, ERR_INVALID, "layers: %d are the most", LAYERS_MAX);
	for (size_t i = 0; i < m->n_layers; i++)
		TRY(layer_of(t, m->layers[i], &out->layers[out->n_layers++]));
	return etag_of(t, "schedule.etag", m->etag, version_out);
}

/* ---- shifts and overrides ---- */

static char *person_name(struct turn *t, const char *name)
{
	return *name ? turn_printf(t, "people/%s", name) : msg_text(t, "");
}

Ghostfleet__V1__Shift *msg_shift(struct turn *t, const struct shift *s, const char *zone)
{
	Ghostfleet__V1__Shift *m = msg_new(t, &ghostfleet__v1__shift__descriptor);

	m->person = person_name(t, s->person);
	m->source = msg_text(t, s->source);
	m->start_time = msg_time(t, s->from_ms);
	m->end_time = msg_time(t, s->to_ms);
	m->start_text = msg_text(t, local_words(t, zone, s->from_ms));
	m->end_text = msg_text(t, local_words(t, zone, s->to_ms));
	return m;
}

Ghostfleet__V1__Override *msg_override(struct turn *t, const struct override *o,
				       const char *schedule)
{
	Ghostfleet__V1__Override *m = msg_new(t, &ghostfleet__v1__override__descriptor);

	m->name = turn_printf(t, "overrides/%lld", (long long)o->id);
	m->schedule = turn_printf(t, "schedules/%s", schedule);
	m->kind = (Ghostfleet__V1__OverrideKind)o->kind;
	m->person = person_name(t, o->person);
	m->instead = person_name(t, o->instead);
	m->start_time = msg_time(t, o->from_ms);
	m->end_time = msg_time(t, o->to_ms);
	m->reason = msg_text(t, o->reason);
	m->author = msg_text(t, o->author);
	return m;
}
