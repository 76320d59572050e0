/* tests/bench/post.h - the leanest HTTP there is: one kept connection, POST, answer read whole.
 * For what the node itself can do at most; the daemon's own client is server/net/http.h. */
#ifndef TESTS_BENCH_POST_H
#define TESTS_BENCH_POST_H

#include <stddef.h>

struct post;

struct post *post_open(unsigned port);
void post_close(struct post *p);

/* Returns the answer's body, NUL-terminated, good until the next post. Anything but 200 with a
 * Content-Length, within 60 s, ends the program. */
const char *post(struct post *p, const char *body, size_t n);

/* How often `word` stands in the text. */
size_t post_count(const char *text, const char *word);

#endif
