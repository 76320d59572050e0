#include "server/core/fleet.h"

#include <assert.h>
#include <string.h>

#include "server/core/incident.h"
#include "server/core/operation.h"
#include "server/core/shared.h"
#include "store/audit.h"
#include "store/base/hex.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/meta.h"

/* Every pause that is to be lifted is looked at: who set it decides who lifts it. */
enum { ENDPOINTS_READ = 64, LIVE_READ = 256, RECENT_READ = 200, PAUSES_HELD = 1024 };

static const char ID_KEY[] = "fleet.id";

enum { ID = (FLEET_ID_TEXT - 1) / 2 };

enum err fleet_id_make(struct turn *t)
{
	uint8_t id[ID];
	struct bytes kept;
	enum err e = meta_get(t, ID_KEY, &kept);

	assert(t->in_lane);
	if (e != ERR_MISSING)
		return e;
	turn_random(t, id, sizeof(id));
	return meta_set(t, ID_KEY, id, sizeof(id));
}

enum err fleet_id(struct turn *t, char out[FLEET_ID_TEXT])
{
	struct bytes kept;

	TRY(meta_get(t, ID_KEY, &kept));
	if (kept.n != ID)
		return fail(t, ERR_BROKEN, "meta %s: %zu bytes, want %d", ID_KEY, kept.n, ID);
	hex_put(kept.p, kept.n, out);
	return OK;
}

static enum fleet_state state_of(const struct pause *p, size_t n)
{
	enum fleet_state s = FLEET_RUNNING;

	for (size_t i = 0; i < n; i++) {
		if (p[i].kind == PAUSE_LOCKDOWN)
			return FLEET_LOCKDOWN;
		s = FLEET_PAUSED;
	}
	return s;
}

enum err fleet_state_now(struct turn *t, enum fleet_state *out)
{
	struct pause *p;
	size_t n;

	TRY(pause_active(t, "fleet", FLEET_PAUSES, &p, &n));
	*out = state_of(p, n);
	if (*out == FLEET_RUNNING && store_stats(t->store).latched)
		*out = FLEET_PAUSED;
	return OK;
}

static void problem(struct fleet *f, const char *text)
{
	if (f->n_problems < FLEET_PROBLEMS)
		f->problems[f->n_problems++] = text;
}

static enum err look_endpoints(struct turn *t, struct fleet *f)
{
	struct endpoint_row *e;

	TRY(endpoint_list(t, ENDPOINTS_READ, &e, &f->endpoints));
	for (size_t i = 0; i < f->endpoints; i++) {
		if (e[i].state == ENDPOINT_ROW_OK)
			f->endpoints_ok++;
		else if (e[i].state != ENDPOINT_ROW_UNTRIED)
			problem(f, turn_printf(t, "endpoint '%s': %s", e[i].name, e[i].text));
	}
	if (f->endpoints == 0)
		problem(f, "no endpoint is configured: set chain.rpc_url or RPC_URL");
	return OK;
}

static enum err look_held(struct turn *t, struct fleet *f)
{
	struct operation *o;
	size_t n;

	if (f->n_pauses == 0)
		return OK;
	TRY(operation_live(t, OP_RUNNING, 0, LIVE_READ, &o, &n));
	for (size_t i = 0; i < n; i++) {
		bool held;

		TRY(operation_held(t, &o[i], &held));
		f->held += held;
	}
	return OK;
}

/* No line here depends on the time of asking: the door keeps encoded answers until something
 * changes, and readers know ages from the observe times. */
static void look_problems(struct turn *t, struct fleet *f)
{
	if (f->transactions[TX_REVIEW])
		problem(f, turn_printf(t,
				       "%lld transactions need review: `ghostctl tx list "
				       "--state review`",
				       (long long)f->transactions[TX_REVIEW]));
	if (f->wallets.tripped)
		problem(f, turn_printf(t,
				       "%lld circuit breakers are open: `ghostctl wallets list "
				       "--tripped`",
				       (long long)f->wallets.tripped));
	if (store_stats(t->store).full)
		problem(f, "the disk is full: nothing is signed, sent or changed; free space");
	if (store_stats(t->store).latched)
		problem(f, "the disk is full: the pause is held by pause.latch only");
	if (!shared()->keyring)
		problem(f, "the keys are locked: nothing can be signed");
	if (f->transactions[TX_UNKNOWN])
		problem(f, turn_printf(t, "%lld transactions were sent without a clear answer",
				       (long long)f->transactions[TX_UNKNOWN]));
}

static enum err look_recent(struct turn *t, struct fleet *f)
{
	int64_t from = f->last_event > RECENT_READ ? f->last_event - RECENT_READ : 0;
	struct event *e;
	size_t n;

	enum err code = event_list(t, from, TOPIC_ALL, NULL, RECENT_READ, &e, &n);

	if (code == ERR_RANGE)
		n = 0;
	else if (code != OK)
		return code;
	f->recent = turn_array(t, FLEET_RECENT, sizeof(*f->recent));
	while (n > 0 && f->n_recent < FLEET_RECENT)
		f->recent[f->n_recent++] = e[--n];
	return OK;
}

enum err fleet_look(struct turn *t, struct fleet *out)
{
	*out = (struct fleet){ 0 };
	TRY(pause_active(t, "fleet", FLEET_PAUSES, &out->pauses, &out->n_pauses));
	TRY(fleet_state_now(t, &out->state));
	TRY(wallet_count(t, &out->wallets));
	TRY(operation_count(t, out->operations));
	TRY(intent_count(t, out->transactions));
	TRY(chain_get(t, &out->chain));
	TRY(wallet_money(t, &out->money, &out->oldest_ms));
	TRY(event_last(t, &out->last_event));
	TRY(look_held(t, out));
	look_problems(t, out);
	TRY(look_endpoints(t, out));
	return look_recent(t, out);
}

static enum err check_scope(struct turn *t, const char **scope)
{
	struct wallet w;

	if (!**scope)
		*scope = "fleet";
	if (strcmp(*scope, "fleet") == 0)
		return OK;
	if (strncmp(*scope, "wallets/", 8) != 0)
		return fail(t, ERR_INVALID, "scope: '%.60s', want \"fleet\" or \"wallets/NAME\"",
			    *scope);
	return wallet_get(t, *scope + 8, &w);
}

enum err fleet_pause(struct turn *t, const char *scope, enum pause_kind kind, const char *reason,
		     struct pause *out)
{
	assert(t->in_lane);
	TRY(check_scope(t, &scope));
	TRY(pause_add(t, kind, scope, reason, out));
	const char *what = kind == PAUSE_LOCKDOWN ? "fleet.locked-down" : "fleet.paused";

	TRY(event_add(t, TOPIC_FLEET, scope, what, reason));
	return audit_add(t, what, scope, reason);
}

enum err fleet_resume(struct turn *t, const char *scope, const char *reason, bool admin,
		      bool *changed_out)
{
	struct pause *p;
	size_t n, lifted;

	assert(t->in_lane);
	TRY(check_scope(t, &scope));
	TRY(pause_active(t, scope, PAUSES_HELD, &p, &n));
	*changed_out = n > 0 || (strcmp(scope, "fleet") == 0 && store_stats(t->store).latched);
	if (!*changed_out)
		return OK;
	if (n == PAUSES_HELD && !admin)
		return fail_reason(t, REASON_PAUSED_BY_OTHER,
				   "so many pauses hold that only an admin lifts them");
	for (size_t i = 0; i < n; i++) {
		if (p[i].kind == PAUSE_LOCKDOWN && !admin)
			return fail_reason(t, REASON_PAUSED_BY_OTHER,
					   "a lockdown by %s holds: an admin lifts it", p[i].actor);
		if (strcmp(t->actor, "loopback") == 0 && strcmp(p[i].actor, "loopback") != 0)
			return fail_reason(t, REASON_PAUSED_BY_OTHER,
					   "paused by %s: lift it with a token, `ghostctl resume`",
					   p[i].actor);
	}
	TRY(pause_lift(t, scope, &lifted));
	TRY(event_add(t, TOPIC_FLEET, scope, "fleet.resumed", reason));
	TRY(audit_add(t, "fleet.resumed", scope, reason));
	if (strcmp(scope, "fleet") != 0)
		return OK;
	return incident_clear(t, INCIDENT_QUARANTINE, "the lockdown is lifted");
}
