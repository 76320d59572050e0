/* store/requests.h - what was asked under which request id, and the first OK answer to it.
 *
 * Table: requests, by (actor, method, id), kept 7 days. The lane alone looks up and keeps, in the
 * same commit as what the request did, so that saying it twice does it once.
 */
#ifndef STORE_REQUESTS_H
#define STORE_REQUESTS_H

#include "store/base/turn.h"

enum { REQUEST_ID_MAX = 128 };

/* In the lane. Seen before with the same body: *seen_out, and t->request->reply is the answer.
 * ERR_INVALID (REQUEST_ID_REUSED): seen with another body, or longer than REQUEST_ID_MAX.
 * ERR_EXISTS: done before, but the answer held a secret and was not kept. */
enum err request_seen(struct turn *t, bool *seen_out) MUST_USE;

/* In the lane: keep t->request with its reply. */
enum err request_keep(struct turn *t) MUST_USE;

/* In the lane. Removes at most `limit` of those older than 7 days. */
enum err request_prune(struct turn *t, size_t limit, size_t *n_out) MUST_USE;

#endif
