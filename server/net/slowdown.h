/* server/net/slowdown.h - the words in which gateways ask to be asked less.
 *
 * Retry-After is rare behind JSON-RPC gateways; what they say stands in the text. MegaETH: codes
 * -32005, -32021, -32022 and "retry in X seconds", or plain "rabbit hole is full".
 */
#ifndef SERVER_NET_SLOWDOWN_H
#define SERVER_NET_SLOWDOWN_H

#include <stdbool.h>
#include <stdint.h>

enum { SLOWDOWN_MAX_MS = 3600000 };

/* "retry in 3 seconds", "try again in 250ms"; 0: it does not say. At most SLOWDOWN_MAX_MS. */
int64_t slowdown_wait_ms(const char *text);

/* A text that is not JSON. */
bool slowdown_text(const char *text);

/* An error object. Never true for what a contract says when it reverts. */
bool slowdown_error(int64_t code, const char *message);

#endif
