/* server/core/shared.h - what every rule may look at beside the store: the policy (a snapshot of
 * the configuration) and the open keyring. Set once before the doors open, replaced whole when
 * the configuration changes; a reader takes the pointer once a turn.
 */
#ifndef SERVER_CORE_SHARED_H
#define SERVER_CORE_SHARED_H

#include "server/eth/keyring.h"
#include "store/base/turn.h"

enum { TOKENS_MAX = 8, PROFILES_MAX = 64 };

/* An ERC-20 token that is brought home. */
struct token {
	struct eth_addr addr;
	const char *symbol;
	unsigned decimals;
	unsigned tax_bps; /* taken of a transfer between addresses that are not excluded */
};

/* The one contract call a profile makes (thin: one action a wallet). */
struct action {
	const char *name; /* the call's signature */
	struct eth_addr contract;
	struct bytes data; /* selector and arguments */
	struct wei value;
	bool spends; /* needs an allowance: approved when missing */
	struct eth_addr token;
	struct wei amount;
};

/* Pace and limits; nothing here imitates people. */
struct profile {
	const char *name;
	int64_t interval_ms;
	unsigned jitter_pct; /* spreads load: the interval moves by at most this */
	int64_t per_hour;    /* actions; 0: no limit */
	bool has_action;
	struct action action;
};

struct policy {
	const char *fleet; /* what the daemon calls itself; NULL: nothing */
	uint64_t chain_id;
	int64_t confirmations;                     /* 1: mined is confirmed */
	int64_t in_flight;                         /* live intents a wallet */
	struct wei max_fee;                        /* per gas: never above, */
	struct wei max_fee_urgent;                 /* nor, where money comes home in an emergency */
	int64_t keep_ms;                           /* the bytes of what is final */
	int64_t raise_after_ms;                    /* sent and not mined: its fee is looked at */
	struct wei cap_tx, cap_operation, cap_day; /* wei that leaves for funding; zero: no cap */
	struct wei cap_loan;                       /* one gas loan */
	struct wei reserve;                        /* the funder keeps this */
	struct wei target;                         /* of a top-up that names none; zero: none */
	const char *funder;                        /* name of its wallet; NULL: none */
	bool has_ghost_core;
	struct eth_addr ghost_core;
	struct token tokens[TOKENS_MAX];
	size_t n_tokens;
	struct profile profiles[PROFILES_MAX];
	size_t n_profiles;
	int64_t safe_delay_ms;  /* before a new safe address counts */
	int64_t max_failures;   /* in a row, before a breaker opens */
	int64_t cooldown_ms;    /* before it lets one probe through */
	int64_t plan_ttl_ms;    /* design: ten minutes */
	int64_t fees_old_ms;    /* design: 15 s */
	int64_t account_old_ms; /* design: 30 s */
	bool engine;            /* the engine runs at all */
	bool require_backup;    /* funding refuses keys that no kit holds */
	int64_t sla_down_ms;    /* a downtime of so long costs; again for each further one */
	int64_t sla_bps, sla_most_bps;
	bool allow_private;          /* channels may be in our own network, and unencrypted there */
	int64_t give_up_ms;          /* a delivery that waits longer is dead */
	const char *const *commands; /* the programs that channels may run */
	const char *base_url;        /* how people reach the HTTP door, for links; NULL: no links */
	int64_t ack_ms;              /* how long the link of a page is good */
	int64_t test_every_ms;       /* a channel that was silent for so long is tested; 0: never */
	const char *pager_secret;    /* of PagerDuty's webhook; NULL: it is not listened to */
	size_t n_commands;
	bool control; /* something says how the validator client is started and stopped */
};

struct shared {
	const struct policy *policy;
	const struct keyring *keyring; /* NULL: the keys are locked */
};

/* The policy as a new installation has it, for the chain. */
void policy_defaults(struct policy *p, uint64_t chain_id);
const struct profile *policy_profile(const struct policy *p, const char *name); /* NULL: none */
struct wei policy_ceiling(const struct policy *p, bool urgent);                 /* wei per gas */
const struct token *policy_token(const struct policy *p, struct eth_addr a);    /* NULL: none */

/* For eyes: "12.5 DATA"; of a token that the policy does not know, its smallest units. */
const char *token_str(struct turn *t, struct eth_addr token, struct wei a);

void shared_set(const struct shared *s); /* borrowed for as long as turns run */
const struct shared *shared(void);
const struct policy *policy(void);

#endif
