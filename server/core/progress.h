/* server/core/progress.h - an intent came to its end: what that means for its step, its operation
 * and its wallet's breaker. In the lane. */
#ifndef SERVER_CORE_PROGRESS_H
#define SERVER_CORE_PROGRESS_H

#include "store/intents.h"
#include "store/operations.h"

enum err progress_final(struct turn *t, const struct intent *i) MUST_USE;

/* End the operation when no step is left to do and nothing of it is in flight. */
enum err progress_check(struct turn *t, struct operation *o, bool *ended_out) MUST_USE;

#endif
