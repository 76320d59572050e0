/* server/door/cache.h - answers as they are sent, by (method, form, request bytes), good while the
 * store's version of the method's topics stands.
 *
 * One thread's own: no lock. What an answer is the door knows: bytes of the C core, a response of
 * libmicrohttpd; here it is a pointer and the way to let go of it.
 */
#ifndef SERVER_DOOR_CACHE_H
#define SERVER_DOOR_CACHE_H

#include "store/base/types.h"

struct cache;

/* What an answer answers. Who may ask is not part of it: see METHOD_CACHED. */
struct cache_key {
	const void *method;
	unsigned form; /* the door's own number: JSON, protobuf */
	struct bytes request;
};

struct cache *cache_open(void (*drop)(void *answer));
void cache_close(struct cache *c); /* NULL is fine */

/* Still the cache's, and only until the next call of a function here. NULL: there is none. */
void *cache_get(struct cache *c, const struct cache_key *k, uint64_t version);

/* `answer`, which takes n bytes, is the cache's from here on; it is dropped at once when it, or its
 * request, is too long to keep. The version was read before what the answer says. */
void cache_put(struct cache *c, const struct cache_key *k, uint64_t version, size_t n,
	       void *answer);

#endif
