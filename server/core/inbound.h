/* server/core/inbound.h - what others tell us: PagerDuty that somebody has it, Alertmanager that
 * something fires. All in the lane.
 */
#ifndef SERVER_CORE_INBOUND_H
#define SERVER_CORE_INBOUND_H

#include "store/base/turn.h"

/* Whether `header` (X-PagerDuty-Signature, "v1=HEX,v1=HEX") has HMAC-SHA256 of the body by the
 * secret. Compared in the same time wherever it differs. */
bool inbound_signed(const char *secret, struct bytes body, const char *header);

struct inbound_said {
	bool applied;
	int64_t incident; /* 0: none of ours */
	const char *why;  /* when nothing was done; "" */
};

/* One event of PagerDuty's webhook (version 3), whose signature is good:
 * https://developer.pagerduty.com/docs/webhooks-overview. Acknowledged, unacknowledged and resolved
 * there moves ours, by who did it; each event once, none that is older than three days.
 * ERR_INVALID: it is not such an event. */
enum err inbound_pagerduty(struct turn *t, struct bytes body, struct inbound_said *out) MUST_USE;

struct inbound_alerts {
	int64_t opened, again, cleared;
};
enum { INBOUND_ALERTS = 200 };

/* One message of Alertmanager's webhook (version 4):
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config. An alert's fingerprint
 * is the incident's key. ERR_INVALID: it is not such a message, or has more than INBOUND_ALERTS. */
enum err inbound_alertmanager(struct turn *t, struct bytes body,
			      struct inbound_alerts *out) MUST_USE;

#endif
