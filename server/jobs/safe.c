/* What stands at the safe addresses: code or none, and what a contract says of a proof. */
#include "server/core/safe.h"
#include "server/core/shared.h"
#include "server/eth/signed_text.h"
#include "server/jobs/jobs.h"

enum { AT_ONCE = 64, SOON_MS = 30000, AGAIN_MS = 24 * 3600 * 1000 };

struct asking {
	struct safe_heard *heard;
	size_t n;
};

static enum err keep(struct turn *t, void *arg)
{
	const struct asking *a = arg;

	for (size_t i = 0; i < a->n; i++)
		TRY(safe_hear(t, &a->heard[i]));
	return OK;
}

static enum err ask_codes(struct turn *t, struct el *el, struct asking *a)
{
	struct eth_addr *addrs = turn_array(t, a->n, sizeof(*addrs));
	struct el_code *codes = turn_array(t, a->n, sizeof(*codes));

	for (size_t i = 0; i < a->n; i++)
		addrs[i] = a->heard[i].asked.addr;
	TRY(el_codes(t, el, addrs, a->n, codes));
	for (size_t i = 0; i < a->n; i++)
		a->heard[i].code = !codes[i].known      ? SAFE_CODE_UNKNOWN
				   : codes[i].delegated ? SAFE_CODE_DELEGATED
				   : codes[i].size      ? SAFE_CODE_CONTRACT
							: SAFE_CODE_NONE;
	return OK;
}

/* Whoever has code can be asked; without code a call succeeds and says nothing. */
static bool to_ask(const struct safe_heard *h)
{
	return h->asked.proof_state == SAFE_PROOF_CHECKING &&
	       (h->code == SAFE_CODE_CONTRACT || h->code == SAFE_CODE_DELEGATED);
}

/* One form of the proof. Once a yes stays a yes; a form that nobody told of leaves all open. */
static void take(struct turn *t, struct safe_heard *h, const struct el_call_result *r, bool first)
{
	bool told = r->outcome == EL_CALL_OK || r->outcome == EL_CALL_REVERTED;

	if (h->yes)
		return;
	h->yes = r->outcome == EL_CALL_OK && signed_hash_is_yes(r->data);
	h->answered = h->yes || (told && (first || h->answered));
	if (h->yes)
		h->said = "the contract says that it signed (EIP-1271)";
	else if (r->outcome == EL_CALL_REVERTED)
		h->said = turn_printf(t, "the contract refused the signature: %.200s", r->message);
	else
		h->said = "the contract does not know the signature, or no EIP-1271";
}
static enum err ask_proofs(struct turn *t, struct el *el, struct asking *a)
{
	size_t most = a->n * SAFE_PROOF_FORMS, n = 0;
	struct el_call *calls = turn_array(t, most, sizeof(*calls));
	struct el_call_result *said = turn_array(t, most, sizeof(*said));
	struct safe_heard **asked = turn_array(t, most, sizeof(*asked));

	for (size_t i = 0; i < a->n; i++) {
		struct safe_heard *h = &a->heard[i];
		struct eth_hash hashes[SAFE_PROOF_FORMS];

		if (!to_ask(h))
			continue;
		TRY(safe_proof_hashes(t, h->asked.addr, hashes));
		for (size_t k = 0; k < SAFE_PROOF_FORMS; k++) {
			calls[n].to = h->asked.addr;
			calls[n].data = signed_hash_ask(t, &hashes[k], h->asked.proof);
			asked[n++] = h;
		}
	}
	if (n == 0)
		return OK;
	TRY(el_calls(t, el, calls, n, said));
	for (size_t i = 0; i < n; i++)
		take(t, asked[i], &said[i], i % SAFE_PROOF_FORMS == 0);
	return OK;
}

enum err job_safe(struct turn *t, void *world, bool *more_out)
{
	struct el *el = ((struct jobs *)world)->el[JOB_SAFE];
	struct safe_address *due;
	struct asking a;

	*more_out = false;
	TRY(safe_unseen(t, policy()->chain_id, t->now_ms - AGAIN_MS, t->now_ms - SOON_MS, AT_ONCE,
			&due, &a.n));
	if (a.n == 0)
		return OK;
	a.heard = turn_array(t, a.n, sizeof(*a.heard));
	for (size_t i = 0; i < a.n; i++)
		a.heard[i].asked = due[i];
	TRY(ask_codes(t, el, &a));
	TRY(ask_proofs(t, el, &a));
	return lane_run(t, keep, &a);
}
