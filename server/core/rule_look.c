#include "server/core/rule_look.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/beacon.h"
#include "server/core/burn.h"
#include "server/core/client.h"
#include "server/core/shared.h"
#include "store/burns.h"
#include "store/chain.h"
#include "store/clients.h"
#include "store/pauses.h"

enum { AT_ONCE = 1000, ENDPOINTS_READ = 64, WAITING_MOST = 20000, HOUR_MS = 3600000 };
/* Whatever changed, all of it is looked at this often. */
enum { ALL_MS = 15000, WALLETS_LEAST_MS = 2000 };

/* ---- series ---- */

struct present {
	struct endpoint_row *endpoints;
	size_t n_endpoints;
	struct beacon_source *beacons;
	size_t n_beacons;
	size_t n_clients;
};

static enum err read_present(struct turn *t, struct present *p)
{
	struct client_probe *c;

	TRY(endpoint_list(t, ENDPOINTS_READ, &p->endpoints, &p->n_endpoints));
	TRY(source_list(t, &p->beacons, &p->n_beacons));
	return client_list(t, &c, &p->n_clients);
}

/* A series outlives what it is about: an endpoint that is no longer configured is not missed. */
static bool is_there(const struct present *p, const char *entity)
{
	if (strncmp(entity, "endpoints/", 10) == 0) {
		for (size_t i = 0; i < p->n_endpoints; i++)
			if (strcmp(p->endpoints[i].name, entity + 10) == 0)
				return p->endpoints[i].state != ENDPOINT_ROW_DISABLED;
		return false;
	}
	if (strncmp(entity, "beacons/", 8) == 0) {
		for (size_t i = 0; i < p->n_beacons; i++)
			if (strcmp(p->beacons[i].name, entity + 8) == 0)
				return true;
		return false;
	}
	if (strcmp(entity, "network") == 0)
		return p->n_beacons > 0;
	if (strcmp(entity, "client") == 0)
		return p->n_clients > 0;
	return true;
}

static enum err read_series(struct turn *t, struct things *w)
{
	struct present p;
	struct series *all;
	size_t n;

	TRY(read_present(t, &p));
	TRY(series_list(t, 0, SERIES_MOST, &all, &n));
	w->series = turn_array(t, n + 1, sizeof(*all));
	for (size_t i = 0; i < n; i++)
		if (is_there(&p, all[i].entity))
			w->series[w->n_series++] = all[i];
	for (size_t i = 0; i < p.n_beacons; i++)
		w->voices += source_counts(&p.beacons[i]);
	return OK;
}

/* ---- validators ---- */

static enum err read_validators(struct turn *t, struct things *w)
{
	const struct validator_filter all = { 0 };
	size_t room = 0, n = AT_ONCE;
	struct validator *page;

	for (int64_t after = 0; n == AT_ONCE; after = n > 0 ? page[n - 1].id : after) {
		TRY(validator_list(t, &all, after, AT_ONCE, &page, &n));
		for (size_t i = 0; i < n; i++) {
			w->validators = turn_grow(t, w->validators, w->n_validators, &room,
						  sizeof(*w->validators));
			w->validators[w->n_validators++] = page[i];
		}
	}
	w->validators_read = true;
	return OK;
}

/* Each finished epoch tells of balances and duties that no topic is touched for. */
static enum err epochs_heard(struct turn *t, int64_t *out)
{
	struct beacon b;
	enum err e = beacon_get(t, &b);

	*out = 0;
	if (e == OK)
		*out = b.states_epoch * 31 + b.live_epoch * 7 + b.rewards_epoch * 3 +
		       b.duties_epoch;
	return e == ERR_MISSING ? OK : e;
}

static enum err validators_due(struct turn *t, struct rules_seen *seen, bool moving, bool *due_out)
{
	const struct validator_filter ill = { .healths = 1u << VALIDATOR_DOWN |
							 1u << VALIDATOR_ISOLATED |
							 1u << VALIDATOR_UNKNOWN };
	uint64_t version = store_version(t->store, TOPIC_VALIDATOR);
	struct validator *v;
	int64_t epochs;
	size_t n;

	TRY(epochs_heard(t, &epochs));
	TRY(validator_list(t, &ill, 0, 1, &v, &n));
	*due_out = moving || n > 0 || version != seen->validators || epochs != seen->epochs ||
		   t->now_ms - seen->validators_ms >= ALL_MS || t->now_ms < seen->validators_ms;
	if (*due_out) {
		seen->validators = version;
		seen->epochs = epochs;
		seen->validators_ms = t->now_ms;
	}
	return OK;
}

/* ---- wallets ---- */

static bool paused_wallet(const struct pause *p, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(p[i].scope, "fleet") == 0 || strcmp(p[i].scope + 8, name) == 0)
			return true;
	return false;
}

static enum err figure(struct turn *t, struct things *w)
{
	struct pause *pauses;
	struct burn *burns;
	struct waiting *waits;
	size_t n_pauses, n_burns = 0, n_waits, b = 0, k = 0;

	TRY(pause_active(t, NULL, WAITING_MOST, &pauses, &n_pauses));
	TRY(burn_list(t, 0, w->n_wallets + AT_ONCE, &burns, &n_burns));
	TRY(waiting_oldest(t, WAITING_MOST, &waits, &n_waits));
	for (size_t i = 0; i < w->n_wallets; i++) {
		const struct wallet *x = &w->wallets[i];
		const struct profile *p = policy_profile(policy(), x->profile);
		struct wallet_figures *f = &w->figures[i];

		f->target = figure_ether(policy()->target);
		f->acts = policy()->engine && p && p->has_action && x->enabled &&
			  x->key_kind != KEY_WATCH_ONLY &&
			  !paused_wallet(pauses, n_pauses, x->name);
		f->per_hour = -1;
		while (b < n_burns && burns[b].wallet < x->id)
			b++;
		if (b < n_burns && burns[b].wallet == x->id)
			f->per_hour = burn_per_hour(&burns[b]);
		while (k < n_waits && waits[k].wallet < x->id)
			k++;
		if (k < n_waits && waits[k].wallet == x->id)
			f->waits_ms = waits[k].since_ms;
	}
	return OK;
}

static enum err read_wallets(struct turn *t, struct things *w)
{
	const struct wallet_filter fleet = { .states = 1u << WALLET_ACTIVE, .role = WALLET_FLEET };
	size_t room = 0, n = AT_ONCE;
	struct wallet *page;

	for (int64_t after = 0; n == AT_ONCE; after = n > 0 ? page[n - 1].id : after) {
		TRY(wallet_list(t, &fleet, after, AT_ONCE, &page, &n));
		for (size_t i = 0; i < n; i++) {
			w->wallets =
				turn_grow(t, w->wallets, w->n_wallets, &room, sizeof(*w->wallets));
			w->wallets[w->n_wallets++] = page[i];
		}
	}
	w->figures = turn_array(t, w->n_wallets + 1, sizeof(*w->figures));
	w->wallets_read = true;
	return figure(t, w);
}

static bool wallets_due(struct turn *t, struct rules_seen *seen, bool moving)
{
	uint64_t version = store_version(t->store, TOPIC_WALLET);
	int64_t age = t->now_ms - seen->wallets_ms;

	if (age >= 0 && age < WALLETS_LEAST_MS)
		return false;
	if (!moving && version == seen->wallets && age >= 0 && age < ALL_MS)
		return false;
	seen->wallets = version;
	seen->wallets_ms = t->now_ms;
	return true;
}

/* ---- all of it ---- */

enum err things_read(struct turn *t, struct rules_seen *seen, const struct rule *rules, size_t n,
		     const struct rule_state *states, size_t n_states, bool again,
		     struct things *out)
{
	bool moving_v = again, moving_w = again, due, wanted = false;

	*out = (struct things){ .now_ms = t->now_ms };
	for (size_t i = 0; i < n_states; i++) {
		moving_v = moving_v || rule_ref_kind(states[i].ref) == REF_VALIDATOR;
		moving_w = moving_w || rule_ref_kind(states[i].ref) == REF_WALLET;
	}
	for (size_t i = 0; i < n && !wanted; i++) {
		const struct signal_row *s = signal_of(rules[i].signal);

		wanted = s && s->from == SIGNAL_FROM_WALLET && rules[i].enabled;
	}
	if (again)
		seen->wallets_ms = 0;
	TRY(read_series(t, out));
	TRY(validators_due(t, seen, moving_v, &due));
	if (due)
		TRY(read_validators(t, out));
	if (wanted && wallets_due(t, seen, moving_w))
		TRY(read_wallets(t, out));
	return OK;
}

static struct rule_sample *next(struct turn *t, struct things *w, size_t place)
{
	if (w->n == w->room) {
		size_t room = w->room ? 2 * w->room : 256;
		struct rule_sample *s = turn_array(t, room, sizeof(*s));
		size_t *p = turn_array(t, room, sizeof(*p));

		if (w->n > 0) {
			memcpy(s, w->samples, w->n * sizeof(*s));
			memcpy(p, w->place, w->n * sizeof(*p));
		}
		w->samples = s;
		w->place = p;
		w->room = room;
	}
	w->place[w->n] = place;
	w->samples[w->n] =
		(struct rule_sample){ .at_ms = w->now_ms, .look = w->now_ms, .sources = 1 };
	return &w->samples[w->n++];
}

/* The mean over the rule's window, where it has one. */
static enum err value_of(struct turn *t, const struct rule *r, const struct series *s, double *out)
{
	struct sample_sum *m;
	double sum = 0;
	int64_t count = 0;
	size_t n;

	*out = s->value;
	if (r->window_ms == 0)
		return OK;
	int span = r->window_ms > 12 * INT64_C(3600000) ? SPAN_HOUR : SPAN_MINUTE;

	TRY(sample_sums(t, s->id, span, t->now_ms - r->window_ms, t->now_ms + 1, AT_ONCE, &m, &n));
	for (size_t i = 0; i < n; i++) {
		sum += m[i].sum;
		count += m[i].n;
	}
	if (count > 0)
		*out = sum / (double)count;
	return OK;
}

static enum err sample_series(struct turn *t, struct things *w, const struct rule *r)
{
	for (size_t i = 0; i < w->n_series; i++) {
		const struct series *s = &w->series[i];
		bool fresh = w->now_ms - s->at_ms <= SERIES_FRESH_MS;

		if (s->signal != r->signal ||
		    (r->scope == RULE_ENTITY && strcmp(r->scope_value, s->entity) != 0))
			continue;
		if (!fresh && r->no_data == NO_DATA_OK)
			continue;
		struct rule_sample *x = next(t, w, i);

		x->ref = rule_ref(REF_SERIES, s->id);
		x->told = fresh;
		x->at_ms = x->look = s->at_ms;
		if (strcmp(s->entity, "network") == 0)
			x->sources = w->voices;
		TRY(value_of(t, r, s, &x->value));
	}
	return OK;
}

bool rule_label_fits(const char *want, const char *label)
{
	size_t n = strlen(want);

	if (n > 0 && want[n - 1] == '*')
		return strncmp(want, label, n - 1) == 0;
	return strcmp(want, label) == 0;
}

/* Exits, and what was not there yet, raise no alarm about duties. */
static bool has_duties(const struct validator *v)
{
	return v->life == LIFE_UNTOLD || v->life == LIFE_ACTIVE || v->life == LIFE_EXITING;
}

static int64_t voices_of(const struct things *w, const struct validator *v)
{
	int64_t others = __builtin_popcount(v->evidence & ~(unsigned)EVIDENCE_CHAIN);

	return others + (v->evidence & EVIDENCE_CHAIN ? w->voices : 0);
}

static void sample_validators(struct turn *t, struct things *w, const struct rule *r)
{
	enum signal s = (enum signal)r->signal;

	for (size_t i = 0; i < w->n_validators; i++) {
		const struct validator *v = &w->validators[i];

		if ((signal_is_duty(s) && !has_duties(v)) ||
		    (r->scope == RULE_LABEL && !rule_label_fits(r->scope_value, v->label)) ||
		    (r->scope == RULE_ENTITY &&
		     strcmp(r->scope_value,
			    turn_printf(t, "validators/%s", pubkey_str(t, &v->pubkey))) != 0))
			continue;
		struct rule_sample *x = next(t, w, i);

		x->ref = rule_ref(REF_VALIDATOR, v->id);
		x->told = signal_of_validator(v, w->now_ms, s, &x->value);
		x->sources = r->min_sources > 1 ? voices_of(w, v) : 1;
		/* Duties are one measurement an epoch, however often we look. */
		x->look = v->judged_epoch + 1;
	}
}

/* What it has and uses up is asked only of one that acts: the money of the others is not running
 * out, it was taken out. */
static bool of_acting(enum signal s)
{
	return s == SIGNAL_WALLET_RUNWAY || s == SIGNAL_WALLET_FUNDS;
}

static void sample_wallets(struct turn *t, struct things *w, const struct rule *r)
{
	enum signal s = (enum signal)r->signal;

	for (size_t i = 0; i < w->n_wallets; i++) {
		const struct wallet *x = &w->wallets[i];

		if ((of_acting(s) && !w->figures[i].acts) ||
		    (s == SIGNAL_WALLET_RUNWAY && w->figures[i].per_hour < 0) ||
		    (r->scope == RULE_LABEL && !rule_label_fits(r->scope_value, x->profile)) ||
		    (r->scope == RULE_ENTITY &&
		     strcmp(r->scope_value, turn_printf(t, "wallets/%s", x->name)) != 0))
			continue;
		struct rule_sample *k = next(t, w, i);

		k->ref = rule_ref(REF_WALLET, x->id);
		k->told = signal_of_wallet(x, &w->figures[i], w->now_ms, s, &k->value);
	}
}

static void sample_stale(struct turn *t, struct things *w)
{
	for (size_t i = 0; i < w->n_stale; i++) {
		struct rule_sample *x = next(t, w, i);

		x->ref = w->stale[i].ref;
		x->told = true;
		x->value = w->stale[i].over;
	}
}

enum err things_sample(struct turn *t, struct things *w, const struct rule *r, bool *read_out)
{
	const struct signal_row *s = signal_of(r->signal);

	w->n = 0;
	*read_out = true;
	if (!s) /* of a version that knew more figures: nobody can tell, and nothing changes */
		return *read_out = false, OK;
	w->from = s->from;
	switch (s->from) {
	case SIGNAL_FROM_SERIES:
		return sample_series(t, w, r);
	case SIGNAL_FROM_VALIDATOR:
		*read_out = w->validators_read;
		if (w->validators_read)
			sample_validators(t, w, r);
		return OK;
	case SIGNAL_FROM_WALLET:
		*read_out = w->wallets_read;
		if (w->wallets_read)
			sample_wallets(t, w, r);
		return OK;
	case SIGNAL_FROM_RULES:
		sample_stale(t, w);
		return OK;
	}
	return OK;
}

const char *things_name(struct turn *t, const void *world, size_t sample)
{
	const struct things *w = world;
	size_t i = w->place[sample];

	switch (w->from) {
	case SIGNAL_FROM_SERIES:
		return w->series[i].entity;
	case SIGNAL_FROM_VALIDATOR:
		return turn_printf(t, "validators/%s", pubkey_str(t, &w->validators[i].pubkey));
	case SIGNAL_FROM_WALLET:
		return turn_printf(t, "wallets/%s", w->wallets[i].name);
	case SIGNAL_FROM_RULES:
		return w->stale[i].entity;
	}
	return "";
}

const char *things_label(const void *world, size_t sample)
{
	const struct things *w = world;
	size_t i = w->place[sample];

	switch (w->from) {
	case SIGNAL_FROM_VALIDATOR:
		return w->validators[i].label;
	case SIGNAL_FROM_WALLET:
		return w->wallets[i].profile;
	case SIGNAL_FROM_SERIES:
	case SIGNAL_FROM_RULES:
		return "";
	}
	return "";
}

/* ---- what cannot be told ---- */

static int by_ref(const void *a, const void *b)
{
	const struct stale_thing *x = a, *y = b;

	if (x->ref != y->ref)
		return x->ref < y->ref ? -1 : 1;
	return x->over > y->over ? -1 : x->over < y->over;
}

void things_stale(struct turn *t, struct things *w, const struct judged *j, size_t n)
{
	struct stale_thing *all = NULL;
	size_t room = 0, k = 0, kept = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t l = 0; l < j[i].n; l++) {
			const struct rule_state *s = &j[i].live[l].s;
			const struct signal_row *what = signal_of(j[i].rule->signal);
			int64_t over = w->now_ms - s->unknown_ms - j[i].rule->stale_ms;

			if (s->unknown_ms == 0 || over < 0)
				continue;
			all = turn_grow(t, all, k, &room, sizeof(*all));
			all[k++] = (struct stale_thing){
				.ref = s->ref,
				.entity =
					rule_ref_kind(s->ref) == REF_SERIES && what
						? turn_printf(t, "%s of %s", what->name, s->entity)
						: s->entity,
				.over = (double)over / 1000,
			};
		}
	if (k > 1)
		qsort(all, k, sizeof(*all), by_ref);
	for (size_t i = 0; i < k; i++)
		if (i == 0 || all[i].ref != all[kept - 1].ref)
			all[kept++] = all[i];
	w->stale = all;
	w->n_stale = kept;
}
