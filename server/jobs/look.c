#include "server/jobs/look.h"

#include "server/core/shared.h"
#include "server/eth/abi.h"
#include "server/eth/addr.h"
#include "server/eth/revert.h"
#include "store/base/wei.h"

/* Above what any block takes: whoever estimates so much is wrong, or lies. */
static const uint64_t GAS_MOST = UINT64_C(1) << 40;

static struct account account_of(struct turn *t, const struct el_account *a)
{
	return (struct account){
		.balance = a->balance,
		.nonce = a->nonce,
		.seen_ms = t->now_ms,
		.seen_block = a->at_block,
	};
}

enum err look_account(struct turn *t, struct el *el, struct eth_addr a, struct account *out)
{
	struct el_account got;

	TRY(el_accounts(t, el, &a, 1, &got));
	if (!got.known)
		return fail_reason(t, REASON_STATE_STALE, "nobody told the balance of %s",
				   addr_str(t, a));
	*out = account_of(t, &got);
	return OK;
}

static enum err look_accounts(struct turn *t, struct el *el, const struct step *steps, size_t n,
			      struct el_account **out)
{
	struct eth_addr *addrs = turn_array(t, n ? n : 1, sizeof(*addrs));

	for (size_t i = 0; i < n; i++)
		addrs[i] = steps[i].addr;
	*out = turn_array(t, n ? n : 1, sizeof(**out));
	return el_accounts(t, el, addrs, n, *out);
}

enum err look_recipients(struct turn *t, struct el *el, const struct step *steps, size_t n,
			 const struct eth_addr *payer, bool gas, struct wei l1_fee,
			 struct fund_view **out)
{
	struct fund_view *v = turn_array(t, n ? n : 1, sizeof(*v));
	struct el_call *calls = turn_array(t, n ? n : 1, sizeof(*calls));
	struct el_call_result *gases = turn_array(t, n ? n : 1, sizeof(*gases));
	struct el_account *accounts;

	TRY(look_accounts(t, el, steps, n, &accounts));
	for (size_t i = 0; i < n; i++)
		calls[i] = (struct el_call){ .from = *payer,
					     .to = steps[i].addr,
					     .value = wei_u64(1) };
	if (gas)
		TRY(el_estimates(t, el, calls, n, gases));
	for (size_t i = 0; i < n; i++) {
		v[i].known = accounts[i].known;
		v[i].account = account_of(t, &accounts[i]);
		v[i].why = gases[i].message;
		v[i].l1_fee = l1_fee;
		if (!gas)
			continue;
		switch (gases[i].outcome) {
		case EL_CALL_OK:
			v[i].gas = gases[i].gas <= GAS_MOST ? gases[i].gas : 0;
			v[i].why = "the endpoint's estimate is absurd";
			break;
		case EL_CALL_REVERTED:
			v[i].why = revert_text(t, gases[i].data);
			break;
		case EL_CALL_REFUSED:
			break;
		case EL_CALL_UNKNOWN:
			v[i].known = false;
			break;
		}
	}
	*out = v;
	return OK;
}

/* ---- holdings: three rounds, each a few batches for all wallets ---- */

/* The questions of one round and their answers. */
struct round {
	struct el_call *calls;
	struct el_call_result *results;
	size_t n, room;
};

static struct round round_new(struct turn *t, size_t room)
{
	return (struct round){
		.calls = turn_array(t, room ? room : 1, sizeof(struct el_call)),
		.results = turn_array(t, room ? room : 1, sizeof(struct el_call_result)),
		.room = room,
	};
}

static size_t round_add(struct round *r, struct eth_addr from, struct eth_addr to,
			struct bytes data)
{
	r->calls[r->n] = (struct el_call){ .from = from, .to = to, .data = data };
	return r->n++;
}

/* Where in its round each question about one wallet stands; SIZE_MAX: not asked. */
struct asked {
	size_t stake, again, level;
	size_t balance[TOKENS_MAX], excluded[TOKENS_MAX];
	size_t sweep_gas, stake_gas, token_gas[TOKENS_MAX];
};

struct look {
	struct el *el;
	const struct operation *o;
	const struct step *steps;
	size_t n;
	struct asked *asked;
	size_t dest_excluded[TOKENS_MAX];
	struct holding *h;
};

static struct bytes call_addr(struct turn *t, const char *signature, struct eth_addr a)
{
	struct abi_value arg = abi_addr(a);

	return abi_call(t, signature, &arg, 1);
}

static bool wants_stake(const struct look *l)
{
	return policy()->has_ghost_core && !l->o->native_only;
}

static enum err ask_first(struct turn *t, struct look *l, struct round *r)
{
	const struct policy *pol = policy();
	struct bytes extract = abi_call(t, "extract()", NULL, 0);

	*r = round_new(t, l->n * (1 + 2 * TOKENS_MAX) + TOKENS_MAX);
	for (size_t k = 0; k < pol->n_tokens && !l->o->native_only; k++)
		l->dest_excluded[k] =
			round_add(r, l->o->dest, pol->tokens[k].addr,
				  call_addr(t, "isExcludedFromTax(address)", l->o->dest));
	for (size_t i = 0; i < l->n; i++) {
		struct eth_addr own = l->steps[i].addr;
		struct asked *a = &l->asked[i];

		if (wants_stake(l))
			a->stake = round_add(r, own, pol->ghost_core, extract);
		for (size_t k = 0; k < pol->n_tokens && !l->o->native_only; k++) {
			a->balance[k] = round_add(r, own, pol->tokens[k].addr,
						  call_addr(t, "balanceOf(address)", own));
			a->excluded[k] = round_add(r, own, pol->tokens[k].addr,
						   call_addr(t, "isExcludedFromTax(address)", own));
		}
	}
	return r->n ? el_calls(t, l->el, r->calls, r->n, r->results) : OK;
}

/* Tokens without a tax have no such function; a revert is "no". */
static bool said_true(const struct el_call_result *r)
{
	bool yes;

	return r->outcome == EL_CALL_OK && abi_word_bool(r->data, 0, &yes) && yes;
}

static void take_tokens(const struct look *l, const struct round *r, size_t i)
{
	const struct policy *pol = policy();
	struct holding *h = &l->h[i];

	for (size_t k = 0; k < pol->n_tokens && !l->o->native_only; k++) {
		struct token_view *v = &h->tokens[h->n_tokens++];
		const struct el_call_result *b = &r->results[l->asked[i].balance[k]];
		bool free_of_tax = said_true(&r->results[l->asked[i].excluded[k]]) ||
				   said_true(&r->results[l->dest_excluded[k]]);

		*v = (struct token_view){ .token = pol->tokens[k].addr,
					  .tax_bps = free_of_tax ? 0 : pol->tokens[k].tax_bps };
		if (b->outcome == EL_CALL_UNKNOWN)
			h->known = false;
		if (b->outcome == EL_CALL_REFUSED)
			v->unread = b->message;
		/* A token that cannot be read is its contract's fault: all else comes home. */
		if (b->outcome != EL_CALL_OK || !abi_word_wei(b->data, 0, &v->amount))
			v->amount = (struct wei){ 0 };
	}
}

static struct wei first_two(struct bytes data)
{
	struct wei a = { 0 }, b = { 0 };

	if (!abi_word_wei(data, 0, &a))
		return a;
	return abi_word_wei(data, 1, &b) ? wei_add_sat(a, b) : a;
}

static void take_stake(struct turn *t, const struct look *l, const struct el_call_result *r,
		       size_t i)
{
	struct holding *h = &l->h[i];

	switch (r->outcome) {
	case EL_CALL_OK:
		h->stake = first_two(r->data);
		h->stake_view = wei_is_zero(h->stake) ? STAKE_NONE : STAKE_OPEN;
		return;
	case EL_CALL_UNKNOWN:
		h->known = false;
		return;
	case EL_CALL_REFUSED:
		h->stake_view = STAKE_UNKNOWN;
		h->stake_why = r->message;
		return;
	case EL_CALL_REVERTED:
		break;
	}
	h->stake_why = revert_text(t, r->data);
	switch (revert_kind(r->data)) {
	case REVERT_EMPTY_POSITION:
		h->stake_view = STAKE_NONE;
		break;
	case REVERT_LOCKED:
		h->stake_view = STAKE_LOCKED;
		break;
	case REVERT_DEAD:
		h->stake_view = STAKE_DEAD;
		break;
	case REVERT_PAUSED:
		h->stake_view = STAKE_EMERGENCY;
		break;
	case REVERT_OTHER:
	case REVERT_FUNDS:
	case REVERT_ALLOWANCE:
	case REVERT_DENIED:
	case REVERT_EXISTS:
	case REVERT_PANIC:
	case REVERT_NO_DATA:
		h->stake_view = STAKE_UNKNOWN;
		break;
	}
}

/* Paused contracts pay by another call; locked positions say until when. */
static enum err ask_again(struct turn *t, struct look *l, struct round *r)
{
	const struct policy *pol = policy();
	struct bytes emergency = abi_call(t, "emergencyWithdraw()", NULL, 0);

	*r = round_new(t, l->n);
	for (size_t i = 0; i < l->n; i++) {
		struct eth_addr own = l->steps[i].addr;

		if (l->h[i].stake_view == STAKE_EMERGENCY)
			l->asked[i].again = round_add(r, own, pol->ghost_core, emergency);
		if (l->h[i].stake_view == STAKE_LOCKED)
			l->asked[i].again = round_add(r, own, pol->ghost_core,
						      call_addr(t, "getPosition(address)", own));
	}
	return r->n ? el_calls(t, l->el, r->calls, r->n, r->results) : OK;
}

static enum err ask_locks(struct turn *t, struct look *l, const struct round *positions,
			  struct round *r)
{
	*r = round_new(t, l->n);
	for (size_t i = 0; i < l->n; i++) {
		uint64_t level;

		if (l->h[i].stake_view != STAKE_LOCKED ||
		    !abi_word_u64(positions->results[l->asked[i].again].data, 1, &level))
			continue;
		struct abi_value arg = abi_u64(level);

		l->asked[i].level = round_add(r, l->steps[i].addr, policy()->ghost_core,
					      abi_call(t, "getLevelState(uint8)", &arg, 1));
	}
	return r->n ? el_calls(t, l->el, r->calls, r->n, r->results) : OK;
}

static enum err second_round(struct turn *t, struct look *l)
{
	struct round again, locks;

	TRY(ask_again(t, l, &again));
	for (size_t i = 0; i < l->n; i++) {
		struct holding *h = &l->h[i];

		if (h->stake_view != STAKE_EMERGENCY)
			continue;
		const struct el_call_result *r = &again.results[l->asked[i].again];

		/* It returns nothing or the principal; that it does not revert is what counts. */
		if (r->outcome == EL_CALL_REVERTED)
			h->stake_view = revert_kind(r->data) == REVERT_EMPTY_POSITION
						? STAKE_NONE
						: STAKE_UNKNOWN;
		else if (r->outcome == EL_CALL_REFUSED)
			h->stake_view = STAKE_UNKNOWN;
		else if (r->outcome != EL_CALL_OK)
			h->known = false;
		else
			h->stake = first_two(r->data);
	}
	TRY(ask_locks(t, l, &again, &locks));
	for (size_t i = 0; i < l->n; i++) {
		uint64_t scan_s;

		if (l->asked[i].level != SIZE_MAX &&
		    abi_word_u64(locks.results[l->asked[i].level].data, 3, &scan_s) &&
		    scan_s < INT64_MAX / 1000)
			l->h[i].locked_until_ms = (int64_t)scan_s * 1000 + 1000;
	}
	return OK;
}

/* Every call that may come next is estimated on the chain itself; the sweep carries a wei where
 * there is one, as a contract may take more gas then. */
static enum err ask_gas(struct turn *t, struct look *l, struct round *r)
{
	const struct policy *pol = policy();

	*r = round_new(t, l->n * (2 + TOKENS_MAX));
	for (size_t i = 0; i < l->n; i++) {
		struct holding *h = &l->h[i];
		struct asked *a = &l->asked[i];
		struct eth_addr own = l->steps[i].addr;

		size_t sweep = round_add(r, own, l->o->dest, (struct bytes){ 0 });

		r->calls[sweep].value = wei_is_zero(h->account.balance) ? wei_u64(0) : wei_u64(1);
		a->sweep_gas = sweep;
		if (h->stake_view == STAKE_OPEN || h->stake_view == STAKE_EMERGENCY)
			a->stake_gas = round_add(r, own, pol->ghost_core,
						 abi_call(t,
							  h->stake_view == STAKE_OPEN
								  ? "extract()"
								  : "emergencyWithdraw()",
							  NULL, 0));
		for (size_t k = 0; k < h->n_tokens; k++) {
			struct abi_value args[] = { abi_addr(l->o->dest),
						    abi_number(h->tokens[k].amount) };

			a->token_gas[k] =
				round_add(r, own, h->tokens[k].token,
					  abi_call(t, "transfer(address,uint256)", args, 2));
		}
	}
	return r->n ? el_estimates(t, l->el, r->calls, r->n, r->results) : OK;
}

/* 0 and why: it reverts. Not answered: the holding is not known. */
static uint64_t gas_of(struct turn *t, const struct el_call_result *r, const char **why,
		       struct holding *h)
{
	switch (r->outcome) {
	case EL_CALL_OK:
		if (r->gas <= GAS_MOST)
			return r->gas;
		*why = "the endpoint's estimate is absurd";
		return 0;
	case EL_CALL_REVERTED:
		*why = revert_text(t, r->data);
		return 0;
	case EL_CALL_REFUSED:
		*why = r->message;
		return 0;
	case EL_CALL_UNKNOWN:
		h->known = false;
		*why = "no answer";
		return 0;
	}
	return 0;
}

static enum err third_round(struct turn *t, struct look *l)
{
	struct round r;

	TRY(ask_gas(t, l, &r));
	for (size_t i = 0; i < l->n; i++) {
		struct holding *h = &l->h[i];
		struct asked *a = &l->asked[i];

		h->sweep_gas = gas_of(t, &r.results[a->sweep_gas], &h->sweep_why, h);
		if (a->stake_gas != SIZE_MAX) {
			h->stake_gas = gas_of(t, &r.results[a->stake_gas], &h->stake_why, h);
			if (h->stake_gas == 0)
				h->stake_view = STAKE_UNKNOWN;
		}
		for (size_t k = 0; k < h->n_tokens; k++)
			h->tokens[k].gas =
				gas_of(t, &r.results[a->token_gas[k]], &h->tokens[k].why, h);
	}
	return OK;
}

static void nothing_asked(struct asked *a)
{
	a->stake = a->again = a->level = a->sweep_gas = a->stake_gas = SIZE_MAX;
	for (size_t k = 0; k < TOKENS_MAX; k++)
		a->balance[k] = a->excluded[k] = a->token_gas[k] = SIZE_MAX;
}

enum err look_holdings(struct turn *t, struct el *el, const struct operation *o,
		       const struct step *steps, size_t n, struct wei l1_fee, struct holding **out)
{
	struct look l = { .el = el, .o = o, .steps = steps, .n = n };
	struct el_account *accounts;
	struct round first;

	l.h = turn_array(t, n ? n : 1, sizeof(*l.h));
	l.asked = turn_array(t, n ? n : 1, sizeof(*l.asked));
	TRY(look_accounts(t, el, steps, n, &accounts));
	for (size_t i = 0; i < n; i++) {
		nothing_asked(&l.asked[i]);
		l.h[i].known = accounts[i].known;
		l.h[i].l1_fee = l1_fee;
		l.h[i].account = account_of(t, &accounts[i]);
		l.h[i].stake_why = l.h[i].sweep_why = "";
	}
	TRY(ask_first(t, &l, &first));
	for (size_t i = 0; i < n; i++) {
		take_tokens(&l, &first, i);
		if (wants_stake(&l))
			take_stake(t, &l, &first.results[l.asked[i].stake], i);
	}
	if (wants_stake(&l))
		TRY(second_round(t, &l));
	TRY(third_round(t, &l));
	*out = l.h;
	return OK;
}
