/* Calls over gRPC in closed loops, by any way in: what TLS and the proofs cost is the difference.
 * usage: bench_tls PORT METHOD CALLS LOOPS kept|new CA CERT KEY TOKEN_FILE ("-": none)
 * Each loop has a connection of its own; with `new`, for every call. Prints the median of a call in
 * microseconds, and how many there were. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "tests/support/grpc_call.h"
#include "tests/support/stop.h"

enum { LOOPS_MOST = 64 };

struct way {
	unsigned port;
	char path[200];
	bool fresh;
	char *ca, *cert, *key, *token; /* NULL: none */
};

struct loop {
	const struct way *way;
	pthread_t thread;
	size_t calls;
	unsigned *us;
};

static char *text_of(const char *path)
{
	char *text;
	FILE *f;

	if (strcmp(path, "-") == 0)
		return NULL;
	f = fopen(path, "re");
	text = calloc(1, 64 * 1024);
	if (!f || !text || fread(text, 1, 64 * 1024 - 1, f) == 0)
		stop_test("%s cannot be read", path);
	(void)fclose(f);
	return text;
}

static struct grpc_client *connect_by(const struct way *w)
{
	return w->ca ? grpc_client_open_tls(w->port, w->ca, w->cert, w->key)
		     : grpc_client_open(w->port);
}

static void call(struct grpc_client *c, const struct way *w)
{
	static _Thread_local struct grpc_said said;

	grpc_ask(c, &(struct grpc_ask){ .path = w->path, .token = w->token, .body = "" }, &said);
	if (said.status != 0)
		stop_test("%s: %d %s", w->path, said.status, said.message);
}

static void *loop_run(void *arg)
{
	struct loop *l = arg;
	struct grpc_client *kept = l->way->fresh ? NULL : connect_by(l->way);

	if (kept)
		call(kept, l->way);
	for (size_t i = 0; i < l->calls; i++) {
		int64_t from = clock_mono_us();
		struct grpc_client *c = kept ? kept : connect_by(l->way);

		call(c, l->way);
		if (!kept)
			grpc_client_close(c);
		l->us[i] = (unsigned)(clock_mono_us() - from);
	}
	grpc_client_close(kept);
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct loop loops[LOOPS_MOST] = { 0 };
	struct way w = { 0 };

	if (argc != 10) {
		(void)fprintf(stderr, "usage: bench_tls PORT METHOD CALLS LOOPS kept|new CA CERT "
				      "KEY TOKEN_FILE\n");
		return 2;
	}
	w.port = (unsigned)strtoul(argv[1], NULL, 10);
	(void)snprintf(w.path, sizeof(w.path), "/%s", argv[2]);
	size_t calls = strtoul(argv[3], NULL, 10), n = strtoul(argv[4], NULL, 10);

	w.fresh = strcmp(argv[5], "new") == 0;
	w.ca = text_of(argv[6]);
	w.cert = text_of(argv[7]);
	w.key = text_of(argv[8]);
	w.token = text_of(argv[9]);
	if (w.token)
		w.token[strcspn(w.token, "\n")] = 0;
	n = n < 1 ? 1 : n > LOOPS_MOST ? LOOPS_MOST : n;
	unsigned *us = calloc(calls + n, sizeof(*us));

	if (!us)
		abort();
	for (size_t i = 0; i < n; i++) {
		loops[i] =
			(struct loop){ .way = &w, .calls = calls / n, .us = us + i * (calls / n) };
		if (pthread_create(&loops[i].thread, NULL, loop_run, &loops[i]) != 0)
			abort();
	}
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(loops[i].thread, NULL);
	calls = calls / n * n;
	qsort(us, calls, sizeof(*us), by_size);
	(void)printf("%u %zu\n", us[calls / 2], calls);
	free(us);
	return 0;
}
