/* server/core/answers.h - what several endpoints' answers to the same bytes come to. Pure. */
#ifndef SERVER_CORE_ANSWERS_H
#define SERVER_CORE_ANSWERS_H

#include "server/core/journal.h"

/* The one that counts, of n > 0: who has it before who may have it before who refuses, so that a
 * refusal alone counts only where nobody may have it; of refusals the least final.
 * *contradict_out: one has it, and another says that it is wrong. An endpoint that is busy, or for
 * which the nonce is spent by now, contradicts nobody. */
size_t answers_judge(const struct answer *a, size_t n, bool *contradict_out);

/* The others' words in one line, for a person; "" where there are none. */
const char *answers_others(struct turn *t, const struct answer *a, size_t n, size_t counts);

#endif
