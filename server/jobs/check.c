/* CheckEndpoints: every endpoint is asked now, whatever its state. */
#include "server/core/operation.h"
#include "server/jobs/jobs.h"
#include "store/base/buf.h"

enum { OPERATIONS = 64, TEXT_MAX = 390 };

struct result {
	int64_t operation;
	bool fine;
	const char *text;
};

static enum err done(struct turn *t, void *arg)
{
	const struct result *r = arg;

	return operation_check_done(t, r->operation, r->fine, r->text);
}

static enum err check(struct turn *t, struct jobs *j, struct result *r)
{
	struct buf b = buf_in(t->mem, TEXT_MAX);
	size_t good = 0;

	for (size_t i = 0; i < j->n_endpoints; i++) {
		struct el_probe p;
		enum err e = el_probe(t, j->el[JOB_CHECK], j->endpoint_names[i], &p);

		good += e == OK;
		buf_printf(&b, "%s%s: %s", i ? "; " : "", j->endpoint_names[i],
			   e == OK ? turn_printf(t, "ok, block %llu, %lld ms",
						 (unsigned long long)p.head,
						 (long long)(p.latency_us / 1000))
				   : t->why);
	}
	r->fine = good > 0 && good == j->n_endpoints;
	r->text = turn_printf(t, "%zu of %zu endpoints answer. %.300s", good, j->n_endpoints,
			      buf_text(&b));
	return lane_run(t, done, r);
}

enum err job_check(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct operation *o;
	int64_t after = 0;
	size_t n = OPERATIONS;

	*more_out = false;
	while (n == OPERATIONS) {
		TRY(operation_live(t, OP_RUNNING, after, OPERATIONS, &o, &n));
		for (size_t i = 0; i < n; i++) {
			struct result r = { .operation = o[i].id };

			after = o[i].id;
			if (o[i].kind == OP_CHECK)
				TRY(check(t, j, &r));
		}
	}
	return OK;
}
