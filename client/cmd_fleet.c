/* The fleet as a whole: pause, resume, watch. */
#include <inttypes.h>
#include <string.h>

#include "client/call.h"
#include "client/commands.h"
#include "client/out.h"
#include "client/stop.h"
#include "ghostfleet/v1/fleet.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum { QUIET_MS = 45000, AWAY_MS = 120000, AGAIN_MS = 500 };

static const ProtobufCServiceDescriptor *const service = &ghostfleet__v1__fleet_service__descriptor;

static char *scope_of(struct turn *t, const struct cli *c)
{
	if (cli_has(c, OPT_WALLET))
		return resource(t, "wallets", c->args.opt[OPT_WALLET]);
	return turn_strdup(t, "fleet");
}

enum err cmd_pause(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__PauseFleetRequest q = GHOSTFLEET__V1__PAUSE_FLEET_REQUEST__INIT;
	void *answer;
	enum err e;

	if (cli_has(c, OPT_LOCKDOWN) && cli_has(c, OPT_WALLET))
		return usage(t, c, "a lockdown is of the whole fleet; leave --wallet away");
	q.scope = scope_of(t, c);
	q.kind = cli_has(c, OPT_LOCKDOWN) ? GHOSTFLEET__V1__PAUSE_KIND__PAUSE_KIND_LOCKDOWN
					  : GHOSTFLEET__V1__PAUSE_KIND__PAUSE_KIND_PAUSE;
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "PauseFleet", &q, &answer));
	const Ghostfleet__V1__PauseFleetResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s%s; nothing new starts%s\n", q.scope,
		     q.validate_only ? "would be " : "is ",
		     cli_has(c, OPT_LOCKDOWN) ? "locked down" : "paused",
		     cli_has(c, OPT_LOCKDOWN) ? " but money on its way home" : "");
	if (r->durability == GHOSTFLEET__V1__DURABILITY__DURABILITY_LATCH)
		(void)printf("! the server's disk is full: the pause stands in its latch file, and "
			     "holds over a restart; free some space\n");
	return OK;
}

enum err cmd_resume(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ResumeFleetRequest q = GHOSTFLEET__V1__RESUME_FLEET_REQUEST__INIT;
	void *answer;
	enum err e;

	q.scope = scope_of(t, c);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ResumeFleet", &q, &answer));
	const Ghostfleet__V1__ResumeFleetResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s: %s; the fleet is %s\n", q.scope,
		     !r->changed       ? "it was not paused"
		     : q.validate_only ? "the pause would be lifted"
				       : "the pause is lifted",
		     enum_text(t, &ghostfleet__v1__fleet_state__descriptor, (int)r->state));
	return OK;
}

struct watching {
	struct cli *c;
	int64_t after, heard_ms, due_ms;
};

static enum err show_event(struct turn *t, const struct cli *c, const Ghostfleet__V1__Event *v)
{
	char when[CLOCK_TEXT];

	if (c->format != FORMAT_TABLE) {
		struct cli lines = *c;

		lines.format = FORMAT_JSONL;
		return out_message(t, &lines, &v->base);
	}
	clock_text(v->time ? stamp_ms(v->time) : 0, when);
	(void)printf("%s  %-20s  %-20s  %s%s%s\n", when, clean(t, v->subject), clean(t, v->kind),
		     clean(t, v->text), *v->actor ? "  by " : "", clean(t, v->actor));
	return OK;
}

static enum err on_event(struct turn *t, const void *message, void *arg, bool *stop)
{
	const Ghostfleet__V1__WatchFleetResponse *r = message;
	struct watching *w = arg;
	enum err e = OK;

	w->heard_ms = clock_mono_ms();
	if (r->kind_case == GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_EVENT) {
		w->after = r->event->id;
		e = show_event(t, w->c, r->event);
	} else if (r->kind_case == GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_HEARTBEAT) {
		w->after = r->heartbeat->last_event_id;
	}
	*stop = fflush(stdout) != 0; /* whoever read us is gone */
	return e;
}

static int64_t quiet_ms(const struct watching *w)
{
	int64_t left = w->due_ms - clock_mono_ms();

	if (!w->due_ms || left > QUIET_MS)
		return QUIET_MS;
	return left > 0 ? left : 1;
}

/* The id of the newest event, so that nothing is lost should the first stream break. */
static enum err start_from(struct turn *t, struct cli *c, int64_t *after)
{
	Ghostfleet__V1__GetFleetRequest q = GHOSTFLEET__V1__GET_FLEET_REQUEST__INIT;
	uint64_t id;
	void *answer;

	if (cli_has(c, OPT_AFTER)) {
		if (args_count(t, c->args.opt[OPT_AFTER], OPT_AFTER, 1000000000000000, &id) != OK)
			return usage(t, c, "%s", t->why);
		*after = (int64_t)id;
		return cli_channel(t, c);
	}
	TRY(cli_call(t, c, service, "GetFleet", &q, &answer));
	const Ghostfleet__V1__GetFleetResponse *r = answer;

	*after = r->fleet ? r->fleet->last_event_id : 0;
	return OK;
}

enum err cmd_watch(struct turn *t, struct cli *c)
{
	if (cli_has(c, OPT_ADDRESSES) || cli_has(c, OPT_VALIDATORS))
		return watch_own(t, c);
	int64_t now = clock_mono_ms();
	struct watching w = {
		.c = c,
		.heard_ms = now,
		.due_ms = c->timeout_ms ? now + c->timeout_ms : 0,
	};

	TRY(start_from(t, c, &w.after));
	while (!stop_asked() && !ferror(stdout)) {
		Ghostfleet__V1__WatchFleetRequest q = GHOSTFLEET__V1__WATCH_FLEET_REQUEST__INIT;

		q.after_event_id = w.after;
		enum err e = call_stream(t, c->channel, service, "WatchFleet", &q, quiet_ms(&w),
					 on_event, &w);

		now = clock_mono_ms();
		if (stop_asked() || (w.due_ms && now >= w.due_ms))
			break;
		if (e != OK && e != ERR_AWAY && e != ERR_LATE)
			return e;
		if (now - w.heard_ms > AWAY_MS)
			return fail(
				t, ERR_AWAY,
				"the server is not heard of for 2 minutes; go on with: ghostctl "
				"watch --after %" PRId64,
				w.after);
		(void)stop_sleep(AGAIN_MS);
	}
	return OK;
}
