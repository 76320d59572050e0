#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server/core/operation.h"
#include "server/eth/addr.h"
#include "server/rescue_inside.h"
#include "store/base/clock.h"
#include "store/base/units.h"
#include "store/base/wei.h"

enum {
	LOOK_MS = 100,
	SAY_MS = 2000,
	FAR_MS = 60000, /* what waits for longer is not waited for */
	SHOWN = 10,
};

struct planning {
	struct rescue *r;
	const char *name;
	int64_t id;
	struct eth_hash hash;
};

static enum err plan_in_lane(struct turn *t, void *arg)
{
	struct planning *p = arg;
	struct selection sel = { .names = &p->name, .n_names = p->name ? 1 : 0, .profile = "" };
	struct operation o;

	TRY(operation_plan_extract(t, &sel, &p->r->to, false, &o));
	p->id = o.id;
	return OK;
}

/* In an emergency a tax is no reason to stay; the plan has said it. */
static enum err run_in_lane(struct turn *t, void *arg)
{
	const struct planning *p = arg;
	struct operation o;

	return operation_run(t, p->id, &p->hash, true, &o);
}

static enum err await_plan(struct turn *t, struct rescue *r, int64_t id, struct operation *out)
{
	for (;;) {
		rescue_turn(t, r);
		TRY(operation_get(t, id, out));
		if (out->state != OP_PLANNING)
			return OK;
		if (!rescue_wait(LOOK_MS))
			return fail(t, ERR_GONE, "stopped before anything was sent");
	}
}

static enum err say_steps(struct turn *t, int64_t id, unsigned states, const char *head)
{
	struct step *s;
	size_t n;

	TRY(step_list(t, id, states, 0, SHOWN + 1, &s, &n));
	if (n > 0)
		(void)printf("%s\n", head);
	for (size_t i = 0; i < n && i < SHOWN; i++)
		(void)printf("  %s  %s  %s\n", addr_str(t, s[i].addr), s[i].wallet_name, s[i].text);
	if (n > SHOWN)
		(void)puts("  and more");
	return OK;
}

static enum err say_plan(struct turn *t, const struct rescue *r, const struct operation *o)
{
	struct step_token *k;
	size_t n;

	TRY(operation_tokens(t, o->id, TOKENS_MAX, &k, &n));
	(void)printf("plan: %s\n  ether  %s, fees at most %s, gas loans %s\n", o->text,
		     ether_str(t, o->total_value), ether_str(t, o->total_fee),
		     ether_str(t, o->total_loan));
	for (size_t i = 0; i < n; i++)
		(void)printf("  token  %s\n", token_str(t, k[i].token, k[i].amount));
	(void)printf("  home   %s on chain %" PRIu64 "\n", addr_str(t, r->to), r->kit.chain_id);
	if (*o->warnings)
		(void)printf("%s", o->warnings);
	TRY(say_steps(t, o->id, 1u << STEP_FAILED, "cannot be served:"));
	(void)fflush(stdout);
	return OK;
}

static enum err ask(struct turn *t, const struct rescue *r)
{
	char said[16] = { 0 };

	if (r->in->yes)
		return OK;
	if (!isatty(STDIN_FILENO))
		return fail(
			t, ERR_GONE,
			"nobody can be asked here, as this is no terminal: add --yes to run it");
	(void)fprintf(stderr, "Bring it home? [y/N] ");
	(void)fflush(stderr);
	if (!fgets(said, sizeof(said), stdin))
		said[0] = 0;
	said[strcspn(said, "\r\n")] = 0;
	if (strcasecmp(said, "y") == 0 || strcasecmp(said, "yes") == 0)
		return OK;
	return fail(t, ERR_GONE, "nothing was sent");
}

static void say_progress(struct turn *t, const struct operation *o, const struct step_counts *c)
{
	(void)fprintf(stderr,
		      "%" PRId64 " of %" PRId64 " done, %" PRId64 " skipped, %" PRId64
		      " failed; %s home; %s\n",
		      c->done, c->total, c->skipped, c->failed, ether_str(t, o->moved), o->text);
}

/* Whether all that is left waits for a time that is far: a locked stake. */
static enum err only_far(struct turn *t, int64_t id, bool *out)
{
	struct step *s;
	size_t n;

	TRY(step_list(t, id, 1u << STEP_PLANNED | 1u << STEP_RUNNING, 0, 1, &s, &n));
	*out = n == 0;
	if (n > 0)
		return OK;
	TRY(step_list(t, id, 1u << STEP_BLOCKED, 0, 1000, &s, &n));
	*out = n > 0;
	for (size_t i = 0; i < n && *out; i++)
		*out = s[i].next_ms > t->now_ms + FAR_MS;
	return OK;
}

static enum err await_end(struct turn *t, struct rescue *r, int64_t id, struct operation *o,
			  struct rescue_outcome *out)
{
	int64_t say_at = clock_mono_ms() + SAY_MS;

	for (;;) {
		rescue_turn(t, r);
		TRY(operation_get(t, id, o));
		TRY(step_count(t, id, &out->counts));
		if (o->state != OP_RUNNING)
			return OK;
		TRY(only_far(t, id, &out->stopped));
		if (clock_mono_ms() >= say_at) {
			say_progress(t, o, &out->counts);
			say_at = clock_mono_ms() + SAY_MS;
		}
		out->stopped = out->stopped || !rescue_wait(LOOK_MS);
		if (out->stopped)
			return OK;
	}
}

static enum err plan(struct turn *t, struct rescue *r, struct planning *p, struct operation *o)
{
	TRY(lane_run(t, plan_in_lane, p));
	TRY(await_plan(t, r, p->id, o));
	if (o->state == OP_FAILED)
		return fail(t, ERR_REFUSED, "%s", o->text);
	p->hash = o->plan_hash;
	return OK;
}

enum err rescue_run(struct turn *t, struct rescue *r, const char *name, struct rescue_outcome *out)
{
	struct planning p = { .r = r, .name = name };
	struct operation o;

	*out = (struct rescue_outcome){ 0 };
	TRY(plan(t, r, &p, &o));
	if (o.state == OP_DONE) {
		out->nothing = true;
		return step_count(t, p.id, &out->counts);
	}
	TRY(say_plan(t, r, &o));
	TRY(ask(t, r));
	/* A plan holds for ten minutes; who thought longer sees a fresh one. */
	rescue_turn(t, r);
	TRY(lane_run(t, run_in_lane, &p));
	TRY(await_end(t, r, p.id, &o, out));
	say_progress(t, &o, &out->counts);
	out->moved = o.moved;
	out->fees = o.fees_paid;
	TRY(say_steps(t, p.id, 1u << STEP_FAILED, "failed:"));
	return say_steps(t, p.id, 1u << STEP_BLOCKED | 1u << STEP_PLANNED | 1u << STEP_RUNNING,
			 "left:");
}
