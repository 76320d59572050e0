/* server/core/rule.h - how measurements become "it fires": pure, but for the words it makes.
 *
 * A rule looks at each of its things and finds one of three: fine, bad, or that nobody can tell.
 * Who cannot tell changes nothing: it neither fires nor clears, however long. What is bad pends for
 * `for`, then fires; what fires must be well for keep_firing_for until it has ended. One that
 * begins and ends again and again is flapping, and must be well for longer.
 */
#ifndef SERVER_CORE_RULE_H
#define SERVER_CORE_RULE_H

#include "store/rules.h"

enum {
	RULE_FLIPS = 4, /* begins and ends within RULE_FLAP_MS: it flaps, and must be */
	RULE_FLAP_MS = 3600000,
	RULE_FLAP_KEEP_MS = 900000, /* well so long */
	RULE_JOIN_MS = 600000,      /* what begins so soon after others is of their incident */
	RULE_AGAIN_MS = 900000, /* what still holds is said again: one resolved by hand reopens */
	RULE_HOLD_MS = 60000,   /* at most so long it waits for a cause that is about to fire */
};

/* What is known of one thing, for one rule. Sorted by ref, each once. */
struct rule_sample {
	int64_t ref;
	bool told; /* else nobody can tell */
	double value;
	int64_t at_ms;   /* of the measurement */
	int64_t look;    /* what tells it from the one before: it is counted once */
	int64_t sources; /* how many say so */
};

/* Pure. */
bool rule_bad(const struct rule *r, double value);
bool rule_flaps(const struct rule_state *s, int64_t now_ms);

/* Pure: what one look makes of how it stands. True: *s changed. */
bool rule_step(const struct rule *r, const struct rule_sample *w, int64_t now_ms,
	       struct rule_state *s);
/* Pure: nothing of it must be remembered. */
bool rule_blank(const struct rule *r, const struct rule_state *s, int64_t now_ms);

/* One thing that is not simply fine. */
struct rule_live {
	struct rule_state s;
	size_t sample; /* its place in the samples; SIZE_MAX: it is not there any more */
	bool dirty, drop;
};

/* An incident's worth of things. */
struct rule_pack {
	struct rule_bundle b;
	size_t members;
	int64_t since_ms;
	int64_t mix;    /* of the members' refs */
	bool tell, end; /* trigger it, clear it */
};

/* One rule, judged. live is sorted by ref. */
struct judged {
	const struct rule *rule;
	struct rule_live *live;
	size_t n, firing;
	struct rule_pack *packs;
	size_t n_packs;
	int64_t population;
	bool scaled, open; /* scaled: so many are needed; open: there is an incident, or would be */
	bool changed;      /* there is something to write */
};

/* What judging needs beside the rule. Names are asked for only of what is not fine. */
struct judge {
	int64_t now_ms;
	const struct judged *causes; /* judged before */
	size_t n_causes;
	const char *(*name)(struct turn *t, const void *world, size_t sample);
	const char *(*label)(const void *world, size_t sample); /* "": none */
	const void *world;
};

/* Pure but for the turn's memory. `states` and `bundles` are the rule's own, sorted by ref and key.
 * samples NULL: there was no look; how it stands is taken as it is. */
void rule_judge(struct turn *t, const struct judge *j, const struct rule *r,
		const struct rule_sample *samples, size_t n, const struct rule_state *states,
		size_t n_states, const struct rule_bundle *bundles, size_t n_bundles,
		struct judged *out);

/* After all of them: which incidents are told of, told again or ended, and whether there is
 * anything to write. */
void rules_seal(struct judged *all, size_t n, int64_t now_ms);

/* The rules so that causes come first; figures about rules last. */
void rules_order(struct turn *t, struct rule *rules, size_t n);
/* Whether `id` is one of the lines. */
bool rule_lists(const char *lines, const char *id);
bool rule_scaled(const struct rule *r);

#endif
