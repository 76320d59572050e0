/* What an incident cost, in numbers, from what is stored. */
#include <string.h>

#include "server/core/incident.h"
#include "server/core/validator.h"
#include "store/base/buf.h"
#include "store/base/units.h"
#include "store/beacon.h"

enum { SPELLS_READ = 5000, IMPACT_TEXT = 200 };

const char *incident_impact_text(struct turn *t, const struct incident *i)
{
	struct buf b = buf_in(t->mem, IMPACT_TEXT);

	if (i->downtime_ms >= 0)
		buf_printf(&b, ", downtime %s", duration_str(t, i->downtime_ms));
	if (i->missed >= 0)
		buf_printf(&b, ", missed duties %lld", (long long)i->missed);
	if (i->balance_known)
		buf_printf(&b, ", balance %+.6f ether", (double)i->balance_gwei / 1e9);
	if (i->wallets >= 0)
		buf_printf(&b, ", wallets %lld", (long long)i->wallets);
	return b.n ? buf_text(&b) + 2 : "";
}

static int64_t overlap(const struct spell *s, int64_t from, int64_t to)
{
	int64_t a = s->from_ms > from ? s->from_ms : from;
	int64_t b = s->to_ms && s->to_ms < to ? s->to_ms : to;

	return b > a ? b - a : 0;
}

static enum err downtime(struct turn *t, int64_t validator, struct incident *i)
{
	struct spell *s;
	size_t n;

	TRY(spell_down(t, validator, i->since_ms, i->resolved_ms, SPELLS_READ, &s, &n));
	i->downtime_ms = 0;
	for (size_t k = 0; k < n; k++)
		i->downtime_ms += overlap(&s[k], i->since_ms, i->resolved_ms);
	return OK;
}

static enum err of_validator(struct turn *t, const char *name, struct incident *i)
{
	struct validator v;
	struct beacon b;
	int64_t missed, gained;
	bool known;
	enum err e = validator_named(t, name, &v);

	if (e != OK)
		return e == ERR_MISSING || e == ERR_INVALID ? OK : e;
	TRY(downtime(t, v.id, i));
	e = beacon_get(t, &b);
	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	TRY(incident_duties(t, v.id, beacon_epoch_at(&b, i->since_ms),
			    beacon_epoch_at(&b, i->resolved_ms), &missed, &gained, &known));
	if (!known)
		return OK;
	i->missed = missed;
	i->balance_known = true;
	i->balance_gwei = gained;
	return OK;
}

enum err incident_measure(struct turn *t, struct incident *i)
{
	struct validator_counts have;

	if (strncmp(i->subject, "validators/", 11) == 0)
		return of_validator(t, i->subject + 11, i);
	if (strncmp(i->subject, "wallets/", 8) == 0) {
		i->wallets = 1;
		return OK;
	}
	TRY(validator_count(t, &have));
	return have.all > 0 ? downtime(t, 0, i) : OK;
}
