/* client/setup.h - the folder of a fleet in the making: all of it stands beside its place under a
 * name of its own, and is moved there whole, or removed whole. */
#ifndef CLIENT_SETUP_H
#define CLIENT_SETUP_H

#include "client/cli.h"
#include "client/sibling.h"

struct setup {
	const char *dir;  /* where it shall be: not there yet, or empty */
	const char *part; /* where it is being made */
	const char *rpc, *policy, *chain_id;
	const char *funder; /* a path, as it was said; NULL: none yet */
	struct sibling daemon;
};

/* ERR_EXISTS: something is in `dir` already. ERR_DENIED: the folder cannot be made there. */
enum err setup_open(struct turn *t, struct setup *s) MUST_USE;
/* Moves it to its place; then s->dir is its whole path. */
enum err setup_keep(struct turn *t, struct setup *s) MUST_USE;
/* Ends the daemon, and removes what was not kept; says nothing. */
void setup_close(struct setup *s);

/* Sets chain_id, as ghost-fleet hears it from the endpoint; its word when that does not answer. */
enum err setup_find_chain(struct turn *t, struct setup *s) MUST_USE;

/* config.toml, and the passphrase of the keys; ERR_INVALID with ghost-fleet's word. */
enum err setup_configure(struct turn *t, struct setup *s) MUST_USE;
/* A new passphrase in part/name, which only we can read. */
enum err setup_secret(struct turn *t, const struct setup *s, const char *name, char **out) MUST_USE;

/* From now on calls of c go to a daemon on free ports of this machine, as its admin. */
enum err setup_serve(struct turn *t, struct cli *c, struct setup *s) MUST_USE;
enum err setup_stop(struct turn *t, struct setup *s) MUST_USE;

/* A context of ~/.config/ghostctl/config where there is neither that nor a token yet; *name_out is
 * its name in any case. */
bool setup_context(struct turn *t, const struct cli *c, const struct setup *s,
		   const char **name_out, const char **text_out);

#endif
