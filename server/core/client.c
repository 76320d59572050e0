#include "server/core/client.h"

#include <assert.h>

#include "store/events.h"

static unsigned evidence_of(enum client_kind k)
{
	switch (k) {
	case CLIENT_METRICS:
		return EVIDENCE_CLIENT;
	case CLIENT_KEYMANAGER:
		return EVIDENCE_KEYMANAGER;
	case CLIENT_PROCESS:
		return EVIDENCE_PROCESS;
	case CLIENT_KINDS:
		break;
	}
	return 0;
}

void client_judge(const struct client_probe *p, size_t n, int64_t now_ms, int64_t gone_after_ms,
		  struct judging *j)
{
	unsigned runs = 0, gone = 0;
	int64_t runs_ms = 0, gone_ms = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned bit = evidence_of(p[i].kind);

		if (p[i].word == SAYS_RUNS) {
			runs |= bit;
			runs_ms = runs_ms && runs_ms < p[i].since_ms ? runs_ms : p[i].since_ms;
		} else if (p[i].word == SAYS_GONE) {
			gone |= bit;
			gone_ms = gone_ms > p[i].since_ms ? gone_ms : p[i].since_ms;
		}
	}
	j->client = n == 0 ? CLIENT_NOT_ASKED : CLIENT_UNTOLD;
	if (runs) {
		j->client = CLIENT_RUNS;
		j->client_since_ms = runs_ms;
		j->client_evidence = runs;
	} else if (gone && now_ms - gone_ms >= gone_after_ms) {
		j->client = CLIENT_GONE;
		j->client_since_ms = gone_ms;
		j->client_evidence = gone;
	}
}

static enum err one(struct turn *t, const struct client_probe *now, const struct client_probe *have,
		    size_t n)
{
	struct client_probe p = *now;
	bool known = false;

	for (size_t i = 0; i < n; i++)
		if (have[i].kind == now->kind) {
			known = true;
			if (have[i].word == now->word)
				p.since_ms = have[i].since_ms;
			if (have[i].word == now->word && now->seen_ms - have[i].seen_ms < 10000)
				return OK;
			if (have[i].word != now->word && now->word != SAYS_NOTHING)
				TRY(event_add(t, TOPIC_VALIDATOR, "validators",
					      now->word == SAYS_RUNS ? "client.back"
								     : "client.gone",
					      now->text));
		}
	if (!known && now->word == SAYS_GONE)
		TRY(event_add(t, TOPIC_VALIDATOR, "validators", "client.gone", now->text));
	return client_put(t, &p);
}

enum err client_heard(struct turn *t, const struct client_probe *now, size_t n,
		      const struct pubkey *listed, size_t n_listed)
{
	struct client_probe *have;
	size_t n_have;
	int64_t changed;

	assert(t->in_lane);
	TRY(client_list(t, &have, &n_have));
	for (size_t i = 0; i < n; i++)
		TRY(one(t, &now[i], have, n_have));
	for (size_t i = 0; i < n_have; i++) {
		bool asked = false;

		for (size_t k = 0; k < n; k++)
			asked = asked || now[k].kind == have[i].kind;
		if (!asked)
			TRY(client_drop(t, have[i].kind));
	}
	return listed ? clients_listed(t, listed, n_listed, &changed) : OK;
}
