/* Planned work: its windows from plan to end, and what comes again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "client/when.h"
#include "ghostfleet/v1/maintenance.pb-c.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum { TASKS_MOST = 40, GATES_MOST = 4 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__maintenance_service__descriptor;

/* ---- reading ---- */

static const char *ends(struct turn *t, const Ghostfleet__V1__Window *w)
{
	return w->ended_time ? age(t, w->ended_time) : until(t, w->end_time);
}

static void window_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Window *w = item;

	table_row(tb, short_name(w->name),
		  enum_text(t, &ghostfleet__v1__window_state__descriptor, (int)w->state),
		  clip(t, w->title, 40),
		  w->started_time ? age(t, w->started_time) : until(t, w->start_time), ends(t, w),
		  turn_printf(t, "%s of %s", w->rule, w->subject),
		  turn_printf(t, "%" PRId64, w->muted_count), clip(t, w->text, 60), NULL);
}

enum err cmd_maintenance_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { ">WINDOW", "STATE", "WORK", "STARTS", "ENDS",
					     "COVERS",  ">KEPT", "TEXT", NULL };
	Ghostfleet__V1__ListWindowsRequest q = GHOSTFLEET__V1__LIST_WINDOWS_REQUEST__INIT;

	q.show_ended = cli_has(c, OPT_ALL);
	struct list l = {
		.service = service,
		.method = "ListWindows",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = window_row,
		.none = "no work is planned",
	};

	return list_show(t, c, &l);
}

static void routine_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Routine *s = item;

	table_row(tb, short_name(s->name), clip(t, s->title, 40), s->recurrence, s->first, s->zone,
		  turn_printf(t, "%" PRId64 "m", s->duration ? s->duration->seconds / 60 : 0),
		  turn_printf(t, "%s of %s", s->rule, s->subject), NULL);
}

enum err cmd_maintenance_routines(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { ">ROUTINE", "WORK",  "AGAIN",  "FIRST",
					     "ZONE",     ">LONG", "COVERS", NULL };
	Ghostfleet__V1__ListRoutinesRequest q = GHOSTFLEET__V1__LIST_ROUTINES_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListRoutines",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = routine_row,
		.none = "nothing comes again",
	};

	return list_show(t, c, &l);
}

static void show_tasks(struct turn *t, const Ghostfleet__V1__GetWindowResponse *r)
{
	for (size_t i = 0; i < r->n_tasks; i++) {
		const Ghostfleet__V1__WindowTask *k = r->tasks[i];

		(void)printf("%s%zu [%c] %s%s%s\n", i ? "           " : "tasks      ", i + 1,
			     k->done_time ? 'x' : ' ', clean(t, k->text),
			     k->done_time ? ", done by " : "", clean(t, k->done_by));
	}
}

enum err cmd_maintenance_get(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetWindowRequest q = GHOSTFLEET__V1__GET_WINDOW_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "windows", c->args.word[0]);
	TRY(cli_call(t, c, service, "GetWindow", &q, &answer));
	const Ghostfleet__V1__GetWindowResponse *r = answer;
	const Ghostfleet__V1__Window *w = r->window;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (!w)
		return fail(t, ERR_BROKEN, "the server's answer holds no window");
	(void)printf("window     %s, %s\nwork       %s\ncovers     %s of %s\nstarts     %s\n"
		     "ends       %s\n",
		     short_name(w->name),
		     enum_text(t, &ghostfleet__v1__window_state__descriptor, (int)w->state),
		     clean(t, w->title), clean(t, w->rule), clean(t, w->subject),
		     w->started_time ? age(t, w->started_time) : until(t, w->start_time),
		     ends(t, w));
	(void)printf("told       %s\nkept back  %" PRId64 " pages\n",
		     w->notice_time ? age(t, w->notice_time) : "not yet", w->muted_count);
	if (*w->reason)
		(void)printf("why        %s\n", clean(t, w->reason));
	if (*w->text)
		(void)printf("text       %s\n", clean(t, w->text));
	for (size_t i = 0; i < r->n_shut_gates; i++)
		(void)printf("%s%s\n", i ? "           " : "shut       ",
			     clean(t, r->shut_gates[i]));
	show_tasks(t, r);
	return OK;
}

/* ---- planning ---- */

static enum err read_length(struct turn *t, struct cli *c, Google__Protobuf__Duration *out)
{
	int64_t ms;

	if (!cli_has(c, OPT_FOR))
		return usage(t, c, "say for how long: --for 2h, at most 24h");
	if (!duration_parse(c->args.opt[OPT_FOR], &ms) || ms == 0)
		return usage(t, c, "--for %s: write 30m or 2h", c->args.opt[OPT_FOR]);
	out->seconds = ms / 1000;
	return OK;
}

static enum err read_gates(struct turn *t, struct cli *c, Ghostfleet__V1__WindowGate **out,
			   size_t *n_out)
{
	size_t n;
	char **words = args_split(t, cli_opt(t, c, OPT_GATES), &n);

	if (n > GATES_MOST)
		return usage(t, c, "--gates: there are %d", GATES_MOST);
	*out = turn_array(t, n + 1, sizeof(**out));
	for (size_t i = 0; i < n; i++) {
		int gate;

		if (enum_read(t, &ghostfleet__v1__window_gate__descriptor, words[i], &gate) != OK)
			return usage(t, c, "--gates: %s", t->why);
		(*out)[i] = (Ghostfleet__V1__WindowGate)gate;
	}
	*n_out = n;
	return OK;
}

static enum err read_tasks(struct turn *t, struct cli *c, char ***out, size_t *n_out)
{
	char *rest = cli_opt(t, c, OPT_TASK), *one;

	*out = turn_array(t, TASKS_MOST, sizeof(**out));
	*n_out = 0;
	while ((one = strsep(&rest, ";")) != NULL) {
		one += strspn(one, " ");
		if (!*one)
			continue;
		if (*n_out == TASKS_MOST)
			return usage(t, c, "--task: %d are the most", TASKS_MOST);
		(*out)[(*n_out)++] = one;
	}
	return OK;
}

static void planned(struct turn *t, const struct cli *c, const Ghostfleet__V1__Window *w)
{
	if (cli_has(c, OPT_DRY_RUN))
		(void)printf("it would be planned; nothing was changed\n");
	else
		(void)printf("window %s is planned: it starts %s; tell those concerned, then "
			     "`ghostctl maintenance notice %s`\n",
			     short_name(w->name), until(t, w->start_time), short_name(w->name));
}

/* "2026-11-29T02:00", the time of its zone: with a Z, or from now, it is a moment everywhere. */
static bool is_wall_clock(const char *said)
{
	return said && strchr(said, 'T') && !strchr(said, 'Z');
}

static enum err plan_once(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__PlanWindowRequest q = GHOSTFLEET__V1__PLAN_WINDOW_REQUEST__INIT;
	Google__Protobuf__Duration length = GOOGLE__PROTOBUF__DURATION__INIT;
	void *answer;
	enum err e;

	TRY(read_length(t, c, &length));
	TRY(read_gates(t, c, &q.gates, &q.n_gates));
	TRY(read_tasks(t, c, &q.tasks, &q.n_tasks));
	if (is_wall_clock(c->args.opt[OPT_AT]))
		q.local_start = cli_opt(t, c, OPT_AT);
	else
		TRY(when_read(t, c, OPT_AT, &q.start_time));
	q.title = turn_strdup(t, c->args.word[0]);
	q.rule = cli_opt(t, c, OPT_RULE);
	q.subject = cli_opt(t, c, OPT_SUBJECT);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.zone = cli_opt(t, c, OPT_ZONE);
	q.duration = &length;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "PlanWindow", &q, &answer));
	const Ghostfleet__V1__PlanWindowResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	planned(t, c, r->window);
	return OK;
}

static enum err plan_again(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__PlanRoutineRequest q = GHOSTFLEET__V1__PLAN_ROUTINE_REQUEST__INIT;
	Google__Protobuf__Duration length = GOOGLE__PROTOBUF__DURATION__INIT;
	void *answer;
	enum err e;

	TRY(read_length(t, c, &length));
	TRY(read_gates(t, c, &q.gates, &q.n_gates));
	TRY(read_tasks(t, c, &q.tasks, &q.n_tasks));
	q.title = turn_strdup(t, c->args.word[0]);
	q.rule = cli_opt(t, c, OPT_RULE);
	q.subject = cli_opt(t, c, OPT_SUBJECT);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.zone = cli_opt(t, c, OPT_ZONE);
	q.first = cli_opt(t, c, OPT_AT);
	q.recurrence = cli_opt(t, c, OPT_REPEAT);
	q.duration = &length;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "PlanRoutine", &q, &answer));
	const Ghostfleet__V1__PlanRoutineResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (q.validate_only)
		(void)printf("it would be planned; nothing was changed\n");
	else
		(void)printf("routine %s is planned: see `ghostctl maintenance list`\n",
			     short_name(r->routine->name));
	return OK;
}

enum err cmd_maintenance_plan(struct turn *t, struct cli *c)
{
	return cli_has(c, OPT_REPEAT) ? plan_again(t, c) : plan_once(t, c);
}

/* ---- from plan to end ---- */

static enum err told(struct turn *t, struct cli *c, const ProtobufCMessage *answer,
		     const Ghostfleet__V1__Window *w)
{
	enum err e;

	if (out_json(t, c, answer, &e))
		return e;
	if (cli_has(c, OPT_DRY_RUN))
		(void)printf("it could be done; nothing was changed\n");
	else
		(void)printf("window %s is %s%s%s\n", short_name(w->name),
			     enum_text(t, &ghostfleet__v1__window_state__descriptor, (int)w->state),
			     *w->text ? ": " : "", clean(t, w->text));
	return OK;
}

enum err cmd_maintenance_start(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__StartWindowRequest q = GHOSTFLEET__V1__START_WINDOW_REQUEST__INIT;
	void *answer;

	q.name = resource(t, "windows", c->args.word[0]);
	q.force = cli_has(c, OPT_FORCE);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "StartWindow", &q, &answer));
	const Ghostfleet__V1__StartWindowResponse *r = answer;

	return told(t, c, &r->base, r->window);
}

enum err cmd_maintenance_end(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__EndWindowRequest q = GHOSTFLEET__V1__END_WINDOW_REQUEST__INIT;
	void *answer;

	q.name = resource(t, "windows", c->args.word[0]);
	q.text = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "EndWindow", &q, &answer));
	const Ghostfleet__V1__EndWindowResponse *r = answer;

	return told(t, c, &r->base, r->window);
}

static enum err end_routine(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__EndRoutineRequest q = GHOSTFLEET__V1__END_ROUTINE_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = turn_strdup(t, c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "EndRoutine", &q, &answer));
	const Ghostfleet__V1__EndRoutineResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("routine %s %s\n", short_name(q.name),
		     q.validate_only ? "would end; nothing was changed" : "has ended");
	return OK;
}

enum err cmd_maintenance_cancel(struct turn *t, struct cli *c)
{
	static const char routines[] = "routines/";
	Ghostfleet__V1__CancelWindowRequest q = GHOSTFLEET__V1__CANCEL_WINDOW_REQUEST__INIT;
	void *answer;

	if (strncmp(c->args.word[0], routines, sizeof(routines) - 1) == 0)
		return end_routine(t, c);
	q.name = resource(t, "windows", c->args.word[0]);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CancelWindow", &q, &answer));
	const Ghostfleet__V1__CancelWindowResponse *r = answer;

	return told(t, c, &r->base, r->window);
}

enum err cmd_maintenance_extend(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ExtendWindowRequest q = GHOSTFLEET__V1__EXTEND_WINDOW_REQUEST__INIT;
	Google__Protobuf__Timestamp end = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Google__Protobuf__Duration more = GOOGLE__PROTOBUF__DURATION__INIT;
	void *answer;

	TRY(read_length(t, c, &more));
	end.seconds = t->now_ms / 1000 + more.seconds;
	q.name = resource(t, "windows", c->args.word[0]);
	q.end_time = &end;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ExtendWindow", &q, &answer));
	const Ghostfleet__V1__ExtendWindowResponse *r = answer;
	enum err e;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("window %s %s %s\n", short_name(q.name),
		     q.validate_only ? "was not changed; it would end" : "ends",
		     until(t, r->window->end_time));
	return OK;
}

enum err cmd_maintenance_notice(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__NoteNoticeRequest q = GHOSTFLEET__V1__NOTE_NOTICE_REQUEST__INIT;
	void *answer;

	q.name = resource(t, "windows", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "NoteNotice", &q, &answer));
	const Ghostfleet__V1__NoteNoticeResponse *r = answer;
	enum err e;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (q.validate_only)
		(void)printf("it could be written down; nothing was changed\n");
	else
		(void)printf("window %s: those concerned were told %s\n", short_name(q.name),
			     age(t, r->window->notice_time));
	return OK;
}

enum err cmd_maintenance_tick(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__TickTaskRequest q = GHOSTFLEET__V1__TICK_TASK_REQUEST__INIT;
	void *answer;

	q.name = resource(t, "windows", c->args.word[0]);
	q.task = (int32_t)strtol(c->args.word[1], NULL, 10);
	if (q.task < 1 || q.task > TASKS_MOST)
		return usage(t, c, "'%s' is no task: see `ghostctl maintenance get %s`",
			     c->args.word[1], c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "TickTask", &q, &answer));
	const Ghostfleet__V1__TickTaskResponse *r = answer;
	enum err e;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("task %" PRId32 " of window %s %s\n", q.task, short_name(q.name),
		     q.validate_only ? "could be ticked off; nothing was changed" : "is done");
	return OK;
}
