#include "server/jobs/reason.h"

#include "server/core/shared.h"
#include "server/eth/revert.h"
#include "store/attempts.h"
#include "store/base/wei.h"

/* Failed ones are few; of a storm of them the first tell enough. */
enum { AT_ONCE = 32 };

struct failed {
	struct sighting *s;
	struct el_replay r;
	bool told; /* by the contract itself */
};

static enum err replay_of(struct turn *t, const struct sighting *s, struct el_replay *out)
{
	struct attempt a;
	struct intent i;
	struct wallet w;

	TRY(attempt_get(t, s->attempt, &a));
	TRY(intent_get(t, a.intent, &i));
	TRY(wallet_by_id(t, i.wallet, &w));
	*out = (struct el_replay){
		.call = { .from = w.addr,
			  .to = i.dest,
			  .data = i.data,
			  .value = a.has_value ? a.value : i.value },
		.gas = i.gas,
		.block = s->block,
	};
	return OK;
}

static void take(struct turn *t, struct failed *f, const struct el_call_result *said)
{
	switch (said->outcome) {
	case EL_CALL_UNKNOWN:
	case EL_CALL_OK:
		return;
	case EL_CALL_REVERTED:
		f->told = said->data.n > 0;
		f->s->reason = f->told ? revert_text(t, said->data) : said->message;
		return;
	case EL_CALL_REFUSED:
		f->s->reason = said->message;
		return;
	}
}

/* As it stands after the block first: what happened in it, before ours, is in there. Where it
 * would go well then, as it stood before. */
static void ask(struct turn *t, struct el *el, struct failed *f, size_t n)
{
	struct el_replay *r = turn_array(t, n + 1, sizeof(*r));
	struct el_call_result *said = turn_array(t, n + 1, sizeof(*said));
	struct failed **whose = turn_array(t, n + 1, sizeof(struct failed *));
	size_t left = n;

	for (size_t i = 0; i < n; i++) {
		r[i] = f[i].r;
		whose[i] = &f[i];
	}
	for (int again = 0; again < 2 && left > 0; again++) {
		size_t kept = 0;

		if (el_replays(t, el, r, left, said) != OK)
			return;
		for (size_t i = 0; i < left; i++) {
			take(t, whose[i], &said[i]);
			if (said[i].outcome != EL_CALL_OK || r[i].block == 0)
				continue;
			whose[kept] = whose[i];
			r[kept] = r[i];
			r[kept++].block--;
		}
		left = kept;
	}
}

void reasons_find(struct turn *t, struct el *el, struct sighting *s, size_t n)
{
	struct failed *f = turn_array(t, AT_ONCE, sizeof(*f));
	size_t n_failed = 0;

	for (size_t i = 0; i < n && n_failed < AT_ONCE; i++) {
		bool deep = s[i].head + 1 >= s[i].block + (uint64_t)policy()->confirmations;

		if (!s[i].mined || s[i].succeeded || !deep)
			continue;
		f[n_failed] = (struct failed){ .s = &s[i] };
		n_failed += replay_of(t, &s[i], &f[n_failed].r) == OK;
	}
	if (n_failed == 0)
		return;
	ask(t, el, f, n_failed);
	for (size_t i = 0; i < n_failed; i++)
		if (!f[i].told && f[i].s->gas_used >= f[i].r.gas)
			f[i].s->reason = turn_printf(t, "out of gas: all of %llu was used",
						     (unsigned long long)f[i].r.gas);
}
