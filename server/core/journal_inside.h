/* server/core/journal_inside.h - between the files of the journal. In the lane. */
#ifndef SERVER_CORE_JOURNAL_INSIDE_H
#define SERVER_CORE_JOURNAL_INSIDE_H

#include "server/core/journal.h"

/* So many heads without a receipt, though the nonce is spent, before that is believed. */
enum { FOREIGN_BLOCKS = 3 };

/* The receipt of one of its attempts is there: MINED, or final where it is deep enough. */
enum err journal_mined(struct turn *t, struct intent *i, struct attempt *a,
		       struct sighting *s) MUST_USE;

/* When the receipts of what became final now are asked for the first time again. */
int64_t watch_first(const struct turn *t);

/* A receipt, or none, of an attempt whose intent is final: usually that it still is. */
enum err journal_sight_final(struct turn *t, struct intent *i, struct attempt *a,
			     struct sighting *s) MUST_USE;

/* It was final, was taken back, and is final again: said when it ended otherwise. */
enum err journal_settled_again(struct turn *t, const struct intent *i) MUST_USE;

/* Money comes home to an ACTIVE safe address: what carries value there crosses no cap. Calls of
 * contracts on the way home carry none, but for the transfer of a token. NOT_SAFE_LISTED. */
enum err journal_check_home(struct turn *t, enum purpose purpose, struct eth_addr dest,
			    struct bytes data) MUST_USE;

#endif
