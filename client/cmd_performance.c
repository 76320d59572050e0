/* `ghostctl validators performance` and `sla`: figures over days, as a table with a chart, or CSV.
 */
#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "ghostfleet/v1/validator.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum { DAYS_MOST = 400, CHART_WIDTH = 60, CALL_MS = 60000 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__validator_service__descriptor;

static enum err count_of(struct turn *t, struct cli *c, enum opt_id o, int32_t *out)
{
	uint64_t n = 0;

	if (cli_has(c, o) && args_count(t, c->args.opt[o], o, DAYS_MOST, &n) != OK)
		return usage(t, c, "%s", t->why);
	*out = (int32_t)n;
	return OK;
}

/* ---- one figure ---- */

struct figure {
	bool known;
	double v;
};

static struct figure uptime(const Ghostfleet__V1__Performance *p)
{
	return (struct figure){ p->_uptime_percent_case ==
					GHOSTFLEET__V1__PERFORMANCE___UPTIME_PERCENT_UPTIME_PERCENT,
				p->uptime_percent };
}

static struct figure source(const Ghostfleet__V1__Performance *p)
{
	return (struct figure){ p->_source_percent_case ==
					GHOSTFLEET__V1__PERFORMANCE___SOURCE_PERCENT_SOURCE_PERCENT,
				p->source_percent };
}

static struct figure target(const Ghostfleet__V1__Performance *p)
{
	return (struct figure){ p->_target_percent_case ==
					GHOSTFLEET__V1__PERFORMANCE___TARGET_PERCENT_TARGET_PERCENT,
				p->target_percent };
}

static struct figure head(const Ghostfleet__V1__Performance *p)
{
	return (struct figure){ p->_head_percent_case ==
					GHOSTFLEET__V1__PERFORMANCE___HEAD_PERCENT_HEAD_PERCENT,
				p->head_percent };
}

static const char *percent(struct turn *t, struct figure f)
{
	return f.known ? turn_printf(t, "%.2f %%", f.v) : "";
}

static const char *gwei(struct turn *t, int64_t v)
{
	return turn_printf(t, "%" PRId64, v);
}

static int64_t ms_of(const Google__Protobuf__Duration *d)
{
	return d ? d->seconds * 1000 + d->nanos / 1000000 : 0;
}

static const char *span(struct turn *t, const Google__Protobuf__Duration *d)
{
	return ms_of(d) ? duration_str(t, ms_of(d)) : "none";
}

static const char *day_of(struct turn *t, const Ghostfleet__V1__Performance *p)
{
	char text[CLOCK_TEXT];

	clock_text(p->start_time ? p->start_time->seconds * 1000 : 0, text);
	return turn_printf(t, "%.10s", text);
}

/* ---- the chart: a row of bars a day, from the worst day up ---- */

static double worst_of(const Ghostfleet__V1__GetPerformanceResponse *r)
{
	double worst = 100;

	for (size_t i = 0; i < r->n_days; i++)
		if (uptime(r->days[i]).known && r->days[i]->uptime_percent < worst)
			worst = r->days[i]->uptime_percent;
	return worst;
}

/* The floor is the next round figure below the worst day, so that small losses can be seen. */
static double floor_of(double worst)
{
	return worst >= 99 ? 99 : worst >= 90 ? 90 : worst >= 50 ? 50 : 0;
}

static void bar(double v, double floor, int width)
{
	int full = (int)((v - floor) / (100 - floor) * width + 0.5);

	for (int i = 0; i < width; i++)
		(void)fputs(i < full ? "█" : "·", stdout);
}

static void chart(struct turn *t, const Ghostfleet__V1__GetPerformanceResponse *r)
{
	double low = floor_of(worst_of(r));
	struct figure before = uptime(r->baseline);

	(void)printf("\nuptime by day, from %.0f %% to 100 %%\n", low);
	for (size_t i = 0; i < r->n_days; i++) {
		struct figure f = uptime(r->days[i]);

		(void)printf("%s ", day_of(t, r->days[i]));
		if (f.known)
			bar(f.v, low, CHART_WIDTH);
		(void)printf(" %s%s\n", f.known ? percent(t, f) : "nothing known",
			     f.known && before.known && f.v < before.v - 0.005 ? " ▼" : "");
	}
	if (before.known) {
		(void)printf("before     ");
		bar(before.v < low ? low : before.v, low, CHART_WIDTH);
		(void)printf(" %s\n", percent(t, before));
	}
}

/* ---- table and CSV ---- */

static void line(struct turn *t, struct table *tb, const char *what, const char *now,
		 const char *before)
{
	(void)t;
	table_row(tb, what, now, before, NULL);
}

static void show(struct turn *t, const Ghostfleet__V1__GetPerformanceResponse *r)
{
	static const char *const heads[] = { "", ">PERIOD", ">BEFORE", NULL };
	const Ghostfleet__V1__Performance *a = r->total, *b = r->baseline;
	struct table tb = table_new(t, heads);

	line(t, &tb, "from", day_of(t, a), day_of(t, b));
	line(t, &tb, "epochs with duties", gwei(t, a->epochs), gwei(t, b->epochs));
	line(t, &tb, "of these known", gwei(t, a->known), gwei(t, b->known));
	line(t, &tb, "uptime", percent(t, uptime(a)), percent(t, uptime(b)));
	line(t, &tb, "source in time", percent(t, source(a)), percent(t, source(b)));
	line(t, &tb, "target in time", percent(t, target(a)), percent(t, target(b)));
	line(t, &tb, "head in time", percent(t, head(a)), percent(t, head(b)));
	line(t, &tb, "earned, gwei", gwei(t, a->earned_gwei), gwei(t, b->earned_gwei));
	line(t, &tb, "lost, gwei", gwei(t, a->lost_gwei), gwei(t, b->lost_gwei));
	line(t, &tb, "blocks proposed", gwei(t, a->blocks_proposed), gwei(t, b->blocks_proposed));
	line(t, &tb, "blocks missed", gwei(t, a->blocks_missed), gwei(t, b->blocks_missed));
	if (a->downtime && b->downtime) {
		line(t, &tb, "downtime", span(t, a->downtime->total), span(t, b->downtime->total));
		line(t, &tb, "the longest", span(t, a->downtime->longest),
		     span(t, b->downtime->longest));
		line(t, &tb, "longer than a block", gwei(t, a->downtime->over_block),
		     gwei(t, b->downtime->over_block));
		line(t, &tb, "longer than 5 minutes", gwei(t, a->downtime->over_five_minutes),
		     gwei(t, b->downtime->over_five_minutes));
		line(t, &tb, "longer than the SLA", gwei(t, a->downtime->over_sla),
		     gwei(t, b->downtime->over_sla));
		line(t, &tb, "SLA penalty, 1/100 %", gwei(t, a->downtime->penalty_bps),
		     gwei(t, b->downtime->penalty_bps));
	}
	table_print(&tb, stdout, "");
	if (r->n_days > 0)
		chart(t, r);
}

static void csv_figure(struct figure f)
{
	if (f.known)
		(void)printf(",%.4f", f.v);
	else
		(void)putchar(',');
}

static void csv(struct turn *t, const Ghostfleet__V1__GetPerformanceResponse *r)
{
	(void)puts("day,epochs,known,attested,uptime_percent,source_percent,target_percent,"
		   "head_percent,earned_gwei,lost_gwei");
	for (size_t i = 0; i < r->n_days; i++) {
		const Ghostfleet__V1__Performance *p = r->days[i];

		(void)printf("%s,%" PRId64 ",%" PRId64 ",%" PRId64, day_of(t, p), p->epochs,
			     p->known, p->attested);
		csv_figure(uptime(p));
		csv_figure(source(p));
		csv_figure(target(p));
		csv_figure(head(p));
		(void)printf(",%" PRId64 ",%" PRId64 "\n", p->earned_gwei, p->lost_gwei);
	}
}

enum err cmd_validators_performance(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetPerformanceRequest q = GHOSTFLEET__V1__GET_PERFORMANCE_REQUEST__INIT;
	void *answer;
	enum err e;

	if (c->args.n_words > 0)
		q.name = resource(t, "validators", c->args.word[0]);
	TRY(count_of(t, c, OPT_DAYS, &q.days));
	TRY(count_of(t, c, OPT_BASELINE, &q.baseline_days));
	TRY(cli_call_long(t, c, service, "GetPerformance", &q, CALL_MS, &answer));
	const Ghostfleet__V1__GetPerformanceResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (!r->total || !r->baseline)
		return fail(t, ERR_BROKEN, "the server's answer holds no figures");
	if (cli_has(c, OPT_CSV))
		csv(t, r);
	else
		show(t, r);
	return OK;
}

/* ---- the ledger ---- */

static const char *stamp(struct turn *t, const Google__Protobuf__Timestamp *at)
{
	char text[CLOCK_TEXT];

	if (!at)
		return "";
	clock_text(at->seconds * 1000, text);
	return turn_strdup(t, text);
}

static void sla_csv(struct turn *t, const Ghostfleet__V1__ListSlaEntriesResponse *r)
{
	(void)puts("validator,kind,start,end,seconds,penalty_bps");
	for (size_t i = 0; i < r->n_entries; i++) {
		const Ghostfleet__V1__SlaEntry *s = r->entries[i];

		(void)printf("%s,%s,%s,%s,%" PRId64 ",%" PRId32 "\n",
			     short_name(clean(t, s->validator)),
			     enum_text(t, &ghostfleet__v1__sla_kind__descriptor, (int)s->kind),
			     stamp(t, s->start_time), stamp(t, s->end_time),
			     ms_of(s->duration) / 1000, s->penalty_bps);
	}
}

enum err cmd_validators_sla(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "VALIDATOR", "KIND",     "FROM", "TO",
					     ">LASTED",   ">1/100 %", "TEXT", NULL };
	Ghostfleet__V1__ListSlaEntriesRequest q = GHOSTFLEET__V1__LIST_SLA_ENTRIES_REQUEST__INIT;
	struct table tb = table_new(t, heads);
	void *answer;
	enum err e;

	if (c->args.n_words > 0)
		q.name = resource(t, "validators", c->args.word[0]);
	q.penalties_only = !cli_has(c, OPT_ALL);
	TRY(count_of(t, c, OPT_DAYS, &q.days));
	TRY(cli_call_long(t, c, service, "ListSlaEntries", &q, CALL_MS, &answer));
	const Ghostfleet__V1__ListSlaEntriesResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (cli_has(c, OPT_CSV)) {
		sla_csv(t, r);
		return OK;
	}
	for (size_t i = 0; i < r->n_entries; i++) {
		const Ghostfleet__V1__SlaEntry *s = r->entries[i];

		table_row(&tb, turn_printf(t, "%.14s…", short_name(s->validator)),
			  enum_text(t, &ghostfleet__v1__sla_kind__descriptor, (int)s->kind),
			  stamp(t, s->start_time), s->end_time ? stamp(t, s->end_time) : "now",
			  s->duration ? span(t, s->duration) : "",
			  turn_printf(t, "%" PRId32, s->penalty_bps), s->text, NULL);
	}
	table_print(&tb, stdout, "");
	(void)printf("%zu entries, %" PRId32 " bps of the next fee in all\n", r->n_entries,
		     r->penalty_bps);
	return OK;
}
