/* tests/docs/man.h - manual pages in the language of man(7). */
#ifndef TESTS_DOCS_MAN_H
#define TESTS_DOCS_MAN_H

#include "store/base/buf.h"

void man_head(struct buf *out, const char *name, int section, const char *purpose);
void man_section(struct buf *out, const char *title);
/* What is explained, in bold; man_text follows. */
void man_item(struct buf *out, const char *what);
void man_text(struct buf *out, const char *text);
/* A line to type, as it is. */
void man_example(struct buf *out, const char *text);

#endif
