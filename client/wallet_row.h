/* client/wallet_row.h - a wallet as a row of a table. */
#ifndef CLIENT_WALLET_ROW_H
#define CLIENT_WALLET_ROW_H

#include "client/out.h"
#include "ghostfleet/v1/wallet.pb-c.h"

extern const char *const wallet_heads[];
void wallet_row(struct turn *t, struct table *tb, const void *item);

/* One word, the worst that is true: retired, tripped, half-open, paused, funder, acting, idle. */
const char *wallet_state_text(struct turn *t, const Ghostfleet__V1__Wallet *w);

#endif
