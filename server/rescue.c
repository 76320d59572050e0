#include "server/rescue.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/eth/addr.h"
#include "server/kit_file.h"
#include "server/rescue_inside.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/safe_list.h"

enum { EXIT_USAGE = 2, EXIT_PARTLY = 5, BATCH = 200, LOOK_TRIES = 10, LOOK_AGAIN_MS = 500 };

static const size_t MEMORY = (size_t)256 << 20;

/* ---- where home is ---- */

static const struct kit_safe *listed(const struct rescue *r, struct eth_addr a)
{
	for (size_t i = 0; i < r->kit.n_safe; i++)
		if (r->kit.safe[i].chain_id == r->kit.chain_id && addr_eq(r->kit.safe[i].addr, a))
			return &r->kit.safe[i];
	return NULL;
}

static enum err only_one(struct turn *t, struct rescue *r)
{
	size_t active = 0;

	for (size_t i = 0; i < r->kit.n_safe; i++)
		if (r->kit.safe[i].active && r->kit.safe[i].chain_id == r->kit.chain_id) {
			r->to = r->kit.safe[i].addr;
			active++;
		}
	return active == 1 ? OK
			   : fail(t, ERR_INVALID,
				  "where to? the kit has %zu active safe addresses: write --to "
				  "ADDRESS",
				  active);
}

/* Not on the list when the kit was made: only a person who types it twice may send everything
 * there. */
static enum err type_again(struct turn *t, const struct rescue *r, const char *why)
{
	char said[64] = { 0 };
	struct eth_addr again;
	const char *wrong;

	if (!isatty(STDIN_FILENO))
		return fail_reason(t, REASON_NOT_SAFE_LISTED,
				   "--to: %s %s; nobody can be asked here whether that is right",
				   addr_str(t, r->to), why);
	(void)fprintf(stderr, "%s %s.\nEverything would go there. Type the address to go on: ",
		      addr_str(t, r->to), why);
	(void)fflush(stderr);
	if (!fgets(said, sizeof(said), stdin))
		said[0] = 0;
	said[strcspn(said, "\r\n")] = 0;
	if (addr_parse(said, &again, &wrong) && addr_eq(again, r->to))
		return OK;
	return fail_reason(t, REASON_NOT_SAFE_LISTED, "that is not the address: nothing was sent");
}

static enum err choose_home(struct turn *t, struct rescue *r)
{
	const char *why;

	if (!r->in->to)
		return only_one(t, r);
	if (!addr_parse(r->in->to, &r->to, &why))
		return fail(t, ERR_INVALID, "--to %.60s: %s", r->in->to, why);
	const struct kit_safe *s = listed(r, r->to);

	if (!s)
		return type_again(t, r, "is not on the kit's safe list for this chain");
	return s->active ? OK : type_again(t, r, "was not active yet when the kit was made");
}

static enum err home_in_lane(struct turn *t, void *arg)
{
	const struct rescue *r = arg;
	struct safe_address s = {
		.chain_id = r->kit.chain_id,
		.addr = r->to,
		.label = "",
		.state = SAFE_ACTIVE,
		.created_ms = t->now_ms,
		.active_ms = t->now_ms,
		.actor = t->actor,
	};

	return safe_put(t, &s);
}

/* ---- what is left ---- */

static enum err residue_of(struct turn *t, struct rescue *r, size_t at, size_t n, struct wei *sum,
			   size_t *holding)
{
	struct el_account seen[BATCH];
	enum err e = OK;
	size_t known = 0;

	for (int tries = 0; tries < LOOK_TRIES && known < n; tries++) {
		rescue_turn(t, r);
		e = el_accounts(t, r->el, r->addrs + at, n, seen);
		known = 0;
		for (size_t i = 0; e == OK && i < n; i++)
			known += seen[i].known;
		if (known < n && !rescue_wait(LOOK_AGAIN_MS))
			break;
	}
	if (known < n)
		return e == OK ? fail_reason(t, REASON_ENDPOINT_AWAY, "not all balances were told")
			       : e;
	for (size_t i = 0; i < n; i++) {
		*sum = wei_add_sat(*sum, seen[i].balance);
		*holding += !wei_is_zero(seen[i].balance);
	}
	return OK;
}

/* The chain's own word: what all these addresses hold now. */
static enum err say_residue(struct turn *t, struct rescue *r)
{
	struct wei sum = { 0 };
	size_t holding = 0;

	for (size_t at = 0; at < r->n; at += BATCH)
		TRY(residue_of(t, r, at, r->n - at < BATCH ? r->n - at : BATCH, &sum, &holding));
	(void)printf("residue %s wei in %zu of %zu wallets\n", wei_str(t, sum), holding, r->n);
	return OK;
}

/* ---- all of it ---- */

static bool has_own_funder(const struct rescue *r)
{
	for (size_t i = 0; i < r->kit.n_keys; i++)
		if (r->kit.keys[i].funder)
			return !r->in->funder_key_file && !r->in->keep_funder;
	return false;
}

static bool left(const struct rescue_outcome *o)
{
	return o->stopped || o->counts.failed > 0;
}

/* The fleet first; who lent the gas last, and then nobody lends. */
static enum err bring_home(struct turn *t, struct rescue *r, bool *left_out)
{
	struct rescue_outcome o;

	TRY(rescue_run(t, r, NULL, &o));
	*left_out = left(&o);
	if (o.nothing)
		(void)puts("the fleet's wallets hold nothing that can be moved");
	if (o.stopped || !has_own_funder(r))
		return OK;
	shared_set(&r->shared_alone);
	TRY(rescue_run(t, r, "funder", &o));
	*left_out = *left_out || left(&o);
	return OK;
}

static enum err rescue(struct turn *t, struct rescue *r, bool *left_out)
{
	int64_t began_ms = clock_mono_ms();

	TRY(rescue_open(t, r));
	TRY(rescue_await_chain(t, r));
	TRY(lane_run(t, home_in_lane, r));
	TRY(rescue_find(t, r));
	(void)printf("kit of %s: %zu wallets", r->kit.fleet, r->n);
	if (r->fresh)
		(void)printf(", %zu of them made after it", r->fresh);
	(void)printf("; home is %s\n", addr_str(t, r->to));
	(void)fflush(stdout);
	TRY(rescue_settle(t, r));
	TRY(bring_home(t, r, left_out));
	TRY(say_residue(t, r));
	(void)printf("%s after %.1f s\n", *left_out ? "not all is home" : "all is home",
		     (double)(clock_mono_ms() - began_ms) / 1000);
	return OK;
}

/* Taken by rescue_wait alone, so that the store is closed and removed whatever ends us. */
static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int ended(enum err e, const char *why, bool something_left)
{
	if (e != OK)
		(void)fprintf(stderr, "ghost-fleet: %s\n", why);
	else if (something_left)
		(void)fprintf(stderr, "ghost-fleet: something is left; run it again\n");
	return e == OK            ? something_left ? EXIT_PARTLY : 0
	       : e == ERR_INVALID ? EXIT_USAGE
	       : e == ERR_GONE    ? 1
				  : err_exit(e);
}

int command_rescue(struct turn *main_turn, const struct rescue_input *in)
{
	struct rescue r = { .in = in, .kept = main_turn };
	struct eth_hash digest;
	bool something_left = false;
	enum err e = kit_file_open(main_turn, in, &r.kit, &digest);

	if (e == OK)
		e = choose_home(main_turn, &r);
	if (e != OK)
		return ended(e, main_turn->why, false);
	log_open((struct log_options){ .least = LOG_ERROR, .fd = STDERR_FILENO });
	block_signals();
	struct arena *mem = arena_new(MEMORY);
	struct turn t;

	turn_begin(&t, NULL, NULL, mem, "rescue", "rescue", 60000);
	e = rescue(&t, &r, &something_left);
	int code = ended(e, t.why, something_left);

	rescue_close(&r);
	t.store = NULL;
	t.db = NULL;
	turn_end(&t);
	arena_free(mem);
	return code;
}
