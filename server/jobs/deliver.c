/* Each lane of channels, a job of its own: written down as SENDING, said, what was heard written
 * down. A lane serves all its channels at once, each one delivery at a time. */
#include "server/core/deliver.h"

#include "server/jobs/count.h"
#include "server/jobs/jobs.h"
#include "server/jobs/notify.h"
#include "store/base/crash.h"

/* Mails and programs go one after the other: no more of them than a turn has time for. */
enum { ONE_BY_ONE = 4 };

struct taking {
	enum server_lane lane;
	struct parcel *p;
	size_t n;
};

static enum err take(struct turn *t, void *arg)
{
	struct taking *k = arg;

	bool by_one = k->lane == LANE_MAIL || k->lane == LANE_COMMAND;

	return deliver_take(t, k->lane, k->p, by_one ? ONE_BY_ONE : CHANNELS_MAX, &k->n);
}

struct hearing {
	const struct parcel *p;
	const struct delivery_answer *a;
	size_t n;
};

static enum err hear(struct turn *t, void *arg)
{
	const struct hearing *h = arg;

	for (size_t i = 0; i < h->n; i++)
		TRY(deliver_heard(t, &h->p[i], &h->a[i]));
	return OK;
}

static enum err serve(struct turn *t, struct jobs *j, enum server_lane lane, bool *more_out)
{
	struct taking k = { .lane = lane, .p = turn_array(t, CHANNELS_MAX, sizeof(struct parcel)) };
	bool due;

	*more_out = false;
	TRY(deliver_due(t, lane, &due));
	if (!due)
		return OK;
	TRY(lane_run(t, take, &k));
	if (k.n == 0)
		return OK;
	crash_point(CRASH_BEFORE_SEND, t->what);
	struct hearing h = { k.p, notify_say(t, j->notify, lane, k.p, k.n), k.n };

	crash_point(CRASH_AFTER_SEND, t->what);
	TRY(lane_run(t, hear, &h));
	for (size_t i = 0; i < h.n; i++) {
		count_delivery(&h.p[i], &h.a[i]);
		*more_out = *more_out || h.a[i].kind == ANSWER_OK;
	}
	return OK;
}

enum err job_deliver(struct turn *t, void *world, bool *more_out)
{
	return serve(t, world, LANE_QUICK, more_out);
}

enum err job_deliver_slow(struct turn *t, void *world, bool *more_out)
{
	return serve(t, world, LANE_SLOW, more_out);
}

enum err job_deliver_mail(struct turn *t, void *world, bool *more_out)
{
	return serve(t, world, LANE_MAIL, more_out);
}

enum err job_deliver_command(struct turn *t, void *world, bool *more_out)
{
	return serve(t, world, LANE_COMMAND, more_out);
}
