/* The server itself: info, gate, health, wait ready. */
#include <inttypes.h>
#include <string.h>

#include "client/call.h"
#include "client/commands.h"
#include "client/out.h"
#include "client/stop.h"
#include "ghostfleet/v1/server.pb-c.h"
#include "grpc/health/v1/health.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/version.h"

enum { WAIT_MS = 60000, POLL_MS = 200, PROBE_MS = 2000 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__server_service__descriptor;

static const char *joined(struct turn *t, char *const *words, size_t n)
{
	const char *all = "";

	for (size_t i = 0; i < n; i++)
		all = turn_printf(t, "%s%s%s", all, i ? ", " : "", words[i]);
	return clean(t, all);
}

enum err cmd_info(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetServerInfoRequest q = GHOSTFLEET__V1__GET_SERVER_INFO_REQUEST__INIT;
	void *answer;
	enum err e;

	TRY(cli_call(t, c, service, "GetServerInfo", &q, &answer));
	const Ghostfleet__V1__GetServerInfoResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("server     ghost-fleet %s%s%s%s at %s, schema %" PRId32 "\n",
		     clean(t, r->version), *r->build ? " (" : "", clean(t, r->build),
		     *r->build ? ")" : "", c->context.address, r->schema);
	(void)printf("client     %s\n", version_line("ghostctl"));
	(void)printf("contract   %s, %.12s\n", clean(t, r->contract), clean(t, r->contract_digest));
	(void)printf("started    %s\n", age(t, r->start_time));
	(void)printf("you are    %s (%s)\n", *r->identity ? clean(t, r->identity) : "nobody",
		     joined(t, r->roles, r->n_roles));
	for (size_t i = 0; i < r->n_networks; i++)
		(void)printf("chain      %" PRIu64 " %s genesis %s\n", r->networks[i]->chain_id,
			     clean(t, r->networks[i]->name),
			     clean(t, r->networks[i]->genesis_hash));
	(void)printf("can        %s\n", joined(t, r->capabilities, r->n_capabilities));
	return OK;
}

enum err cmd_gate(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CheckGateRequest q = GHOSTFLEET__V1__CHECK_GATE_REQUEST__INIT;
	void *answer;
	enum err e;

	TRY(cli_call(t, c, service, "CheckGate", &q, &answer));
	const Ghostfleet__V1__CheckGateResponse *r = answer;

	c->exit = r->open ? EXIT_DONE : EXIT_UNHEALTHY;
	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("the gate is %s\n", r->open ? "open: a deployment may go ahead" : "closed");
	for (size_t i = 0; i < r->n_reasons; i++)
		(void)printf("  %s\n", clean(t, r->reasons[i]));
	return OK;
}

static enum err ask_health(struct turn *t, struct cli *c, int64_t within_ms,
			   const Grpc__Health__V1__HealthCheckResponse **out)
{
	Grpc__Health__V1__HealthCheckRequest q = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	void *answer;

	TRY(cli_channel(t, c));
	TRY(call_unary(t, c->channel, &grpc__health__v1__health__descriptor, "Check", &q, within_ms,
		       &answer));
	*out = answer;
	return OK;
}

static bool serves(const Grpc__Health__V1__HealthCheckResponse *r)
{
	return r->status == GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
}

enum err cmd_health(struct turn *t, struct cli *c)
{
	const Grpc__Health__V1__HealthCheckResponse *r;
	enum err e;

	TRY(ask_health(t, c, c->timeout_ms ? c->timeout_ms : PROBE_MS, &r));
	c->exit = serves(r) ? EXIT_DONE : EXIT_UNHEALTHY;
	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s: %s\n", c->context.address, serves(r) ? "serving" : "not serving");
	return OK;
}

enum err cmd_wait_ready(struct turn *t, struct cli *c)
{
	int64_t within = c->timeout_ms ? c->timeout_ms : WAIT_MS;
	int64_t due = clock_mono_ms() + within;
	const Grpc__Health__V1__HealthCheckResponse *r;

	do {
		enum err e = ask_health(t, c, PROBE_MS, &r), said;

		if (e == OK && serves(r)) {
			if (!out_json(t, c, &r->base, &said))
				(void)printf("%s: ready\n", c->context.address);
			return OK;
		}
		if (e != OK && e != ERR_AWAY && e != ERR_LATE)
			return e;
	} while (clock_mono_ms() + POLL_MS < due && stop_sleep(POLL_MS));
	if (stop_asked())
		return fail(t, ERR_GONE, "stopped waiting");
	return fail(t, ERR_LATE, "%s is not ready within %s", c->context.address,
		    duration_str(t, within));
}
