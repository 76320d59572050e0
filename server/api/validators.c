/* ghostfleet.v1.ValidatorService */
#include "ghostfleet/v1/validator.pb-c.h"

#include "server/api/control.h"
#include "server/api/convert.h"
#include "server/api/performance.h"
#include "server/api/rows.h"
#include "server/core/beacon.h"
#include "server/core/validator.h"

enum { PAGE = 100, PAGE_MOST = 1000, SPELLS = 20 };

static Ghostfleet__V1__ValidatorEvidence *msg_evidence(struct turn *t, unsigned bits, size_t *n_out)
{
	Ghostfleet__V1__ValidatorEvidence *e = turn_array(t, 8, sizeof(*e));

	*n_out = 0;
	for (unsigned i = 1; i < 8; i++)
		if (bits >> i & 1)
			e[(*n_out)++] = (Ghostfleet__V1__ValidatorEvidence)i;
	return e;
}

static Ghostfleet__V1__Validator *msg_validator(struct turn *t, const struct validator *v)
{
	Ghostfleet__V1__Validator *m = msg_new(t, &ghostfleet__v1__validator__descriptor);
	const char *key = pubkey_str(t, &v->pubkey);

	m->name = turn_printf(t, "validators/%s", key);
	m->pubkey = msg_text(t, key);
	m->label = msg_text(t, v->label);
	m->life = (Ghostfleet__V1__ValidatorLife)v->life;
	m->status = msg_text(t, validator_status_name(v->status));
	m->health = (Ghostfleet__V1__ValidatorHealth)v->health;
	m->health_time = msg_time(t, v->since_ms);
	m->evidence = msg_evidence(t, v->evidence, &m->n_evidence);
	m->text = msg_text(t, v->text);
	m->balance_gwei = v->balance;
	m->effective_balance_gwei = v->effective;
	m->balance_change_gwei = v->change;
	m->slashed = v->slashed;
#define EPOCH(field, value, upper)                                                                 \
	if ((value) >= 0) {                                                                        \
		m->_##field##_case = GHOSTFLEET__V1__VALIDATOR___##upper##_##upper;                \
		m->field = (value);                                                                \
	}
	EPOCH(index, v->place, INDEX)
	EPOCH(activation_epoch, v->activation, ACTIVATION_EPOCH)
	EPOCH(exit_epoch, v->exit, EXIT_EPOCH)
	EPOCH(withdrawable_epoch, v->withdrawable, WITHDRAWABLE_EPOCH)
	EPOCH(live_epoch, v->live_epoch, LIVE_EPOCH)
	EPOCH(judged_epoch, v->judged_epoch, JUDGED_EPOCH)
#undef EPOCH
	m->missed_in_a_row = (int32_t)v->missed_row;
	m->missed_recently = __builtin_popcountll(v->missed_bits);
	m->known_recently = __builtin_popcountll(v->known_bits);
	m->declining_epochs = (int32_t)v->declines;
	m->observe_time = msg_time(t, v->heard_ms);
	m->create_time = msg_time(t, v->created_ms);
	m->removed = v->removed_ms != 0;
	m->etag = turn_printf(t, "%lld", (long long)v->version);
	return m;
}

static enum err list_validators(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListValidatorsRequest *in = vin;
	Ghostfleet__V1__ListValidatorsResponse *out = vout;
	struct validator_filter f = { .removed = in->show_removed };
	struct validator *v;
	size_t limit, n;
	int64_t after;

	TRY(page_of(t, in->page_size, in->page_token, PAGE, PAGE_MOST, &limit, &after));
	TRY(bits_of(t, "healths", in->healths, in->n_healths, VALIDATOR_IDLE, &f.healths));
	TRY(bits_of(t, "lives", in->lives, in->n_lives, LIFE_SLASHED, &f.lives));
	TRY(validator_list(t, &f, after, limit, &v, &n));
	out->validators = turn_array(t, n + 1, sizeof(*out->validators));
	for (size_t i = 0; i < n; i++)
		out->validators[out->n_validators++] = msg_validator(t, &v[i]);
	if (n == limit && n > 0)
		out->next_page_token = page_next(t, v[n - 1].id);
	return OK;
}

static enum err named(struct turn *t, const char *said, struct validator *out)
{
	const char *name;

	TRY(name_of(t, "name", "validators", said, &name));
	return validator_named(t, name, out);
}

static enum err get_validator(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetValidatorRequest *in = vin;
	Ghostfleet__V1__GetValidatorResponse *out = vout;
	struct validator v;
	struct spell *s;
	size_t n;

	TRY(named(t, in->name, &v));
	TRY(spell_last(t, v.id, SPELLS, &s, &n));
	out->validator = msg_validator(t, &v);
	out->spells = turn_array(t, n + 1, sizeof(*out->spells));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__ValidatorSpell *m =
			msg_new(t, &ghostfleet__v1__validator_spell__descriptor);

		m->health = (Ghostfleet__V1__ValidatorHealth)s[i].health;
		m->start_time = msg_time(t, s[i].from_ms);
		m->end_time = msg_time(t, s[i].to_ms);
		m->evidence = msg_evidence(t, s[i].evidence, &m->n_evidence);
		m->text = msg_text(t, s[i].text);
		out->spells[out->n_spells++] = m;
	}
	return OK;
}

static enum err add_validators(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__AddValidatorsRequest *in = vin;
	Ghostfleet__V1__AddValidatorsResponse *out = vout;
	struct validator_ask *asks = turn_array(t, in->n_validators + 1, sizeof(*asks));
	struct validator *v = turn_array(t, in->n_validators + 1, sizeof(*v));
	size_t added;

	for (size_t i = 0; i < in->n_validators; i++) {
		const Ghostfleet__V1__NewValidator *m = in->validators[i];

		TRY(pubkey_of(t, turn_printf(t, "validators[%zu].pubkey", i), m->pubkey,
			      &asks[i].pubkey));
		asks[i].label = m->label;
	}
	TRY(validators_add(t, asks, in->n_validators, v, &added));
	out->added = (int32_t)added;
	out->validators = turn_array(t, in->n_validators + 1, sizeof(*out->validators));
	for (size_t i = 0; i < in->n_validators; i++)
		out->validators[out->n_validators++] = msg_validator(t, &v[i]);
	return OK;
}

static enum err remove_validator(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__RemoveValidatorRequest *in = vin;
	Ghostfleet__V1__RemoveValidatorResponse *out = vout;
	struct validator v;
	int64_t version = 0;

	TRY(named(t, in->name, &v));
	if (*in->etag)
		TRY(id_of(t, "etag", "etag", in->etag, &version));
	TRY(validator_unwatch(t, &v, version, in->reason));
	out->validator = msg_validator(t, &v);
	return OK;
}

/* ---- the nodes ---- */

static Ghostfleet__V1__BeaconSource *msg_source(struct turn *t, const struct beacon_source *s)
{
	Ghostfleet__V1__BeaconSource *m = msg_new(t, &ghostfleet__v1__beacon_source__descriptor);

	m->name = turn_printf(t, "beacons/%s", s->name);
	m->url = msg_text(t, s->url);
	m->state = (Ghostfleet__V1__BeaconSourceState)s->state;
	m->good_time = msg_time(t, s->good_ms);
	m->head_slot = s->head_slot;
	m->behind_slots = s->behind;
	if (s->peers >= 0) {
		m->_peers_case = GHOSTFLEET__V1__BEACON_SOURCE___PEERS_PEERS;
		m->peers = (int32_t)s->peers;
	}
	m->latency_ms = (int32_t)s->latency_ms;
	m->error_rate = (double)s->errors_ppm / 1e6;
	m->observe_time = msg_time(t, s->seen_ms);
	m->text = msg_text(t, s->text);
	m->client_version = msg_text(t, s->client);
	m->outvoted = (int32_t)s->outvoted;
	return m;
}

static void fill_chain(struct turn *t, const struct beacon *b,
		       Ghostfleet__V1__GetBeaconStatusResponse *out)
{
	out->genesis_time = msg_time(t, b->genesis_ms);
	out->slot_duration = msg_duration(t, b->slot_ms);
	out->slots_per_epoch = (int32_t)b->slots;
	out->network = msg_text(t, b->network);
	out->current_slot = beacon_slot_at(b, t->now_ms);
	out->current_epoch = beacon_epoch_at(b, t->now_ms);
	out->head_slot = b->head_slot;
	if (b->finalized >= 0) {
		out->_finalized_epoch_case =
			GHOSTFLEET__V1__GET_BEACON_STATUS_RESPONSE___FINALIZED_EPOCH_FINALIZED_EPOCH;
		out->finalized_epoch = b->finalized;
	}
	if (b->participation >= 0) {
		out->_participation_percent_case =
			GHOSTFLEET__V1__GET_BEACON_STATUS_RESPONSE___PARTICIPATION_PERCENT_PARTICIPATION_PERCENT;
		out->participation_percent = (double)b->participation / 1e4;
		out->participation_epoch = b->participation_epoch;
		out->participation_source = msg_text(t, b->participation_source);
	}
	out->observe_time = msg_time(t, b->seen_ms);
}

static enum err get_beacon_status(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__GetBeaconStatusResponse *out = vout;
	struct validator_counts have;
	struct beacon_source *s;
	struct beacon b;
	const char **problems;
	size_t n;

	(void)in;
	TRY(source_list(t, &s, &n));
	out->sources = turn_array(t, n + 1, sizeof(*out->sources));
	for (size_t i = 0; i < n; i++)
		out->sources[out->n_sources++] = msg_source(t, &s[i]);
	TRY(validator_count(t, &have));
	out->counts = turn_array(t, VALIDATOR_HEALTHS, sizeof(*out->counts));
	for (int h = VALIDATOR_UP; h < VALIDATOR_HEALTHS; h++) {
		Ghostfleet__V1__ValidatorCount *m =
			msg_new(t, &ghostfleet__v1__validator_count__descriptor);

		m->health = (Ghostfleet__V1__ValidatorHealth)h;
		m->count = (int32_t)have.health[h];
		out->counts[out->n_counts++] = m;
	}
	enum err e = beacon_get(t, &b);

	if (e == OK)
		fill_chain(t, &b, out);
	else if (e != ERR_MISSING)
		return e;
	TRY(beacon_problems(t, s, n, e == OK ? &b : NULL, &have, &problems, &n));
	out->problems = turn_array(t, n + 1, sizeof(*out->problems));
	for (size_t i = 0; i < n; i++)
		out->problems[out->n_problems++] = msg_text(t, problems[i]);
	return OK;
}

#define S "ghostfleet.v1.ValidatorService"
const struct method validator_rows[] = {
	{ S, "ListValidators", METHOD_READ, ANY_READER, 0, 0, list_validators, NULL },
	{ S, "GetValidator", METHOD_READ, ANY_READER, 0, 0, get_validator, NULL },
	{ S, "AddValidators", METHOD_WRITE, ROLE_OPERATOR, 0, 0, add_validators, NULL },
	{ S, "RemoveValidator", METHOD_WRITE, ROLE_OPERATOR, 0, 0, remove_validator, NULL },
	{ S, "GetPerformance", METHOD_SLOW, ANY_READER, 0, 0, get_performance, NULL },
	{ S, "ListSlaEntries", METHOD_SLOW, ANY_READER, 0, 0, list_sla_entries, NULL },
	{ S, "GetBeaconStatus", METHOD_READ, ANY_READER, 0, 0, get_beacon_status, NULL },
	{ S, "StartValidator", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT, 0, start_validator,
	  NULL },
	{ S, "StopValidator", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT, 0, stop_validator, NULL },
	{ S, "RestartValidator", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT, 0, restart_validator,
	  NULL },
};
const size_t n_validator_rows = sizeof(validator_rows) / sizeof(validator_rows[0]);
