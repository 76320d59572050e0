/* The runbook's four, and what stands beside them. Per validator only while they are few: thousands
 * of series grind a monitor to a halt, and lists are what ListValidators is for. */
#include "server/api/validator_metrics.h"

#include "server/core/beacon.h"
#include "server/core/validator.h"

enum { FEW = 64, UPTIME_DAYS = 30 };
static const int64_t DAY_MS = INT64_C(86400000);

struct samples {
	struct metric_sample *out;
	size_t max, *n;
};

static void put(struct samples *s, enum metric m, const char *label, double v)
{
	if (*s->n < s->max)
		s->out[(*s->n)++] = (struct metric_sample){ m, { label, NULL }, v };
}

static const char *label_of(struct turn *t, const struct validator *v)
{
	return v->place >= 0 ? turn_printf(t, "%lld", (long long)v->place)
			     : turn_printf(t, "%.14s", pubkey_str(t, &v->pubkey));
}

/* Seen in the last finished epoch or in this one: an epoch that goes on has told of half of them.
 */
static bool attesting(const struct validator *v, int64_t epoch)
{
	return validator_on_duty(v, epoch) && v->live_epoch >= epoch - 1 &&
	       v->live_epoch >= v->judged_epoch;
}

/* Both are by validator, but one without a row has no duties yet. */
static const struct duty_sum *sum_of(const struct duty_sum *s, size_t n, int64_t validator)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].validator == validator)
			return &s[i];
	return NULL;
}

static enum err each(struct turn *t, struct samples *s, int64_t epoch)
{
	struct validator_filter all = { 0 };
	struct duty_sum *sums;
	struct validator *v;
	size_t n, n_sums;

	TRY(validator_list(t, &all, 0, FEW, &v, &n));
	TRY(duty_totals(t, SUM_DAY, t->now_ms - UPTIME_DAYS * DAY_MS, 4 * FEW, &sums, &n_sums));
	for (size_t i = 0; i < n; i++) {
		const char *label = label_of(t, &v[i]);
		const struct duty_sum *sum = sum_of(sums, n_sums, v[i].id);

		if (v[i].health != VALIDATOR_UNKNOWN)
			put(s, METRIC_VALIDATOR_ATTESTING, label, attesting(&v[i], epoch));
		if (v[i].heard_epoch >= 0)
			put(s, METRIC_VALIDATOR_BALANCE, label, (double)v[i].balance / 1e9);
		if (sum && sum->known > 0)
			put(s, METRIC_VALIDATOR_UPTIME, label,
			    100.0 * (double)sum->live / (double)sum->known);
	}
	return OK;
}

static enum err nodes(struct turn *t, struct samples *s)
{
	struct beacon_source *b;
	size_t n;

	TRY(source_list(t, &b, &n));
	for (size_t i = 0; i < n; i++) {
		put(s, METRIC_BEACON_HEAD, b[i].name, (double)b[i].head_slot);
		put(s, METRIC_BEACON_COUNTS, b[i].name, source_counts(&b[i]));
		put(s, METRIC_BEACON_OUTVOTED, b[i].name, (double)b[i].outvoted);
	}
	return OK;
}

enum err validator_samples(struct turn *t, struct metric_sample *out, size_t max, size_t *n)
{
	struct samples s = { out, max, n };
	struct validator_filter slashed = { .lives = 1u << LIFE_SLASHED };
	struct validator_counts have;
	struct validator *v;
	struct beacon b;
	size_t n_slashed;
	enum err e = beacon_get(t, &b);

	if (e != OK && e != ERR_MISSING)
		return e;
	TRY(nodes(t, &s));
	TRY(validator_count(t, &have));
	if (have.all == 0)
		return OK;
	for (int h = VALIDATOR_UP; h < VALIDATOR_HEALTHS; h++)
		put(&s, METRIC_VALIDATORS, validator_health_name((enum validator_health)h),
		    (double)have.health[h]);
	TRY(validator_list(t, &slashed, 0, VALIDATORS_A_CALL, &v, &n_slashed));
	put(&s, METRIC_VALIDATOR_SLASHED, NULL, (double)n_slashed);
	if (e == ERR_MISSING)
		return OK;
	if (b.participation >= 0 && beacon_epoch_at(&b, t->now_ms) - b.participation_epoch <= 3)
		put(&s, METRIC_PARTICIPATION, NULL, (double)b.participation / 1e4);
	if (b.finalized >= 0)
		put(&s, METRIC_BEACON_FINALIZED, NULL, (double)b.finalized);
	return have.all <= FEW ? each(t, &s, beacon_epoch_at(&b, t->now_ms)) : OK;
}
