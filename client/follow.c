#include "client/follow.h"

#include <inttypes.h>
#include <string.h>

#include "client/call.h"
#include "client/junit.h"
#include "client/out.h"
#include "client/plan.h"
#include "client/progress.h"
#include "client/stop.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum {
	HEARTBEAT_S = 5,
	QUIET_MS = 3 * HEARTBEAT_S * 1000, /* the stream is dead: open it again */
	AWAY_MS = 120000,                  /* the server is gone: give up */
	AGAIN_MS = 500,
};

bool follow_ended(Ghostfleet__V1__OperationState s)
{
	return s == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_DONE ||
	       s == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PARTLY ||
	       s == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_FAILED ||
	       s == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_CANCELLED;
}

enum cli_exit follow_exit(Ghostfleet__V1__OperationState s)
{
	if (s == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_DONE)
		return EXIT_DONE;
	return s == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PARTLY ? EXIT_PARTLY
									    : EXIT_SAID_NO;
}

enum err follow_get(struct turn *t, struct cli *c, const char *name,
		    Ghostfleet__V1__Operation **out)
{
	Ghostfleet__V1__GetOperationRequest q = GHOSTFLEET__V1__GET_OPERATION_REQUEST__INIT;
	void *answer;

	q.name = turn_strdup(t, name);
	TRY(cli_call(t, c, &ghostfleet__v1__operation_service__descriptor, "GetOperation", &q,
		     &answer));
	*out = ((Ghostfleet__V1__GetOperationResponse *)answer)->operation;
	return *out ? OK : fail(t, ERR_BROKEN, "the server's answer holds no operation");
}

struct following {
	enum follow_goal goal;
	bool reached;
	int64_t heard_ms, start_ms, due_ms;
	int64_t done, total; /* as last heard */
	struct progress bar;
};

static bool is_reached(enum follow_goal goal, Ghostfleet__V1__OperationState s)
{
	if (goal == FOLLOW_END)
		return follow_ended(s);
	return s != GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PLANNING &&
	       s != GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_UNSPECIFIED;
}

static const char *tail_of(struct turn *t, const Ghostfleet__V1__Operation *o, int64_t took_ms)
{
	struct buf b = buf_in(t->mem, 400);

	if (o->held)
		buf_str(&b, "held by a pause · ");
	if (o->cancelling)
		buf_str(&b, "being cancelled · ");
	if (o->steps_failed)
		buf_printf(&b, "%" PRId64 " failed · ", o->steps_failed);
	if (o->steps_blocked)
		buf_printf(&b, "%" PRId64 " waiting · ", o->steps_blocked);
	if (*o->moved && strcmp(o->moved, "0") != 0)
		buf_printf(&b, "moved %s · ", ether_of(t, o->moved));
	if (o->state == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PLANNING)
		buf_str(&b, "planning · ");
	buf_printf(&b, "%" PRId64 "s", took_ms / 1000);
	return buf_text(&b);
}

static enum err on_operation(struct turn *t, const void *message, void *arg, bool *stop)
{
	const Ghostfleet__V1__WatchOperationResponse *r = message;
	struct following *f = arg;
	int64_t now = clock_mono_ms();

	f->heard_ms = now;
	if (r->kind_case == GHOSTFLEET__V1__WATCH_OPERATION_RESPONSE__KIND_OPERATION) {
		const Ghostfleet__V1__Operation *o = r->operation;

		f->reached = is_reached(f->goal, o->state);
		f->done = o->steps_done + o->steps_skipped + o->steps_failed;
		f->total = o->steps_total;
		progress_draw(t, &f->bar, f->done, f->total, tail_of(t, o, now - f->start_ms));
	}
	*stop = f->reached || (f->due_ms && now >= f->due_ms);
	return OK;
}

enum err follow_left(struct turn *t, enum err e, const char *why, const char *name)
{
	const char *n = short_name(name);

	return fail(t, e,
		    "%s; %s goes on in the server; look: ghostctl operations watch %s · stop it: "
		    "ghostctl operations cancel %s",
		    why, name, n, n);
}

/* One stream, to its end. OK: open it again. */
static enum err follow_once(struct turn *t, struct cli *c, const char *name, struct following *f)
{
	Ghostfleet__V1__WatchOperationRequest q = GHOSTFLEET__V1__WATCH_OPERATION_REQUEST__INIT;
	Google__Protobuf__Duration beat = GOOGLE__PROTOBUF__DURATION__INIT;
	int64_t quiet = QUIET_MS;

	beat.seconds = HEARTBEAT_S;
	q.name = turn_strdup(t, name);
	q.heartbeat = &beat;
	if (f->due_ms && f->due_ms - clock_mono_ms() < quiet)
		quiet = f->due_ms - clock_mono_ms() + 1;
	enum err e = call_stream(t, c->channel, &ghostfleet__v1__operation_service__descriptor,
				 "WatchOperation", &q, quiet > 0 ? quiet : 1, on_operation, f);

	return e == ERR_AWAY || e == ERR_LATE || (e == ERR_GONE && !stop_asked()) ? OK : e;
}

static enum err follow_all(struct turn *t, struct cli *c, const char *name, struct following *f)
{
	while (!f->reached) {
		enum err e = follow_once(t, c, name, f);
		int64_t now = clock_mono_ms();

		if (stop_asked())
			return follow_left(t, ERR_GONE, "stopped watching", name);
		TRY(e);
		if (f->reached)
			break;
		if (f->due_ms && now >= f->due_ms)
			return follow_left(t, ERR_LATE, "not there in time", name);
		if (now - f->heard_ms > AWAY_MS)
			return follow_left(t, ERR_AWAY, "the server is not heard of for 2 minutes",
					   name);
		progress_draw(t, &f->bar, f->done, f->total, "connection lost; trying again");
		if (!stop_sleep(AGAIN_MS))
			return follow_left(t, ERR_GONE, "stopped watching", name);
	}
	return OK;
}

enum err follow(struct turn *t, struct cli *c, const char *name, enum follow_goal goal,
		int64_t within_ms, Ghostfleet__V1__Operation **out)
{
	int64_t now = clock_mono_ms();
	struct following f = {
		.goal = goal,
		.start_ms = now,
		.heard_ms = now,
		.due_ms = within_ms ? now + within_ms : 0,
		.bar = { .on = c->tty_err && c->format == FORMAT_TABLE },
	};

	TRY(cli_channel(t, c));
	enum err e = follow_all(t, c, name, &f);

	progress_clear(&f.bar);
	TRY(e);
	/* The stream's last word is not kept; the server may be gone again by now. */
	do
		e = follow_get(t, c, name, out);
	while (e == ERR_AWAY && clock_mono_ms() - f.heard_ms < AWAY_MS && stop_sleep(AGAIN_MS));
	return e;
}

const char *follow_summary(struct turn *t, const Ghostfleet__V1__Operation *o)
{
	struct buf b = buf_in(t->mem, 600);

	if (o->state == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_CANCELLED)
		buf_str(&b, "cancelled · ");
	buf_printf(&b, "%" PRId64 " done · %" PRId64 " skipped · %" PRId64 " failed", o->steps_done,
		   o->steps_skipped, o->steps_failed);
	buf_printf(&b, " · moved %s · fees %s", ether_of(t, *o->moved ? o->moved : "0"),
		   ether_of(t, *o->fees_paid ? o->fees_paid : "0"));
	return buf_text(&b);
}

enum err follow_report(struct turn *t, struct cli *c, const Ghostfleet__V1__Operation *o)
{
	Ghostfleet__V1__GetOperationResponse r = GHOSTFLEET__V1__GET_OPERATION_RESPONSE__INIT;
	enum err e;

	c->exit = follow_exit(o->state);
	if (c->format == FORMAT_JUNIT)
		return junit_operation(t, c, o);
	r.operation = (Ghostfleet__V1__Operation *)(uintptr_t)o;
	if (out_json(t, c, &r.base, &e))
		return e;
	if (o->steps_failed > 0 && o->run_time)
		TRY(plan_failures(t, c, stdout, o));
	if (o->state != GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_DONE && *o->text)
		(void)printf("%s: %s\n", o->name, clean(t, o->text));
	(void)printf("%s\n", follow_summary(t, o));
	return OK;
}
