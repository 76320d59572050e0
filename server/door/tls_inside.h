/* server/door/tls_inside.h - between tls.c, which keeps the pair in force, and tls_load.c, which
 * makes pairs of files. */
#ifndef SERVER_DOOR_TLS_INSIDE_H
#define SERVER_DOOR_TLS_INSIDE_H

#include "server/door/tls.h"

/* With one reference, the caller's. */
enum err pair_load(struct turn *t, const struct tls_options *o, struct tls_pair **out) MUST_USE;

#endif
