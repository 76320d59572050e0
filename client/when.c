#include "client/when.h"

#include "client/cli.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"

Google__Protobuf__Timestamp *when_stamp(struct turn *t, int64_t ms)
{
	Google__Protobuf__Timestamp *at = turn_alloc(t, sizeof(*at));

	google__protobuf__timestamp__init(at);
	at->seconds = ms / 1000;
	at->nanos = (int32_t)(ms % 1000) * 1000000;
	return at;
}

enum err when_read(struct turn *t, struct cli *c, enum opt_id id, Google__Protobuf__Timestamp **out)
{
	const char *said = c->args.opt[id];
	int64_t ms;

	if (!said)
		return OK;
	if (duration_parse(said, &ms))
		ms += t->now_ms;
	else if (!clock_parse(said, &ms))
		return usage(t, c, "--%s %s: write 8h (from now), or 2026-11-22T04:00:00Z",
			     option_table[id].name, said);
	*out = when_stamp(t, ms);
	return OK;
}

enum err when_past(struct turn *t, struct cli *c, enum opt_id id, Google__Protobuf__Timestamp **out)
{
	const char *said = c->args.opt[id];
	int64_t ms;

	if (!said)
		return OK;
	if (duration_parse(said, &ms))
		ms = t->now_ms - ms;
	else if (!clock_parse(said, &ms))
		return usage(t, c, "--%s %s: write 2h (ago), or 2026-11-22T04:00:00Z",
			     option_table[id].name, said);
	*out = when_stamp(t, ms);
	return OK;
}
