#include "server/net/el_ask.h"
#include "server/net/el_sync.h"

#include <string.h>

#include "store/base/clock.h"
#include "store/base/hex.h"

/* A pause counts within a second: what was handed out and could not begin by then waits for the
 * next leave to go. */
enum { BEGIN_MS = 700 };

/* Those that are only told along are waited for less. */
enum { ALONG_MS = 1500 };

static unsigned weight(enum el_sent_outcome o)
{
	switch (o) {
	case EL_SENT_NOT_SENT:
		return 0;
	case EL_SENT_REFUSED:
		return 1;
	case EL_SENT_UNKNOWN:
		return 2;
	case EL_SENT_ACCEPTED:
		return 3;
	}
	return 0;
}

void el_sent_hear(struct turn *t, struct el_sent *s, const struct el_word *w)
{
	struct el_word *words = turn_array(t, s->n_words + 1, sizeof(*words));

	if (s->n_words)
		memcpy(words, s->words, s->n_words * sizeof(*words));
	words[s->n_words++] = *w;
	s->words = words;
	if (s->n_words == 1 || weight(w->outcome) > weight(s->word.outcome))
		s->word = *w;
}

static struct el_word word_of(const struct el_raw *raw, const struct rpc_answer *a,
			      const char *endpoint)
{
	struct el_word w = { .endpoint = endpoint, .message = a->message };
	struct eth_hash hash;

	switch (a->outcome) {
	case RPC_NOT_SENT:
		w.outcome = EL_SENT_NOT_SENT;
		break;
	case RPC_UNKNOWN:
		w.outcome = EL_SENT_UNKNOWN;
		break;
	case RPC_ERROR:
		w.outcome = EL_SENT_REFUSED;
		w.code = a->code;
		break;
	case RPC_RESULT:
		w.outcome = EL_SENT_ACCEPTED;
		if (el_hash(a->result, &hash) && hash_eq(hash, raw->hash))
			break;
		w.outcome = EL_SENT_UNKNOWN;
		w.message = "the endpoint answered with another hash";
		break;
	}
	return w;
}

/* ---- rounds ---- */

struct sending {
	struct turn *t;
	struct el *e;
	const struct el_raw *raw;
	size_t n;
	struct el_sent *out;
	int64_t begin_by;
};

/* One that waited in vain is asked once more, the ordinary way: whether it has it is clear then. */
static bool was_asked(const struct el_sent *s, const char *endpoint)
{
	if (s->waited && s->n_words == 1)
		return false;
	for (size_t i = 0; i < s->n_words; i++)
		if (strcmp(s->words[i].endpoint, endpoint) == 0)
			return true;
	return false;
}

/* Another endpoint is to get it. The leave to send is used up when it is UNKNOWN, and past when
 * what was NOT_SENT could not begin in time. */
static bool is_open(const struct sending *k, const struct el_sent *s)
{
	/* It waited in vain, and then said what it has of it. */
	if (s->waited && s->n_words > 1 && s->words[s->n_words - 1].outcome == EL_SENT_REFUSED)
		return false;
	return s->word.outcome == EL_SENT_UNKNOWN ||
	       (s->word.outcome == EL_SENT_NOT_SENT && clock_mono_ms() < k->begin_by);
}

/* One endpoint's part of a round: which items it gets. */
struct part {
	const struct endpoint_pick *p;
	const char *name;
	size_t *items;
	struct rpc_one *ask;
};

static void fill_part(const struct sending *k, struct part *a, bool along)
{
	struct rpc_call *calls = turn_array(k->t, k->n + 1, sizeof(*calls));

	a->name = turn_strdup(k->t, a->p->name);
	a->items = turn_array(k->t, k->n + 1, sizeof(*a->items));
	a->ask->calls = calls;
	a->ask->o = el_options_for(k->e, a->p, EL_SEND_BODY);
	a->ask->o.ordered = true;
	a->ask->o.begin_by = clock_mono_ms() < k->begin_by ? k->begin_by : 0;
	if (along && a->ask->o.within_ms > ALONG_MS)
		a->ask->o.within_ms = ALONG_MS;
	for (size_t i = 0; i < k->n; i++) {
		const struct el_raw *r = &k->raw[i];

		if (was_asked(&k->out[i], a->name) ||
		    !(along ? r->again || k->e->send_all : is_open(k, &k->out[i])))
			continue;
		a->items[a->ask->n] = i;
		calls[a->ask->n++] = (struct rpc_call){
			.method = "eth_sendRawTransaction",
			.params_json =
				turn_printf(k->t, "[\"%s\"]", hex_of(k->t, r->raw.p, r->raw.n)),
			.lane = r->lane,
		};
	}
}

static void take_part(const struct sending *k, struct part *a)
{
	struct rpc_round *r = &a->ask->round;

	for (size_t i = 0; i < a->ask->n; i++) {
		size_t item = a->items[i];
		struct el_word w = word_of(&k->raw[item], &r->answers[i], a->name);

		el_sent_hear(k->t, &k->out[item], &w);
	}
	if (a->ask->n)
		el_heard(k->e, a->p->id, r);
	rpc_done(r);
}

/* What is open to this one; what goes to all to the others at the same time. */
static void send_round(const struct sending *k, const struct endpoint_pick *p,
		       const struct endpoint_pick *others, size_t n_others)
{
	struct part parts[1 + ENDPOINTS_MAX];
	struct rpc_one asks[1 + ENDPOINTS_MAX] = { 0 };
	size_t n = 1 + n_others;

	for (size_t i = 0; i < n; i++) {
		parts[i] = (struct part){ .p = i ? &others[i - 1] : p, .ask = &asks[i] };
		fill_part(k, &parts[i], i > 0);
	}
	rpc_ask_many(k->t, k->e->http, asks, n);
	for (size_t i = 0; i < n; i++)
		take_part(k, &parts[i]);
}

static bool any_open(const struct sending *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (is_open(k, &k->out[i]))
			return true;
	return false;
}

static bool any_left(const struct sending *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->out[i].word.outcome != EL_SENT_NOT_SENT)
			return true;
	return false;
}

enum err el_send_raw(struct turn *t, struct el *e, const struct el_raw *raw, size_t n,
		     struct el_sent *out)
{
	struct endpoint_pick *p = turn_alloc(t, sizeof(*p));
	struct endpoint_pick *others = turn_array(t, ENDPOINTS_MAX, sizeof(*others));
	struct sending k = {
		.t = t,
		.e = e,
		.raw = raw,
		.n = n,
		.out = out,
		.begin_by = clock_mono_ms() + BEGIN_MS,
	};
	unsigned tried[ENDPOINTS_MAX];
	size_t n_tried = 0, n_others;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_sent){
			.word = { .message = "no endpoint was asked", .endpoint = "" },
		};
	if (n == 0)
		return OK;
	TRY(el_pick(t, e, true, tried, &n_tried, p));
	n_others = endpoints_others(e->pool, p->id, others);
	if (e->sync)
		el_sync_send(t, e, p, raw, n, k.begin_by, out);
	send_round(&k, p, others, n_others);
	tried[n_tried++] = p->id;
	while (any_open(&k) && el_pick(t, e, true, tried, &n_tried, p) == OK) {
		send_round(&k, p, NULL, 0);
		tried[n_tried++] = p->id;
	}
	if (any_left(&k))
		return OK;
	return fail_reason(t, REASON_ENDPOINT_AWAY, "nothing was sent: endpoint '%s': %s",
			   out[0].word.endpoint, out[0].word.message);
}
