/* server/dev_fixture.h - what `ghost-fleet dev` starts with: wallets, a funder, a safe address,
 * profiles; the same at every start. Or addresses to watch, and no key at all.
 *
 * The keys are those of "test test test test test test test test test test test junk", which
 * everybody knows: m/44'/60'/0'/0/0 pays (anvil gives it 10,000 ether), 100 and up are wallet-001
 * and up, 99 is the safe address.
 */
#ifndef SERVER_DEV_FIXTURE_H
#define SERVER_DEV_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "server/commands.h"
#include "server/dev/addresses.h"
#include "server/dev/home.h"
#include "store/base/types.h"

struct dev_fixture {
	size_t n;                  /* wallets */
	bool watch_only;           /* no key, no funder: */
	struct dev_address *watch; /* n addresses, */
	const char *validators;    /* a file of BLS keys, as a whole path; NULL: none, */
	const char *beacon;        /* and who tells of them */
	struct eth_addr funder, safe;
};

/* Errors of dev_addresses; ERR_INVALID: an address is none, with file and line. */
enum err dev_fixture_make(struct turn *t, const struct dev_options *o,
			  struct dev_fixture *out) MUST_USE;

/* The configuration and what it names, into the home. */
enum err dev_fixture_write(struct turn *t, const struct dev_fixture *f, const struct dev_home *h,
			   const char *url, uint64_t chain_id, const char **path_out) MUST_USE;

#endif
