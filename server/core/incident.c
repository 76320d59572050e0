/* From what rules see to incidents: dedup, worsening, flapping, clearing. */
#include "server/core/incident.h"

#include <assert.h>
#include <string.h>

#include "server/core/incident_clock.h"
#include "store/base/units.h"

static const int64_t MINUTE = 60000, HOUR = 3600000;

/* So many openings and closings of a key in an hour are flapping; then it is held open until it has
 * been quiet for so long, and told again so often at most. */
enum { FLAP_TURNS = 4, FLAP_QUIET_MINUTES = 15 };

enum incident_kind incident_kind_of(const char *rule)
{
	static const struct {
		const char *part;
		enum incident_kind kind;
	} parts[] = {
		{ "slash", KIND_SLASHING },        { "Slash", KIND_SLASHING },
		{ "compromise", KIND_COMPROMISE }, { "key-used-elsewhere", KIND_COMPROMISE },
		{ "isolated", KIND_PARTITION },    { "Isolated", KIND_PARTITION },
		{ "rpc-all-down", KIND_RPC_LOSS }, { "RpcAllDown", KIND_RPC_LOSS },
	};

	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
		if (strstr(rule, parts[k].part))
			return parts[k].kind;
	return KIND_PLAIN;
}

static int64_t nearer(int64_t pending, int64_t due)
{
	return pending > 0 && pending < due ? pending : due;
}

void incident_start_clocks(struct turn *t, struct incident *i)
{
	struct incident_clock c = incident_clock(i->severity, i->kind);

	i->ack_due_ms = nearer(i->ack_due_ms, t->now_ms + c.ack_ms);
	i->resolve_due_ms = nearer(i->resolve_due_ms, t->now_ms + c.resolve_ms);
	if (c.again_ms > 0)
		i->repeat_due_ms = nearer(i->repeat_due_ms, t->now_ms + c.again_ms);
}

/* ---- opening ---- */

static enum err check(struct turn *t, const struct trigger *g)
{
	size_t key = strnlen(g->key, INCIDENT_KEY_MAX + 1);

	if (key == 0 || key > INCIDENT_KEY_MAX)
		return fail(t, ERR_INVALID, "key: an incident's key has 1 to %d bytes",
			    INCIDENT_KEY_MAX);
	if (!*g->title || !*g->subject)
		return fail(t, ERR_INVALID, "title, subject: an incident has both");
	return OK;
}

/* What was of the key before: a recurrence names it, and what comes and goes too often flaps. */
static enum err look_back(struct turn *t, struct incident *i)
{
	struct incident last;
	int64_t turns;
	enum err e = incident_last_of(t, i->key, &last);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	i->recurrence_of = last.id;
	TRY(incident_turns(t, i->key, t->now_ms - HOUR, &turns));
	i->flapping = turns >= FLAP_TURNS;
	return OK;
}

static enum err open_it(struct turn *t, const struct trigger *g, struct incident *i)
{
	const char *earlier;

	*i = (struct incident){
		.key = g->key,
		.rule = g->rule,
		.kind = g->kind ? g->kind : incident_kind_of(g->rule),
		.subject = g->subject,
		.title = g->title,
		.text = g->text,
		.severity = g->severity,
		.worst = g->severity,
		.state = INCIDENT_TRIGGERED,
		.page = g->page,
		.never_suppress = g->never_suppress,
		.occurrences = 1,
		.since_ms = g->since_ms ? g->since_ms : t->now_ms,
		.opened_ms = t->now_ms,
		.seen_ms = t->now_ms,
		.ack_by = "",
		.resolved_by = "",
		.downtime_ms = -1,
		.missed = -1,
		.wallets = -1,
		.feedback_text = "",
	};
	TRY(look_back(t, i));
	incident_start_clocks(t, i);
	TRY(incident_add(t, i));
	TRY(incident_record(t, i, ROW_OPENED, "incident.opened",
			    turn_printf(t, "%s: %s%s%s", severity_word(i->severity), i->title,
					*i->text ? ": " : "", i->text)));
	TRY(incident_recall(t, i, &earlier));
	if (*earlier)
		TRY(incident_tell(t, i->id, ROW_RECALLED, earlier, NULL));
	if (i->flapping)
		TRY(incident_tell(t, i->id, ROW_FLAPPING,
				  "it comes and goes: held open until it is quiet", NULL));
	TRY(incident_notify(t, i, LEVEL_PRIMARY, PAGE_FIRST));
	return incident_save(t, i);
}

/* ---- again ---- */

/* One row a minute counts them. */
static enum err count_again(struct turn *t, struct incident *i)
{
	if (i->again_seq > 0 && t->now_ms - i->again_ms < MINUTE)
		return incident_count_row(t, i->id, i->again_seq);
	TRY(incident_tell(t, i->id, ROW_AGAIN, "triggered again", &i->again_seq));
	i->again_ms = t->now_ms;
	return OK;
}

/* Worse than any trigger before, or a page where it was a ticket. */
static enum err worsen(struct turn *t, const struct trigger *g, struct incident *i)
{
	bool first = !i->page;
	bool raised = g->severity > i->severity;

	if (g->severity > i->worst)
		i->worst = g->severity;
	i->page = i->page || g->page;
	if (raised) {
		const char *text = turn_printf(t, "%s, was %s", severity_word(g->severity),
					       severity_word(i->severity));

		i->severity = g->severity;
		TRY(incident_record(t, i, ROW_WORSENED, "incident.worsened", text));
	}
	i->state = INCIDENT_TRIGGERED;
	i->ack_by = "";
	i->lapse_due_ms = 0;
	incident_start_clocks(t, i);
	return incident_notify(t, i, LEVEL_PRIMARY, first ? PAGE_FIRST : PAGE_WORSENED);
}

/* It was quiet, held open, and is back. */
static enum err flap_back(struct turn *t, struct incident *i)
{
	i->clear_due_ms = 0;
	TRY(incident_tell(t, i->id, ROW_FLAPPING, "it is back", NULL));
	if (i->state == INCIDENT_TRIGGERED &&
	    t->now_ms - i->paged_ms >= FLAP_QUIET_MINUTES * MINUTE)
		return incident_notify(t, i, LEVEL_PRIMARY, PAGE_REPEAT);
	return OK;
}

static enum err again(struct turn *t, const struct trigger *g, struct incident *i)
{
	bool worse = g->severity > i->worst || (g->page && !i->page);
	bool back = i->clear_due_ms > 0;

	i->title = g->title;
	i->text = g->text;
	i->occurrences++;
	i->seen_ms = t->now_ms;
	TRY(count_again(t, i));
	if (!worse && !back && i->never_suppress >= g->never_suppress)
		return incident_seen(t, i);
	i->never_suppress = i->never_suppress || g->never_suppress;
	if (back)
		TRY(flap_back(t, i));
	if (worse)
		TRY(worsen(t, g, i));
	return incident_save(t, i);
}

enum err incident_trigger(struct turn *t, const struct trigger *g, struct incident *out,
			  bool *opened_out)
{
	assert(t->in_lane);
	TRY(check(t, g));
	enum err e = incident_open_of(t, g->key, out);

	*opened_out = e == ERR_MISSING;
	if (e == ERR_MISSING)
		return open_it(t, g, out);
	TRY(e);
	return again(t, g, out);
}

/* ---- clearing ---- */

/* What a person must look at, whatever the rules see. */
static bool waits_for_a_person(enum incident_kind k)
{
	return k == KIND_SLASHING || k == KIND_COMPROMISE;
}

enum err incident_clear(struct turn *t, const char *key, const char *text)
{
	struct incident i;
	bool applied;

	assert(t->in_lane);
	enum err e = incident_open_of(t, key, &i);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	if (!i.flapping && !waits_for_a_person(i.kind))
		return incident_resolve(t, i.id, t->actor, text, RESOLVED_AUTO, &i, &applied);
	if (i.clear_due_ms > 0)
		return OK;
	if (!i.flapping)
		return incident_tell(t, i.id, ROW_CLEARED,
				     turn_printf(t, "cleared, a person closes it: %s", text), NULL);
	i.clear_due_ms = t->now_ms + FLAP_QUIET_MINUTES * MINUTE;
	TRY(incident_tell(t, i.id, ROW_CLEARED,
			  turn_printf(t, "cleared, resolved if quiet for %s: %s",
				      duration_str(t, FLAP_QUIET_MINUTES * MINUTE), text),
			  NULL));
	return incident_save(t, &i);
}
