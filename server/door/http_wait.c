/* Calls that wait for their answer (METHOD_WAIT): suspended, and asked again on the door's thread
 * when one of their topics changed or their time has come. None of them holds a thread. */
#include <string.h>

#include "server/door/encode.h"
#include "server/door/http_inside.h"
#include "store/base/clock.h"

enum { LOOK_MS = 100, STEP_MS = 1000 };

struct asking {
	struct call *call;
	ProtobufCMessage *out;
	bool have;
};

/* What an answer depends on; who may no longer call is of TOPIC_FLEET. */
static uint64_t version(const struct call *call)
{
	return store_version(call->door->store, call->rpc->row->topics | TOPIC_FLEET);
}

static enum err ask_in_snapshot(struct turn *t, void *arg)
{
	struct asking *a = arg;

	return a->call->rpc->row->watch(t, &a->call->watch, a->out, &a->have);
}

static enum err ask_handler(struct turn *t, struct asking *a)
{
	struct call *call = a->call;
	struct head h = head_read(call->c);

	if (atomic_load(&call->door->stop))
		return fail_reason(t, REASON_SERVER_DRAINING,
				   "this server is shutting down; wait again elsewhere or later");
	/* Who may no longer call is told so now. */
	TRY(who_asks(call, &h));
	t->actor = call->t.actor;
	t->roles = call->t.roles;
	return read_run(t, ask_in_snapshot, a);
}

/* True: there is an answer, or an error. */
static bool ask(struct call *call)
{
	struct http_door *d = call->door;
	int64_t now = clock_mono_ms();
	struct turn t;

	call->watch.waited_ms = now - call->opened_ms;
	call->watch.left_ms = call->t.due_ms > now ? call->t.due_ms - now : 0;
	call->watch.again_ms = 0;
	call->seen = version(call);
	turn_begin(&t, d->store, d->db, d->mem, call->t.what, call->t.actor, STEP_MS);
	call->t.now_ms = t.now_ms;
	struct asking a = { .call = call, .out = message_new(&t, call->rpc->out) };
	enum err e = ask_handler(&t, &a);

	if (e == OK && a.have) {
		call->rpc_call.request.reply = encode(&call->t, a.out);
	} else if (e != OK && t.reason != REASON_NONE) {
		call->t.reason = t.reason;
		call->t.retry_ms = t.retry_ms;
		memcpy(call->t.why, t.why, sizeof(t.why));
	}
	turn_end(&t);
	call->result = e;
	call->again_ms = call->watch.again_ms > 0 ? now + call->watch.again_ms : 0;
	return e != OK || a.have;
}

bool wait_begin(struct call *call)
{
	struct http_door *d = call->door;

	call->watch = (struct watch){ .mem = call->mem, .in = call->rpc_call.in };
	call->opened_ms = clock_mono_ms();
	if (ask(call))
		return true;
	if (d->n_waiting == HTTP_WAITING) {
		call->result = fail_reason(&call->t, REASON_SERVER_BUSY,
					   "%d calls wait here already", HTTP_WAITING);
		return true;
	}
	call->stage = CALL_WORKING;
	call->conn->working = true;
	call->next = d->waiting;
	d->waiting = call;
	d->n_waiting++;
	MHD_suspend_connection(call->c);
	return false;
}

static bool due(const struct call *call, int64_t now)
{
	return (call->again_ms != 0 && now >= call->again_ms) || now >= call->t.due_ms ||
	       version(call) != call->seen;
}

void wait_look(struct http_door *d)
{
	struct call **at = &d->waiting, *call;
	int64_t now = d->waiting ? clock_mono_ms() : 0;
	bool stop = atomic_load(&d->stop);

	/* However often the thread wakes. */
	if (!d->waiting || (!stop && now - d->looked_ms < LOOK_MS))
		return;
	d->looked_ms = now;
	while ((call = *at) != NULL) {
		if (!(stop || due(call, now)) || !ask(call)) {
			at = &call->next;
			continue;
		}
		*at = call->next;
		d->n_waiting--;
		call_resume(call);
	}
}

int wait_timeout(const struct http_door *d, int ms)
{
	return d->waiting && ms > LOOK_MS ? LOOK_MS : ms;
}
