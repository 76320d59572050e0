/* Every page that is made from a table, held against its file. */
#include "server/config.h"
#include "server/core/event_kinds.h"
#include "server/core/rules.h"
#include "server/door/limits.h"
#include "tests/docs/pages.h"
#include "tests/support/page.h"
#include "tests/support/test.h"

struct page {
	const char *path;
	page_fn *make;
};

static void page_config(struct turn *t, struct buf *out)
{
	(void)t;
	config_reference(out);
}

static void page_events(struct turn *t, struct buf *out)
{
	(void)t;
	event_reference(out);
}

static void page_limits(struct turn *t, struct buf *out)
{
	(void)t;
	limits_reference(out);
}

static void page_rules(struct turn *t, struct buf *out)
{
	rules_reference(t, out);
}

static void is_current(void **state)
{
	const struct page *p = *state;
	struct turn t;
	struct arena *mem = arena_new(64 << 20);

	turn_begin(&t, NULL, NULL, mem, "docs", "docs", 60000);
	struct buf out = buf_in(mem, PAGE_MAX);

	p->make(&t, &out);
	page_check(p->path, &out);
	turn_end(&t);
	arena_free(mem);
}

int main(void)
{
	static struct page pages[] = {
		{ "docs/reference/api.md", page_api },
		{ "docs/reference/cases.md", page_cases },
		{ "docs/reference/commands.md", page_commands },
		{ "docs/reference/config.md", page_config },
		{ "docs/reference/errors.md", page_errors },
		{ "docs/reference/events.md", page_events },
		{ "docs/reference/limits.md", page_limits },
		{ "docs/reference/metrics.md", page_metrics },
		{ "docs/reference/rules.md", page_rules },
		{ "docs/reference/service-config.json", page_service_config },
		{ "docs/reference/service-config-ids.json", page_service_config_ids },
		{ "docs/reference/states.md", page_states },
		{ "docs/reference/node-answers.md", page_node_answers },
		{ "docs/man/ghost-fleet.1", man_ghost_fleet },
		{ "docs/man/ghost-fleet.toml.5", man_config },
		{ "docs/man/ghostctl.1", man_ghostctl },
	};
	enum { PAGES = sizeof(pages) / sizeof(pages[0]) };
	struct CMUnitTest tests[PAGES];

	for (size_t i = 0; i < PAGES; i++)
		tests[i] = (struct CMUnitTest){ .name = pages[i].path,
						.test_func = is_current,
						.initial_state = &pages[i] };
	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
