#include "server/core/control.h"

#include <assert.h>
#include <string.h>

#include "server/core/operation.h"
#include "server/core/stop.h"
#include "store/audit.h"
#include "store/base/units.h"
#include "store/beacon.h"
#include "store/clients.h"
#include "store/events.h"
#include "store/incidents.h"
#include "store/pauses.h"
#include "store/validators.h"

enum { LIVE_MOST = 64, INCIDENTS_MOST = 100, REASON_MOST = 500, SUBJECT_MOST = 120 };

bool control_kind(enum op_kind kind)
{
	return kind == OP_START || kind == OP_STOP || kind == OP_RESTART;
}

const char *control_verb(enum op_kind kind)
{
	return kind == OP_START ? "start" : kind == OP_STOP ? "stop" : "restart";
}

static enum err not_locked_down(struct turn *t, enum op_kind kind)
{
	struct pause *p;
	size_t n;

	if (kind == OP_STOP)
		return OK; /* stopping is free */
	TRY(pause_active(t, "fleet", 1, &p, &n));
	if (n > 0 && p->kind == PAUSE_LOCKDOWN)
		return fail_reason(t, REASON_FLEET_PAUSED,
				   "locked down by %.80s: nothing is started; stopping is free",
				   p->actor);
	return OK;
}

static enum err one_at_a_time(struct turn *t)
{
	struct operation *o;
	size_t n;

	TRY(operation_live(t, OP_RUNNING, 0, LIVE_MOST, &o, &n));
	for (size_t i = 0; i < n; i++)
		if (control_kind(o[i].kind))
			return fail(t, ERR_REFUSED, "operation %lld is at it: wait for its end",
				    (long long)o[i].id);
	return OK;
}

/* ---- the guard against double signing ---- */

/* Since when all that is asked says that our client is gone; 0: it runs, or nobody can tell. */
static enum err gone_since(struct turn *t, int64_t *out)
{
	struct client_probe *p;
	size_t n;

	*out = 0;
	TRY(client_list(t, &p, &n));
	for (size_t i = 0; i < n; i++) {
		if (p[i].word == SAYS_RUNS) {
			*out = 0;
			return OK;
		}
		if (p[i].word == SAYS_GONE && p[i].since_ms > *out)
			*out = p[i].since_ms;
	}
	return OK;
}

static enum err not_elsewhere(struct turn *t, int64_t gone_ms, bool force, const char *reason)
{
	struct beacon b;
	struct validator_signs v;
	enum err e = beacon_get(t, &b);
	bool dated = e == OK && gone_ms != 0; /* in epochs: since when our client is gone */

	if (e != OK && e != ERR_MISSING)
		return e;
	TRY(validator_signs(t, &v));
	if (dated && v.last_epoch > beacon_epoch_at(&b, gone_ms))
		return fail(
			t, ERR_REFUSED,
			"validators/%lld attested in epoch %lld, after our client was gone: its "
			"key signs elsewhere, and a second client would have it slashed",
			(long long)v.last_id, (long long)v.last_epoch);
	if (v.active == 0 || v.silent == v.active || dated || (force && *reason))
		return OK;
	return fail(t, ERR_REFUSED,
		    "%lld of %lld active validators were not silent for two finished epochs, and "
		    "nobody tells since when our client is gone: wait, or --force --reason TEXT",
		    (long long)(v.active - v.silent), (long long)v.active);
}

/* A restart of a client that is gone is a start. */
static enum err guard(struct turn *t, enum op_kind kind, bool force, const char *reason)
{
	int64_t gone_ms;

	if (kind == OP_STOP)
		return OK;
	TRY(gone_since(t, &gone_ms));
	return kind == OP_START || gone_ms ? not_elsewhere(t, gone_ms, force, reason) : OK;
}

/* ---- asking ---- */

static const char *op_subject(struct turn *t, int64_t id)
{
	return turn_printf(t, "operations/%lld", (long long)id);
}

static enum err check(struct turn *t, enum op_kind kind, const char *subject, const char *reason)
{
	if (!policy()->control)
		return fail(t, ERR_REFUSED,
			    "nothing says how the validator client is started and stopped: set "
			    "control.unit, control.container or control.start");
	if (strlen(reason) > REASON_MOST || strlen(subject) > SUBJECT_MOST)
		return fail(t, ERR_INVALID, "reason: longer than %d bytes", REASON_MOST);
	TRY(one_at_a_time(t));
	return not_locked_down(t, kind);
}

enum err control_ask(struct turn *t, enum op_kind kind, const char *subject, bool force,
		     const char *reason, struct operation *out)
{
	assert(t->in_lane && control_kind(kind));
	TRY(check(t, kind, subject, reason));
	TRY(guard(t, kind, force, reason));
	TRY(operation_begin_plain(
		t, kind, turn_printf(t, "%s the validator client", control_verb(kind)), out));
	out->run_ms = 0;
	TRY(operation_save(t, out));
	return audit_add(t, "validator.control", subject,
			 turn_printf(t, "%s (%s)%s: %s", control_verb(kind), op_subject(t, out->id),
				     force ? ", forced" : "",
				     *reason ? reason : "no reason given"));
}

/* ---- carrying it out ---- */

static enum err running(struct turn *t, int64_t id, struct operation *out)
{
	assert(t->in_lane);
	TRY(operation_get(t, id, out));
	return out->state == OP_RUNNING ? OK : fail(t, ERR_STALE, "it is at its end");
}

/* A tick's own acts are no change of a person's: the incidents that it is for are told. */
static enum err tell_incidents(struct turn *t, const char *text)
{
	struct incident_filter open = {
		.states = 1 << INCIDENT_TRIGGERED | 1 << INCIDENT_ACKNOWLEDGED,
	};
	struct incident *i;
	size_t n;

	TRY(incident_list(t, &open, INCIDENTS_MOST, &i, &n));
	for (size_t k = 0; k < n; k++)
		if (strncmp(i[k].subject, "validators", 10) == 0)
			TRY(incident_tell(t, i[k].id, ROW_CHANGE, text, NULL));
	return OK;
}

static enum err ended(struct turn *t, struct operation *o, bool fine, const char *text)
{
	const char *said = turn_printf(t, "%s of the validator client %s: %.300s",
				       control_verb(o->kind), fine ? "is done" : "failed", text);

	o->state = fine ? OP_DONE : OP_FAILED;
	o->end_ms = t->now_ms;
	o->text = text;
	TRY(operation_save(t, o));
	TRY(audit_add(t, "validator.controlled", "validators", said));
	TRY(tell_incidents(t, said));
	return event_add(t, TOPIC_OPERATION, op_subject(t, o->id),
			 fine ? "operation.done" : "operation.failed", text);
}

enum err control_begun(struct turn *t, int64_t id)
{
	struct operation o;

	TRY(running(t, id, &o));
	if (not_locked_down(t, o.kind) != OK)
		return ended(t, &o, false, turn_strdup(t, t->why));
	o.run_ms = t->now_ms;
	o.text = "told";
	return operation_save(t, &o);
}

enum err control_ran(struct turn *t, int64_t id, bool fine, const char *said, int64_t within_ms)
{
	struct operation o;

	TRY(running(t, id, &o));
	if (!fine)
		return ended(t, &o, false, said);
	o.expires_ms = t->now_ms + within_ms;
	o.text = turn_printf(t, "%.200s; looked at again in %s", said, duration_str(t, within_ms));
	return operation_save(t, &o);
}

enum err control_seen(struct turn *t, int64_t id, bool as_wished, const char *said)
{
	struct operation o;

	TRY(running(t, id, &o));
	return ended(t, &o, as_wished, said);
}
