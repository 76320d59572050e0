#include "server/core/event_kinds.h"

#include <string.h>

#include "store/base/turn.h"

static const struct event_kind kinds[] = {
#define K(name, level, by_default, raises, clears, about, text)                                    \
	{ .kind = (name),                                                                          \
	  .severity = SEVERITY_##level,                                                            \
	  .told = (by_default),                                                                    \
	  .alarm = (raises),                                                                       \
	  .ends = (clears),                                                                        \
	  .subject = (about),                                                                      \
	  .help = (text) },
#include "server/core/event_kinds.def"
#undef K
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct event_kind *event_kinds(size_t *n_out)
{
	*n_out = KINDS;
	return kinds;
}

struct event_kind event_kind(const char *kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i];
	return (struct event_kind){
		.kind = kind, .severity = SEVERITY_INFO, .subject = "", .help = ""
	};
}

const char *severity_name(enum severity s)
{
	switch (s) {
	case SEVERITY_INFO:
		return "info";
	case SEVERITY_WARNING:
		return "warning";
	case SEVERITY_ERROR:
		return "error";
	case SEVERITY_CRITICAL:
		return "critical";
	}
	return "info";
}

static bool fits(const char *pattern, size_t n, const char *kind)
{
	if (n > 0 && pattern[n - 1] == '*')
		return strncmp(pattern, kind, n - 1) == 0;
	return strlen(kind) == n && strncmp(pattern, kind, n) == 0;
}

bool event_wanted(const char *patterns, const char *kind)
{
	if (!*patterns)
		return event_kind(kind).told;
	for (const char *p = patterns; *p;) {
		size_t n = strcspn(p, "\n");

		if (fits(p, n, kind))
			return true;
		p += n + (p[n] == '\n');
	}
	return false;
}

enum err event_pattern(struct turn *t, const char *said, const char **out)
{
	static const char prefix[] = EVENT_TYPE_PREFIX;
	size_t n, star;

	if (strncmp(said, prefix, sizeof(prefix) - 1) == 0)
		said += sizeof(prefix) - 1;
	n = strlen(said);
	star = strcspn(said, "*");
	*out = said;
	for (size_t i = 0; i < KINDS && n > 0 && (star == n || star == n - 1); i++)
		if (fits(said, n, kinds[i].kind))
			return OK;
	return fail(t, ERR_INVALID,
		    "event_types: there is no '%.60s'; write one of docs/reference/events.md, "
		    "\"breaker.*\" or \"*\"",
		    said);
}

void event_reference(struct buf *out)
{
	buf_str(out,
		"# Events\n\nGenerated from `server/core/event_kinds.def`; do not edit.\n\n"
		"What channels can be told of (`ghostctl notify`, docs/OPERATIONS.md). The type of "
		"a CloudEvent is `" EVENT_TYPE_PREFIX "` and the kind; its `data` is a\n"
		"`ghostfleet.v1.EventData` as JSON. A channel that names no types hears of those "
		"marked told.\n\n"
		"| kind | severity | told | subject | what it says |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < KINDS; i++)
		buf_printf(out, "| `%s` | %s | %s | %s | %s |\n", kinds[i].kind,
			   severity_name(kinds[i].severity), kinds[i].told ? "yes" : "",
			   kinds[i].subject, kinds[i].help);
}
