/* grpc.health.v1: whether this server, or one of its services, may be sent calls. */
#include <string.h>

#include "grpc/health/v1/health.pb-c.h"
#include "server/door/grpc_inside.h"

#define STATUS(s) GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__##s

typedef Grpc__Health__V1__HealthCheckResponse__ServingStatus serving_status;

static serving_status whole(struct grpc_door *d)
{
	return atomic_load(&d->serving) ? STATUS(SERVING) : STATUS(NOT_SERVING);
}

static serving_status status_of(struct grpc_door *d, const char *service)
{
	if (!*service)
		return whole(d);
	for (size_t i = 0; i < d->n_routes; i++)
		if (strcmp(d->routes[i].m->service, service) == 0)
			return whole(d);
	return STATUS(SERVICE_UNKNOWN);
}

enum err health_check(struct grpc_door *d, struct turn *t, const void *in, void *out)
{
	const Grpc__Health__V1__HealthCheckRequest *q = in;
	Grpc__Health__V1__HealthCheckResponse *r = out;

	r->status = status_of(d, q->service);
	if (r->status == STATUS(SERVICE_UNKNOWN))
		return fail(t, ERR_MISSING, "this server has no service '%.100s'", q->service);
	return OK;
}

/* Routes of one service stand together. */
enum err health_list_services(struct grpc_door *d, struct turn *t, const void *in, void *out)
{
	Grpc__Health__V1__HealthListResponse *r = out;

	(void)in;
	r->statuses = turn_array(t, d->n_routes + 1, sizeof(void *));
	for (size_t i = 0; i <= d->n_routes; i++) {
		const char *name = i ? d->routes[i - 1].m->service : "";

		if (i > 1 && strcmp(name, d->routes[i - 2].m->service) == 0)
			continue;
		Grpc__Health__V1__HealthListResponse__StatusesEntry *e = (void *)message_new(
			t, &grpc__health__v1__health_list_response__statuses_entry__descriptor);
		Grpc__Health__V1__HealthCheckResponse *s = (void *)message_new(
			t, &grpc__health__v1__health_check_response__descriptor);

		s->status = whole(d);
		e->key = (char *)name;
		e->value = s;
		r->statuses[r->n_statuses++] = e;
	}
	return OK;
}

/* Says it at once and then at each change. `state` holds what was said last. */
enum err health_watch(struct grpc_door *d, struct turn *t, struct watch *w, void *out, bool *have)
{
	const Grpc__Health__V1__HealthCheckRequest *q = w->in;
	Grpc__Health__V1__HealthCheckResponse *r = out;
	serving_status *said = w->state;

	(void)t;
	r->status = status_of(d, q->service);
	*have = !said || *said != r->status;
	if (!said)
		w->state = said = arena_alloc(w->mem, sizeof(*said));
	*said = r->status;
	return OK;
}
