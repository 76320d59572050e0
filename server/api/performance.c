/* ghostfleet.v1.ValidatorService: what happened over days. */
#include "server/api/performance.h"

#include "ghostfleet/v1/validator.pb-c.h"
#include "server/api/convert.h"
#include "server/core/performance.h"
#include "server/core/shared.h"
#include "server/core/validator.h"

static const int64_t DAY_MS = INT64_C(86400000);

enum { USUAL_DAYS = 30 };

static enum err whose(struct turn *t, const char *said, int64_t *id)
{
	const char *name;
	struct validator v;

	*id = 0;
	if (!*said)
		return OK;
	TRY(name_of(t, "name", "validators", said, &name));
	TRY(validator_named(t, name, &v));
	*id = v.id;
	return OK;
}

static enum err days_of(struct turn *t, const char *field, int32_t said, int64_t usual,
			int64_t *out)
{
	if (said < 0 || said > PERFORMANCE_DAYS)
		return fail(t, ERR_INVALID, "%s: 1 to %d, not %d", field, PERFORMANCE_DAYS, said);
	*out = said ? said : usual;
	return OK;
}

static double percent(int64_t part, int64_t all)
{
	return 100.0 * (double)part / (double)all;
}

static void fill_sum(const struct duty_sum *s, Ghostfleet__V1__Performance *m)
{
	m->epochs = s->epochs;
	m->known = s->known;
	m->attested = s->live;
	m->rewarded = s->rewarded;
	m->earned_gwei = s->earned;
	m->lost_gwei = s->lost;
	if (s->known > 0) {
		m->_uptime_percent_case =
			GHOSTFLEET__V1__PERFORMANCE___UPTIME_PERCENT_UPTIME_PERCENT;
		m->uptime_percent = percent(s->live, s->known);
	}
	if (s->rewarded == 0)
		return;
	m->_source_percent_case = GHOSTFLEET__V1__PERFORMANCE___SOURCE_PERCENT_SOURCE_PERCENT;
	m->source_percent = percent(s->source, s->rewarded);
	m->_target_percent_case = GHOSTFLEET__V1__PERFORMANCE___TARGET_PERCENT_TARGET_PERCENT;
	m->target_percent = percent(s->target, s->rewarded);
	m->_head_percent_case = GHOSTFLEET__V1__PERFORMANCE___HEAD_PERCENT_HEAD_PERCENT;
	m->head_percent = percent(s->head, s->rewarded);
}

static Ghostfleet__V1__Performance *msg_performance(struct turn *t, const struct performance *p)
{
	Ghostfleet__V1__Performance *m = msg_new(t, &ghostfleet__v1__performance__descriptor);
	Ghostfleet__V1__Downtime *d = msg_new(t, &ghostfleet__v1__downtime__descriptor);

	m->start_time = msg_time(t, p->from_ms);
	m->end_time = msg_time(t, p->to_ms);
	fill_sum(&p->sum, m);
	m->blocks_proposed = (int32_t)p->blocks_proposed;
	m->blocks_missed = (int32_t)p->blocks_missed;
	d->count = (int32_t)p->down.count;
	d->total = msg_duration(t, p->down.total_ms);
	d->longest = msg_duration(t, p->down.longest_ms);
	d->over_block = (int32_t)p->down.over_block;
	d->over_five_minutes = (int32_t)p->down.over_five_minutes;
	d->over_sla = (int32_t)p->down.over_sla;
	d->penalty_bps = (int32_t)p->down.penalty_bps;
	m->downtime = d;
	return m;
}

enum err get_performance(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetPerformanceRequest *in = vin;
	Ghostfleet__V1__GetPerformanceResponse *out = vout;
	int64_t id, days = 0, before = 0, end = t->now_ms - t->now_ms % DAY_MS + DAY_MS;
	struct performance p;
	struct duty_sum *s;
	size_t n;

	TRY(whose(t, in->name, &id));
	TRY(days_of(t, "days", in->days, USUAL_DAYS, &days));
	TRY(days_of(t, "baseline_days", in->baseline_days, days, &before));
	int64_t start = end - days * DAY_MS;

	TRY(performance_of(t, id, start, end, &p));
	out->total = msg_performance(t, &p);
	TRY(performance_of(t, id, start - before * DAY_MS, start, &p));
	out->baseline = msg_performance(t, &p);
	TRY(duty_sums(t, SUM_DAY, id, start, end, PERFORMANCE_DAYS, &s, &n));
	out->days = turn_array(t, n + 1, sizeof(*out->days));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__Performance *m =
			msg_new(t, &ghostfleet__v1__performance__descriptor);

		m->start_time = msg_time(t, s[i].start_ms);
		m->end_time = msg_time(t, s[i].start_ms + DAY_MS);
		fill_sum(&s[i], m);
		out->days[out->n_days++] = m;
	}
	return OK;
}

/* ---- the ledger ---- */

static Ghostfleet__V1__SlaEntry *msg_entry(struct turn *t, const struct validator *v,
					   Ghostfleet__V1__SlaKind kind, int64_t from_ms,
					   int64_t to_ms, const char *text)
{
	Ghostfleet__V1__SlaEntry *m = msg_new(t, &ghostfleet__v1__sla_entry__descriptor);

	m->validator = turn_printf(t, "validators/%s", pubkey_str(t, &v->pubkey));
	m->kind = kind;
	m->start_time = msg_time(t, from_ms);
	m->end_time = msg_time(t, to_ms);
	m->text = msg_text(t, text);
	return m;
}

static enum err add_downtimes(struct turn *t, int64_t id, int64_t from_ms, bool penalties_only,
			      Ghostfleet__V1__ListSlaEntriesResponse *out)
{
	struct downtime sum;
	struct spell *s;
	size_t n;

	TRY(spell_down(t, id, from_ms, t->now_ms, DOWNTIMES_MOST, &s, &n));
	downtime_sum(s, n, from_ms, t->now_ms, 1, policy()->sla_down_ms, policy()->sla_bps,
		     policy()->sla_most_bps, &sum);
	out->penalty_bps = (int32_t)sum.penalty_bps;
	out->entries = turn_array(t, n + VALIDATORS_A_CALL + 1, sizeof(*out->entries));
	for (size_t i = 0; i < n; i++) {
		int64_t ms = (s[i].to_ms ? s[i].to_ms : t->now_ms) - s[i].from_ms;
		int64_t bps = sla_penalty(ms, policy()->sla_down_ms, policy()->sla_bps);
		struct validator v;

		if (penalties_only && bps == 0)
			continue;
		TRY(validator_by_id(t, s[i].validator, &v));
		Ghostfleet__V1__SlaEntry *m =
			msg_entry(t, &v, GHOSTFLEET__V1__SLA_KIND__SLA_KIND_DOWNTIME, s[i].from_ms,
				  s[i].to_ms, s[i].text);

		m->duration = msg_duration(t, ms);
		m->penalty_bps =
			(int32_t)(bps < policy()->sla_most_bps ? bps : policy()->sla_most_bps);
		out->entries[out->n_entries++] = m;
	}
	return OK;
}

static enum err add_slashings(struct turn *t, int64_t id, int64_t from_ms,
			      Ghostfleet__V1__ListSlaEntriesResponse *out)
{
	struct validator_filter slashed = { .lives = 1u << LIFE_SLASHED, .removed = true };
	struct validator *v;
	size_t n;

	TRY(validator_list(t, &slashed, 0, VALIDATORS_A_CALL, &v, &n));
	for (size_t i = 0; i < n; i++)
		if (v[i].slashed_ms >= from_ms && (id == 0 || v[i].id == id))
			out->entries[out->n_entries++] = msg_entry(
				t, &v[i], GHOSTFLEET__V1__SLA_KIND__SLA_KIND_SLASHING,
				v[i].slashed_ms, 0,
				"slashed by the protocol for signing twice; no penalty of the "
				"promise to the stakers, and never for downtime");
	return OK;
}

enum err list_sla_entries(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListSlaEntriesRequest *in = vin;
	int64_t id, days = 0, from_ms;

	TRY(whose(t, in->name, &id));
	TRY(days_of(t, "days", in->days, USUAL_DAYS, &days));
	from_ms = t->now_ms - days * DAY_MS;
	TRY(add_downtimes(t, id, from_ms, in->penalties_only, vout));
	return add_slashings(t, id, from_ms, vout);
}
