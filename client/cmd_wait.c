/* `ghostctl wait`: a row for each thing that can be waited for. */
#include "client/wait.h"

#include <string.h>

#include "client/call.h"
#include "client/commands.h"
#include "client/follow.h"
#include "client/junit.h"
#include "client/out.h"
#include "client/stop.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum { READY_MS = 60000, PROBE_MS = 2000, LONG_ASK_MS = 20000, POLL_MS = 200, MARGIN_MS = 5000 };
enum { AWAY_MS = 120000 }; /* without --timeout: nothing heard of the server, give up */

enum err wait_ask_health(struct turn *t, struct cli *c, int64_t within_ms,
			 const Grpc__Health__V1__HealthCheckResponse **out)
{
	Grpc__Health__V1__HealthCheckRequest q = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	void *answer;

	TRY(cli_channel(t, c));
	TRY(call_unary(t, c->channel, &grpc__health__v1__health__descriptor, "Check", &q, within_ms,
		       &answer));
	*out = answer;
	return OK;
}

bool wait_serves(const Grpc__Health__V1__HealthCheckResponse *r)
{
	return r->status == GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
}

/* The server is not there yet, or the file with the token is not, or is just being written. */
static bool curable(struct cli *c, enum err e)
{
	return e == ERR_AWAY || e == ERR_LATE ||
	       (!c->channel && (e == ERR_MISSING || e == ERR_INVALID));
}

static enum err too_late(struct turn *t, struct cli *c, const struct wait_for *row, int64_t within)
{
	const char *why = *t->why ? turn_strdup(t, t->why) : "";

	return fail(t, ERR_LATE, "%s: not %s within %s%s%s", c->context.address, row->what,
		    duration_str(t, within), *why ? ": " : "", why);
}

enum err wait_until_so(struct turn *t, struct cli *c, const struct wait_for *row, void *state)
{
	int64_t within = c->timeout_ms ? c->timeout_ms : row->usual_ms;
	int64_t now = clock_mono_ms(), due = now + within, heard = now, left;
	bool done = false;

	for (;;) {
		left = within ? due - clock_mono_ms() : row->ask_ms;
		t->why[0] = 0;
		enum err e = row->ask(t, c, left < row->ask_ms ? left : row->ask_ms, state, &done);

		if (e == OK && done)
			return OK;
		if (stop_asked())
			return fail(t, ERR_GONE, "stopped waiting");
		if (e != OK && !curable(c, e))
			return e;
		now = clock_mono_ms();
		if (e == OK)
			heard = now;
		if (!within && now - heard > AWAY_MS)
			return e;
		if (within && now + POLL_MS >= due)
			return too_late(t, c, row, within);
		if (!stop_sleep(POLL_MS))
			return fail(t, ERR_GONE, "stopped waiting");
	}
}

/* ---- ready ---- */

static enum err ask_ready(struct turn *t, struct cli *c, int64_t within_ms, void *state, bool *done)
{
	const Grpc__Health__V1__HealthCheckResponse **r = state;

	TRY(wait_ask_health(t, c, within_ms > 0 ? within_ms : 1, r));
	*done = wait_serves(*r);
	return OK;
}

enum err wait_ready(struct turn *t, struct cli *c,
		    const Grpc__Health__V1__HealthCheckResponse **out)
{
	static const struct wait_for row = { "ready", READY_MS, PROBE_MS, ask_ready };

	return wait_until_so(t, c, &row, out);
}

enum err cmd_wait_ready(struct turn *t, struct cli *c)
{
	const Grpc__Health__V1__HealthCheckResponse *r = NULL;
	enum err e;

	TRY(wait_ready(t, c, &r));
	if (c->format == FORMAT_JUNIT)
		return junit_one(t, c, "ready", JUNIT_PASSED, "", "");
	if (!out_json(t, c, &r->base, &e))
		(void)printf("%s: ready\n", c->context.address);
	return OK;
}

/* ---- operation ---- */

struct operation_wait {
	char *name;
	Ghostfleet__V1__Operation *last;
	bool older; /* the server does not know WaitOperation: it is asked now and then */
};

/* The server answers when it has ended: it is asked once, not again and again. */
static enum err ask_operation(struct turn *t, struct cli *c, int64_t within_ms, void *state,
			      bool *done)
{
	Ghostfleet__V1__WaitOperationRequest q = GHOSTFLEET__V1__WAIT_OPERATION_REQUEST__INIT;
	Google__Protobuf__Duration timeout = GOOGLE__PROTOBUF__DURATION__INIT;
	struct operation_wait *w = state;
	void *answer;

	if (within_ms < 0)
		within_ms = 0;
	if (w->older) {
		TRY(follow_get(t, c, w->name, &w->last));
		*done = follow_ended(w->last->state);
		return OK;
	}
	timeout.seconds = within_ms / 1000;
	timeout.nanos = (int32_t)(within_ms % 1000) * 1000000;
	q.name = w->name;
	q.timeout = &timeout;
	TRY(cli_channel(t, c));
	enum err e = call_unary(t, c->channel, &ghostfleet__v1__operation_service__descriptor,
				"WaitOperation", &q, within_ms + MARGIN_MS, &answer);

	w->older = e == ERR_NEVER;
	if (w->older)
		return OK;
	TRY(e);
	const Ghostfleet__V1__WaitOperationResponse *r = answer;

	if (!r->operation)
		return fail(t, ERR_BROKEN, "the server's answer holds no operation");
	w->last = r->operation;
	*done = r->done;
	return OK;
}

enum err cmd_wait_operation(struct turn *t, struct cli *c)
{
	static const struct wait_for row = { "ended", 0, LONG_ASK_MS, ask_operation };
	struct operation_wait w = { .name = resource(t, "operations", c->args.word[0]) };

	enum err e = wait_until_so(t, c, &row, &w);

	if (e == ERR_LATE || e == ERR_AWAY || e == ERR_GONE)
		return follow_left(t, e, turn_strdup(t, t->why), w.name);
	TRY(e);
	return follow_report(t, c, w.last);
}
