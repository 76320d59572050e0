/* Plans that are shown, asked about, run and followed: fund, extract, evacuate. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/follow.h"
#include "client/money.h"
#include "client/out.h"
#include "client/plan.h"
#include "ghostfleet/v1/funding.pb-c.h"
#include "store/base/turn.h"
#include "store/base/units.h"

/* The wallets that --wallets and --profile choose; NULL: all. */
static Ghostfleet__V1__WalletSelector *selector(struct turn *t, struct cli *c)
{
	if (!cli_has(c, OPT_WALLETS) && !cli_has(c, OPT_PROFILE))
		return NULL;
	Ghostfleet__V1__WalletSelector *s = turn_alloc(t, sizeof(*s));

	ghostfleet__v1__wallet_selector__init(s);
	s->profile = cli_opt(t, c, OPT_PROFILE);
	if (cli_has(c, OPT_WALLETS)) {
		s->names = args_split(t, c->args.opt[OPT_WALLETS], &s->n_names);
		for (size_t i = 0; i < s->n_names; i++)
			s->names[i] = resource(t, "wallets", s->names[i]);
	}
	return s;
}

enum err cmd_fund(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__PlanFundRequest q = GHOSTFLEET__V1__PLAN_FUND_REQUEST__INIT;
	const char *target = c->args.opt[OPT_TARGET], *why;
	struct wei wei;
	void *answer;

	if (!target)
		return usage(t, c,
			     "say what each wallet shall hold afterwards: --target 0.05ether");
	if (!amount_parse(target, &wei, &why))
		return usage(t, c, "--target %s: %s", target, why);
	TRY(money_may_ask(t, c));
	q.target = turn_strdup(t, wei_str(t, wei));
	if (cli_has(c, OPT_SOURCE))
		q.source = resource(t, "wallets", c->args.opt[OPT_SOURCE]);
	q.wallets = selector(t, c);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, &ghostfleet__v1__funding_service__descriptor, "PlanFund", &q, &answer));
	return money_go_on(t, c, ((Ghostfleet__V1__PlanFundResponse *)answer)->operation);
}

enum err cmd_extract(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__PlanExtractRequest q = GHOSTFLEET__V1__PLAN_EXTRACT_REQUEST__INIT;
	void *answer;

	TRY(money_may_ask(t, c));
	q.wallets = selector(t, c);
	q.destination = cli_opt(t, c, OPT_TO);
	q.native_only = cli_has(c, OPT_NATIVE_ONLY);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, &ghostfleet__v1__funding_service__descriptor, "PlanExtract", &q,
		     &answer));
	return money_go_on(t, c, ((Ghostfleet__V1__PlanExtractResponse *)answer)->operation);
}

enum err cmd_evacuate(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__EvacuateRequest q = GHOSTFLEET__V1__EVACUATE_REQUEST__INIT;
	void *answer;
	enum err e;

	TRY(money_may_ask(t, c));
	q.destination = cli_opt(t, c, OPT_TO);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	if (!cli_has(c, OPT_YES) && !q.validate_only &&
	    !money_ask(t, c, "Pause the fleet and bring everything home"))
		return fail(t, ERR_GONE, "nothing was done");
	TRY(cli_call(t, c, &ghostfleet__v1__funding_service__descriptor, "Evacuate", &q, &answer));
	Ghostfleet__V1__EvacuateResponse *r = answer;

	if (!q.validate_only)
		return money_go_on(t, c, r->operation);
	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf(
		"this would be it: %s\nnothing was done. What it would bring home, to the wei: "
		"ghostctl extract --dry-run\n",
		clean(t, r->operation->text));
	return OK;
}
