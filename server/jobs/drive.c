/* Running operations: what is due is looked at, and core decides one move for each wallet. */
#include "server/core/drive.h"
#include "server/core/operation.h"
#include "server/jobs/jobs.h"
#include "server/jobs/look.h"

enum { OPERATIONS = 16, LOOK = 256 };

static enum err idle(struct turn *t, void *arg)
{
	return drive_idle(t, *(const int64_t *)arg);
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
		*more = *more || all->n == LOOK;
	}
	return OK;
}

static enum err drive_one(struct turn *t, struct el *el, struct operation *o, bool *more)
{
	struct drive d = { .operation = o->id };
	struct wallet payer = { 0 };
	bool held;

	if (o->kind == OP_CHECK)
		return OK;
	TRY(operation_held(t, o, &held));
	if (held && !o->cancelling)
		return OK;
	TRY(step_due(t, o->id, LOOK, &d.steps, &d.n));
	if (d.n == 0 || o->cancelling)
		return lane_run(t, idle, &o->id);
	TRY(look_funder(t, el, o, &d, &payer));
	if (o->kind == OP_FUND) {
		struct fund_view *v;

		TRY(look_recipients(t, el, d.steps, d.n, &payer.addr, false, &v));
		d.views = v;
	} else {
		struct holding *h;

		TRY(look_holdings(t, el, o, d.steps, d.n, &h));
		d.holdings = h;
	}
	return tell(t, &d, more);
}

enum err job_drive(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct operation *o;
	size_t n;

	*more_out = false;
	TRY(operation_live(t, OP_RUNNING, OPERATIONS, &o, &n));
	for (size_t i = 0; i < n; i++) {
		enum err e = drive_one(t, j->el[JOB_DRIVE], &o[i], more_out);

		if (e == ERR_AWAY) {
			struct saying s = { o[i].id, turn_printf(t, "waits: %.350s", t->why) };

			*more_out = false;
			e = lane_run(t, say, &s);
		}
		if (e != OK && e != ERR_STALE)
			return e;
	}
	return OK;
}
