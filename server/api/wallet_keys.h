/* server/api/wallet_keys.h - the calls of WalletService in which keys come in or go out. */
#ifndef SERVER_API_WALLET_KEYS_H
#define SERVER_API_WALLET_KEYS_H

#include "ghostfleet/v1/wallet.pb-c.h"
#include "server/door/method.h"
#include "store/wallets.h"

method_fn import_wallets, export_wallets;

/* In one lane turn: adds what was prepared and answers with it. */
enum err wallets_add(struct turn *t, struct wallet *w, size_t n, const char *how,
		     Ghostfleet__V1__Wallet ***list, size_t *n_list, const void *reply) MUST_USE;

#endif
