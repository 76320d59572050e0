#include "server/door/limits.h"

#include <string.h>

static const struct limit table[] = {
#define L(id, name, value, unit, what) { name, value, unit, what },
#include "server/door/limits.def"
#undef L
};

const struct limit *limits(size_t *n_out)
{
	*n_out = sizeof(table) / sizeof(table[0]);
	return table;
}

/* As people say it: 1 MiB, 15 s, 24 h. */
static void put_value(struct buf *b, const struct limit *l)
{
	static const struct {
		const char *unit;
		int64_t times;
		const char *name;
	} larger[] = {
		{ "bytes", 1 << 20, "MiB" },   { "bytes", 1 << 10, "KiB" },
		{ "ms", 60 * 60 * 1000, "h" }, { "ms", 60 * 1000, "min" },
		{ "ms", 1000, "s" },
	};

	for (size_t i = 0; i < sizeof(larger) / sizeof(larger[0]); i++)
		if (strcmp(l->unit, larger[i].unit) == 0 && l->value % larger[i].times == 0) {
			buf_printf(b, "%lld %s", (long long)(l->value / larger[i].times),
				   larger[i].name);
			return;
		}
	buf_printf(b, "%lld%s%s", (long long)l->value, *l->unit ? " " : "", l->unit);
}

void limits_reference(struct buf *out)
{
	buf_str(out, "# Limits\n\n"
		     "What the doors take. `GetServerInfo` tells the same to programs.\n\n"
		     "Made from `server/door/limits.def`; a test compares.\n\n"
		     "| limit | value | what |\n|---|---|---|\n");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		buf_printf(out, "| `%s` | ", table[i].name);
		put_value(out, &table[i]);
		buf_printf(out, " | %s |\n", table[i].what);
	}
}
