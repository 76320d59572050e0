/* ghostfleet.v1.ServerService */
#include "ghostfleet/v1/server.pb-c.h"

#include "google/rpc/code.pb-c.h"
#include "server/api/about.h"
#include "server/api/contract.h"
#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/fleet.h"
#include "server/core/shared.h"
#include "server/door/limits.h"
#include "server/door/status.h"
#include "server/eth/addr.h"
#include "store/base/version.h"
#include "store/store.h"

enum { ROLES_MAX = 8, REASONS_MAX = 16 };

static const char *const capabilities[] = { "fund", "extract", "engine", "watch" };

static const struct {
	unsigned bit;
	const char *name;
} role_names[] = {
	{ ROLE_VIEWER, "viewer" },     { ROLE_CHECKER, "checker" },
	{ ROLE_OPERATOR, "operator" }, { ROLE_TREASURER, "treasurer" },
	{ ROLE_APPROVER, "approver" }, { ROLE_ADMIN, "admin" },
	{ ROLE_AUDITOR, "auditor" },   { ROLE_LOOPBACK, "loopback" },
};

/* What a client should know before it relies on it. */
static void put_limits(struct turn *t, Ghostfleet__V1__GetServerInfoResponse *out)
{
	size_t n;
	const struct limit *l = limits(&n);

	out->limits = turn_array(t, n, sizeof(*out->limits));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__Limit *m = msg_new(t, &ghostfleet__v1__limit__descriptor);

		m->name = msg_text(t, l[i].name);
		m->value = l[i].value;
		m->unit = msg_text(t, l[i].unit);
		m->description = msg_text(t, l[i].what);
		out->limits[out->n_limits++] = m;
	}
}

static void put_errors(struct turn *t, Ghostfleet__V1__GetServerInfoResponse *out)
{
	out->error_domain = msg_text(t, STATUS_DOMAIN);
	out->errors = turn_array(t, REASON_COUNT, sizeof(*out->errors));
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++) {
		Ghostfleet__V1__ErrorReason *m =
			msg_new(t, &ghostfleet__v1__error_reason__descriptor);
		const ProtobufCEnumValue *code = protobuf_c_enum_descriptor_get_value(
			&google__rpc__code__descriptor, err_grpc(reason_err((enum reason)r)));

		m->reason = msg_text(t, reason_name((enum reason)r));
		m->code = msg_text(t, code ? code->name : "");
		m->meaning = msg_text(t, reason_meaning((enum reason)r));
		m->retry = (Ghostfleet__V1__RetryAdvice)reason_retry((enum reason)r);
		out->errors[out->n_errors++] = m;
	}
}

static Ghostfleet__V1__Network *network(struct turn *t)
{
	Ghostfleet__V1__Network *m = msg_new(t, &ghostfleet__v1__network__descriptor);
	struct chain c;

	m->chain_id = policy()->chain_id;
	m->name = msg_text(t, about()->chain_name);
	if (chain_get(t, &c) == OK && c.seen_ms)
		m->genesis_hash = msg_text(t, hash_str(t, c.genesis));
	return m;
}

static enum err get_server_info(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__GetServerInfoResponse *out = vout;
	size_t n = sizeof(capabilities) / sizeof(capabilities[0]);

	(void)in;
	out->version = msg_text(t, version_number());
	out->build = msg_text(t, version_build());
	out->contract = msg_text(t, STATUS_DOMAIN);
	out->contract_digest = msg_text(t, contract_digest());
	out->schema = (int32_t)store_schema();
	out->networks = turn_array(t, 1, sizeof(*out->networks));
	out->networks[out->n_networks++] = network(t);
	out->capabilities = turn_array(t, n, sizeof(*out->capabilities));
	for (size_t i = 0; i < n; i++)
		out->capabilities[out->n_capabilities++] = msg_text(t, capabilities[i]);
	out->start_time = msg_time(t, about()->start_ms);
	out->uptime = msg_duration(t, t->now_ms - about()->start_ms);
	out->identity = msg_text(t, t->actor);
	out->roles = turn_array(t, ROLES_MAX, sizeof(*out->roles));
	for (size_t i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++)
		if (t->roles & role_names[i].bit)
			out->roles[out->n_roles++] = msg_text(t, role_names[i].name);
	put_limits(t, out);
	put_errors(t, out);
	return OK;
}

static void reason(Ghostfleet__V1__CheckGateResponse *out, char *text)
{
	if (out->n_reasons < REASONS_MAX)
		out->reasons[out->n_reasons++] = text;
}

/* Money that moves would be followed by the new version as well; what a gate wants to know is
 * whether now is a good moment. */
static enum err check_gate(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__CheckGateResponse *out = vout;
	struct fleet f;

	(void)in;
	TRY(fleet_look(t, &f));
	out->reasons = turn_array(t, REASONS_MAX, sizeof(*out->reasons));
	if (f.operations[OP_RUNNING])
		reason(out, turn_printf(t, "%lld operations are running",
					(long long)f.operations[OP_RUNNING]));
	int64_t open =
		f.transactions[TX_SIGNED] + f.transactions[TX_UNKNOWN] + f.transactions[TX_IN_POOL];

	if (open)
		reason(out, turn_printf(t, "%lld transactions are in flight", (long long)open));
	if (f.state == FLEET_LOCKDOWN)
		reason(out, msg_text(t, "the fleet is locked down"));
	for (size_t i = 0; i < f.n_problems; i++)
		reason(out, msg_text(t, f.problems[i]));
	out->open = out->n_reasons == 0;
	return OK;
}

#define S "ghostfleet.v1.ServerService"
const struct method server_rows[] = {
	{ S, "GetServerInfo", METHOD_READ, ANY_READER, 0, 0, get_server_info, NULL },
	{ S, "CheckGate", METHOD_READ, ANY_READER, 0, 0, check_gate, NULL },
};
const size_t n_server_rows = sizeof(server_rows) / sizeof(server_rows[0]);
