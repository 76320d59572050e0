/* server/core/chain.h - what the chain said, made into state. In the lane. */
#ifndef SERVER_CORE_CHAIN_H
#define SERVER_CORE_CHAIN_H

#include "store/chain.h"

/* The first chain that is heard is ours for good: chain id and genesis are kept. The head's mark
 * never falls. CHAIN_MISMATCH: another genesis under our chain id, or another id. */
enum err chain_heard(struct turn *t, const struct chain *c) MUST_USE;

#endif
