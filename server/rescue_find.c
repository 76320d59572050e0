#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/wallet.h"
#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/key.h"
#include "server/rescue_inside.h"
#include "server/secret_file.h"
#include "store/base/clock.h"
#include "store/base/wei.h"

enum { BATCH = 200, SETTLE_MS = 60000, SETTLE_STEP_MS = 500, KEY_LINE = 128 };

struct adding {
	struct wallet w[BATCH];
	size_t n;
};

/* A key may be in the kit twice, as an imported one and of the seed: once is enough. */
static enum err add_in_lane(struct turn *t, void *arg)
{
	struct adding *a = arg;

	for (size_t i = 0; i < a->n; i++) {
		enum err e = wallet_add(t, &a->w[i]);

		if (e != OK && e != ERR_EXISTS)
			return e;
		if (e == ERR_EXISTS)
			a->w[i].id = 0;
	}
	return OK;
}

static void remember(struct rescue *r, const struct adding *a)
{
	for (size_t i = 0; i < a->n; i++) {
		if (!a->w[i].id)
			continue;
		r->addrs = turn_grow(r->kept, r->addrs, r->n, &r->room, sizeof(*r->addrs));
		r->addrs[r->n++] = a->w[i].addr;
	}
}

static enum err flush(struct turn *t, struct rescue *r, struct adding *a)
{
	if (a->n == 0)
		return OK;
	TRY(lane_run(t, add_in_lane, a));
	remember(r, a);
	a->n = 0;
	rescue_turn(t, r); /* which forgets the names */
	return OK;
}

static enum err add(struct turn *t, struct rescue *r, struct adding *a, const char *name,
		    const struct secret *key, enum wallet_role role)
{
	struct wallet *w = &a->w[a->n];

	*w = (struct wallet){
		.name = turn_strdup(t, name),
		.profile = "",
		.role = role,
		.key_kind = KEY_IMPORTED,
		.hd_index = -1,
		.state = WALLET_ACTIVE,
	};
	key_address(key, &w->addr);
	TRY(keyring_seal_key(t, r->keyring, key, w->addr, &w->sealed));
	return ++a->n == BATCH ? flush(t, r, a) : OK;
}

/* Names of the seed's wallets are "seed-I", and "key-I" is whose own name cannot be kept: an
 * imported one that looks so gets another. Two of one name would be one, and its money left. */
static enum err add_imported(struct turn *t, struct rescue *r, struct adding *a)
{
	for (size_t i = 0; i < r->kit.n_keys; i++) {
		const struct kit_key *k = &r->kit.keys[i];
		bool usable = wallet_name_ok(k->name) && strncmp(k->name, "seed-", 5) != 0 &&
			      strncmp(k->name, "key-", 4) != 0 && strcmp(k->name, "funder") != 0;

		if (k->funder && !(r->in->funder_key_file && !r->in->keep_funder))
			continue;
		TRY(add(t, r, a, usable ? k->name : turn_printf(t, "key-%zu", i), &k->key,
			WALLET_FLEET));
	}
	return OK;
}

static enum err add_index(struct turn *t, struct rescue *r, struct adding *a,
			  const struct hd_branch *b, int64_t index)
{
	SECRET struct secret key;

	TRY(hd_branch_key(t, b, (uint32_t)index, &key));
	return add(t, r, a, turn_printf(t, "seed-%" PRId64, index), &key, WALLET_FLEET);
}

/* Which of the indices [from, from + n) were ever used: some ether, or a transaction sent. */
static enum err look_at(struct turn *t, struct rescue *r, const struct hd_branch *b, int64_t from,
			size_t n, bool *used)
{
	struct eth_addr addrs[BATCH];
	struct el_account seen[BATCH];

	for (size_t i = 0; i < n; i++) {
		SECRET struct secret key;

		TRY(hd_branch_key(t, b, (uint32_t)(from + (int64_t)i), &key));
		key_address(&key, &addrs[i]);
	}
	TRY(el_accounts(t, r->el, addrs, n, seen));
	for (size_t i = 0; i < n; i++) {
		if (!seen[i].known)
			return fail_reason(t, REASON_ENDPOINT_AWAY,
					   "nobody told what index %" PRId64 " of the seed holds: "
					   "run it again",
					   from + (int64_t)i);
		used[i] = seen[i].nonce > 0 || !wei_is_zero(seen[i].balance);
	}
	return OK;
}

/* An endpoint that loses answers is asked again. */
static enum err look_patiently(struct turn *t, struct rescue *r, const struct hd_branch *b,
			       int64_t from, size_t n, bool *used)
{
	enum err e = OK;

	for (int tries = 0; tries < 10; tries++) {
		e = look_at(t, r, b, from, n, used);
		if (e != ERR_AWAY || !rescue_wait(SETTLE_STEP_MS))
			break;
	}
	return e;
}

/* Behind the kit's own indices, until `gap` of them in a row were never used. */
static enum err scan_gap(struct turn *t, struct rescue *r, struct adding *a,
			 const struct hd_branch *b)
{
	int64_t at = r->kit.indices, end = at + (int64_t)r->in->gap;
	bool used[BATCH];

	while (at < end && at < (int64_t)HD_INDEX_MAX - BATCH) {
		size_t n = end - at < BATCH ? (size_t)(end - at) : BATCH;

		TRY(flush(t, r, a));
		rescue_turn(t, r);
		TRY(look_patiently(t, r, b, at, n, used));
		for (size_t i = 0; i < n; i++) {
			if (!used[i])
				continue;
			TRY(add_index(t, r, a, b, at + (int64_t)i));
			r->fresh++;
			end = at + (int64_t)i + 1 + (int64_t)r->in->gap;
		}
		at += (int64_t)n;
	}
	return OK;
}

static enum err add_seed(struct turn *t, struct rescue *r, struct adding *a)
{
	HD_BRANCH struct hd_branch b = { 0 };

	if (!r->kit.words)
		return OK;
	TRY(hd_phrase_open(t, r->kit.words, "", "", &b));
	for (int64_t i = 0; i < r->kit.indices; i++)
		TRY(add_index(t, r, a, &b, i));
	return scan_gap(t, r, a, &b);
}

static enum err funder_of_file(struct turn *t, const char *path, struct secret *out)
{
	const char *why;
	char *line;

	TRY(secret_file_line(t, path, KEY_LINE, &line));
	bool fine = key_parse(line, out, &why);

	wipe(line, strlen(line));
	return fine ? OK : fail(t, ERR_REFUSED, "--funder-key-file %s: %s", path, why);
}

/* Who lends gas: the named key, else the kit's own; nobody is fine too. */
static enum err add_funder(struct turn *t, struct rescue *r, struct adding *a)
{
	SECRET struct secret key;

	if (r->in->funder_key_file) {
		TRY(funder_of_file(t, r->in->funder_key_file, &key));
		return add(t, r, a, "funder", &key, WALLET_FUNDER);
	}
	for (size_t i = 0; i < r->kit.n_keys; i++)
		if (r->kit.keys[i].funder)
			return add(t, r, a, "funder", &r->kit.keys[i].key, WALLET_FUNDER);
	return OK;
}

static enum err find(struct turn *t, struct rescue *r, struct adding *a)
{
	/* First, so that no other wallet takes its place. */
	TRY(add_funder(t, r, a));
	TRY(add_imported(t, r, a));
	TRY(add_seed(t, r, a));
	return flush(t, r, a);
}

enum err rescue_find(struct turn *t, struct rescue *r)
{
	struct adding *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	enum err e = find(t, r, a);

	free(a);
	return e;
}

/* How many of the wallets have something in the pool; the answers that are missing count too. */
static enum err count_pending(struct turn *t, struct rescue *r, size_t *out)
{
	struct el_account latest[BATCH];
	struct el_pending pending[BATCH];

	*out = 0;
	for (size_t at = 0; at < r->n; at += BATCH) {
		size_t n = r->n - at < BATCH ? r->n - at : BATCH;

		rescue_turn(t, r);
		TRY(el_pending(t, r->el, r->addrs + at, n, pending));
		TRY(el_accounts(t, r->el, r->addrs + at, n, latest));
		for (size_t i = 0; i < n; i++)
			*out += !pending[i].known || !latest[i].known ||
				pending[i].nonce > latest[i].nonce;
	}
	return OK;
}

enum err rescue_settle(struct turn *t, struct rescue *r)
{
	int64_t give_up = clock_mono_ms() + SETTLE_MS;
	size_t n;

	for (;;) {
		enum err e = count_pending(t, r, &n);

		if (e != OK && e != ERR_AWAY)
			return e;
		if (e == OK && n == 0)
			return OK;
		if (clock_mono_ms() > give_up)
			break;
		if (!rescue_wait(SETTLE_STEP_MS))
			return fail(t, ERR_GONE, "stopped; run it again");
	}
	(void)fprintf(stderr,
		      "%zu wallets have transactions that no block takes; going on beside them\n",
		      n);
	return OK;
}
