/* server/serve.h - a daemon from an opened configuration to its end; shared by serve and dev. */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server/app.h"

struct serve_ports {
	unsigned grpc, http;
};

/* Both doors listen; when it returns, and with what, the daemon ends. */
typedef enum err serve_fn(struct turn *t, const struct app *a, struct serve_ports ports, void *arg);

struct serving {
	bool start_paused;
	const char *ports_file; /* {"grpc":P,"http":P,"pid":N}, whole or not at all, while the
				 * doors listen; NULL: none */
	serve_fn *stay;
	void *arg;
};

/* Takes over `c`. A ports file that a daemon left behind which is no more is removed first. */
enum err serve_run(struct turn *t, struct config *c, const struct serving *how) MUST_USE;

/* A file that is there whole or not at all. ERR_REFUSED: it cannot be written. */
enum err serve_write_file(struct turn *t, const char *path, const char *text) MUST_USE;

#endif
