/* Encoded answers by (method, request bytes), good while the store's version of the method's topics
 * stands. One thread's own: no lock, and what is shared with C-core is counted by the slice. */
#include <stdlib.h>
#include <string.h>

#include "server/door/grpc_inside.h"

enum {
	PLACES = 64,
	REQUEST_MAX = 128,     /* bytes of a request worth keeping */
	ANSWER_MAX = 64 << 10, /* with PLACES: 4 MiB for each thread at most */
};

struct place {
	const struct route *route; /* NULL: free */
	uint64_t version;
	size_t n;
	uint8_t request[REQUEST_MAX];
	grpc_slice answer;
};

struct cache {
	struct place places[PLACES];
};

struct cache *cache_open(void)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	return c;
}

void cache_close(struct cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < PLACES; i++)
		if (c->places[i].route)
			grpc_slice_unref(c->places[i].answer);
	free(c);
}

/* FNV-1a. Who guesses a collision only makes his own calls slower. */
static struct place *place_of(struct cache *c, const struct route *r, struct bytes request)
{
	uint32_t h = 2166136261u ^ (uint32_t)((uintptr_t)r / sizeof(*r));

	for (size_t i = 0; i < request.n; i++)
		h = (h ^ request.p[i]) * 16777619u;
	return &c->places[(h ^ h >> 16) % PLACES];
}

grpc_byte_buffer *cache_get(struct cache *c, const struct route *r, struct bytes request,
			    uint64_t version)
{
	if (request.n > REQUEST_MAX)
		return NULL;
	struct place *p = place_of(c, r, request);

	if (p->route != r || p->version != version || p->n != request.n ||
	    memcmp(p->request, request.p, request.n) != 0)
		return NULL;
	return grpc_raw_byte_buffer_create(&p->answer, 1);
}

void cache_put(struct cache *c, const struct route *r, struct bytes request, uint64_t version,
	       grpc_slice answer)
{
	if (request.n > REQUEST_MAX || GRPC_SLICE_LENGTH(answer) > ANSWER_MAX)
		return;
	struct place *p = place_of(c, r, request);

	if (p->route)
		grpc_slice_unref(p->answer);
	*p = (struct place){ .route = r, .version = version, .n = request.n };
	memcpy(p->request, request.p, request.n);
	p->answer = grpc_slice_ref(answer);
}
