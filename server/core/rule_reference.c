/* docs/reference/rules.md. */
#include <string.h>

#include "server/core/rules.h"

static const char *severity(enum rule_severity s)
{
	static const char *const words[] = { "", "low", "medium", "high", "critical" };

	return words[s];
}

static void causes(struct buf *out, const char *lines)
{
	for (const char *p = lines; *p;) {
		size_t n = strcspn(p, "\n");

		buf_printf(out, "%s%.*s", p == lines ? "" : ", ", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

static void one(struct turn *t, struct buf *out, const struct rule_default *d)
{
	const struct rule *r = &d->rule;

	buf_printf(out, "\n## %s\n\n%s. `%s`: %s, %s%s.", r->id, r->title, rule_condition(t, r),
		   severity(r->severity), r->page ? "page" : "ticket",
		   r->never_suppress ? ", never held back" : "");
	if (*r->inhibited_by) {
		buf_str(out, " Muted by ");
		causes(out, r->inhibited_by);
		buf_str(out, ".");
	}
	buf_printf(out, "\n\n%s (%s)\n", d->advice, r->procedure);
}

void rules_reference(struct turn *t, struct buf *out)
{
	buf_str(out,
		"# Rules\n\n"
		"Made from `server/core/rule_defaults.def` and `server/core/signals.def`.\n\n"
		"What a new store begins with. `ghostctl rules set` makes a new version of a rule; "
		"it counts from the next look on, and the one before is kept "
		"(`ghostctl rules history`, `restore`). A default that a newer version of "
		"ghost-fleet changes is proposed, never applied by itself. `ghostctl rules test` "
		"says which incidents a rule, or what you would make of it, would have opened.\n\n"
		"Every rule finds one of three of each of its things: well, bad, or that nobody "
		"can tell, which changes nothing. What nobody can tell for longer than the rule's "
		"`stale` is DataStale. A ticket is an incident that pages nobody.\n");
	for (size_t i = 0; i < rule_defaults(); i++) {
		struct rule_default d = rule_default(i);

		one(t, out, &d);
	}
	buf_str(out, "\n# Figures\n\n| figure | unit | what it is |\n|---|---|---|\n");
	for (size_t i = 0; i < n_signal_rows; i++)
		buf_printf(out, "| `%s` | %s | %s |\n", signal_rows[i].name, signal_rows[i].unit,
			   signal_rows[i].meaning);
}
