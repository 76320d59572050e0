/* store/meta.h - the few facts there is one of: the fleet's id, the sealed data key, the chain's
 * genesis, the hash of the config applied last. Table: meta (key, value BLOB). */
#ifndef STORE_META_H
#define STORE_META_H

#include "store/base/turn.h"

/* ERR_MISSING (with a word): never set. */
enum err meta_get(struct turn *t, const char *key, struct bytes *out) MUST_USE;
/* In the lane. */
enum err meta_set(struct turn *t, const char *key, const void *p, size_t n) MUST_USE;

#endif
