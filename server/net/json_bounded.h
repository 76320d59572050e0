/* server/net/json_bounded.h - what a JSON text of a stranger may cost before it is parsed. */
#ifndef SERVER_NET_JSON_BOUNDED_H
#define SERVER_NET_JSON_BOUNDED_H

#include <stdbool.h>

#include "store/base/types.h"

/* Not too deep, and not so many values that a few MiB of "[[],[]," become hundreds of MiB of tree.
 * jansson checks the rest. */
bool json_bounded(struct bytes b);

#endif
