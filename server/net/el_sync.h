/* server/net/el_sync.h - sends that wait for their receipt: eth_sendRawTransactionSync (EIP-7966)
 * and MegaETH's realtime_sendRawTransaction. Inside server/net only.
 *
 * A node answers with the receipt, or, in words of its own, that it waited in vain: that is
 * UNKNOWN, as the transaction may be mined any time.
 */
#ifndef SERVER_NET_EL_SYNC_H
#define SERVER_NET_EL_SYNC_H

#include "server/net/el_ask.h"

/* Send them so, where the endpoint can and they are few, new, and each of another lane. What was
 * not sent so has no word in `out` afterwards; what waited in vain is `waited` and UNKNOWN. */
void el_sync_send(struct turn *t, struct el *e, const struct endpoint_pick *p,
		  const struct el_raw *raw, size_t n, int64_t begin_by, struct el_sent *out);

/* Find out by harmless calls which method this endpoint has; tell the pool. */
void el_sync_probe(struct turn *t, struct el *e, const struct endpoint_pick *p);

/* One more endpoint's word on it. */
void el_sent_hear(struct turn *t, struct el_sent *s, const struct el_word *w);

#endif
