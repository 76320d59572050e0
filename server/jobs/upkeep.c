/* The store's own housekeeping: events and kept answers beyond their bounds, plans that nobody
 * ran; deliveries that waited too long. */
#include "server/core/deliver.h"
#include "server/core/nonces.h"
#include "server/core/operation.h"
#include "server/core/shared.h"
#include "server/core/validator.h"
#include "server/jobs/jobs.h"
#include "store/events.h"
#include "store/ledger.h"
#include "store/pages.h"
#include "store/requests.h"
#include "store/series.h"

enum { AT_ONCE = 1000, PLANS = 16, FINISHED = 200 };

/* As long as incidents are looked back at. */
static const int64_t PAGES_KEPT_MS = (int64_t)400 * 24 * 3600 * 1000;

struct pruned {
	size_t events, requests, plans;
	bool deliveries, validators;
	size_t samples, finished, pages;
};

static enum err prune(struct turn *t, void *arg)
{
	struct pruned *p = arg;

	TRY(event_prune(t, AT_ONCE, &p->events));
	TRY(nonces_audit(t));
	TRY(operation_expire(t, PLANS, &p->plans));
	TRY(deliver_sweep(t, AT_ONCE, &p->deliveries));
	return request_prune(t, AT_ONCE, &p->requests);
}

/* A turn of its own: these are many rows. */
static enum err prune_history(struct turn *t, void *arg)
{
	struct pruned *p = arg;

	TRY(ledger_prune(t, t->now_ms - policy()->keep_ms, FINISHED, &p->finished));
	TRY(page_prune(t, t->now_ms - PAGES_KEPT_MS, FINISHED, &p->pages));
	TRY(series_prune(t, AT_ONCE, &p->samples));
	return validators_upkeep(t, AT_ONCE, &p->validators);
}

enum err job_upkeep(struct turn *t, void *world, bool *more_out)
{
	struct pruned p = { 0 };

	(void)world;
	TRY(lane_run(t, prune, &p));
	TRY(lane_run(t, prune_history, &p));
	*more_out = p.events == AT_ONCE || p.requests == AT_ONCE || p.plans == PLANS ||
		    p.deliveries || p.validators || p.samples >= AT_ONCE ||
		    p.finished == FINISHED || p.pages >= FINISHED;
	return OK;
}
