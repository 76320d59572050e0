/* server/core/seed.h - the fleet's one seed: made when the first wallet or kit needs it, kept
 * sealed, opened here and nowhere else. */
#ifndef SERVER_CORE_SEED_H
#define SERVER_CORE_SEED_H

#include "server/eth/hd.h"
#include "server/eth/keyring.h"
#include "store/base/turn.h"

/* The open keyring, or KEYS_LOCKED with what to give the daemon. */
enum err need_keys(struct turn *t, const struct keyring **out) MUST_USE;

/* In the lane: makes the seed if there is none. */
enum err seed_ensure(struct turn *t) MUST_USE;

/* Outside the lane: m/44'/60'/0'/0 of the seed, which is made if there is none. In a dry run
 * before there is one it is a throwaway: names and indices are what they would be, addresses are
 * not. The caller clears *out. */
enum err seed_branch(struct turn *t, const struct keyring *kr, struct hd_branch *out) MUST_USE;

/* Likewise its words, in the turn's memory, which is cleared. */
enum err seed_words(struct turn *t, const struct keyring *kr, const char **out) MUST_USE;

#endif
