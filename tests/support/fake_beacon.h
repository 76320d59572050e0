/* tests/support/fake_beacon.h - a Beacon node over HTTP whose clock the test moves. It answers as
 * the newest nodes do, as Lodestar 1.5.1 does, or as it is told to lie.
 *
 *     struct fake_beacon *b = fake_beacon_start(64, &now_ms);
 *     b->v[3].down_from = 5;          from epoch 5 on it does not attest
 *     b->lodestar = true;             old forms only
 *     fake_beacon_stop(b);
 *
 * Around changing it while somebody may ask: fake_beacon_lock / unlock.
 */
#ifndef TESTS_SUPPORT_FAKE_BEACON_H
#define TESTS_SUPPORT_FAKE_BEACON_H

#include "store/base/types.h"
#include "tests/support/httpd.h"

struct fake_validator {
	const char *status; /* "active_ongoing" */
	int64_t balance, effective;
	bool slashed, absent;
	int64_t activation, exit;   /* -1: far away */
	int64_t down_from, down_to; /* epochs in which it does not attest; -1: none, for ever */
};

struct fake_beacon {
	struct httpd *http;
	const int64_t *now_ms; /* the chain's clock */
	int64_t genesis_ms, slot_ms, slots;
	size_t n;
	struct fake_validator *v;

	bool lodestar;   /* no POST forms, comma lists give nothing, the old liveness, no rewards */
	bool commas;     /* knows comma lists only: of repeated ids it takes the last */
	bool away, slow; /* answers 503; takes 3 s */
	bool syncing;
	int64_t lag;                                     /* slots its head is behind */
	int64_t missing_slot;                            /* has no block; -1: none */
	bool says_all_live, says_none_live, says_exited; /* lies */
	uint8_t root;      /* of genesis: another one is another network */
	int64_t sync_bits; /* of 32 that signed */

	unsigned asked_states, asked_live, asked_other, asked_all;
};

struct fake_beacon *fake_beacon_start(size_t n, const int64_t *now_ms);
void fake_beacon_stop(struct fake_beacon *b); /* NULL is fine */
const char *fake_beacon_url(const struct fake_beacon *b);
void fake_beacon_lock(struct fake_beacon *b);
void fake_beacon_unlock(struct fake_beacon *b);

/* The key of the i-th, the same for every node. */
struct pubkey fake_beacon_key(size_t i);

#endif
