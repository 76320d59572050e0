/* server/jobs/l1_fee.h - what a chain of the OP stack takes on top of gas: the price of a
 * transaction's bytes on the chain below, asked of its GasPriceOracle. Other chains have no such
 * contract, and take nothing.
 */
#ifndef SERVER_JOBS_L1_FEE_H
#define SERVER_JOBS_L1_FEE_H

#include "server/net/el.h"

extern const struct eth_addr l1_oracle_addr; /* 0x420000000000000000000000000000000000000F */

/* What is known of the chain's oracle; zero: nothing yet. Belongs to one job. */
struct l1_oracle {
	bool there;
	int64_t asked_ms; /* 0: never */
};

/* What any one transaction of an operation is charged at most, with a quarter above what the oracle
 * says now, as the price below moves; zero where there is no oracle. STATE_STALE: there is one and
 * nobody told what it says. ENDPOINT_AWAY: nobody answers. */
enum err l1_fee_ask(struct turn *t, struct el *el, struct l1_oracle *o, struct wei *out) MUST_USE;

#endif
