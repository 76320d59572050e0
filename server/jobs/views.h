/* server/jobs/views.h - questions whose answer does not depend on who asks: token balances.
 *
 * Where the chain has Multicall3 they go there, a hundred in one call: fewer requests, and what is
 * of one call is of one block. Where it has none, one by one in the endpoint's batches. What fails
 * in company is asked again alone, so a contract that burns gas spoils nobody's answer.
 */
#ifndef SERVER_JOBS_VIEWS_H
#define SERVER_JOBS_VIEWS_H

#include "server/net/el.h"

/* What is known of the chain's Multicall3; zero: nothing yet. Belongs to one job. */
struct views {
	bool there;
	int64_t asked_ms; /* 0: never */
};

/* As el_calls; `from` and `value` of the calls do not count. */
enum err views_ask(struct turn *t, struct el *el, struct views *v, const struct el_call *calls,
		   size_t n, struct el_call_result *out) MUST_USE;

#endif
