/* tests/support/page.h - pages that are made from tables, and kept in docs/.
 *
 * A test builds the page and holds it against the file. With GF_UPDATE set it writes the file
 * instead: `tests/run.sh docs` does that for all of them (the ctest label `docs`).
 */
#ifndef TESTS_SUPPORT_PAGE_H
#define TESTS_SUPPORT_PAGE_H

#include "store/base/buf.h"

enum { PAGE_MAX = 4 << 20 };

/* Fails the test when the file holds something else, and says where the two part. */
void page_check(const char *path, struct buf *now);

/* Text as a cell of a Markdown table: on one line, with nothing in it that Markdown would take. */
void page_cell(struct buf *b, const char *text);

#endif
