/* server/net/validator_client.h - is the validator client there: its page of metrics, its
 * keymanager API, its process on this host.
 *
 * Only a refused connection, or a process that is not there, says that it is gone; everything else
 * that goes wrong on the way says nothing. */
#ifndef SERVER_NET_VALIDATOR_CLIENT_H
#define SERVER_NET_VALIDATOR_CLIENT_H

#include "store/base/turn.h"

struct vc;

struct vc_options {
	const char *metrics_url;      /* NULL: not asked */
	const char *keymanager_url;   /* NULL: not asked */
	const char *keymanager_token; /* NULL: none */
	const char *process;          /* words of its command line; NULL: not looked for */
	int64_t within_ms;            /* 0: 5,000 */
};

enum vc_word { VC_NOT_ASKED, VC_UNTOLD, VC_RUNS, VC_GONE };

struct vc_said {
	enum vc_word word;
	const char *text;
};

struct vc_answer {
	struct vc_said metrics, keymanager, process;
	bool keys_known; /* of the keymanager */
	struct pubkey *keys;
	size_t n_keys;
};

/* Caller owns *out; texts are copied. */
enum err vc_open(struct turn *t, const struct vc_options *o, struct vc **out) MUST_USE;
void vc_close(struct vc *v); /* NULL is fine */

void vc_ask(struct turn *t, struct vc *v, struct vc_answer *out);

#endif
