/* server/health_tls.h - the question of `ghost-fleet health` over TLS.
 *
 * It goes to this daemon's own port on this machine and carries no secret, so whatever certificate
 * answers is believed, as it is without TLS. Where the doors require a certificate it shows the
 * server's own, which must then be of the client CA and good for a client, too.
 */
#ifndef SERVER_HEALTH_TLS_H
#define SERVER_HEALTH_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "server/config.h"

/* On a connected socket. The answer's bytes, up to max; 0: none came until then (monotonic ms), and
 * *why says why. */
size_t health_tls_ask(const struct config *c, int fd, const char *question, char *answer,
		      size_t max, int64_t until_ms, const char **why);

#endif
