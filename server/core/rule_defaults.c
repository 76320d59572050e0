/* The rules that a store begins with, and what becomes of a default that is another one now. */
#include <string.h>

#include "server/core/rules.h"
#include "server/eth/keccak.h"
#include "store/base/buf.h"
#include "store/events.h"

#define S(seconds) ((seconds)*INT64_C(1000))
enum { PAGE = 1, TICKET = 0, ROW_MAX = 4000, STALE_MS = 300000 };

static const struct rule_default rows[] = {
#define R(name, what, cmp, limit, wait, how_bad, how, proc, said, help, ...)                       \
	{ .advice = (help),                                                                        \
	  .rule = { .id = (name),                                                                  \
		    .signal = SIGNAL_##what,                                                       \
		    .op = RULE_##cmp,                                                              \
		    .threshold = (limit),                                                          \
		    .for_ms = S(wait),                                                             \
		    .severity = RULE_##how_bad,                                                    \
		    .page = (how),                                                                 \
		    .procedure = (proc),                                                           \
		    .title = (said),                                                               \
		    __VA_ARGS__ } },
#include "server/core/rule_defaults.def"
#undef R
};

size_t rule_defaults(void)
{
	return sizeof(rows) / sizeof(rows[0]);
}

struct rule_default rule_default(size_t i)
{
	struct rule_default d = rows[i];
	struct rule *r = &d.rule;

	r->hits = r->hits ? r->hits : 1;
	r->looks = r->looks ? r->looks : 1;
	r->scope = RULE_ALL;
	r->scope_value = "";
	r->group = r->group ? r->group : GROUP_ALL;
	r->min_affected = r->min_affected ? r->min_affected : 1;
	r->min_sources = r->min_sources ? r->min_sources : 1;
	r->stale_ms = r->stale_ms ? r->stale_ms : STALE_MS;
	r->no_data = r->no_data ? r->no_data : NO_DATA_UNKNOWN;
	r->inhibited_by = r->inhibited_by ? r->inhibited_by : "";
	r->enabled = true;
	r->author = "default";
	r->comment = "";
	return d;
}

const char *rule_said(struct turn *t, const struct rule *r)
{
	struct buf b = buf_in(t->mem, ROW_MAX);

	buf_printf(&b, "%s\n%lld %d %.17g %lld %lld %lld/%lld %lld\n%d %s\n%d %d %d\n", r->title,
		   (long long)r->signal, r->op, r->threshold, (long long)r->for_ms,
		   (long long)r->keep_ms, (long long)r->hits, (long long)r->looks,
		   (long long)r->window_ms, r->scope, r->scope_value, r->group, r->severity,
		   r->page);
	buf_printf(&b, "%lld %.17g %lld %lld %lld %d %d %d\n%s\n%s", (long long)r->min_affected,
		   r->share, (long long)r->min_sources, (long long)r->warm_up_ms,
		   (long long)r->stale_ms, r->no_data, r->never_suppress, r->enabled,
		   r->inhibited_by, r->procedure);
	return buf_text(&b);
}

static struct eth_hash hash_of(struct turn *t, const struct rule *r)
{
	const char *said = rule_said(t, r);
	struct eth_hash out;

	keccak256(said, strlen(said), &out);
	return out;
}

/* A default of before that nobody changed, or somebody did: either way it is theirs to take. */
static enum err propose(struct turn *t, struct rule *have, const struct rule *now,
			const struct eth_hash *hash)
{
	struct rule next = *now;

	TRY(rule_set_shipped(t, have->no, hash));
	if (strcmp(rule_said(t, have), rule_said(t, now)) == 0)
		return OK;
	next.no = have->no;
	next.current = have->current;
	next.newest = have->newest;
	next.comment = "the default of a newer version of ghost-fleet";
	TRY(rule_next(t, &next, true));
	return event_add(t, TOPIC_FLEET, rule_subject(t, now->id), "rule.proposed",
			 turn_printf(t,
				     "%s: version %lld is the new default; it counts once "
				     "somebody takes it",
				     rule_condition(t, now), (long long)next.version));
}

static enum err ship_one(struct turn *t, struct rule r)
{
	struct eth_hash now = hash_of(t, &r), before;
	struct rule have;
	enum err e = rule_get(t, r.id, 0, &have);

	if (e == ERR_MISSING)
		return rule_add(t, &r, &now);
	if (e != OK)
		return e;
	TRY(rule_shipped(t, have.no, &before));
	if (memcmp(before.b, now.b, sizeof(now.b)) == 0)
		return OK;
	return propose(t, &have, &r, &now);
}

enum err rules_ship(struct turn *t)
{
	for (size_t i = 0; i < rule_defaults(); i++)
		TRY(ship_one(t, rule_default(i).rule));
	return OK;
}
