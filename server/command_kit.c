/* `ghost-fleet kit show|verify`: a recovery kit, looked at without any server. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/key.h"
#include "server/kit_file.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

enum { EXIT_WRONG_USE = 2, SHOWN = 20 };

/* What can be said of the seed without saying it: the first address of it. */
static enum err first_address(struct turn *t, const struct kit *k, struct eth_addr *out)
{
	HD_BRANCH struct hd_branch b = { 0 };
	SECRET struct secret key;

	TRY(hd_phrase_open(t, k->words, "", "", &b));
	TRY(hd_branch_key(t, &b, 0, &key));
	key_address(&key, out);
	return OK;
}

static enum err say_keys(struct turn *t, const struct kit *k)
{
	struct eth_addr first;

	if (k->words) {
		TRY(first_address(t, k, &first));
		(void)printf("seed      m/44'/60'/0'/0/i, %" PRId64
			     " wallets were in use; the first is %s\n",
			     k->indices, addr_str(t, first));
	}
	(void)printf("keys      %zu imported\n", k->n_keys);
	for (size_t i = 0; i < k->n_keys && i < SHOWN; i++)
		(void)printf("          %s  %s%s\n", addr_str(t, k->keys[i].addr), k->keys[i].name,
			     k->keys[i].funder ? " (pays for gas)" : "");
	if (k->n_keys > SHOWN)
		(void)printf("          and %zu more\n", k->n_keys - SHOWN);
	return OK;
}

static enum err say(struct turn *t, const struct kit *k, struct eth_hash digest)
{
	char when[CLOCK_TEXT];

	clock_text(k->created_ms, when);
	(void)printf("fleet     %s\nmade      %s\nchain     %" PRIu64 "\n", k->fleet, when,
		     k->chain_id);
	TRY(say_keys(t, k));
	for (size_t i = 0; i < k->n_safe; i++)
		(void)printf("safe      %s on chain %" PRIu64 "%s %s\n",
			     addr_str(t, k->safe[i].addr), k->safe[i].chain_id,
			     k->safe[i].active ? "" : " (was not active yet)", k->safe[i].label);
	if (k->has_stake)
		(void)printf("stakes    %s\n", addr_str(t, k->stake));
	for (size_t i = 0; i < k->n_tokens; i++)
		(void)printf("token     %s %s\n", addr_str(t, k->tokens[i].addr),
			     k->tokens[i].symbol);
	(void)printf("sha256    %s\n", hex_of(t, digest.b, sizeof(digest.b)) + 2);
	return OK;
}

/* For paper: numbered, four a line. */
static void say_words(const char *words)
{
	unsigned n = 0;

	(void)puts("\nThe seed words. Whoever reads them has every wallet of the seed.\n");
	for (const char *s = words; *s;) {
		size_t len = strcspn(s, " ");

		(void)printf("%2u %-10.*s%s", n + 1, (int)len, s, n % 4 == 3 ? "\n" : "");
		s += len + (s[len] == ' ');
		n++;
	}
	if (n % 4)
		(void)putchar('\n');
	(void)fflush(stdout);
}

static enum err open_and_say(struct turn *t, const struct rescue_input *in, struct kit *k)
{
	struct eth_hash digest;

	TRY(kit_file_open(t, in, k, &digest));
	return say(t, k, digest);
}

static int ended(const struct turn *t, enum err e)
{
	if (e != OK)
		(void)fprintf(stderr, "ghost-fleet: %s\n", t->why);
	return err_exit(e);
}

int command_kit_verify(struct turn *t, const struct rescue_input *in)
{
	struct kit k;
	enum err e = open_and_say(t, in, &k);

	if (e == OK)
		(void)puts(
			"verified  it opens, its words hold together, every key has its address");
	return ended(t, e);
}

int command_kit_show(struct turn *t, const struct rescue_input *in)
{
	struct kit k;

	if (!in->words && !isatty(STDOUT_FILENO)) {
		(void)fprintf(stderr, "ghost-fleet: kit show prints the seed words, and this is no "
				      "terminal: add --words if that is what you want, or take kit "
				      "verify\n");
		return EXIT_WRONG_USE;
	}
	enum err e = open_and_say(t, in, &k);

	if (e == OK && k.words)
		say_words(k.words);
	return ended(t, e);
}
