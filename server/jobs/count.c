#include "server/jobs/count.h"

#include "server/ops/metrics.h"

/* How an action of the engine ends: REFUSED was not ordered, as it would fail. */
enum end { END_CONFIRMED, END_REVERTED, END_REVIEW, END_REFUSED, END_COUNT };

static const char *const end_names[END_COUNT] = { "confirmed", "reverted", "review", "refused" };
static const char *const heard_names[] = {
	[HEARD_NOT_SENT] = "not-sent",
	[HEARD_UNKNOWN] = "unknown",
	[HEARD_REFUSED] = "refused",
	[HEARD_ACCEPTED] = "accepted",
};

static void fault(enum owner owner, uint64_t n)
{
	metric_add(METRIC_ERRORS, owner_name(owner), NULL, n);
}

static void action(enum purpose p, enum end end, uint64_t n)
{
	if (p == PURPOSE_ACTION || p == PURPOSE_APPROVE)
		metric_add(METRIC_ACTIONS, purpose_name(p), end_names[end], n);
}

void count_open(const char *const *endpoint_names, size_t n)
{
	for (int o = OWNER_ENDPOINT; o <= OWNER_CONTRACT; o++)
		fault((enum owner)o, 0);
	for (int e = 0; e < END_COUNT; e++) {
		action(PURPOSE_ACTION, (enum end)e, 0);
		action(PURPOSE_APPROVE, (enum end)e, 0);
	}
	for (int h = HEARD_NOT_SENT; h <= HEARD_ACCEPTED; h++)
		metric_add(METRIC_BROADCASTS, heard_names[h], NULL, 0);
	count_contradictions(0);
	for (size_t i = 0; i < n; i++)
		for (int news = NEWS_FINE; news <= NEWS_AWAY; news++)
			metric_add(METRIC_RPC_REQUESTS, endpoint_names[i],
				   endpoint_news_name((enum endpoint_news)news), 0);
}

void count_round(const char *name, enum endpoint_news news, int64_t latency_us)
{
	metric_add(METRIC_RPC_REQUESTS, name, endpoint_news_name(news), 1);
	if (latency_us > 0)
		metric_observe(METRIC_RPC_SECONDS, name, NULL, latency_us);
	if (news != NEWS_FINE)
		fault(OWNER_ENDPOINT, 1);
}

static void upshot(const struct upshot *u)
{
	if (u->opened)
		metric_add(METRIC_BREAKER_TRIPS, NULL, NULL, 1);
	if (!u->ended)
		return;
	if (u->state == TX_REVERTED)
		fault(OWNER_CONTRACT, 1);
	action(u->purpose,
	       u->state == TX_CONFIRMED  ? END_CONFIRMED
	       : u->state == TX_REVERTED ? END_REVERTED
					 : END_REVIEW,
	       1);
}

void count_answers(const struct answer *a, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum heard heard = a[i].heard;

		upshot(&a[i].upshot);
		if (heard == HEARD_REFUSED) {
			struct verdict v = classify_send(a[i].code, a[i].message);

			/* "already known": it has these bytes. */
			if (v.said == SAID_KNOWN)
				heard = HEARD_ACCEPTED;
			else
				fault(v.owner, 1);
		}
		metric_add(METRIC_BROADCASTS, heard_names[heard], NULL, 1);
	}
}

void count_contradictions(size_t n)
{
	metric_add(METRIC_CONTRADICTIONS, NULL, NULL, n);
}

void count_sightings(const struct sighting *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		upshot(&s[i].upshot);
		/* Its nonce was spent by somebody else. */
		if (s[i].upshot.ended && s[i].upshot.state == TX_REVIEW)
			fault(OWNER_WALLET, 1);
	}
}

void count_engine(const struct engine_end *ends, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ends[i].opened)
			metric_add(METRIC_BREAKER_TRIPS, NULL, NULL, 1);
		if (ends[i].kind != ENGINE_FAULT)
			continue;
		fault(ends[i].owner, 1);
		action(ends[i].purpose, END_REFUSED, 1);
	}
}

void count_delivery(const struct parcel *p, const struct delivery_answer *a)
{
	static const char *const outcomes[] = { [ANSWER_OK] = "sent",
						[ANSWER_AWAY] = "away",
						[ANSWER_REFUSED] = "refused",
						[ANSWER_GONE] = "gone" };

	metric_add(METRIC_DELIVERIES, p->c.name, outcomes[a->kind], 1);
	metric_observe(METRIC_DELIVERY_SECONDS, p->c.name, NULL, a->took_ms * 1000);
}
