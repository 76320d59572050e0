/* tests/support/ask.h - one blocking HTTP request and its JSON answer, for tests. */
#ifndef TESTS_SUPPORT_ASK_H
#define TESTS_SUPPORT_ASK_H

#include <jansson.h>

/* POST of `body`, or GET where it is NULL. The answer, whatever its status; a new reference.
 * No answer, or one that is no JSON, fails the test. */
json_t *ask_http(const char *url, const char *body);

#endif
