/* server/core/progress.h - an intent came to its end: what that means for its step, its operation
 * and its wallet's breaker. In the lane. */
#ifndef SERVER_CORE_PROGRESS_H
#define SERVER_CORE_PROGRESS_H

#include "store/intents.h"
#include "store/operations.h"

/* *opened_out, here and below: the wallet's breaker opened by it. */
enum err progress_final(struct turn *t, const struct intent *i, bool *opened_out) MUST_USE;

/* It needs a person: its step has failed, and the operation goes on to its end without it. */
enum err progress_review(struct turn *t, const struct intent *i, bool *opened_out) MUST_USE;

/* What progress_final booked of it is taken back: its block is gone. */
enum err progress_undone(struct turn *t, const struct intent *i) MUST_USE;

/* It was never sent and never will be: its step stands where it stood before. */
enum err progress_withdrawn(struct turn *t, const struct intent *i) MUST_USE;

/* End the operation when no step is left to do and nothing of it is in flight. */
enum err progress_check(struct turn *t, struct operation *o, bool *ended_out) MUST_USE;

#endif
