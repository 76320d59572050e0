/* server/jobs/look.h - looking at wallets closely, many at once: what the rules of core decide
 * on. Asks the network; no transaction is open. `l1_fee` is what l1_fee_ask told. */
#ifndef SERVER_JOBS_LOOK_H
#define SERVER_JOBS_LOOK_H

#include "server/core/extract.h"
#include "server/core/fund.h"
#include "server/net/el.h"

/* ENDPOINT_AWAY: nobody answers. What single answers lack is `known` false in *out. */
enum err look_holdings(struct turn *t, struct el *el, const struct operation *o,
		       const struct step *steps, size_t n, struct wei l1_fee,
		       struct holding **out) MUST_USE;

/* Balances of the steps' wallets; with `gas`, an estimate for paying each from `payer`. */
enum err look_recipients(struct turn *t, struct el *el, const struct step *steps, size_t n,
			 const struct eth_addr *payer, bool gas, struct wei l1_fee,
			 struct fund_view **out) MUST_USE;

/* One account; known false becomes STATE_STALE. */
enum err look_account(struct turn *t, struct el *el, struct eth_addr a,
		      struct account *out) MUST_USE;

#endif
