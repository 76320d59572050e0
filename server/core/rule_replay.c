#include "server/core/rule_replay.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/rule_look.h"
#include "server/core/validator.h"
#include "store/beacon.h"

enum {
	LOOKS_MOST = 120000, /* of one replay, of series and spells */
	DUTIES_MOST_READ = 1000000,
	PAGE = 2000,
	SPELLS_READ = 20000,
	VALIDATORS_READ = 20000,
};
static const int64_t DAY_MS = INT64_C(86400000), MINUTE_MS = 60000, HOUR_MS = INT64_C(3600000);

struct replaying {
	struct turn *t;
	const struct rule *r;
	struct replay *out;
	struct rule_state *states; /* one an entity */
	int64_t *of;               /* the incident each is in, + 1; 0: none */
	const char **names;        /* NULL: made of the validator's key */
	struct validator *validators;
	bool *ours; /* of the rule's scope */
	size_t n;
	int64_t firing, told;
	bool *known;
	/* the incidents that are open */
	struct open {
		struct replayed what;
		int64_t members;
		bool is_open;
	} * open;
	size_t n_open, room;
};

static void begin(struct replaying *p, size_t entities)
{
	p->n = entities;
	p->states = turn_array(p->t, entities + 1, sizeof(*p->states));
	p->of = turn_array(p->t, entities + 1, sizeof(*p->of));
	p->known = turn_array(p->t, entities + 1, sizeof(*p->known));
	for (size_t i = 0; i < entities; i++)
		p->states[i] = (struct rule_state){ .phase = PHASE_OK };
}

static const char *name_of_entity(struct replaying *p, size_t i)
{
	return p->names ? p->names[i]
			: turn_printf(p->t, "validators/%s",
				      pubkey_str(p->t, &p->validators[i].pubkey));
}

/* ---- incidents ---- */

static void open_one(struct replaying *p, size_t entity, int64_t at_ms, double value)
{
	p->open = turn_grow(p->t, p->open, p->n_open, &p->room, sizeof(*p->open));
	p->open[p->n_open++] = (struct open){
		.what = { .opened_ms = at_ms, .entity = name_of_entity(p, entity), .worst = value },
		.is_open = true,
	};
}

static void end_one(struct open *o, int64_t at_ms)
{
	o->is_open = false;
	o->what.ended_ms = at_ms;
}

static bool worse(const struct rule *r, double a, double b)
{
	return r->op == RULE_BELOW || r->op == RULE_AT_MOST ? a < b : a > b;
}

static void joins(struct replaying *p, size_t entity, int64_t at_ms, double value)
{
	struct open *last = p->n_open > 0 ? &p->open[p->n_open - 1] : NULL;

	if (p->r->group == GROUP_ENTITY || !last || !last->is_open ||
	    at_ms - last->what.opened_ms >= RULE_JOIN_MS)
		open_one(p, entity, at_ms, value);
	p->open[p->n_open - 1].members++;
	p->open[p->n_open - 1].what.affected++;
	p->of[entity] = (int64_t)p->n_open;
}

static void leaves(struct replaying *p, size_t entity, int64_t at_ms)
{
	struct open *o = p->of[entity] > 0 ? &p->open[p->of[entity] - 1] : NULL;

	p->of[entity] = 0;
	if (o && --o->members == 0)
		end_one(o, at_ms);
}

/* Of a rule that wants so many at once: one incident while they are. */
static void scaled(struct replaying *p, size_t entity, int64_t at_ms, double value)
{
	struct open *o = p->n_open > 0 ? &p->open[p->n_open - 1] : NULL;
	bool enough = p->firing >= p->r->min_affected &&
		      (double)p->firing * 100 >= p->r->share * (double)p->told;

	if (enough && (!o || !o->is_open))
		open_one(p, entity, at_ms, value);
	o = p->n_open > 0 ? &p->open[p->n_open - 1] : NULL;
	if (!enough && o && o->is_open)
		end_one(o, at_ms);
	if (enough && o->what.affected < p->firing)
		o->what.affected = p->firing;
}

static void feed(struct replaying *p, size_t entity, int64_t at_ms, bool told, double value)
{
	struct rule_state *s = &p->states[entity];
	struct rule_sample w = { .told = told,
				 .value = value,
				 .at_ms = at_ms,
				 .look = at_ms,
				 .sources = p->r->min_sources };
	bool fired = s->phase == PHASE_FIRING;

	p->told += told - p->known[entity];
	p->known[entity] = told;
	(void)rule_step(p->r, &w, at_ms, s);
	bool fires = s->phase == PHASE_FIRING;

	p->firing += fires - fired;
	if (rule_scaled(p->r))
		scaled(p, entity, at_ms, value);
	else if (fires && !fired)
		joins(p, entity, at_ms, value);
	else if (!fires && fired)
		leaves(p, entity, at_ms);
	if (fires && told && p->n_open > 0) {
		struct open *o =
			&p->open[p->of[entity] > 0 ? (size_t)p->of[entity] - 1 : p->n_open - 1];

		if (worse(p->r, value, o->what.worst))
			o->what.worst = value;
	}
}

static enum err finish(struct replaying *p, int64_t to_ms)
{
	struct replay *out = p->out;

	out->count = (int64_t)p->n_open;
	for (size_t i = 0; i < p->n_open; i++) {
		const struct replayed *x = &p->open[i].what;

		out->open_ms += (x->ended_ms ? x->ended_ms : to_ms) - x->opened_ms;
	}
	size_t skip = p->n_open > REPLAY_SHOWN ? p->n_open - REPLAY_SHOWN : 0;

	out->v = turn_array(p->t, p->n_open - skip + 1, sizeof(*out->v));
	for (size_t i = skip; i < p->n_open; i++)
		out->v[out->n++] = p->open[i].what;
	return OK;
}

/* ---- series ---- */

struct look {
	int64_t at_ms;
	size_t entity;
	bool told;
	double value;
};

struct looks {
	struct look *v;
	size_t n, room;
};

static void add_look(struct replaying *p, struct looks *l, size_t entity, int64_t at_ms, bool told,
		     double value)
{
	l->v = turn_grow(p->t, l->v, l->n, &l->room, sizeof(*l->v));
	l->v[l->n++] = (struct look){ at_ms, entity, told, value };
}

static int by_time(const void *a, const void *b)
{
	const struct look *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->entity < y->entity ? -1 : x->entity > y->entity;
}

/* Nothing for longer than looks are apart: nobody could tell. */
static void gap(struct replaying *p, struct looks *l, size_t entity, int64_t before, int64_t at,
		int64_t apart)
{
	if (before > 0 && at - before > 3 * apart)
		add_look(p, l, entity, before + 2 * apart, false, 0);
}

static enum err take_sums(struct replaying *p, struct looks *l, size_t entity, int64_t series,
			  int span, int64_t apart, int64_t from, int64_t to)
{
	struct sample_sum *m;
	size_t n = PAGE;
	int64_t before = 0;

	while (from < to && n == PAGE && l->n < LOOKS_MOST) {
		TRY(sample_sums(p->t, series, span, from, to, PAGE, &m, &n));
		for (size_t i = 0; i < n; i++) {
			gap(p, l, entity, before, m[i].start_ms, apart);
			add_look(p, l, entity, m[i].start_ms, true, m[i].sum / (double)m[i].n);
			before = m[i].start_ms;
			from = before + 1;
		}
	}
	return OK;
}

static enum err take_raw(struct replaying *p, struct looks *l, size_t entity, int64_t series,
			 int64_t from, int64_t to)
{
	struct sample *m;
	size_t n = PAGE;
	int64_t before = 0;

	while (from < to && n == PAGE && l->n < LOOKS_MOST) {
		TRY(sample_list(p->t, series, from, to, PAGE, &m, &n));
		for (size_t i = 0; i < n; i++) {
			gap(p, l, entity, before, m[i].at_ms, MINUTE_MS / 3);
			add_look(p, l, entity, m[i].at_ms, true, m[i].value);
			before = m[i].at_ms;
			from = before + 1;
		}
	}
	return OK;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The finest that is kept of each time: store/series.h. */
static enum err take_series(struct replaying *p, struct looks *l, size_t entity, int64_t series,
			    int64_t from, int64_t to)
{
	int64_t now = p->t->now_ms;
	int64_t raw = p->r->window_ms > 0 ? now : now - DAY_MS;
	int64_t minutes = now - 8 * DAY_MS, hours = now - 60 * DAY_MS;

	TRY(take_sums(p, l, entity, series, SPAN_DAY, DAY_MS, from, hours < to ? hours : to));
	TRY(take_sums(p, l, entity, series, SPAN_HOUR, HOUR_MS, later(from, hours),
		      minutes < to ? minutes : to));
	TRY(take_sums(p, l, entity, series, SPAN_MINUTE, MINUTE_MS, later(from, minutes),
		      raw < to ? raw : to));
	return take_raw(p, l, entity, series, later(from, raw), to);
}

static enum err replay_series(struct replaying *p, int64_t from, int64_t to)
{
	struct series *all;
	struct looks l = { 0 };
	size_t n, kept = 0;

	TRY(series_list(p->t, p->r->signal, SERIES_MOST, &all, &n));
	p->names = turn_array(p->t, n + 1, sizeof(*p->names));
	begin(p, n < REPLAY_SERIES ? n : REPLAY_SERIES);
	for (size_t i = 0; i < n && kept < REPLAY_SERIES; i++) {
		if (p->r->scope == RULE_ENTITY && strcmp(p->r->scope_value, all[i].entity) != 0)
			continue;
		p->names[kept] = all[i].entity;
		TRY(take_series(p, &l, kept++, all[i].id, from, to));
	}
	if (l.n > 1)
		qsort(l.v, l.n, sizeof(*l.v), by_time);
	p->out->evidence = "samples, and means of minutes, hours and days before them";
	p->out->from_ms = l.n > 0 ? l.v[0].at_ms : 0;
	for (size_t i = 0; i < l.n; i++)
		feed(p, l.v[i].entity, l.v[i].at_ms, l.v[i].told, l.v[i].value);
	return OK;
}

/* ---- validators ---- */

static enum err read_validators(struct replaying *p)
{
	const struct validator_filter all = { 0 };
	size_t n;

	TRY(validator_list(p->t, &all, 0, VALIDATORS_READ, &p->validators, &n));
	begin(p, n);
	p->ours = turn_array(p->t, n + 1, sizeof(*p->ours));
	for (size_t i = 0; i < n; i++)
		p->ours[i] = p->r->scope == RULE_ALL ||
			     (p->r->scope == RULE_LABEL &&
			      rule_label_fits(p->r->scope_value, p->validators[i].label)) ||
			     (p->r->scope == RULE_ENTITY &&
			      strcmp(p->r->scope_value, name_of_entity(p, i)) == 0);
	return OK;
}

/* SIZE_MAX: it is not watched, or not of the rule's scope. */
static size_t place_of(const struct replaying *p, int64_t id)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->validators[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->n && p->validators[lo].id == id && p->ours[lo] ? lo : SIZE_MAX;
}

/* The moments at which something may change: it begins, is bad long enough, ends, has ended. */
static void spell_moments(struct replaying *p, struct looks *l, const struct spell *s, size_t at,
			  int64_t to)
{
	const struct rule *r = p->r;
	int64_t end = s->to_ms ? s->to_ms : to;
	int64_t bad = s->from_ms + (int64_t)(r->threshold > 0 ? r->threshold * 1000 : 0);
	const int64_t when[] = { s->from_ms, bad, bad + 1, bad + r->for_ms, bad + r->for_ms + 1 };

	for (size_t i = 0; i < sizeof(when) / sizeof(when[0]); i++) {
		struct validator v = { .health = s->health, .since_ms = s->from_ms };
		double value = 0;
		bool told = signal_of_validator(&v, when[i], (enum signal)r->signal, &value);

		if (when[i] < end && l->n < LOOKS_MOST)
			add_look(p, l, at, when[i], told, value);
	}
	if (!s->to_ms)
		return;
	add_look(p, l, at, end, true, 0);
	add_look(p, l, at, end + r->keep_ms + 1, true, 0);
	add_look(p, l, at, end + RULE_FLAP_KEEP_MS + 1, true, 0);
}

static enum err replay_spells(struct replaying *p, int64_t from, int64_t to)
{
	struct looks l = { 0 };
	struct spell *s;
	size_t n;

	TRY(read_validators(p));
	for (size_t i = 0; i < p->n; i++)
		p->known[i] = true;
	p->told = (int64_t)p->n;
	TRY(spell_ill(p->t, from, to, SPELLS_READ, &s, &n));
	for (size_t i = 0; i < n; i++) {
		size_t at = place_of(p, s[i].validator);

		if (at != SIZE_MAX)
			spell_moments(p, &l, &s[i], at, to);
	}
	if (l.n > 1)
		qsort(l.v, l.n, sizeof(*l.v), by_time);
	p->out->evidence = "spells of the validators";
	p->out->from_ms = from;
	for (size_t i = 0; i < l.n; i++) {
		/* What would be looked at after a later spell has begun is that spell's. */
		if (l.v[i].told && l.v[i].value <= 0 && i + 1 < l.n &&
		    l.v[i].entity == l.v[i + 1].entity && l.v[i].at_ms == l.v[i + 1].at_ms)
			continue;
		if (l.v[i].at_ms <= to)
			feed(p, l.v[i].entity, l.v[i].at_ms, l.v[i].told, l.v[i].value);
	}
	return OK;
}

/* One epoch more of what is known of a validator. */
static void take_duty(struct validator *v, const struct duty *d)
{
	enum { DECLINE_MOST = 10000000 }; /* as in validator_told.c: more is a withdrawal */
	int64_t change = v->heard_epoch >= 0 ? d->balance - v->balance : 0;
	bool missed = d->flags & DUTY_KNOWN && !(d->flags & DUTY_LIVE);

	v->declines = change < 0 && change > -DECLINE_MOST ? v->declines + 1
		      : change < 0                         ? v->declines
							   : 0;
	v->balance = d->balance;
	v->heard_epoch = v->judged_epoch = d->epoch;
	v->missed_row = missed ? v->missed_row + 1 : d->flags & DUTY_KNOWN ? 0 : v->missed_row;
	v->missed_bits = v->missed_bits << 1 | missed;
}

static enum err replay_duties(struct replaying *p, int64_t from, int64_t to)
{
	struct beacon b;
	struct duty *d;
	size_t n = PAGE, read = 0;
	enum err e = beacon_get(p->t, &b);

	if (e == ERR_MISSING)
		return fail(p->t, ERR_REFUSED, "no Beacon node has told anything yet");
	if (e != OK)
		return e;
	TRY(read_validators(p));
	for (size_t i = 0; i < p->n; i++) {
		p->validators[i].heard_epoch = p->validators[i].judged_epoch = -1;
		p->validators[i].declines = p->validators[i].missed_row = 0;
		p->validators[i].missed_bits = 0;
		p->validators[i].health = VALIDATOR_UP;
	}
	int64_t epoch = beacon_epoch_at(&b, from) - 1, last = INT64_MAX;
	int64_t end = beacon_epoch_at(&b, to) + 1;

	p->out->evidence = "duties of each epoch";
	while (n == PAGE && read < DUTIES_MOST_READ) {
		if (turn_left_ms(p->t) == 0)
			return fail(p->t, ERR_LATE, "it took too long: ask for fewer days");
		TRY(duty_range(p->t, epoch, last, end, PAGE, &d, &n));
		read += n;
		for (size_t i = 0; i < n; i++) {
			size_t at = place_of(p, d[i].validator);
			double value;

			epoch = d[i].epoch;
			last = d[i].validator;
			if (at == SIZE_MAX || !(d[i].flags & DUTY_ACTIVE))
				continue;
			if (p->out->from_ms == 0)
				p->out->from_ms = beacon_epoch_ms(&b, epoch);
			take_duty(&p->validators[at], &d[i]);
			bool told = signal_of_validator(&p->validators[at], 0,
							(enum signal)p->r->signal, &value);

			feed(p, at, beacon_epoch_ms(&b, epoch + 1), told, value);
		}
	}
	return OK;
}

enum err rule_replay(struct turn *t, const struct rule *r, int64_t from_ms, int64_t to_ms,
		     struct replay *out)
{
	struct replaying p = { .t = t, .r = r, .out = out };
	const struct signal_row *s = signal_of(r->signal);

	*out = (struct replay){ .evidence = "" };
	if (s && s->from == SIGNAL_FROM_SERIES) {
		TRY(replay_series(&p, from_ms, to_ms));
		return finish(&p, to_ms);
	}
	if (!s || s->from != SIGNAL_FROM_VALIDATOR || r->signal == SIGNAL_VALIDATOR_SLASHED ||
	    r->signal == SIGNAL_VALIDATOR_EFFECTIVE)
		return fail(t, ERR_REFUSED,
			    "what %s was before is not recorded: this rule cannot be tested by the "
			    "past",
			    s ? s->name : "this figure");
	if (r->signal == SIGNAL_VALIDATOR_NOT_UP || r->signal == SIGNAL_VALIDATOR_ISOLATED ||
	    r->signal == SIGNAL_VALIDATOR_UNKNOWN)
		TRY(replay_spells(&p, from_ms, to_ms));
	else
		TRY(replay_duties(&p, from_ms, to_ms));
	return finish(&p, to_ms);
}
