#include "server/core/stop.h"

#include <string.h>

#include "store/operations.h"
#include "store/pauses.h"

enum { PAUSES_READ = 16 };

bool stop_holds(const struct pause *p, const struct errand *e)
{
	if (p->kind == PAUSE_LOCKDOWN)
		return !e->home;
	return p->id > e->run_epoch;
}

struct errand errand_of(const struct operation *o)
{
	if (!o)
		return (struct errand){ .home = false };
	return (struct errand){ .home = o->kind == OP_EXTRACT || o->kind == OP_EVACUATE,
				.run_epoch = o->run_epoch };
}

/* What a person types; a scope is "fleet" or "wallets/NAME". */
static const char *resume_command(struct turn *t, const char *scope)
{
	if (strcmp(scope, "fleet") == 0)
		return "ghostctl resume";
	return turn_printf(t, "ghostctl resume --wallet %s", strchr(scope, '/') + 1);
}

static enum err check_scope(struct turn *t, const struct errand *e, const char *scope)
{
	struct pause *p;
	size_t n;

	TRY(pause_active(t, scope, PAUSES_READ, &p, &n));
	for (size_t i = 0; i < n; i++)
		if (stop_holds(&p[i], e))
			return fail_reason(
				t, REASON_FLEET_PAUSED, "%s by %s (%s): %s lifts it with `%s`",
				p[i].kind == PAUSE_LOCKDOWN ? "locked down" : "paused", p[i].actor,
				p[i].reason && *p[i].reason ? p[i].reason : "no reason given",
				p[i].kind == PAUSE_LOCKDOWN ? "an admin" : "an operator",
				resume_command(t, scope));
	return OK;
}

enum err stop_check_fleet(struct turn *t, const struct errand *e)
{
	return check_scope(t, e, "fleet");
}

enum err stop_check(struct turn *t, const struct errand *e, const char *wallet)
{
	TRY(stop_check_fleet(t, e));
	return check_scope(t, e, turn_printf(t, "wallets/%s", wallet));
}
