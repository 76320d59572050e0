/* server/core/rule_replay.h - what a rule would have done, by what is recorded.
 *
 * The same steps as in real life (rule_step), over raw samples while they are kept and over means
 * of minutes, hours and days before that; over spells and duties of validators. Causes, silences
 * and windows are left out: it says what the rule finds. Reads much: for the slow worker.
 */
#ifndef SERVER_CORE_RULE_REPLAY_H
#define SERVER_CORE_RULE_REPLAY_H

#include "server/core/rules.h"

enum { REPLAY_SHOWN = 1000, REPLAY_SERIES = 16 };

struct replayed {
	int64_t opened_ms, ended_ms; /* ended 0: it would still be open */
	const char *entity;
	int64_t affected;
	double worst;
};

struct replay {
	struct replayed *v; /* by time; at most REPLAY_SHOWN of them */
	size_t n;
	int64_t count, open_ms;
	const char *evidence;
	int64_t from_ms; /* of the oldest evidence in it; 0: there is none */
};

/* ERR_REFUSED: nothing is recorded of its figure. ERR_LATE: it took too long; ask for less. */
enum err rule_replay(struct turn *t, const struct rule *r, int64_t from_ms, int64_t to_ms,
		     struct replay *out) MUST_USE;

#endif
