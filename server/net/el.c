#include "server/net/el.h"

#include <stdlib.h>

#include "server/net/el_ask.h"

enum { PARALLEL = 4, PARALLEL_MAX = 16, WITHIN_MS = 10000, ANSWER_MAX = 8 << 20 };

enum err el_open(struct turn *t, struct endpoints *pool, const struct el_options *o,
		 struct el **out)
{
	size_t parallel = o->parallel ? o->parallel : PARALLEL;
	struct http_client *http;

	parallel = parallel < PARALLEL_MAX ? parallel : PARALLEL_MAX;
	TRY(http_open(t, &(struct http_options){ .connections = parallel, .ca_file = o->ca_file },
		      &http));
	struct el *e = calloc(1, sizeof(*e));

	if (!e)
		abort();
	*e = (struct el){ .pool = pool,
			  .http = http,
			  .parallel = parallel,
			  .max_answer = o->max_answer ? o->max_answer : ANSWER_MAX,
			  .within_ms = o->within_ms ? o->within_ms : WITHIN_MS,
			  .sync = o->sync,
			  .send_all = o->send_all };
	*out = e;
	return OK;
}

void el_close(struct el *e)
{
	if (!e)
		return;
	http_close(e->http);
	free(e);
}
