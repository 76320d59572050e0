/* server/config.h - what the operator wrote down: one file, the environment over it, defaults
 * under it, checked as a whole.
 *
 * Every setting is one row of server/settings.def. Each value knows where it comes from; every
 * problem of a file is collected, with its place and what to write instead.
 * A struct config is made once at start and read-only from then on: any thread may read it.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/log.h"
#include "store/base/types.h"

struct turn;

/* The wallet that pays, of funding.key_file; no other may have this id. */
#define FUNDER_NAME "funder"

enum config_policy { POLICY_SOLO, POLICY_TEAM };
enum config_log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };
enum config_tls_doors { TLS_BOTH, TLS_GRPC, TLS_HTTP };
enum config_chain_type { CHAIN_STANDARD, CHAIN_MEGAETH, CHAIN_MOCK };
enum config_sync_send { SYNC_SEND_AUTO, SYNC_SEND_OFF };
enum config_broadcast { BROADCAST_BEST, BROADCAST_ALL };

struct config_texts {
	const char **v;
	size_t n;
};

struct config_addrs {
	struct eth_addr *v;
	size_t n;
};

struct config_hash {
	bool given;
	struct eth_hash hash;
};

/* A key given in the open; only for import. Cleared by config_free. */
struct config_key {
	bool given;
	struct secret key;
};

/* A key from a file, or given as a value in the environment; neither: none. */
struct config_key_source {
	const char *file;
	struct config_key key;
};

/* One call a wallet of the profile makes when it is its turn. */
struct config_action {
	bool given;
	const char *contract_text,
		*token_text; /* as written: an address, "ghost_core", "data_token" */
	const char *amount_text;
	uint64_t decimals; /* of the token */
	struct eth_addr contract;
	const char *call;            /* "jackIn(uint256,uint8)" */
	struct config_texts args;    /* as abi_encode_text takes them: "10ether", "1" */
	struct wei value;            /* wei sent along */
	struct eth_addr spend_token; /* zero: the call takes no token */
	struct wei spend_amount;     /* in the token's smallest unit: what must be approved */
};

struct config_profile {
	const char *name;
	int64_t interval_ms; /* between two actions of a wallet */
	uint64_t jitter_pct; /* spreads load */
	struct config_action action;
};

struct config_wallet {
	const char *id;
	struct eth_addr address;
	const char *profile;
	bool enabled;
	struct config_key private_key; /* neither this nor keyfile: WATCH_ONLY */
	const char *keyfile;           /* NULL: none */
	unsigned line;                 /* where the file has it */
};

struct config {
	struct arena *mem;    /* owns everything below */
	const char *file;     /* as it was named; NULL: none, environment only */
	struct eth_hash hash; /* SHA-256 of the file and of the environment values used */

	struct {
		const char *name;
		uint64_t tick_interval_ms;
		uint64_t health_port; /* the old name of doors.http_port; 0: not given */
		uint64_t policy;      /* enum config_policy */
	} service;
	struct {
		uint64_t level;   /* enum log_level */
		uint64_t format;  /* enum config_log_format */
		const char *file; /* NULL: standard error */
	} log;
	struct {
		const char *grpc_address, *http_address;
		uint64_t grpc_port, http_port; /* 0: any */
	} doors;
	struct {
		const char *cert, *key; /* NULL: no TLS */
		const char *client_ca;  /* NULL: none */
		uint64_t client_auth;   /* enum tls_client */
		uint64_t doors;         /* enum config_tls_doors */
		bool grpc, http;        /* as it comes to: which doors speak TLS */
	} tls;
	struct {
		const char *path; /* the database file */
		uint64_t reserve; /* bytes */
	} store;
	struct {
		const char *passphrase_file; /* NULL: none */
		const char *passphrase_env;  /* the variable's name */
		const char *credential;      /* systemd credential; NULL: none */
		bool require_backup;         /* funding refuses keys that no kit holds */
		char *passphrase; /* of the variable; NULL: not set. Wiped once it was used */
	} keys;
	struct {
		uint64_t id;
		uint64_t type;            /* enum config_chain_type */
		const char *rpc_url;      /* NULL: none */
		struct config_texts urls; /* all endpoints, in order, each once */
		struct config_hash genesis;
		uint64_t confirmations;
		struct wei max_fee;        /* wei a gas: never more, */
		struct wei max_fee_urgent; /* nor in an emergency */
		int64_t raise_after_ms;
		int64_t keep_ms;
		struct config_texts answers; /* "nonce-low: words of a node" */
		uint64_t batch_size;
		uint64_t in_flight; /* per wallet */
		int64_t block_time_ms;
		int64_t timeout_ms;            /* of one request to an endpoint */
		uint64_t sync_send;            /* enum config_sync_send */
		uint64_t broadcast;            /* enum config_broadcast */
		struct config_addrs safe_list; /* seeds the store's list at the first start */
	} chain;
	struct config_texts plugins;
	struct {
		struct eth_addr ghost_core, data_token, hash_crash, arcade_core; /* zero: none */
		uint64_t data_token_tax_bps;
	} ghostnet;
	struct {
		struct config_key_source key;
		struct wei target;  /* a wallet is topped up to this */
		struct wei reserve; /* stays with the funder */
		struct wei cap_per_transaction, cap_per_operation, cap_per_day, cap_per_loan;
	} funding;
	struct {
		uint64_t max_consecutive_errors;
		int64_t cooldown_ms;
		uint64_t max_actions_per_hour; /* per wallet */
		bool global_pause;             /* start paused */
	} safety;
	struct {
		struct config_texts urls; /* Beacon nodes, in order */
		uint64_t quorum;          /* 0: by their number */
		int64_t timeout_ms, warm_up_ms;
	} beacon;
	struct {
		const char *source; /* NULL: made of the service's name */
		bool allow_private;
		const char *ca_file;       /* NULL: the system's */
		const char *status_folder; /* NULL: none */
		int64_t give_up_ms;
		struct config_texts commands; /* whole paths */
	} notifications;
	struct {
		const char *base_url, *pager_secret_file, *beat_url;
		int64_t ack_ms, test_ms, beat_ms;
	} oncall;
	struct {
		struct config_texts pubkey, more; /* BLS, 48 bytes, "0x" and lower case */
		const char *keys_file;            /* NULL: none */
		uint64_t down_after;              /* epochs missed in a row */
		const char *metrics_url, *keymanager_url, *keymanager_token_file; /* NULL: none */
		const char *process;
		int64_t gone_after_ms;
	} validators;
	struct {
		const char *unit, *container;            /* NULL: none */
		struct config_texts start, stop, status; /* programs with their arguments */
		int64_t within_ms;
	} control;
	struct {
		uint64_t downtime_minutes, penalty_bps, penalty_max_bps;
	} sla;
	struct {
		double downtime_minutes, balance, participation, cpu, disk; /* 0: not said */
		const char *email;                                          /* NULL: none */
	} alerts;

	struct config_profile *profiles;
	size_t n_profiles;
	struct config_wallet *wallets; /* in the order of the file */
	size_t n_wallets;

	struct config_value *values; /* every setting with its source, for `config show` */
	size_t n_values;
};

enum config_from { FROM_DEFAULT, FROM_FILE, FROM_ENV, FROM_ENV_FILE };

struct config_origin {
	enum config_from from;
	const char *file; /* FROM_FILE, FROM_ENV_FILE */
	unsigned line, column;
	const char *name; /* of the variable: FROM_ENV, FROM_ENV_FILE */
};

struct config_value {
	const char *key;  /* "profiles.degen.action.call" */
	const char *text; /* as it holds now; "(set)" for a secret, "" for none */
	struct config_origin at;
};

/* A note changes nothing: what was read has no effect here. Unchecked: what reading the file cannot
 * tell, because it would take the network, the store, or a file that is not on this machine. */
enum config_severity { PROBLEM_ERROR, PROBLEM_WARNING, PROBLEM_NOTE, PROBLEM_UNCHECKED };

struct config_problem {
	enum config_severity severity;
	const char *file;      /* or "environment" */
	unsigned line, column; /* 0: none */
	const char *key;       /* "safety.cooldown_secs", "wallets.wallet-001.address" */
	const char *what;      /* "is 0" */
	const char *write;     /* "write a number from 1 to 1000000"; NULL: nothing to add */
};

/* In the order of the file. At most CONFIG_PROBLEMS_MAX are kept; the counts are of all. */
enum { CONFIG_PROBLEMS_MAX = 200 };
struct config_problems {
	struct config_problem *v;
	size_t n;
	size_t errors, warnings;
	bool strict; /* set by who reports: a warning makes it not usable too */
};

/* The environment: NAME=VALUE strings, NULL at the end, as execve has them; and files of the
 * same, read in order, which it wins over. */
struct config_env {
	const char *const *vars;
	const char *const *files;
	size_t n_files;
	bool offline; /* this machine is not to have the files of keys and passphrases: that one is
		       * missing is no error, but unchecked */
};

/* Read, merge, check. `path` may be NULL when an environment file is given. Always sets both
 * outputs; the problems live in the config, config_free clears and frees all.
 * ERR_INVALID: there are errors; the line names the first and how many follow. */
enum err config_load(struct turn *t, const char *path, const struct config_env *env,
		     struct config **out, struct config_problems *problems_out) MUST_USE;
void config_free(struct config *c); /* NULL is fine */

/* NULL: no such profile. */
const struct config_profile *config_profile(const struct config *c, const char *name);

/* "megaeth-testnet"; "" for a chain we do not know by name. */
const char *config_chain_name(uint64_t chain_id);

/* "127.0.0.1", "::1", "localhost": an address that only this machine reaches. */
bool config_loopback(const char *address);

/* What `validate` prints: FILE:LINE:COL: error: KEY: what; write ... and a summary, or JSON. */
void config_report(const struct config *c, const struct config_problems *p, bool json,
		   struct buf *out);
/* What `config show` prints: KEY = VALUE, and with `sources` where each comes from. */
void config_show(const struct config *c, bool sources, bool json, struct buf *out);
/* docs/reference/config.md, from the table. */
void config_reference(struct buf *out);

#endif
