/* server/eth/revert.h - why a contract said no: the revert data of a call or a receipt.
 *
 * The data is written by whoever wrote the contract. Text from it is cut, and stripped of
 * anything that is not printable; classes come from selectors, not from prose, but for the
 * fixed sentences of older OpenZeppelin contracts.
 */
#ifndef SERVER_ETH_REVERT_H
#define SERVER_ETH_REVERT_H

#include "store/base/types.h"

struct turn;

enum { REVERT_TEXT_MAX = 4096 };

/* Stored in attempts and steps: numbers are pinned. */
enum revert_kind {
	REVERT_OTHER = 0,
	REVERT_EMPTY_POSITION = 1, /* nothing there to claim or take out: go on without it */
	REVERT_LOCKED = 2,         /* not now: try again after the lock */
	REVERT_DEAD = 3,           /* the position is lost; no retry helps */
	REVERT_PAUSED = 4,         /* the contract is paused: emergencyWithdraw is the way out */
	REVERT_FUNDS = 5,     /* the wallet holds too little of the token, or below a minimum */
	REVERT_ALLOWANCE = 6, /* an approve is missing */
	REVERT_DENIED = 7,    /* the caller is not authorised */
	REVERT_EXISTS = 8,    /* a position is there already, or of another level */
	REVERT_PANIC = 9,     /* Panic(uint256): a bug in the contract */
	REVERT_NO_DATA = 10,  /* reverted without a reason, or out of gas */
};

/* One line: "PositionLocked()", "ERC20InsufficientBalance(0x…, 5, 10)", "Panic 0x11: arithmetic
 * overflow", the text of Error(string), or the selector and length of what we do not know. */
const char *revert_text(struct turn *t, struct bytes data);

enum revert_kind revert_kind(struct bytes data);
const char *revert_kind_name(enum revert_kind kind);

#endif
