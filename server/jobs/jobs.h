/* server/jobs/jobs.h - answers to time: one file a job, each "what is due (store), ask (no
 * transaction open), tell core". Safe to run twice. */
#ifndef SERVER_JOBS_JOBS_H
#define SERVER_JOBS_JOBS_H

#include "server/core/rules.h"
#include "server/jobs/control.h"
#include "server/jobs/figures.h"
#include "server/jobs/l1_fee.h"
#include "server/jobs/notify.h"
#include "server/jobs/store_health.h"
#include "server/jobs/validators.h"
#include "server/jobs/views.h"
#include "server/net/el.h"
#include "server/net/endpoints.h"
#include "server/ops/host.h"
#include "server/sched/sched.h"

/* Every job that asks the chain has an `el` of its own: it belongs to one thread. */
enum job_id {
	JOB_PROBE,
	JOB_ACCOUNTS,
	JOB_PLAN,
	JOB_DRIVE,
	JOB_SEND,
	JOB_RECEIPTS,
	JOB_REPLACE,
	JOB_ENGINE,
	JOB_CHECK,
	JOB_UPKEEP,
	JOB_SAFE,
	JOB_VALIDATORS,
	JOB_SIGNALS,
	JOB_OUTBOX, /* from here on they ask others than the chain */
	JOB_RULES,
	JOB_DELIVER,
	JOB_DELIVER_SLOW,
	JOB_DELIVER_MAIL,
	JOB_DELIVER_COMMAND,
	JOB_INCIDENTS,
	JOB_STATUS_PAGE,
	JOB_PAGER,
	JOB_BEAT,
	JOB_WINDOWS, /* these ask nobody */
	JOB_STANDING,
	JOB_CONTROL, /* tells a program of the host */
	JOB_COUNT,
};

/* JOB_BEAT: what is asked as long as everything turns. */
struct own_beat {
	struct http_client *http; /* NULL: nothing is asked */
	const char *url;
	int64_t every_ms, asked_ms, reported_ms;
	bool (*all_turn)(void); /* every loop turned lately */
	int64_t ok_ms;          /* the last that was taken */
};

/* JOB_PAGER: when it last looked. */
struct pager {
	int64_t looked_ms, ahead_ms;
};

struct jobs {
	struct endpoints *pool;
	struct el *el[JOB_OUTBOX];
	uint64_t receipts_head;            /* JOB_RECEIPTS: when it asked last: at this head, */
	uint64_t receipts_version;         /* this version of the journal, */
	int64_t receipts_ms;               /* and this time */
	int64_t receipts_after;            /* where it goes on when it did not get to the end */
	int64_t silent_ms;                 /* JOB_RECEIPTS: since when no second one speaks; 0 */
	int64_t receipts_said_ms;          /* JOB_RECEIPTS: as contradiction_ms */
	bool receipts_again;               /* JOB_RECEIPTS: some were not believed yet */
	int64_t contradiction_ms;          /* JOB_SEND: when it was said last, monotonic */
	int64_t replace_after;             /* the transaction it looked at last */
	int64_t drive_after, plan_after;   /* the operation that was served last */
	struct store_watch watch;          /* JOB_PROBE */
	struct views views;                /* JOB_ACCOUNTS */
	struct l1_oracle plan_oracle;      /* JOB_PLAN */
	struct l1_oracle drive_oracle;     /* JOB_DRIVE */
	struct l1_oracle replace_oracle;   /* JOB_REPLACE */
	struct watching watching;          /* JOB_VALIDATORS */
	struct host_before host;           /* JOB_SIGNALS */
	struct figures figures;            /* JOB_SIGNALS */
	struct rules_seen rules;           /* JOB_RULES */
	const char *status_folder;         /* JOB_STATUS_PAGE: borrowed; NULL: no files */
	uint64_t status_version;           /* what it wrote last */
	const char *disk;                  /* any path of the store's file system; NULL: "." */
	const char *const *endpoint_names; /* in order of the configuration */
	size_t n_endpoints;
	struct pager pager;
	struct own_beat beat;
	struct control_options control; /* JOB_CONTROL */
	struct notify *notify;          /* borrowed; NULL where there are no channels (tests) */
};

/* Caller owns *out. The pool and the names are borrowed. */
enum err jobs_open(struct turn *t, struct endpoints *pool, const struct el_options *options,
		   const char *const *endpoint_names, size_t n_endpoints,
		   struct jobs **out) MUST_USE;
void jobs_close(struct jobs *j); /* NULL is fine */

/* Which Beacon nodes JOB_VALIDATORS asks; without one it has nothing to do. Before sched_start.
 * ERR_INVALID: too many nodes. */
enum err jobs_watch(struct turn *t, struct jobs *j, const struct watch_options *o) MUST_USE;

/* What JOB_BEAT asks; url NULL: nothing. Borrowed. Before sched_start. */
enum err jobs_beat(struct turn *t, struct jobs *j, const char *url, int64_t every_ms,
		   const char *ca_file, bool (*all_turn)(void)) MUST_USE;

/* The rows for sched_open; `world` is the struct jobs. In order of enum job_id. */
const struct job *jobs_rows(size_t *n_out);

/* How often JOB_RECEIPTS looks for a new head, on a chain with such blocks. */
int64_t receipts_period_ms(int64_t block_time_ms);

/* clang-format off */
job_fn
	job_accounts,
	job_beat,
	job_check,
	job_control,
	job_deliver,
	job_deliver_command,
	job_deliver_mail,
	job_deliver_slow,
	job_drive,
	job_engine,
	job_incidents,
	job_outbox,
	job_pager,
	job_plan,
	job_probe,
	job_receipts,
	job_replace,
	job_rules,
	job_safe,
	job_send,
	job_signals,
	job_standing,
	job_status_page,
	job_upkeep,
	job_validators,
	job_windows;
/* clang-format on */

#endif
