/* The outbound heartbeat: a URL of somebody else's is asked as long as everything here turns. When
 * it is not asked for a while, they page. */
#include "server/core/heartbeat.h"
#include "server/jobs/jobs.h"
#include "server/net/http.h"
#include "server/ops/health.h"
#include "store/base/log.h"
#include "store/base/units.h"

enum { WITHIN_MS = 10000, ANSWER_MAX = 4096, LATE_TIMES = 3, REPORT_MS = 5000 };

enum err jobs_beat(struct turn *t, struct jobs *j, const char *url, int64_t every_ms,
		   const char *ca_file, bool (*all_turn)(void))
{
	struct http_options o = { .connections = 1, .ca_file = ca_file };

	j->beat.url = url;
	j->beat.every_ms = every_ms;
	j->beat.all_turn = all_turn;
	return url ? http_open(t, &o, &j->beat.http) : OK;
}

/* Who would notice if we fell silent: a sentinel that beats here, or whoever has our beat. */
static enum err report(struct turn *t, const struct own_beat *b)
{
	const char *name;
	int64_t heard_ms;

	TRY(heartbeat_watcher(t, &name, &heard_ms));
	if (name)
		health_set("watched", HEALTH_HEALTHY,
			   turn_printf(t, "by %s, heard %s ago", name,
				       duration_str(t, t->now_ms - heard_ms)));
	else if (b->url && b->ok_ms && t->now_ms - b->ok_ms < LATE_TIMES * b->every_ms)
		health_set("watched", HEALTH_HEALTHY,
			   turn_printf(t, "our heartbeat was taken %s ago",
				       duration_str(t, t->now_ms - b->ok_ms)));
	else
		health_set("watched", HEALTH_HEALTHY,
			   b->url ? "our heartbeat is not taken: nobody would notice if this host "
				    "fell silent"
				  : "nobody watches us: run `ghost-fleet sentinel` on another "
				    "host, or set oncall.beat_url");
	return OK;
}

static void ask(struct turn *t, struct own_beat *b)
{
	struct http_ask q = { .url = b->url, .max_answer = ANSWER_MAX, .within_ms = WITHIN_MS };
	struct http_answer *a = http_ask_many(t, b->http, &q, 1);

	if (a->outcome == HTTP_ANSWERED && a->status / 100 == 2)
		b->ok_ms = t->now_ms;
	else
		log_line(t, LOG_WARN, "the outbound heartbeat was not taken", "why",
			 a->outcome == HTTP_ANSWERED ? turn_printf(t, "HTTP %d", a->status)
						     : a->said,
			 NULL);
}

enum err job_beat(struct turn *t, void *world, bool *more_out)
{
	struct own_beat *b = &((struct jobs *)world)->beat;

	*more_out = false;
	if (t->now_ms - b->reported_ms >= REPORT_MS || t->now_ms < b->reported_ms) {
		TRY(report(t, b));
		b->reported_ms = t->now_ms;
	}
	if (!b->http || (t->now_ms - b->asked_ms < b->every_ms && t->now_ms >= b->asked_ms))
		return OK;
	b->asked_ms = t->now_ms;
	if (b->all_turn())
		ask(t, b);
	else
		log_line(t, LOG_ERROR, "not everything turns: no heartbeat goes out", NULL);
	return OK;
}
