/* server/eth/kit_text.h - what is inside a recovery kit's box, for kit.c only: one JSON object, all
 * keys in the clear. */
#ifndef SERVER_ETH_KIT_TEXT_H
#define SERVER_ETH_KIT_TEXT_H

#include "server/eth/kit.h"

/* ERR_FULL: above KIT_FILE_MAX, or more keys than a kit takes. */
enum err kit_print(struct turn *t, const struct kit *k, struct bytes *out) MUST_USE;

/* Everything is checked: a kit that opens is one that works. ERR_INVALID says what is not right,
 * and repeats no secret. */
enum err kit_read(struct turn *t, struct bytes text, struct kit *out) MUST_USE;

#endif
