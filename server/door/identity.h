/* server/door/identity.h - the first token: the daemon's own admin. */
#ifndef SERVER_DOOR_IDENTITY_H
#define SERVER_DOOR_IDENTITY_H

#include "server/door/doorman.h"
#include "store/base/turn.h"

/* Makes the file at `path` and the identity "admin" agree. At the first start: a random token in
 * a new file (0600, synced with its folder), then its hash in the store; in that order, so that
 * a crash between the two is finished by the next start. Later: a file that is gone is only
 * warned of; an empty one gets a new token; one with another token makes that the admin's.
 * ERR_REFUSED: others may read or write the file, it is not ours, or it holds no token.
 * ERR_AWAY: it cannot be written. Runs the lane. */
enum err identity_bootstrap(struct turn *t, struct store *s, const char *path) MUST_USE;

/* A new token, 256 bits of the turn's chance. */
void identity_token(struct turn *t, char out[TOKEN_TEXT]);

#endif
