#include "store/beacon.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

static const char *const state_names[] = {
	"", "untried", "ok", "warming", "lagging", "away", "disabled",
};

const char *source_state_name(enum source_state s)
{
	return state_names[s];
}

static void read_source(struct turn *t, struct row *r, void *item)
{
	struct beacon_source *s = item;

	(void)t;
	s->name = get_text(r);
	s->url = get_text(r);
	s->place = get_i64(r);
	s->state = (enum source_state)get_i64(r);
	s->good_ms = get_i64(r);
	s->head_slot = get_i64(r);
	s->behind = get_i64(r);
	s->peers = get_i64(r);
	s->latency_ms = get_i64(r);
	s->errors_ppm = get_i64(r);
	s->seen_ms = get_i64(r);
	s->outvoted = get_i64(r);
	s->text = get_text(r);
	s->client = get_text(r);
}

enum err source_list(struct turn *t, struct beacon_source **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SOURCE_LIST);
	struct rows all;

	bind_i64(r, SOURCES_MOST * 2);
	TRY(db_all(r, sizeof(**out), read_source, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err source_put(struct turn *t, const struct beacon_source *s)
{
	struct row *r = db_query(t, Q_SOURCE_PUT);

	bind_text(r, s->name);
	bind_text(r, s->url);
	bind_i64(r, s->place);
	bind_i64(r, s->state);
	bind_i64(r, s->good_ms);
	bind_i64(r, s->head_slot);
	bind_i64(r, s->behind);
	bind_i64(r, s->peers);
	bind_i64(r, s->latency_ms);
	bind_i64(r, s->errors_ppm);
	bind_i64(r, s->seen_ms);
	bind_i64(r, s->outvoted);
	bind_text(r, cut(t, s->text, 400));
	bind_text(r, cut(t, s->client, 200));
	lane_touch(t, TOPIC_VALIDATOR);
	return db_exec(r, NULL);
}

enum err source_remove(struct turn *t, const char *name)
{
	struct row *r = db_query(t, Q_SOURCE_REMOVE);

	bind_text(r, name);
	lane_touch(t, TOPIC_VALIDATOR);
	return db_exec(r, NULL);
}

enum err beacon_get(struct turn *t, struct beacon *out)
{
	struct row *r = db_query(t, Q_BEACON_GET);

	*out = (struct beacon){ .participation = -1 };
	TRY(db_one(r));
	out->genesis_ms = get_i64(r);
	out->genesis_root = get_hash(r);
	out->slot_ms = get_i64(r);
	out->slots = get_i64(r);
	out->network = get_text(r);
	out->head_slot = get_i64(r);
	out->finalized = get_i64(r);
	out->participation = get_i64(r);
	out->participation_epoch = get_i64(r);
	out->participation_source = get_text(r);
	out->states_epoch = get_i64(r);
	out->live_epoch = get_i64(r);
	out->duties_epoch = get_i64(r);
	out->rewards_epoch = get_i64(r);
	out->seen_ms = get_i64(r);
	return OK;
}

enum err beacon_set(struct turn *t, const struct beacon *b)
{
	struct row *r = db_query(t, Q_BEACON_SET);

	bind_i64(r, b->genesis_ms);
	bind_hash(r, &b->genesis_root);
	bind_i64(r, b->slot_ms);
	bind_i64(r, b->slots);
	bind_text(r, cut(t, b->network, 40));
	bind_i64(r, b->head_slot);
	bind_i64(r, b->finalized);
	bind_i64(r, b->participation);
	bind_i64(r, b->participation_epoch);
	bind_text(r, b->participation_source);
	bind_i64(r, b->states_epoch);
	bind_i64(r, b->live_epoch);
	bind_i64(r, b->duties_epoch);
	bind_i64(r, b->rewards_epoch);
	bind_i64(r, b->seen_ms);
	return db_exec(r, NULL);
}

int64_t beacon_slot_at(const struct beacon *b, int64_t ms)
{
	return ms < b->genesis_ms ? -1 : (ms - b->genesis_ms) / b->slot_ms;
}

int64_t beacon_epoch_at(const struct beacon *b, int64_t ms)
{
	return ms < b->genesis_ms ? -1 : beacon_slot_at(b, ms) / b->slots;
}

int64_t beacon_slot_ms(const struct beacon *b, int64_t slot)
{
	return b->genesis_ms + slot * b->slot_ms;
}

int64_t beacon_epoch_ms(const struct beacon *b, int64_t epoch)
{
	return beacon_slot_ms(b, epoch * b->slots);
}

/* ---- proposals ---- */

static void read_proposal(struct turn *t, struct row *r, void *item)
{
	struct proposal *p = item;

	(void)t;
	p->slot = get_i64(r);
	p->validator = get_i64(r);
	p->state = (enum proposal_state)get_i64(r);
	p->reason = get_i64(r);
	p->at_ms = get_i64(r);
	p->text = get_text(r);
}

enum err proposal_add(struct turn *t, int64_t slot, int64_t validator, int64_t at_ms)
{
	struct row *r = db_query(t, Q_PROPOSAL_ADD);

	bind_i64(r, slot);
	bind_i64(r, validator);
	bind_i64(r, at_ms);
	return db_exec(r, NULL);
}

enum err proposal_end(struct turn *t, const struct proposal *p)
{
	struct row *r = db_query(t, Q_PROPOSAL_SET);

	bind_i64(r, p->state);
	bind_i64(r, p->reason);
	bind_text(r, cut(t, p->text, 400));
	bind_i64(r, p->slot);
	return db_exec(r, NULL);
}

static enum err proposals_of(struct row *r, struct proposal **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_proposal, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err proposal_due(struct turn *t, int64_t slot, size_t limit, struct proposal **out,
		      size_t *n_out)
{
	struct row *r = db_query(t, Q_PROPOSAL_DUE);

	bind_i64(r, slot);
	bind_u64(r, limit);
	return proposals_of(r, out, n_out);
}

enum err proposal_count(struct turn *t, int64_t validator, int64_t from_ms, int64_t to_ms,
			int64_t out[PROPOSAL_UNKNOWN + 1])
{
	struct row *r = db_query(t, Q_PROPOSAL_COUNT);
	enum err e;

	for (int i = 0; i <= PROPOSAL_UNKNOWN; i++)
		out[i] = 0;
	bind_i64(r, validator);
	bind_i64(r, from_ms);
	bind_i64(r, to_ms);
	while ((e = db_next(r)) == OK) {
		int64_t state = get_i64(r);

		out[state] = get_i64(r);
	}
	return e == ERR_MISSING ? OK : e;
}

enum err proposal_list(struct turn *t, int64_t validator, int64_t from_ms, size_t limit,
		       struct proposal **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_PROPOSAL_LIST);

	bind_i64(r, validator);
	bind_i64(r, from_ms);
	bind_u64(r, limit);
	return proposals_of(r, out, n_out);
}
