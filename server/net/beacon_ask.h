/* server/net/beacon_ask.h - how beacon_*.c ask. Inside server/net only. */
#ifndef SERVER_NET_BEACON_ASK_H
#define SERVER_NET_BEACON_ASK_H

#include <jansson.h>

#include "server/net/beacon.h"
#include "server/net/http.h"
#include "store/base/buf.h"

/* How a source takes many ids; a form that left ids out is not used again. */
enum bn_form { FORM_POST, FORM_REPEATED, FORM_COMMAS, FORM_LAST };
/* How it takes the question for liveness. */
enum bn_live_form { LIVE_POST, LIVE_GET };

struct bn_source {
	char *url; /* without a slash at its end; never to be printed */
	enum bn_form form;
	enum bn_live_form live;
	int64_t rewards_from_ms; /* it offers no rewards; asked again from then on */
	unsigned asked, failed;
	char said[200];
};

struct bn {
	struct bn_source source[BN_SOURCES];
	size_t n;
	struct http_client *http;
	int64_t within_ms;
};

/* One request to one source. */
struct bn_ask {
	size_t source;
	const char *path; /* "/eth/v1/..." */
	const char *body; /* NULL: GET */
	size_t from, n;   /* the caller's: which of its items */
	/* Filled: */
	struct http_answer *a;
	int status;       /* 0: not answered */
	json_t *json;     /* of a 200; NULL: none, or no JSON. bn_asked frees it */
	const char *said; /* when json is NULL */
};

struct bn_asks {
	struct bn_ask *v;
	size_t n, room;
};

void bn_add(struct turn *t, struct bn_asks *k, size_t source, const char *path, const char *body,
	    size_t from, size_t n);
/* All of them at once. A source's news are counted: any answer but 200, and 404 where `may_miss`.
 */
void bn_ask_all(struct turn *t, struct bn *b, struct bn_asks *k, bool may_miss);
void bn_asked(struct bn_asks *k); /* frees what was parsed */

/* The member `data` of an answer; NULL when there is none. */
const json_t *bn_data(const struct bn_ask *a);

/* A number as decimal text, or as a JSON integer. 2^53 and above: -1, far away. */
bool bn_number(const json_t *j, int64_t *out);
/* The same with a sign; amounts beyond 2^53 are refused. */
bool bn_amount(const json_t *j, int64_t *out);
bool bn_hash(const json_t *j, struct eth_hash *out);
/* Printable, at most 200; "" when it is no text. */
const char *bn_words(struct turn *t, const json_t *j);

#endif
