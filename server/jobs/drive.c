/* Running operations: what is due is looked at, and core decides one move for each wallet. */
#include "server/core/drive.h"
#include "server/core/control.h"
#include "server/core/operation.h"
#include "server/core/shared.h"
#include "server/jobs/jobs.h"
#include "server/jobs/look.h"
#include "store/base/wei.h"

enum { OPERATIONS = 16, LOOK = 256, EXPAND = 500 };

/* The first look of an evacuation: few questions, so that the first money moves within a second. */
enum { LOOK_FIRST = 32, FIRST_MS = 5000 };

/* A look at a group takes memory; so much in one turn, then the next operations get theirs. */
static const size_t MEMORY_A_TURN = (size_t)16 << 20;

static enum err idle(struct turn *t, void *arg)
{
	return drive_idle(t, *(const int64_t *)arg);
}

static enum err expand(struct turn *t, void *arg)
{
	struct operation *o = arg;

	/* A call may have changed it since it was read. */
	TRY(operation_get(t, o->id, o));
	return o->state == OP_RUNNING && !o->cancelling ? operation_expand(t, o, EXPAND) : OK;
}

static enum err steps(struct turn *t, void *arg)
{
	return drive_steps(t, arg);
}

struct saying {
	int64_t operation;
	const char *text;
};

static enum err say(struct turn *t, void *arg)
{
	const struct saying *s = arg;

	return drive_waits(t, s->operation, s->text);
}

static enum err look_funder(struct turn *t, struct el *el, const struct operation *o,
			    struct drive *d, struct wallet *payer)
{
	d->funder = o->source;
	if (!o->source)
		return OK;
	TRY(wallet_by_id(t, o->source, payer));
	return look_account(t, el, payer->addr, &d->funder_account);
}

/* In groups that one lane turn takes. */
static enum err tell(struct turn *t, struct drive *all, bool *more)
{
	for (size_t at = 0; at < all->n; at += DRIVE_GROUP) {
		struct drive d = *all;

		d.steps = all->steps + at;
		d.n = all->n - at < DRIVE_GROUP ? all->n - at : DRIVE_GROUP;
		d.holdings = all->holdings ? all->holdings + at : NULL;
		d.views = all->views ? all->views + at : NULL;
		TRY(lane_run(t, steps, &d));
		if (d.placed < d.n)
			return OK; /* something all share holds it up: later */
		*more = *more || all->n == LOOK || all->n == LOOK_FIRST;
	}
	return OK;
}

/* How many more transactions the payer takes: to look at more recipients is for nothing. */
static enum err room_of(struct turn *t, const struct operation *o, size_t *out)
{
	int64_t live;

	*out = LOOK;
	if (o->kind == OP_EVACUATE && wei_is_zero(o->moved) && t->now_ms - o->run_ms < FIRST_MS) {
		struct step_counts c;

		TRY(step_count(t, o->id, &c));
		if (c.running + c.blocked == 0)
			*out = LOOK_FIRST;
	}
	if (o->kind != OP_FUND)
		return OK;
	TRY(intent_live_count(t, o->source, &live));
	if (live >= policy()->in_flight)
		*out = 0;
	else if (policy()->in_flight - live < LOOK)
		*out = (size_t)(policy()->in_flight - live);
	return OK;
}

static enum err drive_one(struct turn *t, struct el *el, struct l1_oracle *oracle,
			  struct operation *o, bool *more)
{
	struct drive d = { .operation = o->id };
	struct wallet payer = { 0 };
	struct wei l1_fee;
	bool held, open;
	size_t room;

	if (o->kind == OP_CHECK || control_kind(o->kind))
		return OK;
	TRY(operation_held(t, o, &held));
	if (held && !o->cancelling)
		return OK;
	TRY(step_any_open(t, o->id, &open));
	if (o->expand >= 0 && !o->cancelling)
		*more = true;
	else if (!open || o->cancelling)
		return lane_run(t, idle, &o->id);
	TRY(room_of(t, o, &room));
	if (room == 0)
		return OK;
	TRY(step_due(t, o->id, room, &d.steps, &d.n));
	/* First those that the standing plan named, then whoever is left. */
	if (o->expand >= 0 && (d.n < room || !wei_is_zero(o->moved)))
		TRY(lane_run(t, expand, o));
	if (d.n == 0)
		return OK;
	TRY(look_funder(t, el, o, &d, &payer));
	TRY(l1_fee_ask(t, el, oracle, &l1_fee));
	if (o->kind == OP_FUND) {
		struct fund_view *v;

		TRY(look_recipients(t, el, d.steps, d.n, &payer.addr, false, l1_fee, &v));
		d.views = v;
	} else {
		struct holding *h;

		TRY(look_holdings(t, el, o, d.steps, d.n, l1_fee, &h));
		d.holdings = h;
	}
	return tell(t, &d, more);
}

enum err job_drive(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct operation *o;
	enum err first = OK;
	size_t n, done = 0;

	/* In turns, so that those that wait hold up no other. */
	*more_out = false;
	TRY(operation_live(t, OP_RUNNING, j->drive_after, OPERATIONS, &o, &n));
	while (done < n && arena_used(t->mem) < MEMORY_A_TURN) {
		struct operation *one = &o[done++];
		enum err e = drive_one(t, j->el[JOB_DRIVE], &j->drive_oracle, one, more_out);

		if (e == ERR_AWAY) {
			struct saying s = { one->id, turn_printf(t, "waits: %.350s", t->why) };

			e = lane_run(t, say, &s);
		}
		first = first == OK && e != ERR_STALE ? e : first;
	}
	bool rest = done < n || n == OPERATIONS;

	*more_out = *more_out || rest;
	j->drive_after = rest ? o[done - 1].id : 0;
	return first;
}
