#include "server/core/performance.h"

#include "server/core/shared.h"

enum { FIVE_MINUTES = 300000, USUAL_SLOT_MS = 12000 };

int64_t sla_penalty(int64_t down_ms, int64_t sla_down_ms, int64_t bps)
{
	return sla_down_ms > 0 ? down_ms / sla_down_ms * bps : 0;
}

static int64_t clipped(const struct spell *s, int64_t from_ms, int64_t to_ms)
{
	int64_t from = s->from_ms > from_ms ? s->from_ms : from_ms;
	int64_t to = s->to_ms && s->to_ms < to_ms ? s->to_ms : to_ms;

	return to > from ? to - from : 0;
}

/* What one validator pays, bounded: each is summed up at the first downtime that costs. */
static int64_t penalty_of(const struct spell *s, size_t n, size_t first, int64_t from_ms,
			  int64_t to_ms, int64_t sla_down_ms, int64_t bps, int64_t most_bps)
{
	int64_t sum = 0;

	for (size_t i = 0; i < first; i++)
		if (s[i].validator == s[first].validator &&
		    sla_penalty(clipped(&s[i], from_ms, to_ms), sla_down_ms, bps) > 0)
			return 0;
	for (size_t i = first; i < n; i++)
		if (s[i].validator == s[first].validator)
			sum += sla_penalty(clipped(&s[i], from_ms, to_ms), sla_down_ms, bps);
	return sum < most_bps ? sum : most_bps;
}

void downtime_sum(const struct spell *s, size_t n, int64_t from_ms, int64_t to_ms, int64_t slot_ms,
		  int64_t sla_down_ms, int64_t bps, int64_t most_bps, struct downtime *out)
{
	*out = (struct downtime){ 0 };
	for (size_t i = 0; i < n; i++) {
		int64_t ms = clipped(&s[i], from_ms, to_ms);

		if (ms == 0)
			continue;
		out->count++;
		out->total_ms += ms;
		out->longest_ms = ms > out->longest_ms ? ms : out->longest_ms;
		out->over_block += ms > slot_ms;
		out->over_five_minutes += ms > FIVE_MINUTES;
		out->over_sla += ms >= sla_down_ms;
		if (sla_penalty(ms, sla_down_ms, bps) > 0)
			out->penalty_bps +=
				penalty_of(s, n, i, from_ms, to_ms, sla_down_ms, bps, most_bps);
	}
}

static void add(struct duty_sum *to, const struct duty_sum *s)
{
	to->epochs += s->epochs;
	to->known += s->known;
	to->live += s->live;
	to->rewarded += s->rewarded;
	to->source += s->source;
	to->target += s->target;
	to->head += s->head;
	to->earned += s->earned;
	to->lost += s->lost;
}

enum err performance_of(struct turn *t, int64_t validator, int64_t from_ms, int64_t to_ms,
			struct performance *out)
{
	int64_t blocks[PROPOSAL_UNKNOWN + 1], end_ms = to_ms < t->now_ms ? to_ms : t->now_ms;
	struct duty_sum *days;
	struct spell *s;
	struct beacon b;
	size_t n;
	enum err e = beacon_get(t, &b);

	if (e != OK && e != ERR_MISSING)
		return e;
	*out = (struct performance){ .from_ms = from_ms, .to_ms = end_ms };
	TRY(duty_sums(t, SUM_DAY, validator, from_ms, to_ms, PERFORMANCE_DAYS, &days, &n));
	for (size_t i = 0; i < n; i++)
		add(&out->sum, &days[i]);
	TRY(proposal_count(t, validator, from_ms, to_ms, blocks));
	out->blocks_proposed = blocks[PROPOSAL_DONE];
	out->blocks_missed = blocks[PROPOSAL_MISSED];
	TRY(spell_down(t, validator, from_ms, end_ms, DOWNTIMES_MOST, &s, &n));
	downtime_sum(s, n, from_ms, end_ms, e == OK ? b.slot_ms : USUAL_SLOT_MS,
		     policy()->sla_down_ms, policy()->sla_bps, policy()->sla_most_bps, &out->down);
	return OK;
}
