/* client/wait.h - waiting until something is so: over a server that is not there yet, restarts, and
 * a token file that is not written yet. */
#ifndef CLIENT_WAIT_H
#define CLIENT_WAIT_H

#include "client/cli.h"
#include "grpc/health/v1/health.pb-c.h"

/* Asks once, within so long; *done_out: it is so. An error that time may cure (wait_curable) is no
 * end. `state` is the row's own. */
typedef enum err wait_ask(struct turn *t, struct cli *c, int64_t within_ms, void *state,
			  bool *done_out);

struct wait_for {
	const char *what; /* "ready": for the line when it is too late */
	int64_t usual_ms; /* without --timeout; 0: for as long as it takes */
	int64_t ask_ms;   /* the longest that one asking takes */
	wait_ask *ask;
};

/* ERR_LATE: not within --timeout; the line has the last trouble. ERR_AWAY: without one, nothing
 * heard of the server for two minutes. ERR_GONE: Ctrl-C. */
enum err wait_until_so(struct turn *t, struct cli *c, const struct wait_for *row,
		       void *state) MUST_USE;

/* grpc.health.v1, which asks for no token. */
enum err wait_ask_health(struct turn *t, struct cli *c, int64_t within_ms,
			 const Grpc__Health__V1__HealthCheckResponse **out) MUST_USE;
bool wait_serves(const Grpc__Health__V1__HealthCheckResponse *r);

/* `ghostctl wait ready`: until it serves. */
enum err wait_ready(struct turn *t, struct cli *c,
		    const Grpc__Health__V1__HealthCheckResponse **out) MUST_USE;

#endif
