#include "server/core/seed.h"

#include <assert.h>

#include "server/core/shared.h"
#include "store/audit.h"
#include "store/meta.h"
#include "store/store.h"

/* meta: the sealed entropy of the fleet's seed, 32 bytes (24 words). */
static const char SEED_KEY[] = "seed.entropy";

enum { ENTROPY = 32 };

enum err need_keys(struct turn *t, const struct keyring **out)
{
	*out = shared()->keyring;
	if (!*out)
		return fail_reason(t, REASON_KEYS_LOCKED,
				   "the keys are locked: give the daemon keys.passphrase_file, "
				   "GHOST_FLEET_PASSPHRASE or a systemd credential");
	return OK;
}

enum err seed_ensure(struct turn *t)
{
	const struct keyring *kr;
	uint8_t entropy[ENTROPY];
	struct bytes sealed;
	enum err e = meta_get(t, SEED_KEY, &sealed);

	assert(t->in_lane);
	if (e != ERR_MISSING)
		return e;
	TRY(need_keys(t, &kr));
	turn_random(t, entropy, sizeof(entropy));
	e = keyring_seal_entropy(t, kr, entropy, sizeof(entropy), &sealed);
	wipe(entropy, sizeof(entropy));
	if (e != OK)
		return e;
	TRY(meta_set(t, SEED_KEY, sealed.p, sealed.n));
	return audit_add(t, "seed.created", "fleet", "a new fleet seed, sealed");
}

static enum err seed_in_lane(struct turn *t, void *arg)
{
	(void)arg;
	return seed_ensure(t);
}

/* The caller wipes `out`. */
static enum err open_entropy(struct turn *t, const struct keyring *kr, uint8_t out[HD_ENTROPY_MAX],
			     size_t *n_out)
{
	struct bytes sealed;
	enum err e = meta_get(t, SEED_KEY, &sealed);

	if (e == ERR_MISSING && t->validate_only) {
		turn_random(t, out, ENTROPY);
		*n_out = ENTROPY;
		return OK;
	}
	if (e == ERR_MISSING) {
		struct request *asked = t->request;

		/* Not what the caller asked for: nothing is kept under their request id yet. */
		t->request = NULL;
		e = lane_run(t, seed_in_lane, NULL);
		t->request = asked;
		if (e != OK)
			return e;
		e = meta_get(t, SEED_KEY, &sealed);
	}
	if (e != OK)
		return e;
	return keyring_open_entropy(t, kr, sealed, out, n_out);
}

enum err seed_branch(struct turn *t, const struct keyring *kr, struct hd_branch *out)
{
	uint8_t entropy[HD_ENTROPY_MAX];
	size_t n;
	enum err e = open_entropy(t, kr, entropy, &n);

	if (e == OK)
		e = hd_branch_open(t, entropy, n, out);
	wipe(entropy, sizeof(entropy));
	return e;
}

enum err seed_words(struct turn *t, const struct keyring *kr, const char **out)
{
	uint8_t entropy[HD_ENTROPY_MAX];
	size_t n;
	enum err e = open_entropy(t, kr, entropy, &n);

	if (e == OK)
		e = hd_words(t, entropy, n, out);
	wipe(entropy, sizeof(entropy));
	return e;
}
