/* server/core/client.h - what several probes of one validator client say together. */
#ifndef SERVER_CORE_CLIENT_H
#define SERVER_CORE_CLIENT_H

#include "server/core/validator.h"
#include "store/clients.h"

/* Pure. One that runs outweighs all that do not see it; gone is gone after gone_after_ms, so that a
 * restart is no outage. Fills the client's part of *j. */
void client_judge(const struct client_probe *p, size_t n, int64_t now_ms, int64_t gone_after_ms,
		  struct judging *j);

/* In the lane: what was heard just now; tells when a word changes. listed NULL: no list was told.
 */
enum err client_heard(struct turn *t, const struct client_probe *now, size_t n,
		      const struct pubkey *listed, size_t n_listed) MUST_USE;

#endif
