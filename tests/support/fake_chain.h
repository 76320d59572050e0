/* tests/support/fake_chain.h - a chain in memory: accounts, a pool, blocks, receipts, one taxed
 * token and one contract that holds stake. It speaks as a strict node does, and fails as it is
 * told to. Its accounts are the witness of a test: what was really paid. */
#ifndef TESTS_SUPPORT_FAKE_CHAIN_H
#define TESTS_SUPPORT_FAKE_CHAIN_H

#include "server/eth/tx.h"
#include "store/base/turn.h"

enum {
	FAKE_LETTERS = 64,
	FAKE_LETTER = 512,
	FAKE_ACCOUNTS = 2048,
	FAKE_TXS = 16384,
	FAKE_BLOCKS = 64,
	FAKE_INDEX = 1 << 15,
};

enum fake_stake { FAKE_STAKE_NONE, FAKE_STAKE_OPEN, FAKE_STAKE_LOCKED, FAKE_STAKE_DEAD };

struct fake_account {
	struct eth_addr addr;
	struct wei balance, token, staked;
	enum fake_stake stake;
	uint64_t nonce;
	bool refuses; /* takes no ether */
	size_t code;  /* bytes of it */
	bool signs;   /* the code says yes to every signature (EIP-1271) */
};

struct fake_tx {
	struct eth_hash hash;
	struct eth_addr from;
	struct eth_tx tx;
	uint8_t data[72];
	uint64_t block; /* 0: in the pool */
	bool gone;      /* dropped, or replaced */
	bool succeeded;
	struct wei price, l1_fee;
	uint64_t gas_used;
	int64_t sent; /* how often these bytes came in */
	bool foreign; /* forged: nobody who signs for us made it */
};

/* What becomes of one send. */
enum fake_fault {
	FAKE_FINE,
	FAKE_LOST,      /* taken, but the answer is lost */
	FAKE_DROPPED,   /* the answer is lost, and so are the bytes */
	FAKE_DELAYED,   /* the answer is lost, and the bytes come later: fake_chain_deliver() */
	FAKE_TWICE,     /* taken twice, and the second answer comes */
	FAKE_NOT_SENT,  /* nothing left the machine */
	FAKE_REFUSED,   /* the node says fake_chain.refusal */
	FAKE_SWALLOWED, /* the node says that it took it, and forgets it */
	FAKE_WAITED,    /* taken; the node waited for its receipt in vain */
};

struct fake_chain {
	uint64_t chain_id, head;
	int64_t time_ms; /* of the head; set by the test */
	struct wei base_fee, tip;
	struct wei l1_fee; /* of each transaction, on top of gas; not zero: the oracle tells it */
	bool before_fjord; /* the oracle knows no upper bound */
	struct eth_addr token, core;
	bool has_multicall;          /* Multicall3 stands where it does */
	size_t multicall_gas_burned; /* so many of the first inner calls of each fail for want of
					gas */
	size_t multicalls;
	bool has_token, token_reverts, token_swallows, core_paused, core_broken;
	unsigned tax_bps; /* of the token, unless the recipient is `excluded` */
	struct eth_addr excluded;

	struct fake_account accounts[FAKE_ACCOUNTS];
	size_t n_accounts;
	struct fake_tx txs[FAKE_TXS];
	size_t n_txs;
	uint16_t index[FAKE_INDEX]; /* of txs, by hash: place + 1 */
	size_t open_from;           /* before this one nothing is in the pool */
	struct wei burned;          /* fees, of all blocks */
	uint64_t forks;             /* a block that never was had another hash */

	/* faults */
	bool away;           /* nobody answers anything */
	unsigned mute_every; /* every k-th account or call of a question is not answered, */
	size_t mute_until;   /* up to this question */
	uint64_t lag;        /* answers are of so many blocks ago, as far as heads go */
	bool token_unread;   /* calls of the token are refused by the node, and not reverted */
	const char *refusal; /* of FAKE_REFUSED */
	uint64_t gas_lie;    /* > 0: every estimate */
	bool denies;         /* no receipt is known, at whatever head */
	bool invents;        /* what is in the pool was mined long ago, it says, well or not */
	uint64_t absurd;     /* > 0: what it invents is of this block, at a head above it */
	bool seconded;       /* there is a second endpoint, and it tells the truth */
	uint64_t nonce_lie;  /* added to every nonce that the chosen endpoint says */
	uint64_t stale;      /* accounts are of so many blocks before the head that is said */
	bool poor;           /* every account holds nothing, it says */
	/* Before each question and after its answer, and with the bytes that go out: where a world
	 * chooses who answers, and may end the process. */
	void (*on_ask)(struct fake_chain *c, struct turn *t);
	void (*on_told)(struct fake_chain *c, struct turn *t);
	size_t others; /* endpoints beside the chosen one that a send may go to */
	bool sync;     /* what is mined by the time it is accepted has its receipt told along */
	struct turn *sending_by; /* as on_send is called: by this turn, */
	struct bytes sending;    /* these bytes */
	size_t questions, sends; /* counters */
	enum fake_fault (*on_send)(struct fake_chain *c, size_t nth);
	void (*before_mine)(struct fake_chain *c);
	size_t per_block; /* transactions a block takes; 0: all */

	/* delayed on the way */
	struct fake_letter {
		uint8_t raw[FAKE_LETTER];
		size_t n;
	} letters[FAKE_LETTERS];
	size_t n_letters;

	/* what a reorganisation goes back to: accounts before each of the last blocks */
	struct fake_account *before[FAKE_BLOCKS];
	struct wei burned_before[FAKE_BLOCKS];
};

void fake_chain_init(struct fake_chain *c, uint64_t chain_id);
void fake_chain_clear(struct fake_chain *c);

/* Made when it is not there. */
struct fake_account *fake_account(struct fake_chain *c, struct eth_addr a);
struct fake_tx *fake_tx_of(struct fake_chain *c, struct eth_hash h); /* NULL: never came in */

/* NULL: taken; else the node's refusal. */
const char *fake_chain_send(struct fake_chain *c, struct turn *t, struct bytes raw);
/* Made when it is not there; as it was at this block, when that is not long ago. */
const struct fake_account *fake_account_at(struct fake_chain *c, struct eth_addr a, uint64_t block);
/* The delayed bytes come in, in any order: the nth of them. */
void fake_chain_deliver(struct fake_chain *c, struct turn *t, size_t nth);
void fake_chain_mine(struct fake_chain *c);
/* The last `blocks` never were; their transactions are in the pool again, or `lost`. */
void fake_chain_reorg(struct fake_chain *c, uint64_t blocks, bool lost);
/* A transaction that no key signed, as if its owner had: the node's refusal, or NULL. */
const char *fake_chain_forge(struct fake_chain *c, struct eth_addr from, const struct eth_tx *tx);
/* Somebody else uses the key: the account's next nonce is spent. */
void fake_chain_steal_nonce(struct fake_chain *c, struct eth_addr a);
/* What was dropped is in the pool again, whatever else is. */
void fake_chain_again(struct fake_chain *c, struct eth_hash h);
/* The pool forgets everything. */
void fake_chain_forget_pool(struct fake_chain *c);

/* How often `to` was paid by mined plain transfers of `from`. */
size_t fake_chain_paid(const struct fake_chain *c, struct eth_addr from, struct eth_addr to);

/* What eth_call says: false: reverted, *out is the revert data. */
bool fake_chain_call(struct fake_chain *c, struct turn *t, struct eth_addr from, struct eth_addr to,
		     struct bytes data, struct bytes *out, uint64_t *gas_out);

#endif
