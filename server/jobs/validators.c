/* Validators: a look at every Beacon node twice a slot, and a few batches of questions an epoch. */
#include "server/jobs/validators.h"

#include <string.h>

#include "server/jobs/jobs.h"
#include "server/ops/health.h"
#include "store/base/hex.h"

enum {
	LOOK_LEAST_MS = 500,
	LOOK_MS = 6000,    /* while the chain is not known: a slot is not known either */
	CHAIN_MS = 300000, /* peers and version again */
	WARM_EPOCHS = 2,
	DOWN_AFTER = 2,
	SHARES_AN_EPOCH = 8,
	GONE_AFTER_MS = 60000,
};

enum err jobs_watch(struct turn *t, struct jobs *j, const struct watch_options *o)
{
	struct bn_options bn = { .urls = o->urls, .n = o->n, .within_ms = o->within_ms };

	j->watching.o = *o;
	if (o->n == 0)
		return OK;
	if (o->client.metrics_url || o->client.keymanager_url || o->client.process)
		TRY(vc_open(t, &o->client, &j->watching.vc));
	return bn_open(t, &bn, &j->watching.bn);
}

/* ---- sources ---- */

/* The rows of the store, in the order of the configuration; a new one is untried. */
static enum err load_sources(struct turn *t, struct watch_tick *k)
{
	const struct watch_options *o = &k->w->o;
	struct beacon_source *have;
	size_t n;

	TRY(source_list(t, &have, &n));
	k->n = o->n;
	k->sources = turn_array(t, o->n, sizeof(*k->sources));
	for (size_t i = 0; i < o->n; i++) {
		struct beacon_source *s = &k->sources[i];
		const char *shown = endpoint_url_shown(t, o->urls[i]);

		*s = (struct beacon_source){
			.state = SOURCE_UNTRIED, .peers = -1, .text = "", .client = ""
		};
		for (size_t h = 0; h < n; h++)
			if (strcmp(have[h].name, o->names[i]) == 0 &&
			    strcmp(have[h].url, shown) == 0)
				*s = have[h];
		s->name = o->names[i];
		s->url = shown;
		s->place = (int64_t)i;
	}
	return OK;
}

static int64_t warm_ms(const struct watch_tick *k, const struct beacon *chain)
{
	if (k->w->o.warm_ms)
		return k->w->o.warm_ms;
	return chain ? WARM_EPOCHS * chain->slots * chain->slot_ms : 0;
}

static void look(struct turn *t, struct watch_tick *k, const struct beacon *chain)
{
	struct bn_look *l = turn_array(t, k->n, sizeof(*l));
	int64_t best = -1;

	bn_look(t, k->w->bn, l);
	for (size_t i = 0; i < k->n; i++)
		if (l[i].answered && k->sources[i].state != SOURCE_DISABLED &&
		    l[i].head_slot > best &&
		    (!chain || l[i].head_slot <= beacon_slot_at(chain, t->now_ms) + 1))
			best = l[i].head_slot;
	for (size_t i = 0; i < k->n; i++) {
		struct bn_news news = bn_news(t, k->w->bn, i);
		struct source_word w = { .answered = l[i].answered,
					 .syncing = l[i].syncing,
					 .el_offline = l[i].el_offline,
					 .head_slot = l[i].head_slot,
					 .took_us = l[i].took_us,
					 .asked = news.asked,
					 .failed = news.failed,
					 .said = l[i].answered ? news.said : l[i].said };

		source_judge(t, &k->sources[i], &w, chain, best, warm_ms(k, chain));
	}
	k->w->look_ms = t->now_ms;
}

/* ---- the chain ---- */

/* The first that tells, in the order of the configuration; with several, what most of them say. */
static const struct bn_chain *elect(const struct bn_chain *c, size_t n)
{
	const struct bn_chain *best = NULL;
	size_t best_votes = 0;

	for (size_t i = 0; i < n; i++) {
		size_t votes = 0;

		for (size_t o = 0; c[i].known && o < n; o++)
			votes += c[o].known && hash_eq(c[i].genesis_root, c[o].genesis_root);
		if (votes > best_votes) {
			best = &c[i];
			best_votes = votes;
		}
	}
	return best;
}

static void check_network(struct turn *t, struct beacon_source *s, const struct bn_chain *c,
			  const struct beacon *chain)
{
	if (*c->client)
		s->client = c->client;
	s->peers = c->peers;
	if (!c->known ||
	    (hash_eq(c->genesis_root, chain->genesis_root) && c->genesis_ms == chain->genesis_ms)) {
		if (c->known && s->state == SOURCE_DISABLED)
			s->state = SOURCE_UNTRIED;
		return;
	}
	s->state = SOURCE_DISABLED;
	s->good_ms = 0;
	s->text = turn_printf(t, "serves another network (%s, genesis validators root %.18s...)",
			      c->network, hex_of(t, c->genesis_root.b, sizeof(c->genesis_root.b)));
}

/* Who the nodes are, and whether they serve the same chain. */
static void learn(struct turn *t, struct watch_tick *k, struct beacon *chain, bool *known)
{
	struct bn_chain *c = turn_array(t, k->n, sizeof(*c));
	bool all[BN_SOURCES];
	const struct bn_chain *ours;

	for (size_t i = 0; i < k->n; i++)
		all[i] = k->sources[i].state != SOURCE_AWAY;
	bn_chain(t, k->w->bn, all, c);
	ours = elect(c, k->n);
	if (!*known && ours) {
		*chain = (struct beacon){ .genesis_ms = ours->genesis_ms,
					  .genesis_root = ours->genesis_root,
					  .slot_ms = ours->slot_ms,
					  .slots = ours->slots,
					  .network = ours->network,
					  .finalized = -1,
					  .participation = -1,
					  .participation_epoch = -1,
					  .participation_source = "",
					  .states_epoch = -1,
					  .live_epoch = -1,
					  .duties_epoch = -1,
					  .rewards_epoch = -1 };
		*known = true;
	}
	for (size_t i = 0; i < k->n && *known; i++)
		if (all[i])
			check_network(t, &k->sources[i], &c[i], chain);
	k->w->chain_ms = t->now_ms;
}

/* A node that was away may be another one now. */
static bool learn_again(const struct watch_tick *k, bool known, int64_t now_ms)
{
	if (!known || now_ms - k->w->chain_ms > CHAIN_MS)
		return true;
	for (size_t i = 0; i < k->n; i++)
		if (k->sources[i].state != SOURCE_AWAY && !*k->sources[i].client)
			return now_ms - k->w->chain_ms > LOOK_MS;
	return false;
}

/* ---- a tick ---- */

struct heard {
	const struct beacon_source *sources;
	size_t n;
	const struct beacon *chain; /* NULL: not known yet */
};

static enum err keep(struct turn *t, void *arg)
{
	const struct heard *h = arg;

	TRY(beacon_heard(t, h->sources, h->n));
	return h->chain ? beacon_set(t, h->chain) : OK;
}

/* Finality of the highest that counts, and once in a while the share of the sync committee. */
static void look_at_chain(struct turn *t, struct watch_tick *k)
{
	struct bn_finality f[BN_SOURCES];
	struct beacon *c = &k->j.chain;

	bn_finality(t, k->w->bn, k->ask, f);
	for (size_t i = 0; i < k->n; i++)
		if (k->ask[i] && f[i].known && f[i].finalized > c->finalized &&
		    f[i].finalized <= k->epoch)
			c->finalized = f[i].finalized;
}

static void end_shares(struct watching *w, struct beacon *c)
{
	if (w->shares > 0) {
		c->participation = w->share_sum / w->shares;
		c->participation_epoch = w->share_epoch;
		c->participation_source = "sync-aggregate";
	}
	w->shares = w->share_sum = 0;
}

/* One node is enough: the share is of its head block, and is a sample anyway. */
static void look_at_share(struct turn *t, struct watch_tick *k)
{
	struct watching *w = k->w;
	struct bn_sync_share s[BN_SOURCES];
	bool one[BN_SOURCES] = { 0 };
	int64_t every = k->j.chain.slots * k->j.chain.slot_ms / SHARES_AN_EPOCH;

	if (w->share_epoch != k->epoch) {
		end_shares(w, &k->j.chain);
		w->share_epoch = k->epoch;
	}
	if (t->now_ms - w->share_ms < every)
		return;
	w->share_ms = t->now_ms;
	for (size_t i = 0; i < k->n; i++)
		if (k->ask[i]) {
			one[i] = true;
			break;
		}
	bn_sync_shares(t, w->bn, one, s);
	for (size_t i = 0; i < k->n; i++)
		if (one[i] && s[i].known && s[i].slot != w->share_slot) {
			w->share_slot = s[i].slot;
			w->share_sum += s[i].ppm;
			w->shares++;
		}
}

static enum err sweep_some(struct turn *t, void *arg)
{
	struct watch_tick *k = arg;

	return validators_untold(t, &k->j, k->w->sweep_after, &k->w->sweep_after);
}

/* ---- the client ---- */

struct client_word_heard {
	struct client_probe p[CLIENT_KINDS];
	size_t n;
	const struct vc_answer *a;
};

static void hear(struct client_word_heard *h, enum client_kind kind, const struct vc_said *said,
		 int64_t now_ms)
{
	if (said->word == VC_NOT_ASKED)
		return;
	h->p[h->n++] = (struct client_probe){ .kind = kind,
					      .word = said->word == VC_RUNS   ? SAYS_RUNS
						      : said->word == VC_GONE ? SAYS_GONE
									      : SAYS_NOTHING,
					      .since_ms = now_ms,
					      .seen_ms = now_ms,
					      .text = said->text };
}

static enum err keep_client(struct turn *t, void *arg)
{
	const struct client_word_heard *h = arg;

	return client_heard(t, h->p, h->n, h->a->keys_known ? h->a->keys : NULL, h->a->n_keys);
}

/* What runs the validators, asked at every look; the judgement is what the store has of it. */
static enum err look_at_client(struct turn *t, struct watch_tick *k)
{
	struct client_word_heard h = { 0 };
	struct vc_answer a = { 0 };
	struct client_probe *have;
	int64_t listed;
	size_t n;

	if (k->w->vc)
		vc_ask(t, k->w->vc, &a);
	h.a = &a;
	hear(&h, CLIENT_METRICS, &a.metrics, t->now_ms);
	hear(&h, CLIENT_KEYMANAGER, &a.keymanager, t->now_ms);
	hear(&h, CLIENT_PROCESS, &a.process, t->now_ms);
	TRY(lane_run(t, keep_client, &h));
	TRY(client_list(t, &have, &n));
	TRY(clients_count(t, &listed));
	k->j.client_lists = k->w->vc && k->w->o.client.keymanager_url && listed > 0;
	client_judge(have, n, t->now_ms,
		     k->w->o.gone_after_ms ? k->w->o.gone_after_ms : GONE_AFTER_MS, &k->j);
	return OK;
}

/* Those nobody tells of any more, in the middle of each epoch; all at once when the client's word
 * is another one. */
static enum err sweep(struct turn *t, struct watch_tick *k)
{
	int64_t slots = k->j.chain.slots;

	if (k->w->client == k->j.client &&
	    (k->w->swept_epoch == k->epoch || k->slot - k->epoch * slots < slots / 2))
		return OK;
	k->w->sweep_after = 0;
	do
		TRY(lane_run(t, sweep_some, k));
	while (k->w->sweep_after != 0);
	k->w->swept_epoch = k->epoch;
	k->w->client = k->j.client;
	return OK;
}

/* Only when the first slot of an epoch is over is the last one told of whole. */
static enum err epoch_questions(struct turn *t, struct watch_tick *k)
{
	struct validator_filter all = { 0 }, new = { .lives = 1u << LIFE_UNTOLD };
	struct beacon *c = &k->j.chain;
	bool into = k->slot - k->epoch * c->slots >= 1, done;

	if (k->any && into && c->states_epoch < k->epoch) {
		TRY(watch_states(t, k, &all, &done));
		if (done) {
			c->states_epoch = k->epoch;
			for (size_t i = 0; i < k->n; i++)
				k->sources[i].outvoted = k->votes.outvoted[i];
		}
		look_at_chain(t, k);
	} else if (k->any) {
		TRY(watch_states(t, k, &new, &done));
	}
	if (k->any && into && c->live_epoch < k->epoch - 1) {
		TRY(watch_live(t, k, k->epoch - 1, &done));
		if (done) {
			c->live_epoch = k->epoch - 1;
			for (size_t i = 0; i < k->n; i++)
				k->sources[i].outvoted = k->votes.outvoted[i];
		}
	}
	/* They are known two epochs later; a node that has none is not asked all the time. */
	if (k->any && into && c->rewards_epoch < k->epoch - 2) {
		TRY(watch_rewards(t, k, k->epoch - 2));
		c->rewards_epoch = k->epoch - 2;
	}
	if (k->any && c->duties_epoch < k->epoch) {
		TRY(watch_proposers(t, k, &done));
		if (done)
			c->duties_epoch = k->epoch;
	}
	return OK;
}

static void tell_health(struct turn *t, const struct watch_tick *k)
{
	if (k->any)
		health_set("beacon", HEALTH_HEALTHY, "");
	else
		health_set("beacon", HEALTH_DEGRADED,
			   turn_printf(t, "no Beacon node counts; %s: %s", k->sources[0].name,
				       k->sources[0].text));
}

static enum err tick(struct turn *t, struct watch_tick *k)
{
	struct beacon *c = &k->j.chain;
	enum err e = beacon_get(t, c);
	bool known = e == OK;

	if (e != OK && e != ERR_MISSING)
		return e;
	TRY(load_sources(t, k));
	look(t, k, known ? c : NULL);
	if (learn_again(k, known, t->now_ms))
		learn(t, k, c, &known);
	for (size_t i = 0; i < k->n; i++) {
		k->ask[i] = known && source_counts(&k->sources[i]);
		k->any = k->any || k->ask[i];
		if (k->ask[i] && k->sources[i].head_slot > c->head_slot)
			c->head_slot = k->sources[i].head_slot;
	}
	tell_health(t, k);
	k->j.now_ms = t->now_ms;
	k->j.down_after = k->w->o.down_after ? k->w->o.down_after : DOWN_AFTER;
	k->epoch = known ? beacon_epoch_at(c, t->now_ms) : -1;
	k->slot = known ? beacon_slot_at(c, t->now_ms) : -1;
	k->votes = (struct votes){ .sources = k->sources,
				   .n = k->n,
				   .quorum = quorum_of(k->w->o.quorum, k->n) };
	if (k->any)
		c->seen_ms = t->now_ms;
	if (known && k->epoch >= 0) {
		TRY(look_at_client(t, k));
		look_at_share(t, k);
		TRY(epoch_questions(t, k));
		if (k->any)
			TRY(watch_seen(t, k));
		if (k->any)
			TRY(watch_proposals(t, k));
		TRY(sweep(t, k));
	}
	return lane_run(t, keep, &(struct heard){ k->sources, k->n, known ? c : NULL });
}

/* Twice a slot. */
static int64_t look_every(struct turn *t)
{
	struct beacon c;

	if (beacon_get(t, &c) != OK)
		return LOOK_LEAST_MS * 2;
	int64_t half = c.slot_ms / 2;

	return half < LOOK_LEAST_MS ? LOOK_LEAST_MS : half > LOOK_MS ? LOOK_MS : half;
}

enum err job_validators(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct watch_tick k = { .w = &j->watching };

	*more_out = false;
	if (!j->watching.bn || t->now_ms - j->watching.look_ms < look_every(t))
		return OK;
	return tick(t, &k);
}
