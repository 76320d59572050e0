/* docs/reference/cases.md: the hard cases of sending money, each with the tests that hold it. Made
 * from tests/cases.tsv; tests/lint/cases.sh sees to it that the tests named there exist. */
#include <stdio.h>
#include <string.h>

#include "tests/docs/pages.h"
#include "tests/support/page.h"
#include "tests/support/test.h"

enum { LINE_MOST = 4096 };

/* "prop.core_journal:function" is in tests/prop/core_journal.c, "e2e.kills" is tests/e2e/kills.sh.
 */
static void put_test(struct buf *out, char *name)
{
	char *function = strchr(name, ':'), *dot = strchr(name, '.');

	assert_non_null(dot);
	if (function)
		*function++ = '\0';
	*dot++ = '\0';
	buf_printf(out, "[`%s`](../../tests/%s/%s.%s)", function ? function : dot, name, dot,
		   function ? "c" : "sh");
}

static void put_row(struct buf *out, char *line)
{
	char *number = line, *title = strchr(number, '\t');
	char *happens = title ? strchr(title + 1, '\t') : NULL;
	char *tests = happens ? strchr(happens + 1, '\t') : NULL;

	assert_non_null(tests); /* four columns */
	tests[strcspn(tests, "\n")] = '\0';
	*title++ = *happens++ = *tests++ = '\0';
	buf_printf(out, "| %s | ", number);
	page_cell(out, title);
	buf_str(out, " | ");
	page_cell(out, happens);
	buf_str(out, " | ");
	for (char *at = tests, *end; *at; at = end) {
		end = at + strcspn(at, " ");
		if (*end)
			*end++ = '\0';
		put_test(out, at);
		buf_str(out, *end ? "<br>" : "");
	}
	buf_str(out, " |\n");
}

void page_cases(struct turn *t, struct buf *out)
{
	FILE *f = fopen("tests/cases.tsv", "r");
	char line[LINE_MOST];

	(void)t;
	assert_non_null(f);
	buf_str(out,
		"# The hard cases\n\n"
		"What goes wrong between a program that sends money and a chain, what must "
		"happen then, and the tests that hold it. What happens when everything goes "
		"wrong at once is in `docs/SIMULATION.md`.\n\n"
		"Made from `tests/cases.tsv`; a test compares, another looks for the tests.\n\n"
		"| case | what happens | what must happen | held by |\n|---|---|---|---|\n");
	while (fgets(line, sizeof(line), f))
		if (*line != '#')
			put_row(out, line);
	fclose(f);
}
