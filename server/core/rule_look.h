/* server/core/rule_look.h - what there is to look at: series, validators and wallets as samples of
 * a rule. Reads the store; writes nothing. */
#ifndef SERVER_CORE_RULE_LOOK_H
#define SERVER_CORE_RULE_LOOK_H

#include "server/core/rules.h"
#include "store/wallets.h"

enum { SERIES_FRESH_MS = 60000, SERIES_MOST = 5000 };

/* What cannot be told any more, for the rules about that. */
struct stale_thing {
	int64_t ref;
	const char *entity;
	double over; /* seconds beyond what its rule allows */
};

struct things {
	int64_t now_ms;
	struct series *series;
	size_t n_series;
	bool validators_read, wallets_read;
	struct validator *validators;
	size_t n_validators;
	struct wallet *wallets;
	struct wallet_figures *figures; /* one a wallet */
	size_t n_wallets;
	struct stale_thing *stale;
	size_t n_stale;
	int64_t voices; /* Beacon nodes that count */
	/* of the rule that is being judged */
	enum signal_from from;
	struct rule_sample *samples;
	size_t *place; /* of samples[i], in its list */
	size_t n, room;
};

/* What is new since `seen`, or may have changed with time; `again`: all of it. */
enum err things_read(struct turn *t, struct rules_seen *seen, const struct rule *rules, size_t n,
		     const struct rule_state *states, size_t n_states, bool again,
		     struct things *out) MUST_USE;
/* The samples of one rule. False: they were not read this time. */
enum err things_sample(struct turn *t, struct things *w, const struct rule *r,
		       bool *read_out) MUST_USE;
/* "home*" fits "home-1". */
bool rule_label_fits(const char *want, const char *label);
const char *things_name(struct turn *t, const void *world, size_t sample);
const char *things_label(const void *world, size_t sample);
/* After the other rules were judged. */
void things_stale(struct turn *t, struct things *w, const struct judged *j, size_t n);

#endif
