#include "server/core/validator.h"

#include <assert.h>
#include <string.h>

#include "store/audit.h"
#include "store/base/hex.h"
#include "store/events.h"

enum { HEX = 2 * sizeof(struct pubkey) };

const char *pubkey_str(struct turn *t, const struct pubkey *k)
{
	return hex_of(t, k->b, sizeof(k->b));
}

/* A key that is 32 bytes long is the runbook's mistake, made often enough to be told by name. */
enum err pubkey_of(struct turn *t, const char *field, const char *text, struct pubkey *out)
{
	uint8_t any[64];
	size_t n;

	if (hex_get(text, out->b, sizeof(out->b)))
		return OK;
	if (!hex_get_any(text, any, sizeof(any), &n))
		return fail(t, ERR_INVALID,
			    "%s: '%.100s' is no BLS public key: write 0x and 96 hex digits", field,
			    text);
	if (n == 32)
		return fail(t, ERR_INVALID,
			    "%s: this has 32 bytes; the public key of a validator has 48 (0x and "
			    "96 hex digits). 32 bytes are a hash or withdrawal credentials",
			    field);
	return fail(t, ERR_INVALID, "%s: this has %zu bytes; the public key of a validator has 48",
		    field, n);
}

static const char *subject(struct turn *t, const struct validator *v)
{
	return turn_printf(t, "validators/%s", pubkey_str(t, &v->pubkey));
}

enum err validators_add(struct turn *t, const struct validator_ask *asks, size_t n,
			struct validator *out, size_t *added_out)
{
	struct validator_counts have;
	size_t added = 0;

	assert(t->in_lane);
	if (n == 0 || n > VALIDATORS_A_CALL)
		return fail(t, ERR_INVALID, "validators: 1 to %d a call, this has %zu",
			    VALIDATORS_A_CALL, n);
	TRY(validator_count(t, &have));
	if (have.all + (int64_t)n > VALIDATORS_MOST)
		return fail_reason(t, REASON_LIMIT_REACHED,
				   "%lld validators are watched; %d are the most",
				   (long long)have.all, VALIDATORS_MOST);
	for (size_t i = 0; i < n; i++) {
		bool new;

		TRY(validator_add(t, &asks[i].pubkey, asks[i].label ? asks[i].label : "", &out[i],
				  &new));
		added += new;
	}
	*added_out = added;
	if (added == 0)
		return OK;
	TRY(audit_add(t, "validators.added", "validators",
		      turn_printf(t, "%zu, the first %s", added, pubkey_str(t, &asks[0].pubkey))));
	return event_add(t, TOPIC_VALIDATOR, "validators", "validators.added",
			 turn_printf(t, "%zu validators are watched from now on", added));
}

enum err validator_unwatch(struct turn *t, struct validator *v, int64_t version, const char *reason)
{
	if (v->removed_ms)
		return fail(t, ERR_REFUSED, "%s is not watched any more",
			    pubkey_str(t, &v->pubkey));
	TRY(validator_remove(t, v, version));
	TRY(audit_add(t, "validator.removed", subject(t, v), reason));
	TRY(event_add(t, TOPIC_VALIDATOR, subject(t, v), "validator.removed",
		      *reason ? reason : "no longer watched"));
	return validator_by_id(t, v->id, v);
}

/* A key has 96 digits, an index few, anything else is a label. */
enum err validator_named(struct turn *t, const char *name, struct validator *out)
{
	struct pubkey key;
	size_t n = strlen(name);

	if (n >= HEX && n <= HEX + 2) {
		TRY(pubkey_of(t, "name", name, &key));
		return validator_by_key(t, &key, out);
	}
	if (n == 66 && strncmp(name, "0x", 2) == 0)
		return pubkey_of(t, "name", name, &key);
	if (n > 0 && n <= 15 && strspn(name, "0123456789") == n) {
		int64_t place = 0;

		for (const char *s = name; *s; s++)
			place = place * 10 + (*s - '0');
		return validator_by_place(t, place, out);
	}
	return validator_by_label(t, name, out);
}

/* ---- what is told ---- */

enum validator_status status_of(const char *word)
{
	for (int s = STATUS_PENDING_INITIALIZED; s <= STATUS_WITHDRAWAL_DONE; s++)
		if (strcmp(validator_status_name((enum validator_status)s), word) == 0)
			return (enum validator_status)s;
	return STATUS_UNTOLD;
}

enum validator_life life_of(enum validator_status status, bool slashed)
{
	if (slashed)
		return LIFE_SLASHED;
	switch (status) {
	case STATUS_UNTOLD:
		return LIFE_UNTOLD;
	case STATUS_PENDING_INITIALIZED:
	case STATUS_PENDING_QUEUED:
		return LIFE_PENDING;
	case STATUS_ACTIVE_ONGOING:
		return LIFE_ACTIVE;
	case STATUS_ACTIVE_EXITING:
		return LIFE_EXITING;
	case STATUS_ACTIVE_SLASHED:
	case STATUS_EXITED_SLASHED:
		return LIFE_SLASHED;
	case STATUS_EXITED_UNSLASHED:
	case STATUS_WITHDRAWAL_POSSIBLE:
	case STATUS_WITHDRAWAL_DONE:
		return LIFE_EXITED;
	}
	return LIFE_UNTOLD;
}

bool validator_on_duty(const struct validator *v, int64_t epoch)
{
	return (v->life == LIFE_ACTIVE || v->life == LIFE_EXITING || v->life == LIFE_EXITED) &&
	       v->activation >= 0 && v->activation <= epoch && (v->exit < 0 || epoch < v->exit);
}

static uint64_t shifted(uint64_t bits, int64_t by)
{
	return by >= 64 ? 0 : bits << by;
}

void validator_epoch(struct validator *v, int64_t epoch, enum live_verdict verdict)
{
	bool known = verdict == LIVE_YES || verdict == LIVE_NO;

	if (verdict == LIVE_YES && epoch > v->live_epoch)
		v->live_epoch = epoch;
	if (epoch <= v->judged_epoch)
		return;
	if (known) {
		int64_t by = v->judged_epoch < 0 ? 64 : epoch - v->judged_epoch;

		v->missed_bits = shifted(v->missed_bits, by) | (verdict == LIVE_NO);
		v->known_bits = shifted(v->known_bits, by) | 1;
		v->missed_row = verdict == LIVE_NO ? v->missed_row + 1 : 0;
		v->judged_epoch = epoch;
	}
}

/* ---- health ---- */

struct opinion {
	enum validator_health health;
	int64_t since_ms;
	unsigned evidence;
	const char *text;
};

/* How many finished epochs nobody told anything of. One is the grace in which it is being asked. */
enum { UNTOLD_GRACE = 2 };

/* The first epoch of the present row of misses; silence in between does not end a row. */
static int64_t first_missed(const struct validator *v)
{
	int64_t back = 0;

	if (v->missed_row > 64)
		return v->judged_epoch - v->missed_row + 1;
	for (int i = 0; i < 64; i++) {
		if (v->missed_bits >> i & 1)
			back = i;
		else if (v->known_bits >> i & 1)
			break;
	}
	return v->judged_epoch - back;
}

static struct opinion by_chain(struct turn *t, const struct validator *v, const struct judging *j)
{
	int64_t now = beacon_epoch_at(&j->chain, j->now_ms);
	struct opinion o = { .evidence = EVIDENCE_CHAIN,
			     .since_ms = beacon_epoch_ms(&j->chain, first_missed(v)) };

	if (v->live_epoch >= now - 1 && v->live_epoch >= v->judged_epoch) {
		o.health = VALIDATOR_UP;
		o.since_ms = beacon_epoch_ms(&j->chain, v->live_epoch);
		o.text = turn_printf(t, "attested in epoch %lld", (long long)v->live_epoch);
		return o;
	}
	if (v->judged_epoch < 0 || now - 1 - v->judged_epoch >= UNTOLD_GRACE) {
		o.health = VALIDATOR_UNKNOWN;
		o.since_ms = j->now_ms;
		o.evidence = 0;
		o.text = v->judged_epoch < 0
				 ? "no Beacon node has told yet whether it attests"
				 : turn_printf(
					   t, "nothing that counts was told of it since epoch %lld",
					   (long long)v->judged_epoch);
		return o;
	}
	if (v->missed_row == 0) {
		o.health = VALIDATOR_UP;
		o.since_ms = j->now_ms;
		o.text = turn_printf(t, "attested in epoch %lld", (long long)v->judged_epoch);
		return o;
	}
	o.health = v->missed_row >= j->down_after ? VALIDATOR_DOWN : VALIDATOR_DEGRADED;
	o.text = v->missed_row == 1
			 ? turn_printf(t, "missed epoch %lld", (long long)v->judged_epoch)
			 : turn_printf(t, "missed %lld epochs in a row, the last %lld",
				       (long long)v->missed_row, (long long)v->judged_epoch);
	return o;
}

/* The client's word beside the chain's. */
static struct opinion with_client(struct turn *t, const struct validator *v,
				  const struct judging *j, struct opinion o)
{
	int64_t live_ms = beacon_epoch_ms(&j->chain, v->live_epoch);

	switch (j->client_lists && !v->listed ? CLIENT_NOT_ASKED : j->client) {
	case CLIENT_NOT_ASKED:
	case CLIENT_UNTOLD:
		return o;
	case CLIENT_RUNS:
		if (o.health != VALIDATOR_DOWN)
			return o;
		o.health = VALIDATOR_ISOLATED;
		o.evidence |= j->client_evidence;
		o.text = turn_printf(t, "its client runs, but the chain does not see it: %s",
				     o.text);
		return o;
	case CLIENT_GONE:
		/* Seen in an epoch that began after the client was gone: it runs somewhere. */
		if (v->live_epoch >= 0 && live_ms >= j->client_since_ms)
			return o;
		o.health = VALIDATOR_DOWN;
		if (!(o.evidence & EVIDENCE_CHAIN) || j->client_since_ms < o.since_ms ||
		    v->missed_row == 0)
			o.since_ms = j->client_since_ms;
		o.evidence |= j->client_evidence;
		o.text = turn_printf(t, "its client does not run%s",
				     v->missed_row ? ", and the chain does not see it" : "");
		return o;
	}
	return o;
}

static struct opinion opinion_of(struct turn *t, const struct validator *v, const struct judging *j)
{
	int64_t now = beacon_epoch_at(&j->chain, j->now_ms);
	struct opinion idle = { VALIDATOR_IDLE, j->now_ms, EVIDENCE_CHAIN, "" };

	switch (v->life) {
	case LIFE_UNTOLD:
		return (struct opinion){ VALIDATOR_UNKNOWN, j->now_ms, 0,
					 "no Beacon node has told of it yet" };
	case LIFE_ABSENT:
		idle.text = "the chain does not know the key: no deposit was seen";
		return idle;
	case LIFE_PENDING:
		idle.text = "waits for its activation";
		return idle;
	case LIFE_EXITED:
		idle.text = "has left";
		return idle;
	case LIFE_SLASHED:
		idle.text = "was slashed: its attestations do not count any more";
		return idle;
	case LIFE_ACTIVE:
	case LIFE_EXITING:
		break;
	}
	if (!validator_on_duty(v, now) || !validator_on_duty(v, now - 1)) {
		idle.text = "has no duties in this epoch";
		return idle;
	}
	return with_client(t, v, j, by_chain(t, v, j));
}

void validator_judge(struct turn *t, struct validator *v, const struct judging *j)
{
	struct opinion o = opinion_of(t, v, j);

	/* The same health goes on; one that turns out worse began with the first miss. */
	if (o.health != v->health)
		v->since_ms = o.since_ms < j->now_ms ? o.since_ms : j->now_ms;
	v->health = o.health;
	v->evidence = o.evidence;
	v->text = o.text;
}
