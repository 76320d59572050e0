#include "server/core/operation.h"

#include <assert.h>
#include <string.h>

#include "server/core/backup.h"
#include "server/core/fleet.h"
#include "server/core/progress.h"
#include "server/core/safe.h"
#include "server/core/shared.h"
#include "server/core/standing.h"
#include "server/core/stop.h"
#include "server/eth/addr.h"
#include "store/audit.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/events.h"
#include "store/pauses.h"
#include "store/wallets.h"

enum { SAFE_READ = 64, PROFILE_MAX = 40, EXPIRED_KEPT_MS = 3600000 };

static const char *op_name(struct turn *t, int64_t id)
{
	return turn_printf(t, "operations/%lld", (long long)id);
}

static enum err told(struct turn *t, const struct operation *o, const char *kind, const char *text)
{
	TRY(event_add(t, TOPIC_OPERATION, op_name(t, o->id), kind, text));
	return audit_add(t, kind, op_name(t, o->id), text);
}

static struct step new_step(const struct operation *o, int64_t wallet)
{
	return (struct step){
		.operation = o->id,
		.wallet = wallet,
		.state = STEP_PLANNED,
		.text = "",
	};
}

/* Named wallets get their steps now; a selection is expanded by ticks. */
static enum err add_named(struct turn *t, struct operation *o, const struct selection *sel)
{
	if (sel->n_names > NAMED_WALLETS_MAX)
		return fail(t, ERR_INVALID, "wallets.names: %zu names, at most %d at a call",
			    sel->n_names, NAMED_WALLETS_MAX);
	for (size_t i = 0; i < sel->n_names; i++) {
		struct wallet w;

		TRY(wallet_get(t, sel->names[i], &w));
		if (w.state != WALLET_ACTIVE && o->kind == OP_FUND)
			return fail(t, ERR_REFUSED, "wallets.names: '%s' is retired", w.name);
		if (w.key_kind == KEY_WATCH_ONLY && o->kind != OP_FUND)
			return fail_reason(t, REASON_WATCH_ONLY,
					   "no key is held for '%s': it can only be watched",
					   w.name);
		if (w.id == o->source)
			return fail(t, ERR_INVALID, "wallets.names: '%s' is the paying wallet",
				    w.name);
		struct step s = new_step(o, w.id);
		enum err e = step_add(t, &s);

		if (e != OK && e != ERR_EXISTS)
			return e;
	}
	return OK;
}

/* A misspelt profile would plan nothing and look like success. */
static enum err check_profile(struct turn *t, const char *profile)
{
	struct wallet_filter f = {
		.states = 1u << WALLET_ACTIVE,
		.role = WALLET_FLEET,
		.profile = profile,
		.with_key = true,
	};
	struct wallet *w;
	size_t n;

	if (!*profile)
		return OK;
	TRY(wallet_list(t, &f, 0, 1, &w, &n));
	if (n > 0)
		return OK;
	return fail(t, ERR_MISSING, "no wallet has the profile '%s': see `ghostctl wallets list`",
		    profile);
}

static void born(struct turn *t, struct operation *o, enum op_state state, const char *text)
{
	o->state = state;
	o->actor = t->actor;
	o->trace = t->trace;
	o->text = text;
	o->warnings = "";
}

static enum err create(struct turn *t, struct operation *o, const struct selection *sel,
		       const char *text)
{
	const char *profile = sel->profile ? sel->profile : "";

	if (*profile && sel->n_names)
		return fail(t, ERR_INVALID, "wallets: either names or a profile, not both");
	if (strlen(profile) > PROFILE_MAX)
		return fail(t, ERR_INVALID, "wallets.profile: longer than %d bytes", PROFILE_MAX);
	TRY(check_profile(t, profile));
	born(t, o, OP_PLANNING, "planning");
	o->profile = profile;
	o->expand = sel->n_names ? -1 : 0;
	TRY(operation_add(t, o));
	TRY(add_named(t, o, sel));
	return told(t, o, "operation.planning", text);
}

enum err operation_plan_fund(struct turn *t, const struct selection *sel, struct wei target,
			     const char *source, struct operation *out)
{
	struct wallet w;

	assert(t->in_lane);
	if (wei_is_zero(target))
		return fail(t, ERR_INVALID, "target: nothing to top up to");
	if (!source)
		source = policy()->funder;
	if (!source)
		return fail_reason(t, REASON_NO_FUNDER,
				   "no funder: set funding.key_file (or FUNDER_KEY) or name a "
				   "paying wallet in `source`");
	TRY(wallet_get(t, source, &w));
	if (w.key_kind == KEY_WATCH_ONLY)
		return fail_reason(t, REASON_WATCH_ONLY, "no key is held for '%s'", w.name);
	if (w.state != WALLET_ACTIVE)
		return fail(t, ERR_REFUSED, "source: '%s' is retired", w.name);
	TRY(backup_check_selection(t, sel));
	*out = (struct operation){ .kind = OP_FUND, .source = w.id, .target = target };
	return create(t, out, sel,
		      turn_printf(t, "fund to %s each from %s", ether_str(t, target), w.name));
}

static enum err only_safe(struct turn *t, struct eth_addr *out)
{
	struct safe_address *s;
	size_t n, active = 0;

	TRY(safe_list(t, policy()->chain_id, SAFE_READ, &s, &n));
	for (size_t i = 0; i < n; i++)
		if (s[i].state == SAFE_ACTIVE) {
			*out = s[i].addr;
			active++;
		}
	if (active == 1)
		return OK;
	return fail_reason(t, REASON_NOT_SAFE_LISTED,
			   active ? "there are several ACTIVE safe addresses: name one as the "
				    "destination"
				  : "there is no ACTIVE safe address: `ghostctl safe add ADDRESS`");
}

static enum err check_safe(struct turn *t, struct eth_addr a)
{
	struct safe_address s;
	enum err e = safe_get(t, policy()->chain_id, a, &s);

	if (e == ERR_MISSING || (e == OK && s.state == SAFE_REMOVED))
		return fail_reason(t, REASON_NOT_SAFE_LISTED,
				   "%s is not on the safe list of chain %llu: see `ghostctl safe "
				   "list`",
				   addr_str(t, a), (unsigned long long)policy()->chain_id);
	if (e == OK && s.state == SAFE_PENDING)
		return fail_reason(t, REASON_NOT_SAFE_LISTED, "%s is PENDING for %s more",
				   addr_str(t, a), duration_str(t, s.active_ms - t->now_ms));
	if (e == OK && !safe_takes(&s))
		return fail_reason(t, REASON_NOT_SAFE_LISTED,
				   "%s is declared a contract, and chain %llu has no code there",
				   addr_str(t, a), (unsigned long long)policy()->chain_id);
	return e;
}

/* Where it goes, and who lends for gas. */
static enum err way_home(struct turn *t, const struct eth_addr *dest, struct operation *out)
{
	struct wallet w;

	out->has_dest = true;
	if (dest)
		out->dest = *dest;
	else
		TRY(only_safe(t, &out->dest));
	TRY(check_safe(t, out->dest));
	/* Without a funder nothing is lent; all else comes home. */
	enum err e = policy()->funder ? wallet_get(t, policy()->funder, &w) : ERR_MISSING;

	if (e != OK && e != ERR_MISSING)
		return e;
	if (e == OK && w.key_kind != KEY_WATCH_ONLY)
		out->source = w.id;
	return OK;
}

enum err operation_plan_extract(struct turn *t, const struct selection *sel,
				const struct eth_addr *dest, bool native_only,
				struct operation *out)
{
	assert(t->in_lane);
	*out = (struct operation){ .kind = OP_EXTRACT, .native_only = native_only };
	TRY(way_home(t, dest, out));
	return create(t, out, sel, turn_printf(t, "extract to %s", addr_str(t, out->dest)));
}

enum err operation_evacuate(struct turn *t, const struct eth_addr *dest, const char *reason,
			    struct operation *out)
{
	const char *plan;
	struct pause p;

	assert(t->in_lane);
	/* In an emergency a tax is no reason to stay. */
	*out = (struct operation){ .kind = OP_EVACUATE, .accept_tax = true, .profile = "" };
	TRY(way_home(t, dest, out));
	TRY(fleet_pause(t, "fleet", PAUSE_PLAIN,
			turn_printf(t, "evacuation%s%s", *reason ? ": " : "", reason), &p));
	/* The latch keeps a pause, no operation: to say that one runs would be a lie. */
	if (p.latched)
		return fail_reason(t, REASON_DISK_FULL,
				   "the disk is full and takes no operation: free space; until "
				   "then `ghostctl pause` works");
	/* It waits for nobody: who asked for it has said all there is to say. The most valuable get
	 * their steps here and now, the others by ticks. */
	born(t, out, OP_RUNNING, "running although the fleet is paused");
	out->run_ms = t->now_ms;
	TRY(pause_epoch(t, &out->run_epoch));
	TRY(operation_add(t, out));
	TRY(standing_begin(t, out, &plan));
	out->text = turn_printf(t, "running, with the fleet paused: %s", plan);
	TRY(operation_save(t, out));
	return told(t, out, "operation.running",
		    turn_printf(t, "evacuate to %s: %s", addr_str(t, out->dest), plan));
}

enum err operation_begin_plain(struct turn *t, enum op_kind kind, const char *text,
			       struct operation *out)
{
	struct selection none = { .profile = "" };

	assert(t->in_lane);
	*out = (struct operation){ .kind = kind };
	TRY(create(t, out, &none, text));
	out->state = OP_RUNNING;
	out->run_ms = t->now_ms;
	out->text = "asking";
	return operation_save(t, out);
}

enum err operation_check_endpoints(struct turn *t, struct operation *out)
{
	return operation_begin_plain(t, OP_CHECK, "check every endpoint", out);
}

enum err operation_check_done(struct turn *t, int64_t id, bool fine, const char *text)
{
	struct operation o;

	assert(t->in_lane);
	TRY(operation_get(t, id, &o));
	if (o.state != OP_RUNNING)
		return OK;
	o.state = fine ? OP_DONE : OP_FAILED;
	o.end_ms = t->now_ms;
	o.text = text;
	TRY(operation_save(t, &o));
	return event_add(t, TOPIC_OPERATION, op_name(t, id),
			 fine ? "operation.done" : "operation.failed", text);
}

/* Of one that never ran: nothing of it is in flight. */
static enum err cancel_now(struct turn *t, struct operation *o, const char *text)
{
	TRY(step_cancel_all(t, o->id));
	o->state = OP_CANCELLED;
	o->end_ms = t->now_ms;
	o->text = text;
	return operation_save(t, o);
}

enum err operation_expire(struct turn *t, size_t limit, size_t *n_out)
{
	struct operation *o;

	assert(t->in_lane);
	TRY(operation_expired(t, t->now_ms - EXPIRED_KEPT_MS, limit, &o, n_out));
	for (size_t i = 0; i < *n_out; i++) {
		TRY(cancel_now(t, &o[i], "not run before its plan expired"));
		TRY(event_add(t, TOPIC_OPERATION, op_name(t, o[i].id), "operation.expired",
			      o[i].text));
	}
	return OK;
}

/* What lends for gas goes home after all whom it may have to lend to. */
static enum err add_lender(struct turn *t, const struct operation *o)
{
	struct step s = new_step(o, o->source);

	if (o->kind != OP_EVACUATE || !o->source)
		return OK;
	enum err e = step_add(t, &s);

	return e == ERR_EXISTS ? OK : e;
}

enum err operation_expand(struct turn *t, struct operation *o, size_t limit)
{
	/* Late funds of retired wallets are funds as well. */
	unsigned retired = o->kind == OP_EVACUATE ? 1u << WALLET_RETIRED : 0;
	struct wallet_filter f = {
		.states = 1u << WALLET_ACTIVE | retired,
		.role = WALLET_FLEET,
		.profile = o->profile,
		.with_key = true,
	};
	struct wallet *w;
	size_t n;

	assert(t->in_lane);
	if (o->expand < 0)
		return OK;
	TRY(wallet_list(t, &f, o->expand, limit, &w, &n));
	for (size_t i = 0; i < n; i++) {
		struct step s = new_step(o, w[i].id);

		o->expand = w[i].id;
		if (w[i].id == o->source)
			continue;
		enum err e = step_add(t, &s);

		if (e != OK && e != ERR_EXISTS) /* the standing plan had it */
			return e;
	}
	if (n < limit) {
		o->expand = -1;
		TRY(add_lender(t, o));
	}
	return operation_save(t, o);
}

enum err operation_cancel(struct turn *t, int64_t id, const char *reason, struct operation *out)
{
	struct operation *o = out;
	const char *text = *reason ? turn_printf(t, "cancelled by %s: %s", t->actor, reason)
				   : turn_printf(t, "cancelled by %s", t->actor);

	assert(t->in_lane);
	TRY(operation_get(t, id, o));
	switch (o->state) {
	case OP_PLANNING:
	case OP_PLANNED:
		TRY(cancel_now(t, o, text));
		return told(t, o, "operation.cancelled", text);
	case OP_RUNNING:
		if (o->cancelling)
			return OK;
		o->cancelling = true;
		o->text = text;
		TRY(operation_save(t, o));
		return told(t, o, "operation.cancelling", text);
	case OP_DONE:
	case OP_PARTLY:
	case OP_FAILED:
	case OP_CANCELLED:
		return fail(t, ERR_REFUSED, "operation %lld has ended: %s", (long long)id, o->text);
	}
	return fail(t, ERR_BROKEN, "no such state");
}

static enum err check_tax(struct turn *t, const struct operation *o, bool accepted)
{
	struct step_token *k;
	size_t n;

	TRY(operation_tokens(t, o->id, TOKENS_MAX, &k, &n));
	for (size_t i = 0; i < n && !accepted; i++)
		if (wei_cmp(wei_mul_sat(k[i].tax, 100), k[i].amount) > 0)
			return fail(t, ERR_REFUSED,
				    "a tax takes %s of %s on the way: run it with "
				    "accept_token_tax (--accept-token-tax), or take ether only",
				    token_str(t, k[i].token, k[i].tax),
				    token_str(t, k[i].token, k[i].amount));
	return OK;
}

static enum err check_plan(struct turn *t, const struct operation *o, const struct eth_hash *hash)
{
	if (o->state == OP_PLANNING)
		return fail_reason(t, REASON_PLAN_NOT_READY,
				   "operation %lld is still being planned: %s", (long long)o->id,
				   o->text);
	if (o->state == OP_CANCELLED && o->run_ms == 0)
		return fail(t, ERR_REFUSED, "operation %lld was %s: plan again", (long long)o->id,
			    o->text);
	if (o->state != OP_PLANNED)
		return fail(t, ERR_REFUSED, "operation %lld was run already: %s", (long long)o->id,
			    o->text);
	if (t->now_ms > o->expires_ms)
		return fail_reason(t, REASON_PLAN_EXPIRED,
				   "the plan of operation %lld expired %s ago: plan again",
				   (long long)o->id, duration_str(t, t->now_ms - o->expires_ms));
	if (!hash_eq(*hash, o->plan_hash))
		return fail_reason(t, REASON_PLAN_CHANGED,
				   "plan_hash: operation %lld has another plan: look at it again",
				   (long long)o->id);
	return OK;
}

enum err operation_run(struct turn *t, int64_t id, const struct eth_hash *hash, bool accept_tax,
		       struct operation *out)
{
	struct operation *o = out;
	struct errand errand;

	assert(t->in_lane);
	TRY(operation_get(t, id, o));
	TRY(check_plan(t, o, hash));
	TRY(check_tax(t, o, accept_tax));
	if (o->has_dest)
		TRY(check_safe(t, o->dest));
	TRY(operation_caps(t, o));
	TRY(backup_check_operation(t, o));
	TRY(pause_epoch(t, &o->run_epoch));
	errand = errand_of(o);
	TRY(stop_check_fleet(t, &errand));
	o->state = OP_RUNNING;
	o->accept_tax = accept_tax;
	o->run_ms = t->now_ms;
	if (t->trace)
		o->trace = t->trace;
	o->text = store_stopped(t->store) ? "running although the fleet is paused" : "running";
	TRY(operation_save(t, o));
	return told(t, o, "operation.running", o->text);
}

enum err operation_held(struct turn *t, const struct operation *o, bool *out)
{
	struct errand errand = errand_of(o);

	*out = false;
	if (o->state != OP_RUNNING)
		return OK;
	struct pause *p;
	size_t n;

	TRY(pause_active(t, "fleet", SAFE_READ, &p, &n));
	for (size_t i = 0; i < n; i++)
		*out = *out || stop_holds(&p[i], &errand);
	return OK;
}
