/* store/kits.h - recovery kits that were made, and which keys they cover.
 *
 * Table: kits. The kit itself is a file in somebody's hands, never a row; a row says what it holds.
 * Coverage of all confirmed kits together is two numbers, so that asking costs nothing however
 * many wallets there are: seed indices below one, imported keys of wallets up to another.
 * Threads: a turn's own. What changes something is for the lane.
 */
#ifndef STORE_KITS_H
#define STORE_KITS_H

#include "store/base/turn.h"

/* On disk as these numbers. */
enum kit_state { KIT_MADE = 1, KIT_CONFIRMED = 2 };

/* A kit's seed finds the wallets made after it too: a rescue looks at so many indices behind the
 * kit's own, so the kit covers them. A wallet further on needs a new kit. */
enum { KIT_GAP = 1000 };

struct kit_row {
	int64_t id;
	enum kit_state state;
	const char *actor;
	int64_t created_ms, confirmed_ms; /* 0: not confirmed */
	bool seed;
	int64_t indices;    /* of the seed, 0 to indices - 1, were in use */
	int64_t wallets_to; /* imported keys of wallets up to this id are in it */
	int64_t imported;   /* how many */
	bool funder;        /* the funder's key is one of them */
	struct eth_hash digest;
	int64_t size;
};

/* Sets id. */
enum err kit_add(struct turn *t, struct kit_row *k) MUST_USE;
/* ERR_MISSING: no such kit. */
enum err kit_get(struct turn *t, int64_t id, struct kit_row *out) MUST_USE;
enum err kit_confirm(struct turn *t, int64_t id) MUST_USE;
/* The newest first, those with id < before (0: all). */
enum err kit_list(struct turn *t, int64_t before, size_t limit, struct kit_row **out,
		  size_t *n_out) MUST_USE;

/* What all confirmed kits cover together. */
struct cover {
	int64_t indices;    /* seed indices below this, KIT_GAP included; 0: none */
	int64_t wallets_to; /* imported keys of wallets up to this id; 0: none */
};
enum err kit_cover(struct turn *t, struct cover *out) MUST_USE;

/* Active wallets of the fleet whose key is not covered, by id: names, at most `limit`. `profile`
 * "": any. */
enum err cover_missing(struct turn *t, const struct cover *c, const char *profile, size_t limit,
		       const char ***names_out, size_t *n_out) MUST_USE;
enum err cover_missing_count(struct turn *t, const struct cover *c, int64_t *out) MUST_USE;
/* Of those, the ones that an operation has a step for. */
enum err cover_missing_of(struct turn *t, const struct cover *c, int64_t operation, size_t limit,
			  const char ***names_out, size_t *n_out) MUST_USE;

#endif
