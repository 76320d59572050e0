/* tests/support/anvil.h - a real chain node for a test: started on a free port, talked to, ended
 * with the test whatever becomes of it.
 *
 * The node accepts eth_sendTransaction from any address without a key, which is how these
 * helpers pay, deploy and bring misfortune about. Whatever goes wrong fails the test, by name.
 * One thread at a time. Needs the project's root as the working directory.
 */
#ifndef TESTS_SUPPORT_ANVIL_H
#define TESTS_SUPPORT_ANVIL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/base/types.h"

struct anvil_options {
	const char *block_time; /* seconds, "1" or "0.05"; NULL: a block for every transaction */
	bool no_mining;         /* blocks only by anvil_mine() */
	bool contracts;         /* deploy DataToken and GhostCore */
	uint64_t chain_id;      /* 0: 31337 */
	const char *state;      /* file kept between runs, or NULL */
	/* Seconds since 1970 in block 0, which is made anew at each start: the same chain comes
	 * back only with the same time in it. 0: now. */
	uint64_t genesis_time;
};

struct anvil {
	pid_t pid;
	unsigned port;
	char url[64];
	struct eth_addr owner;      /* of the contracts; holds 10,000 ether */
	struct eth_addr data_token; /* with .contracts */
	struct eth_addr ghost_core;
	int log;                 /* what the node printed: an unlinked file */
	struct anvil *next_live; /* of those still to be stopped at exit */
};

/* `options` may be NULL. The binary is $GF_ANVIL, or what deploy/tools pins (installed at need). */
struct anvil *anvil_start(const struct anvil_options *options);
/* SIGINT, so that the state file is written; waits for the end. NULL is fine. */
void anvil_stop(struct anvil *a);
/* The node stands still: connections open, answers do not come. */
void anvil_freeze(struct anvil *a);
void anvil_thaw(struct anvil *a);

/* One request. `params` (a JSON array, or NULL for none) is taken over. The result is a new
 * reference. anvil_ask fails the test on an error answer; anvil_try returns NULL and, where
 * error_out is not NULL, the error object. */
json_t *anvil_ask(struct anvil *a, const char *method, json_t *params);
json_t *anvil_try(struct anvil *a, const char *method, json_t *params, json_t **error_out);
/* A raw body, for batches: the parsed answer. */
json_t *anvil_post(struct anvil *a, const char *body);

void anvil_mine(struct anvil *a, unsigned blocks);
uint64_t anvil_block(struct anvil *a);
void anvil_set_balance(struct anvil *a, struct eth_addr who, struct wei amount);
struct wei anvil_balance(struct anvil *a, struct eth_addr who);
uint64_t anvil_nonce(struct anvil *a, struct eth_addr who); /* mined ones */

/* A transaction from `from`, mined at once whatever the mining mode. Fails the test when it
 * reverts. `data` is hex with 0x, or NULL. */
void anvil_send(struct anvil *a, struct eth_addr from, struct eth_addr to, struct wei value,
		const char *data);
/* The creation code of deploy/contracts/build/NAME.json, with one address argument or NULL. */
struct eth_addr anvil_deploy(struct anvil *a, const char *name, const struct eth_addr *argument);

/* eth_call at the latest block: the first word of what comes back. */
struct wei anvil_read(struct anvil *a, struct eth_addr to, const char *data);

/* "0x", the selector (8 hex digits), and up to two words: lives until the next call but three. */
const char *anvil_data(const char *selector, const struct wei *a, const struct wei *b);
struct wei anvil_word(struct eth_addr a);

/* DATA of the demonstration, with .contracts. */
void anvil_mint(struct anvil *a, struct eth_addr who, struct wei amount);
struct wei anvil_data_balance(struct anvil *a, struct eth_addr who);
struct wei anvil_stake(struct anvil *a, struct eth_addr who);
/* As the owner of GhostCore: "8456cb59" pause(), "3f4ba83a" unpause(), "cbf0b0c0" kill(address),
 * "f74d08c8" setNextScanTime(level, time). */
void anvil_core(struct anvil *a, const char *selector, const struct wei *x, const struct wei *y);

#endif
