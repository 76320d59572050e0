/* ghostfleet.v1.OperationService */
#include "server/core/operation.h"

#include "ghostfleet/v1/operation.pb-c.h"
#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/journal.h"
#include "server/door/limits.h"
#include "server/eth/addr.h"

enum { PAGE = 50, PAGE_MOST = 500, STEPS = 100, STEPS_MOST = 1000, COALESCE_MS = 250 };

static enum err get_operation(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetOperationRequest *in = vin;
	Ghostfleet__V1__GetOperationResponse *out = vout;
	struct operation o;
	int64_t id;

	TRY(id_of(t, "name", "operations", in->name, &id));
	TRY(operation_get(t, id, &o));
	out->operation = msg_operation(t, &o);
	return OK;
}

static enum err list_operations(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListOperationsRequest *in = vin;
	Ghostfleet__V1__ListOperationsResponse *out = vout;
	struct operation *o;
	unsigned states;
	size_t limit, n;
	int64_t before;

	TRY(page_of(t, in->page_size, in->page_token, PAGE, PAGE_MOST, &limit, &before));
	TRY(bits_of(t, "states", in->states, in->n_states, OP_CANCELLED, &states));
	TRY(operation_list(t, states, before, limit, &o, &n));
	out->operations = turn_array(t, n + 1, sizeof(*out->operations));
	for (size_t i = 0; i < n; i++)
		out->operations[out->n_operations++] = msg_operation(t, &o[i]);
	if (n == limit && n > 0)
		out->next_page_token = page_next(t, o[n - 1].id);
	return OK;
}

static Ghostfleet__V1__Step *msg_step(struct turn *t, const struct step *s)
{
	Ghostfleet__V1__Step *m = msg_new(t, &ghostfleet__v1__step__descriptor);

	m->name = turn_printf(t, "operations/%lld/steps/%lld", (long long)s->operation,
			      (long long)s->id);
	m->wallet = turn_printf(t, "wallets/%s", s->wallet_name);
	m->address = msg_text(t, addr_str(t, s->addr));
	m->state = (Ghostfleet__V1__StepState)s->state;
	m->value = msg_wei(t, s->value);
	m->max_fee = msg_wei(t, s->max_fee);
	m->gas_loan = msg_wei(t, s->loan);
	m->moved = msg_wei(t, s->moved);
	m->fees_paid = msg_wei(t, s->fees_paid);
	m->text = msg_text(t, s->text);
	if (s->state == STEP_BLOCKED)
		m->retry_time = msg_time(t, s->next_ms);
	return m;
}

static enum err list_steps(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListStepsRequest *in = vin;
	Ghostfleet__V1__ListStepsResponse *out = vout;
	struct operation o;
	struct step *s;
	unsigned states;
	size_t limit, n;
	int64_t id, after;

	TRY(id_of(t, "parent", "operations", in->parent, &id));
	TRY(page_of(t, in->page_size, in->page_token, STEPS, STEPS_MOST, &limit, &after));
	TRY(bits_of(t, "states", in->states, in->n_states, STEP_CANCELLED, &states));
	TRY(operation_get(t, id, &o));
	TRY(step_list(t, id, states, after, limit, &s, &n));
	out->steps = turn_array(t, n + 1, sizeof(*out->steps));
	for (size_t i = 0; i < n; i++)
		out->steps[out->n_steps++] = msg_step(t, &s[i]);
	if (n == limit && n > 0)
		out->next_page_token = page_next(t, s[n - 1].id);
	return OK;
}

static enum err run_operation(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__RunOperationRequest *in = vin;
	Ghostfleet__V1__RunOperationResponse *out = vout;
	struct operation o;
	struct eth_hash hash;
	int64_t id;

	TRY(id_of(t, "name", "operations", in->name, &id));
	if (!hash_parse(in->plan_hash, &hash))
		return fail(t, ERR_INVALID,
			    "plan_hash: want the 0x hash that the plan was shown with");
	TRY(operation_run(t, id, &hash, in->accept_token_tax, &o));
	out->operation = msg_operation(t, &o);
	return OK;
}

static enum err cancel_operation(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CancelOperationRequest *in = vin;
	Ghostfleet__V1__CancelOperationResponse *out = vout;
	struct operation o;
	int64_t id;

	TRY(id_of(t, "name", "operations", in->name, &id));
	TRY(operation_cancel(t, id, in->reason, &o));
	out->operation = msg_operation(t, &o);
	return OK;
}

/* Of one stream: what was sent last. */
struct watching {
	int64_t id, version, sent_ms;
	enum op_state state;
	bool held;
};

static bool ended(const struct operation *o)
{
	return o->state != OP_PLANNING && o->state != OP_PLANNED && o->state != OP_RUNNING;
}

static enum err begin_watch(struct turn *t, struct watch *w)
{
	const Ghostfleet__V1__WatchOperationRequest *in = w->in;
	struct watching *s = arena_alloc(w->mem, sizeof(*s));

	TRY(id_of(t, "name", "operations", in->name, &s->id));
	w->state = s;
	return OK;
}

static enum err watch_operation(struct turn *t, struct watch *w, void *vout, bool *have)
{
	Ghostfleet__V1__WatchOperationResponse *out = vout;
	struct operation o;
	bool held;

	if (!w->state)
		TRY(begin_watch(t, w));
	struct watching *s = w->state;

	TRY(operation_get(t, s->id, &o));
	TRY(operation_held(t, &o, &held));
	bool news = o.version != s->version || held != s->held;
	/* Four times a second at most, but another state at once. */
	bool now = news && (t->now_ms - s->sent_ms >= COALESCE_MS || o.state != s->state);

	*have = now || w->heartbeat;
	if (news && !now)
		w->again_ms = COALESCE_MS; /* the last change of a burst is not lost */
	if (now || (w->heartbeat && news)) {
		s->version = o.version;
		s->held = held;
		s->state = o.state;
		s->sent_ms = t->now_ms;
		out->kind_case = GHOSTFLEET__V1__WATCH_OPERATION_RESPONSE__KIND_OPERATION;
		out->operation = msg_operation(t, &o);
		w->done = ended(&o);
	} else if (w->heartbeat) {
		out->kind_case = GHOSTFLEET__V1__WATCH_OPERATION_RESPONSE__KIND_HEARTBEAT;
		out->heartbeat = msg_time(t, t->now_ms);
	}
	return OK;
}

enum {
	WAIT_MS = 30 * 1000,
	WAIT_MOST_MS = LIMIT_WAIT,
	WAIT_MARGIN_MS = 300, /* before the call's deadline: an answer must still get there */
};

struct waiting {
	int64_t id, timeout_ms;
};

static enum err begin_wait(struct turn *t, struct watch *w)
{
	const Ghostfleet__V1__WaitOperationRequest *in = w->in;
	struct waiting *s = arena_alloc(w->mem, sizeof(*s));

	TRY(id_of(t, "name", "operations", in->name, &s->id));
	s->timeout_ms = WAIT_MS;
	if (in->timeout)
		TRY(duration_of(t, "timeout", in->timeout, 0, WAIT_MOST_MS, &s->timeout_ms));
	w->state = s;
	return OK;
}

/* How much longer; 0: what there is is the answer. */
static int64_t wait_left_ms(const struct watch *w)
{
	const struct waiting *s = w->state;
	int64_t all = w->waited_ms + w->left_ms;
	int64_t margin = all > 10 * WAIT_MARGIN_MS ? WAIT_MARGIN_MS : all / 10;
	int64_t left = s->timeout_ms - w->waited_ms;

	if (left > w->left_ms - margin)
		left = w->left_ms - margin;
	return left > 0 ? left : 0;
}

static enum err wait_operation(struct turn *t, struct watch *w, void *vout, bool *have)
{
	const Ghostfleet__V1__WaitOperationRequest *in = w->in;
	Ghostfleet__V1__WaitOperationResponse *out = vout;
	struct operation o;

	if (!w->state)
		TRY(begin_wait(t, w));
	TRY(operation_get(t, ((const struct waiting *)w->state)->id, &o));
	out->done = ended(&o) || (in->until_planned && o.state == OP_PLANNED);
	w->again_ms = wait_left_ms(w);
	*have = out->done || w->again_ms == 0;
	if (*have)
		out->operation = msg_operation(t, &o);
	return OK;
}

#define S "ghostfleet.v1.OperationService"
const struct method operation_rows[] = {
	{ S, "GetOperation", METHOD_READ, ANY_READER, 0, 0, get_operation, NULL },
	{ S, "ListOperations", METHOD_READ, ANY_READER, 0, 0, list_operations, NULL },
	{ S, "ListSteps", METHOD_READ, ANY_READER, 0, 0, list_steps, NULL },
	{ S, "RunOperation", METHOD_WRITE, ROLE_TREASURER, METHOD_NEEDS_ID, 0, run_operation,
	  NULL },
	{ S, "CancelOperation", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT | METHOD_EMERGENCY, 0,
	  cancel_operation, NULL },
	{ S, "WaitOperation", METHOD_WAIT, ANY_READER, 0, TOPIC_OPERATION, NULL, wait_operation },
	{ S, "WatchOperation", METHOD_STREAM, ANY_READER, 0, TOPIC_OPERATION | TOPIC_FLEET, NULL,
	  watch_operation },
};
const size_t n_operation_rows = sizeof(operation_rows) / sizeof(operation_rows[0]);
