/* Receipts of what was sent: asked at each new head while something is open. */
#include "server/core/fees.h"
#include "server/core/journal.h"
#include "server/core/shared.h"
#include "server/jobs/count.h"
#include "server/jobs/jobs.h"
#include "server/jobs/reason.h"
#include "server/jobs/sighting.h"
#include "store/base/crash.h"
#include "store/base/log.h"
#include "store/base/wei.h"

enum { PAGE = 500, FIRST = 100, WRITE = 100, PAGES = 20, QUIET_MS = 500 };
/* How long a second endpoint is waited for, and how often a contradiction is said. */
enum { SILENT_MS = 30000, SAY_AGAIN_MS = 600000 };
enum { PERIOD_LEAST_MS = 20, PERIOD_MOST_MS = 500 };

/* One wallet's transactions are mined in order: behind so many in a row without a receipt there
 * is none, but where somebody else spent a nonce, and that is found out head by head. */
enum { BEHIND = 16, WALLETS = 64 };

struct queue {
	int64_t wallet;
	unsigned absent; /* in a row, up to the last that was asked */
};

struct queues {
	struct queue of[WALLETS]; /* of more wallets than these everything is asked */
	size_t n;
};

struct sightings {
	struct sighting *s;
	size_t n;
};

static enum err seen(struct turn *t, void *arg)
{
	const struct sightings *all = arg;

	for (size_t i = 0; i < all->n; i++)
		TRY(journal_sighting(t, &all->s[i]));
	return OK;
}

struct sighting sighting_of(const struct attempt *a, const struct el_receipt *r)
{
	struct sighting s = {
		.attempt = a->id,
		.mined = r->seen == EL_SEEN_MINED,
		.head = r->at_block,
		.block = r->block,
		.block_hash = r->block_hash,
		.succeeded = r->succeeded,
		.gas_used = r->gas_used,
	};

	s.fee = fee_of(r->gas_used, r->price_known ? r->price : a->max_fee);
	s.fee = wei_add_sat(s.fee, r->l1_fee);
	return s;
}

/* No receipt: whether the nonce is spent tells a transaction in the pool from one that lost it. */
static enum err ask_nonces(struct turn *t, struct el *el, struct attempt *const *absent,
			   struct sighting *s, size_t n)
{
	struct eth_addr *addrs = turn_array(t, n, sizeof(*addrs));
	struct el_account *accounts = turn_array(t, n, sizeof(*accounts));

	int64_t *wallets = turn_array(t, n, sizeof(*wallets));
	size_t *at = turn_array(t, n, sizeof(*at)), m = 0;

	for (size_t i = 0; i < n; i++) { /* often the funder alone */
		struct wallet w;

		while (at[i] < m && wallets[at[i]] != absent[i]->wallet)
			at[i]++;
		if (at[i] < m)
			continue;
		TRY(wallet_by_id(t, absent[i]->wallet, &w));
		wallets[m] = w.id;
		addrs[m++] = w.addr;
	}
	TRY(el_accounts(t, el, addrs, m, accounts));
	for (size_t i = 0; i < n; i++) {
		const struct el_account *a = &accounts[at[i]];

		s[i].nonce_known = a->known && a->at_block >= s[i].head;
		s[i].nonce = a->nonce;
		s[i].nonce_block = a->at_block;
	}
	return OK;
}

/* What ends a transaction is not one endpoint's word where there are others: who is contradicted is
 * not believed, and where the others are silent it is waited for them for a while. What is not
 * believed is unknown and asked again. */
static void say_contradiction(struct turn *t, struct jobs *j, const struct attempt *a,
			      const struct el_receipt *r)
{
	count_contradictions(1);
	if (j->receipts_said_ms && t->now_ms - j->receipts_said_ms < SAY_AGAIN_MS)
		return;
	j->receipts_said_ms = t->now_ms;
	log_line(t, LOG_WARN, "endpoints contradict each other: a receipt is not believed",
		 "attempt", turn_printf(t, "%lld", (long long)a->id), "block",
		 turn_printf(t, "%llu", (unsigned long long)r->block), NULL);
}

static bool waited(const struct turn *t, const struct jobs *j)
{
	return j->silent_ms && t->now_ms - j->silent_ms >= SILENT_MS;
}

static void judge(struct turn *t, struct jobs *j, const struct attempt *a, enum el_second said,
		  struct el_receipt *r)
{
	switch (said) {
	case EL_SECOND_NONE:
		return;
	case EL_SECOND_SAME:
		j->silent_ms = 0;
		return;
	case EL_SECOND_OTHER:
		j->silent_ms = 0;
		say_contradiction(t, j, a, r);
		break;
	case EL_SECOND_SILENT:
		if (waited(t, j))
			return;
		if (!j->silent_ms)
			j->silent_ms = t->now_ms;
		break;
	}
	*r = (struct el_receipt){ 0 };
	j->receipts_again = true;
}

static enum err second_word(struct turn *t, struct jobs *j, struct attempt *const *a,
			    struct el_receipt *r, size_t n)
{
	struct eth_hash *hashes = turn_array(t, n + 1, sizeof(*hashes));
	struct el_receipt *told = turn_array(t, n + 1, sizeof(*told));
	enum el_second *said = turn_array(t, n + 1, sizeof(*said));
	size_t *at = turn_array(t, n + 1, sizeof(*at)), m = 0;

	for (size_t i = 0; i < n; i++) {
		bool deep = r[i].at_block + 1 >= r[i].block + (uint64_t)policy()->confirmations;

		if (r[i].seen != EL_SEEN_MINED || (!deep && a[i]->state == TX_MINED))
			continue;
		hashes[m] = a[i]->hash;
		told[m] = r[i];
		at[m++] = i;
	}
	if (m == 0)
		return OK;
	TRY(el_receipts_second(t, j->el[JOB_RECEIPTS], hashes, told, m, said));
	for (size_t k = 0; k < m; k++)
		judge(t, j, a[at[k]], said[k], &r[at[k]]);
	return OK;
}

/* No receipt where one was, or though the nonce is spent: what one endpoint alone may have missed,
 * as nodes behind one URL are not always of one mind. Every endpoint is asked; who knows it is
 * right, and only whose head is at the mark may say that there is none. */
static enum err ask_all(struct turn *t, struct jobs *j, struct attempt *const *a,
			struct sighting *s, size_t n, struct sightings *out)
{
	struct eth_hash *hashes = turn_array(t, n + 1, sizeof(*hashes));
	struct el_receipt *r = turn_array(t, n + 1, sizeof(*r));

	for (size_t i = 0; i < n; i++)
		hashes[i] = a[i]->hash;
	TRY(el_receipts_all(t, j->el[JOB_RECEIPTS], hashes, n, r));
	TRY(second_word(t, j, a, r, n));
	for (size_t i = 0; i < n; i++) {
		if (r[i].seen == EL_SEEN_MINED)
			out->s[out->n++] = sighting_of(a[i], &r[i]);
		else if (r[i].seen == EL_SEEN_ABSENT)
			out->s[out->n++] = s[i];
	}
	return OK;
}

/* A spent nonce is told by two where there are two: one alone accuses nobody. */
static enum err second_nonces(struct turn *t, struct el *el, struct attempt *const *absent,
			      struct sighting *s, size_t n)
{
	struct eth_addr *addrs = turn_array(t, n, sizeof(*addrs));
	struct el_nonce *said = turn_array(t, n, sizeof(*said));
	size_t *at = turn_array(t, n, sizeof(*at)), m = 0;

	for (size_t i = 0; i < n; i++) {
		struct wallet w;

		if (!s[i].nonce_known || s[i].nonce <= absent[i]->nonce)
			continue;
		TRY(wallet_by_id(t, absent[i]->wallet, &w));
		addrs[m] = w.addr;
		at[m++] = i;
	}
	if (m == 0)
		return OK;
	TRY(el_nonces_second(t, el, addrs, m, said));
	for (size_t k = 0; k < m; k++)
		if (!said[k].none && (!said[k].known || said[k].nonce <= absent[at[k]]->nonce))
			s[at[k]].nonce_known = false;
	return OK;
}

/* Those of the absent that are news: their nonce is spent, or a person waits to hear of it. */
static enum err sort_absent(struct turn *t, struct jobs *j, struct attempt **absent,
			    struct sighting *s, size_t n, struct sightings *out)
{
	size_t kept = 0;

	TRY(ask_nonces(t, j->el[JOB_RECEIPTS], absent, s, n));
	TRY(second_nonces(t, j->el[JOB_RECEIPTS], absent, s, n));
	for (size_t i = 0; i < n; i++) {
		bool was_mined = absent[i]->state == TX_MINED;
		bool spent = s[i].nonce_known && s[i].nonce > absent[i]->nonce;

		if (!was_mined && !spent && s[i].nonce_known && absent[i]->state == TX_REVIEW)
			out->s[out->n++] = s[i];
		if (!was_mined && !spent)
			continue;
		absent[kept] = absent[i];
		s[kept++] = s[i];
	}
	return kept ? ask_all(t, j, absent, s, kept, out) : OK;
}

/* Those worth a lane turn: mined, or absent with news. */
static enum err sort(struct turn *t, struct jobs *j, struct attempt *a, struct el_receipt *r,
		     size_t n, struct sightings *out)
{
	struct attempt **absent = turn_array(t, n + 1, sizeof(*absent));
	struct sighting *s = turn_array(t, n + 1, sizeof(*s));
	size_t n_absent = 0;

	out->s = turn_array(t, n + 1, sizeof(*out->s));
	out->n = 0;
	for (size_t i = 0; i < n; i++) {
		/* A pool may keep, and know, what can never be mined any more. */
		bool doubted = a[i].state == TX_UNKNOWN || a[i].state == TX_SIGNED ||
			       a[i].state == TX_REVIEW || a[i].state == TX_MINED ||
			       (a[i].state == TX_IN_POOL && a[i].sends > 1);

		if (r[i].seen == EL_SEEN_MINED) {
			out->s[out->n++] = sighting_of(&a[i], &r[i]);
		} else if (r[i].seen == EL_SEEN_ABSENT && doubted) {
			absent[n_absent] = &a[i];
			s[n_absent++] = sighting_of(&a[i], &r[i]);
		}
	}
	return n_absent ? sort_absent(t, j, absent, s, n_absent, out) : OK;
}

static struct queue *queue_of(struct queues *q, int64_t wallet)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->of[i].wallet == wallet)
			return &q->of[i];
	return NULL;
}

static bool may_be_mined(struct queues *q, const struct attempt *a)
{
	const struct queue *of = queue_of(q, a->wallet);

	return !of || of->absent < BEHIND;
}

static void note_receipt(struct queues *q, const struct attempt *a, const struct el_receipt *r)
{
	struct queue *of = queue_of(q, a->wallet);

	if (r->seen == EL_SEEN_MINED && of)
		of->absent = 0;
	/* What waits for a person says nothing of those behind it: its nonce may be spent. */
	if (r->seen != EL_SEEN_ABSENT || a->state == TX_REVIEW)
		return;
	if (of)
		of->absent++;
	else if (q->n < WALLETS)
		q->of[q->n++] = (struct queue){ .wallet = a->wallet, .absent = 1 };
}

static enum err ask_some(struct turn *t, struct jobs *j, struct queues *q,
			 const struct attempt *all, size_t n_all)
{
	struct attempt *a = turn_array(t, n_all + 1, sizeof(*a));
	struct eth_hash *hashes = turn_array(t, n_all + 1, sizeof(*hashes));
	struct el_receipt *r = turn_array(t, n_all + 1, sizeof(*r));
	struct attempt **each = turn_array(t, n_all + 1, sizeof(*each));
	struct el *el = j->el[JOB_RECEIPTS];
	struct sightings news;
	size_t n = 0;

	for (size_t i = 0; i < n_all; i++)
		if (may_be_mined(q, &all[i])) {
			hashes[n] = all[i].hash;
			each[n] = &a[n];
			a[n++] = all[i];
		}
	if (n == 0)
		return OK;
	TRY(el_receipts(t, el, hashes, n, r));
	crash_point(CRASH_AFTER_RECEIPTS, t->what);
	for (size_t i = 0; i < n; i++)
		note_receipt(q, &a[i], &r[i]);
	TRY(second_word(t, j, each, r, n));
	TRY(sort(t, j, a, r, n, &news));
	reasons_find(t, el, news.s, news.n);
	for (size_t at = 0; at < news.n; at += WRITE) {
		struct sightings some = { news.s + at, news.n - at < WRITE ? news.n - at : WRITE };

		TRY(lane_run(t, seen, &some));
		count_sightings(some.s, some.n);
	}
	return OK;
}

/* The first of a page say whether the rest of it is worth asking. */
static enum err one_page(struct turn *t, struct jobs *j, struct queues *q, const struct attempt *a,
			 size_t n)
{
	size_t first = n < FIRST ? n : FIRST;

	TRY(ask_some(t, j, q, a, first));
	return ask_some(t, j, q, a + first, n - first);
}

/* A new head, or, on a chain that stands still, something sent since. */
static bool worth_asking(const struct jobs *j, uint64_t head, uint64_t version, int64_t now_ms)
{
	if (head != j->receipts_head)
		return true;
	return version != j->receipts_version && now_ms - j->receipts_ms >= QUIET_MS;
}

/* A tenth of a block: a receipt is late by that at most, and a slow chain is not asked in vain. */
int64_t receipts_period_ms(int64_t block_time_ms)
{
	int64_t ms = block_time_ms / 10;

	return ms < PERIOD_LEAST_MS ? PERIOD_LEAST_MS : ms < PERIOD_MOST_MS ? ms : PERIOD_MOST_MS;
}

/* Of what is final: is it still? The chain may go back further than it should. */
static enum err look_back(struct turn *t, struct jobs *j, bool *more_out)
{
	struct attempt *a;
	size_t n, kept = 0;

	TRY(attempt_watched(t, FIRST, &a, &n));
	if (n == 0)
		return OK;
	struct eth_hash *hashes = turn_array(t, n, sizeof(*hashes));
	struct el_receipt *r = turn_array(t, n, sizeof(*r));
	struct attempt **absent = turn_array(t, n, sizeof(*absent));
	struct sighting *s = turn_array(t, n, sizeof(*s)), *doubt = turn_array(t, n, sizeof(*s));
	struct attempt **each = turn_array(t, n, sizeof(*each));
	struct el *el = j->el[JOB_RECEIPTS];
	size_t n_doubt = 0;

	for (size_t i = 0; i < n; i++) {
		hashes[i] = a[i].hash;
		each[i] = &a[i];
	}
	TRY(el_receipts(t, el, hashes, n, r));
	TRY(second_word(t, j, each, r, n));
	for (size_t i = 0; i < n; i++) {
		if (r[i].seen == EL_SEEN_MINED)
			s[kept++] = sighting_of(&a[i], &r[i]);
		if (r[i].seen != EL_SEEN_ABSENT)
			continue;
		absent[n_doubt] = &a[i];
		doubt[n_doubt++] = sighting_of(&a[i], &r[i]);
	}
	if (n_doubt > 0)
		TRY(ask_nonces(t, el, absent, doubt, n_doubt));
	for (size_t i = 0; i < n_doubt; i++)
		s[kept++] = doubt[i];
	struct sightings all = { s, kept };

	*more_out = n == FIRST && kept == n;
	if (kept == 0)
		return OK;
	TRY(lane_run(t, seen, &all));
	count_sightings(s, kept);
	return OK;
}

static enum err ask_open(struct turn *t, struct jobs *j)
{
	struct queues queues = { .n = 0 };
	struct attempt *a;
	uint64_t head;
	size_t n;

	TRY(attempt_open(t, j->receipts_after, PAGE, &a, &n));
	if (n == 0 && j->receipts_after)
		TRY(attempt_open(t, j->receipts_after = 0, PAGE, &a, &n));
	if (n == 0)
		return OK;
	TRY(el_head(t, j->el[JOB_RECEIPTS], &head));
	uint64_t version = store_version(t->store, TOPIC_TX);

	if (!worth_asking(j, head, version, t->now_ms))
		return OK;
	j->receipts_again = j->receipts_again && j->receipts_after;
	for (size_t page = 0; n > 0; page++) {
		bool last = n < PAGE;

		j->receipts_after = last ? 0 : a[n - 1].id;
		TRY(one_page(t, j, &queues, a, n));
		if (last || page + 1 == PAGES)
			break;
		TRY(attempt_open(t, j->receipts_after, PAGE, &a, &n));
	}
	/* The rest of them is asked in the next turn, at this head still. */
	if (j->receipts_after)
		return OK;
	j->receipts_head = head;
	j->receipts_version = j->receipts_again ? UINT64_MAX : version;
	j->receipts_ms = t->now_ms;
	return OK;
}

enum err job_receipts(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;

	*more_out = false;
	TRY(ask_open(t, j));
	return look_back(t, j, more_out);
}
