/* server/net/el.h over a fake chain: linked into a program, these stand in the place of the real
 * ones. The endpoint pool that el_open is given is the struct fake_chain itself. */
#include "server/net/el.h"

#include <stdlib.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/multicall.h"
#include "server/jobs/l1_fee.h"
#include "store/base/wei.h"
#include "tests/support/fake_chain.h"

enum { LONG_AGO = 6 };

struct el {
	struct fake_chain *chain;
};

enum err el_open(struct turn *t, struct endpoints *pool, const struct el_options *o,
		 struct el **out)
{
	(void)t, (void)o;
	*out = calloc(1, sizeof(**out));
	if (!*out)
		abort();
	(*out)->chain = (struct fake_chain *)(void *)pool;
	return OK;
}

void el_close(struct el *e)
{
	free(e);
}

static enum err ask(struct turn *t, const struct el *e)
{
	e->chain->questions++;
	if (e->chain->on_ask)
		e->chain->on_ask(e->chain, t);
	if (!e->chain->away)
		return OK;
	return fail_reason(t, REASON_ENDPOINT_AWAY, "no endpoint answers: the fake one is away");
}

static enum err told(struct turn *t, struct el *e)
{
	if (e->chain->on_told)
		e->chain->on_told(e->chain, t);
	return OK;
}

static bool is_mute(const struct el *e, size_t i)
{
	return e->chain->mute_every && e->chain->questions <= e->chain->mute_until &&
	       i % e->chain->mute_every == 0;
}

static uint64_t told_head(const struct el *e)
{
	return e->chain->head - e->chain->lag;
}

enum err el_probe(struct turn *t, struct el *e, const char *endpoint, struct el_probe *out)
{
	(void)endpoint;
	*out = (struct el_probe){ .said = "", .client = "" };
	TRY(ask(t, e));
	out->answered = true;
	out->head_known = true;
	out->head = told_head(e);
	return OK;
}

enum err el_head(struct turn *t, struct el *e, uint64_t *out)
{
	TRY(ask(t, e));
	*out = told_head(e);
	return OK;
}

enum err el_accounts(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
		     struct el_account *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_account){ 0 };
	TRY(ask(t, e));
	for (size_t i = 0; i < n; i++) {
		const struct fake_account *x =
			fake_account_at(e->chain, a[i], told_head(e) - e->chain->stale);

		if (is_mute(e, i))
			continue;
		out[i] = (struct el_account){ .known = true,
					      .balance = e->chain->poor ? wei_u64(0) : x->balance,
					      .nonce = x->nonce + e->chain->nonce_lie,
					      .at_block = told_head(e) };
	}
	return told(t, e);
}

static size_t code_of(struct fake_chain *c, struct eth_addr a)
{
	if (addr_eq(a, l1_oracle_addr))
		return wei_is_zero(c->l1_fee) ? 0 : 100;
	return c->has_multicall && addr_eq(a, multicall_addr) ? 100 : fake_account(c, a)->code;
}

enum err el_codes(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
		  struct el_code *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_code){ .known = !e->chain->away,
					   .size = code_of(e->chain, a[i]) };
	return ask(t, e);
}

static enum err call_all(struct turn *t, struct el *e, const struct el_call *calls, size_t n,
			 struct el_call_result *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_call_result){ .message = "no answer" };
	TRY(ask(t, e));
	for (size_t i = 0; i < n; i++) {
		struct el_call_result *r = &out[i];

		if (is_mute(e, i))
			continue;
		bool fine = fake_chain_call(e->chain, t, calls[i].from, calls[i].to, calls[i].data,
					    &r->data, &r->gas);

		if (e->chain->gas_lie)
			r->gas = e->chain->gas_lie;
		r->outcome = fine ? EL_CALL_OK : EL_CALL_REVERTED;
		r->message = fine ? "" : "execution reverted";
		if (e->chain->token_unread && addr_eq(calls[i].to, e->chain->token)) {
			r->outcome = EL_CALL_REFUSED;
			r->message = "header not found";
		}
	}
	return told(t, e);
}

enum err el_calls(struct turn *t, struct el *e, const struct el_call *calls, size_t n,
		  struct el_call_result *out)
{
	return call_all(t, e, calls, n, out);
}

enum err el_replays(struct turn *t, struct el *e, const struct el_replay *replays, size_t n,
		    struct el_call_result *out)
{
	struct el_call *calls = turn_array(t, n + 1, sizeof(*calls));

	for (size_t i = 0; i < n; i++)
		calls[i] = replays[i].call;
	return call_all(t, e, calls, n, out);
}

enum err el_estimates(struct turn *t, struct el *e, const struct el_call *calls, size_t n,
		      struct el_call_result *out)
{
	return call_all(t, e, calls, n, out);
}

static struct el_receipt receipt_of(const struct fake_chain *c, const struct fake_tx *x)
{
	struct el_receipt r = { .seen = EL_SEEN_MINED,
				.at_block = c->head - c->lag,
				.block = x->block,
				.succeeded = x->succeeded,
				.gas_used = x->gas_used,
				.price_known = true,
				.price = x->price,
				.l1_fee = x->l1_fee,
				.from = x->from };

	r.block_hash.b[0] = (uint8_t)x->block;
	r.block_hash.b[1] = (uint8_t)c->forks;
	return r;
}

static void keep_letter(struct fake_chain *c, const struct el_raw *raw)
{
	if (c->n_letters == FAKE_LETTERS || raw->raw.n > FAKE_LETTER)
		return;
	struct fake_letter *l = &c->letters[c->n_letters++];

	memcpy(l->raw, raw->raw.p, raw->raw.n);
	l->n = raw->raw.n;
}

/* What one endpoint says. */
static enum fake_fault send_to(struct turn *t, struct fake_chain *c, const struct el_raw *raw,
			       struct el_word *out)
{
	c->sending_by = t;
	c->sending = raw->raw;
	enum fake_fault fault = c->on_send ? c->on_send(c, c->sends) : FAKE_FINE;

	c->sends++;
	*out = (struct el_word){ .endpoint = "fake", .message = "" };
	if (fault == FAKE_NOT_SENT) {
		out->outcome = EL_SENT_NOT_SENT;
		return fault;
	}
	if (fault == FAKE_DELAYED)
		keep_letter(c, raw);
	if (fault == FAKE_DROPPED || fault == FAKE_DELAYED) {
		out->outcome = EL_SENT_UNKNOWN;
		return fault;
	}
	if (fault == FAKE_TWICE)
		(void)fake_chain_send(c, t, raw->raw);
	const char *no = fault == FAKE_REFUSED     ? c->refusal
			 : fault == FAKE_SWALLOWED ? NULL
						   : fake_chain_send(c, t, raw->raw);

	out->outcome = fault == FAKE_LOST || fault == FAKE_WAITED ? EL_SENT_UNKNOWN
		       : no                                       ? EL_SENT_REFUSED
								  : EL_SENT_ACCEPTED;
	out->code = no ? -32000 : 0;
	out->message = no ? no : "";
	return fault;
}

static bool counts_more(const struct el_word *a, const struct el_word *b)
{
	static const int rank[] = { [EL_SENT_NOT_SENT] = 0,
				    [EL_SENT_REFUSED] = 1,
				    [EL_SENT_UNKNOWN] = 2,
				    [EL_SENT_ACCEPTED] = 3 };

	return rank[a->outcome] > rank[b->outcome];
}

/* To one, and where it left a doubt, or it went out before, to the others. */
static void send_one(struct turn *t, struct fake_chain *c, const struct el_raw *raw,
		     struct el_sent *out)
{
	struct el_word *words = turn_array(t, c->others + 1, sizeof(*words));

	*out = (struct el_sent){ .words = words };
	for (size_t k = 0; k <= c->others; k++) {
		enum fake_fault fault = send_to(t, c, raw, &words[out->n_words++]);
		enum el_sent_outcome said = words[k].outcome;

		if (k == 0 || counts_more(&words[k], &out->word))
			out->word = words[k];
		out->waited = out->waited || fault == FAKE_WAITED;
		if (!raw->again && said != EL_SENT_NOT_SENT && said != EL_SENT_UNKNOWN)
			break;
	}
	struct fake_tx *x = fake_tx_of(c, raw->hash);

	/* A node that waits for the receipt told it along. */
	if (c->sync && out->word.outcome == EL_SENT_ACCEPTED && x && x->block) {
		struct el_receipt *r = turn_alloc(t, sizeof(*r));

		*r = receipt_of(c, x);
		out->receipt = r;
	}
}

enum err el_send_raw(struct turn *t, struct el *e, const struct el_raw *raw, size_t n,
		     struct el_sent *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_sent){
			.word = { .message = "no endpoint was asked", .endpoint = "" },
		};
	TRY(ask(t, e));
	for (size_t i = 0; i < n; i++)
		send_one(t, e->chain, &raw[i], &out[i]);
	return told(t, e);
}

enum err el_receipts(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
		     struct el_receipt *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_receipt){ 0 };
	TRY(ask(t, e));
	for (size_t i = 0; i < n; i++) {
		const struct fake_tx *x = fake_tx_of(e->chain, h[i]);

		if (is_mute(e, i))
			continue;
		out[i].at_block = told_head(e);
		out[i].seen = EL_SEEN_ABSENT;
		if (x && !x->block && e->chain->invents) {
			out[i] = receipt_of(e->chain, x);
			out[i].block = told_head(e) > LONG_AGO ? told_head(e) - LONG_AGO : 1;
			out[i].succeeded = h[i].b[0] & 1;
			if (e->chain->absurd) {
				out[i].block = e->chain->absurd;
				out[i].at_block = e->chain->absurd + LONG_AGO;
			}
			continue;
		}
		if (!x || !x->block || x->block > told_head(e) || e->chain->denies)
			continue;
		out[i] = receipt_of(e->chain, x);
	}
	return told(t, e);
}

enum err el_receipts_all(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
			 struct el_receipt *out)
{
	return el_receipts(t, e, h, n, out);
}

enum err el_receipts_second(struct turn *t, struct el *e, const struct eth_hash *h,
			    const struct el_receipt *told, size_t n, enum el_second *out)
{
	(void)t;
	for (size_t i = 0; i < n; i++) {
		const struct fake_tx *x = fake_tx_of(e->chain, h[i]);
		struct el_receipt r = { 0 };

		if (x && x->block)
			r = receipt_of(e->chain, x);
		out[i] = !e->chain->seconded ? EL_SECOND_NONE
			 : r.block && r.block == told[i].block && r.succeeded == told[i].succeeded
				 ? EL_SECOND_SAME
				 : EL_SECOND_OTHER;
	}
	return OK;
}

enum err el_nonces_second(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
			  struct el_nonce *out)
{
	(void)t;
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_nonce){ .known = e->chain->seconded,
					    .none = !e->chain->seconded,
					    .nonce = fake_account(e->chain, a[i])->nonce };
	return OK;
}

enum err el_txs_by_hash(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
			struct el_tx *out)
{
	(void)h;
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_tx){ 0 };
	return ask(t, e);
}
