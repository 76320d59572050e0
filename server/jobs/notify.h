/* server/jobs/notify.h - what the jobs that tell others need: the ways out, and who makes an
 * event's data (messages are not known here). */
#ifndef SERVER_JOBS_NOTIFY_H
#define SERVER_JOBS_NOTIFY_H

#include "server/core/deliver.h"
#include "store/events.h"

struct http_client;

/* JSON of an event and of what it happened to, at most NOTICE_DATA_MAX; reads t->db. */
typedef enum err event_data_fn(struct turn *t, const struct event *e, const char **out);

struct notify_options {
	event_data_fn *event_data;
	const char *source;  /* of CloudEvents: "/ghost-fleet/NAME"; borrowed */
	const char *ca_file; /* NULL: the system's */
	bool allow_private;
};

struct notify {
	struct notify_options options;
	struct http_client *quick, *slow; /* one a job: they belong to a thread */
	int64_t seen; /* events up to here were looked at, and nobody wanted those since the cursor
		       */
	uint64_t version; /* of the channels, when that was so */
};

/* Caller owns *out. */
enum err notify_open(struct turn *t, const struct notify_options *o, struct notify **out) MUST_USE;
void notify_close(struct notify *n); /* NULL is fine */

/* Says each parcel by its channel's way; answers[i] belongs to p[i]. Asks the world. */
struct delivery_answer *notify_say(struct turn *t, struct notify *n, enum server_lane lane,
				   struct parcel *p, size_t count);

#endif
