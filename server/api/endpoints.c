/* ghostfleet.v1.EndpointService */
#include "ghostfleet/v1/endpoint.pb-c.h"

#include <string.h>

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/operation.h"
#include "store/audit.h"
#include "store/chain.h"

enum { READ_MOST = 64 };

static Ghostfleet__V1__Endpoint *msg_endpoint(struct turn *t, const struct endpoint_row *e)
{
	Ghostfleet__V1__Endpoint *m = msg_new(t, &ghostfleet__v1__endpoint__descriptor);

	m->name = turn_printf(t, "endpoints/%s", e->name);
	m->url = msg_text(t, e->url);
	m->state = (Ghostfleet__V1__EndpointState)e->state;
	m->preferred = e->preferred;
	m->chain_id = e->chain_id;
	m->head_block = e->head;
	m->head_time = msg_time(t, e->head_ms);
	m->latency_ms = (int32_t)e->latency_ms;
	m->error_rate = (double)e->errors_ppm / 1e6;
	m->observe_time = msg_time(t, e->seen_ms);
	m->hold_time = msg_time(t, e->hold_ms);
	m->text = msg_text(t, e->text);
	m->client_version = msg_text(t, e->client);
	return m;
}

static enum err list_endpoints(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__ListEndpointsResponse *out = vout;
	struct endpoint_row *e;
	size_t n;

	(void)in;
	TRY(endpoint_list(t, READ_MOST, &e, &n));
	out->endpoints = turn_array(t, n + 1, sizeof(*out->endpoints));
	for (size_t i = 0; i < n; i++)
		out->endpoints[out->n_endpoints++] = msg_endpoint(t, &e[i]);
	return OK;
}

static enum err check_endpoints(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__CheckEndpointsResponse *out = vout;
	struct operation o;

	(void)in;
	TRY(operation_check_endpoints(t, &o));
	out->operation = msg_operation(t, &o);
	return OK;
}

static enum err use_endpoint(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__UseEndpointRequest *in = vin;
	Ghostfleet__V1__UseEndpointResponse *out = vout;
	struct endpoint_row *e;
	const char *name;
	size_t n;

	TRY(name_of(t, "name", "endpoints", in->name, &name));
	TRY(endpoint_prefer(t, name));
	TRY(audit_add(t, "endpoint.preferred", turn_printf(t, "endpoints/%s", name), ""));
	TRY(endpoint_list(t, READ_MOST, &e, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(e[i].name, name) == 0)
			out->endpoint = msg_endpoint(t, &e[i]);
	return OK;
}

#define S "ghostfleet.v1.EndpointService"
const struct method endpoint_rows[] = {
	{ S, "ListEndpoints", METHOD_READ, ANY_READER, 0, 0, list_endpoints, NULL },
	{ S, "CheckEndpoints", METHOD_WRITE, ROLE_CHECKER | ROLE_OPERATOR, 0, 0, check_endpoints,
	  NULL },
	{ S, "UseEndpoint", METHOD_WRITE, ROLE_OPERATOR, 0, 0, use_endpoint, NULL },
};
const size_t n_endpoint_rows = sizeof(endpoint_rows) / sizeof(endpoint_rows[0]);
