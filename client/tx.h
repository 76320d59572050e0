/* client/tx.h - which transactions a command means. */
#ifndef CLIENT_TX_H
#define CLIENT_TX_H

#include "ghostfleet/v1/funding.pb-c.h"
#include "store/base/err.h"

struct turn;
struct cli;

/* TX, WALLET --nonce N, or --wallet W --nonce N: its name for the server. */
enum err tx_chosen(struct turn *t, struct cli *c, char **name_out) MUST_USE;

/* Those of --operation that are not final, the newest first; at most 200. */
enum err tx_of_operation(struct turn *t, struct cli *c,
			 const Ghostfleet__V1__ListTransactionsResponse **out) MUST_USE;

#endif
