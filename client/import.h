/* client/import.h - wallets from a file: CSV, or the [[wallets]] tables of a TOML file.
 *
 * CSV: a head line of the columns address, private_key, profile and name in any order, or no
 * head and address,private_key,profile. TOML: [[wallets]] with id or name, address, private_key,
 * profile, enabled; other tables are passed over, so a daemon's whole config file will do.
 * An empty key means that the address is only watched.
 */
#ifndef CLIENT_IMPORT_H
#define CLIENT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "ghostfleet/v1/wallet.pb-c.h"
#include "store/base/err.h"

struct turn;

enum { IMPORT_FILE_MAX = 8 << 20, IMPORT_FILES = 1000, IMPORT_MOST = 20000, IMPORT_KEY = 32 };

struct imports {
	Ghostfleet__V1__ImportedWallet **wallet; /* in the turn's memory, which is cleared */
	size_t n, keys;
};

/* Writes into `text`. `enabled`: where the file does not say. ERR_INVALID: the line and what is
 * wrong with it; never the key. */
enum err import_read(struct turn *t, char *text, bool enabled, struct imports *out) MUST_USE;

#endif
