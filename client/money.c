#include "client/money.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/follow.h"
#include "client/junit.h"
#include "client/out.h"
#include "client/plan.h"
#include "client/stop.h"
#include "store/base/turn.h"

enum err money_may_ask(struct turn *t, struct cli *c)
{
	if (cli_has(c, OPT_YES) || cli_has(c, OPT_DRY_RUN) || (c->tty_in && c->tty_err))
		return OK;
	return usage(t, c,
		     "nobody can be asked here, as this is no terminal; add --yes to run it, or "
		     "--dry-run to see the plan");
}

static bool planned(const Ghostfleet__V1__Operation *o)
{
	return o->state == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PLANNED;
}

/* Only y and yes are a yes; Ctrl-C and the end of input are a no. */
bool money_ask(struct turn *t, const struct cli *c, const char *what)
{
	char said[16];
	size_t n = 0;

	(void)fflush(stdout);
	if (*c->context.name)
		(void)fprintf(stderr, "%s on %s? [y/N] ", what, clean(t, c->context.name));
	else
		(void)fprintf(stderr, "%s? [y/N] ", what);
	(void)fflush(stderr);
	while (n < sizeof(said) - 1) {
		if (read(STDIN_FILENO, said + n, 1) != 1 || said[n] == '\n')
			break;
		n++;
	}
	said[n] = 0;
	return !stop_asked() && (strcasecmp(said, "y") == 0 || strcasecmp(said, "yes") == 0);
}

static enum err not_run(struct turn *t, struct cli *c, const Ghostfleet__V1__Operation *o)
{
	const char *n = short_name(o->name);

	c->exit = EXIT_SAID_NO;
	(void)fprintf(stderr, "not run; the plan runs out %s: ghostctl operations run %s\n",
		      until(t, o->expire_time), clean(t, n));
	return OK;
}

static enum err run(struct turn *t, struct cli *c, const Ghostfleet__V1__Operation *o)
{
	Ghostfleet__V1__RunOperationRequest q = GHOSTFLEET__V1__RUN_OPERATION_REQUEST__INIT;
	void *answer;

	q.name = o->name;
	q.plan_hash = o->plan_hash;
	q.accept_token_tax = cli_has(c, OPT_ACCEPT_TOKEN_TAX);
	q.request_id = cli_request_id(t, c);
	return cli_call(t, c, &ghostfleet__v1__operation_service__descriptor, "RunOperation", &q,
			&answer);
}

static enum err show_only(struct turn *t, struct cli *c, Ghostfleet__V1__Operation *o)
{
	Ghostfleet__V1__GetOperationResponse r = GHOSTFLEET__V1__GET_OPERATION_RESPONSE__INIT;
	enum err e;

	if (c->format == FORMAT_JUNIT)
		return junit_operation(t, c, o);
	r.operation = o;
	if (out_json(t, c, &r.base, &e))
		return e;
	TRY(plan_show(t, c, stdout, o));
	(void)printf("nothing was run; the plan runs out %s: ghostctl operations run %s\n",
		     until(t, o->expire_time), clean(t, short_name(o->name)));
	return OK;
}

/* Ended without having been run: it could not be planned, or every wallet is skipped or cannot be
 * served. */
static enum err nothing_to_run(struct turn *t, struct cli *c, Ghostfleet__V1__Operation *o)
{
	if (o->state == GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_FAILED &&
	    o->steps_failed == 0)
		return fail(t, ERR_REFUSED, "%s could not be planned: %s", o->name,
			    *o->text ? o->text : "no reason given");
	if (c->format == FORMAT_TABLE && o->plan)
		TRY(plan_show(t, c, stdout, o));
	return follow_report(t, c, o);
}

enum err money_go_on(struct turn *t, struct cli *c, Ghostfleet__V1__Operation *o)
{
	if (!o)
		return fail(t, ERR_BROKEN, "the server's answer holds no operation");
	TRY(follow(t, c, o->name, FOLLOW_PLANNED, c->timeout_ms, &o));
	if (follow_ended(o->state) && !o->run_time)
		return nothing_to_run(t, c, o);
	if (planned(o)) {
		if (cli_has(c, OPT_DRY_RUN))
			return show_only(t, c, o);
		/* Programs read stdout, the one who is asked reads stderr. */
		if (c->format == FORMAT_TABLE)
			TRY(plan_show(t, c, stdout, o));
		else if (!cli_has(c, OPT_YES))
			TRY(plan_show(t, c, stderr, o));
		if (!cli_has(c, OPT_YES) && !money_ask(t, c, "Run this"))
			return not_run(t, c, o);
		TRY(run(t, c, o));
	}
	TRY(follow(t, c, o->name, FOLLOW_END, c->timeout_ms, &o));
	return follow_report(t, c, o);
}
