/* ghostfleet.v1.MaintenanceService */
#include "ghostfleet/v1/maintenance.pb-c.h"

#include <string.h>

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/calendar.h"
#include "server/core/window.h"

enum { PAGE_USUAL = 50, PAGE_MOST = 200, GATES = 4 };

static size_t msg_gates(struct turn *t, unsigned gates, Ghostfleet__V1__WindowGate **out)
{
	size_t n = 0;

	*out = turn_array(t, GATES, sizeof(**out));
	for (int i = 1; i <= GATES; i++)
		if (gates & 1u << i)
			(*out)[n++] = (Ghostfleet__V1__WindowGate)i;
	return n;
}

static Ghostfleet__V1__Window *msg_window(struct turn *t, const struct window *w)
{
	Ghostfleet__V1__Window *m = msg_new(t, &ghostfleet__v1__window__descriptor);

	m->name = turn_printf(t, "windows/%lld", (long long)w->id);
	m->state = (Ghostfleet__V1__WindowState)w->state;
	m->title = msg_text(t, w->title);
	m->rule = msg_text(t, w->rule);
	m->subject = msg_text(t, w->subject);
	m->reason = msg_text(t, w->reason);
	m->zone = msg_text(t, w->zone);
	m->start_time = msg_time(t, w->start_ms);
	m->end_time = msg_time(t, w->end_ms);
	m->n_gates = msg_gates(t, w->gates, &m->gates);
	m->author = msg_text(t, w->author);
	m->create_time = msg_time(t, w->created_ms);
	m->notice_time = msg_time(t, w->notice_ms);
	m->started_time = msg_time(t, w->started_ms);
	m->started_by = msg_text(t, w->started_by);
	m->ended_time = msg_time(t, w->ended_ms);
	m->ended_by = msg_text(t, w->ended_by);
	m->muted_count = w->muted;
	m->text = msg_text(t, w->text);
	if (w->routine)
		m->routine = turn_printf(t, "routines/%lld", (long long)w->routine);
	return m;
}

static enum err list_windows(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListWindowsRequest *in = vin;
	Ghostfleet__V1__ListWindowsResponse *out = vout;
	struct window *list;
	size_t limit, n;
	int64_t before;

	TRY(page_of(t, in->page_size, in->page_token, PAGE_USUAL, PAGE_MOST, &limit, &before));
	TRY(window_list(t, before, limit, &list, &n));
	out->windows = turn_array(t, n + 1, sizeof(*out->windows));
	for (size_t i = 0; i < n; i++)
		if (in->show_ended || list[i].state == WINDOW_PLANNED ||
		    list[i].state == WINDOW_ACTIVE)
			out->windows[out->n_windows++] = msg_window(t, &list[i]);
	if (n == limit)
		out->next_page_token = page_next(t, list[n - 1].id);
	return OK;
}

static enum err get_window(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetWindowRequest *in = vin;
	Ghostfleet__V1__GetWindowResponse *out = vout;
	struct window w;
	struct window_task *k;
	const char **shut;
	int64_t id;
	size_t n;

	TRY(id_of(t, "name", "windows", in->name, &id));
	TRY(window_get(t, id, &w));
	TRY(window_tasks(t, id, &k, &n));
	out->window = msg_window(t, &w);
	out->tasks = turn_array(t, n + 1, sizeof(*out->tasks));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__WindowTask *m =
			msg_new(t, &ghostfleet__v1__window_task__descriptor);

		m->text = msg_text(t, k[i].text);
		m->done_time = msg_time(t, k[i].done_ms);
		m->done_by = msg_text(t, k[i].done_by);
		out->tasks[out->n_tasks++] = m;
	}
	if (w.state != WINDOW_PLANNED)
		return OK;
	TRY(window_gates(t, &w, &shut, &n));
	out->shut_gates = turn_array(t, n + 1, sizeof(*out->shut_gates));
	for (size_t i = 0; i < n; i++)
		out->shut_gates[out->n_shut_gates++] = msg_text(t, shut[i]);
	return OK;
}

static const char *either(const char *said, const char *otherwise)
{
	return *said ? said : otherwise;
}

static enum err gates_of(struct turn *t, const Ghostfleet__V1__WindowGate *said, size_t n,
			 unsigned *out)
{
	*out = GATE_ALL;
	return n == 0 ? OK : bits_of(t, "gates", said, n, GATES, out);
}

static enum err length_of(struct turn *t, const Google__Protobuf__Duration *d, int64_t *out)
{
	if (!d)
		return fail(t, ERR_INVALID, "duration: say how long it lasts");
	return duration_of(t, "duration", d, 60000, WINDOW_MOST_MS, out);
}

static enum err start_of(struct turn *t, const Ghostfleet__V1__PlanWindowRequest *in,
			 const char *zone, int64_t *out)
{
	if (*in->local_start && in->start_time)
		return fail(t, ERR_INVALID, "local_start: not together with start_time");
	if (*in->local_start) {
		TRY(zone_check(t, "zone", zone));
		return local_to_ms(t, "local_start", zone, in->local_start, out);
	}
	TRY(time_of(t, "start_time", in->start_time, out));
	if (*out == 0)
		*out = t->now_ms;
	return OK;
}

static enum err plan_window(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__PlanWindowRequest *in = vin;
	Ghostfleet__V1__PlanWindowResponse *out = vout;
	struct window_ask ask = {
		.title = in->title,
		.rule = either(in->rule, "*"),
		.subject = either(in->subject, "*"),
		.reason = in->reason,
		.zone = either(in->zone, "UTC"),
		.tasks = (const char *const *)in->tasks,
		.n_tasks = in->n_tasks,
	};
	struct window w;

	TRY(start_of(t, in, ask.zone, &ask.start_ms));
	TRY(length_of(t, in->duration, &ask.length_ms));
	TRY(gates_of(t, in->gates, in->n_gates, &ask.gates));
	TRY(window_plan(t, &ask, &w));
	out->window = msg_window(t, &w);
	return OK;
}

static enum err start_window(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__StartWindowRequest *in = vin;
	Ghostfleet__V1__StartWindowResponse *out = vout;
	struct window w;
	int64_t id;

	TRY(id_of(t, "name", "windows", in->name, &id));
	TRY(window_start(t, id, in->force, in->reason, &w));
	out->window = msg_window(t, &w);
	return OK;
}

static enum err end_window(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__EndWindowRequest *in = vin;
	Ghostfleet__V1__EndWindowResponse *out = vout;
	struct window w;
	int64_t id;

	TRY(id_of(t, "name", "windows", in->name, &id));
	TRY(window_end(t, id, in->text, &w));
	out->window = msg_window(t, &w);
	return OK;
}

static enum err cancel_window(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CancelWindowRequest *in = vin;
	Ghostfleet__V1__CancelWindowResponse *out = vout;
	struct window w;
	int64_t id;

	TRY(id_of(t, "name", "windows", in->name, &id));
	TRY(window_cancel(t, id, in->reason, &w));
	out->window = msg_window(t, &w);
	return OK;
}

static enum err extend_window(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ExtendWindowRequest *in = vin;
	Ghostfleet__V1__ExtendWindowResponse *out = vout;
	struct window w;
	int64_t id, end_ms;

	TRY(id_of(t, "name", "windows", in->name, &id));
	TRY(time_of(t, "end_time", in->end_time, &end_ms));
	TRY(window_extend(t, id, end_ms, &w));
	out->window = msg_window(t, &w);
	return OK;
}

static enum err note_notice(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__NoteNoticeRequest *in = vin;
	Ghostfleet__V1__NoteNoticeResponse *out = vout;
	struct window w;
	int64_t id;

	TRY(id_of(t, "name", "windows", in->name, &id));
	TRY(window_noticed(t, id, &w));
	out->window = msg_window(t, &w);
	return OK;
}

static enum err tick_task(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__TickTaskRequest *in = vin;
	Ghostfleet__V1__TickTaskResponse *out = vout;
	struct window w;
	int64_t id;

	TRY(id_of(t, "name", "windows", in->name, &id));
	TRY(window_tick(t, id, in->task, !in->undo, &w));
	out->window = msg_window(t, &w);
	return OK;
}

/* ---- routines ---- */

static Ghostfleet__V1__Routine *msg_routine(struct turn *t, const struct routine *s)
{
	Ghostfleet__V1__Routine *m = msg_new(t, &ghostfleet__v1__routine__descriptor);

	m->name = turn_printf(t, "routines/%lld", (long long)s->id);
	m->title = msg_text(t, s->title);
	m->rule = msg_text(t, s->rule);
	m->subject = msg_text(t, s->subject);
	m->reason = msg_text(t, s->reason);
	m->zone = msg_text(t, s->zone);
	m->first = msg_text(t, s->first);
	m->recurrence = msg_text(t, s->recurrence);
	m->duration = msg_duration(t, s->length_ms);
	m->n_gates = msg_gates(t, s->gates, &m->gates);
	m->author = msg_text(t, s->author);
	m->create_time = msg_time(t, s->created_ms);
	m->tasks = turn_array(t, WINDOW_TASKS, sizeof(*m->tasks));
	for (const char *at = s->tasks; *at && m->n_tasks < WINDOW_TASKS;) {
		size_t n = strcspn(at, "\n");

		m->tasks[m->n_tasks++] = turn_printf(t, "%.*s", (int)n, at);
		at += n + (at[n] == '\n');
	}
	return m;
}

static enum err list_routines(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListRoutinesRequest *in = vin;
	Ghostfleet__V1__ListRoutinesResponse *out = vout;
	struct routine *list;
	size_t limit, n;
	int64_t after;

	TRY(page_of(t, in->page_size, in->page_token, PAGE_USUAL, PAGE_MOST, &limit, &after));
	TRY(routine_list(t, after, limit, &list, &n));
	out->routines = turn_array(t, n + 1, sizeof(*out->routines));
	for (size_t i = 0; i < n; i++)
		out->routines[out->n_routines++] = msg_routine(t, &list[i]);
	if (n == limit)
		out->next_page_token = page_next(t, list[n - 1].id);
	return OK;
}

static enum err plan_routine(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__PlanRoutineRequest *in = vin;
	Ghostfleet__V1__PlanRoutineResponse *out = vout;
	struct routine_ask ask = {
		.window = { .title = in->title,
			    .rule = either(in->rule, "*"),
			    .subject = either(in->subject, "*"),
			    .reason = in->reason,
			    .zone = either(in->zone, "UTC"),
			    .tasks = (const char *const *)in->tasks,
			    .n_tasks = in->n_tasks },
		.first = in->first,
		.recurrence = in->recurrence,
	};
	struct routine s;

	TRY(length_of(t, in->duration, &ask.window.length_ms));
	TRY(gates_of(t, in->gates, in->n_gates, &ask.window.gates));
	TRY(routine_plan(t, &ask, &s));
	out->routine = msg_routine(t, &s);
	return OK;
}

static enum err end_routine(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__EndRoutineRequest *in = vin;
	Ghostfleet__V1__EndRoutineResponse *out = vout;
	struct routine s;
	int64_t id;

	TRY(id_of(t, "name", "routines", in->name, &id));
	TRY(routine_end(t, id, &s));
	out->routine = msg_routine(t, &s);
	return OK;
}

#define S "ghostfleet.v1.MaintenanceService"
#define OPERATES(name, fn)                                                                         \
	{                                                                                          \
		S, name, METHOD_WRITE, ROLE_OPERATOR, 0, 0, fn, NULL                               \
	}
const struct method maintenance_rows[] = {
	{ S, "ListWindows", METHOD_READ, ANY_READER, 0, 0, list_windows, NULL },
	{ S, "GetWindow", METHOD_READ, ANY_READER, 0, 0, get_window, NULL },
	OPERATES("PlanWindow", plan_window),
	OPERATES("StartWindow", start_window),
	OPERATES("EndWindow", end_window),
	OPERATES("CancelWindow", cancel_window),
	OPERATES("ExtendWindow", extend_window),
	OPERATES("NoteNotice", note_notice),
	OPERATES("TickTask", tick_task),
	{ S, "ListRoutines", METHOD_READ, ANY_READER, 0, 0, list_routines, NULL },
	OPERATES("PlanRoutine", plan_routine),
	OPERATES("EndRoutine", end_routine),
};
const size_t n_maintenance_rows = sizeof(maintenance_rows) / sizeof(maintenance_rows[0]);
