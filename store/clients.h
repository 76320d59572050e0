/* store/clients.h - what validator clients and processes of ours said last. Table: client_probes,
 * and the mark `listed` of validators. */
#ifndef STORE_CLIENTS_H
#define STORE_CLIENTS_H

#include "store/base/turn.h"

/* On disk as these numbers. */
enum client_kind {
	CLIENT_METRICS = 1,
	CLIENT_KEYMANAGER = 2,
	CLIENT_PROCESS = 3,
	CLIENT_KINDS = 4
};
enum client_says { SAYS_NOTHING = 1, SAYS_RUNS = 2, SAYS_GONE = 3 };

struct client_probe {
	enum client_kind kind;
	enum client_says word;
	int64_t since_ms, seen_ms;
	const char *text;
};

enum err client_list(struct turn *t, struct client_probe **out, size_t *n_out) MUST_USE;
/* In the lane: adds or replaces by kind. */
enum err client_put(struct turn *t, const struct client_probe *p) MUST_USE;
/* In the lane. */
enum err client_drop(struct turn *t, enum client_kind kind) MUST_USE;

/* In the lane: these keys of the watched ones are listed, and no other. changed_out: rows. */
enum err clients_listed(struct turn *t, const struct pubkey *keys, size_t n,
			int64_t *changed_out) MUST_USE;
/* How many watched ones are. */
enum err clients_count(struct turn *t, int64_t *out) MUST_USE;

#endif
