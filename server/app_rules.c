/* The rules of a start: the defaults, and what a monitoring.env says of them. */
#include "server/app_rules.h"

#include "server/core/rules.h"
#include "store/base/log.h"

static enum err begin(struct turn *t, void *arg)
{
	const struct rules_file *f = arg;

	TRY(rules_ship(t));
	return rules_apply_file(t, f);
}

static double said(double v)
{
	return v > 0 ? v : -1;
}

enum err app_rules(struct turn *t, const struct config *c)
{
	struct rules_file f = { .down_minutes = said(c->alerts.downtime_minutes),
				.balance_ether = said(c->alerts.balance),
				.participation = said(c->alerts.participation),
				.cpu = said(c->alerts.cpu),
				.disk = said(c->alerts.disk) };

	if (c->alerts.email)
		log_line(t, LOG_INFO,
			 "alerts.email names who is told; a channel says by which server: "
			 "ghostctl notify channels add mail --kind email --recipients",
			 "email", c->alerts.email, NULL);
	return lane_run(t, begin, &f);
}
