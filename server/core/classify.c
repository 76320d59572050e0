#include "server/core/classify.h"

#include <stddef.h>
#include <string.h>

/* Wordings as anvil, geth, reth, Erigon, Nethermind, Besu and MegaETH's gateway have them; the
 * first that is contained in the message counts. */
static const struct {
	const char *words;
	enum said said;
	enum owner owner;
} table[] = {
	{ "unknown transaction", SAID_INVALID, OWNER_FLEET }, /* not "known transaction" */
	{ "transaction type not supported", SAID_INVALID, OWNER_FLEET },
	{ "already known", SAID_KNOWN, OWNER_ENDPOINT },
	{ "already imported", SAID_KNOWN, OWNER_ENDPOINT },
	{ "known transaction", SAID_KNOWN, OWNER_ENDPOINT },
	{ "alreadyknown", SAID_KNOWN, OWNER_ENDPOINT },
	{ "existing tx with same hash", SAID_KNOWN, OWNER_ENDPOINT },
	{ "replacement transaction underpriced", SAID_UNDERPRICED, OWNER_WALLET },
	{ "could not replace existing tx", SAID_UNDERPRICED, OWNER_WALLET },
	{ "replacementnotallowed", SAID_UNDERPRICED, OWNER_WALLET },
	{ "nonce too low", SAID_NONCE_LOW, OWNER_WALLET },
	{ "nonce is below", SAID_NONCE_LOW, OWNER_WALLET },
	{ "nonce below account nonce", SAID_NONCE_LOW, OWNER_WALLET },
	{ "noncealreadyused", SAID_NONCE_LOW, OWNER_WALLET },
	{ "oldnonce", SAID_NONCE_LOW, OWNER_WALLET },
	{ "insufficient funds", SAID_FUNDS, OWNER_WALLET },
	{ "insufficientfunds", SAID_FUNDS, OWNER_WALLET },
	{ "exceeds account balance", SAID_FUNDS, OWNER_WALLET },
	{ "would cause overdraft", SAID_FUNDS, OWNER_WALLET },
	{ "max fee per gas less than block base fee", SAID_FEE_LOW, OWNER_FLEET },
	{ "fee cap less than block base fee", SAID_FEE_LOW, OWNER_FLEET },
	{ "gas price below configured minimum", SAID_FEE_LOW, OWNER_FLEET },
	{ "gas price is less than", SAID_FEE_LOW, OWNER_FLEET },
	{ "underpriced", SAID_FEE_LOW, OWNER_FLEET },
	{ "feetoolow", SAID_FEE_LOW, OWNER_FLEET },
	{ "txpool is full", SAID_POOL_FULL, OWNER_ENDPOINT },
	{ "pool at capacity", SAID_POOL_FULL, OWNER_ENDPOINT },
	{ "pool is full", SAID_POOL_FULL, OWNER_ENDPOINT },
	{ "limit reached", SAID_POOL_FULL, OWNER_ENDPOINT },
	{ "rabbit hole is full", SAID_LIMITED, OWNER_ENDPOINT },
	{ "rate limit", SAID_LIMITED, OWNER_ENDPOINT },
	{ "too many requests", SAID_LIMITED, OWNER_ENDPOINT },
	{ "retry in", SAID_LIMITED, OWNER_ENDPOINT },
	{ "intrinsic gas too low", SAID_INVALID, OWNER_FLEET },
	{ "invalid chain id", SAID_INVALID, OWNER_ENDPOINT },
	/* Our own, of `ghost-fleet dev`: it is all the chain there is, and has no pool. */
	{ "the stub chain takes no transactions", SAID_INVALID, OWNER_FLEET },
	{ "failed to decode", SAID_INVALID, OWNER_FLEET },
	{ "exceeds block gas limit", SAID_INVALID, OWNER_FLEET },
};

enum { REVERTED = 3, RATE_LIMITED = -32005, MEGA_LIMITED = -32021, MEGA_BUSY = -32022 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int contains(const char *text, const char *words)
{
	for (; *text; text++) {
		size_t i = 0;

		while (words[i] && lower(text[i]) == words[i])
			i++;
		if (!words[i])
			return 1;
	}
	return 0;
}

struct verdict classify_send(int64_t code, const char *message)
{
	/* A contract may write any text it likes into its revert. */
	if (code == REVERTED)
		return (struct verdict){ SAID_UNCLEAR, OWNER_CONTRACT };
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (contains(message, table[i].words))
			return (struct verdict){ table[i].said, table[i].owner };
	if (code == RATE_LIMITED || code == MEGA_LIMITED || code == MEGA_BUSY)
		return (struct verdict){ SAID_LIMITED, OWNER_ENDPOINT };
	return (struct verdict){ SAID_UNCLEAR, OWNER_ENDPOINT };
}

const char *said_name(enum said s)
{
	static const char *const names[] = {
		[SAID_UNCLEAR] = "unclear",          [SAID_KNOWN] = "known",
		[SAID_NONCE_LOW] = "nonce-low",      [SAID_UNDERPRICED] = "underpriced",
		[SAID_FUNDS] = "insufficient-funds", [SAID_FEE_LOW] = "fee-low",
		[SAID_POOL_FULL] = "pool-full",      [SAID_LIMITED] = "rate-limited",
		[SAID_INVALID] = "invalid",
	};

	return names[s];
}

const char *owner_name(enum owner o)
{
	static const char *const names[] = {
		[OWNER_ENDPOINT] = "endpoint",
		[OWNER_FLEET] = "fleet",
		[OWNER_WALLET] = "wallet",
		[OWNER_CONTRACT] = "contract",
	};

	return names[o];
}
