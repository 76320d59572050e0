/* server/dev/stub_chain.h - a chain that is none: JSON-RPC answers from constants and the clock.
 *
 * For `ghost-fleet dev` where there is no node: a daemon over it is ready, lists, plans, pauses
 * and resumes. It says of itself what it is (web3_clientVersion), makes an empty block a second,
 * lets one address hold 1,000 ether and all others nothing, has no contract, and refuses every
 * transaction in words. Nothing but `dev` may use it.
 * Threads: one of its own. Limits: 16 connections, 1 MiB a request. Listens on 127.0.0.1.
 */
#ifndef SERVER_DEV_STUB_CHAIN_H
#define SERVER_DEV_STUB_CHAIN_H

#include <stdint.h>

#include "store/base/err.h"
#include "store/base/types.h"

struct turn;
struct stub_chain;

/* On any free port. Caller owns *out. ERR_AWAY: no socket, no thread. */
enum err stub_chain_open(struct turn *t, uint64_t chain_id, struct eth_addr rich,
			 struct stub_chain **out) MUST_USE;
unsigned stub_chain_port(const struct stub_chain *s);
void stub_chain_close(struct stub_chain *s); /* NULL is fine */

#endif
