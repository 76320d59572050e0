#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/follow.h"
#include "client/junit.h"
#include "client/list.h"
#include "ghostfleet/v1/endpoint.pb-c.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__endpoint_service__descriptor;

static void endpoint_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Endpoint *p = item;

	table_row(tb, turn_printf(t, "%s%s", short_name(p->name), p->preferred ? " *" : ""),
		  enum_text(t, &ghostfleet__v1__endpoint_state__descriptor, (int)p->state),
		  p->chain_id ? turn_printf(t, "%" PRIu64, p->chain_id) : "",
		  p->head_block ? turn_printf(t, "%" PRIu64, p->head_block) : "",
		  p->head_time ? age(t, p->head_time) : "",
		  p->latency_ms ? turn_printf(t, "%" PRId32 "ms", p->latency_ms) : "",
		  turn_printf(t, "%.0f%%", p->error_rate * 100), age(t, p->observe_time), p->url,
		  p->text, NULL);
}

enum err cmd_endpoints_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "ENDPOINT", "STATE",    ">CHAIN",  ">BLOCK",
					     "MINED",    ">LATENCY", ">ERRORS", "SEEN",
					     "URL",      "TEXT",     NULL };
	Ghostfleet__V1__ListEndpointsRequest q = GHOSTFLEET__V1__LIST_ENDPOINTS_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListEndpoints",
		.request = &q,
		.heads = heads,
		.row = endpoint_row,
		.none = "no endpoint is configured; set chain.rpc_url",
	};

	return list_show(t, c, &l);
}

/* A case an endpoint; the check as a whole is one too. */
static enum err check_junit(struct turn *t, struct cli *c, const Ghostfleet__V1__Operation *o)
{
	Ghostfleet__V1__ListEndpointsRequest q = GHOSTFLEET__V1__LIST_ENDPOINTS_REQUEST__INIT;
	struct junit j = junit_begin(t, c);
	void *answer;

	TRY(cli_call(t, c, service, "ListEndpoints", &q, &answer));
	const Ghostfleet__V1__ListEndpointsResponse *r = answer;

	for (size_t i = 0; i < r->n_endpoints; i++) {
		const Ghostfleet__V1__Endpoint *p = r->endpoints[i];
		bool well = p->state == GHOSTFLEET__V1__ENDPOINT_STATE__ENDPOINT_STATE_OK;
		const char *state =
			enum_text(t, &ghostfleet__v1__endpoint_state__descriptor, (int)p->state);

		junit_case(&j, p->name, well ? JUNIT_PASSED : JUNIT_FAILED, state,
			   *p->text ? p->text : state);
	}
	junit_case(&j, o->name, c->exit == EXIT_DONE ? JUNIT_PASSED : JUNIT_FAILED, "check",
		   o->text);
	return junit_end(t, &j);
}

enum err cmd_endpoints_check(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CheckEndpointsRequest q = GHOSTFLEET__V1__CHECK_ENDPOINTS_REQUEST__INIT;
	Ghostfleet__V1__Operation *o;
	void *answer;

	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CheckEndpoints", &q, &answer));
	o = ((Ghostfleet__V1__CheckEndpointsResponse *)answer)->operation;
	if (!o)
		return fail(t, ERR_BROKEN, "the server's answer holds no operation");
	TRY(follow(t, c, o->name, FOLLOW_END, c->timeout_ms ? c->timeout_ms : 60000, &o));
	if (o->state != GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_DONE)
		c->exit = EXIT_UNHEALTHY;
	if (c->format == FORMAT_JUNIT)
		return check_junit(t, c, o);
	TRY(cmd_endpoints_list(t, c));
	if (c->format == FORMAT_TABLE && *o->text)
		(void)printf("%s\n", clean(t, o->text));
	return OK;
}

enum err cmd_endpoints_use(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__UseEndpointRequest q = GHOSTFLEET__V1__USE_ENDPOINT_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "endpoints", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "UseEndpoint", &q, &answer));
	const Ghostfleet__V1__UseEndpointResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s\n", q.name,
		     q.validate_only ? "would be preferred; nothing was changed"
				     : "is preferred until another is named");
	return OK;
}
