#include "server/jobs/jobs.h"

#include <stdlib.h>

#include "server/jobs/count.h"
#include "server/net/http.h"
#include "store/store.h"

enum { PROBE_MS = 1500 };

static const struct job rows[JOB_COUNT] = {
	[JOB_PROBE] = { .name = "probe",
			.fn = job_probe,
			.period_ms = 1000,
			.timeout_ms = 8000,
			.least_ms = 250 },
	[JOB_ACCOUNTS] = { .name = "accounts",
			   .fn = job_accounts,
			   .period_ms = 2000,
			   .timeout_ms = 20000,
			   .wake = TOPIC_WALLET,
			   .least_ms = 500 },
	[JOB_PLAN] = { .name = "plan",
		       .fn = job_plan,
		       .period_ms = 1000,
		       .timeout_ms = 20000,
		       .wake = TOPIC_OPERATION,
		       .least_ms = 20 },
	[JOB_DRIVE] = { .name = "drive",
			.fn = job_drive,
			.period_ms = 500,
			.timeout_ms = 20000,
			.wake = TOPIC_OPERATION | TOPIC_FLEET,
			.least_ms = 20 },
	[JOB_SEND] = { .name = "send",
		       .fn = job_send,
		       .period_ms = 500,
		       .timeout_ms = 15000,
		       .wake = TOPIC_TX | TOPIC_FLEET,
		       .least_ms = 2 },
	[JOB_RECEIPTS] = { .name = "receipts",
			   .fn = job_receipts,
			   .period_ms = 100,
			   .timeout_ms = 15000,
			   .least_ms = 20 },
	[JOB_REPLACE] = { .name = "replace",
			  .fn = job_replace,
			  .period_ms = 1000,
			  .timeout_ms = 15000,
			  .wake = TOPIC_TX,
			  .least_ms = 200 },
	[JOB_ENGINE] = { .name = "engine",
			 .fn = job_engine,
			 .period_ms = 1000,
			 .timeout_ms = 20000,
			 .wake = TOPIC_FLEET,
			 .least_ms = 250 },
	[JOB_CHECK] = { .name = "check",
			.fn = job_check,
			.period_ms = 5000,
			.timeout_ms = 30000,
			.wake = TOPIC_OPERATION,
			.least_ms = 100 },
	[JOB_UPKEEP] = { .name = "upkeep",
			 .fn = job_upkeep,
			 .period_ms = 60000,
			 .timeout_ms = 10000 },
	[JOB_SAFE] = { .name = "safe",
		       .fn = job_safe,
		       .period_ms = 15000,
		       .timeout_ms = 20000,
		       .wake = TOPIC_FLEET,
		       .least_ms = 500 },
	[JOB_SIGNALS] = { .name = "signals",
			  .fn = job_signals,
			  .period_ms = 15000,
			  .timeout_ms = 10000 },
	[JOB_VALIDATORS] = { .name = "validators",
			     .fn = job_validators,
			     .period_ms = 500,
			     .timeout_ms = 60000 },
	[JOB_OUTBOX] = { .name = "outbox",
			 .fn = job_outbox,
			 .period_ms = 1000,
			 .timeout_ms = 10000,
			 .wake = TOPIC_ALL | TOPIC_NOTIFY,
			 .least_ms = 50 },
	[JOB_RULES] = { .name = "rules",
			.fn = job_rules,
			.period_ms = 1000,
			.timeout_ms = 20000,
			.wake = TOPIC_RULE | TOPIC_VALIDATOR,
			.least_ms = 200 },
	[JOB_DELIVER] = { .name = "deliver",
			  .fn = job_deliver,
			  .period_ms = 250,
			  .timeout_ms = 10000,
			  .wake = TOPIC_NOTIFY,
			  .least_ms = 5 },
	[JOB_DELIVER_SLOW] = { .name = "deliver-slow",
			       .fn = job_deliver_slow,
			       .period_ms = 250,
			       .timeout_ms = 30000,
			       .wake = TOPIC_NOTIFY,
			       .least_ms = 5 },
	[JOB_DELIVER_MAIL] = { .name = "deliver-mail",
			       .fn = job_deliver_mail,
			       .period_ms = 500,
			       .timeout_ms = 75000,
			       .wake = TOPIC_NOTIFY,
			       .least_ms = 5 },
	[JOB_DELIVER_COMMAND] = { .name = "deliver-command",
				  .fn = job_deliver_command,
				  .period_ms = 500,
				  .timeout_ms = 75000,
				  .wake = TOPIC_NOTIFY,
				  .least_ms = 5 },
	[JOB_STATUS_PAGE] = { .name = "status-page",
			      .fn = job_status_page,
			      .period_ms = 60000,
			      .timeout_ms = 10000,
			      .wake = TOPIC_INCIDENT,
			      .least_ms = 1000 },
	[JOB_INCIDENTS] = { .name = "incidents",
			    .fn = job_incidents,
			    .period_ms = 250,
			    .timeout_ms = 10000 },
	[JOB_PAGER] = { .name = "pager", .fn = job_pager, .period_ms = 500, .timeout_ms = 10000 },
	[JOB_BEAT] = { .name = "beat", .fn = job_beat, .period_ms = 500, .timeout_ms = 20000 },
	[JOB_STANDING] = { .name = "standing",
			   .fn = job_standing,
			   .period_ms = 15000,
			   .timeout_ms = 10000,
			   .wake = TOPIC_CHAIN,
			   .least_ms = 10000 },
	[JOB_WINDOWS] = { .name = "windows",
			  .fn = job_windows,
			  .period_ms = 1000,
			  .timeout_ms = 10000,
			  .wake = TOPIC_NOTIFY,
			  .least_ms = 100 },
	[JOB_CONTROL] = { .name = "control",
			  .fn = job_control,
			  .period_ms = 500,
			  .timeout_ms = 75000,
			  .wake = TOPIC_OPERATION,
			  .least_ms = 20 },
};

const struct job *jobs_rows(size_t *n_out)
{
	*n_out = JOB_COUNT;
	return rows;
}

enum err jobs_open(struct turn *t, struct endpoints *pool, const struct el_options *options,
		   const char *const *endpoint_names, size_t n_endpoints, struct jobs **out)
{
	struct jobs *j = calloc(1, sizeof(*j));

	if (!j)
		abort();
	j->pool = pool;
	j->endpoint_names = endpoint_names;
	j->n_endpoints = n_endpoints;
	for (size_t i = 0; i < JOB_OUTBOX; i++) {
		struct el_options o = *options;

		/* One endpoint that hangs must not take the whole turn from the others. */
		if (i == JOB_PROBE && (o.within_ms == 0 || o.within_ms > PROBE_MS))
			o.within_ms = PROBE_MS;
		enum err e = el_open(t, pool, &o, &j->el[i]);

		if (e != OK) {
			jobs_close(j);
			return e;
		}
	}
	count_open(endpoint_names, n_endpoints);
	*out = j;
	return OK;
}

void jobs_close(struct jobs *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < JOB_OUTBOX; i++)
		el_close(j->el[i]);
	bn_close(j->watching.bn);
	vc_close(j->watching.vc);
	http_close(j->beat.http);
	free(j);
}
