#include "server/core/answers.h"

#include "server/core/classify.h"

/* What one answer says of the bytes, the strongest word last. */
enum weight { NOTHING, NEVER, NOT_NOW, MAYBE, HAS_IT, TOOK_IT };

static enum weight weight_of(const struct answer *a)
{
	switch (a->heard) {
	case HEARD_NOT_SENT:
		return NOTHING;
	case HEARD_UNKNOWN:
		return MAYBE;
	case HEARD_REFUSED:
		break;
	case HEARD_ACCEPTED:
		return TOOK_IT;
	}
	switch (classify_send(a->code, a->message).said) {
	case SAID_KNOWN:
		return HAS_IT;
	case SAID_INVALID:
		return NEVER;
	case SAID_UNCLEAR:
	case SAID_NONCE_LOW:
	case SAID_NONCE_HIGH:
	case SAID_UNDERPRICED:
	case SAID_FUNDS:
	case SAID_FEE_LOW:
	case SAID_POOL_FULL:
	case SAID_LIMITED:
		break;
	}
	return NOT_NOW;
}

static bool objects(const struct answer *a)
{
	struct verdict v;

	if (a->heard != HEARD_REFUSED)
		return false;
	v = classify_send(a->code, a->message);
	return v.said != SAID_KNOWN && v.said != SAID_NONCE_LOW && v.owner != OWNER_ENDPOINT;
}

size_t answers_judge(const struct answer *a, size_t n, bool *contradict_out)
{
	bool any = false;
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		any = any || objects(&a[i]);
		if (weight_of(&a[i]) > weight_of(&a[best]))
			best = i;
	}
	*contradict_out = any && weight_of(&a[best]) >= HAS_IT;
	return best;
}

const char *answers_others(struct turn *t, const struct answer *a, size_t n, size_t counts)
{
	const char *all = "";

	for (size_t i = 0; i < n; i++)
		if (i != counts)
			all = turn_printf(t, "%s; %s: %.80s", all, a[i].endpoint,
					  a[i].heard == HEARD_ACCEPTED ? "accepted" : a[i].message);
	return all;
}
