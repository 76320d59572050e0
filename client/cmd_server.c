/* The server itself: info, gate, health. */
#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/junit.h"
#include "client/out.h"
#include "client/wait.h"
#include "ghostfleet/v1/server.pb-c.h"
#include "store/base/turn.h"
#include "store/base/version.h"

enum { PROBE_MS = 2000 };

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

static const char *reasons(struct turn *t, const Ghostfleet__V1__CheckGateResponse *r)
{
	const char *all = "";

	for (size_t i = 0; i < r->n_reasons; i++)
		all = turn_printf(t, "%s%s%s", all, i ? "\n" : "", r->reasons[i]);
	return all;
}

enum err cmd_gate(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CheckGateRequest q = GHOSTFLEET__V1__CHECK_GATE_REQUEST__INIT;
	void *answer;
	enum err e;

	TRY(cli_call(t, c, service, "CheckGate", &q, &answer));
	const Ghostfleet__V1__CheckGateResponse *r = answer;

	c->exit = r->open ? EXIT_DONE : EXIT_UNHEALTHY;
	if (c->format == FORMAT_JUNIT)
		return junit_one(t, c, "gate", r->open ? JUNIT_PASSED : JUNIT_FAILED, "closed",
				 reasons(t, r));
	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("the gate is %s\n", r->open ? "open: a deployment may go ahead" : "closed");
	for (size_t i = 0; i < r->n_reasons; i++)
		(void)printf("  %s\n", clean(t, r->reasons[i]));
	return OK;
}

enum err cmd_health(struct turn *t, struct cli *c)
{
	const Grpc__Health__V1__HealthCheckResponse *r;
	enum err e;

	TRY(wait_ask_health(t, c, c->timeout_ms ? c->timeout_ms : PROBE_MS, &r));
	c->exit = wait_serves(r) ? EXIT_DONE : EXIT_UNHEALTHY;
	if (c->format == FORMAT_JUNIT)
		return junit_one(t, c, "health", wait_serves(r) ? JUNIT_PASSED : JUNIT_FAILED,
				 "not_serving", "it does not serve");
	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s: %s\n", c->context.address, wait_serves(r) ? "serving" : "not serving");
	return OK;
}
