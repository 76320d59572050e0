/* All wallets and validators on one page, and a page of one's own: a daemon that only looks,
 * started for it and gone with it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/fleet_view.h"
#include "client/out.h"
#include "client/sibling.h"
#include "client/stop.h"
#include "ghostfleet/v1/fleet.pb-c.h"
#include "ghostfleet/v1/validator.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum { SEEN_MS = 20000, AGAIN_MS = 250, PAGE = 1000, ARGS_MOST = 24 };

/* ---- the page ---- */

static enum err look(struct turn *t, struct cli *c, const Ghostfleet__V1__Fleet **out)
{
	Ghostfleet__V1__GetFleetRequest q = GHOSTFLEET__V1__GET_FLEET_REQUEST__INIT;
	void *answer;

	TRY(cli_call(t, c, &ghostfleet__v1__fleet_service__descriptor, "GetFleet", &q, &answer));
	*out = ((const Ghostfleet__V1__GetFleetResponse *)answer)->fleet;
	return *out ? OK : fail(t, ERR_BROKEN, "the server's answer holds no fleet");
}

/* How many validators there are, and whether each of them was heard of once. */
static enum err count_validators(struct turn *t, struct cli *c, size_t *n_out, bool *heard_out)
{
	Ghostfleet__V1__ListValidatorsRequest q = GHOSTFLEET__V1__LIST_VALIDATORS_REQUEST__INIT;
	void *answer;

	q.page_size = PAGE;
	TRY(cli_call(t, c, &ghostfleet__v1__validator_service__descriptor, "ListValidators", &q,
		     &answer));
	const Ghostfleet__V1__ListValidatorsResponse *r = answer;

	*n_out = r->n_validators;
	*heard_out = true;
	for (size_t i = 0; i < r->n_validators; i++)
		*heard_out = *heard_out && r->validators[i]->observe_time;
	return OK;
}

static bool all_seen(const Ghostfleet__V1__Fleet *f)
{
	return !f->wallets || f->wallets->total == 0 || f->oldest_observe_time;
}

/* A daemon that has just begun knows nothing yet. */
static enum err wait_until_seen(struct turn *t, struct cli *c, const Ghostfleet__V1__Fleet **fleet,
				size_t *n_validators)
{
	int64_t until = clock_mono_ms() + (c->timeout_ms ? c->timeout_ms : SEEN_MS);
	bool heard;

	for (;;) {
		TRY(look(t, c, fleet));
		TRY(count_validators(t, c, n_validators, &heard));
		if ((all_seen(*fleet) && heard) || clock_mono_ms() >= until)
			return OK;
		if (!stop_sleep(AGAIN_MS))
			return OK;
	}
}

/* One object with both lists; what went wrong is a member of it too. */
static enum err both_lists(struct turn *t, struct cli *c)
{
	(void)putchar('{');
	c->inside = true;
	enum err e = cmd_wallets_list(t, c);

	if (e == OK) {
		(void)putchar(',');
		e = cmd_validators_list(t, c);
	}
	c->inside = false;
	if (e != OK && !c->told) {
		out_error_member(t, e);
		c->told = true;
	}
	(void)puts("}");
	return e;
}

enum err cmd_fleet_page(struct turn *t, struct cli *c)
{
	const Ghostfleet__V1__Fleet *f;
	size_t n_validators;

	TRY(wait_until_seen(t, c, &f, &n_validators));
	if (c->format == FORMAT_JSON)
		return both_lists(t, c);
	if (c->format == FORMAT_TABLE) {
		(void)printf("%s; %s in %" PRId64 " wallets, %zu validators\n",
			     fleet_headline(t, f), ether_of(t, f->total_balance),
			     f->wallets ? f->wallets->total : 0, n_validators);
		for (size_t i = 0; i < f->n_problems; i++)
			(void)printf("! %s\n", clean(t, f->problems[i]));
	}
	if (f->wallets && f->wallets->total > 0)
		TRY(cmd_wallets_list(t, c));
	return n_validators > 0 ? cmd_validators_list(t, c) : OK;
}

/* ---- a daemon of its own ---- */

static void add(struct turn *t, char **v, size_t *n, const struct cli *c, enum opt_id id)
{
	if (!cli_has(c, id))
		return;
	v[(*n)++] = turn_printf(t, "--%s", option_table[id].name);
	v[(*n)++] = c->args.opt[id] ? turn_strdup(t, c->args.opt[id]) : NULL;
}

enum err watch_own(struct turn *t, struct cli *c)
{
	char *daemon = sibling_path(t, "ghost-fleet"), *self = sibling_path(t, "ghostctl");
	char **v = turn_array(t, ARGS_MOST, sizeof(*v));
	size_t n = 0;

	if (cli_has(c, OPT_ADDRESSES) && !cli_has(c, OPT_RPC))
		return usage(t, c, "--addresses needs --rpc URL: the chain to look at");
	if (cli_has(c, OPT_VALIDATORS) != cli_has(c, OPT_BEACON))
		return usage(t, c, "--validators FILE and --beacon URL go together");
	v[n++] = daemon;
	v[n++] = turn_strdup(t, "dev");
	v[n++] = turn_strdup(t, "--watch-only");
	add(t, v, &n, c, OPT_ADDRESSES);
	add(t, v, &n, c, OPT_RPC);
	add(t, v, &n, c, OPT_VALIDATORS);
	add(t, v, &n, c, OPT_BEACON);
	v[n++] = turn_strdup(t, "--");
	v[n++] = self;
	v[n++] = turn_strdup(t, "fleet");
	if (c->tty_out && c->format == FORMAT_TABLE)
		v[n++] = turn_strdup(t, "--watch");
	add(t, v, &n, c, OPT_OUTPUT);
	add(t, v, &n, c, OPT_TIMEOUT);
	(void)fflush(stdout);
	(void)execvp(daemon, v);
	return fail(t, ERR_AWAY, "%s cannot be started: %s; it comes with ghostctl", daemon,
		    strerror(errno));
}
