#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/follow.h"
#include "client/list.h"
#include "client/money.h"
#include "client/plan.h"
#include "store/base/buf.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__operation_service__descriptor;

static const char *steps_text(struct turn *t, const Ghostfleet__V1__Operation *o)
{
	struct buf b = buf_in(t->mem, 200);

	buf_printf(&b, "%" PRId64 "/%" PRId64, o->steps_done + o->steps_skipped, o->steps_total);
	if (o->steps_failed)
		buf_printf(&b, " %" PRId64 " failed", o->steps_failed);
	if (o->steps_blocked)
		buf_printf(&b, " %" PRId64 " waiting", o->steps_blocked);
	return buf_text(&b);
}

static const char *state_text(struct turn *t, const Ghostfleet__V1__Operation *o)
{
	const char *s = enum_text(t, &ghostfleet__v1__operation_state__descriptor, (int)o->state);

	if (o->cancelling && !follow_ended(o->state))
		return turn_printf(t, "%s (cancelling)", s);
	return o->held ? turn_printf(t, "%s (held)", s) : s;
}

static void operation_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Operation *o = item;

	table_row(tb, short_name(o->name),
		  enum_text(t, &ghostfleet__v1__operation_kind__descriptor, (int)o->kind),
		  state_text(t, o), steps_text(t, o), ether_short(t, o->moved),
		  ether_short(t, o->fees_paid), o->actor, age(t, o->create_time), o->text, NULL);
}

/* --state a,b as values of the enum; ERR_INVALID. */
static enum err read_states(struct turn *t, struct cli *c, const ProtobufCEnumDescriptor *d,
			    int **out, size_t *n_out)
{
	char **words = args_split(t, c->args.opt[OPT_STATE], n_out);

	*out = turn_array(t, *n_out + 1, sizeof(**out));
	for (size_t i = 0; i < *n_out; i++)
		if (enum_read(t, d, words[i], &(*out)[i]) != OK)
			return usage(t, c, "%s", t->why);
	return OK;
}

/* The operation that the command names. */
static enum err said(struct turn *t, struct cli *c, char **out)
{
	const char *number = short_name(c->args.word[0]);

	if (!*number || number[strspn(number, "0123456789")])
		return usage(t, c,
			     "'%.60s' is no operation: say the number of one, as ghostctl "
			     "operations list shows them",
			     number);
	*out = resource(t, "operations", c->args.word[0]);
	return OK;
}

enum err cmd_operations_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "OPERATION", "KIND", "STATE", "STEPS", ">MOVED",
					     ">FEES",     "BY",   "AGE",   "TEXT",  NULL };
	Ghostfleet__V1__ListOperationsRequest q = GHOSTFLEET__V1__LIST_OPERATIONS_REQUEST__INIT;
	int *states;
	size_t n = 0;

	if (cli_has(c, OPT_STATE)) {
		TRY(read_states(t, c, &ghostfleet__v1__operation_state__descriptor, &states, &n));
		q.states = turn_array(t, n + 1, sizeof(*q.states));
		for (size_t i = 0; i < n; i++)
			q.states[i] = (Ghostfleet__V1__OperationState)states[i];
		q.n_states = n;
	}
	struct list l = {
		.service = service,
		.method = "ListOperations",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = operation_row,
		.none = "no operations; plan one: ghostctl fund --target 0.05ether --dry-run",
	};

	return list_show(t, c, &l);
}

static void step_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Step *s = item;

	table_row(tb, short_name(s->wallet),
		  enum_text(t, &ghostfleet__v1__step_state__descriptor, (int)s->state),
		  ether_short(t, s->value), ether_short(t, s->moved), ether_short(t, s->fees_paid),
		  s->retry_time ? until(t, s->retry_time) : "", s->text, NULL);
}

enum err cmd_operations_steps(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "WALLET", "STATE", ">ETHER", ">MOVED",
					     ">FEES",  "AGAIN", "TEXT",   NULL };
	Ghostfleet__V1__ListStepsRequest q = GHOSTFLEET__V1__LIST_STEPS_REQUEST__INIT;
	int *states;
	size_t n = 0;

	TRY(said(t, c, &q.parent));
	if (cli_has(c, OPT_STATE)) {
		TRY(read_states(t, c, &ghostfleet__v1__step_state__descriptor, &states, &n));
		q.states = turn_array(t, n + 1, sizeof(*q.states));
		for (size_t i = 0; i < n; i++)
			q.states[i] = (Ghostfleet__V1__StepState)states[i];
		q.n_states = n;
	}
	struct list l = {
		.service = service,
		.method = "ListSteps",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = step_row,
		.none = "no such steps",
	};

	return list_show(t, c, &l);
}

enum err cmd_operations_get(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetOperationResponse r = GHOSTFLEET__V1__GET_OPERATION_RESPONSE__INIT;
	Ghostfleet__V1__Operation *o;
	char *name = NULL;
	enum err e;

	TRY(said(t, c, &name));
	TRY(follow_get(t, c, name, &o));
	r.operation = o;
	if (out_json(t, c, &r.base, &e))
		return e;
	if (o->plan)
		TRY(plan_show(t, c, stdout, o));
	(void)printf("%s: %s, planned %s by %s", o->name, state_text(t, o), age(t, o->create_time),
		     clean(t, o->actor));
	if (o->run_time)
		(void)printf(", run %s", age(t, o->run_time));
	if (o->end_time)
		(void)printf(", ended %s", age(t, o->end_time));
	(void)printf("\n%s%s%s\n", clean(t, o->text), *o->text ? "\n" : "", follow_summary(t, o));
	if (*o->trace_parent)
		(void)printf("trace %s\n", clean(t, o->trace_parent));
	return OK;
}

enum err cmd_operations_run(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__Operation *o;
	char *name = NULL;

	TRY(said(t, c, &name));
	TRY(money_may_ask(t, c));
	TRY(follow_get(t, c, name, &o));
	return money_go_on(t, c, o);
}

enum err cmd_operations_cancel(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CancelOperationRequest q = GHOSTFLEET__V1__CANCEL_OPERATION_REQUEST__INIT;
	const ProtobufCMessage *m;
	void *answer;
	enum err e;

	TRY(said(t, c, &q.name));
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CancelOperation", &q, &answer));
	m = answer;
	if (out_json(t, c, m, &e))
		return e;
	const Ghostfleet__V1__Operation *o =
		((const Ghostfleet__V1__CancelOperationResponse *)answer)->operation;

	if (o && follow_ended(o->state))
		(void)printf("%s: %s\n", o->name, state_text(t, o));
	else
		(void)printf(
			"%s: nothing new starts; what was sent is followed to its end: ghostctl "
			"operations watch %s\n",
			q.name, short_name(q.name));
	return OK;
}

enum err cmd_operations_watch(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__Operation *o;
	char *name = NULL;

	TRY(said(t, c, &name));
	TRY(follow_get(t, c, name, &o));
	TRY(follow(t, c, name, FOLLOW_END, c->timeout_ms, &o));
	return follow_report(t, c, o);
}
