#include "tests/support/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/arena.h"
#include "tests/support/stop.h"

static void write_page(const char *path, struct buf *now)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(now->p, 1, now->n, f) != now->n || fclose(f) != 0)
		stop_test("%s cannot be written", path);
}

void page_check(const char *path, struct buf *now)
{
	const char *made = buf_text(now);
	char *kept = arena_alloc(now->mem, PAGE_MAX + 1);

	if (now->full || now->n >= PAGE_MAX)
		stop_test("%s is too long", path);
	if (getenv("GF_UPDATE"))
		write_page(path, now);
	FILE *f = fopen(path, "r");

	if (!f)
		stop_test("%s is not there: write it with tests/run.sh docs", path);
	kept[fread(kept, 1, PAGE_MAX, f)] = 0;
	(void)fclose(f);
	if (strcmp(kept, made) == 0)
		return;
	size_t at = 0, line = 1;

	for (; kept[at] && kept[at] == made[at]; at++)
		line += kept[at] == '\n';
	stop_test("%s is not what its table says, from line %zu on: write it again with "
		  "tests/run.sh docs",
		  path, line);
}

void page_cell(struct buf *b, const char *text)
{
	for (const char *s = text; *s; s++) {
		if (*s == '|' || *s == '<' || *s == '*')
			buf_char(b, '\\');
		buf_char(b, *s == '\n' ? ' ' : *s);
	}
}
