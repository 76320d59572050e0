/* client/context.h - which fleet, and with which token.
 *
 * ~/.config/ghostctl/config, lines of `key = value`, one section a fleet:
 *
 *	current = prod
 *	[prod]
 *	address = 127.0.0.1:50051
 *	token_file = ~/.config/ghostctl/prod.token
 *	data_dir = /var/lib/ghost-fleet
 *	tls_ca = ~/.config/ghostctl/ca.crt
 *	tls_cert = ~/.config/ghostctl/alice.crt
 *	tls_key = ~/.config/ghostctl/alice.key
 *	tls_server_name = fleet.example
 *
 * The address is the first that is there of: --address, the address of the --context that was
 * named, $GHOST_FLEET_ADDRESS, the current context's, 127.0.0.1:50051.
 *
 * The token is the first that is there of: --token-file, $GHOST_FLEET_TOKEN_FILE, the context's
 * token_file, ~/.config/ghostctl/token, admin.token in the context's data_dir. A file that was
 * named and cannot be read is an error, and so is one that everyone can read. With a certificate of
 * the caller's own only a token that was named goes along: the two must be of one identity.
 *
 * TLS: --tls-ca and the like, $GHOSTCTL_TLS_CA, _CERT, _KEY, _SERVER_NAME, the context's; each the
 * first that is there. It is spoken when there is a CA or a certificate, or when the address begins
 * with https:// (then the system's CAs count where none is named).
 */
#ifndef CLIENT_CONTEXT_H
#define CLIENT_CONTEXT_H

#include <stdbool.h>

#include "store/base/err.h"

struct turn;

/* Files, and a name; each NULL: not said. */
struct tls_files {
	const char *ca, *cert, *key, *server_name;
};

struct context {
	const char *name;    /* "" without one */
	const char *address; /* without https:// */
	bool tls;            /* it is spoken */
	struct tls_files files;
	const char *token_file; /* NULL: not set */
	const char *data_dir;   /* NULL: not set */
};

/* What was said on the command line and what the environment says; each may be NULL. */
struct context_ask {
	const char *context, *address, *token_file;
	const char *home;           /* $HOME */
	const char *env_token_file; /* $GHOST_FLEET_TOKEN_FILE */
	struct tls_files tls, env_tls;
	const char *env_address; /* $GHOST_FLEET_ADDRESS */
};

/* ERR_INVALID: the file, with its line; ERR_MISSING: no such context. */
enum err context_find(struct turn *t, const struct context_ask *ask, struct context *out) MUST_USE;

/* *token_out is in the turn's memory; NULL: there is none, and the call goes without. */
enum err context_token(struct turn *t, const struct context_ask *ask, const struct context *c,
		       const char **token_out) MUST_USE;

/* What the files hold, in the turn's memory; all NULL: no TLS. */
struct channel_tls;
enum err context_tls(struct turn *t, const struct context *c, struct channel_tls *out) MUST_USE;

/* True: what is sent there stays on this machine. */
bool address_is_local(const char *address);

#endif
