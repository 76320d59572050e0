/* ghostfleet.v1.HeartbeatService */
#include "ghostfleet/v1/heartbeat.pb-c.h"

#include "server/api/api.h"
#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/heartbeat.h"

static const int64_t YEAR_MS = 366 * INT64_C(86400000);

static Ghostfleet__V1__AwaitedHeartbeat *msg_heartbeat(struct turn *t, const struct heartbeat *h)
{
	Ghostfleet__V1__AwaitedHeartbeat *m =
		msg_new(t, &ghostfleet__v1__awaited_heartbeat__descriptor);

	m->name = msg_text(t, heartbeat_subject(t, h->name));
	m->etag = turn_printf(t, "%lld", (long long)h->version);
	m->kind = (Ghostfleet__V1__HeartbeatKind)h->kind;
	m->period = msg_duration(t, h->period_ms);
	m->grace = msg_duration(t, h->grace_ms);
	m->severity = (Ghostfleet__V1__IncidentSeverity)h->severity;
	m->note = msg_text(t, h->note);
	m->state = (Ghostfleet__V1__HeartbeatState)h->state;
	m->beat_time = msg_time(t, h->beat_ms);
	m->due_time = msg_time(t, h->due_ms);
	m->start_time = msg_time(t, h->start_ms);
	m->took = msg_duration(t, h->took_ms);
	m->said = msg_text(t, h->said);
	m->create_time = msg_time(t, h->created_ms);
	return m;
}

static enum err list_heartbeats(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__ListHeartbeatsResponse *out = vout;
	struct heartbeat *h;
	size_t n;

	(void)in;
	TRY(heartbeat_list(t, &h, &n));
	out->heartbeats = turn_array(t, n + 1, sizeof(*out->heartbeats));
	for (size_t i = 0; i < n; i++)
		out->heartbeats[out->n_heartbeats++] = msg_heartbeat(t, &h[i]);
	return OK;
}

static enum err create_heartbeat(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CreateHeartbeatRequest *in = vin;
	Ghostfleet__V1__CreateHeartbeatResponse *out = vout;
	const Ghostfleet__V1__AwaitedHeartbeat *m = in->heartbeat;
	struct heartbeat h = { .kind = HEARTBEAT_JOB, .severity = INCIDENT_HIGH };
	const char *token;

	if (!m)
		return fail(t, ERR_INVALID, "heartbeat: is missing");
	TRY(name_of(t, "heartbeat.name", "heartbeats", m->name, &h.name));
	if (m->kind)
		h.kind = (enum heartbeat_kind)m->kind;
	if (m->severity)
		h.severity = (enum incident_severity)m->severity;
	if (h.kind < HEARTBEAT_JOB || h.kind > HEARTBEAT_SENTINEL)
		return fail(t, ERR_INVALID, "heartbeat.kind: no such kind: %d", (int)h.kind);
	if (h.severity < INCIDENT_LOW || h.severity > INCIDENT_CRITICAL)
		return fail(t, ERR_INVALID, "heartbeat.severity: no such severity: %d",
			    (int)h.severity);
	if (!m->period)
		return fail(t, ERR_INVALID, "heartbeat.period: is missing");
	TRY(duration_of(t, "heartbeat.period", m->period, 1000, YEAR_MS, &h.period_ms));
	if (m->grace)
		TRY(duration_of(t, "heartbeat.grace", m->grace, 0, YEAR_MS, &h.grace_ms));
	h.note = m->note;
	TRY(heartbeat_create(t, &h, &token));
	out->heartbeat = msg_heartbeat(t, &h);
	out->token = msg_text(t, token);
	return OK;
}

static enum err delete_heartbeat(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__DeleteHeartbeatRequest *in = vin;
	Ghostfleet__V1__DeleteHeartbeatResponse *out = vout;
	struct heartbeat h;
	int64_t version = 0;
	const char *name;

	TRY(name_of(t, "name", "heartbeats", in->name, &name));
	if (*in->etag)
		TRY(id_of(t, "etag", "etag", in->etag, &version));
	TRY(heartbeat_delete(t, name, version, &h));
	out->heartbeat = msg_heartbeat(t, &h);
	return OK;
}

#define S "ghostfleet.v1.HeartbeatService"

const struct method heartbeat_rows[] = {
	{ S, "ListHeartbeats", METHOD_READ, ANY_READER, 0, 0, list_heartbeats, NULL },
	{ S, "CreateHeartbeat", METHOD_WRITE, ROLE_OPERATOR, METHOD_SECRET, 0, create_heartbeat,
	  NULL },
	{ S, "DeleteHeartbeat", METHOD_WRITE, ROLE_OPERATOR, 0, 0, delete_heartbeat, NULL },
};
const size_t n_heartbeat_rows = sizeof(heartbeat_rows) / sizeof(heartbeat_rows[0]);
