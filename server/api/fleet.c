/* ghostfleet.v1.FleetService */
#include "server/core/fleet.h"

#include "ghostfleet/v1/fleet.pb-c.h"
#include "server/api/convert.h"
#include "server/api/rows.h"

static Ghostfleet__V1__WalletCounts *wallets(struct turn *t, const struct wallet_counts *c)
{
	Ghostfleet__V1__WalletCounts *m = msg_new(t, &ghostfleet__v1__wallet_counts__descriptor);

	m->total = c->total;
	m->active = c->active;
	m->tripped = c->tripped;
	m->watch_only = c->watch_only;
	m->retired = c->retired;
	return m;
}

static Ghostfleet__V1__OperationCounts *operations(struct turn *t, const struct fleet *f)
{
	Ghostfleet__V1__OperationCounts *m =
		msg_new(t, &ghostfleet__v1__operation_counts__descriptor);

	m->planning = f->operations[OP_PLANNING];
	m->planned = f->operations[OP_PLANNED];
	m->running = f->operations[OP_RUNNING];
	m->held = f->held;
	return m;
}

static Ghostfleet__V1__TransactionCounts *transactions(struct turn *t, const struct fleet *f)
{
	Ghostfleet__V1__TransactionCounts *m =
		msg_new(t, &ghostfleet__v1__transaction_counts__descriptor);

	m->signed_ = f->transactions[TX_SIGNED];
	m->unknown = f->transactions[TX_UNKNOWN];
	m->in_pool = f->transactions[TX_IN_POOL];
	m->mined = f->transactions[TX_MINED];
	m->review = f->transactions[TX_REVIEW];
	return m;
}

static Ghostfleet__V1__ChainStatus *chain(struct turn *t, const struct fleet *f)
{
	Ghostfleet__V1__ChainStatus *m = msg_new(t, &ghostfleet__v1__chain_status__descriptor);

	m->chain_id = f->chain.chain_id;
	m->head_block = f->chain.head;
	m->base_fee = msg_wei(t, f->chain.base_fee);
	m->tip = msg_wei(t, f->chain.tip);
	m->observe_time = msg_time(t, f->chain.seen_ms);
	m->endpoints = (int32_t)f->endpoints;
	m->endpoints_ok = (int32_t)f->endpoints_ok;
	return m;
}

static Ghostfleet__V1__Fleet *fleet(struct turn *t, const struct fleet *f)
{
	Ghostfleet__V1__Fleet *m = msg_new(t, &ghostfleet__v1__fleet__descriptor);

	m->state = (Ghostfleet__V1__FleetState)f->state;
	m->pauses = turn_array(t, f->n_pauses + 1, sizeof(*m->pauses));
	for (size_t i = 0; i < f->n_pauses; i++)
		m->pauses[m->n_pauses++] = msg_pause(t, &f->pauses[i]);
	m->wallets = wallets(t, &f->wallets);
	m->operations = operations(t, f);
	m->transactions = transactions(t, f);
	m->chain = chain(t, f);
	m->total_balance = msg_wei(t, f->money);
	m->oldest_observe_time = msg_time(t, f->oldest_ms);
	m->problems = turn_array(t, f->n_problems + 1, sizeof(*m->problems));
	for (size_t i = 0; i < f->n_problems; i++)
		m->problems[m->n_problems++] = msg_text(t, f->problems[i]);
	m->last_event_id = f->last_event;
	m->recent = turn_array(t, f->n_recent + 1, sizeof(*m->recent));
	for (size_t i = 0; i < f->n_recent; i++)
		m->recent[m->n_recent++] = msg_event(t, &f->recent[i]);
	return m;
}

static enum err get_fleet(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__GetFleetResponse *out = vout;
	struct fleet f;

	(void)in;
	TRY(fleet_look(t, &f));
	out->fleet = fleet(t, &f);
	return OK;
}

static enum err pause_fleet(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__PauseFleetRequest *in = vin;
	Ghostfleet__V1__PauseFleetResponse *out = vout;
	enum pause_kind kind = PAUSE_PLAIN;
	struct pause p;

	switch (in->kind) {
	case GHOSTFLEET__V1__PAUSE_KIND__PAUSE_KIND_UNSPECIFIED:
	case GHOSTFLEET__V1__PAUSE_KIND__PAUSE_KIND_PAUSE:
		break;
	case GHOSTFLEET__V1__PAUSE_KIND__PAUSE_KIND_LOCKDOWN:
		kind = PAUSE_LOCKDOWN;
		break;
	default: /* an open enum: any number may arrive */
		return fail(t, ERR_INVALID, "kind: %d is not one of its values", in->kind);
	}
	TRY(fleet_pause(t, in->scope, kind, in->reason, &p));
	out->pause = msg_pause(t, &p);
	out->durability = p.latched ? GHOSTFLEET__V1__DURABILITY__DURABILITY_LATCH
				    : GHOSTFLEET__V1__DURABILITY__DURABILITY_STORE;
	return OK;
}

static enum err resume_fleet(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ResumeFleetRequest *in = vin;
	Ghostfleet__V1__ResumeFleetResponse *out = vout;
	enum fleet_state state;
	bool changed;

	TRY(fleet_resume(t, in->scope, in->reason, (t->roles & ROLE_ADMIN) != 0, &changed));
	TRY(fleet_state_now(t, &state));
	out->changed = changed;
	out->state = (Ghostfleet__V1__FleetState)state;
	return OK;
}

static Ghostfleet__V1__Heartbeat *heartbeat(struct turn *t, int64_t last)
{
	Ghostfleet__V1__Heartbeat *m = msg_new(t, &ghostfleet__v1__heartbeat__descriptor);

	m->last_event_id = last;
	m->time = msg_time(t, t->now_ms);
	return m;
}

static enum err watch_fleet(struct turn *t, struct watch *w, void *vout, bool *have)
{
	const Ghostfleet__V1__WatchFleetRequest *in = w->in;
	Ghostfleet__V1__WatchFleetResponse *out = vout;
	struct event *e;
	size_t n;

	if (!w->state) { /* the first turn of the stream */
		w->state = w;
		w->after = in->after_event_id;
		if (in->after_event_id < 0)
			return fail(t, ERR_INVALID, "after_event_id: below zero");
		if (in->after_event_id == 0)
			TRY(event_last(t, &w->after));
	}
	TRY(event_list(t, w->after, TOPIC_ALL, NULL, 1, &e, &n));
	*have = n > 0 || w->heartbeat;
	if (n > 0) {
		w->after = e->id;
		out->kind_case = GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_EVENT;
		out->event = msg_event(t, e);
	} else if (w->heartbeat) {
		out->kind_case = GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_HEARTBEAT;
		out->heartbeat = heartbeat(t, w->after);
	}
	return OK;
}

#define S "ghostfleet.v1.FleetService"
const struct method fleet_rows[] = {
	{ S, "GetFleet", METHOD_READ, ANY_READER, METHOD_CACHED, TOPIC_ALL, get_fleet, NULL },
	{ S, "PauseFleet", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT | METHOD_EMERGENCY, 0,
	  pause_fleet, NULL },
	{ S, "ResumeFleet", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT | METHOD_EMERGENCY, 0,
	  resume_fleet, NULL },
	{ S, "WatchFleet", METHOD_STREAM, ANY_READER, 0, TOPIC_ALL, NULL, watch_fleet },
};
const size_t n_fleet_rows = sizeof(fleet_rows) / sizeof(fleet_rows[0]);
