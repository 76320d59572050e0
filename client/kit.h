/* client/kit.h - the recovery kit as a file. */
#ifndef CLIENT_KIT_H
#define CLIENT_KIT_H

#include "client/cli.h"
#include "ghostfleet/v1/kit.pb-c.h"

struct kit_written {
	const char *holds; /* "seed (5 wallets), 2 imported" */
	size_t n;          /* bytes */
	Ghostfleet__V1__ConfirmKitResponse *confirmed;
};

/* Made by the server, sealed under the passphrase, written (mode 0600), read back, and only then
 * confirmed to the server. ERR_EXISTS: `path` is there already. */
enum err kit_write(struct turn *t, struct cli *c, const char *path, char *passphrase,
		   struct kit_written *out) MUST_USE;

#endif
